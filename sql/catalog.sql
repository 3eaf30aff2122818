-- The schema as the catalogue shows it: what everybody may call, how each
-- function is labelled, what a dump takes, row security, guards.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- The functions that people call, and those by which the types work.
CREATE VIEW support AS SELECT p.* FROM pg_proc AS p WHERE p.pronamespace = 'user360'::regnamespace AND ('internal'::regtype = ANY (p.proargtypes)
	OR EXISTS (SELECT FROM pg_type AS t WHERE t.typnamespace = 'user360'::regnamespace AND t.typtype = 'b' AND t.typelem = 0 AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes))));
CREATE VIEW api AS SELECT p.* FROM pg_proc AS p WHERE p.pronamespace = 'user360'::regnamespace AND p.oid NOT IN (SELECT s.oid FROM support AS s);
-- The types are everybody's: each function of theirs is, and is pure.
SELECT p.oid::regprocedure AS function FROM support AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE l.lanname <> 'c' OR p.prosecdef OR p.provolatile <> 'i' OR p.proparallel <> 's' OR NOT p.proisstrict OR NOT has_function_privilege('public', p.oid, 'EXECUTE') OR obj_description(p.oid, 'pg_proc') IS NULL ORDER BY p.oid::regprocedure::text COLLATE "C";

-- What PUBLIC may execute: the pure functions and nothing else.
SELECT p.oid::regprocedure AS "open to all" FROM api AS p
WHERE has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
	AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') ORDER BY 1;
SELECT has_schema_privilege('public', 'user360', 'USAGE') AS usage, has_schema_privilege('public', 'user360', 'CREATE') AS "create";

-- Every function: in C, and so with no operator that a search_path could
-- change; none runs with its owner's rights; labelled on purpose.  A setting
-- comes with verify() alone, which reads whole tables.
SELECT p.oid::regprocedure AS function, CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
	CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel, p.proisstrict AS strict, p.proretset AS set
FROM api AS p ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT p.oid::regprocedure AS function FROM api AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE (l.lanname <> 'c' OR p.prosecdef OR p.proleakproof OR p.proconfig IS NOT NULL AND (p.proname, p.proconfig) <> ('verify', '{work_mem=128MB}')) ORDER BY 1;
-- STRICT only where one argument is all there is, or NULL is meant to do nothing.
SELECT p.oid::regprocedure AS function FROM api AS p WHERE p.proisstrict AND p.pronargs > 1 AND p.proname NOT IN ('grant_access', 'revoke_access') ORDER BY 1;
-- No two overloads that differ only by text and uuid.
SELECT a.oid::regprocedure, b.oid::regprocedure FROM api AS a JOIN api AS b ON b.proname = a.proname AND b.oid > a.oid AND b.pronargs = a.pronargs
WHERE replace(a.proargtypes::text, '2950', '25') = replace(b.proargtypes::text, '2950', '25');
-- Everything that anybody sees has a comment.
SELECT p.oid::regprocedure AS without_comment FROM api AS p WHERE obj_description(p.oid, 'pg_proc') IS NULL ORDER BY 1;
SELECT t.typname AS without_comment FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid WHERE t.typnamespace = 'user360'::regnamespace AND c.relkind = 'c' AND obj_description(t.oid, 'pg_type') IS NULL ORDER BY 1;
SELECT c.relname AS without_comment FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' AND obj_description(c.oid, 'pg_class') IS NULL ORDER BY 1;
SELECT obj_description('user360'::regnamespace, 'pg_namespace') IS NOT NULL AS schema_has_comment;
-- The level that a function wants stands in its comment, except where it is open to all.
SELECT p.oid::regprocedure AS without_level FROM api AS p WHERE p.prorettype <> 'trigger'::regtype AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
	AND obj_description(p.oid, 'pg_proc') !~ 'Level (capture|agent|engagement_user|engagement_admin)' AND p.proname NOT IN ('contact_card_for_ticket', 'bots_with', 'grant_access', 'revoke_access', 'attach_tickets', 'detach') ORDER BY 1;

-- Tables: plain, owned with the schema, every one in a dump, row security on
-- and a policy on each, no sequence and no foreign key.
SELECT c.relname AS "table", c.oid = ANY (e.extconfig) AS dumped, e.extcondition[array_position(e.extconfig, c.oid)] = '' AS whole, c.relrowsecurity AS row_security,
	(SELECT string_agg(p.polname || ' ' || CASE p.polcmd WHEN 'r' THEN 'select' ELSE p.polcmd::text END || CASE WHEN p.polpermissive THEN '' ELSE ' restrictive' END, ', ') FROM pg_policy AS p WHERE p.polrelid = c.oid) AS policies
