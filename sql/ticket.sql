-- Tickets: each is linked to the same customer's previous one, and followed
-- through updates and deletes, however the rows are written.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('ticket', 'email', '{web,email}', 'IN');
SELECT user360.add_channel('ticket', 'whatsapp', sender_form => 'phone');
CREATE TABLE tickets (id bigint PRIMARY KEY, bot text DEFAULT 'ticket', channel text DEFAULT 'web', sender text, name text, mail text, subject text, status text DEFAULT 'open', opened_at timestamptz, closed_at timestamptz, note text);
SELECT user360.attach_tickets('tickets', 'firstName=name', 'email=mail', 'closed:=resolved,closed', 'closed_at=closed_at');
-- Each ticket as it is known, with whose it is and what it follows.
CREATE FUNCTION known(first bigint DEFAULT 0, last bigint DEFAULT 9223372036854775807)
RETURNS TABLE (ticket text, no bigint, "into" bigint, channel text, status text, subject text, closed boolean, previous text)
LANGUAGE sql STABLE AS $$
	SELECT t.ticket, n.no, s.no, t.channel, t.status, t.subject, t.closed_at IS NOT NULL, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket
	FROM user360.ticket AS t JOIN numbered('ticket') AS n ON n.profile_id = t.profile_id JOIN user360.profile AS p ON p.bot = 'ticket' AND p.profile_id = t.profile_id
	LEFT JOIN numbered('ticket') AS s ON s.profile_id = p.merged_into
	WHERE t.source = 'public.tickets' AND t.ticket::bigint BETWEEN first AND last ORDER BY t.ticket::bigint
$$;

-- A customer's tickets, on whatever channel and of whatever status.
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (1, 'a', 'one', '2026-11-24 09:00');
INSERT INTO tickets (id, sender, mail, subject, opened_at, status) VALUES (2, 'a', 'asha@example.com', 'two', '2026-11-24 09:10', 'closed');
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (3, 'b', 'somebody else', '2026-11-24 09:15');
INSERT INTO tickets (id, channel, sender, subject, opened_at) VALUES (4, 'email', 'ASHA@example.com', 'four', '2026-11-24 09:20');
INSERT INTO tickets (id, channel, sender, subject, opened_at) VALUES (5, 'whatsapp', '919000500000', 'five', '2026-11-24 09:15');
-- The one who writes on WhatsApp turns out to be her: the next ticket follows the newest of all.
INSERT INTO tickets (id, channel, sender, mail, subject, opened_at) VALUES (6, 'whatsapp', '+91 90005 00000', 'Asha@Example.com', 'six', '2026-11-24 09:40');
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (7, 'a', 'seven', '2026-11-24 09:50');
SELECT * FROM known();
-- What was recorded stays under the profile that it was recorded under.
SELECT * FROM people('ticket');
SELECT * FROM history('ticket') WHERE name LIKE 'TICKET%';
SELECT v.ticket, p.source, p.ticket AS previous
FROM (VALUES (1, '1'),
	(2, '2'),
	(3, '3'),
	(4, '4'),
	(5, '6'),
	(6, '7'),
	(7, '8'),
	(8, NULL)) AS v(n, ticket), LATERAL user360.previous_ticket('ticket', 'public.tickets', v.ticket) AS p ORDER BY v.n;
SELECT p IS NULL AS none FROM user360.previous_ticket('ticket', 'public.other', '2') AS p;
SELECT p IS NULL AS none FROM user360.previous_ticket('ticket', NULL, '2') AS p;
SELECT code FROM attempt($$SELECT user360.previous_ticket('no such bot', 'public.tickets', '2')$$);
SELECT code FROM attempt($$SELECT user360.previous_ticket(NULL, 'public.tickets', '2')$$);

-- By when they were opened, and then by key: numbers in the order of numbers.
INSERT INTO tickets (id, sender, opened_at) VALUES (9, 'k', '2026-11-24 10:00');
INSERT INTO tickets (id, sender, opened_at) VALUES (10, 'k', '2026-11-24 10:00');
INSERT INTO tickets (id, sender, opened_at) VALUES (100, 'k', '2026-11-24 10:00');
INSERT INTO tickets (id, sender, opened_at) VALUES (99, 'k', '2026-11-24 10:01');
INSERT INTO tickets (id, sender, opened_at) VALUES (101, 'k', '2026-11-24 10:01');
-- One that comes late follows what was there before its time.
INSERT INTO tickets (id, sender, opened_at) VALUES (8, 'k', '2026-11-24 09:59');
INSERT INTO tickets (id, sender, opened_at) VALUES (50, 'k', '2026-11-24 10:00');
SELECT ticket, no, previous FROM known(8, 101);
-- Many rows at once, each sees those before it.
INSERT INTO tickets (id, sender, opened_at) VALUES (201, 'm', '2026-11-24 11:00'),
	(202, 'm', '2026-11-24 11:01'),
	(203, 'n', '2026-11-24 11:01'),
	(204, 'm', '2026-11-24 11:02');
