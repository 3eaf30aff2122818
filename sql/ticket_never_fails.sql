-- A ticket insert never fails because of user360: what is wrong with a value
-- goes into the ticket's event, what keeps the ticket from being recorded is
-- a warning that carries the SQLSTATE, and the row is stored.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_shop, regress_clerk;
CREATE ROLE regress_shop;
CREATE ROLE regress_clerk;
SELECT user360.create_bot('never', 'email', '{web,email}', 'IN');
SELECT user360.create_bot('never strict', 'email', '{web}', 'IN');
SELECT user360.set_option('never strict', 'strict_channels', 'on');
SELECT user360.create_bot('never custom', NULL, '{web}');
SELECT user360.define_property('never custom', 'key', 'string');
SELECT user360.set_userid_property('never custom', 'key');
SELECT user360.create_bot('never none', NULL, '{web}');
CREATE TABLE requests (id int PRIMARY KEY, bot text, channel text DEFAULT 'web', sender text, mail text, name text, phone text, born text, extra jsonb, subject text);
SELECT user360.attach_tickets('requests', 'userId=mail', 'firstName=name', 'phone=phone', 'dob=born', 'tags=extra.tags', 'key=extra.key', 'secret=extra.secret');
-- The outcome: the row, the ticket, its customer, and what was wrong.
CREATE FUNCTION outcome(first int, last int)
RETURNS TABLE (id int, recorded boolean, channel text, holds jsonb, senders text, problems jsonb)
LANGUAGE sql STABLE AS $$
	SELECT r.id, t.ticket IS NOT NULL, t.channel, p.holds, left(p.senders, 30),
		(SELECT jsonb_agg(q - 'value' || CASE WHEN char_length(q ->> 'value') > 40 THEN jsonb_build_object('length', octet_length(q ->> 'value')) ELSE jsonb_build_object('value', q -> 'value') END)
		 FROM user360.event AS e, jsonb_array_elements(e.payload -> 'problems') AS q WHERE e.bot = t.bot AND e.profile_id = t.profile_id AND e.name LIKE 'TICKET%' AND e.payload ->> 'ticket' = t.ticket)
	FROM requests AS r LEFT JOIN user360.ticket AS t ON t.bot = r.bot AND t.source = 'public.requests' AND t.ticket = r.id::text
	LEFT JOIN numbered(r.bot) AS n ON n.profile_id = t.profile_id LEFT JOIN LATERAL (SELECT * FROM people(r.bot) AS p WHERE p.no = n.no) AS p ON true
	WHERE r.id BETWEEN first AND last ORDER BY r.id
$$;

-- An invalid, blocked, over-long userId: kept as given, the ticket stays with
-- the unidentified profile.
INSERT INTO requests (id, bot, sender, mail, name) VALUES (1, 'never', 'a', 'asha at home', 'Asha'),
	(2, 'never', 'b', 'null', 'B'),
	(3, 'never', 'c', repeat('x', 300) || '@example.com', 'C'),
	(4, 'never', 'd', ' ', 'D'),
	(5, 'never', 'd', E'a\u202Eb@example.com', 'D');
SELECT id, recorded, holds, senders, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(1, 5);
SELECT n.no, p.userid, octet_length(p.as_given ->> 'email') AS bytes, CASE WHEN p.as_given ->> 'email' = 'asha at home' THEN p.as_given END AS as_given
FROM user360.profile AS p JOIN numbered('never') AS n USING (profile_id) WHERE p.bot = 'never' ORDER BY n.no;
SELECT problems FROM outcome(1, 2);
-- The whole is said in one event of the ticket.
INSERT INTO requests (id, bot, sender, mail, phone, born, extra) VALUES (6, 'never', 'e', 'nil', 'call me', 'yesterday', '{"tags": ["a", 7, null], "key": "x"}');
SELECT id, recorded, holds FROM outcome(6, 6);
SELECT q ->> 'property' AS property, q ->> 'value' AS value, q ->> 'sqlstate' AS sqlstate, q ->> 'reason' AS reason FROM outcome(6, 6), jsonb_array_elements(problems) AS q ORDER BY 1;
-- The usable ones among them are stored, and the next good userId identifies.
INSERT INTO requests (id, bot, sender, mail, phone, name) VALUES (7, 'never', 'e', 'esha@example.com', 'x', 'Esha');
SELECT id, recorded, holds, problems -> 0 ->> 'sqlstate' AS problem FROM outcome(7, 7);
-- userId and the property at odds; none at all for a bot without one.
INSERT INTO requests (id, bot, sender, mail, extra) VALUES (8, 'never custom', 'f', 'K-1', '{"key": "K-2"}'),
	(9, 'never custom', 'g', 'K-1', '{"key": "K-1", "secret": 1}'),
	(10, 'never none', 'h', 'x@example.com', NULL);
