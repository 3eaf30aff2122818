\set QUIET on
\pset footer off
\pset null ''
\pset linestyle unicode
\pset border 2
SET client_min_messages = warning;
SET TimeZone = 'Asia/Kolkata';
CREATE EXTENSION user360;

\echo
\echo 'A furniture shop keeps its tickets in a table of its own. It knows nothing of user360:'
CREATE SCHEMA shop;
CREATE TABLE shop.tickets (
	id			bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	channel		text NOT NULL,
	sender		text,
	name		text,
	email		text,
	phone		text,
	subject		text,
	status		text NOT NULL DEFAULT 'open',
	created_at	timestamptz NOT NULL DEFAULT now()
);
\d shop.tickets

\echo
\echo 'One bot, whose userId is the customer''s e-mail address, three channels, and one call that attaches the table:'
\echo
\echo '  SELECT user360.create_bot(''shop'', ''email'', ARRAY[''web'', ''email''], ''IN'');'
\echo '  SELECT user360.add_channel(''shop'', ''whatsapp'', sender_form => ''phone'');'
\echo '  SELECT user360.attach_tickets(''shop.tickets'', ''bot:=shop'', ''firstName=name'','
\echo '           ''email=email'', ''phone=phone'', ''closed:=solved'');'
DO $$
BEGIN
	PERFORM user360.create_bot('shop', 'email', ARRAY['web', 'email'], 'IN');
	PERFORM user360.add_channel('shop', 'whatsapp', sender_form => 'phone');
	PERFORM user360.attach_tickets('shop.tickets', 'bot:=shop', 'firstName=name', 'email=email', 'phone=phone', 'closed:=solved');
END
$$;

\echo
\echo '09:02  Somebody opens the web chat. Nobody knows who it is: an unidentified profile.'
INSERT INTO shop.tickets (channel, sender, subject, created_at)
	VALUES ('web', 'cookie-7f3a', 'Do you ship to Pune?', '2026-11-24 09:02+05:30');
\echo
\echo '09:15  The same browser, and now they leave a name and an e-mail address, with spaces and capitals.'
\echo '       The profile gets the userId; what it held stays.'
INSERT INTO shop.tickets (channel, sender, name, email, subject, created_at)
	VALUES ('web', 'cookie-7f3a', 'Asha', '  Asha.Rao@Example.COM ', 'Order 1182: when does it come?', '2026-11-24 09:15+05:30');
\echo
\echo '10:40  A WhatsApp message from a number: the sender itself tells phone and country, but not yet who it is.'
INSERT INTO shop.tickets (channel, sender, subject, created_at)
	VALUES ('whatsapp', '919876543210', 'Is my table on its way?', '2026-11-24 10:40+05:30');
\echo
\echo '11:05  The same number answers the bot''s question for an e-mail address, spaces and all.'
\echo '       Two profiles turn out to be one person: they are merged, and no ticket is rewritten.'
INSERT INTO shop.tickets (channel, sender, email, subject, created_at)
	VALUES ('whatsapp', '+91 98765 43210', ' asha.rao@EXAMPLE.com', 'My order is 1182', '2026-11-24 11:05+05:30');
\echo
\echo '12:30  An e-mail comes in. Its sender is the userId.'
INSERT INTO shop.tickets (channel, sender, subject, created_at)
	VALUES ('email', 'ASHA.RAO@EXAMPLE.COM', 'Invoice for order 1182', '2026-11-24 12:30+05:30');
\echo
\echo '13:10  Another shop''s form posts a userId of "null". It is refused, kept in the ticket''s event, and the ticket goes through;'
\echo '       the phone number is in full-width digits.'
INSERT INTO shop.tickets (channel, sender, name, email, phone, subject, created_at)
	VALUES ('web', 'cookie-91bc', 'Vikram', 'null', '０９８１２３ ４５６７８', 'Chair with a broken leg', '2026-11-24 13:10+05:30');
\echo
\echo '14:20  On Asha''s browser, her brother writes and gives his own address: a profile of his own. Hers stays as it is.'
INSERT INTO shop.tickets (channel, sender, name, email, subject, created_at)
	VALUES ('web', 'cookie-7f3a', 'Rohan', 'rohan@example.com', 'A lamp for my desk', '2026-11-24 14:20+05:30');
\echo
\echo '16:45  Asha is back on WhatsApp; her first ticket is solved.'
INSERT INTO shop.tickets (channel, sender, subject, created_at)
	VALUES ('whatsapp', '919876543210', 'It came, thank you!', '2026-11-24 16:45+05:30');
UPDATE shop.tickets SET status = 'solved' WHERE id = 1;
\echo
\echo '17:30  A new number on WhatsApp, without a name; and a visitor of the web site who leaves nothing.'
INSERT INTO shop.tickets (channel, sender, subject, created_at)
	VALUES ('whatsapp', '+44 7700 900123', 'Do you have stools?', '2026-11-24 17:30+05:30'),
		('web', 'cookie-0d55', 'Opening hours?', '2026-11-24 17:31+05:30');

