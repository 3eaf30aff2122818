-- Merging by hand and undoing: the rules over merge_profiles(), what its report
-- foretells, own values after a merge, chains, and unmerge() in every order.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT user360.create_bot('merging', NULL, '{web,app}', 'IN');
SELECT user360.create_bot('merging 2', NULL, '{web}');
SELECT user360.define_property('merging', 'key', 'string');
SELECT user360.define_property('merging', 'plan', 'string');
SELECT user360.define_property('merging', 'mood', 'string', 'latest');
SELECT user360.define_property('merging', 'score', 'number', 'latest');
SELECT user360.define_property('merging', 'labels', 'list', 'union');
SELECT user360.define_property('merging', 'wishes', 'list');
SELECT user360.set_userid_property('merging', 'key');

-- People by a name of the test's own: each is a sender of that name.
CREATE TABLE who (name text PRIMARY KEY, profile_id uuid NOT NULL);
CREATE FUNCTION made(name text, properties jsonb DEFAULT '{}', channel text DEFAULT 'web') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification;
BEGIN
	i := user360.identify('merging', channel, name, properties);
	INSERT INTO who VALUES (name, i.profile_id);
	RETURN i.outcome;
END
$$;
CREATE FUNCTION id_of(name text) RETURNS uuid LANGUAGE sql STABLE AS $$SELECT w.profile_id FROM who AS w WHERE w.name = id_of.name$$;
CREATE FUNCTION name_of(profile_id uuid) RETURNS text LANGUAGE sql STABLE AS $$SELECT w.name FROM who AS w WHERE w.profile_id = name_of.profile_id$$;
-- The rows of some people, whole but for the moment of the last change.
CREATE FUNCTION rows_of(VARIADIC names text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_object_agg(w.name, to_jsonb(p) - 'updated_at') FROM who AS w JOIN user360.profile AS p ON p.bot = 'merging' AND p.profile_id = w.profile_id WHERE w.name = ANY (names)
$$;
-- Every row version of the bot: another one where anything was written.
CREATE FUNCTION versions() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(v.t || v.ctid || v.xmin, ',' ORDER BY v.t, v.ctid)) FROM (
		SELECT 'p' AS t, p.ctid, p.xmin FROM user360.profile AS p UNION ALL SELECT 's', s.ctid, s.xmin FROM user360.sender AS s UNION ALL SELECT 't', t.ctid, t.xmin FROM user360.ticket AS t
		UNION ALL SELECT 'e', e.ctid, e.xmin FROM user360.event AS e UNION ALL SELECT 'm', m.ctid, m.xmin FROM user360.merge AS m) AS v
$$;
-- The merges that stand, by source.
CREATE FUNCTION edge_of(source text) RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'merging' AND m.source_id = id_of(source) AND m.undone_at IS NULL
$$;
-- Asks what a merge would do, merges, and compares: the report with what was
-- foretold but for the merge's id, and the profile in it with the row.
CREATE FUNCTION merged(source text, target text, reason text DEFAULT NULL, OUT survivor text, OUT fills jsonb, OUT unions jsonb, OUT loses jsonb, OUT profile jsonb, OUT senders bigint, OUT members bigint, OUT foretold boolean)
LANGUAGE plpgsql AS $$
DECLARE
	versions_before text := versions();
	dry user360.merge_report;
	wet user360.merge_report;
	nothing_written boolean;
BEGIN
	dry := user360.merge_profiles('merging', id_of(source), id_of(target), true, reason);
	nothing_written := versions_before = versions();
	wet := user360.merge_profiles('merging', id_of(source), id_of(target), reason => reason);
	survivor := name_of(wet.target_id);
	fills := wet.fills;
	unions := wet.unions;
	loses := wet.loses;
	profile := wet.profile;
	senders := wet.senders;
	members := wet.members;
	foretold := nothing_written AND dry.merge_id IS NULL AND wet.merge_id = edge_of(source) AND dry = (SELECT w FROM (SELECT NULL::uuid AS merge_id, wet.source_id, wet.target_id, wet.profile, wet.fills, wet.unions, wet.loses, wet.senders, wet.members) AS w)
		AND wet.source_id = id_of(source) AND wet.profile = user360.user_page('merging', wet.target_id) -> 'properties';
END
$$;
CREATE FUNCTION unmerged(source text, OUT from_survivor text, OUT stays jsonb, OUT senders bigint, OUT members bigint, OUT links bigint) LANGUAGE plpgsql AS $$
DECLARE
	report user360.unmerge_report;
	edge uuid := edge_of(source);
BEGIN
	report := user360.unmerge('merging', edge);
	IF report.merge_id <> edge OR report.source_id <> id_of(source) THEN
		RAISE EXCEPTION 'another merge was undone';
	END IF;
	from_survivor := name_of(report.target_id);
	stays := report.stays;
	senders := report.senders;
	members := report.members;
	links := report.links;
