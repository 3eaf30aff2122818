-- Look-alikes: a new userId that can be taken for another one is reported,
-- refused or let be, as the bot wants it.  It is never another key for that.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot(b.bot, NULL, '{web}') FROM (VALUES ('look'), ('look refuse'), ('look off')) AS b(bot);
SELECT user360.define_property(b.bot, 'key', 'string'), user360.set_userid_property(b.bot, 'key') FROM (VALUES ('look'), ('look refuse'), ('look off')) AS b(bot);
SELECT user360.set_option('look refuse', 'lookalike', 'refuse');
SELECT user360.set_option('look off', 'lookalike', 'off');
CREATE TABLE userids (n int, key text, name text);
INSERT INTO userids VALUES (1, 'paypal', 'plain'),
	(2, 'cust-100', 'plain'),
	(3, 'cust-200', 'another number'),
	(4, U&'p\0430ypal', 'Cyrillic a'),
	(5, 'cust-l00', 'l for 1'),
	(6, 'Cust-100', 'capital'),
	(7, 'rnaria', 'rn'),
	(8, 'maria', 'm'),
	(9, U&'\0410\043D\043D\0430-7', 'Cyrillic all through'),
	(10, U&'M\00FCller 7', 'Latin'),
	(11, U&'\5BA2\6237 A7', 'Han and Latin'),
	(12, U&'\0418van', 'mixed'),
	(13, U&'12\06645', 'mixed digits'),
	(14, U&'\0441\0443\0440\0435', 'Cyrillic only'),
	(15, 'cype', 'Latin only'),
	(16, U&'a\2010b', 'hyphen'),
	(17, 'a-b', 'hyphen-minus');

-- report: they are new customers like any other, and an event says what they look like.
SELECT u.name, c.outcome FROM userids AS u, LATERAL captured('look', 'web', 's' || u.n, jsonb_build_object('key', u.key)) AS c ORDER BY u.n;
SELECT u.name, e.channel, CASE WHEN e.payload ->> 'reason' LIKE 'it looks like "%"' THEN (SELECT 'it looks like ' || o.name FROM userids AS o WHERE e.payload ->> 'reason' = 'it looks like "' || o.key || '"') ELSE e.payload ->> 'reason' END AS reason
FROM user360.event AS e JOIN userids AS u ON u.key = e.payload ->> 'userId' WHERE e.bot = 'look' AND e.name = 'USER_LOOKALIKE' ORDER BY u.n;
-- Only when new: a known one comes back without another word.
SELECT no, outcome FROM captured('look', 'web', 's5', '{"key": "cust-l00"}');
SELECT no, outcome FROM captured('look', 'web', 'again', '{"key": "cust-l00"}');
-- An unidentified sender that gets one.
SELECT no, outcome FROM captured('look', 'web', 'later', '{"key": ""}');
SELECT no, outcome FROM captured('look', 'web', 'later', '{"key": "cust-2OO"}');
SELECT count(*) FROM user360.event WHERE bot = 'look' AND name = 'USER_LOOKALIKE';
SELECT payload FROM user360.event WHERE bot = 'look' AND name = 'USER_LOOKALIKE' ORDER BY at DESC LIMIT 1;
-- The key is what it was.
SELECT count(*) AS same FROM userids AS u WHERE user360.normalize_userid('look', u.key) = u.key;
SELECT count(DISTINCT userid) AS customers FROM user360.profile WHERE bot = 'look';

-- refuse: only what looks like nobody else.
SELECT u.name, a.code, a.detail LIKE 'Reason: it looks like %' AS looks_like_another, CASE WHEN a.detail NOT LIKE 'Reason: it looks like %' THEN a.detail END AS detail, a.hint
FROM userids AS u, LATERAL attempt(format('SELECT user360.identify(%L, %L, %L, %L)', 'look refuse', 'web', 's' || u.n, jsonb_build_object('key', u.key))) AS a ORDER BY u.n;
SELECT code, message, detail, hint FROM attempt($$SELECT user360.identify('look refuse', 'web', 'x', '{"key": "cust-l00"}')$$);
-- Nothing of a refused one stays; those who are there go on.
SELECT count(*) AS customers, (SELECT count(*) FROM user360.sender WHERE bot = 'look refuse') AS senders FROM user360.profile WHERE bot = 'look refuse';
SELECT no, outcome FROM captured('look refuse', 'web', 'another', '{"key": "cust-100"}');
-- Who was there before the bot refused stays.
SELECT user360.set_option('look refuse', 'lookalike', 'off');
SELECT no, outcome FROM captured('look refuse', 'web', 'l', '{"key": "cust-l00"}');
SELECT user360.set_option('look refuse', 'lookalike', 'refuse');
SELECT no, outcome FROM captured('look refuse', 'web', 'l2', '{"key": "cust-l00"}');
SELECT no, outcome FROM captured('look refuse', 'web', 'one2', '{"key": "cust-100"}');
SELECT code FROM attempt($$SELECT user360.identify('look refuse', 'web', 'x', '{"key": "cust-1OO"}')$$);
-- A ticket goes through, with an unidentified customer and the reason in its event.
CREATE TABLE look_tickets (id int PRIMARY KEY, bot text DEFAULT 'look refuse', channel text DEFAULT 'web', sender text, key text);
SELECT user360.attach_tickets('look_tickets', 'key=key');
INSERT INTO look_tickets (id, sender, key) VALUES (1, 'ticket', 'CUST-1OO'), (2, 'ticket 2', 'cust-1OO'), (3, 'ticket 2', 'cust-300');
SELECT t.ticket, p.userid, e.payload -> 'problems' -> 0 ->> 'sqlstate' AS problem FROM user360.ticket AS t JOIN user360.profile AS p ON p.bot = t.bot AND p.profile_id = t.profile_id
JOIN user360.event AS e ON e.bot = t.bot AND e.profile_id = t.profile_id AND e.name = 'TICKET_OPEN' AND e.payload ->> 'ticket' = t.ticket WHERE t.bot = 'look refuse' ORDER BY t.ticket;