SELECT id, recorded, holds, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(8, 10);
-- Objects, lists and numbers where they don't belong.
INSERT INTO requests (id, bot, sender, extra) VALUES (11, 'never custom', 'i', '{"key": {"a": 1}, "tags": {"b": 2}}'),
	(12, 'never custom', 'i', '{"key": ["a", "b"], "tags": "x"}'),
	(13, 'never custom', 'i', '[1, 2]'),
	(14, 'never custom', 'i', 'null'),
	(15, 'never custom', 'i', '{"key": 1e400}');
SELECT id, recorded, holds, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(11, 15);

-- An e-mail sender that is no address, or that is not the userId.
INSERT INTO requests (id, bot, channel, sender, mail) VALUES (20, 'never', 'email', 'not an address', NULL),
	(21, 'never', 'email', 'asha@example.com', 'ravi@example.com'),
	(22, 'never', 'email', 'undefined', NULL);
SELECT id, recorded, holds, senders, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(20, 22);

-- A NULL, blank or unknown bot: a warning, and the row is stored.
INSERT INTO requests (id, bot, sender) VALUES (30, NULL, 'a');
INSERT INTO requests (id, bot, sender) VALUES (31, '', 'a');
INSERT INTO requests (id, bot, sender) VALUES (32, 'no such bot', 'a');
INSERT INTO requests (id, bot, sender) VALUES (33, '*', 'a');
INSERT INTO requests (id, bot, sender) VALUES (34, repeat('x', 1000), 'a');
\set VERBOSITY sqlstate
INSERT INTO requests (id, bot, sender) VALUES (35, NULL, 'a'), (36, 'no such bot', 'a');
UPDATE requests SET subject = 'x' WHERE id IN (35, 36);
DELETE FROM requests WHERE id = 36;
\set VERBOSITY default
SELECT id, recorded FROM outcome(30, 36);
-- Given its bot later, it is recorded.
UPDATE requests SET bot = 'never' WHERE id = 30;
SELECT id, recorded, senders FROM outcome(30, 30);

-- An unknown channel is recorded as a chat channel; a blank or impossible one is none.
INSERT INTO requests (id, bot, channel, sender) VALUES (40, 'never', 'sms', '12345'),
	(41, 'never', 'sms', '12345'),
	(42, 'never', NULL, 'a'),
	(43, 'never', ' ', 'a'),
	(44, 'never', repeat('x', 64), 'a'),
	(45, 'never', repeat('x', 63), 'a'),
	(46, 'never', '*', 'a'),
	(47, 'never', '@x', 'a');
SELECT id, recorded, left(channel, 10) AS channel, senders, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(40, 47);
SELECT left(channel, 10) AS channel, kind, sender_form FROM user360.channel WHERE bot = 'never' ORDER BY 1;
-- Unless the bot is strict about them.
INSERT INTO requests (id, bot, channel, sender, name) VALUES (50, 'never strict', 'sms', '12345', 'S'), (51, 'never strict', 'web', '12345', 'W');
SELECT id, recorded, channel, holds, senders, problems FROM outcome(50, 51);
SELECT channel FROM user360.channel WHERE bot = 'never strict' ORDER BY 1;

-- Senders and keys of any length, a subject of 1 MB, names that are none.
INSERT INTO requests (id, bot, sender, name, subject) VALUES (60, 'never', repeat('s', 5000), 'Long', repeat('m', 1000000)),
	(61, 'never', repeat('s', 5000), E'\t\n ', NULL),
	(62, 'never', NULL, 'No sender', 'x'),
	(63, 'never', '', 'No sender', 'x'),
	(64, 'never', 'j', repeat('n', 256), 'x'),
	(65, 'never', 'j', repeat(U&'\+01F600', 255), repeat(U&'\+01F600', 300)),
	(66, 'never', 'j', E'a\u0001b', 'x');
