-- The statements that any solution must run: what the rules ask to be read and
-- written, of tables with nothing else in them, without a rule in any line.
-- One statement an operation, so that nothing is paid for sending several; it
-- is prepared like everybody else's.  What is left out: normalising, checking,
-- deciding, and every index that these statements do not use themselves.
-- test/bench/run.pl reads each statement from below its heading, test/bench/load.sql
-- makes the tables.

-- card: the customer by its userId
SELECT profile_id, userid, first_name, last_name, phone, email, last_channel FROM bare.profile
WHERE bot = 1 AND userid = 'u' || :n || '@example.com';

-- known: the sender by its key, and its profile
SELECT s.profile_id, p.userid, p.first_name, p.last_name, p.phone, p.email, p.last_channel, p.last_seen_at
FROM bare.sender AS s JOIN bare.profile AS p ON p.bot = s.bot AND p.profile_id = s.profile_id
WHERE s.bot = 1 AND s.channel = 'web' AND s.sender = :n;

-- new: a profile, unless the userId is somebody's; its sender; what happened
WITH created AS (
	INSERT INTO bare.profile (bot, userid, first_name, last_name, phone, email, last_channel)
	VALUES (1, 'u' || :r || '@example.com', 'Asha', 'Rao', '+9190' || :q, 'u' || :r || '@example.com', 'web')
	ON CONFLICT (bot, userid) DO NOTHING RETURNING profile_id, userid, first_name, last_name, phone
), sender AS (
	INSERT INTO bare.sender (bot, channel, sender, profile_id) SELECT 1, 'web', :r, profile_id FROM created ON CONFLICT DO NOTHING
)
INSERT INTO bare.event (bot, profile_id, name, channel, actor, payload)
SELECT 1, profile_id, 'USER_CREATE', 'web', current_user,
	jsonb_build_object('newPayload', jsonb_build_object('email', userid, 'firstName', first_name, 'lastName', last_name, 'phone', phone))
FROM created RETURNING profile_id;

-- merge: an unidentified profile, its sender, what happened; then both profiles
-- are held, the source points to its target, the target takes what it lacks,
-- and what happened to either
WITH created AS (
	INSERT INTO bare.profile (bot, first_name, last_channel) VALUES (1, 'Asha', 'web') RETURNING profile_id, first_name
), sender AS (
	INSERT INTO bare.sender (bot, channel, sender, profile_id) SELECT 1, 'web', :r, profile_id FROM created ON CONFLICT DO NOTHING
)
INSERT INTO bare.event (bot, profile_id, name, channel, actor, payload)
SELECT 1, profile_id, 'USER_CREATE', 'web', current_user, jsonb_build_object('newPayload', jsonb_build_object('firstName', first_name))
FROM created RETURNING profile_id;
WITH known AS (
	SELECT s.profile_id AS source, t.profile_id AS target
	FROM bare.sender AS s, bare.profile AS t
	WHERE s.bot = 1 AND s.channel = 'web' AND s.sender = :r AND t.bot = 1 AND t.userid = 'u' || :n || '@example.com'
), source AS (
	UPDATE bare.profile AS p SET merged_into = k.target, updated_at = now() FROM known AS k
	WHERE p.bot = 1 AND p.profile_id = k.source RETURNING k.source, k.target, p.first_name
), target AS (
	UPDATE bare.profile AS p SET first_name = coalesce(p.first_name, s.first_name), last_channel = 'web', last_seen_at = now(), updated_at = now()
	FROM source AS s WHERE p.bot = 1 AND p.profile_id = s.target RETURNING s.source, s.target
)
INSERT INTO bare.event (bot, profile_id, name, channel, actor, payload)
SELECT 1, e.profile_id, e.name, 'web', current_user, jsonb_build_object('source', t.source, 'target', t.target)
FROM target AS t, LATERAL (VALUES (t.source, 'USER_DELETE'), (t.target, 'USER_MERGE')) AS e(profile_id, name) RETURNING profile_id;

