-- Choosing the userId property identifies nobody: the next capture does, or
-- adopt_userids() all at once.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('adopt', NULL, '{web,app}');
SELECT user360.define_property('adopt', 'customerId', 'string');
-- Held before it is the userId: in several spellings, by several, and useless ones.
SELECT v.sender, c.no, c.outcome
FROM (VALUES (1, 's1', '{"customerId": "C  1", "firstName": "Asha", "tags": ["a"]}'),
	(2, 's2', '{"customerId": "C 1", "firstName": "A.", "city": "Pune", "tags": ["b"]}'),
	(3, 's3', '{"customerId": "C-2"}'),
	(4, 's4', '{"customerId": "null", "firstName": "Nil"}'),
	(5, 's5', '{"customerId": "c 1"}'),
	(6, 's6', '{"firstName": "None"}'),
	(7, 's7', '{"customerId": "C 1 "}'),
	(8, 's8', '{"customerId": "C-3"}'), (9, 's9', '{"customerId": "C-3", "phone": "+919000500000"}')) AS v(n, sender, properties),
LATERAL captured('adopt', CASE WHEN v.n = 7 THEN 'app' ELSE 'web' END, v.sender, v.properties::jsonb) AS c ORDER BY v.n;
SELECT code, message, hint FROM attempt($$SELECT user360.adopt_userids('adopt')$$);
SELECT user360.set_userid_property('adopt', 'customerId');
SELECT count(*) AS identified FROM user360.profile WHERE bot = 'adopt' AND userid IS NOT NULL;
-- The next capture identifies, if it gives the userId.
SELECT no, outcome, userid FROM captured('adopt', 'web', 's3');
SELECT no, outcome, userid FROM captured('adopt', 'web', 's3', '{"customerId": "C-2"}');
SELECT no, outcome, userid FROM captured('adopt', 'web', 's9', '{"customerId": "C-3"}');
SELECT * FROM people('adopt');

-- All the others: the oldest gets the userId, the later ones are merged into
-- it, or into the profile that has it already.
UPDATE user360.profile SET last_seen_at = '2100-01-01' WHERE bot = 'adopt' AND last_channel = 'app';
SELECT user360.adopt_userids('adopt');
SELECT * FROM people('adopt');
SELECT * FROM history('adopt') WHERE name <> 'USER_CREATE';
SELECT s.no AS source, t.no AS target, m.place, m.reason FROM user360.merge AS m JOIN numbered('adopt') AS s ON s.profile_id = m.source_id JOIN numbered('adopt') AS t ON t.profile_id = m.target_id
WHERE m.bot = 'adopt' ORDER BY t.no, m.place;
SELECT count(*) FILTER (WHERE userid IS DISTINCT FROM custom ->> 'customerId') AS differing FROM user360.profile WHERE bot = 'adopt' AND userid IS NOT NULL;
-- Again: nothing is left to do.
SELECT user360.adopt_userids('adopt');
SELECT count(*) FROM user360.event WHERE bot = 'adopt';
-- From now on they are recognised.
SELECT no, outcome, userid FROM captured('adopt', 'web', 's2');
SELECT no, outcome, userid FROM captured('adopt', 'web', 's10', '{"userId": "C 1"}');
-- And the property is chosen for good.
SELECT code FROM attempt($$SELECT user360.set_userid_property('adopt', 'phone')$$);

-- By e-mail and phone, with what was typed.
SELECT user360.create_bot('adopt mail', NULL, '{web}', 'IN');
SELECT no, outcome FROM captured('adopt mail', 'web', 's1', '{"email": " Asha@Example.com", "phone": "90005 00000"}');
SELECT no, outcome FROM captured('adopt mail', 'web', 's2', '{"email": "asha@example.com", "phone": "+919000500000", "firstName": "Asha"}');
SELECT user360.add_channel('adopt mail', 'email');
SELECT user360.adopt_userids('adopt mail');
SELECT * FROM people('adopt mail');
SELECT userid, as_given FROM user360.profile WHERE bot = 'adopt mail' AND userid IS NOT NULL;
SELECT no, outcome, userid FROM captured('adopt mail', 'email', 'ASHA@example.com');

-- Rolled back, nobody was identified.
SELECT user360.create_bot('adopt undone', NULL, '{web}');
SELECT no, outcome FROM captured('adopt undone', 'web', 's1', '{"phone": "+919000500000"}');
BEGIN;
SELECT user360.set_userid_property('adopt undone', 'phone');
SELECT user360.adopt_userids('adopt undone');
SELECT userid FROM people('adopt undone');
ROLLBACK;
SELECT userid FROM people('adopt undone');
SELECT userid_property FROM user360.bot WHERE bot = 'adopt undone';

SELECT v.bot, a.code, a.message FROM (VALUES (1, NULL),
	(2, 'no such bot'),
	(3, 'adopt undone')) AS v(n, bot), LATERAL attempt(format('SELECT user360.adopt_userids(%L)', v.bot)) AS a ORDER BY v.n;
