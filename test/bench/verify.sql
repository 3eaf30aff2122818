-- How long verify() takes: a third of the profiles merged, five tickets and
-- five events a profile, all of it sound.  Run by a superuser in a database of
-- its own:
--   psql -v profiles=1000000 -f test/bench/verify.sql
\set ON_ERROR_STOP on
\if :{?profiles}
\else
\set profiles 1000000
\endif
SET client_min_messages = warning;
CREATE EXTENSION user360;
SELECT count(user360.create_bot('bench ' || b, 'email', '{web,app}')) AS bots FROM generate_series(0, 9) AS b;
SELECT count(user360.define_property('bench ' || b, 'plan', 'string')) AS properties FROM generate_series(0, 9) AS b;

-- Ids in the order of time, as they are.
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || substr(md5(kind || n), 1, 3) || '8' || substr(md5(kind || n), 4, 15))::uuid
$$;
CREATE FUNCTION pg_temp.microseconds(moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT (extract(epoch FROM moment - '2000-01-01 00:00+00'::timestamptz) * 1000000)::bigint
$$;

-- Three profiles a time: a survivor, its member, and one by itself, half of
-- which have no userId.
CREATE TEMP TABLE person AS
SELECT n, n % 3 AS role, 'bench ' || n / 3 % 10 AS bot, pg_temp.id('profile', n) AS id, pg_temp.id('profile', n - 1) AS before,
	'2026-01-01 00:00+00'::timestamptz + (n - CASE WHEN n % 3 = 1 THEN 10 ELSE 0 END) * interval '1 minute' AS at,
	CASE WHEN n % 3 = 0 OR n % 6 = 2 THEN 'customer' || n || '@example.com' END AS userid
FROM generate_series(0, :profiles / 3 * 3 - 1) AS n;

-- A skeleton of ASCII differs by these letters only.
INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, identified_at, userid, email, first_name, last_name, phone,
	last_channel, city, tags, custom, own, skeleton_hash)
SELECT bot, id, CASE role WHEN 1 THEN before END, CASE role WHEN 0 THEN at - interval '9 minutes' ELSE at END, at, at, CASE WHEN userid IS NOT NULL THEN at END,
	userid, userid, 'First ' || n, 'Last ' || n, CASE WHEN role <> 1 THEN '+919' || lpad(n::text, 9, '0') END,
	CASE role WHEN 1 THEN 'app' ELSE 'web' END, CASE WHEN role < 2 THEN 'Pune' END, CASE role WHEN 0 THEN '{vip,new}'::text[] WHEN 1 THEN '{new,vip}' END,
	CASE WHEN role <> 1 THEN '{"plan": "gold"}'::jsonb ELSE '{}' END,
	CASE role WHEN 0 THEN jsonb_build_object('email', userid, 'firstName', 'First ' || n, 'lastName', 'Last ' || n, 'phone', '+919' || lpad(n::text, 9, '0'),
		'lastChannel', 'web', 'tags', '["vip"]'::jsonb, 'plan', 'gold', '@created', pg_temp.microseconds(at), '@seen', pg_temp.microseconds(at),
		'@identified', pg_temp.microseconds(at)) END,
	hashtextextended(replace(replace(replace(userid, 'm', 'rn'), '0', 'O'), '1', 'l'), 0)
FROM person;

INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor)
SELECT bot, pg_temp.id('merge', n), id, before, 1, at, 'bench' FROM person WHERE role = 1;

INSERT INTO user360.sender (bot, channel, sender, profile_id, first_seen_at, last_seen_at)
SELECT bot, CASE role WHEN 1 THEN 'app' ELSE 'web' END, 'cookie ' || n, id, at, at FROM person;

INSERT INTO user360.ticket (bot, source, ticket, profile_id, opened_at, channel, status, subject, previous_profile_id, previous_source, previous_ticket)
SELECT p.bot, 'public.tickets', p.n * 5 + j, p.id, p.at + j * interval '1 second', 'web', 'open', 'Subject ' || j,
	CASE WHEN j > 1 THEN p.id WHEN p.role = 0 THEN m.id END, CASE WHEN j > 1 OR m.id IS NOT NULL THEN 'public.tickets' END,
	CASE WHEN j > 1 THEN p.n * 5 + j - 1 WHEN m.id IS NOT NULL THEN m.n * 5 + 5 END
FROM person AS p LEFT JOIN person AS m ON m.n = p.n + 1 AND p.role = 0, generate_series(1, 5) AS j;

INSERT INTO user360.event (bot, profile_id, event_id, at, name, source, channel, actor, payload)
SELECT bot, id, pg_temp.id('event', n * 5 + j), at + j * interval '1 second', CASE j WHEN 1 THEN 'USER_CREATE' ELSE 'TICKET_OPEN' END,
	CASE WHEN j > 1 THEN 'public.tickets' END, 'web', 'bench',
	CASE j WHEN 1 THEN jsonb_build_object('newPayload', jsonb_build_object('firstName', 'First ' || n))
		ELSE jsonb_build_object('ticket', n * 5 + j, 'subject', 'Subject ' || j, 'status', 'open') END
FROM person, generate_series(1, 5) AS j;

VACUUM ANALYZE;
SELECT (SELECT count(*) FROM user360.profile) AS profiles, (SELECT count(*) FROM user360.profile WHERE merged_into IS NOT NULL) AS merged,
	(SELECT count(*) FROM user360.ticket) AS tickets, (SELECT count(*) FROM user360.event) AS events,
	pg_size_pretty(sum(pg_total_relation_size(c.oid))) AS size
FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r';
\timing on
SELECT * FROM user360.verify() LIMIT 20;
SELECT * FROM user360.verify() LIMIT 20;
SELECT * FROM user360.verify('bench 7') LIMIT 20;