-- off: nothing is said.
SELECT count(*), count(*) FILTER (WHERE c.outcome = 'created') AS created FROM userids AS u, LATERAL captured('look off', 'web', 's' || u.n, jsonb_build_object('key', u.key)) AS c;
SELECT count(*) FROM user360.event WHERE bot = 'look off' AND name = 'USER_LOOKALIKE';
-- Addresses are compared, too; numbers have nothing to look like.
SELECT user360.create_bot('look mail', 'email', '{email}');
SELECT user360.set_option('look mail', 'lookalike', 'refuse');
SELECT v.sender, c.outcome, c.userid FROM (VALUES (1, 'maria@example.com'),
	(2, 'Maria@Example.com')) AS v(n, sender), LATERAL captured('look mail', 'email', v.sender) AS c ORDER BY v.n;
SELECT code, message, detail FROM attempt($$SELECT user360.identify('look mail', 'email', 'rnaria@example.com')$$);
-- A domain is compared as people read it, each part of an address by its own scripts.
SELECT v.n, c.outcome, c.userid FROM (VALUES (1, 'ann@scope.example'), (2, U&'ann@\043F\043E\0447\0442\0430.\0440\0444'), (3, U&'b\00FCro@b\00FCcher.example')) AS v(n, sender), LATERAL captured('look mail', 'email', v.sender) AS c ORDER BY v.n;
SELECT v.n, a.code, a.detail FROM (VALUES (1, U&'ann@\0455\0441\043E\0440\0435.example'), (2, U&'ann@p\0430ypal.example'), (3, U&'\0430nn@example.com')) AS v(n, address), LATERAL attempt(format('SELECT user360.identify(%L, %L, %L)', 'look mail', 'email', v.address)) AS a ORDER BY v.n;
SELECT user360.create_bot('look phone', 'phone', '{web}');
SELECT user360.set_option('look phone', 'lookalike', 'refuse');
SELECT outcome FROM captured('look phone', 'web', 'a', '{"phone": "+919000500000"}');
SELECT outcome FROM captured('look phone', 'web', 'b', '{"phone": "+919000500001"}');
-- adopt_userids() judges, too: what is suspect is reported, or not adopted.
SELECT user360.create_bot(b.bot, NULL, '{web}') FROM (VALUES ('look adopt'), ('look adopt refuse')) AS b(bot);
SELECT user360.define_property(b.bot, 'key', 'string') FROM (VALUES ('look adopt'), ('look adopt refuse')) AS b(bot);
SELECT count(user360.identify(b.bot, 'web', k.key, jsonb_build_object('key', k.key))) FROM (VALUES ('look adopt'), ('look adopt refuse')) AS b(bot), unnest('{cust-100,cust-l00,cust-200}'::text[]) WITH ORDINALITY AS k(key, n);
SELECT user360.set_userid_property(b.bot, 'key') FROM (VALUES ('look adopt'), ('look adopt refuse')) AS b(bot);
SELECT user360.set_option('look adopt refuse', 'lookalike', 'refuse');
SELECT b.bot, user360.adopt_userids(b.bot) FROM (VALUES ('look adopt'), ('look adopt refuse')) AS b(bot) ORDER BY 1;
SELECT no, userid, senders FROM people('look adopt');
SELECT no, userid, senders FROM people('look adopt refuse');
SELECT bot, channel, payload FROM user360.event WHERE bot LIKE 'look adopt%' AND name = 'USER_LOOKALIKE';
DROP TABLE userids, look_tickets;