-- ticket: the user's own row; its sender, whose profile is held against being
-- erased; the customer's newest older ticket; the link; what happened
WITH ticket AS (
	INSERT INTO bare.tickets (channel, sender, subject) VALUES ('web', :n, 'Where is my order?')
	RETURNING id, channel, sender, subject, status, created_at
), owner AS (
	SELECT p.profile_id, t.* FROM ticket AS t JOIN bare.sender AS s ON s.bot = 1 AND s.channel = t.channel AND s.sender = t.sender
	JOIN bare.profile AS p ON p.bot = 1 AND p.profile_id = s.profile_id FOR KEY SHARE OF p
), link AS (
	INSERT INTO bare.ticket (bot, ticket, profile_id, opened_at, channel, status, subject, previous_ticket)
	SELECT 1, o.id, o.profile_id, o.created_at, o.channel, o.status, o.subject, (SELECT p.ticket FROM bare.ticket AS p
		WHERE p.bot = 1 AND p.profile_id = o.profile_id AND (p.opened_at, p.ticket) < (o.created_at, o.id)
		ORDER BY p.opened_at DESC, p.ticket DESC LIMIT 1)
	FROM owner AS o
)
INSERT INTO bare.event (bot, profile_id, name, source, channel, actor, payload)
SELECT 1, o.profile_id, 'TICKET_OPEN', 'bare.tickets', o.channel, current_user,
	jsonb_build_object('ticket', o.id, 'subject', o.subject, 'status', o.status)
FROM owner AS o;

-- given: the same for a ticket that brings name, e-mail and phone, which are known
WITH ticket AS (
	INSERT INTO bare.given_tickets (channel, sender, subject, name, email, phone)
	VALUES ('web', :n, 'Where is my order?', 'Asha', 'u' || :n || '@example.com', '+919' || right(:n, 9))
	RETURNING id, channel, sender, subject, status, created_at
), owner AS (
	SELECT p.profile_id, t.* FROM ticket AS t JOIN bare.sender AS s ON s.bot = 1 AND s.channel = t.channel AND s.sender = t.sender
	JOIN bare.profile AS p ON p.bot = 1 AND p.profile_id = s.profile_id FOR KEY SHARE OF p
), link AS (
	INSERT INTO bare.ticket (bot, ticket, profile_id, opened_at, channel, status, subject, previous_ticket)
	SELECT 1, o.id, o.profile_id, o.created_at, o.channel, o.status, o.subject, (SELECT p.ticket FROM bare.ticket AS p
		WHERE p.bot = 1 AND p.profile_id = o.profile_id AND (p.opened_at, p.ticket) < (o.created_at, o.id)
		ORDER BY p.opened_at DESC, p.ticket DESC LIMIT 1)
	FROM owner AS o
)
INSERT INTO bare.event (bot, profile_id, name, source, channel, actor, payload)
SELECT 1, o.profile_id, 'TICKET_OPEN', 'bare.given_tickets', o.channel, current_user,
	jsonb_build_object('ticket', o.id, 'subject', o.subject, 'status', o.status)
FROM owner AS o;

-- activity: the customer's newest rows
SELECT event_id, at, name, source, channel, payload ->> 'ticket' AS ref, payload FROM bare.event
WHERE bot = 1 AND profile_id = :a ORDER BY at DESC, event_id DESC LIMIT 20;

-- import: a profile a line, and what happened
WITH written AS (
	INSERT INTO bare.profile AS p (bot, userid, email, first_name, last_name, phone, city)
	SELECT 1, email, email, "firstName", "lastName", phone, city FROM import_lines
	ON CONFLICT (bot, userid) DO UPDATE SET updated_at = now(), first_name = EXCLUDED.first_name, last_name = EXCLUDED.last_name,
		phone = EXCLUDED.phone, city = EXCLUDED.city
	RETURNING p.*
)
INSERT INTO bare.event (bot, profile_id, name, actor, payload)
SELECT 1, profile_id, 'USER_UPDATE', current_user,
	jsonb_build_object('newPayload', jsonb_build_object('email', email, 'firstName', first_name, 'lastName', last_name, 'phone', phone, 'city', city))
FROM written;
