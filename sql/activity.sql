-- The timeline: everything of the whole merged set, newest first, in pages.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('activity', 'email', '{web,app}');
CREATE TABLE asks (id int PRIMARY KEY, bot text DEFAULT 'activity', channel text DEFAULT 'web', sender text, mail text, subject text, status text DEFAULT 'open');
SELECT user360.attach_tickets('asks', 'email=mail', 'closed:=done');
INSERT INTO asks (id, sender, subject) VALUES (1, 'a', 'one');
INSERT INTO asks (id, sender, subject, mail) VALUES (2, 'a', 'two', 'asha@example.com');
UPDATE asks SET status = 'done' WHERE id = 1;
SELECT outcome FROM user360.identify('activity', 'app', 'b', '{"firstName": "Asha"}') AS i;
INSERT INTO asks (id, channel, sender, subject) VALUES (3, 'app', 'b', 'three');
SELECT outcome FROM user360.identify('activity', 'app', 'b', '{"email": "asha@example.com"}') AS i;
SELECT outcome FROM user360.identify('activity', 'web', 'c', '{"firstName": "Nobody"}') AS i;
UPDATE asks SET subject = 'three, again' WHERE id = 3;
DELETE FROM asks WHERE id = 2;
CREATE FUNCTION person(no bigint) RETURNS uuid LANGUAGE sql STABLE AS $$SELECT n.profile_id FROM numbered('activity') AS n WHERE n.no = person.no$$;

-- Of the survivor and of its member: the same.
SELECT a.kind, a.name, a.source, a.channel, a.ref, a.payload - 'mergeId' - 'source' - 'target' - 'mergedInto' AS payload FROM user360.recent_activity('activity', person(1)) AS a;
SELECT count(*) AS rows, count(*) FILTER (WHERE a = b) AS equal FROM user360.recent_activity('activity', person(1)) WITH ORDINALITY AS a(id, at, kind, name, source, channel, ref, payload, n)
JOIN user360.recent_activity('activity', person(2)) WITH ORDINALITY AS b(id, at, kind, name, source, channel, ref, payload, n) USING (n);
SELECT a.kind, a.name FROM user360.recent_activity('activity', person(3)) AS a;
-- Of nobody, of another bot's, of NULL: nothing.
SELECT count(*) FROM user360.recent_activity('activity', '00000000-0000-7000-8000-000000000000');
SELECT user360.create_bot('activity 2');
SELECT count(*) FROM user360.recent_activity('activity 2', person(1));
SELECT count(*) FROM user360.recent_activity('activity', NULL);

-- In order, each at a moment of its own, and in pages of any size the same rows.
SELECT bool_and(a.at < lag) AS newest_first FROM (SELECT a.at, lag(a.at) OVER (ORDER BY n) AS lag FROM user360.recent_activity('activity', person(1)) WITH ORDINALITY AS a(id, at, kind, name, source, channel, ref, payload, n)) AS a WHERE lag IS NOT NULL;
CREATE FUNCTION pages(size int) RETURNS TABLE (page int, name text, ref text) LANGUAGE plpgsql AS $$
DECLARE
	a user360.activity;
	before timestamptz;
	before_id uuid;
	n int;
BEGIN
	page := 0;
	LOOP
		page := page + 1;
		n := 0;
		FOR a IN SELECT * FROM user360.recent_activity('activity', person(1), size, before, before_id) LOOP
			n := n + 1;
			name := a.name;
			ref := a.ref;
			before := a.at;
			before_id := a.activity_id;
			RETURN NEXT;
		END LOOP;
		EXIT WHEN n < size;
	END LOOP;
END
$$;
SELECT * FROM pages(4);
SELECT size, array_agg(p.name || coalesce(p.ref, '') ORDER BY n) = (SELECT array_agg(a.name || coalesce(a.ref, '')) FROM user360.recent_activity('activity', person(1)) AS a) AS the_same
FROM (VALUES (1), (2), (3), (100)) AS s(size), LATERAL pages(size) WITH ORDINALITY AS p(page, name, ref, n) GROUP BY size ORDER BY size;
-- Events of one moment: told apart by their ids, none is lost between pages.
INSERT INTO user360.event (bot, profile_id, event_id, at, name)
SELECT 'activity', person(3), format('00000000-0000-7000-8000-0000000000%s', lpad(n::text, 2, '0'))::uuid, '2100-01-01', 'USER_UPDATE' FROM generate_series(1, 30) AS n;
SELECT count(*), count(DISTINCT a.activity_id), min(right(a.activity_id::text, 2)), max(right(a.activity_id::text, 2)) FROM user360.recent_activity('activity', person(3), 10) AS a;
SELECT count(*), min(right(b.activity_id::text, 2)), max(right(b.activity_id::text, 2))
FROM (SELECT * FROM user360.recent_activity('activity', person(3), 10) AS a ORDER BY a.at, a.activity_id LIMIT 1) AS a, LATERAL user360.recent_activity('activity', person(3), 10, a.at, a.activity_id) AS b;
-- before without an id: strictly before that moment.
SELECT count(*) FROM user360.recent_activity('activity', person(3), 100, '2100-01-01');
SELECT count(*) FROM user360.recent_activity('activity', person(3), 100, '2100-01-01 00:00:00.000001');
SELECT count(*) FROM user360.recent_activity('activity', person(3), 100, '-infinity');
SELECT count(*) FROM user360.recent_activity('activity', person(3), 100, 'infinity');
-- 20 rows if nothing is said, 1 to 1000 else.
SELECT count(*) FROM user360.recent_activity('activity', person(3));
SELECT count(*) FROM user360.recent_activity('activity', person(3), NULL);
SELECT count(*) FROM user360.recent_activity('activity', person(3), 1000);
SELECT v.call, a.code, a.message, a.detail
FROM (VALUES (1, $$'activity', person(3), 0$$),
	(2, $$'activity', person(3), -1$$),
	(3, $$'activity', person(3), 1001$$),
	(4, $$'activity', NULL, 0$$),
	(5, $$'no such bot', person(3)$$),
	(6, $$NULL, person(3)$$)) AS v(n, call),
LATERAL attempt('SELECT count(*) FROM user360.recent_activity(' || v.call || ')') AS a ORDER BY v.n;
-- What came through track() is not among it: that is for all_activity().
INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name) VALUES ('activity', person(3), '00000000-0000-7000-8000-0000000000ff', '2100-01-02', true, 'cart_filled');
SELECT count(*) FROM user360.recent_activity('activity', person(3), 100) AS a WHERE a.name = 'cart_filled';
-- Kinds by name.
SELECT DISTINCT a.kind, a.name FROM numbered('activity') AS n, user360.recent_activity('activity', n.profile_id, 1000) AS a ORDER BY 1, 2;
DROP TABLE asks;
DROP FUNCTION person, pages;
