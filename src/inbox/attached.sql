-- Contacts of the user's own tables, and what stood in attached tables before.

CREATE FUNCTION user360.capture_contact() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.capture_contact() IS
	'Trigger: makes each row of a table of contacts a sender and captures what it gives. attach_contacts() creates it. The level capture is checked for the owner of the table. A row that is deleted stays a sender.';

CREATE FUNCTION user360.attach_contacts(contact_table regclass, VARIADIC mapping text[] DEFAULT '{}') RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.attach_contacts(regclass, text[]) IS
	'Attaches a table of contacts, each of which is a sender by its key, on a channel that is called as the mapping says or as the table. Names: bot, source, channel (a constant), sender (the primary key unless it is mapped), opened_at, where, and properties. Answers how many rows stand in the table already. Attaching again replaces the mapping. Runs as the caller. Level capture. Raises U3017 and U3011.';

CREATE PROCEDURE user360.backfill(attached regclass, batch integer DEFAULT 1000)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE user360.backfill(regclass, integer) IS
	'Records the rows of an attached table that are not recorded yet, in the order of opened_at and the key; batch: rows a commit, 1 to 100000. Inside a transaction block nothing is committed. Reads the table as the caller. Can be called again at any time. Level capture. Raises U3017 for a table that is not attached, 22023, 22004.';

CREATE FUNCTION user360.immutable_columns() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.immutable_columns() IS
	'Trigger BEFORE UPDATE for each row: columns that its arguments name keep what they were once given, blank texts and NULL aside. Raises U3007, and U3017 for a column that is not there.';
