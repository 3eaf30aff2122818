-- A userId never changes, and is one profile's only: not through the API, and
-- not by a superuser's own statements either.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('immutable', 'email', '{web}');
SELECT user360.create_bot('immutable custom', NULL, '{web}');
SELECT user360.define_property('immutable custom', 'key', 'string');
SELECT user360.define_property('immutable custom', 'other', 'string');
SELECT user360.set_userid_property('immutable custom', 'key');
SELECT * FROM captured('immutable', 'web', 'asha', '{"email": "asha@example.com", "firstName": "Asha"}');
SELECT * FROM captured('immutable', 'web', 'nobody', '{"firstName": "Nobody"}');
SELECT * FROM captured('immutable', 'web', 'merged', '{"firstName": "A."}');
SELECT * FROM captured('immutable', 'web', 'merged', '{"email": "asha@example.com"}');
SELECT * FROM captured('immutable custom', 'web', 'ravi', '{"key": "R-1", "other": "x"}');
CREATE TABLE profile_before AS SELECT * FROM user360.profile WHERE bot LIKE 'immutable%';

-- By hand: the userId, its property, the key, the survivor; and whole rows.
CREATE TABLE by_hand (n int, command text);
INSERT INTO by_hand VALUES
	(1, $$UPDATE user360.profile SET userid = 'ravi@example.com' WHERE userid = 'asha@example.com'$$),
	(2, $$UPDATE user360.profile SET userid = NULL, identified_at = NULL WHERE userid = 'asha@example.com'$$),
	(3, $$UPDATE user360.profile SET userid = 'new@example.com', identified_at = now() WHERE bot = 'immutable' AND first_name = 'Nobody'$$),
	(4, $$UPDATE user360.profile SET email = 'ravi@example.com' WHERE userid = 'asha@example.com'$$),
	(5, $$UPDATE user360.profile SET email = NULL WHERE userid = 'asha@example.com'$$),
	(6, $$UPDATE user360.profile SET custom = custom - 'key' WHERE userid = 'R-1'$$),
	(7, $$UPDATE user360.profile SET custom = custom || '{"key": "R-2"}' WHERE userid = 'R-1'$$),
	(8, $$UPDATE user360.profile SET bot = 'immutable' WHERE userid = 'R-1'$$),
	(9, $$UPDATE user360.profile SET profile_id = '00000000-0000-7000-8000-000000000009' WHERE userid = 'asha@example.com'$$),
	(10, $$UPDATE user360.profile SET merged_into = '00000000-0000-7000-8000-000000000009' WHERE userid = 'asha@example.com'$$),
	(11, $$UPDATE user360.profile SET merged_into = NULL WHERE bot = 'immutable' AND merged_into IS NOT NULL$$),
	(12, $$DELETE FROM user360.profile WHERE userid = 'asha@example.com'$$),
	(13, $$DELETE FROM user360.profile WHERE bot = 'immutable' AND first_name = 'Nobody'$$),
	(14, $$DELETE FROM user360.profile WHERE bot = 'immutable custom'$$),
	(15, $$TRUNCATE user360.profile$$),
	(16, $$TRUNCATE user360.bot, user360.profile CASCADE$$),
	(17, $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid) SELECT bot, profile_id, now(), now(), now(), now(), 'new@example.com'
		FROM user360.profile WHERE userid = 'asha@example.com' ON CONFLICT (bot, profile_id) DO UPDATE SET userid = EXCLUDED.userid$$);
SELECT h.n, a.code, a.message, a.detail, a.hint FROM by_hand AS h, attempt(h.command) AS a ORDER BY h.n;
SET session_replication_role = replica;
SELECT h.n, a.code, a.message FROM by_hand AS h, attempt(h.command) AS a ORDER BY h.n;
RESET session_replication_role;
SELECT count(*) FROM (SELECT * FROM profile_before EXCEPT SELECT * FROM user360.profile) AS changed;
-- Nor by MERGE, a rule, or as the owner inside a function.
SELECT code, message FROM attempt($$MERGE INTO user360.profile AS p USING (SELECT 'asha@example.com' AS userid) AS s ON p.userid = s.userid WHEN MATCHED THEN UPDATE SET userid = 'x@example.com'$$);
SELECT code, message FROM attempt($$MERGE INTO user360.profile AS p USING (SELECT 'asha@example.com' AS userid) AS s ON p.userid = s.userid WHEN MATCHED THEN DELETE$$);
-- What is no identity may be corrected by hand.
UPDATE user360.profile SET first_name = 'Asha R', email = email, userid = userid WHERE userid = 'asha@example.com';
UPDATE user360.profile SET custom = custom || '{"other": "y"}' WHERE userid = 'R-1';
UPDATE user360.profile SET email = 'nobody@example.com' WHERE bot = 'immutable' AND first_name = 'Nobody';
SELECT userid, holds FROM people('immutable') WHERE "into" IS NULL;
SELECT userid, holds FROM people('immutable custom');

