-- immutable_columns(): what a column of a user's own table was once given, it keeps.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE keeps (id int PRIMARY KEY, mail text, "Phone" varchar(20), code char(5), n numeric, details jsonb, list int[], free text, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TRIGGER keeps BEFORE UPDATE ON keeps FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('mail', 'Phone', 'CODE', 'n', 'details', 'list');
INSERT INTO keeps VALUES (1, 'a@example.com', '1', 'x', 1.0, '{"a": 1}', '{1}', 'x'), (2, NULL, '', '  ', NULL, NULL, NULL, NULL), (3, E' \t\u00a0', ' ', NULL, 0, '{}', '{}', NULL);
-- Any change is refused, of one row among many too, to NULL and to blank.
SELECT v.change, a.code, a.message, a.detail, a.hint FROM (VALUES (1, 'mail = ''b@example.com'''), (2, 'mail = NULL'), (3, 'mail = '''''), (4, '"Phone" = ''2'''), (5, 'code = ''y'''), (6, 'n = 1.00'), (7, 'n = NULL'), (8, 'details = ''{"a": 2}'''), (9, 'list = ''{1,2}'''), (10, 'mail = upper(mail), free = ''y'''), (11, 'mail = repeat(''x'', 300)')) AS v(n, change),
LATERAL attempt('UPDATE keeps SET ' || v.change || ' WHERE id = 1') AS a ORDER BY v.n;
-- What stays, and what is no such column, is not.
UPDATE keeps SET mail = mail, n = n, details = details, list = list, free = 'y', id = 10 WHERE id = 1;
UPDATE keeps SET code = 'x    ' WHERE id = 10;
-- Blank and NULL can be filled, once; 0 and empty values of other types are values.
UPDATE keeps SET mail = 'c@example.com', "Phone" = '3', code = 'z', n = 5, details = '[]', list = '{2}' WHERE id = 2;
UPDATE keeps SET mail = 'd@example.com', "Phone" = '3', code = 'z' WHERE id = 3;
SELECT code, message FROM attempt('UPDATE keeps SET mail = ''e@example.com'' WHERE id = 3') UNION ALL SELECT code, message FROM attempt('UPDATE keeps SET n = 1 WHERE id = 3') UNION ALL SELECT code, message FROM attempt('UPDATE keeps SET details = NULL WHERE id = 3') UNION ALL SELECT code, message FROM attempt('UPDATE keeps SET list = NULL WHERE id = 3');
SELECT id, mail, "Phone", code, n, details, list, free FROM keeps ORDER BY id;
SELECT code, message FROM attempt('INSERT INTO keeps (id, mail) VALUES (10, ''x'') ON CONFLICT (id) DO UPDATE SET mail = EXCLUDED.mail');
-- Deleting and inserting are not its matter.
DELETE FROM keeps WHERE id = 2;
-- Large values are compared whole.
INSERT INTO keeps (id, mail) VALUES (4, repeat('a', 100000));
UPDATE keeps SET mail = repeat('a', 100000) WHERE id = 4;
SELECT code, length(message) < 500 AS short FROM attempt('UPDATE keeps SET mail = repeat(''a'', 100001) WHERE id = 4');
-- A column that is not there is refused at the first use; so are none, a generated one, another kind of trigger.
ALTER TABLE keeps RENAME mail TO email;
SELECT code, message, detail, hint FROM attempt('UPDATE keeps SET free = ''z''');
DROP TRIGGER keeps ON keeps;
CREATE TRIGGER keeps BEFORE UPDATE ON keeps FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns();
SELECT code, message, hint FROM attempt('UPDATE keeps SET free = ''z''');
CREATE OR REPLACE TRIGGER keeps BEFORE UPDATE ON keeps FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('twice');
SELECT code, message, hint FROM attempt('UPDATE keeps SET free = ''z''');
CREATE OR REPLACE TRIGGER keeps AFTER UPDATE ON keeps FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('email');
SELECT code, message, hint FROM attempt('UPDATE keeps SET free = ''z''');
CREATE OR REPLACE TRIGGER keeps BEFORE INSERT ON keeps FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('email');
SELECT code FROM attempt('INSERT INTO keeps (id) VALUES (5)');
SELECT code FROM attempt('SELECT user360.immutable_columns()');
-- Partitions number their columns otherwise.
CREATE TABLE keeps_parts (id int, mail text) PARTITION BY RANGE (id);
CREATE TABLE keeps_part (mail text, id int);
ALTER TABLE keeps_parts ATTACH PARTITION keeps_part FOR VALUES FROM (1) TO (10);
CREATE TRIGGER keeps BEFORE UPDATE ON keeps_parts FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('mail');
INSERT INTO keeps_parts VALUES (1, 'a');
SELECT code, message FROM attempt('UPDATE keeps_parts SET mail = ''b''');
UPDATE keeps_parts SET id = 2;
DROP TABLE keeps, keeps_parts;