END
$$;
CREATE FUNCTION edited(name text, properties jsonb) RETURNS text LANGUAGE sql AS $$SELECT name_of(user360.update_contact('merging', id_of(name), properties))$$;
-- What somebody's row holds, and what of it is their own.
CREATE FUNCTION held(VARIADIC names text[]) RETURNS TABLE (name text, survivor text, holds jsonb, own jsonb) LANGUAGE sql STABLE AS $$
	SELECT n.name, name_of(p.merged_into), holds(p.bot, p.profile_id) - 'key' - 'lastChannel',
		(SELECT coalesce(jsonb_object_agg(k, v), '{}') FROM jsonb_each(p.own) AS j(k, v) WHERE k !~ '^@' AND k NOT IN ('key', 'lastChannel') HAVING p.own IS NOT NULL)
	FROM unnest(names) WITH ORDINALITY AS n(name, place) JOIN user360.profile AS p ON p.bot = 'merging' AND p.profile_id = id_of(n.name) ORDER BY n.place
$$;

-- Each rule, with the target's or the source's values given later.
CREATE TABLE cases (n int PRIMARY KEY, rule text, later text, target jsonb, source jsonb);
INSERT INTO cases VALUES
	(1, 'keep', 'source', '{"firstName": "Asha"}', '{"firstName": "A.", "lastName": "Rao"}'),
	(2, 'keep', 'target', '{"firstName": "Asha"}', '{"firstName": "Asha"}'),
	(3, 'keep', 'source', '{"emailOptin": false, "wishes": ["a"]}', '{"emailOptin": true, "smsOptin": false, "wishes": ["b"], "plan": "gold"}'),
	(4, 'keep', 'source', '{"email": "asha@example.com"}', '{"email": " Asha@Example.COM ", "phone": "090005 00001", "dob": "1990-02-28"}'),
	(5, 'keep', 'source', '{}', '{"email": " Asha@Example.COM ", "gender": "female", "language": "hi", "city": "Pune", "whatsAppOptin": true}'),
	(6, 'keep', 'source', '{"plan": "gold"}', '{}'),
	(7, 'latest', 'source', '{"mood": "calm", "score": 1}', '{"mood": "angry", "score": 2}'),
	(8, 'latest', 'target', '{"mood": "calm", "score": 1}', '{"mood": "angry", "score": 2}'),
	(9, 'latest', 'target', '{}', '{"mood": "angry"}'),
	(10, 'latest', 'source', '{"mood": "calm"}', '{"mood": "calm"}'),
	(11, 'latest', 'source', '{"score": 3}', '{"mood": "calm"}'),
	(12, 'union', 'source', '{"tags": ["vip", "beta"], "labels": ["x"]}', '{"tags": ["new", "vip", "old"], "labels": ["y", "x"]}'),
	(13, 'union', 'target', '{"tags": ["vip", "beta"]}', '{"tags": ["beta"]}'),
	(14, 'union', 'target', '{}', '{"tags": ["a", "b"], "labels": ["y"]}'),
	(15, 'union', 'target', '{"tags": ["a", "b"]}', '{}'),
	(16, 'place', 'source', '{}', '{"country": "IN", "timezone": "Asia/Kolkata"}'),
	(17, 'place', 'source', '{"country": "US"}', '{"country": "IN", "timezone": "Asia/Kolkata"}'),
	(18, 'place', 'source', '{"timezone": "Europe/Paris"}', '{"country": "IN", "timezone": "Asia/Kolkata"}'),
	(19, 'place', 'source', '{"country": "US", "timezone": "America/New_York"}', '{"country": "IN"}'),
	(20, 'place', 'source', '{}', '{"timezone": "Asia/Kolkata"}');
CREATE TABLE before (n int PRIMARY KEY, source jsonb, target jsonb);
SELECT count(*) FROM cases AS c, LATERAL (SELECT made(CASE c.later WHEN 'source' THEN 't' ELSE 's' END || c.n, CASE c.later WHEN 'source' THEN c.target ELSE c.source END),
	made(CASE c.later WHEN 'source' THEN 's' ELSE 't' END || c.n, CASE c.later WHEN 'source' THEN c.source ELSE c.target END)) AS m;
INSERT INTO before SELECT c.n, rows_of('s' || c.n), rows_of('t' || c.n) FROM cases AS c;
SELECT c.n, c.rule, c.later, m.fills, m.unions, m.loses, m.profile - 'lastChannel' AS profile, m.foretold FROM cases AS c, LATERAL merged('s' || c.n, 't' || c.n) AS m WHERE m.survivor = 't' || c.n AND m.senders = 1 AND m.members = 0 ORDER BY c.n;
-- Whatever it was, it is undone to the byte, and nothing of it stays.
SELECT count(*) AS cases, count(*) FILTER (WHERE u.from_survivor = 't' || c.n AND u.stays = '{}' AND u.senders = 1 AND u.members = 0 AND u.links = 0) AS without_rest
FROM cases AS c, LATERAL unmerged('s' || c.n) AS u;
SELECT count(*) AS cases, count(*) FILTER (WHERE b.source = rows_of('s' || c.n) AND b.target = rows_of('t' || c.n)) AS restored FROM cases AS c JOIN before AS b USING (n);
-- And merged again, it is the same again.
SELECT count(*) FILTER (WHERE m.foretold) AS foretold FROM cases AS c, LATERAL merged('s' || c.n, 't' || c.n) AS m;
SELECT m.place, count(*), count(m.undone_at) AS undone, count(*) FILTER (WHERE m.undone_by = session_user) AS by_caller FROM user360.merge AS m WHERE m.bot = 'merging' GROUP BY m.place ORDER BY m.place;
SELECT p.as_given FROM user360.profile AS p WHERE p.bot = 'merging' AND p.profile_id IN (id_of('t4'), id_of('t5')) ORDER BY p.gender NULLS FIRST;

