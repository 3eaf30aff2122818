-- import_users(): customers out of tables and views.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('import', 'email', '{web,app}', 'IT');
SELECT user360.define_property('import', 'plan', 'string');
SELECT user360.define_property('import', 'score', 'number');
SELECT user360.define_property('import', 'at', 'time');
SELECT user360.define_property('import', 'met', 'datetime');
SELECT user360.define_property('import', 'site', 'url');
SELECT user360.define_property('import', 'backup', 'email');
SELECT user360.define_property('import', 'hobbies', 'list');
SELECT user360.define_property('import', 'paid', 'boolean', 'latest');
-- The counts of the last import of a bot, and what it rejected.  A byte order
-- mark is shown as text: psql's versions differ in how wide it is.
CREATE FUNCTION visible(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT replace(value, U&'\FEFF', '<FEFF>')$$;
CREATE FUNCTION last_import(bot text, OUT state text, OUT total bigint, OUT new bigint, OUT conflicting bigint, OUT updated bigint, OUT failed bigint, OUT empty bigint, OUT percent real)
LANGUAGE sql STABLE AS $$SELECT i.state, i.rows_done, i.new, i.conflicting, i.updated, i.failed, i.empty, i.percent FROM user360.import AS i WHERE i.bot = last_import.bot ORDER BY i.started_at DESC LIMIT 1$$;
CREATE FUNCTION faults(bot text) RETURNS TABLE (line bigint, no int, property text, reason text, value text, detail text, userid text)
LANGUAGE sql STABLE AS $$SELECT e.line, e.no, e.property, e.reason, left(visible(e.value), 40), e.detail, e.userid FROM user360.import_error AS e
	WHERE e.bot = faults.bot AND e.import_id = (SELECT i.import_id FROM user360.import AS i WHERE i.bot = faults.bot ORDER BY i.started_at DESC LIMIT 1) ORDER BY 1, 2$$;

-- Names of columns: exact, and near; a byte order mark in front of the first.
CREATE TABLE import_a (id serial PRIMARY KEY, "﻿E-mail" text, "First Name" text, last_name varchar, "PHONE" text, dob date, "Email Opt-in" boolean, plan text, score numeric, hobbies text[], tags text, note text);
INSERT INTO import_a ("﻿E-mail", "First Name", last_name, "PHONE", dob, "Email Opt-in", plan, score, hobbies, tags) VALUES
	('Asha@Example.com', 'Asha', 'Rao', '+91 90005 00000', '1990-02-01', true, ' gold ', 7.50, '{chess,"x;y"}', 'a; b;;a\;c'),
	('bo@example.com', 'Bo', NULL, '06 123 45678', NULL, NULL, NULL, NULL, NULL, NULL),
	(NULL, ' ', '', NULL, NULL, NULL, NULL, NULL, '{}', ' '),
	(' ', 'Nobody', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('ASHA@example.com', 'Asha', 'Rao', NULL, NULL, false, 'silver', NULL, NULL, NULL);
CALL user360.import_users('import', 'import_a', '﻿E-mail', '{"id": null, "note": null}', tags => '{}') \gset
SELECT :total AS total, :new AS new, :conflicting AS conflicting, :updated AS updated, :failed AS failed, :empty AS empty;
SELECT * FROM last_import('import');
SELECT * FROM faults('import');
SELECT userid, holds FROM people('import');
SELECT no, name, payload FROM history('import');
SELECT visible("row"::text) AS "row" FROM user360.import_error WHERE bot = 'import' ORDER BY line;
SELECT source, visible(userid_column) AS userid_column, mapping, conflict, merge_tags, tags, tag_is_time, line_column, without_userid, allow_return, actor = current_user AS actor, position, rows_total, rate > 0 AS rate, ended_at >= started_at AS ended FROM user360.import WHERE bot = 'import';
-- Once more: the last line of a customer says what is known, nothing is written.
CREATE TEMP TABLE before AS SELECT p.xmin::text AS written_by, p.* FROM user360.profile AS p WHERE bot = 'import';
CALL user360.import_users('import', 'import_a', '﻿E-mail', '{"id": null, "note": null}', tags => '{}') \gset
SELECT * FROM last_import('import');
SELECT count(*) FROM history('import');
DELETE FROM import_a WHERE plan LIKE '%gold%';
CALL user360.import_users('import', 'import_a', '﻿E-mail', '{"id": null, "note": null}', tags => '{}') \gset
SELECT * FROM last_import('import');
SELECT count(*) AS written FROM user360.profile AS p JOIN before AS b USING (bot, profile_id) WHERE p.xmin::text <> b.written_by;

-- What is refused before anything is written.
CREATE TABLE import_b (email text, first_name text, firstname text, shoe text, "last channel" text, line int, other timestamptz);
INSERT INTO import_b (email, line) VALUES ('new@example.com', 1), ('new2@example.com', NULL);
CREATE VIEW import_view AS SELECT email, line FROM import_b;
CREATE TABLE import_parent (email text);
CREATE TABLE import_child () INHERITS (import_parent);
CREATE TABLE import_parted (email text, line int) PARTITION BY LIST (line);
SELECT v.call, a.code, a.message, a.detail, a.hint FROM (VALUES
	(1, $$'import', 'import_b', 'no_such'$$),
	(2, $$'import', 'import_b', 'email', '{"firstname": null}'$$),
	(3, $$'import', 'import_b', 'email', '{"firstname": null, "shoe": "size"}'$$),
	(4, $$'import', 'import_b', 'email', '{"no such": null}'$$),
	(5, $$'import', 'import_b', 'email', '{"firstname": null, "shoe": 7}'$$),
	(6, $$'import', 'import_b', 'email', '[]'$$),
	(7, $$'import', 'import_b', 'email', '{"email": "firstName"}'$$),
	(8, $$'import', 'import_b', 'email', '{"email": null}'$$),
	(9, $$'import', 'import_b', 'email', '{"firstname": null, "line": null, "shoe": "city", "other": "city"}'$$),
	(10, $$'import', 'import_view', 'email', '{"line": null}'$$),
	(11, $$'import', 'import_parent', 'email'$$),
	(12, $$'import', 'import_parted', 'email', '{"line": null}'$$),
	(13, $$'import', 'import_view', 'email', line_column => 'email'$$),
	(14, $$'import', 'import_view', 'email', line_column => 'no such'$$),
	(15, $$'import', 'import_view', 'email', line_column => 'line'$$),
	(16, $$'import', 'import_a_pkey', 'email'$$),
	(17, $$'import', 'import_view', 'email', conflict => 'merge', line_column => 'line'$$),
	(18, $$'import', 'import_view', 'email', conflict => NULL$$),
	(19, $$'import', 'import_view', 'email', merge_tags => NULL$$),
	(20, $$'import', 'import_view', 'email', without_userid => 'ignore'$$),
	(21, $$'import', 'import_view', 'email', allow_return => NULL$$),
	(22, $$'import', 'import_view', NULL$$),
	(23, $$'import', NULL, 'email'$$),
	(24, $$NULL, 'import_view', 'email'$$),
	(25, $$'import no such', 'import_view', 'email'$$),
	(26, $$'import', 'import_view', 'email', resume => '00000000-0000-7000-8000-000000000000'$$),
	(27, $$'import', 'import_view', 'email', tags => ARRAY[repeat('x', 256)]$$),
	(28, $$'import', 'import_b', 'email', '{"line": null, "shoe": null, "other": null}'$$)) AS v(n, call),
LATERAL attempt(format('CALL user360.import_users(%s)', v.call)) AS a ORDER BY v.n;
ALTER TABLE import_b ADD COLUMN "LASTNAME" text;
SELECT user360.define_property('import', 'last-name', 'string');
SELECT code, message, hint FROM attempt($$CALL user360.import_users('import', 'import_b', 'email', '{"line": null, "shoe": null, "other": null, "firstname": null}')$$);
UPDATE import_b SET line = 1;
SELECT code, message, detail FROM attempt($$CALL user360.import_users('import', 'import_view', 'email', line_column => 'line')$$);
SELECT user360.create_bot('import none', NULL, '{web}');
SELECT code, message, hint FROM attempt($$CALL user360.import_users('import none', 'import_view', 'email', line_column => 'line')$$);
SELECT count(*) AS imports FROM user360.import WHERE bot = 'import';

-- Modes: what is given replaces, the line is the whole record, what is there wins.
CREATE TABLE import_mode (email text, "firstName" text, city text, plan text, tags text, phone text);
INSERT INTO import_mode VALUES ('m@example.com', 'New', NULL, 'new', 'n', NULL);
SELECT user360.create_bot('import ' || mode, 'email', '{web,app}', 'IN'), user360.define_property('import ' || mode, 'plan', 'string', 'latest'), user360.define_property('import ' || mode, 'rank', 'number') FROM unnest('{update,retain,keep}'::text[]) AS mode;
SELECT outcome FROM unnest('{update,retain,keep}'::text[]) AS mode, user360.identify('import ' || mode, 'web', 's', '{"email": "M@example.com", "firstName": "Old", "lastName": "Old", "phone": "090005 00000", "plan": "old", "rank": 3, "tags": ["o"]}') AS i;
CALL user360.import_users('import update', 'import_mode', 'email', conflict => 'update', tags => '{t}') \gset
CALL user360.import_users('import retain', 'import_mode', 'email', conflict => 'retain', tags => '{t}') \gset
CALL user360.import_users('import keep', 'import_mode', 'email', conflict => 'keep', tags => '{t}') \gset
SELECT mode, holds FROM unnest('{update,retain,keep}'::text[]) AS mode, people('import ' || mode);
SELECT mode, l.* FROM unnest('{update,retain,keep}'::text[]) AS mode, last_import('import ' || mode) AS l;
SELECT mode, name, payload FROM unnest('{update,retain,keep}'::text[]) AS mode, history('import ' || mode) WHERE name = 'USER_UPDATE';
SELECT bot, as_given, stamps IS NOT NULL AS stamps FROM user360.profile WHERE bot ~ '^import (update|retain|keep)' ORDER BY bot DESC;
-- Again: nothing more.
CALL user360.import_users('import update', 'import_mode', 'email', conflict => 'update', tags => '{t}') \gset
CALL user360.import_users('import retain', 'import_mode', 'email', conflict => 'retain', tags => '{t}') \gset
CALL user360.import_users('import keep', 'import_mode', 'email', conflict => 'keep', tags => '{t}') \gset
SELECT mode, l.conflicting, l.updated FROM unnest('{update,retain,keep}'::text[]) AS mode, last_import('import ' || mode) AS l;
-- Tags: joined with those that are there, and by default the time, which by itself is no change.
UPDATE import_mode SET tags = 'n;m';
CALL user360.import_users('import update', 'import_mode', 'email', merge_tags => true, tags => '{t,u}') \gset
CALL user360.import_users('import keep', 'import_mode', 'email', conflict => 'keep', merge_tags => true, tags => '{}') \gset
SELECT mode, holds -> 'tags' AS tags FROM unnest('{update,keep}'::text[]) AS mode, people('import ' || mode);
UPDATE import_mode SET city = 'Pune';
CALL user360.import_users('import update', 'import_mode', 'email') \gset
SELECT p.tags[1:2] AS tags, p.tags[3] = i.tags[1] AND i.tags[1] = to_char(i.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS time, cardinality(p.tags) AS n
FROM user360.profile AS p JOIN user360.import AS i USING (bot) WHERE bot = 'import update' AND i.tag_is_time;
SELECT pg_sleep(1.1);
CALL user360.import_users('import update', 'import_mode', 'email') \gset
SELECT updated, cardinality(p.tags) AS n FROM last_import('import update'), user360.profile AS p WHERE bot = 'import update';

-- A line is judged by the survivor of its userId; lines of one customer come one after the other.
SELECT user360.create_bot('import merge', 'email', '{web}');
SELECT outcome FROM user360.identify('import merge', 'web', 'a', '{"email": "a@example.com", "city": "Pune"}') AS i;
SELECT outcome FROM user360.identify('import merge', 'web', 'b', '{"email": "b@example.com", "firstName": "B", "language": "en"}') AS i;
SELECT count(m.merge_id) FROM user360.profile AS a, user360.profile AS b, user360.merge_profiles('import merge', b.profile_id, a.profile_id) AS m WHERE a.bot = 'import merge' AND b.bot = a.bot AND a.userid = 'a@example.com' AND b.userid = 'b@example.com';
CREATE TABLE import_merge (email text, "firstName" text, city text, language text);
INSERT INTO import_merge VALUES ('b@example.com', 'Bea', NULL, NULL), ('a@example.com', NULL, 'Rome', NULL), ('b@example.com', 'Beate', NULL, NULL), ('c@example.com', 'C', NULL, NULL), ('c@example.com', NULL, 'Oslo', NULL);
CALL user360.import_users('import merge', 'import_merge', 'email', tags => '{}') \gset
SELECT * FROM last_import('import merge');
SELECT * FROM people('import merge');
SELECT no, name, payload FROM history('import merge') WHERE name ~ 'UPDATE|CREATE';
CALL user360.import_users('import merge', 'import_merge', 'email', conflict => 'retain', tags => '{}') \gset
SELECT userid, holds FROM people('import merge') WHERE "into" IS NULL;
SELECT u.stays FROM user360.merge AS m, user360.unmerge('import merge', m.merge_id) AS u WHERE m.bot = 'import merge';
SELECT userid, holds FROM people('import merge');
SELECT * FROM user360.verify('import merge');

-- Every reason for which a line is rejected.
SELECT user360.set_option('import', 'blocked_patterns', 'noreply@%');
SELECT user360.set_option('import', 'lookalike', 'refuse');
SELECT outcome FROM user360.identify('import', 'web', 'gone', '{"email": "gone@example.com"}') AS i;
SELECT user360.delete_user('import', profile_id) FROM user360.profile WHERE bot = 'import' AND userid = 'gone@example.com';
CREATE TABLE import_fault (n serial, email text, "userId" text, "firstName" text, phone text, score text, dob text, at text, met text, paid text, site text, backup text, hobbies text, "lastChannel" text);
INSERT INTO import_fault (email, "userId", "firstName", phone, score, dob, at, met, paid, site, backup, hobbies, "lastChannel") VALUES
	('f1@example.com', NULL, 'good', '06 123 45678', '1', '2000-01-31', '10:30', '2026-01-01T10:00:00Z', 'yes', 'https://example.com', 'x@example.com', 'a;b', 'app'),
	(NULL, NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f3 at example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('null', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('noreply@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('Gone@example.com', NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('bо@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f8@example.com', 'other@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f9@example.com', NULL, repeat('é', 256), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f10@example.com', NULL, NULL, '9.19E+11', '1e5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f11@example.com', NULL, NULL, '12', '007', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f12@example.com', NULL, NULL, NULL, '1 000', '31/01/2000', '25:00', 'yesterday', 'maybe', 'example', 'no address', NULL, 'fax'),
	('f13@example.com', NULL, '﻿Asha', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('﻿f14@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(E'f\u00a015@example.com', NULL, NULL, NULL, E'1\u00a0000', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f16@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, (SELECT string_agg(n::text, ';') FROM generate_series(1, 1001) AS n), NULL),
	('f17@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'a;' || repeat('x', 300), NULL);
CALL user360.import_users('import', 'import_fault', 'email', line_column => 'n', tags => '{}') \gset
SELECT * FROM last_import('import');
SELECT * FROM faults('import');
SELECT DISTINCT reason FROM user360.import_error WHERE bot = 'import' ORDER BY 1;
-- Of a deleted customer nothing stays, not even in the rejected line.
SELECT value, userid, "row" FROM user360.import_error WHERE bot = 'import' AND reason = 'deleted';
SELECT userid, holds FROM people('import') WHERE userid ~ '^f';
-- Zeros that a spreadsheet took, and numbers that it rounded, as userIds.
SELECT user360.create_bot('import codes', NULL, '{web}', 'IT');
SELECT user360.set_option('import codes', 'require_valid_phone', 'on');
SELECT user360.define_property('import codes', 'customer', 'string');
SELECT user360.set_userid_property('import codes', 'customer');
CREATE TABLE import_codes (code text, phone text);
INSERT INTO import_codes VALUES ('9.19E+11', NULL), ('7E21', NULL), ('0042', NULL), ('42', '06 1234 5678'), ('43', '612345678');
CALL user360.import_users('import codes', 'import_codes', 'code', tags => '{}') \gset
SELECT * FROM faults('import codes');
SELECT userid, holds FROM people('import codes');

-- Deleted customers come back where that is allowed, and it is told.
CALL user360.import_users('import', 'import_fault', 'email', line_column => 'n', tags => '{}', allow_return => true) \gset
SELECT * FROM last_import('import');
SELECT name FROM history('import') WHERE name IN ('USER_RETURN', 'USER_DELETE') ORDER BY 1;
-- Look-alikes are reported where the bot wants that: also of one in the same batch.
SELECT user360.create_bot('import twins', 'email', '{web}');
CREATE TABLE import_twins (email text);
INSERT INTO import_twins VALUES ('line@example.com'), ('1ine@example.com'), ('оne@example.com');
CALL user360.import_users('import twins', 'import_twins', 'email', tags => '{}') \gset
SELECT no, name, payload FROM history('import twins') WHERE name = 'USER_LOOKALIKE';
-- delete_user() and replace_userid() take the rejected lines of the customer.
INSERT INTO import_fault (email, score) VALUES ('F1@example.com', 'x');
CALL user360.import_users('import', 'import_fault', 'email', line_column => 'n', tags => '{}') \gset
SELECT count(*) FROM user360.import_error WHERE bot = 'import' AND userid = 'f1@example.com';
SELECT user360.delete_user('import', profile_id) FROM user360.profile WHERE bot = 'import' AND userid = 'f1@example.com';
SELECT count(*) FROM user360.import_error WHERE bot = 'import' AND userid = 'f1@example.com';

-- Lines without a userId, on request: once, however often they are imported.
CREATE TABLE import_without (email text, "firstName" text);
INSERT INTO import_without VALUES (NULL, 'Ann'), (NULL, 'Ann'), ('w@example.com', 'W'), (NULL, NULL);
CALL user360.import_users('import', 'import_without', 'email', without_userid => 'create', tags => '{}') \gset
SELECT * FROM last_import('import');
CALL user360.import_users('import', 'import_without', 'email', without_userid => 'create', tags => '{}') \gset
SELECT * FROM last_import('import');
SELECT count(*) FROM user360.profile WHERE bot = 'import' AND first_name = 'Ann' AND userid IS NULL;
CALL user360.import_users('import none', 'import_without', NULL, '{"email": null}', without_userid => 'create', tags => '{}') \gset
SELECT * FROM last_import('import none');

-- In the order of the column that numbers the lines.
CREATE TABLE import_order (line bigint, email text, city text);
INSERT INTO import_order VALUES (3, 'o@example.com', 'Third'), (-1, 'o@example.com', 'First'), (2, 'o@example.com', 'Second');
CREATE VIEW import_order_view AS SELECT * FROM import_order;
CALL user360.import_users('import', 'import_order_view', 'email', line_column => 'line', tags => '{}') \gset
SELECT holds ->> 'city' AS city FROM people('import') WHERE userid = 'o@example.com';
CALL user360.import_users('import', 'import_order', 'email', '{"line": null}', tags => '{}') \gset
SELECT holds ->> 'city' AS city FROM people('import') WHERE userid = 'o@example.com';
-- A done import is resumed without effect, and one only as it was started.
CALL user360.import_users('import', 'import_order', 'email', resume => :'import_id') \gset
SELECT :total AS total, :new AS new, :conflicting AS conflicting, :updated AS updated;
SELECT set_config('import.id', :'import_id', false) IS NOT NULL AS set;
SELECT v.call, a.code, replace(a.message, current_setting('import.id'), 'x') AS message, a.hint FROM (VALUES
	(1, $$'import_order_view', 'email', line_column => 'line'$$),
	(2, $$'import_order', 'city'$$),
	(3, $$'import_order', 'email', line_column => 'line'$$),
	(4, $$'import_order', 'email', conflict => 'keep'$$),
	(5, $$'import_order', 'email', merge_tags => true$$),
	(6, $$'import_order', 'email', without_userid => 'create'$$),
	(7, $$'import_order', 'email', allow_return => true$$),
	(8, $$'import_order', 'email', '{}'$$),
	(9, $$'import_order', 'email', tags => '{x}'$$)) AS v(n, call),
LATERAL attempt(format('CALL user360.import_users(''import'', %s, resume => %L)', v.call, current_setting('import.id'))) AS a ORDER BY v.n;

-- In a transaction block nothing is committed, and that is said.
SET client_min_messages = notice;
BEGIN;
CALL user360.import_users('import codes', 'import_codes', 'code', tags => '{x}') \gset
SELECT * FROM last_import('import codes');
ROLLBACK;
SELECT count(*) FROM user360.import WHERE bot = 'import codes';
SET client_min_messages = warning;

-- Many batches; an error after each of them leaves the user as it was, and
-- what was committed; the import goes on where it broke off.
SELECT user360.create_bot('import batches', 'email', '{web}');
CREATE ROLE regress_importer;
SELECT user360.grant_access('regress_importer', 'import batches', 'capture');
CREATE TABLE import_many (n int, email text) WITH (autovacuum_enabled = off);
INSERT INTO import_many SELECT n, n || '@example.com' FROM generate_series(1, 12000) AS n;
-- A policy of the table's owner is the fuse: it blows at the n-th line that is
-- read, counting included.
CREATE SEQUENCE import_fuse;
CREATE FUNCTION whole(fails_at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF nextval('import_fuse') > fails_at THEN
		RAISE EXCEPTION 'the fuse has blown';
	END IF;
	RETURN current_user = 'regress_importer';
END
$$;
GRANT SELECT ON import_many, import_mode TO regress_importer;
GRANT USAGE ON SEQUENCE import_fuse TO regress_importer;
ALTER TABLE import_many ENABLE ROW LEVEL SECURITY;
CREATE POLICY fuse ON import_many USING (whole(13000));
SET ROLE regress_importer;
CALL user360.import_users('import batches', 'import_many', 'email', '{"n": null}', tags => '{}') \gset
SELECT current_user, session_user <> current_user AS switched;
SELECT count(*) FROM user360.profile;
RESET ROLE;
SELECT * FROM last_import('import batches');
ALTER POLICY fuse ON import_many USING (whole(16000));
SELECT setval('import_fuse', 1);
SET ROLE regress_importer;
CALL user360.import_users('import batches', 'import_many', 'email', '{"n": null}', tags => '{}') \gset
SELECT current_user;
RESET ROLE;
SELECT state, total, new FROM last_import('import batches');
SELECT import_id FROM user360.import WHERE bot = 'import batches' ORDER BY started_at DESC LIMIT 1 \gset
-- Resumed, it does not count; nor may somebody else's bot be resumed.
SELECT setval('import_fuse', 12500);
SET ROLE regress_importer;
CALL user360.import_users('import batches', 'import_many', 'email', '{"n": null}', resume => :'import_id') \gset
SELECT current_user;
CALL user360.import_users('import', 'import_many', 'email', '{"n": null}', resume => :'import_id') \gset
RESET ROLE;
SELECT state, total, new, percent > 20 AND percent < 100 AS percent FROM last_import('import batches');
SELECT setval('import_fuse', 1);
SET ROLE regress_importer;
CALL user360.import_users('import batches', 'import_many', 'email', '{"n": null}', resume => :'import_id') \gset
SELECT current_user, :total AS total, :new AS new;
-- What the caller can't read is not read.
CALL user360.import_users('import batches', 'import_order', 'email', '{"line": null, "city": null}') \gset
RESET ROLE;
SELECT count(*), count(DISTINCT userid) FROM user360.profile WHERE bot = 'import batches';
SELECT count(*) FROM user360.event WHERE bot = 'import batches';
SELECT * FROM user360.verify('import batches');
SELECT * FROM user360.verify('import') WHERE check_name !~ 'lookalike';
-- A table that was rewritten is not where it was.
UPDATE user360.import SET state = 'running' WHERE bot = 'import batches';
SELECT set_config('import.id', import_id::text, false) IS NOT NULL AS set FROM user360.import WHERE bot = 'import batches' ORDER BY started_at DESC LIMIT 1;
VACUUM FULL import_many;
SELECT code, replace(message, current_setting('import.id'), 'x') AS message, detail, hint FROM attempt(format('CALL user360.import_users(''import batches'', ''import_many'', ''email'', resume => %L)', current_setting('import.id')));
SELECT user360.revoke_access('regress_importer', 'import batches');
DROP TABLE import_many, import_a, import_b, import_parent, import_child, import_parted, import_mode, import_merge, import_fault, import_codes, import_twins, import_without, import_order CASCADE;
DROP FUNCTION whole, last_import, faults;
DROP SEQUENCE import_fuse;
DROP ROLE regress_importer;
