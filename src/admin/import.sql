-- Customers in: from a table or view into the store.

CREATE PROCEDURE user360.import_users(
	bot text, source regclass, userid_column name,
	mapping jsonb DEFAULT NULL, conflict text DEFAULT 'update', merge_tags boolean DEFAULT false,
	tags text[] DEFAULT NULL, line_column name DEFAULT NULL, resume uuid DEFAULT NULL,
	without_userid text DEFAULT 'reject', allow_return boolean DEFAULT false,
	INOUT import_id uuid DEFAULT NULL, INOUT total bigint DEFAULT NULL, INOUT new bigint DEFAULT NULL,
	INOUT conflicting bigint DEFAULT NULL, INOUT updated bigint DEFAULT NULL, INOUT failed bigint DEFAULT NULL,
	INOUT empty bigint DEFAULT NULL)
	LANGUAGE c AS 'MODULE_PATHNAME', 'import_users';
COMMENT ON PROCEDURE user360.import_users(text, regclass, name, jsonb, text, boolean, text[], name, uuid, text, boolean, uuid, bigint, bigint, bigint, bigint, bigint, bigint) IS
	'Imports customers from a table or view, which is read as the caller, in its physical order or by line_column, a column of integers. Columns go to the properties of the same or nearly the same name, or as mapping says ({column: property, or null to leave it out}); lists have semicolons between their items, \; for one within. conflict: update (given values replace), retain (the line replaces the whole record), keep (existing values win). tags: for every customer that is created or changed; NULL: the time of the import. without_userid: reject or create. allow_return: also who was deleted. Commits in batches, except in a transaction block; progress stands in table import, each rejected line in import_error; resume => the import_id of one that broke off. The answer counts lines. Level capture. Raises U3011, U3017, U3019, 22004, 22023, 55000 and 55006.';
