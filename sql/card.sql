-- The card: user360 where a first name and (a phone or an e-mail) are known,
-- else contact; and every way to ask for it.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- The truth table.
SELECT f AS first_name, p AS phone, e AS email, user360.card_kind(f, p, e)
FROM (VALUES (NULL), ('Asha')) AS first_name(f), (VALUES (NULL), ('+919000500000')) AS phone(p), (VALUES (NULL), ('asha@example.com')) AS email(e)
ORDER BY f NULLS FIRST, p NULLS FIRST, e NULLS FIRST;
-- Blank counts as absent; anything else is there.
SELECT v.n, user360.card_kind(v.f, v.p, v.e)
FROM (VALUES (1, '', 'p', NULL),
	(2, ' ', 'p', 'e'),
	(3, U&'\3000\00A0', 'p', 'e'),
	(4, E'\t\n', 'p', 'e'),
	(5, 'f', '', ' '),
	(6, 'f', '', 'e'),
	(7, 'f', 'p', ''),
	(8, U&'\3000f', U&'\00A0', U&'\2003e')) AS v(n, f, p, e) ORDER BY v.n;

SELECT user360.create_bot('card', 'email', '{web,email}', 'IN');
SELECT user360.add_channel('card', 'whatsapp', sender_form => 'phone');
CREATE FUNCTION shown(card user360.card) RETURNS TABLE (kind text, name text, userid text, phone text, email text, identified boolean, activity boolean, missing text[], channel text) LANGUAGE sql AS $$
	SELECT card.kind, card.name, card.userid, card.phone, card.email, card.identified, card.view_recent_activity, card.missing, card.last_channel
$$;
-- A reader sees what was there when its statement began, so each capture and
-- the card after it are two.
CREATE FUNCTION card_after(bot text, channel text, sender text, properties jsonb, OUT outcome text, OUT missing text[], OUT card user360.card) LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification := user360.identify(bot, channel, sender, properties);
BEGIN
	outcome := i.outcome;
	missing := i.missing;
	card := user360.contact_card_for_profile(bot, i.profile_id);
END
$$;
-- What each capture makes of the card, whatever the channel, new or returning.
SELECT v.n, i.outcome, i.missing = s.missing AS as_identify_said, s.*
FROM (VALUES (1, 'web', 'a', '{}'),
	(2, 'web', 'b', '{"firstName": "Asha"}'),
	(3, 'web', 'c', '{"phone": "+919000500000"}'),
	(4, 'web', 'd', '{"firstName": "Asha", "phone": "90005 00000"}'),
	(5, 'whatsapp', '919000500001', '{}'),
	(6, 'whatsapp', '919000500001', '{"firstName": "Ravi", "lastName": "Patil"}'),
	(7, 'email', 'Uma@Example.com', '{}'),
	(8, 'email', 'uma@example.com', '{"firstName": "Uma"}'),
	(9, 'web', 'e', '{"lastName": "Khan", "email": "Khan@example.com"}'),
	(10, 'web', 'e', '{"firstName": " "}'),
	(11, 'web', 'e', '{"firstName": "Lata"}'),
	(12, 'email', 'not an address', '{"firstName": "Nobody"}'),
	(13, 'whatsapp', 'unknown', '{"firstName": "Nobody"}')) AS v(n, channel, sender, properties),
LATERAL card_after('card', v.channel, v.sender, v.properties::jsonb) AS i, LATERAL shown(i.card) AS s ORDER BY v.n;
-- first_name, last_name and profile_id stand beside.
SELECT c.first_name, c.last_name, c.profile_id = p.profile_id AS same_profile FROM user360.contact_card('card', 'khan@example.com') AS c, user360.profile AS p WHERE p.userid = 'khan@example.com';

-- The userId is not recommended to a bot that has none.
SELECT user360.create_bot('card none', NULL, '{web}');
SELECT i.missing FROM user360.identify('card none', 'web', 's') AS i;
SELECT s.* FROM user360.contact_card_for_sender('card none', 'web', 's') AS c, shown(c) AS s;
SELECT s.* FROM user360.contact_card('card none', 'asha@example.com') AS c, shown(c) AS s;