FROM pg_class AS c, pg_extension AS e WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind IN ('r', 'p') AND e.extname = 'user360' ORDER BY c.relname;
SELECT cardinality(extconfig) = (SELECT count(*) FROM pg_class WHERE relnamespace = 'user360'::regnamespace AND relkind = 'r') AS each_once FROM pg_extension WHERE extname = 'user360';
SELECT c.relkind, c.relname FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind NOT IN ('r', 'i', 'c') ORDER BY 1, 2;
SELECT c.conname FROM pg_constraint AS c WHERE c.connamespace = 'user360'::regnamespace AND c.contype NOT IN ('c', 'p', 'u', 'n') ORDER BY 1;
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'user360' AND c.relowner <> n.nspowner ORDER BY 1;
SELECT count(*) AS not_of_the_extension FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind IN ('r', 'c') AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	AND NOT EXISTS (SELECT FROM pg_type AS t JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' WHERE t.typrelid = c.oid);
-- bot is text in C collation in each, and leads every key and index (access: the role does).
SELECT c.relname AS "table", format_type(a.atttypid, a.atttypmod) AS type, l.collname, a.attnotnull FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'bot' JOIN pg_collation AS l ON l.oid = a.attcollation
WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT c.relname AS without_bot FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'bot') ORDER BY 1;
SELECT i.indexrelid::regclass AS not_led_by_bot FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE c.relnamespace = 'user360'::regnamespace AND a.attname <> 'bot' ORDER BY 1;
SELECT i.indexrelid::regclass AS index, i.indisunique AS "unique", pg_get_expr(i.indpred, i.indrelid) AS predicate FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relnamespace = 'user360'::regnamespace AND i.indisunique AND NOT i.indisprimary ORDER BY i.indexrelid::regclass::text COLLATE "C";
SELECT c.relname || '.' || a.attname AS not_in_c_collation FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid = 'text'::regtype WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' AND a.attcollation <> '"C"'::regcollation AND a.attname NOT IN ('reason') ORDER BY 1;

-- Guards: for UPDATE, DELETE and TRUNCATE only, so that a restore fires none;
-- and always.
SELECT t.tgrelid::regclass AS "table", t.tgname, CASE WHEN t.tgtype & 1 > 0 THEN 'row' ELSE 'statement' END AS each, CASE WHEN t.tgtype & 2 > 0 THEN 'before' ELSE 'after' END AS "when",
	concat_ws(' ', CASE WHEN t.tgtype & 4 > 0 THEN 'insert' END, CASE WHEN t.tgtype & 8 > 0 THEN 'delete' END, CASE WHEN t.tgtype & 16 > 0 THEN 'update' END, CASE WHEN t.tgtype & 32 > 0 THEN 'truncate' END) AS event, t.tgenabled = 'A' AS always
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'user360'::regnamespace ORDER BY t.tgrelid::regclass::text COLLATE "C", t.tgname;

-- The composite types are part of the contract.
SELECT c.relname AS type, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS attributes
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'c' GROUP BY 1 ORDER BY 1;
-- So are the functions' arguments and defaults.
SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')' AS function, pg_get_function_result(p.oid) AS result FROM api AS p ORDER BY (p.proname || '(' || pg_get_function_arguments(p.oid) || ')') COLLATE "C";

