-- Merging: a survivor is the fold of its own values, then its members' in
-- their order, by each property's rule; sources stay, frozen.  Here by
-- capture: an unidentified sender turns out to be a known customer.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('merge', NULL, '{web,app}', 'IN');
SELECT user360.define_property('merge', 'key', 'string');
SELECT user360.define_property('merge', 'plan', 'string');
SELECT user360.define_property('merge', 'mood', 'string', 'latest');
SELECT user360.define_property('merge', 'score', 'number', 'latest');
SELECT user360.define_property('merge', 'labels', 'list', 'union');
SELECT user360.define_property('merge', 'wishes', 'list');
SELECT user360.set_userid_property('merge', 'key');
CREATE FUNCTION given(sender text, properties jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT outcome FROM user360.identify('merge', 'web', sender, properties)
$$;
-- The survivor of a userId: its values, and what it itself was given.
CREATE FUNCTION fold_of(key text) RETURNS TABLE (holds jsonb, own jsonb) LANGUAGE sql AS $$
	SELECT w.holds - 'key' - 'lastChannel', (SELECT jsonb_object_agg(k, v) FROM jsonb_each(p.own) AS j(k, v) WHERE k NOT IN ('@created', '@identified', '@seen', '@stamps', '@after', '@edited', 'key', 'lastChannel'))
	FROM people('merge') AS w JOIN user360.profile AS p ON p.bot = 'merge' AND p.userid = w.userid WHERE w.userid = key
$$;

-- keep: the target's value wins, blanks are filled; also by false and by lists.
SELECT given('t1', '{"key": "K1", "firstName": "Asha", "emailOptin": false, "wishes": ["a"], "phone": "+919000500000"}');
SELECT given('s1', '{"firstName": "A.", "lastName": "Rao", "emailOptin": true, "smsOptin": true, "wishes": ["b"], "plan": "gold", "dob": "1990-02-28", "phone": "090005 00001", "email": " Asha@Example.COM"}');
SELECT * FROM people('merge');
SELECT * FROM captured('merge', 'web', 's1', '{"key": "K1"}');
SELECT * FROM fold_of('K1');
SELECT as_given FROM user360.profile WHERE bot = 'merge' AND userid = 'K1';

-- The source is frozen as it was, and leads to the survivor.
SELECT * FROM people('merge') WHERE "into" IS NOT NULL;
SELECT given('t1', '{"firstName": "Asha R", "lastName": "Rao-Patil", "plan": "silver"}');
SELECT * FROM people('merge');
-- Senders and events stay where they were; the merge is an edge.
SELECT n.no, count(*) FROM user360.event AS e JOIN numbered('merge') AS n USING (profile_id) WHERE e.bot = 'merge' GROUP BY 1 ORDER BY 1;
SELECT s.no AS source, t.no AS target, m.place, m.actor = session_user AS by_caller, m.reason, m.undone_at, m.undone_by
FROM user360.merge AS m JOIN numbered('merge') AS s ON s.profile_id = m.source_id JOIN numbered('merge') AS t ON t.profile_id = m.target_id WHERE m.bot = 'merge';
SELECT * FROM history('merge') WHERE name IN ('USER_MERGE', 'USER_DELETE');

-- latest: by time.  The source's is newer ...
SELECT given('t2', '{"key": "K2", "mood": "calm", "score": 1}');
SELECT given('s2', '{"mood": "angry", "score": 2}');
-- ... and of one property the target's.
SELECT given('t2', '{"score": 3}');
SELECT given('s2', '{"key": "K2"}');
SELECT * FROM fold_of('K2');
-- stamps holds the times of such properties and no others.
SELECT n.no, (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(p.stamps) AS k) AS stamps
FROM user360.profile AS p JOIN numbered('merge') AS n USING (profile_id) WHERE p.bot = 'merge' ORDER BY n.no;
-- Who says again what a member brought has said it: it is an own value from
-- then on, and the newest.  Nobody sees a difference, so there is no event.
SELECT given('s2b', '{"mood": "sad"}');
SELECT count(*) AS events FROM user360.event WHERE bot = 'merge' \gset before_
SELECT given('t2', '{"mood": "angry"}');
SELECT * FROM fold_of('K2');
SELECT count(*) - :before_events AS new_events FROM user360.event WHERE bot = 'merge';
SELECT given('s2b', '{"key": "K2"}');
SELECT * FROM fold_of('K2');
-- Said once more, it is no news at all.
BEGIN;
SELECT given('t2', '{"mood": "angry", "score": 3}');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;

-- union: the target's order, then the source's.
SELECT given('t3', '{"key": "K3", "tags": ["vip", "beta"], "labels": ["x"]}');
SELECT given('s3', '{"tags": ["new", "vip", "old"], "labels": ["y", "x"]}');
SELECT given('s3', '{"key": "K3"}');
SELECT * FROM fold_of('K3');
SELECT given('s3b', '{"tags": ["late", "beta"]}');
SELECT given('s3b', '{"key": "K3"}');
SELECT * FROM fold_of('K3');
-- A list that is set after merges hides what earlier members brought, and
-- later ones add to it.
SELECT given('t3', '{"tags": ["only"]}');
SELECT * FROM fold_of('K3');
SELECT given('s3c', '{"tags": ["vip"], "labels": ["z"]}');
SELECT given('s3c', '{"key": "K3"}');
SELECT * FROM fold_of('K3');

-- country and timezone fill only together: when both are blank.
SELECT v.key, given('t' || v.key, jsonb_strip_nulls(jsonb_build_object('key', v.key, 'country', v.country, 'timezone', v.timezone))),
	given('s' || v.key, jsonb_strip_nulls(jsonb_build_object('city', 'x', 'country', v.source_country, 'timezone', v.source_timezone))),
	given('s' || v.key, jsonb_build_object('key', v.key))
FROM (VALUES ('P1', NULL, NULL, 'IN', 'Asia/Kolkata'), ('P2', 'US', NULL, 'IN', 'Asia/Kolkata'), ('P3', NULL, 'Europe/Paris', 'IN', 'Asia/Kolkata'),
	('P4', 'US', 'America/New_York', 'IN', 'Asia/Kolkata'), ('P5', NULL, NULL, 'IN', NULL), ('P6', NULL, NULL, NULL, 'Asia/Kolkata')) AS v(key, country, timezone, source_country, source_timezone) ORDER BY v.key;
SELECT userid, holds ->> 'country' AS country, holds ->> 'timezone' AS timezone, holds ->> 'city' AS city FROM people('merge') WHERE userid LIKE 'P_' ORDER BY userid;
-- A second source does not complete the first one's place.
SELECT given('u-P5', '{"country": "GB", "timezone": "Europe/London"}');
SELECT given('u-P5', '{"key": "P5"}');
-- Once the customer gives a country, the source's timezone is no longer theirs.
SELECT given('tP1', '{"country": "GB"}');
SELECT userid, holds ->> 'country' AS country, holds ->> 'timezone' AS timezone FROM people('merge') WHERE userid IN ('P1', 'P5') ORDER BY userid;
SELECT userid, own -> 'country' AS own_country, own -> 'timezone' AS own_timezone FROM user360.profile WHERE bot = 'merge' AND userid IN ('P1', 'P5') ORDER BY userid;

-- created_at takes the earlier, last_seen_at and lastChannel the later.
SELECT given('t4', '{"key": "K4"}');
SELECT outcome FROM user360.identify('merge', 'app', 's4', '{"firstName": "Uma"}') AS i;
UPDATE user360.profile SET created_at = '2020-01-01', last_seen_at = '2020-01-02' WHERE bot = 'merge' AND first_name = 'Uma';
SELECT given('s4-of-t4', '{"key": "K4"}');
SELECT outcome FROM user360.identify('merge', 'app', 's4', '{"key": "K4"}') AS i;
SELECT created_at = '2020-01-01' AS the_source_s, last_seen_at > '2020-01-02' AS the_target_s, last_channel, identified_at > '2020-01-02' AS identified_later FROM user360.profile WHERE bot = 'merge' AND userid = 'K4';
SELECT given('s5', '{"firstName": "Uma 2"}');
UPDATE user360.profile SET last_seen_at = '2100-01-01' WHERE bot = 'merge' AND first_name = 'Uma 2';
SELECT outcome FROM user360.identify('merge', 'app', 's5-app', '{"key": "K5"}') AS i;
SELECT given('s5', '{"key": "K5"}');
SELECT created_at < '2100-01-01' AS the_source_s, last_seen_at = '2100-01-01' AS seen_the_source_s FROM user360.profile WHERE bot = 'merge' AND userid = 'K5';

-- own is NULL until the profile absorbs another, and holds no member's value.
SELECT given('t6', '{"key": "K6", "firstName": "Dev"}');
SELECT * FROM fold_of('K6');
SELECT given('s6', '{"lastName": "Shah", "city": "Surat"}');
SELECT given('s6', '{"key": "K6", "gender": "male"}');
SELECT * FROM fold_of('K6');
-- An edit after the merge is an own value, whichever sender it comes from.
SELECT given('s6', '{"city": "Mumbai"}');
SELECT * FROM fold_of('K6');
-- The order of the merges decides between the members.
SELECT given('s6b', '{"language": "gu", "plan": "one"}');
SELECT given('s6c', '{"language": "hi", "plan": "two", "firstName": "D."}');
SELECT given('s6c', '{"key": "K6"}');
SELECT given('s6b', '{"key": "K6"}');
SELECT * FROM fold_of('K6');
SELECT s.no AS source, m.place FROM user360.merge AS m JOIN user360.profile AS p ON p.bot = m.bot AND p.profile_id = m.target_id JOIN numbered('merge') AS s ON s.profile_id = m.source_id
WHERE m.bot = 'merge' AND p.userid = 'K6' ORDER BY m.place;

-- An unidentified profile that took in another one itself takes it along.
-- (Prepared by hand.)
SELECT given('x', '{"firstName": "Xena", "tags": ["x"]}');
SELECT given('y', '{"city": "Nagpur", "tags": ["y"]}');
BEGIN;
CREATE TABLE pair AS SELECT s.sender, p.* FROM user360.sender AS s JOIN user360.profile AS p ON p.bot = s.bot AND p.profile_id = s.profile_id WHERE s.bot = 'merge' AND s.sender IN ('x', 'y');
INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, city, tags, last_channel)
SELECT y.bot, '00000000-0000-7000-8000-0000000000b1', x.profile_id, y.created_at, y.updated_at, y.last_seen_at, y.city, y.tags, y.last_channel FROM pair AS x, pair AS y WHERE x.sender = 'x' AND y.sender = 'y';
UPDATE user360.sender SET profile_id = '00000000-0000-7000-8000-0000000000b1' WHERE bot = 'merge' AND sender = 'y';
INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor)
SELECT bot, '00000000-0000-7000-8000-0000000000b2', '00000000-0000-7000-8000-0000000000b1', profile_id, 1, now(), 'regress' FROM pair WHERE sender = 'x';
UPDATE user360.profile AS p SET city = 'Nagpur', tags = '{x,y}', own = jsonb_build_object('firstName', 'Xena', 'tags', '["x"]'::jsonb, 'lastChannel', 'web',
	'@created', (extract(epoch FROM p.created_at - '2000-01-01 00:00+00') * 1000000)::bigint, '@seen', (extract(epoch FROM p.last_seen_at - '2000-01-01 00:00+00') * 1000000)::bigint)