-- By userId, in any form that captures accept; what is nobody's gives NULL.
SELECT v.userid, c.first_name, c IS NULL AS is_null
FROM (VALUES (1, 'khan@example.com'),
	(2, ' KHAN@Example.COM '),
	(3, 'other@example.com'),
	(4, 'khan'),
	(5, 'null'),
	(6, ''),
	(7, ' '),
	(8, NULL)) AS v(n, userid),
LATERAL user360.contact_card('card', v.userid) AS c ORDER BY v.n;
SELECT user360.create_bot('card phone', 'phone', '{web}', 'IN');
SELECT outcome FROM user360.identify('card phone', 'web', 's', '{"phone": "90005 00000", "firstName": "Asha"}') AS i;
SELECT v.userid, c.name, c.phone
FROM (VALUES (1, '+919000500000'),
	(2, '919000500000'),
	(3, '090005-00000'),
	(4, U&'\0967\0966\0966'),
	(5, U&'\096F\0966\0966\0966\096B\0966\0966\0966\0966\0966'),
	(6, '00000'),
	(7, '+919000500009')) AS v(n, userid),
LATERAL user360.contact_card('card phone', v.userid) AS c ORDER BY v.n;
-- By profile: a merged one gives its survivor's.
SELECT outcome FROM user360.identify('card', 'web', 'a', '{"email": "khan@example.com", "phone": "+919000500007"}') AS i;
SELECT s.* FROM user360.profile AS p, user360.contact_card_for_profile('card', p.profile_id) AS c, shown(c) AS s WHERE p.bot = 'card' AND p.merged_into IS NOT NULL;
SELECT c.profile_id = p.merged_into AS the_survivor FROM user360.profile AS p, user360.contact_card_for_profile('card', p.profile_id) AS c WHERE p.bot = 'card' AND p.merged_into IS NOT NULL;
SELECT c IS NULL AS is_null FROM user360.contact_card_for_profile('card', '00000000-0000-7000-8000-000000000000') AS c;
SELECT c IS NULL AS is_null FROM user360.contact_card_for_profile('card', NULL) AS c;
-- Another bot's profile is nobody here.
SELECT count(*) AS profiles, count(c.kind) AS found FROM user360.profile AS p, user360.contact_card_for_profile('card phone', p.profile_id) AS c WHERE p.bot = 'card';
-- By sender, as its channel writes them.
SELECT v.channel, v.sender, c.name, c.userid, c IS NULL AS is_null
FROM (VALUES (1, 'web', 'a'),
	(2, 'web', ' a '),
	(3, 'web', 'e'),
	(4, 'whatsapp', '+91 90005 00001'),
	(5, 'whatsapp', '919000500001'),
	(6, 'email', 'UMA@example.com'),
	(7, 'email', 'not an address'),
	(8, 'web', 'nobody'),
	(9, 'email', 'nobody@example.com'), (10, 'no such channel', 'a'), (11, 'web', ''), (12, 'web', NULL), (13, NULL, 'a')) AS v(n, channel, sender),
LATERAL user360.contact_card_for_sender('card', v.channel, v.sender) AS c ORDER BY v.n;
SELECT no, outcome FROM captured('card', 'web', repeat('long', 1000), '{"firstName": "Long"}');
SELECT c.name FROM user360.contact_card_for_sender('card', 'web', repeat('long', 1000)) AS c;
SELECT c.name FROM user360.contact_card_for_sender('card', 'web', repeat('long', 1001)) AS c;
-- By ticket, whose key is a text or a number.
CREATE TABLE card_tickets (id bigint PRIMARY KEY, bot text, channel text, sender text, name text);
SELECT user360.attach_tickets('card_tickets', 'firstName=name');
INSERT INTO card_tickets VALUES (1, 'card', 'web', 'e', NULL), (2, 'card', 'web', 'new', 'New'), (3, 'card', 'web', NULL, 'Nobody');
SELECT v.ticket, c.name, c.kind FROM (VALUES (1, '1'),
	(2, '2'),
	(3, '3'),
	(4, '4'),
	(5, '01'),
	(6, ''),
	(7, NULL)) AS v(n, ticket), LATERAL user360.contact_card_for_ticket('card', 'public.card_tickets', v.ticket) AS c ORDER BY v.n;