-- created_at and identified_at take the earlier, last_seen_at and lastChannel the later.
SELECT made('t moments ' || v.n, jsonb_strip_nulls(jsonb_build_object('key', v.target_key)), 'web'), made('s moments ' || v.n, jsonb_strip_nulls(jsonb_build_object('key', v.source_key)), 'app')
FROM (VALUES (1, 'M1', 'M1-old'), (2, 'M2', 'M2-old'), (3, 'M3', NULL), (4, NULL, NULL)) AS v(n, target_key, source_key) ORDER BY v.n;
UPDATE user360.profile AS p SET created_at = v.created_at, last_seen_at = v.last_seen_at, identified_at = CASE WHEN p.userid IS NOT NULL THEN v.identified_at END
FROM (VALUES ('t moments 1', '2021-01-01'::timestamptz, '2021-01-02'::timestamptz, '2021-01-03'::timestamptz),
	('s moments 1', '2020-01-01', '2020-01-02', '2022-01-03'),
	('t moments 2', '2020-01-01', '2020-01-02', '2022-01-03'),
	('s moments 2', '2022-01-01', '2022-01-02', '2020-01-03'),
	('t moments 3', '2021-01-01', '2021-01-02', '2021-01-03'),
	('s moments 3', '2022-01-01', '2022-01-02', '2020-01-03'),
	('t moments 4', '2021-01-01', '2022-01-02', NULL),
	('s moments 4', '2021-01-01', '2022-01-02', NULL)) AS v(name, created_at, last_seen_at, identified_at)
WHERE p.bot = 'merging' AND p.profile_id = id_of(v.name);
SELECT v.n, m.fills, m.loses, m.foretold FROM generate_series(1, 4) AS v(n), LATERAL merged('s moments ' || v.n, 't moments ' || v.n) AS m ORDER BY v.n;
SELECT v.n, p.created_at::date, p.identified_at::date, p.last_seen_at::date, p.last_channel FROM generate_series(1, 4) AS v(n) JOIN user360.profile AS p ON p.bot = 'merging' AND p.profile_id = id_of('t moments ' || v.n) ORDER BY v.n;
SELECT v.n, u.* FROM generate_series(1, 4) AS v(n), LATERAL unmerged('s moments ' || v.n) AS u ORDER BY v.n;
SELECT v.n, p.created_at::date, p.identified_at::date, p.last_seen_at::date, p.last_channel FROM generate_series(1, 4) AS v(n) JOIN user360.profile AS p ON p.bot = 'merging' AND p.profile_id = id_of('t moments ' || v.n) ORDER BY v.n;

-- own: NULL until the profile absorbs another; then only what it itself was given.
SELECT made('t own', '{"key": "OWN", "firstName": "Asha", "tags": ["a"], "mood": "calm", "language": "en"}');
SELECT made('s own', '{"lastName": "Rao", "city": "Pune", "gender": "female", "plan": "gold", "tags": ["b", "a"], "labels": ["x"], "wishes": ["w"], "mood": "angry", "country": "IN", "timezone": "Asia/Kolkata", "language": "hi", "email": "Asha@Example.com"}');
INSERT INTO before VALUES (101, rows_of('s own'), rows_of('t own'));
SELECT * FROM held('t own', 's own');
SELECT survivor, foretold FROM merged('s own', 't own');
SELECT * FROM held('t own', 's own');
-- Edits are own values.  What is cleared hides what the member brought; a list
-- that is set hides it, too; a place of its own, the whole other place.
SELECT edited('t own', '{"lastName": "Rao-Patil", "gender": null, "city": null, "plan": "gold", "tags": ["c"], "labels": null, "country": "GB", "mood": null, "email": null}');
SELECT * FROM held('t own');
SELECT as_given FROM user360.profile WHERE bot = 'merging' AND profile_id = id_of('t own');
SELECT * FROM held('s own');
-- A later member does not fill what was cleared, adds to the lists, and brings
-- what is later.
SELECT made('s own 2', '{"gender": "male", "city": "Surat", "tags": ["d", "b"], "labels": ["y"], "mood": "glad", "timezone": "Europe/Paris", "email": "dev@example.com", "whatsAppOptin": true, "wishes": ["v"]}');
SELECT fills, unions, loses, foretold FROM merged('s own 2', 't own');
SELECT * FROM held('t own');
-- One whose time is earlier does not.
SELECT edited('t own', '{"mood": null}');
SELECT made('s own 3', '{"tags": ["e"]}');
UPDATE user360.profile SET stamps = '{"mood": "1"}', custom = custom || '{"mood": "old"}' WHERE bot = 'merging' AND profile_id = id_of('s own 3');
SELECT fills, unions, loses, foretold FROM merged('s own 3', 't own');
SELECT * FROM held('t own');
-- Set again, it is there again.
SELECT edited('t own', '{"city": "Mumbai", "gender": "female"}');
SELECT holds ->> 'city' AS city, holds ->> 'gender' AS gender FROM held('t own');
-- Unmerging the first gives it back as it was and says what stays: what was
-- given since, cleared or not, also what only repeated the member's value.
SELECT * FROM unmerged('s own');
SELECT rows_of('s own') = b.source AS restored FROM before AS b WHERE n = 101;
SELECT * FROM held('t own', 's own');
-- The second, since whose merge there were fewer edits.
SELECT * FROM unmerged('s own 2');
SELECT * FROM held('t own');
-- With the last, nothing is kept apart any more.
SELECT * FROM unmerged('s own 3');
SELECT * FROM held('t own', 's own 2', 's own 3');
-- A value that the member brought and that nobody gave afterwards goes with it.
SELECT made('t goes', '{"firstName": "Asha"}');
SELECT made('s goes', '{"lastName": "Rao", "plan": "gold"}');
SELECT survivor FROM merged('s goes', 't goes');
SELECT outcome FROM user360.identify('merging', 'web', 's goes', '{"plan": "silver"}') AS i;
SELECT edited('s goes', '{"firstName": "Asha R"}');
SELECT * FROM unmerged('s goes');
SELECT * FROM held('t goes', 's goes');

