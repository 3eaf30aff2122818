-- Looking for customers.

CREATE FUNCTION user360.name_key(first_name text, last_name text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'name_key_of';
COMMENT ON FUNCTION user360.name_key(text, text) IS
	'A name as find_contacts() looks for it: first and last name with a space between, case-folded, single spaces, at most 128 bytes. NULL where both are.';

-- Only what a customer can be found by and another index does not have: the
-- userId, which is often the address, and members stay out.
CREATE INDEX profile_email ON user360.profile (bot, email)
	WHERE email IS NOT NULL AND (userid IS NULL OR userid OPERATOR(pg_catalog.<>) email);
CREATE INDEX profile_phone ON user360.profile (bot, phone)
	WHERE phone IS NOT NULL AND (userid IS NULL OR userid OPERATOR(pg_catalog.<>) phone);
CREATE INDEX profile_name ON user360.profile (bot, user360.name_key(first_name, last_name))
	WHERE first_name IS NOT NULL AND merged_into IS NULL;
CREATE INDEX profile_last_name ON user360.profile (bot, user360.name_key(last_name))
	WHERE last_name IS NOT NULL AND merged_into IS NULL;

CREATE FUNCTION user360.find_contacts(bot text, query text, max_rows integer DEFAULT 20) RETURNS SETOF user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20 AS 'MODULE_PATHNAME', 'find_contacts';
COMMENT ON FUNCTION user360.find_contacts(text, text, integer) IS
	'The cards of the customers whom an agent may mean: by userId, e-mail address, phone number or sender, each in any form that captures accept, or by the beginning of the first name, the last name or both, in any case. Each customer once, exact matches first. A blank query finds nobody. max_rows: 1 to 100. Level agent. Raises 22023.';