-- A hostile search_path changes nothing: operators, functions and casts of the
-- same name that come first are not called.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.fail(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE FUNCTION hostile.fail(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.fail);
CREATE OPERATOR hostile.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = hostile.fail);
CREATE FUNCTION hostile.fail(a numeric, b int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE OPERATOR hostile.= (LEFTARG = numeric, RIGHTARG = int, FUNCTION = hostile.fail);
CREATE FUNCTION hostile.fail(a date, b date) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE OPERATOR hostile.= (LEFTARG = date, RIGHTARG = date, FUNCTION = hostile.fail);
CREATE FUNCTION hostile.name_key(a text, b text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile function was called'; END$$;
CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile function was called'; END$$;
CREATE FUNCTION hostile.octet_length(text) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile function was called'; END$$;
CREATE FUNCTION hostile.fail(a timestamptz, b timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE FUNCTION hostile.fail(a jsonb, b text) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE FUNCTION hostile.fail(a bytea, b bytea) RETURNS bytea LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile operator was called'; END$$;
CREATE OPERATOR hostile.<= (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = hostile.fail);
CREATE OPERATOR hostile.> (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = hostile.fail);
CREATE OPERATOR hostile.< (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = hostile.fail);
CREATE OPERATOR hostile.-> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = hostile.fail);
CREATE OPERATOR hostile.|| (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = hostile.fail);
CREATE FUNCTION hostile.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a hostile function was called'; END$$;
CREATE TABLE hostile.profile (bot text);
CREATE TABLE hostile.merge (bot text);
CREATE TABLE hostile.hostile_tickets (id int PRIMARY KEY, bot text, channel text, sender text, mail text);
SELECT user360.create_bot('catalog', 'email', '{web}');
\c -
SET client_min_messages = warning;
SET search_path = hostile, pg_catalog, public;
SELECT 'a'::text = 'b'::text;
SELECT now();
SELECT outcome FROM user360.identify('catalog', 'web', 's', '{"firstName": "Asha"}') AS i;
SELECT outcome FROM user360.identify('catalog', 'web', 't', '{"email": "asha@example.com"}') AS i;
SELECT outcome FROM user360.identify('catalog', 'web', 's', '{"email": "asha@example.com"}') AS i;
SELECT kind FROM user360.contact_card('catalog', 'asha@example.com') AS c;
SELECT user360.attach_tickets('hostile_tickets', 'email=mail');
INSERT INTO hostile_tickets VALUES (1, 'catalog', 'web', 's', NULL), (2, 'catalog', 'web', 't', NULL);
UPDATE hostile_tickets SET sender = 'u' WHERE id OPERATOR(pg_catalog.=) 2;
DELETE FROM hostile_tickets;
SELECT pg_catalog.count(*) > 5 AS entries FROM user360.contact_card_for_sender('catalog', 'web', 's') AS c, user360.recent_activity('catalog', c.profile_id) AS a;
SELECT outcome FROM user360.identify('catalog', 'web', 'v', '{"firstName": "Vir", "tags": ["v"]}') AS i;
SELECT m.unions, u.stays FROM user360.contact_card_for_sender('catalog', 'web', 'v') AS s, user360.contact_card('catalog', 'asha@example.com') AS t,
	user360.merge_profiles('catalog', s.profile_id, t.profile_id) AS m, user360.unmerge('catalog', m.merge_id) AS u;
SELECT user360.update_contact('catalog', c.profile_id, '{"lastName": "Rao", "firstName": null}') OPERATOR(pg_catalog.=) c.profile_id AS updated FROM user360.contact_card('catalog', 'asha@example.com') AS c;
SELECT p.first_name AS then, c.first_name AS now, g OPERATOR(pg_catalog.->>) 'userId' AS page FROM user360.contact_card('catalog', 'asha@example.com') AS c,
	user360.contact_card('catalog', 'asha@example.com', pg_catalog.now() OPERATOR(pg_catalog.-) interval '1 hour') AS p, user360.user_page('catalog', c.profile_id, pg_catalog.clock_timestamp()) AS g;
SELECT pg_catalog.count(*) AS explained FROM user360.contact_card('catalog', 'asha@example.com') AS c, user360.explain_profile('catalog', c.profile_id) AS e;
SELECT user360.track('catalog', c.profile_id, 'x') IS NOT NULL AS tracked FROM user360.contact_card_for_sender('catalog', 'web', 's') AS c;
SELECT pg_catalog.count(*) > 5 AS entries, (user360.export_user('catalog', c.profile_id)) IS NOT NULL AS exported FROM user360.contact_card_for_sender('catalog', 'web', 's') AS c, user360.all_activity('catalog', c.profile_id) AS a GROUP BY c.profile_id;
SELECT pg_catalog.count(*) FROM user360.find_contacts('catalog', 'asha');
SELECT pg_catalog.count(*) FROM user360.channel_overview('catalog', NULL, NULL);
SELECT pg_catalog.count(*) FROM user360.card_gaps('catalog');
SELECT pg_catalog.count(*) > 0 AS exported FROM user360.export_users('catalog');
SELECT user360.prune_events('catalog', '1 day'), user360.prune_unidentified('catalog', '1 day');
SELECT user360.replace_userid('catalog', c.profile_id, 'ravi@example.com', true) IS NOT NULL AS replaced FROM user360.contact_card('catalog', 'asha@example.com') AS c;
SELECT user360.delete_user('catalog', c.profile_id) FROM user360.contact_card('catalog', 'ravi@example.com') AS c;
SELECT outcome FROM user360.identify('catalog', 'web', 's', '{"email": "ravi@example.com"}') AS i;
SELECT pg_catalog.count(*) AS findings FROM user360.verify('catalog');
SELECT user360.set_option('catalog', 'overwrite', 'never');
SELECT user360.adopt_userids('catalog');
RESET search_path;
DROP SCHEMA hostile CASCADE;
DROP VIEW api, support;