FROM pair AS x WHERE x.sender = 'x' AND p.bot = 'merge' AND p.profile_id = x.profile_id;
COMMIT;
SELECT * FROM captured('merge', 'web', 'y');
SELECT given('z', '{"key": "K9", "lastName": "Zaveri"}');
SELECT outcome, userid, merged FROM captured('merge', 'web', 'y', '{"key": "K9"}');
SELECT * FROM fold_of('K9');
SELECT s.sender, v.userid AS survivor FROM user360.sender AS s JOIN user360.profile AS p ON p.bot = s.bot AND p.profile_id = s.profile_id LEFT JOIN user360.profile AS v ON v.bot = p.bot AND v.profile_id = p.merged_into
WHERE s.bot = 'merge' AND s.sender IN ('x', 'y') ORDER BY s.sender;
SELECT outcome, userid FROM captured('merge', 'web', 'x', '{"city": "Pune"}');
DROP TABLE pair;

-- A userId whose own profile was merged before: the source goes under that
-- profile, and so belongs to its survivor.  (Prepared by hand.)
SELECT given('t7', '{"key": "K7", "firstName": "Kiran"}');
SELECT given('t8', '{"key": "K8", "firstName": "K.", "lastName": "Joshi", "tags": ["m"]}');
BEGIN;
CREATE TABLE survivor AS SELECT * FROM user360.profile WHERE bot = 'merge' AND userid = 'K7';
INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, identified_at, userid, first_name, last_name, tags, custom)
SELECT bot, '00000000-0000-7000-8000-0000000000a8', profile_id, created_at, updated_at, last_seen_at, identified_at, 'K7-old', 'K.', 'Joshi', '{m}', '{"key": "K7-old"}' FROM survivor;
INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor)
SELECT bot, '00000000-0000-7000-8000-0000000000e8', '00000000-0000-7000-8000-0000000000a8', profile_id, 1, now(), 'regress' FROM survivor;
UPDATE user360.profile AS p SET last_name = 'Joshi', tags = '{m}',
	own = jsonb_build_object('key', 'K7', 'firstName', 'Kiran', 'lastChannel', 'web', '@created', (extract(epoch FROM p.created_at - '2000-01-01 00:00+00') * 1000000)::bigint,
		'@seen', (extract(epoch FROM p.last_seen_at - '2000-01-01 00:00+00') * 1000000)::bigint, '@identified', (extract(epoch FROM p.identified_at - '2000-01-01 00:00+00') * 1000000)::bigint)
