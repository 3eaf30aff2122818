-- The same customers for each of the three: :profiles of them, each with one
-- sender; nine small bots have a hundredth each, the bot that is measured has
-- the rest.  Every 200th customer has a history: 20 changes and 5 tickets.
-- Each side is loaded by one transaction that also makes its tables, indexes
-- but the primary keys last; the server writes no WAL for that at wal_level
-- minimal.  Keys grow with the customer's number and have one length, so that
-- a client can tell them from the number without any further work.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
\if :{?first} \else \set first 100000000000 \endif

CREATE EXTENSION pg_prewarm;
CREATE EXTENSION pg_walinspect;
CREATE TABLE public.loading (solution text PRIMARY KEY, seconds float8);
CREATE FUNCTION public.bot_of(n bigint, profiles bigint) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT greatest(1, 10 - ((profiles - n) / (profiles / 100))::int)
$$;

-- Index definitions other than of constraints, to be made after the rows.
CREATE TABLE public.index_later (place int, definition text);
CREATE PROCEDURE public.put_off_indexes(of_schema regnamespace) LANGUAGE plpgsql AS $$
DECLARE
	index record;
BEGIN
	FOR index IN SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS definition
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
		WHERE c.relnamespace = of_schema AND c.relname IN ('profile', 'sender', 'event', 'ticket')
			AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
	LOOP
		INSERT INTO public.index_later (definition) VALUES (index.definition);
		EXECUTE 'DROP INDEX ' || index.name;
	END LOOP;
END
$$;
CREATE PROCEDURE public.make_indexes() LANGUAGE plpgsql AS $$
DECLARE
	definition text;
BEGIN
	FOR definition IN DELETE FROM public.index_later AS l RETURNING l.definition LOOP
		EXECUTE definition;
	END LOOP;
END
$$;

BEGIN;
CREATE EXTENSION user360;
SELECT count(user360.create_bot(b, 'email', '{web}', 'IN')), count(user360.define_property(b, 'plan', 'string'))
FROM (SELECT CASE i WHEN 1 THEN 'bench' ELSE 'small ' || i END AS b FROM generate_series(1, 10) AS i) AS bots \gset
CREATE TABLE public.user360_tickets (
	id			bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	channel		text,
	sender		text,
	subject		text,
	status		text DEFAULT 'open',
	created_at	timestamptz DEFAULT now()
);
CREATE TABLE public.user360_given_tickets (LIKE public.user360_tickets INCLUDING ALL, name text, email text, phone text);
SELECT user360.attach_tickets('public.user360_tickets', 'bot:=bench', 'opened_at=created_at') \gset
SELECT user360.attach_tickets('public.user360_given_tickets', 'bot:=bench', 'opened_at=created_at', 'firstName=name', 'email=email', 'phone=phone') \gset
CALL public.put_off_indexes('user360');

-- A skeleton of ASCII differs by these letters only.
INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid, email, first_name, last_name,
	phone, last_channel, country, city, language, custom, skeleton_hash)
SELECT b.bot, ('01900000-0000-7000-8000-' || :first + n)::uuid, now(), now(), now(), now(), e.email, e.email, 'Asha', 'Rao ' || n,
	'+919' || right((:first + n)::text, 9), 'web', 'IN', 'Pune', 'en', '{"plan": "gold"}',
	hashtextextended(replace(replace(replace(e.email, 'm', 'rn'), '0', 'O'), '1', 'l'), 0)
FROM generate_series(1, :profiles) AS n
CROSS JOIN LATERAL (SELECT CASE public.bot_of(n, :profiles) WHEN 1 THEN 'bench' ELSE 'small ' || public.bot_of(n, :profiles) END) AS b(bot)
CROSS JOIN LATERAL (SELECT 'u' || :first + n || '@example.com') AS e(email);
INSERT INTO user360.sender (bot, channel, sender, profile_id, first_seen_at, last_seen_at)
SELECT CASE public.bot_of(n, :profiles) WHEN 1 THEN 'bench' ELSE 'small ' || public.bot_of(n, :profiles) END, 'web', :first + n,
	('01900000-0000-7000-8000-' || :first + n)::uuid, now(), now()
