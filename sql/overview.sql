-- The view of a whole bot: channel_overview() and card_gaps().
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT user360.create_bot('overview', 'email', '{web,whatsapp}');
CREATE TABLE overview_tickets (id int PRIMARY KEY, bot text DEFAULT 'overview', channel text, sender text, email text, opened_at timestamptz);
SELECT user360.attach_tickets('overview_tickets', 'email=email');
-- Nobody yet.
SELECT * FROM user360.channel_overview('overview', NULL, NULL);
SELECT * FROM user360.card_gaps('overview');
-- asha on two channels, known by her userId from the third ticket on; ravi, who
-- is never identified; a customer of two profiles on one day.
INSERT INTO overview_tickets (id, channel, sender, email, opened_at) VALUES (1, 'web', 'asha', NULL, '2020-03-01 10:00+00'),
	(2, 'web', 'ravi', NULL, '2020-03-01 23:30+00'),
	(3, 'web', 'asha', 'asha@example.com', '2020-03-02 10:00+00'),
	(4, 'whatsapp', 'asha', 'asha@example.com', '2020-03-02 11:00+00'),
	(5, 'whatsapp', 'asha', NULL, '2020-03-02 12:00+00'),
	(6, 'web', 'uma 1', NULL, '2020-03-03 09:00+00'),
	(7, 'web', 'uma 2', 'uma@example.com', '2020-03-03 09:30+00'),
	(8, 'web', 'uma 1', 'uma@example.com', '2020-03-03 09:45+00'),
	(9, NULL, 'no channel', NULL, '2020-03-04 09:00+00');
-- The senders were first seen today, by the clock, but their tickets are older.
SELECT * FROM user360.channel_overview('overview', '2020-01-01', '2021-01-01');
SELECT o.* FROM user360.channel_overview('overview', '2021-01-01', NULL) AS o WHERE o.channel = 'web';
-- since is among them, until is not; the day is the session's.
SELECT day, channel, tickets FROM user360.channel_overview('overview', '2020-03-02 10:00+00', '2020-03-02 12:00+00');
SELECT count(*) FROM user360.channel_overview('overview', '2020-03-02', '2020-03-02');
SELECT sum(tickets) FROM user360.channel_overview('overview', NULL, '2021-01-01');
SET timezone = 'Asia/Kolkata';
SELECT * FROM user360.channel_overview('overview', '2020-03-01', '2020-03-03');
SET timezone = 'UTC';
-- What was captured without a ticket is there, too: a customer who comes.
SELECT user360.create_bot('overview 2', 'email', '{web,whatsapp}');
SELECT count(*) FROM (VALUES ('a', '{"firstName": "Asha", "phone": "+919000500000"}'),
	('b', '{"firstName": "Ravi", "email": "ravi@example.com"}'),
	('c', '{"firstName": "Uma"}'),
	('d', '{"lastName": "Dev", "phone": "+919000500001"}'),
	('e', '{"email": "e@example.com"}'),
	('f', '{}'),
	('g', '{"city": "Pune"}')) AS v(sender, properties), LATERAL user360.identify('overview 2', 'web', v.sender, v.properties::jsonb) AS i;
SELECT outcome FROM user360.identify('overview 2', 'whatsapp', 'w', '{"email": "ravi@example.com"}') AS i;
SELECT o.channel, o.tickets, o.customers, o.new_customers, o.identified, o.identified_percent FROM user360.channel_overview('overview 2', current_date, current_date + 1) AS o;
SELECT * FROM user360.card_gaps('overview 2');
-- As the cards have it, and merged ones count once.
SELECT outcome FROM user360.identify('overview 2', 'web', 'f', '{"email": "ravi@example.com"}') AS i;
SELECT g.card, g.missing, g.customers, g.customers = (SELECT count(*) FROM user360.profile AS p, user360.contact_card_for_profile('overview 2', p.profile_id) AS c
	WHERE p.bot = 'overview 2' AND p.merged_into IS NULL AND c.kind = g.card AND (g.card = 'user360' OR g.missing = CASE array_to_string(array_remove(c.missing, 'userId'), ',') WHEN 'firstName' THEN 'first name' WHEN 'phone or email' THEN 'phone or email' ELSE 'first name, and phone or email' END)) AS as_the_cards
FROM user360.card_gaps('overview 2') AS g;
SELECT o.channel, o.customers, o.new_customers FROM user360.channel_overview('overview 2', NULL, NULL) AS o;
-- Read by the row.
\x on
SELECT * FROM user360.channel_overview('overview', '2020-03-01', '2020-03-02');
SELECT * FROM user360.card_gaps('overview 2') LIMIT 2;
\x off
SELECT v.call, a.code, a.message FROM (VALUES (1, $$channel_overview('no such bot', NULL, NULL)$$),
	(2, $$channel_overview(NULL, NULL, NULL)$$),
	(3, $$card_gaps('no such bot')$$),
	(4, $$card_gaps(NULL)$$)) AS v(n, call), LATERAL attempt('SELECT count(*) FROM user360.' || v.call) AS a ORDER BY v.n;
DROP TABLE overview_tickets;

-- tables that were never analysed: no loop over all of one for each row of another
SELECT user360.create_bot('overview 3', 'email', '{web,email}') \gset
SELECT count(*) FROM generate_series(1, 1000) AS n CROSS JOIN LATERAL user360.identify('overview 3', 'web', 'c' || n, jsonb_build_object('city', n)) AS i;
SET statement_timeout = '60s';
SELECT o.channel, o.customers FROM user360.channel_overview('overview 3', NULL, NULL) AS o;
RESET statement_timeout;