INSERT INTO tickets (id, sender, opened_at) SELECT 210 + n, 'o', '2026-11-24 11:00'::timestamptz + n * interval '1 minute' FROM generate_series(1, 3) AS n;
COPY tickets (id, sender, opened_at) FROM stdin;
221	p	2026-11-24 11:00
222	p	2026-11-24 11:01
\.
SELECT ticket, no, previous FROM known(200, 299);
-- When it was opened is unknown: the transaction's time.
INSERT INTO tickets (id, sender) VALUES (230, 'q');
BEGIN;
INSERT INTO tickets (id, sender) VALUES (231, 'q');
SELECT opened_at = now() AS at_the_transaction_s FROM user360.ticket WHERE source = 'public.tickets' AND ticket = '231';
COMMIT;
SELECT ticket, previous FROM known(230, 231);

-- ON CONFLICT: a row that is not inserted is no ticket, one that is updated is followed.
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (301, 'c', 'first', '2026-11-24 12:00');
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (301, 'c2', 'ignored', '2026-11-24 12:01') ON CONFLICT DO NOTHING;
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (301, 'c3', 'second', '2026-11-24 12:02') ON CONFLICT (id) DO UPDATE SET subject = EXCLUDED.subject;
SELECT ticket, subject, previous FROM known(301, 301);
SELECT sender FROM user360.sender WHERE bot = 'ticket' AND sender LIKE 'c%';

-- Status, subject, closing and reopening.
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (400, 'd', 'help', '2026-11-24 13:00');
UPDATE tickets SET status = 'pending' WHERE id = 400;
UPDATE tickets SET status = 'resolved' WHERE id = 400;
SELECT ticket, status, closed FROM known(400, 400);
UPDATE tickets SET status = 'closed' WHERE id = 400;
UPDATE tickets SET status = 'open', subject = 'help again' WHERE id = 400;
SELECT ticket, status, subject, closed FROM known(400, 400);
UPDATE tickets SET closed_at = '2026-11-24 14:00' WHERE id = 400;
SELECT ticket, closed, (SELECT closed_at = '2026-11-24 14:00' FROM user360.ticket WHERE source = 'public.tickets' AND ticket = '400') AS as_given FROM known(400, 400);
UPDATE tickets SET closed_at = NULL WHERE id = 400;
UPDATE tickets SET subject = NULL, status = '' WHERE id = 400;
SELECT * FROM known(400, 400);
SELECT name, payload FROM history('ticket') WHERE payload LIKE '%"400"%';
-- What is nothing to user360 writes nothing.
SELECT count(*) AS events FROM user360.event WHERE bot = 'ticket' \gset before_
UPDATE tickets SET note = 'internal', subject = subject, status = status WHERE id <= 400;
UPDATE tickets SET opened_at = opened_at WHERE id = 400;
SELECT count(*) - :before_events AS new_events FROM user360.event WHERE bot = 'ticket';
-- A subject of any length is kept in part.
UPDATE tickets SET subject = repeat('long ', 1000), status = repeat('x', 300) WHERE id = 400;
SELECT char_length(subject), char_length(status), right(subject, 1) = U&'\2026' AS cut FROM user360.ticket WHERE source = 'public.tickets' AND ticket = '400';

-- A changed sender: the ticket is the other customer's, and follows theirs;
-- what followed it is followed on.
INSERT INTO tickets (id, sender, subject, opened_at) VALUES (501, 'e', 'e1', '2026-11-24 15:00'),
	(502, 'e', 'e2', '2026-11-24 15:01'),
	(503, 'e', 'e3', '2026-11-24 15:02'),
	(504, 'f', 'f1', '2026-11-24 15:00:30');
UPDATE tickets SET sender = 'f', status = 'moved' WHERE id = 502;
SELECT * FROM known(501, 504);
-- Another channel is another sender, too.
UPDATE tickets SET channel = 'email', sender = 'asha@example.com' WHERE id = 503;
SELECT * FROM known(501, 504);
-- A userId that comes later.
UPDATE tickets SET mail = 'esha@example.com' WHERE id = 501;
SELECT * FROM people('ticket') WHERE senders LIKE '%web e%';
UPDATE tickets SET mail = 'esha@example.com' WHERE id = 504;
INSERT INTO tickets (id, sender, opened_at) VALUES (505, 'e', '2026-11-24 15:05');
SELECT ticket, no, "into", previous FROM known(501, 505);
-- A sender that was not known, then is.
INSERT INTO tickets (id, sender, name, opened_at) VALUES (510, NULL, 'Nobody', '2026-11-24 15:10'), (511, '', 'Nobody', '2026-11-24 15:11');
SELECT ticket, previous FROM known(510, 511);
UPDATE tickets SET sender = 'e' WHERE id = 511;
SELECT t.ticket, t.previous, t.no = e.no AS same_profile FROM known(511, 511) AS t, known(505, 505) AS e;

