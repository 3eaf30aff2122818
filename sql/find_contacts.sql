-- find_contacts(): from what an agent types to the customers it may mean.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('find', 'email', '{web,email}', 'IN');
SELECT user360.add_channel('find', 'whatsapp', sender_form => 'phone');
SELECT count(*) FROM (VALUES (1, 'web', 'c-asha', '{"email": "Asha.Rao@Example.com", "firstName": "Asha", "lastName": "Rao", "phone": "90005 00000"}'),
	(2, 'web', 'c-ashaben', '{"firstName": "Ashaben", "lastName": "Patel"}'),
	(3, 'web', 'c-ashok', '{"firstName": "ASHOK", "lastName": "asha"}'),
	(4, 'web', 'c-emile', '{"firstName": "\u00c9mile", "lastName": "\u00d6ZIL", "email": "emile@b\u00fccher.example"}'),
	(5, 'whatsapp', '919000500001', '{"firstName": "Ravi"}'),
	(6, 'web', 'c-mary', '{"firstName": "Mary  Ann", "lastName": "O''Neil"}'),
	(7, 'web', 'c-last', '{"lastName": "Raosaheb"}'),
	(8, 'email', 'not an address', '{"firstName": "Nobody"}'),
	(9, 'web', 'c-plain', '{}')) AS v(n, channel, sender, properties), LATERAL user360.identify('find', v.channel, v.sender, v.properties::jsonb) AS i;
CREATE FUNCTION found(bot text, query text, max_rows int DEFAULT 20) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(coalesce(c.name, c.phone, c.email, '(no name)'), ', ' ORDER BY c.n) FROM user360.find_contacts(bot, query, max_rows) WITH ORDINALITY AS c(kind, name, first_name, last_name, userid, phone, email, profile_id, identified, view_recent_activity, missing, last_channel, n)
$$;
-- The cards are cards.
SELECT c.kind, c.name, c.userid, c.phone, c.email, c.identified, c.missing, c.last_channel, c.profile_id = k.profile_id AS same FROM user360.find_contacts('find', 'asha') AS c, user360.contact_card_for_profile('find', c.profile_id) AS k;
-- Addresses, as they are typed; nobody's are nobody's.
SELECT v.query, found('find', v.query) FROM (VALUES (1, 'asha.rao@example.com'),
	(2, '  ASHA.RAO@EXAMPLE.COM '),
	(3, U&'emile@B\00DCCHER.example'),
	(4, 'emile@xn--bcher-kva.example'),
	(5, 'asha.rao@example.org'),
	(6, 'asha.rao@'),
	(7, '+919000500000'),
	(8, '90005 00000'),
	(9, '(090005) 00-000'),
	(10, '919000500000'),
	(11, '+91-90005-00001'),
	(12, '919000500001'),
	(13, U&'\0669\0660\0660\0660\0665 \0660\0660\0660\0660\0660'),
	(14, '9000500009'),
	(15, '90005'),
	(16, 'c-plain'),
	(17, ' c-plain '),
	(18, 'C-plain'),
	(19, 'c-'),
	(20, 'not an address')) AS v(n, query) ORDER BY v.n;