-- What came with the merge of a capture is undone the same way, and the next
-- capture merges again.
SELECT made('t capture', '{"key": "CAPTURE", "firstName": "Asha"}');
SELECT made('s capture', '{"lastName": "Rao"}', 'app');
SELECT outcome, merge_id FROM user360.identify('merging', 'app', 's capture', '{"key": "CAPTURE", "city": "Pune"}') AS i \gset captured_
SELECT :'captured_outcome' AS outcome, :'captured_merge_id' = edge_of('s capture') AS merge;
SELECT * FROM unmerged('s capture');
SELECT * FROM held('t capture', 's capture');
SELECT name_of(i.profile_id) AS is, userid, outcome FROM user360.identify('merging', 'app', 's capture') AS i;
SELECT name_of(i.profile_id) AS is, userid, outcome FROM user360.identify('merging', 'app', 's capture', '{"key": "CAPTURE"}') AS i;

-- A into B into C: merged_into is the last survivor, the edges stay as they were.
SELECT made('A', '{"key": "KA", "firstName": "Asha", "tags": ["a"], "plan": "a"}');
SELECT made('B', '{"key": "KB", "lastName": "Rao", "tags": ["b"], "mood": "b"}');
SELECT made('C', '{"key": "KC", "city": "Pune", "tags": ["c"], "mood": "c"}', 'app');
SELECT survivor, senders, members, foretold FROM merged('A', 'B', 'the same phone');
SELECT survivor, fills, unions, loses, senders, members, foretold FROM merged('B', 'C');
SELECT w.name, p.userid, name_of(p.merged_into) AS survivor FROM who AS w JOIN user360.profile AS p ON p.bot = 'merging' AND p.profile_id = w.profile_id WHERE w.name IN ('A', 'B', 'C') ORDER BY 1;
SELECT name_of(m.source_id) AS source, name_of(m.target_id) AS target, m.place, m.reason, m.actor = session_user AS by_caller FROM user360.merge AS m WHERE m.bot = 'merging' AND m.target_id IN (id_of('B'), id_of('C')) ORDER BY 1;
-- Each of the userIds leads to the survivor, at a card and at a capture.
SELECT k.key, name_of(c.profile_id) AS is, c.userid, c.name FROM unnest('{KA,KB,KC}'::text[]) AS k(key), LATERAL user360.contact_card('merging', k.key) AS c ORDER BY 1;
SELECT k.sender, k.key, name_of(i.profile_id) AS is, i.userid, i.outcome
FROM (VALUES (1, 'A', 'KA'), (2, 'A', 'KC'), (3, 'B', NULL), (4, 'new to KA', 'KA'), (5, 'new to KB', 'KB')) AS k(n, sender, key), LATERAL user360.identify('merging', 'web', k.sender, jsonb_strip_nulls(jsonb_build_object('key', k.key))) AS i ORDER BY k.n;
SELECT s.sender, name_of(s.profile_id) AS own, name_of(p.merged_into) AS survivor FROM user360.sender AS s JOIN user360.profile AS p ON p.bot = s.bot AND p.profile_id = s.profile_id WHERE s.bot = 'merging' AND s.sender LIKE 'new to %' ORDER BY 1;
-- An unidentified sender that gives the userId of a member goes under that member.
SELECT made('D', '{"language": "hi", "plan": "d"}');
SELECT name_of(i.profile_id) AS is, i.outcome FROM user360.identify('merging', 'web', 'D', '{"key": "KA"}') AS i;
-- So does who is merged into a member by hand; a userId only into a profile that has one.
SELECT made('E', '{"key": "KE", "gender": "female", "labels": ["e"]}');
SELECT survivor, fills, senders, members, foretold FROM merged('E', 'B');
SELECT made('F', '{"key": "KF", "whatsAppOptin": true}');
SELECT survivor, fills, foretold FROM merged('F', 'D');
SELECT name_of(m.source_id) AS source, name_of(m.target_id) AS target, m.place, name_of(p.merged_into) AS survivor FROM user360.merge AS m JOIN user360.profile AS p ON p.bot = m.bot AND p.profile_id = m.source_id
WHERE m.bot = 'merging' AND name_of(m.source_id) IN ('A', 'B', 'D', 'E', 'F') ORDER BY 1;
-- Members that are survivors of others are folds themselves.
SELECT * FROM held('A', 'B', 'C');
-- B parts from C, and takes along what was merged into it: A, D and E; F stays.
SELECT * FROM unmerged('B');
SELECT name, survivor, holds FROM held('A', 'B', 'C', 'D', 'E', 'F');
-- Undone inside B: A, and D with it.
SELECT * FROM unmerged('A');
SELECT name, survivor, holds FROM held('A', 'B', 'C', 'D', 'E', 'F');
-- And merged the other way round, with all that belongs to it.
SELECT survivor, fills, unions, loses, senders, members, foretold FROM merged('C', 'A');
SELECT name, survivor, holds FROM held('A', 'B', 'C', 'D', 'E', 'F');
-- No chain, whatever was done: whoever was merged points to the survivor itself.
SELECT count(*) FROM user360.profile AS p JOIN user360.profile AS s ON s.bot = p.bot AND s.profile_id = p.merged_into WHERE s.merged_into IS NOT NULL;