FROM survivor AS s WHERE p.bot = 'merge' AND p.profile_id = s.profile_id;
COMMIT;
SELECT given('s7', '{"firstName": "Kiran J", "gender": "female", "tags": ["n"], "plan": "x"}');
SELECT * FROM captured('merge', 'web', 's7', '{"key": "K7-old", "city": "Pune"}');
SELECT userid, holds FROM people('merge') WHERE userid LIKE 'K7%' OR senders = 'web s7' ORDER BY userid;
SELECT p.userid AS target, m.place, c.userid IS NULL AS source_is_unidentified, v.userid AS survivor
FROM user360.merge AS m JOIN user360.profile AS p ON p.bot = m.bot AND p.profile_id = m.target_id JOIN user360.profile AS c ON c.bot = m.bot AND c.profile_id = m.source_id
JOIN user360.profile AS v ON v.bot = m.bot AND v.profile_id = c.merged_into WHERE m.bot = 'merge' AND v.userid = 'K7' ORDER BY p.userid, m.place;
SELECT * FROM fold_of('K7');
SELECT p.own - '@created' - '@identified' - '@seen' AS own_of_the_member FROM user360.profile AS p WHERE bot = 'merge' AND userid = 'K7-old';
-- No chain: whoever was merged points to the survivor itself.
SELECT count(*) FROM user360.profile AS p JOIN user360.profile AS s ON s.bot = p.bot AND s.profile_id = p.merged_into WHERE s.merged_into IS NOT NULL;
DROP TABLE survivor;
DROP FUNCTION given, fold_of;
