-- track(): events from elsewhere, and the timeline that shows them.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('track', 'email', '{web,app}');
SELECT user360.create_bot('track other', 'email', '{web}');
SELECT i.profile_id AS asha FROM user360.identify('track', 'web', 'asha', '{"email": "asha@example.com"}') AS i \gset
SELECT i.profile_id AS device FROM user360.identify('track', 'app', 'device', '{"city": "Pune"}') AS i \gset
SELECT i.profile_id AS ravi FROM user360.identify('track', 'web', 'ravi') AS i \gset
CREATE VIEW tracked AS SELECT n.no, e.name, e.source, e.channel, e.actor = current_user AS by_me, e.payload FROM user360.event AS e JOIN numbered('track') AS n ON n.profile_id = e.profile_id WHERE e.bot = 'track' AND e.tracked;

-- What is left out is filled in; NULL stands for it as well.
SELECT user360.track('track', :'asha', 'cart_filled') IS NOT NULL AS id;
SELECT user360.track('track', :'asha', 'mail_opened', '{"campaign": "diwali"}', 'campaign', '2026-01-02 03:04:05+00', '00000000-0000-7000-8000-000000000001');
SELECT user360.track('track', :'asha', 'nothing_given', NULL, NULL, NULL, NULL) IS NOT NULL AS id;
SELECT user360.track('track', :'asha', 'blank_source', '{"ticket": "7"}', ' ') IS NOT NULL AS id;
SELECT user360.track('track', :'device', 'app_started', at => '2100-01-01 00:00+00') IS NOT NULL AS id;
SELECT user360.track(bot => 'track', profile_id => :'ravi', name => repeat('é', 63)) IS NOT NULL AS id;
SELECT * FROM tracked ORDER BY no, name;
SELECT e.name, e.at AT TIME ZONE 'UTC' AS at FROM user360.event AS e WHERE e.bot = 'track' AND e.event_id = '00000000-0000-7000-8000-000000000001';
BEGIN;
SELECT user360.track('track', :'asha', 'this_moment') AS this \gset
SELECT e.at = now() AS at_the_time_of_the_transaction FROM user360.event AS e WHERE e.event_id = :'this';
ROLLBACK;

-- Once more, with whatever else: nothing is written, not even a row lock.
BEGIN;
SELECT user360.track('track', :'asha', 'other_name', '{"a": 1}', 'elsewhere', '2020-01-01', '00000000-0000-7000-8000-000000000001');
SELECT pg_current_xact_id_if_assigned() IS NULL AS wrote_nothing;
COMMIT;
-- Twice in one statement.
SELECT count(DISTINCT user360.track('track', :'asha', 'twice', event_id => '00000000-0000-7000-8000-000000000002')) FROM generate_series(1, 3);
-- Another customer may have the same id: it is theirs.
SELECT user360.track('track', :'ravi', 'of_ravi', event_id => '00000000-0000-7000-8000-000000000001');
SELECT * FROM tracked WHERE name IN ('mail_opened', 'other_name', 'twice', 'of_ravi') ORDER BY no, name;
-- After a merge it is known by every profile of the customer, and what comes
-- stays with the profile that was given.
SELECT outcome FROM user360.identify('track', 'app', 'device', '{"email": "asha@example.com"}') AS i;
SELECT user360.track('track', :'device', 'again', event_id => '00000000-0000-7000-8000-000000000001');
SELECT user360.track('track', :'device', 'of_device', event_id => '00000000-0000-7000-8000-000000000003');
SELECT user360.track('track', :'asha', 'again', event_id => '00000000-0000-7000-8000-000000000003');
SELECT no, name FROM tracked WHERE name IN ('again', 'of_device') ORDER BY no, name;

-- What is refused.
SELECT v.n, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, format('%L, %L, %L', 'track', :'asha', 'USER_CREATE')),
	(2, format('%L, %L, %L', 'track', :'asha', 'USER_')),
	(3, format('%L, %L, %L', 'track', :'asha', 'TICKET_PRINTED')),
	(4, format('%L, %L, %L', 'track', :'asha', '')),
	(5, format('%L, %L, %L', 'track', :'asha', U&'\3000 ')),
	(6, format('%L, %L, %L', 'track', :'asha', repeat('x', 64))),
	(7, format('%L, %L, NULL', 'track', :'asha')),
	(8, format('%L, NULL, %L', 'track', 'x')),
	(9, format('NULL, %L, %L', :'asha', 'x')),
	(10, format('%L, %L, %L, %L', 'track', :'asha', 'x', '[1]')),
	(11, format('%L, %L, %L, %L', 'track', :'asha', 'x', '"text"')),
	(12, format('%L, %L, %L, %L', 'track', :'asha', 'x', 'null')),
	(13, format('%L, %L, %L, source => %L', 'track', :'asha', 'x', repeat('s', 64))),
	(14, format('%L, %L, %L, at => %L', 'track', :'asha', 'x', 'infinity')),
	(15, format('%L, %L, %L, at => %L', 'track', :'asha', 'x', '-infinity')),
	(16, format('%L, %L, %L', 'track', '00000000-0000-7000-8000-000000000000', 'x')),
	(17, format('%L, %L, %L, event_id => %L', 'track', '00000000-0000-7000-8000-000000000000', 'x', '00000000-0000-7000-8000-000000000001')),
	(18, format('%L, %L, %L', 'no such bot', :'asha', 'x'))) AS v(n, call),