-- A value of a member below a member that is edited at the survivor: what stays
-- when the lower merge is undone.
SELECT made('top', '{"firstName": "Top"}'), made('middle', '{"lastName": "Middle"}'), made('bottom', '{"city": "Bottom", "plan": "bottom"}');
SELECT survivor FROM merged('bottom', 'middle');
SELECT edited('middle', '{"language": "hi"}');
SELECT survivor FROM merged('middle', 'top');
SELECT edited('bottom', '{"plan": "top"}');
SELECT * FROM unmerged('bottom');
SELECT * FROM held('top', 'middle', 'bottom');
-- Without the lower one, the member is what it was given itself, and still
-- frozen when it parts.
SELECT * FROM unmerged('middle');
SELECT * FROM held('top', 'middle', 'bottom');

-- What was given to anybody on the way up stays with the survivor, from when the
-- source came to belong to them on.
SELECT made('up'), made('between', '{"lastName": "Between"}'), made('under'), made('leaf', '{"plan": "leaf"}'), made('other');
SELECT survivor FROM merged('leaf', 'under');
SELECT survivor FROM merged('under', 'between');
SELECT edited('leaf', '{"city": "given to between"}');
SELECT survivor FROM merged('other', 'up');
SELECT edited('other', '{"language": "given to up before"}');
SELECT survivor FROM merged('between', 'up');
SELECT edited('leaf', '{"gender": "given to up", "city": null}');
SELECT * FROM unmerged('leaf');
SELECT * FROM held('up', 'between', 'under', 'leaf');

-- Every order of undoing a nest of three merges, in every shape that four
-- profiles make: after each step each row, whole, is what it is when only the
-- merges that are left were ever made.
CREATE TABLE shape (n int PRIMARY KEY, edges text[]);
INSERT INTO shape VALUES
	(1, '{d>c,c>b,b>a}'),
	(2, '{b>a,c>b,d>c}'),
	(3, '{c>b,b>a,d>c}'),
	(4, '{c>b,d>c,b>a}'),
	(5, '{b>a,c>a,d>a}'),
	(6, '{c>b,d>b,b>a}'),
	(7, '{b>a,c>b,d>b}'),
	(8, '{b>a,d>b,c>a}'),
	(9, '{d>c,b>a,c>a}');