SELECT id, recorded, char_length(holds ->> 'firstName') AS name, jsonb_path_query_array(problems, '$[*].sqlstate') AS problems FROM outcome(60, 66);
SELECT t.ticket, char_length(r.subject) AS in_the_row, char_length(t.subject) AS kept FROM user360.ticket AS t JOIN requests AS r ON r.id::text = t.ticket WHERE t.source = 'public.requests' AND r.id BETWEEN 60 AND 66 ORDER BY r.id;
SELECT count(DISTINCT profile_id) AS customers FROM user360.ticket WHERE source = 'public.requests' AND ticket IN ('60', '61');
SELECT count(DISTINCT profile_id) AS strangers FROM user360.ticket WHERE source = 'public.requests' AND ticket IN ('62', '63');
-- A phone number that is longer than most.
INSERT INTO requests (id, bot, sender, phone) VALUES (67, 'never', 'l', '+81 00777 1234567890123');
SELECT id, recorded, holds ->> 'phone' AS phone FROM outcome(67, 67);
-- A blank key is no ticket.
CREATE TABLE keyless (id text, bot text DEFAULT 'never', channel text DEFAULT 'web', sender text DEFAULT 'k', opened_at timestamp, closed_at date);
SELECT user360.attach_tickets('keyless', 'ticket=id', 'source:=keyless');
INSERT INTO keyless (id) VALUES (NULL);
INSERT INTO keyless (id) VALUES (' ');
\set VERBOSITY sqlstate
INSERT INTO keyless (id) VALUES (NULL);
\set VERBOSITY default
-- Moments that are none.
INSERT INTO keyless (id, opened_at, closed_at) VALUES ('1', 'infinity', '-infinity'), ('2', '-infinity', 'infinity'), ('3', '4714-11-24 BC', '5874897-12-31'), ('4', '294276-12-31 23:59:59', '4714-11-24 BC'), ('5', '0044-03-15 BC', '2026-11-24');
SELECT ticket, previous_ticket IS NOT NULL AS linked, opened_at < now() - interval '1 year' AS long_ago, opened_at > now() + interval '1 year' AS far_off, closed_at IS NOT NULL AS closed FROM user360.ticket WHERE source = 'keyless' ORDER BY ticket;
-- The same key twice, where the user's table allows it: one ticket, the second time an update.
INSERT INTO keyless (id, sender) VALUES ('6', 'k'), ('6', 'k2');
SELECT count(*) FROM user360.ticket WHERE source = 'keyless' AND ticket = '6';

-- Nobody's table: its owner has no access.  Whoever inserts needs none.
GRANT USAGE, CREATE ON SCHEMA public TO regress_shop;
SET ROLE regress_shop;
CREATE TABLE shop_requests (id int PRIMARY KEY, bot text, channel text DEFAULT 'web', sender text);
RESET ROLE;
SELECT user360.attach_tickets('shop_requests');
SET ROLE regress_shop;
INSERT INTO shop_requests (id, bot, sender) VALUES (1, 'never', 'x');
INSERT INTO shop_requests (id, bot, sender) VALUES (2, 'no such bot', 'x');
\set VERBOSITY sqlstate
INSERT INTO shop_requests (id, bot, sender) VALUES (3, 'never', 'x'), (4, 'no such bot', 'x');
UPDATE shop_requests SET sender = 'y' WHERE id = 1;
DELETE FROM shop_requests WHERE id = 4;
\set VERBOSITY default
SELECT * FROM shop_requests ORDER BY id;
-- Even a superuser's row is the table owner's matter.
RESET ROLE;
INSERT INTO shop_requests (id, bot, sender) VALUES (5, 'never', 'x');
SELECT count(*) FROM user360.ticket WHERE source = 'public.shop_requests';
SELECT count(*) FROM user360.sender WHERE bot = 'never' AND sender IN ('x', 'y');
-- With access for the owner, a clerk without any may insert.
SELECT user360.grant_access('regress_shop', 'never', 'capture');
GRANT INSERT, UPDATE, DELETE, SELECT ON shop_requests TO regress_clerk;
SET ROLE regress_clerk;
INSERT INTO shop_requests (id, bot, sender) VALUES (6, 'never', 'x');
INSERT INTO shop_requests (id, bot, sender) VALUES (7, 'never strict', 'x');
RESET ROLE;
SELECT t.ticket, e.name, e.actor FROM user360.ticket AS t JOIN user360.event AS e ON e.bot = t.bot AND e.profile_id = t.profile_id WHERE t.source = 'public.shop_requests' ORDER BY e.at;
SELECT user360.revoke_access('regress_shop', 'never');
SET ROLE regress_clerk;
INSERT INTO shop_requests (id, bot, sender) VALUES (8, 'never', 'x');
RESET ROLE;
SELECT ticket FROM user360.ticket WHERE source = 'public.shop_requests' ORDER BY ticket;
-- Nothing was lost.
SELECT count(*) FROM requests;
SELECT count(*) FROM shop_requests;
SELECT count(*) FROM keyless;

DROP TABLE requests, shop_requests, keyless;
DROP FUNCTION outcome;
REVOKE USAGE, CREATE ON SCHEMA public FROM regress_shop;
DROP ROLE regress_shop, regress_clerk;
