-- The longest and the oddest values that are taken, and calls from where they
-- are not expected.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('limits', 'email', '{web}', 'IN');
SELECT user360.define_property('limits', 'code', 'string');

-- Values that grow by folding or composing, and what is stored compressed.
SELECT v.n, a.code, a.detail FROM (VALUES
	(1, $$normalize_email(repeat('é', 32) || '@example.com')$$),
	(2, $$normalize_email(repeat('é', 33) || '@example.com')$$),
	(3, $$normalize_email(repeat('é', 300) || '@example.com')$$),
	(4, $$normalize_email(repeat(U&'\023A', 21) || '@example.com')$$),
	(5, $$normalize_email(repeat(U&'\023A', 22) || '@example.com')$$),
	(6, $$normalize_identifier(repeat(U&'\FB2C', 85))$$),
	(7, $$normalize_identifier(repeat(U&'\FB2C', 86))$$),
	(8, $$normalize_identifier(repeat(U&'\FB2C', 1000))$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
SELECT octet_length(user360.normalize_email(repeat(U&'\023A', 21) || '@example.com')) AS bytes;
CREATE TABLE limits_long (value text);
INSERT INTO limits_long VALUES (repeat('a', 100000)), (repeat(' ', 100000) || 'asha@example.com');
SELECT pg_column_size(value) < 3000 AS compressed, user360.is_email(value), user360.is_identifier(value), user360.is_phone(value) FROM limits_long;
SELECT octet_length(user360.name_key(repeat(U&'\023A', 500), repeat('b', 500))) AS bytes;

-- Two userIds of 255 characters that look alike: the finding has them whole.
SELECT user360.create_bot('limits long', NULL, '{web}');
SELECT user360.define_property('limits long', 'code', 'string');
SELECT user360.set_userid_property('limits long', 'code');
SELECT length(i.userid) AS characters, octet_length(i.userid) AS bytes FROM unnest('{1,l}'::text[]) AS c, user360.identify('limits long', 'web', c, jsonb_build_object('code', repeat(U&'\6F22', 254) || c)) AS i;
SELECT check_name, length(detail) > 510 AND detail LIKE '%' || repeat(U&'\6F22', 254) || '1%' AND detail LIKE '%' || repeat(U&'\6F22', 254) || 'l%' AS whole FROM user360.verify('limits long');

-- A new userId in place of the old one may look like somebody else's: that is told.
SELECT outcome FROM unnest('{asha,ravi}'::text[]) AS c, user360.identify('limits', 'web', c, jsonb_build_object('email', c || '@example.com')) AS i;
SELECT user360.replace_userid('limits', c.profile_id, U&'\0430sha@example.com', true) IS NOT NULL AS replaced FROM user360.contact_card('limits', 'ravi@example.com') AS c;
SELECT name, channel FROM history('limits') WHERE name ~ 'LOOK';

-- A search that is full before names come to it.
SELECT i.outcome FROM user360.identify('limits', 'web', 'name', '{"firstName": "asha@example.com"}') AS i;
SELECT c.userid, c.first_name FROM user360.find_contacts('limits', 'asha@example.com', 2) AS c;
SELECT c.userid, c.first_name FROM user360.find_contacts('limits', 'asha@example.com', 1) AS c;

-- Trigger functions that are called by no trigger.
SELECT v.call, a.code, a.message FROM (VALUES ('guard_policy'), ('guard_profile'), ('link_ticket'), ('capture_contact'), ('immutable_columns')) AS v(call),
LATERAL attempt(format('SELECT user360.%s()', v.call)) AS a ORDER BY v.call;

-- The policy of a store without a userId may be emptied by hand.
BEGIN;
SET LOCAL client_min_messages = error;
DROP EXTENSION user360 CASCADE;
CREATE EXTENSION user360;
SELECT user360.create_bot('limits', 'email', '{web}');
SELECT user360.define_property('limits', 'plan', 'string');
TRUNCATE user360.property;
SELECT outcome FROM user360.identify('limits', 'web', 's', '{"firstName": "Asha"}') AS i;
SELECT code, message FROM attempt($$SELECT user360.identify('limits', 'web', 's', '{"plan": "gold"}')$$);
ROLLBACK;

-- In a session's first call, under a parallel plan.
CREATE TABLE limits_many AS SELECT n, n || '@example.com' AS email FROM generate_series(1, 1000) AS n;
INSERT INTO limits_many VALUES (0, 'asha@example.com');
ANALYZE limits_many;
\c -
SET client_min_messages = warning;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT count(c.card) FROM (SELECT user360.contact_card('limits', m.email) AS card FROM limits_many AS m WHERE m.n >= 0) AS c;
SELECT count(c.card) FROM (SELECT user360.contact_card('limits', m.email) AS card FROM limits_many AS m WHERE m.n >= 0) AS c;
SELECT count(c.card) FROM (SELECT user360.contact_card('limits', m.email) AS card FROM limits_many AS m WHERE m.n >= 0) AS c;
SELECT check_name FROM user360.verify('limits');
DROP TABLE limits_long, limits_many;