-- Deleted: the link is closed.
INSERT INTO tickets (id, sender, opened_at) SELECT 600 + n, 'g', '2026-11-24 16:00'::timestamptz + n * interval '1 minute' FROM generate_series(1, 5) AS n;
DELETE FROM tickets WHERE id = 603;
SELECT ticket, previous FROM known(600, 609);
DELETE FROM tickets WHERE id IN (601, 605);
SELECT ticket, previous FROM known(600, 609);
DELETE FROM tickets WHERE id BETWEEN 600 AND 609;
SELECT count(*) FROM known(600, 609);
SELECT name, payload FROM history('ticket') WHERE payload LIKE '%"605"%';
-- Of a merged customer: across the profiles.
DELETE FROM tickets WHERE id = 5;
SELECT ticket, no, "into", previous FROM known(1, 7);
DELETE FROM tickets WHERE id = 6;
SELECT ticket, no, "into", previous FROM known(1, 7);
SELECT count(*) AS dangling FROM user360.ticket AS t, user360.previous_ticket(t.bot, t.source, t.ticket) AS o WHERE t.bot = 'ticket' AND o.ticket IS NOT NULL
	AND NOT EXISTS (SELECT FROM user360.ticket AS p WHERE p.bot = t.bot AND p.source = o.source AND p.ticket = o.ticket);
-- Another key, or another bot, is another ticket.
SELECT user360.create_bot('ticket 2', NULL, '{web}');
INSERT INTO tickets (id, sender, opened_at) VALUES (701, 'h', '2026-11-24 17:00'), (702, 'h', '2026-11-24 17:01');
UPDATE tickets SET id = 703 WHERE id = 701;
SELECT ticket, previous FROM known(700, 709);
UPDATE tickets SET bot = 'ticket 2' WHERE id = 702;
SELECT ticket, previous FROM known(700, 709);
SELECT ticket, (user360.previous_ticket(bot, source, ticket)).ticket AS previous_ticket FROM user360.ticket WHERE bot = 'ticket 2';

-- The ticket, its customer and its events come and go with the transaction.
BEGIN;
INSERT INTO tickets (id, sender, opened_at) VALUES (801, 'r', '2026-11-24 18:00');
SAVEPOINT a;
INSERT INTO tickets (id, sender, opened_at) VALUES (802, 'r', '2026-11-24 18:01');
ROLLBACK TO a;
INSERT INTO tickets (id, sender, opened_at) VALUES (803, 'r', '2026-11-24 18:02');
SELECT ticket, previous FROM known(801, 803);
ROLLBACK;
SELECT count(*) FROM known(801, 803);
SELECT count(*) FROM user360.sender WHERE bot = 'ticket' AND sender = 'r';

-- Two tables have their own keys, and one customer.
CREATE TABLE calls (id bigint PRIMARY KEY, bot text DEFAULT 'ticket', channel text DEFAULT 'web', sender text, opened_at timestamptz);
SELECT user360.attach_tickets('calls', 'source:=calls');
INSERT INTO tickets (id, sender, opened_at) VALUES (901, 'two', '2026-11-24 19:00');
INSERT INTO calls VALUES (901, DEFAULT, DEFAULT, 'two', '2026-11-24 19:00'), (902, DEFAULT, DEFAULT, 'two', '2026-11-24 19:01');
INSERT INTO tickets (id, sender, opened_at) VALUES (903, 'two', '2026-11-24 19:02');
SELECT source, ticket, previous_source, previous_ticket FROM user360.ticket WHERE bot = 'ticket' AND ticket BETWEEN '901' AND '903' ORDER BY opened_at, source;
SELECT p.* FROM user360.previous_ticket('ticket', 'public.tickets', '903') AS p;

-- Keys that are no numbers, and too long ones.
CREATE TABLE papers (key text PRIMARY KEY, bot text DEFAULT 'ticket', channel text DEFAULT 'web', sender text DEFAULT 'paper', opened_at timestamptz DEFAULT '2026-11-24 20:00');
SELECT user360.attach_tickets('papers', 'source:=papers');
INSERT INTO papers VALUES ('b'), ('a'), ('B'), (repeat('c', 1000)), (repeat('c', 1001));
SELECT left(ticket, 3) AS ticket, octet_length(ticket) AS bytes, left(previous_ticket, 3) AS previous FROM user360.ticket WHERE source = 'papers' ORDER BY octet_length(ticket), ticket;
SELECT count(DISTINCT c.profile_id) AS customers, count(*) AS tickets FROM papers AS p, LATERAL user360.contact_card_for_ticket('ticket', 'papers', p.key) AS c;
SELECT p.ticket FROM user360.previous_ticket('ticket', 'papers', 'b') AS p;
DELETE FROM papers;
SELECT count(*) FROM user360.ticket WHERE source = 'papers';
DROP TABLE tickets, calls, papers;
DROP FUNCTION known;