\echo
\echo 'Every ticket, its customer, and the ticket of the same customer before it, on whatever channel:'
SELECT t.id, to_char(t.created_at, 'HH24:MI') AS at, t.channel, t.subject,
	coalesce(c.userid, 'not identified') AS customer, p.ticket AS previous
FROM shop.tickets AS t
CROSS JOIN LATERAL user360.contact_card_for_ticket('shop', 'shop.tickets', t.id) AS c
LEFT JOIN LATERAL user360.previous_ticket('shop', 'shop.tickets', t.id::text) AS p ON true
ORDER BY t.id;

\echo
\echo 'What the agent sees when ticket 8 is opened. First name and (phone or e-mail) are there: the User360 card.'
\x on
SELECT kind, name, userid, email, phone, identified, view_recent_activity, missing, last_channel
FROM user360.contact_card_for_ticket('shop', 'shop.tickets', 8);
\echo
\echo 'Vikram''s ticket 6: a first name and a phone number are enough for the card. "missing" lets the bot ask for the userId.'
SELECT kind, name, userid, email, phone, identified, view_recent_activity, missing, last_channel
FROM user360.contact_card_for_ticket('shop', 'shop.tickets', 6);
\x off

\echo
\echo 'Asha''s timeline over three channels, newest first:'
SELECT to_char(row_number() OVER (ORDER BY a.at DESC, a.activity_id DESC), '99') AS "no", a.kind, a.name, a.channel, a.ref AS ticket,
	coalesce(a.payload->>'subject', (SELECT string_agg(k || ' ' || v, ', ' ORDER BY k) FROM jsonb_each_text(a.payload->'newPayload') AS n(k, v) WHERE v IS NOT NULL)) AS what
FROM user360.contact_card('shop', 'asha.rao@example.com') AS c
CROSS JOIN LATERAL user360.recent_activity('shop', c.profile_id, 50) AS a
ORDER BY a.at DESC, a.activity_id DESC;

\echo
\echo 'What the engagement team sees of the day, channel by channel:'
SELECT * FROM user360.channel_overview('shop', '2026-11-24', '2026-11-25');
\echo
\echo 'Who has which card, and what to ask the others for:'
SELECT * FROM user360.card_gaps('shop');
\echo
\echo 'And all of one customer:'
SELECT jsonb_pretty(user360.user_page('shop', c.profile_id)) FROM user360.contact_card('shop', 'asha.rao@example.com') AS c \g (format=unaligned tuples_only=on)

\echo
\echo 'Even the superuser can''t give a userId to somebody else:'
\echo
\echo '  UPDATE user360.profile SET userid = ''rohan@example.com'' WHERE userid = ''asha.rao@example.com'';'
\set ON_ERROR_STOP off
\set VERBOSITY verbose
\set SHOW_CONTEXT never
UPDATE user360.profile SET userid = 'rohan@example.com' WHERE userid = 'asha.rao@example.com';
\set ON_ERROR_STOP on
\echo
SELECT count(*) FILTER (WHERE merged_into IS NULL) AS customers, count(*) FILTER (WHERE merged_into IS NOT NULL) AS merged_profiles,
	(SELECT count(*) FROM user360.sender) AS senders, (SELECT count(*) FROM user360.ticket) AS tickets
FROM user360.profile;

\echo
\echo 'Vikram turns out to be Asha''s brother-in-law with her account: what would a merge do? Nothing is written yet.'
SELECT p.profile_id AS vikram FROM user360.contact_card_for_ticket('shop', 'shop.tickets', 6) AS p \gset
SELECT p.profile_id AS asha FROM user360.contact_card('shop', 'asha.rao@example.com') AS p \gset
SELECT jsonb_pretty(m.fills) AS fills, jsonb_pretty(m.loses) AS loses, m.senders FROM user360.merge_profiles('shop', :'vikram', :'asha', dry_run => true) AS m;
SELECT m.merge_id FROM user360.merge_profiles('shop', :'vikram', :'asha', reason => 'one account') AS m \gset
\echo 'Merged, and ticket 6 is hers. A mistake: undone, exactly.'
SELECT c.name AS ticket_6_while_merged FROM user360.contact_card_for_ticket('shop', 'shop.tickets', 6) AS c;
SELECT u.stays, u.senders, u.links FROM user360.unmerge('shop', :'merge_id') AS u;
SELECT c.name AS ticket_6_after FROM user360.contact_card_for_ticket('shop', 'shop.tickets', 6) AS c;
\echo 'Every promise, checked again over the stored data:'
SELECT count(*) AS broken_promises FROM user360.verify('shop');