LATERAL attempt('SELECT user360.track(' || v.call || ')') AS a ORDER BY v.n;
-- A profile of another bot is none of this one's.
SELECT a.code FROM attempt(format('SELECT user360.track(%L, %L, %L)', 'track other', :'asha', 'x')) AS a;
-- Lower case is no reserved name.
SELECT user360.track('track', :'ravi', 'user_created') IS NOT NULL AS id;

-- all_activity() shows them among the rest, recent_activity() does not.
SELECT a.kind, a.name, a.source, a.channel, a.ref FROM user360.all_activity('track', :'asha') AS a;
SELECT a.kind, a.name, a.source, a.channel, a.ref FROM user360.recent_activity('track', :'asha') AS a;
SELECT (SELECT array_agg(a.activity_id) FROM user360.all_activity('track', :'device') AS a) = (SELECT array_agg(a.activity_id) FROM user360.all_activity('track', :'asha') AS a) AS the_same_of_a_member;
-- In pages of any size the same rows.
CREATE FUNCTION pages(profile uuid, size int) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
	a user360.activity;
	n int := size;
	before timestamptz;
	before_id uuid;
BEGIN
	WHILE n = size LOOP
		n := 0;
		FOR a IN SELECT * FROM user360.all_activity('track', profile, size, before, before_id) LOOP
			n := n + 1;
			before := a.at;
			before_id := a.activity_id;
			RETURN NEXT a.activity_id;
		END LOOP;
	END LOOP;
END
$$;
SELECT s.size, (SELECT array_agg(p) FROM pages(:'asha', s.size) AS p) = (SELECT array_agg(a.activity_id) FROM user360.all_activity('track', :'asha', 1000) AS a) AS the_same FROM (VALUES (1), (2), (3), (5), (100)) AS s(size);
-- Many members, some events each at the same moments, against a plain query.
SELECT i.profile_id AS crowd FROM user360.identify('track', 'web', 'crowd', '{"email": "crowd@example.com"}') AS i \gset
SELECT count(*) FROM generate_series(1, 12) AS n, user360.identify('track', 'app', 'c' || n, '{"city": "Pune"}') AS i;
SELECT count(*) FROM generate_series(1, 12) AS n, user360.identify('track', 'app', 'c' || n, '{"email": "crowd@example.com"}') AS i;
SELECT count(user360.track('track', p.profile_id, 'seen', at => '2030-01-01'::timestamptz + (n * n % 7) * interval '1 second'))
FROM user360.profile AS p, generate_series(1, 9) AS n WHERE coalesce(p.merged_into, p.profile_id) = :'crowd';
CREATE VIEW plain AS SELECT e.event_id, e.tracked, row_number() OVER (PARTITION BY NULL ORDER BY e.at DESC, e.event_id DESC) AS n FROM user360.event AS e JOIN user360.profile AS p ON p.bot = e.bot AND p.profile_id = e.profile_id
WHERE e.bot = 'track' AND coalesce(p.merged_into, p.profile_id) = (SELECT c.profile_id FROM user360.contact_card('track', 'crowd@example.com') AS c);
SELECT r.rows, (SELECT array_agg(a.activity_id) FROM user360.all_activity('track', :'crowd', r.rows) AS a) = (SELECT array_agg(p.event_id ORDER BY p.n) FROM plain AS p WHERE p.n <= r.rows) AS all_right,
	(SELECT array_agg(a.activity_id) FROM user360.recent_activity('track', :'crowd', r.rows) AS a) = (SELECT array_agg(p.event_id ORDER BY p.n) FROM (SELECT * FROM plain WHERE NOT tracked ORDER BY n LIMIT r.rows) AS p) AS recent_right
FROM (VALUES (1), (2), (5), (12), (13), (14), (26), (50), (1000)) AS r(rows) ORDER BY r.rows;
SELECT count(*) = (SELECT count(*) FROM plain) AS whole FROM pages(:'crowd', 7);
-- The arguments are recent_activity()'s.
SELECT v.n, a.code, a.answer, a.message FROM (VALUES (1, format('%L, %L, 0', 'track', :'asha')),
	(2, format('%L, %L, 1001', 'track', :'asha')),
	(3, format('%L, NULL', 'track')),
	(4, format('%L, %L', 'track', '00000000-0000-7000-8000-000000000000')),
	(5, format('%L, %L', 'track other', :'asha')),
	(6, format('%L, %L', 'no such bot', :'asha'))) AS v(n, call),
LATERAL attempt('SELECT count(*) FROM user360.all_activity(' || v.call || ')') AS a ORDER BY v.n;
-- Who is erased takes them along.
SELECT user360.delete_user('track', :'ravi');
SELECT count(*) FROM user360.event AS e WHERE e.bot = 'track' AND e.profile_id = :'ravi' AND e.tracked;
SELECT a.code FROM attempt(format('SELECT user360.track(%L, %L, %L)', 'track', :'ravi', 'x')) AS a;
DROP VIEW tracked, plain;
DROP FUNCTION pages;