SELECT v.ticket, c.name FROM (VALUES (1), (2), (3), (4), (NULL)) AS v(ticket), LATERAL user360.contact_card_for_ticket('card', 'public.card_tickets', v.ticket) AS c ORDER BY v.ticket;
SELECT v.ticket, c.name FROM (VALUES (1::bigint), (9223372036854775807)) AS v(ticket), LATERAL user360.contact_card_for_ticket('card', 'public.card_tickets', v.ticket) AS c ORDER BY v.ticket;
SELECT c.name FROM user360.contact_card_for_ticket('card', 'public.card_tickets', 1) AS c;
SELECT c.name FROM user360.contact_card_for_ticket('card', 'public.card_tickets', '2') AS c;
SELECT c IS NULL AS is_null FROM user360.contact_card_for_ticket('card', 'card_tickets', 1) AS c;
SELECT c IS NULL AS is_null FROM user360.contact_card_for_ticket('card phone', 'public.card_tickets', 1) AS c;
SELECT c IS NULL AS is_null FROM user360.contact_card_for_ticket('card', NULL, '1') AS c;
-- The numbers take the text function by name only: no call is ambiguous.
SELECT c.name FROM user360.contact_card_for_ticket(bot => 'card', source => 'public.card_tickets', ticket => 1) AS c;

-- email is as the customer typed it (another spelling is no news); userid
-- is the key; a phone that can be used is E.164.
SELECT user360.create_bot('card typed', NULL, '{web}', 'IN');
SELECT user360.define_property('card typed', 'ref', 'string');
SELECT user360.set_userid_property('card typed', 'ref');
SELECT v.n, s.userid, s.phone, s.email, s.kind
FROM (VALUES (1, '{"ref": "R-1", "email": " Asha.Rao@Example.COM ", "phone": "(090005) 00000", "firstName": "Asha"}'),
	(2, '{"email": "ASHA.RAO@example.com"}'),
	(3, '{"email": "asha.rao@other.example", "phone": "+14155550132"}'),
	(4, '{"email": "Asha@Caf\u00e9.example"}')) AS v(n, properties),
LATERAL card_after('card typed', 'web', 's', v.properties::jsonb) AS i, LATERAL shown(i.card) AS s ORDER BY v.n;
-- An address that could not be used is shown, and counts for nothing.
CREATE TABLE card_forms (id bigint PRIMARY KEY, bot text DEFAULT 'card typed', channel text DEFAULT 'web', sender text, name text, mail text, mobile text);
SELECT user360.attach_tickets('card_forms', 'firstName=name', 'email=mail', 'phone=mobile');
INSERT INTO card_forms (id, sender, name, mail, mobile) VALUES (1, 'f', 'Dev', 'dev at home', 'ask at the desk');
SELECT s.* FROM user360.contact_card_for_ticket('card typed', 'public.card_forms', 1) AS c, shown(c) AS s;
-- Until a usable one comes; a later useless one does not hide it.
INSERT INTO card_forms (id, sender, mail, mobile) VALUES (2, 'f', 'Dev@example.com', '90005 00001'), (3, 'f', 'dev at work', 'none');
SELECT s.* FROM user360.contact_card_for_ticket('card typed', 'public.card_forms', 1) AS c, shown(c) AS s;

-- Every one of them reads only, and tells who has no bot that there is none.
BEGIN READ ONLY;
SELECT c.name FROM user360.contact_card('card', 'khan@example.com') AS c;
SELECT c.name FROM user360.contact_card_for_sender('card', 'web', 'e') AS c;
SELECT c.name FROM user360.contact_card_for_ticket('card', 'public.card_tickets', 1) AS c;
COMMIT;
SELECT v.call, a.code, a.message
FROM (VALUES (1, $$contact_card('no such bot', 'x')$$),
	(2, $$contact_card(NULL, 'x')$$),
	(3, $$contact_card_for_profile('no such bot', NULL)$$),
	(4, $$contact_card_for_profile(NULL, NULL)$$),
	(5, $$contact_card_for_sender('no such bot', NULL, NULL)$$),
	(6, $$contact_card_for_ticket('no such bot', 'x', 'x')$$),
	(7, $$contact_card_for_ticket('no such bot', 'x', 1)$$),
	(8, $$contact_card_for_ticket(NULL, 'x', 1)$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
DROP TABLE card_tickets, card_forms;
DROP FUNCTION shown, card_after;