-- A second profile with a userId, whichever way it is inserted.
SELECT v.what, a.code, a.message
FROM (VALUES (1, 'insert', $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid)
		VALUES ('immutable', '00000000-0000-7000-8000-000000000001', now(), now(), now(), now(), 'asha@example.com')$$),
	(2, 'as a merged one', $$INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, identified_at, userid)
		SELECT bot, '00000000-0000-7000-8000-000000000001', profile_id, now(), now(), now(), now(), userid FROM user360.profile WHERE userid = 'asha@example.com'$$),
	(3, 'by a query', $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid)
		SELECT 'immutable', format('00000000-0000-7000-8000-00000000000%s', n)::uuid, now(), now(), now(), now(), 'twice@example.com' FROM generate_series(2, 3) AS n$$),
	(4, 'another bot may', $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid)
		VALUES ('immutable custom', '00000000-0000-7000-8000-000000000004', now(), now(), now(), now(), 'asha@example.com')$$)) AS v(n, what, command),
LATERAL attempt(v.command) AS a ORDER BY v.n;
COPY user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid) FROM stdin;
immutable	00000000-0000-7000-8000-000000000005	2026-11-24	2026-11-24	2026-11-24	2026-11-24	asha@example.com
\.
SET session_replication_role = replica;
INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid)
	VALUES ('immutable', '00000000-0000-7000-8000-000000000001', now(), now(), now(), now(), 'asha@example.com');
RESET session_replication_role;
-- A userId stands with the time when it was given, and is no empty text; no
-- profile is its own survivor.
SELECT v.values, a.code
FROM (VALUES (1, $$now(), NULL, NULL$$),
	(2, $$NULL, 'x', NULL$$),
	(3, $$now(), '', NULL$$),
	(4, $$NULL, NULL, '00000000-0000-7000-8000-000000000001'$$)) AS v(n, values),
LATERAL attempt($$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid, merged_into)
	VALUES ('immutable', '00000000-0000-7000-8000-000000000001', now(), now(), now(), $$ || v.values || ')') AS a ORDER BY v.n;
SELECT count(*) FROM user360.profile WHERE bot = 'immutable';

-- Not through the API either: another userId is another profile.
SELECT no, outcome, userid FROM captured('immutable', 'web', 'asha', '{"email": "ravi@example.com"}');
SELECT no, outcome, userid FROM captured('immutable', 'web', 'asha', '{"userId": "asha@example.com", "email": "asha@example.com"}');
SELECT userid, holds ->> 'email' AS email FROM people('immutable') WHERE userid IS NOT NULL ORDER BY no;

-- What gives the userIds their form, by hand: refused while any exists.
CREATE TABLE policy_by_hand (n int, command text);
INSERT INTO policy_by_hand VALUES
	(1, $$UPDATE user360.bot SET userid_property = 'phone' WHERE bot = 'immutable'$$),
	(2, $$UPDATE user360.bot SET options = '{"gmail_dots": "on"}' WHERE bot = 'immutable'$$),
	(3, $$UPDATE user360.bot SET bot = 'renamed' WHERE bot = 'immutable'$$),
	(4, $$DELETE FROM user360.bot WHERE bot = 'immutable'$$),
	(5, $$TRUNCATE user360.bot$$),
	(6, $$UPDATE user360.channel SET kind = 'email' WHERE bot = 'immutable'$$),
	(7, $$DELETE FROM user360.channel WHERE bot = 'immutable'$$),
	(8, $$TRUNCATE user360.channel$$),
	(9, $$UPDATE user360.property SET type = 'number' WHERE bot = 'immutable custom' AND property = 'key'$$),
	(10, $$UPDATE user360.property SET property = 'renamed' WHERE bot = 'immutable custom'$$),
	(11, $$DELETE FROM user360.property WHERE bot = 'immutable custom'$$),
	(12, $$TRUNCATE user360.property$$);
SELECT h.n, a.code, a.message, a.detail, a.hint FROM policy_by_hand AS h, attempt(h.command) AS a ORDER BY h.n;
SET session_replication_role = replica;
SELECT h.n, a.code FROM policy_by_hand AS h, attempt(h.command) AS a ORDER BY h.n;
RESET session_replication_role;
-- Of a bot without userIds it may be changed, and sessions see it at once.
SELECT user360.create_bot('immutable not yet', 'email', '{web,chat}');
SELECT no, outcome, userid FROM captured('immutable not yet', 'web', 's', '{"phone": "+919000500000"}');
UPDATE user360.bot SET userid_property = 'phone' WHERE bot = 'immutable not yet';
DELETE FROM user360.channel WHERE bot = 'immutable not yet' AND channel = 'chat';
INSERT INTO user360.channel (bot, channel, kind) VALUES ('immutable not yet', 'app', 'chat');
SELECT code FROM attempt($$SELECT user360.identify('immutable not yet', 'chat', 's')$$);
SELECT no, outcome, userid FROM captured('immutable not yet', 'app', 's', '{"phone": "+919000500000"}');
SELECT code FROM attempt($$UPDATE user360.bot SET userid_property = 'email' WHERE bot = 'immutable not yet'$$);

DROP TABLE profile_before, by_hand, policy_by_hand;