FROM generate_series(1, :profiles) AS n;
INSERT INTO user360.ticket (bot, source, ticket, profile_id, opened_at, channel, status, subject, previous_profile_id, previous_source, previous_ticket)
SELECT s.bot, 'public.old_tickets', s.n * 5 + j, s.profile_id, now() - (6 - j) * interval '1 hour', 'web', 'open', 'Where is my order?',
	CASE WHEN j > 1 THEN s.profile_id END, CASE WHEN j > 1 THEN 'public.old_tickets' END, CASE WHEN j > 1 THEN s.n * 5 + j - 1 END
FROM (SELECT bot, profile_id, sender::bigint - :first AS n FROM user360.sender WHERE sender::bigint % 200 = 0) AS s, generate_series(1, 5) AS j;
INSERT INTO user360.event (bot, profile_id, event_id, at, name, source, channel, actor, payload)
SELECT s.bot, s.profile_id, ('01900000-0000-7000-9000-' || :first + s.n * 25 + j)::uuid, now() - (26 - j) * interval '1 minute',
	CASE WHEN j % 5 = 0 THEN 'TICKET_OPEN' ELSE 'USER_UPDATE' END, CASE WHEN j % 5 = 0 THEN 'public.old_tickets' END, 'web', 'bench',
	CASE WHEN j % 5 = 0 THEN jsonb_build_object('ticket', (s.n * 5 + j / 5)::text, 'subject', 'Where is my order?', 'status', 'open')
		ELSE jsonb_build_object('oldPayload', jsonb_build_object('city', 'Pune'), 'newPayload', jsonb_build_object('city', 'Nashik')) END
FROM (SELECT bot, profile_id, sender::bigint - :first AS n FROM user360.sender WHERE sender::bigint % 200 = 0) AS s, generate_series(1, 25) AS j;
CALL public.make_indexes();
INSERT INTO public.loading VALUES ('user360', extract(epoch FROM clock_timestamp() - now()));
COMMIT;

BEGIN;
\ir peer.sql
INSERT INTO peer.bot SELECT i, CASE i WHEN 1 THEN 'bench' ELSE 'small ' || i END, 'email', 'email', '91' FROM generate_series(1, 10) AS i;
INSERT INTO peer.channel (bot_id, channel) SELECT i, 'web' FROM generate_series(1, 10) AS i;
INSERT INTO peer.property SELECT i, 'plan', 'string' FROM generate_series(1, 10) AS i;
ALTER TABLE peer.profile DROP CONSTRAINT profile_bot_id_userid_key;
CALL public.put_off_indexes('peer');
INSERT INTO peer.profile (profile_id, bot_id, userid, identified_at, email, first_name, last_name, phone, last_channel, country, city, language, custom)
SELECT :first + n, public.bot_of(n, :profiles), 'u' || :first + n || '@example.com', now(), 'u' || :first + n || '@example.com', 'Asha', 'Rao ' || n,
	'+919' || right((:first + n)::text, 9), 'web', 'IN', 'Pune', 'en', '{"plan": "gold"}'
FROM generate_series(1, :profiles) AS n;
SELECT setval('peer.profile_profile_id_seq', :first + :profiles) \gset
INSERT INTO peer.sender (bot_id, channel, sender, profile_id)
SELECT public.bot_of(n, :profiles), 'web', :first + n, :first + n FROM generate_series(1, :profiles) AS n;
INSERT INTO peer.ticket (source, ticket, bot_id, profile_id, opened_at, channel, status, subject, previous_ticket)
SELECT 'public.old_tickets', n * 5 + j, public.bot_of(n, :profiles), :first + n, now() - (6 - j) * interval '1 hour', 'web', 'open', 'Where is my order?',
	CASE WHEN j > 1 THEN n * 5 + j - 1 END
FROM generate_series(200, :profiles, 200) AS n, generate_series(1, 5) AS j;
INSERT INTO peer.event (bot_id, profile_id, at, name, source, channel, actor, payload)
SELECT public.bot_of(n, :profiles), :first + n, now() - (26 - j) * interval '1 minute', CASE WHEN j % 5 = 0 THEN 'TICKET_OPEN' ELSE 'USER_UPDATE' END,
	CASE WHEN j % 5 = 0 THEN 'public.old_tickets' END, 'web', 'bench',
	CASE WHEN j % 5 = 0 THEN jsonb_build_object('ticket', n * 5 + j / 5, 'subject', 'Where is my order?', 'status', 'open')
		ELSE jsonb_build_object('oldPayload', jsonb_build_object('city', 'Pune'), 'newPayload', jsonb_build_object('city', 'Nashik')) END
