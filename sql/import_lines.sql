-- What import_users() makes of odd columns, lines and relations, and how it
-- goes on by the column that numbers the lines.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('lines', 'email', '{web}', 'IN');
SELECT user360.define_property('lines', 'code', 'string');
SELECT user360.define_property('lines', 'hobbies', 'list');
CREATE FUNCTION line_faults() RETURNS TABLE (line bigint, no int, property text, reason text, value text, detail text, "row" jsonb) LANGUAGE sql STABLE AS $$
	SELECT e.line, e.no, e.property, e.reason, e.value, e.detail, e."row" FROM user360.import_error AS e
	WHERE e.import_id = (SELECT i.import_id FROM user360.import AS i WHERE i.bot = 'lines' ORDER BY i.started_at DESC LIMIT 1) ORDER BY 1, 2$$;

-- A relation that is not there, by its number.
SELECT code, message FROM attempt($$CALL user360.import_users('lines', 4000000000::oid::regclass, 'email')$$);

-- A byte order mark before the name of a column that is only near a property's.
CREATE TABLE lines_mark (U&"\FEFFFirst_Name" text, email text);
INSERT INTO lines_mark VALUES ('Mark', 'mark@example.com');
CALL user360.import_users('lines', 'lines_mark', 'email', tags => '{}') \gset
SELECT :new AS new, :failed AS failed, c.first_name FROM user360.contact_card('lines', 'mark@example.com') AS c;

-- Reasons: signs before what a spreadsheet rounded, a look-alike, and what
-- column custom says, as an object of properties and as none.
SELECT user360.set_option('lines', 'lookalike', 'refuse');
CREATE TABLE lines_fault (n int, email text, phone text, custom text, hobbies text[]);
INSERT INTO lines_fault VALUES
	(1, 'a@example.com', '+9.19E+11', NULL, '{chess,go}'),
	(2, 'b@example.com', '-9.19E+11', NULL, NULL),
	(3, U&'m\0430rk@example.com', NULL, NULL, NULL),
	(4, 'd@example.com', NULL, '{"colour": "red"}', NULL),
	(5, 'e@example.com', NULL, '{"code":', '{}'),
	(6, 'f@example.com', NULL, '["code"]', NULL),
	(7, 'g@example.com', NULL, '{"code": "7", "hobbies": ["chess"]}', NULL);
CALL user360.import_users('lines', 'lines_fault', 'email', '{"n": null}', tags => '{}') \gset
SELECT :new AS new, :failed AS failed;
SELECT * FROM line_faults();
SELECT holds ->> 'code' AS code, holds -> 'hobbies' AS hobbies FROM people('lines') WHERE userid = 'g@example.com';

-- The line is the whole record, and neither it nor the import has tags.
SELECT outcome FROM user360.identify('lines', 'web', 's', '{"email": "tags@example.com", "tags": ["old"]}') AS i;
CREATE TABLE lines_tags (email text, tags text);
INSERT INTO lines_tags VALUES ('tags@example.com', NULL);
CALL user360.import_users('lines', 'lines_tags', 'email', conflict => 'retain', tags => '{}') \gset
SELECT :updated AS updated, holds -> 'tags' AS tags FROM people('lines') WHERE userid = 'tags@example.com';
CALL user360.import_users('lines', 'lines_tags', 'email', conflict => 'retain', tags => '{}') \gset
SELECT :updated AS updated;

-- Two lines of one customer of which the second takes back the first: nothing
-- has happened to that one, and what happened to another is told.
CREATE TABLE lines_back (n int, email text, city text);
INSERT INTO lines_back VALUES (1, 'back@example.com', 'Goa'), (2, 'other@example.com', 'Goa');
CALL user360.import_users('lines', 'lines_back', 'email', '{"n": null}', tags => '{}') \gset
TRUNCATE lines_back;
INSERT INTO lines_back VALUES (1, 'other@example.com', 'Pune'), (2, 'back@example.com', 'Pune'), (3, 'back@example.com', 'Goa');
CALL user360.import_users('lines', 'lines_back', 'email', '{"n": null}', tags => '{}') \gset
SELECT :total AS total, :conflicting AS conflicting, :updated AS updated;
SELECT p.userid, p.city, e.payload FROM user360.profile AS p LEFT JOIN user360.event AS e ON e.bot = p.bot AND e.profile_id = p.profile_id AND e.name = 'USER_UPDATE'
WHERE p.bot = 'lines' AND p.userid IN ('back@example.com', 'other@example.com') ORDER BY p.userid;

-- Without userIds, a line is the same as before by all that it has, lists too.
CREATE TABLE lines_list (city text, hobbies text[]);
INSERT INTO lines_list VALUES ('Pune', '{chess,go}');
CALL user360.import_users('lines', 'lines_list', NULL, without_userid => 'create', tags => '{}') \gset
SELECT :new AS new;
CALL user360.import_users('lines', 'lines_list', NULL, without_userid => 'create', tags => '{}') \gset
SELECT :new AS new;
TRUNCATE lines_list;
INSERT INTO lines_list VALUES ('Pune', '{chessgo}');
CALL user360.import_users('lines', 'lines_list', NULL, without_userid => 'create', tags => '{}') \gset
SELECT :new AS new;

-- Look-alikes are not looked for where the bot does not want it.
SELECT user360.create_bot('lines off', 'email', '{web}');
SELECT user360.set_option('lines off', 'lookalike', 'off');
CREATE TABLE lines_off (email text);
INSERT INTO lines_off VALUES ('mark@example.com'), (U&'m\0430rk@example.com');
CALL user360.import_users('lines off', 'lines_off', 'email', tags => '{}') \gset
SELECT :new AS new, :failed AS failed, (SELECT count(*) FROM user360.event WHERE bot = 'lines off' AND name ~ 'LOOK') AS told;

-- A view of numbered lines, as after a crash in the middle: the import goes on
-- behind the last line that was committed, and reads none twice.
SELECT user360.create_bot('lines many', 'email', '{web}');
CREATE TABLE lines_many (n int, email text);
INSERT INTO lines_many SELECT n, 'l' || n || '@example.com' FROM generate_series(1, 3000) AS n;
CREATE TABLE lines_limit (n int);
INSERT INTO lines_limit VALUES (1700);
CREATE VIEW lines_view AS SELECT n, email FROM lines_many WHERE n <= (SELECT l.n FROM lines_limit AS l);
CALL user360.import_users('lines many', 'lines_view', 'email', line_column => 'n', tags => '{}') \gset
SELECT :total AS total, :new AS new, position FROM user360.import WHERE bot = 'lines many';
UPDATE user360.import SET state = 'running' WHERE bot = 'lines many';
UPDATE lines_limit SET n = 3000;
CALL user360.import_users('lines many', 'lines_view', 'email', line_column => 'n', resume => :'import_id') \gset
SELECT :total AS total, :new AS new, :conflicting AS conflicting, :failed AS failed;
SELECT count(*), count(DISTINCT userid) FROM user360.profile WHERE bot = 'lines many';
SELECT count(*) FROM user360.event WHERE bot = 'lines many';
SELECT * FROM user360.verify('lines many');
DROP TABLE lines_mark, lines_fault, lines_tags, lines_back, lines_list, lines_off, lines_many, lines_limit CASCADE;
DROP FUNCTION line_faults;