CREATE TABLE compared (shape int, kind text, step int, equal boolean);
CREATE FUNCTION merge_edges(kind text, edges text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	edge text;
BEGIN
	FOREACH edge IN ARRAY edges LOOP
		PERFORM user360.merge_profiles('merging', id_of(kind || split_part(edge, '>', 1)), id_of(kind || split_part(edge, '>', 2)));
	END LOOP;
END
$$;
-- The rows as they would be, had only these merges been made.
CREATE FUNCTION rows_with(kind text, edges text[], people text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb;
BEGIN
	PERFORM merge_edges(kind, edges);
	result := rows_of(VARIADIC people);
	RAISE EXCEPTION 'undone' USING ERRCODE = 'ZZZZZ';
EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
	RETURN result;
END
$$;
-- All identified, or only the survivor of all.
SELECT made(k.kind || p.name, jsonb_strip_nulls(p.properties || jsonb_build_object('key', CASE WHEN k.kind = 'all ' OR p.name = 'a' THEN k.kind || p.name END)), p.channel)
FROM (VALUES ('all '), ('one ')) AS k(kind),
	(VALUES ('a', 'web', '{"firstName": "a", "tags": ["a"], "mood": "a", "emailOptin": false}'::jsonb),
	('b', 'app', '{"lastName": "b", "tags": ["b", "a"], "mood": "b", "score": 2, "country": "IN", "email": "B@Example.com", "wishes": ["b"]}'),
	('c', 'web', '{"firstName": "c", "lastName": "c", "labels": ["c"], "tags": ["c", "b"], "score": 3, "timezone": "Europe/Paris", "phone": "09000500003", "emailOptin": true}'),
	('d', 'app', '{"firstName": "d", "plan": "d", "labels": ["d", "c"], "tags": ["d"], "mood": "d", "country": "US", "timezone": "America/New_York", "email": "d@example.com", "dob": "1990-02-28"}')) AS p(name, channel, properties)
ORDER BY k.kind, p.name;
DO $$
DECLARE
	people text[];
	expected jsonb[];
	k text;
	s shape;
	o text[];
BEGIN
	FOREACH k IN ARRAY '{"all ","one "}'::text[] LOOP
		people := ARRAY[k || 'a', k || 'b', k || 'c', k || 'd'];
		FOR s IN SELECT * FROM shape ORDER BY n LOOP
			FOR o IN SELECT ARRAY[s.edges[i], s.edges[j], s.edges[6 - i - j]] FROM generate_series(1, 3) AS i, generate_series(1, 3) AS j WHERE i <> j ORDER BY i, j LOOP
				expected := ARRAY[rows_with(k, array_remove(s.edges, o[1]), people), rows_with(k, ARRAY[o[3]], people), rows_of(VARIADIC people)];
				PERFORM merge_edges(k, s.edges);
				FOR step IN 1..3 LOOP
					PERFORM user360.unmerge('merging', edge_of(k || split_part(o[step], '>', 1)));
					INSERT INTO compared VALUES (s.n, k, step, rows_of(VARIADIC people) = expected[step]);
				END LOOP;
			END LOOP;
		END LOOP;
	END LOOP;
END
$$;
SELECT step, count(*) AS compared, count(*) FILTER (WHERE NOT equal) AS different FROM compared GROUP BY step ORDER BY step;
SELECT DISTINCT c.shape, s.edges, c.kind, c.step FROM compared AS c JOIN shape AS s ON s.n = c.shape WHERE NOT c.equal ORDER BY 1, 3, 4;
-- What was compared is not all the same: the shapes make different rows.
SELECT count(DISTINCT rows_with('all ', s.edges, '{"all a","all b","all c","all d"}')) AS different_rows FROM shape AS s;
SELECT s.n, r -> 'all a' ->> 'first_name' AS first_name, r -> 'all a' ->> 'tags' AS tags, r -> 'all a' ->> 'country' AS country, r -> 'all a' ->> 'timezone' AS timezone, r -> 'all a' ->> 'last_name' AS last_name, r -> 'all a' ->> 'email' AS email, (r #> '{all a,custom}') - 'key' AS custom
FROM shape AS s, LATERAL rows_with('all ', s.edges, '{"all a"}') AS r ORDER BY s.n;
-- Edits on the way stay where they were made, in whatever order it is undone.
CREATE TABLE edits (o text, holds text);
DO $$
DECLARE
	o text[];
	result text;
BEGIN
	FOR o IN SELECT ARRAY[p.e[i], p.e[j], p.e[6 - i - j]] FROM (SELECT '{b,c,d}'::text[] AS e) AS p, generate_series(1, 3) AS i, generate_series(1, 3) AS j WHERE i <> j ORDER BY i, j LOOP
		BEGIN
			PERFORM merge_edges('one ', '{d>c}');
			PERFORM edited('one d', '{"city": "given to c", "tags": ["t"]}');
			PERFORM merge_edges('one ', '{c>b}');
			PERFORM edited('one d', '{"language": "given to b", "firstName": null}');
			PERFORM merge_edges('one ', '{b>a}');
			PERFORM edited('one d', '{"gender": "given to a", "mood": "given to a", "plan": null}');
			FOR step IN 1..3 LOOP
				PERFORM user360.unmerge('merging', edge_of('one ' || o[step]));
			END LOOP;
			SELECT string_agg(h.name || ' ' || h.holds::text || coalesce(' own ' || h.own::text, ''), '; ') INTO result FROM held('one a', 'one b', 'one c', 'one d') AS h;
			RAISE EXCEPTION 'undone' USING ERRCODE = 'ZZZZZ';
		EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
			INSERT INTO edits VALUES (o::text, result);
		END;
	END LOOP;
END
$$;
SELECT count(*) AS orders, count(DISTINCT holds) AS outcomes FROM edits;
SELECT DISTINCT unnest(string_to_array(holds, '; ')) AS holds FROM edits ORDER BY 1;

-- Tickets: links that cross the two sides are cleared, others stay; one that was
-- cleared has no previous one, as a first ticket has none.
CREATE TABLE merging_tickets (id int PRIMARY KEY, channel text DEFAULT 'web', sender text, opened_at timestamptz);
SELECT user360.attach_tickets('merging_tickets', 'bot:=merging');
SELECT made('tt'), made('ts'), made('tu');
INSERT INTO merging_tickets (id, sender, opened_at) VALUES (1, 'tt', '2026-11-24 09:01'), (2, 'ts', '2026-11-24 09:02'), (3, 'tu', '2026-11-24 09:03');
SELECT survivor FROM merged('ts', 'tt');
INSERT INTO merging_tickets (id, sender, opened_at) VALUES (4, 'ts', '2026-11-24 09:04'), (5, 'ts', '2026-11-24 09:05'), (6, 'tt', '2026-11-24 09:06');
SELECT survivor FROM merged('tu', 'ts');
INSERT INTO merging_tickets (id, sender, opened_at) VALUES (7, 'tu', '2026-11-24 09:07'), (8, 'ts', '2026-11-24 09:08'), (9, 'tt', '2026-11-24 09:09'), (10, 'tt', '2026-11-24 09:10'), (11, 'tu', '2026-11-24 09:11');
CREATE FUNCTION links() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(name_of(t.profile_id) || ' ' || t.ticket || '<' || coalesce((user360.previous_ticket(t.bot, t.source, t.ticket)).ticket, '-'), ' ' ORDER BY t.ticket::int) FROM user360.ticket AS t WHERE t.bot = 'merging'
$$;
SELECT links();
-- ts and tu part from tt; between the two of them nothing changes.
SELECT * FROM unmerged('ts');
SELECT links();
CREATE FUNCTION crossing() RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT count(*) FROM user360.ticket AS t JOIN user360.profile AS p ON p.bot = t.bot AND p.profile_id = t.profile_id JOIN user360.profile AS o ON o.bot = t.bot AND o.profile_id = t.previous_profile_id
	WHERE t.bot = 'merging' AND coalesce(p.merged_into, p.profile_id) <> coalesce(o.merged_into, o.profile_id)
$$;
SELECT crossing();
SELECT from_survivor, links > 0 AS some_links FROM unmerged('tu');
SELECT links();
SELECT crossing();
-- Merged again, the next ticket is linked across again.
SELECT survivor FROM merged('tu', 'tt');
INSERT INTO merging_tickets (id, sender, opened_at) VALUES (12, 'tt', '2026-11-24 09:12');
SELECT (user360.previous_ticket('merging', 'public.merging_tickets', '12')).ticket;
-- Tickets are read through the survivor, and stay under the sender's own profile.
SELECT p -> 'tickets' AS tickets, p #>> '{lastTicket,ticket}' AS last FROM user360.user_page('merging', id_of('tu')) AS p;
SELECT name_of(t.profile_id) AS of, count(*) FROM user360.ticket AS t WHERE t.bot = 'merging' GROUP BY 1 ORDER BY 1;

-- Events: the survivor's USER_MERGE, USER_DELETE of a source without a userId,
-- USER_UNMERGE of both; with the values before and after.
SELECT made('et', '{"key": "EVENTS", "firstName": "Asha", "tags": ["a"], "mood": "calm"}');
SELECT made('es', '{"firstName": "A.", "lastName": "Rao", "tags": ["b"], "mood": "sad", "email": "Asha@Example.com"}');
SELECT made('ei', '{"key": "EVENTS-old", "city": "Pune"}');
SELECT survivor FROM merged('es', 'et', 'she said so');
SELECT edited('et', '{"lastName": "Rao-Patil"}');
SELECT survivor FROM merged('ei', 'et');
SELECT * FROM unmerged('es');
SELECT * FROM unmerged('ei');
SELECT name_of(e.profile_id) AS of, e.name, e.channel, e.actor = session_user AS by_caller,
	(SELECT string_agg(k || ' ' || coalesce(name_of(CASE WHEN k IN ('source', 'target', 'mergedInto') THEN (v #>> '{}')::uuid END), v::text), '; ' ORDER BY k DESC) FROM jsonb_each(e.payload - 'mergeId') AS j(k, v)) AS payload,
	e.payload ->> 'mergeId' = m.merge_id::text AS of_the_merge
FROM user360.event AS e LEFT JOIN user360.merge AS m ON m.bot = e.bot AND m.merge_id::text = e.payload ->> 'mergeId' WHERE e.bot = 'merging' AND e.profile_id IN (id_of('et'), id_of('es'), id_of('ei')) AND e.name <> 'USER_CREATE' ORDER BY e.at, 1, e.event_id;
-- Each event of one profile at a moment of its own, and the merge's that of its row.
SELECT count(*) FROM user360.event AS e JOIN user360.event AS o ON o.bot = e.bot AND o.profile_id = e.profile_id AND o.at = e.at AND o.event_id <> e.event_id WHERE e.bot = 'merging';
SELECT count(*) FILTER (WHERE e.name = 'USER_MERGE' AND e.at <> m.merged_at) AS merges, count(*) FILTER (WHERE e.name = 'USER_UNMERGE' AND e.at <> m.undone_at) AS unmerges
FROM user360.event AS e JOIN user360.merge AS m ON m.bot = e.bot AND m.merge_id::text = e.payload ->> 'mergeId' WHERE e.bot = 'merging';

-- With itself, and with its own survivor: nothing happens, and nothing is written.
SELECT survivor FROM merged('es', 'et');
SELECT versions() AS versions \gset before_
SELECT v.source, v.target, v.dry, m.merge_id, name_of(m.source_id) AS source, name_of(m.target_id) AS target, m.profile - 'key' - 'lastChannel' AS profile, m.fills, m.unions, m.loses, m.senders, m.members
FROM (VALUES (1, 'et', 'et', false), (2, 'et', 'et', true), (3, 'es', 'es', false), (4, 'et', 'es', false), (5, 'et', 'es', true)) AS v(n, source, target, dry), LATERAL user360.merge_profiles('merging', id_of(v.source), id_of(v.target), v.dry) AS m ORDER BY v.n;
SELECT versions() = :'before_versions' AS nothing_written;
-- What is refused is refused by a dry run, too; nothing is written.
SELECT outcome FROM user360.identify('merging 2', 'web', 'other') AS i;
SELECT made('unidentified');
SELECT versions() AS versions, i.profile_id AS other FROM user360.contact_card_for_sender('merging 2', 'web', 'other') AS i \gset before_
SELECT v.what, d.dry, a.code, regexp_replace(replace(a.message, :'before_other', '<other>'), '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-(?!000000000000)[0-9a-f]{12}', '<id>', 'g') AS message, replace(a.detail, id_of('et')::text, '<et>') AS detail, a.hint
FROM (VALUES (1, 'source not there', '00000000-0000-7000-8000-000000000000', id_of('et')::text), (2, 'target not there', id_of('et')::text, '00000000-0000-7000-8000-000000000000'), (3, 'neither there', '00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000000'),
	(4, 'source of another bot', :'before_other', id_of('et')::text), (5, 'target of another bot', id_of('et')::text, :'before_other'),
	(6, 'source merged already', id_of('es')::text, id_of('ei')::text), (7, 'source merged already, into the target', id_of('es')::text, id_of('et')::text), (8, 'source merged already, target not there', id_of('es')::text, '00000000-0000-7000-8000-000000000000'),
	(9, 'userId into none', id_of('ei')::text, id_of('unidentified')::text)) AS v(n, what, source, target), (VALUES (false), (true)) AS d(dry),
LATERAL attempt(format('SELECT user360.merge_profiles(%L, %L, %L, %L)', 'merging', v.source, v.target, d.dry)) AS a ORDER BY v.n, d.dry;
SELECT v.what, a.code, a.message FROM (VALUES (1, 'not there', '00000000-0000-7000-8000-000000000000'), (2, 'NULL', NULL)) AS v(n, what, merge), LATERAL attempt(format('SELECT user360.unmerge(%L, %L)', 'merging', v.merge)) AS a ORDER BY v.n;
SELECT a.code, a.hint FROM attempt(format('SELECT user360.unmerge(%L, %L)', 'merging 2', edge_of('es'))) AS a;
SELECT DISTINCT a.code, replace(a.message, m.merge_id::text, '<merge>') AS message, a.hint FROM user360.merge AS m, LATERAL attempt(format('SELECT user360.unmerge(%L, %L)', 'merging', m.merge_id)) AS a WHERE m.bot = 'merging' AND m.undone_at IS NOT NULL;
SELECT v.args, a.code, a.message FROM (VALUES (1, 'NULL, NULL, NULL'), (2, '''merging'', NULL, NULL'), (3, '''no such bot'', NULL, NULL')) AS v(n, args), LATERAL attempt('SELECT user360.merge_profiles(' || v.args || ')') AS a ORDER BY v.n;
SELECT versions() = :'before_versions' AS nothing_written;
-- A dry run takes no lock that is written.
BEGIN;
SELECT m.fills, m.senders FROM user360.merge_profiles('merging', id_of('unidentified'), id_of('et'), true) AS m;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
ROLLBACK;
-- Rolled back, nothing was merged.
BEGIN;
SELECT survivor FROM merged('unidentified', 'et');
ROLLBACK;
SELECT versions() = :'before_versions' AS nothing_written;
-- In one transaction, merged and undone.
BEGIN;
SELECT survivor FROM merged('unidentified', 'et');
SELECT from_survivor FROM unmerged('unidentified');
SELECT survivor FROM merged('ei', 'et');
COMMIT;
SELECT name, survivor FROM held('unidentified', 'ei');

-- All that is merged and undone by now is sound.
SELECT v.check_name, v.bot, v.detail FROM user360.verify('merging') AS v;
-- Everything undone, in the order of chance: everybody is what they were made.
DO $$
DECLARE
	edge uuid;
BEGIN
	FOR edge IN SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'merging' AND m.undone_at IS NULL ORDER BY md5(name_of(m.source_id)) LOOP
		PERFORM user360.unmerge('merging', edge);
	END LOOP;
END
$$;
SELECT count(*) FILTER (WHERE merged_into IS NOT NULL) AS members, count(*) FILTER (WHERE own IS NOT NULL) AS with_own FROM user360.profile WHERE bot = 'merging';
SELECT count(*) AS cases, count(*) FILTER (WHERE b.source = rows_of('s' || c.n) AND b.target = rows_of('t' || c.n)) AS restored FROM cases AS c JOIN before AS b USING (n);
DROP TABLE merging_tickets, cases, before, shape, compared, edits, who;
DROP FUNCTION made, id_of, name_of, rows_of, versions, edge_of, merged, unmerged, edited, held, merge_edges, rows_with, links, crossing;