-- Names: the beginning of the first one, the last one, or both; in any case,
-- with any white space.  The same name comes before longer ones.
SELECT v.query, found('find', v.query) FROM (VALUES (1, 'asha'),
	(2, 'ASHA'),
	(3, 'ash'),
	(4, 'A'),
	(5, 'rao'),
	(6, 'ra'),
	(7, 'asha r'),
	(8, U&' Asha\00A0\3000RAO '),
	(9, 'asha rao x'),
	(10, 'rao asha'),
	(11, U&'\00E9MIL'),
	(12, U&'e\0301mil'),
	(13, U&'\00F6zil'),
	(14, 'ozil'),
	(15, 'mary ann o''n'),
	(16, 'o''neil'),
	(17, 'ann'),
	(18, 'sha'),
	(19, '%'),
	(20, 'ash_'),
	(21, '\')) AS v(n, query) ORDER BY v.n;
-- So many at most, and a blank query finds nobody.
SELECT v.n, found('find', v.query, v.max_rows) FROM (VALUES (1, 'a', 1),
	(2, 'a', 2),
	(3, 'a', NULL),
	(4, '', 20),
	(5, U&' \3000', 20),
	(6, NULL, 20)) AS v(n, query, max_rows) ORDER BY v.n;
SELECT v.call, a.code, a.message, a.detail, a.hint FROM (VALUES (1, $$'find', 'a', 0$$),
	(2, $$'find', 'a', 101$$),
	(3, $$'find', '', -1$$),
	(4, $$'no such bot', 'a'$$),
	(5, $$NULL, 'a'$$)) AS v(n, call), LATERAL attempt('SELECT count(*) FROM user360.find_contacts(' || v.call || ')') AS a ORDER BY v.n;
-- One that many have: each once, up to the limit.
SELECT count(*) FROM generate_series(1, 150) AS n, user360.identify('find', 'web', 'many ' || n, jsonb_build_object('firstName', 'Zara', 'lastName', 'No ' || lpad(n::text, 3, '0'))) AS i;
SELECT count(*), count(DISTINCT c.profile_id), min(c.name), max(c.name) FROM user360.find_contacts('find', 'zara', 100) AS c;
SELECT found('find', 'zara no 1', 3);

-- A merged profile leads to its survivor by whatever it can be known by, and by
-- the survivor's name: each customer once.
SELECT outcome FROM user360.identify('find', 'whatsapp', '919000500001', '{"email": "asha.rao@example.com"}') AS i;
SELECT v.query, found('find', v.query) FROM (VALUES (1, '+919000500001'),
	(2, '9000500000'),
	(3, 'ravi'),
	(4, 'asha rao'),
	(5, 'c-asha')) AS v(n, query) ORDER BY v.n;
SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'find' \gset
SELECT (user360.unmerge('find', :'merge_id')).senders;
SELECT v.query, found('find', v.query) FROM (VALUES (1, '+919000500001'),
	(2, 'ravi')) AS v(n, query) ORDER BY v.n;
-- What changes is found by what it is now; who is erased is not found.
SELECT i.profile_id AS ravi FROM user360.identify('find', 'whatsapp', '919000500001') AS i \gset
SELECT user360.update_contact('find', :'ravi', '{"firstName": "Ravindra", "phone": "+14155550132"}') = :'ravi' AS same;
SELECT found('find', '+919000500001') AS by_sender, found('find', '+1 (415) 555-0132') AS by_phone, found('find', 'ravindra') AS by_name;
SELECT user360.delete_user('find', :'ravi');
SELECT found('find', '+919000500001'), found('find', '+14155550132'), found('find', 'rav');

-- Where the userId is something else, addresses are shared, and each customer
-- who has one is found.
SELECT user360.create_bot('find ref', NULL, '{web}', 'GB');
SELECT user360.define_property('find ref', 'ref', 'string');
SELECT user360.set_userid_property('find ref', 'ref');
SELECT count(*) FROM (VALUES ('R-1', '{"firstName": "One", "email": "office@example.com"}'),
	('R-2', '{"firstName": "Two", "email": "Office@example.com", "phone": "020 7946 0000"}'),
	('office@example.com', '{"firstName": "Three", "email": "office@example.com"}')) AS v(ref, properties), LATERAL user360.identify('find ref', 'web', 's ' || v.ref, v.properties::jsonb || jsonb_build_object('ref', v.ref)) AS i;
SELECT v.query, (SELECT array_agg(c.name ORDER BY c.name) FROM user360.find_contacts('find ref', v.query) AS c) AS found FROM (VALUES (1, 'R-1'),
	(2, 'r-1'),
	(3, 'office@example.com'),
	(4, 'OFFICE@example.com'),
	(5, '020 7946 0000'),
	(6, '+44 20 7946 0000'),
	(7, '442079460000')) AS v(n, query) ORDER BY v.n;
-- Digits that are a number of the bot's region, and another one with its
-- calling code: either may be meant.
SELECT user360.create_bot('find DE', NULL, '{web}', 'DE');
SELECT user360.add_channel('find DE', 'whatsapp', sender_form => 'phone');
SELECT outcome FROM user360.identify('find DE', 'whatsapp', '14155550132', '{"firstName": "Abroad"}') AS i;
SELECT outcome FROM user360.identify('find DE', 'web', 'home', '{"firstName": "Home", "phone": "14155550132"}') AS i;
SELECT c.name, c.phone FROM user360.find_contacts('find DE', '1415 555 0132') AS c;
-- The userId's own form, by the bot's options.
SELECT user360.create_bot('find gmail');
SELECT user360.set_userid_property('find gmail', 'email');
SELECT user360.set_option('find gmail', 'gmail_dots', 'on');
SELECT user360.add_channel('find gmail', 'web');
SELECT outcome FROM user360.identify('find gmail', 'web', 's', '{"email": "a.sha@gmail.com", "firstName": "Asha"}') AS i;
SELECT found('find gmail', 'as.ha@GMAIL.com');
-- A bot without a userId property.
SELECT user360.create_bot('find none', NULL, '{web}');
SELECT outcome FROM user360.identify('find none', 'web', 's', '{"email": "a@example.com", "firstName": "Asha"}') AS i;
SELECT found('find none', 'A@example.com'), found('find none', 'asha'), found('find none', 's');
-- Nothing of another bot.
SELECT found('find none', 'zara'), found('find', 'a@example.com');

-- The key of a name.
SELECT v.n, user360.name_key(v.first, v.last), octet_length(user360.name_key(v.first, v.last)) AS bytes FROM (VALUES (1, 'Asha', 'Rao'),
	(2, 'ASHA', NULL),
	(3, NULL, 'Rao'),
	(4, NULL, NULL),
	(5, '', ''),
	(6, U&'\3000 A\2003\00A0B ', NULL),
	(7, U&'\00C9MILE', U&'\0130\00DF'),
	(8, repeat('a', 200), NULL),
	(9, 'x' || repeat(U&'\00E9', 200), NULL),
	(10, repeat(U&'\+01F600', 200), NULL)) AS v(n, first, last) ORDER BY v.n;
-- The beginning of a name gives the beginning of its key.
SELECT bool_and(starts_with(user360.name_key(w.name), rtrim(user360.name_key(left(w.name, n))))) FROM (VALUES (U&'\00C9MILE \00D6zil'), (repeat('Ab ', 60)), (repeat(U&'\+010400\00C9', 60))) AS w(name), generate_series(1, 180) AS n;
DROP FUNCTION found;