FROM generate_series(200, :profiles, 200) AS n, generate_series(1, 25) AS j;
ALTER TABLE peer.profile ADD UNIQUE (bot_id, userid);
CALL public.make_indexes();
INSERT INTO public.loading VALUES ('peer', extract(epoch FROM clock_timestamp() - now()));
COMMIT;

BEGIN;
CREATE SCHEMA bare;
CREATE TABLE bare.profile (
	bot				int NOT NULL,
	profile_id		bigint GENERATED BY DEFAULT AS IDENTITY,
	merged_into		bigint,
	created_at		timestamptz NOT NULL DEFAULT now(),
	updated_at		timestamptz NOT NULL DEFAULT now(),
	last_seen_at	timestamptz NOT NULL DEFAULT now(),
	userid			text COLLATE "C",
	first_name		text,
	last_name		text,
	phone			text,
	email			text,
	last_channel	text,
	country			text,
	city			text,
	language		text,
	custom			jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 85);
CREATE TABLE bare.sender (
	bot				int NOT NULL,
	channel			text COLLATE "C" NOT NULL,
	sender			text COLLATE "C" NOT NULL,
	profile_id		bigint NOT NULL,
	first_seen_at	timestamptz NOT NULL DEFAULT now(),
	last_seen_at	timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 90);
CREATE TABLE bare.ticket (
	bot				int NOT NULL,
	ticket			bigint NOT NULL,
	profile_id		bigint NOT NULL,
	opened_at		timestamptz NOT NULL,
	channel			text,
	status			text,
	subject			text,
	previous_ticket	bigint
);
CREATE TABLE bare.event (
	bot				int NOT NULL,
	profile_id		bigint NOT NULL,
	event_id		bigint GENERATED ALWAYS AS IDENTITY,
	at				timestamptz NOT NULL DEFAULT clock_timestamp(),
	name			text NOT NULL,
	source			text,
	channel			text,
	actor			text,
	payload			jsonb NOT NULL
);
CREATE TABLE bare.tickets (LIKE public.user360_tickets INCLUDING ALL);
CREATE TABLE bare.given_tickets (LIKE public.user360_given_tickets INCLUDING ALL);
INSERT INTO bare.profile (bot, profile_id, userid, first_name, last_name, phone, email, last_channel, country, city, language, custom)
SELECT public.bot_of(n, :profiles), :first + n, 'u' || :first + n || '@example.com', 'Asha', 'Rao ' || n, '+919' || right((:first + n)::text, 9),
	'u' || :first + n || '@example.com', 'web', 'IN', 'Pune', 'en', '{"plan": "gold"}'
FROM generate_series(1, :profiles) AS n;
SELECT setval('bare.profile_profile_id_seq', :first + :profiles) \gset
INSERT INTO bare.sender (bot, channel, sender, profile_id)
SELECT public.bot_of(n, :profiles), 'web', :first + n, :first + n FROM generate_series(1, :profiles) AS n;
INSERT INTO bare.ticket SELECT bot_id, ticket, profile_id, opened_at, channel, status, subject, previous_ticket FROM peer.ticket;
INSERT INTO bare.event (bot, profile_id, at, name, source, channel, actor, payload)
SELECT bot_id, profile_id, at, name, source, channel, actor, payload FROM peer.event;
ALTER TABLE bare.profile ADD PRIMARY KEY (bot, profile_id), ADD UNIQUE (bot, userid);
ALTER TABLE bare.sender ADD PRIMARY KEY (bot, channel, sender);
CREATE INDEX ON bare.ticket (bot, profile_id, opened_at, ticket);
CREATE INDEX ON bare.event (bot, profile_id, at, event_id);
INSERT INTO public.loading VALUES ('bare', extract(epoch FROM clock_timestamp() - now()));
COMMIT;

-- Nothing is left to be cleaned up while it is measured.
VACUUM (FREEZE, ANALYZE);
