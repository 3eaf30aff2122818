-- Contacts of a table of the user's own: each is a sender by its key, what it
-- gives is captured, and tickets that name it are its customer's.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET timezone = 'UTC';
CREATE SCHEMA contacts;
SELECT user360.create_bot('contacts', 'email', '{web,email}', 'IN');
SELECT user360.define_property('contacts', 'plan', 'string');
CREATE TABLE contacts.people (id int PRIMARY KEY, bot text DEFAULT 'contacts', name text DEFAULT '', mail text, phone text, city text, labels text[], details jsonb, note text, created_at date);
INSERT INTO contacts.people (id, name) VALUES (90, 'before');
SELECT user360.attach_contacts('contacts.people', 'userId=mail', 'firstName=name', 'phone=phone', 'city=city', 'tags=labels', 'plan=details.plan');
SELECT tgname, tgtype, tgfoid::regproc FROM pg_trigger WHERE tgrelid = 'contacts.people'::regclass ORDER BY tgname;
CREATE TABLE contacts.requests (id int PRIMARY KEY, bot text DEFAULT 'contacts', channel text DEFAULT 'web', sender text, contact_id bigint, mail text, opened_at timestamp DEFAULT '2026-11-24 09:00', status text DEFAULT 'new');
SELECT user360.attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.people', 'userId=mail');
-- What user360 knows of the tickets of a source.
CREATE FUNCTION tickets(source text) RETURNS TABLE (ticket text, no bigint, userid text, channel text, status text, previous text) LANGUAGE sql STABLE AS $$
	SELECT t.ticket, n.no, c.userid, t.channel, t.status, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket
	FROM user360.ticket AS t JOIN numbered(t.bot) AS n ON n.profile_id = t.profile_id, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c
	WHERE t.source = tickets.source ORDER BY octet_length(t.ticket), t.ticket
$$;

-- A contact is a sender, on a channel that is called as the table; it is not
-- talking, so there is no last channel.
INSERT INTO contacts.people (id, name, mail, labels, details) VALUES (1, 'Asha', ' Asha@Example.com', '{vip}', '{"plan": "gold"}'), (2, '', '', '{}', '{}');
SELECT channel, kind FROM user360.channel WHERE bot = 'contacts' ORDER BY 1;
SELECT no, userid, holds, senders FROM people('contacts');
-- What changes is given, what does not is not; a change of nothing mapped writes nothing.
UPDATE contacts.people SET phone = '9000500000', city = 'Pune' WHERE id = 1;
UPDATE contacts.people SET note = 'x';
UPDATE contacts.people SET name = name;
SELECT no, name, channel, payload FROM history('contacts');
-- An agent's edit is not undone by the app's next update of something else.
SELECT user360.update_contact('contacts', c.profile_id, '{"city": "Delhi"}') IS NOT NULL FROM user360.contact_card('contacts', 'asha@example.com') AS c;
UPDATE contacts.people SET name = 'Asha K' WHERE id = 1;
SELECT holds FROM people('contacts') WHERE no = 1;
-- What becomes blank is cleared where it is what the profile itself holds: not
-- the city, which is the agent's by now, and never the userId.
UPDATE contacts.people SET phone = '', city = NULL, labels = '{}', details = '{"plan": null}', mail = NULL WHERE id = 1;
SELECT userid, holds FROM people('contacts') WHERE no = 1;
SELECT payload FROM history('contacts') ORDER BY payload DESC LIMIT 1;
-- A value that could only be kept as it was typed, too.
UPDATE contacts.people SET phone = 'call me' WHERE id = 1;
SELECT as_given FROM user360.profile WHERE bot = 'contacts' AND userid = 'asha@example.com';
UPDATE contacts.people SET phone = NULL WHERE id = 1;
SELECT as_given FROM user360.profile WHERE bot = 'contacts' AND userid = 'asha@example.com';
-- With captures that overwrite nothing, nothing is cleared either.
UPDATE contacts.people SET city = 'Goa', phone = '9000500000' WHERE id = 1;
SELECT user360.set_option('contacts', 'overwrite', 'never');
UPDATE contacts.people SET phone = NULL WHERE id = 1;
SELECT holds ->> 'phone' AS phone, holds ->> 'city' AS city FROM people('contacts') WHERE no = 1;
SELECT user360.set_option('contacts', 'overwrite', NULL);
-- A bad value is in an event, once, and raises nothing.
INSERT INTO contacts.people (id, name, mail, phone, city) VALUES (3, repeat('n', 300), 'null', 'x', 'Agra');
UPDATE contacts.people SET city = 'Puri' WHERE id = 3;
UPDATE contacts.people SET details = '{"plan": {"a": 1}}' WHERE id = 3;
SELECT e.channel, e.source, e.payload ->> 'contact' AS contact, q ->> 'property' AS property, q ->> 'sqlstate' AS sqlstate FROM user360.event AS e, jsonb_array_elements(e.payload -> 'problems') AS q WHERE e.bot = 'contacts' AND e.name = 'CONTACT_PROBLEM' ORDER BY e.at, 4;
-- The contact that was there before is captured whole by its first update.
UPDATE contacts.people SET city = 'Kochi' WHERE id = 90;
SELECT holds, senders FROM people('contacts') WHERE senders LIKE '%90';

-- Tickets of contacts: the channel is the ticket's, the customer is the contact's.
INSERT INTO contacts.requests (id, contact_id) VALUES (1, 1);
INSERT INTO contacts.requests (id, contact_id, channel, sender, opened_at) VALUES (2, 1, 'email', 'somebody@example.com', '2026-11-24 10:00'), (3, 2, 'web', 's', '2026-11-24 11:00'), (4, NULL, 'web', 's', '2026-11-24 11:00'), (5, 1, NULL, NULL, '2026-11-24 12:00');
SELECT * FROM tickets('contacts.requests');
SELECT holds ->> 'lastChannel' AS last_channel, senders FROM people('contacts') WHERE no = 1;
SELECT count(*) FROM user360.sender WHERE bot = 'contacts' AND channel <> 'contacts.people';
-- A contact that stood there when the table was attached is read on the spot,
-- one that is written by the same statement too, one that is not there is a sender all the same.
INSERT INTO contacts.people (id, name) VALUES (4, 'x');
SELECT user360.detach('contacts.people');
INSERT INTO contacts.people (id, name, mail, created_at) VALUES (5, 'Esha', 'esha@example.com', '2026-01-01');
SELECT user360.attach_contacts('contacts.people', 'userId=mail', 'firstName=name', 'phone=phone', 'city=city');
INSERT INTO contacts.requests (id, contact_id) VALUES (6, 5);
WITH person AS (INSERT INTO contacts.people (id, name, mail) VALUES (6, 'Farid', 'farid@example.com') RETURNING id) INSERT INTO contacts.requests (id, contact_id) SELECT 7, id FROM person;
INSERT INTO contacts.requests (id, contact_id) VALUES (8, 99), (9, 99);
SELECT * FROM tickets('contacts.requests') WHERE octet_length(ticket) = 1 AND ticket > '5';
SELECT holds, senders FROM people('contacts') WHERE senders ~ ' (5|6|99)$';
-- What the ticket itself gives goes before what the contact gives.
SELECT user360.detach('contacts.people');
INSERT INTO contacts.people (id, name, mail) VALUES (7, 'Gita', 'gita@example.com');
SELECT user360.attach_contacts('contacts.people', 'userId=mail', 'firstName=name', 'phone=phone', 'city=city');
INSERT INTO contacts.requests (id, contact_id, mail) VALUES (10, 7, 'gita@example.org');
SELECT userid, holds ->> 'firstName' AS name FROM people('contacts') WHERE senders ~ ' 7$';
-- Another tenant's contact gives nothing.
SELECT user360.create_bot('contacts other', 'email', '{web}', 'IN');
SELECT user360.detach('contacts.people');
INSERT INTO contacts.people (id, bot, name, mail) VALUES (8, 'contacts other', 'Hari', 'hari@example.com');
SELECT user360.attach_contacts('contacts.people', 'userId=mail', 'firstName=name', 'phone=phone', 'city=city');
INSERT INTO contacts.requests (id, contact_id) VALUES (11, 8);
SELECT userid, holds, senders FROM people('contacts') WHERE senders ~ ' 8$';

-- An app's edit is no visit: the last channel is that of the one who wrote last.
INSERT INTO contacts.people (id, name, mail) VALUES (60, 'Lila', 'lila@example.com'), (61, 'L', NULL);
INSERT INTO contacts.requests (id, contact_id, channel) VALUES (60, 60, 'web');
INSERT INTO contacts.requests (id, contact_id, channel) VALUES (61, 61, 'email');
UPDATE contacts.people SET mail = 'lila@example.com' WHERE id = 61;
SELECT userid, last_channel FROM user360.contact_card_for_sender('contacts', 'contacts.people', '61') AS c;

-- The app merges its contacts: tickets follow.
SELECT * FROM tickets('contacts.requests') WHERE ticket IN ('3', '8', '9');
BEGIN;
UPDATE contacts.requests SET contact_id = 1 WHERE contact_id IN (2, 99);
DELETE FROM contacts.people WHERE id = 2;
COMMIT;
SELECT * FROM tickets('contacts.requests') WHERE ticket IN ('3', '8', '9');
SELECT senders FROM people('contacts') WHERE senders ~ ' 2$';
-- A contact that is deleted and becomes blank in its tickets leaves them where they are.
UPDATE contacts.requests SET contact_id = NULL, status = 'gone' WHERE id = 6;
SELECT * FROM tickets('contacts.requests') WHERE ticket = '6';
-- A contact whose key changes is another sender; one that moves to another tenant too.
UPDATE contacts.people SET id = 50 WHERE id = 6;
SELECT userid, senders FROM people('contacts') WHERE userid = 'farid@example.com';
UPDATE contacts.people SET bot = 'contacts other' WHERE id = 50;
SELECT userid, senders FROM people('contacts other');

-- The source and the channel stay as they were when the table is renamed; a
-- contact that is known needs no look at its table.
ALTER TABLE contacts.people RENAME TO persons;
INSERT INTO contacts.requests (id, contact_id, opened_at) VALUES (12, 1, '2026-11-24 13:00');
INSERT INTO contacts.persons (id, name, mail) VALUES (9, 'Indu', 'indu@example.com');
INSERT INTO contacts.requests (id, contact_id) VALUES (13, 9);
SELECT * FROM tickets('contacts.requests') WHERE ticket IN ('12', '13');
-- One that is not known is a sender without properties, with a warning.
SELECT user360.detach('contacts.persons');
INSERT INTO contacts.persons (id, name) VALUES (10, 'Jaya');
INSERT INTO contacts.requests (id, contact_id) VALUES (14, 10), (15, 96);
ALTER TABLE contacts.persons RENAME TO people;
INSERT INTO contacts.requests (id, contact_id) VALUES (16, 97);
\set VERBOSITY sqlstate
INSERT INTO contacts.requests (id, contact_id) VALUES (17, 98);
\set VERBOSITY default
SELECT * FROM tickets('contacts.requests') WHERE ticket IN ('14', '15', '16', '17');
-- A column that goes is blank, with a warning.
SELECT user360.attach_contacts('contacts.people', 'userId=mail', 'firstName=name', 'phone=phone', 'city=city');
ALTER TABLE contacts.people DROP phone;
INSERT INTO contacts.people (id, name, city) VALUES (11, 'Kala', 'Surat');
ALTER TABLE contacts.people RENAME city TO town;
UPDATE contacts.people SET name = 'Kala K' WHERE id = 11;
SELECT holds FROM people('contacts') WHERE senders ~ ' 11$';
-- The column that is the contact goes: a ticket without sender.
ALTER TABLE contacts.requests RENAME contact_id TO customer_id;
INSERT INTO contacts.requests (id, customer_id) VALUES (20, 1);
SELECT ticket, userid FROM tickets('contacts.requests') WHERE ticket = '20';
ALTER TABLE contacts.requests RENAME customer_id TO contact_id;
INSERT INTO contacts.requests (id, contact_id, opened_at) VALUES (21, 1, '2026-11-24 14:00');
SELECT ticket, userid, previous FROM tickets('contacts.requests') WHERE ticket = '21';
-- A blank key is no sender.
CREATE TABLE contacts.loose (id text, bot text DEFAULT 'contacts', name text);
SELECT user360.attach_contacts('contacts.loose', 'sender=id', 'firstName=name', 'channel:=loose');
INSERT INTO contacts.loose VALUES (NULL, 'contacts', 'x'), (' ', 'contacts', 'y');
INSERT INTO contacts.loose VALUES ('a', NULL, 'x');
INSERT INTO contacts.loose VALUES ('a', 'no such bot', 'x');
INSERT INTO contacts.loose VALUES ('a', 'contacts', 'Mira'), ('Ä' || repeat('k', 300), 'contacts', 'Long');
SELECT holds, left(senders, 20) AS senders FROM people('contacts') WHERE senders LIKE 'loose%';
-- A bot with strict channels takes contacts all the same; a channel of another kind does not.
SELECT user360.create_bot('contacts strict', 'email', '{email}');
SELECT user360.set_option('contacts strict', 'strict_channels', 'on');
INSERT INTO contacts.loose VALUES ('b', 'contacts strict', 'Nina');
SELECT senders FROM people('contacts strict');
SELECT user360.attach_contacts('contacts.loose', 'sender=id', 'firstName=name', 'channel:=email');
INSERT INTO contacts.loose VALUES ('c', 'contacts strict', 'Omar');
SELECT user360.detach('contacts.loose');
-- Row by row or all at once, in a transaction that rolls back: as if it had not been.
BEGIN;
INSERT INTO contacts.people (id, name) SELECT n, 'many ' || n FROM generate_series(200, 220) AS n;
SELECT count(*) FROM user360.sender WHERE bot = 'contacts' AND sender ~ '^2\d\d$';
ROLLBACK;
SELECT count(*) FROM user360.sender WHERE bot = 'contacts' AND sender ~ '^2\d\d$';

-- A partitioned table of contacts, and tickets that find them in the partitions.
CREATE TABLE contacts.parts (id bigint PRIMARY KEY, bot text DEFAULT 'contacts', name text, mail text) PARTITION BY RANGE (id);
CREATE TABLE contacts.part1 PARTITION OF contacts.parts FOR VALUES FROM (1) TO (100);
CREATE TABLE contacts.part2 (mail text, dropped int, name text, bot text DEFAULT 'contacts', id bigint NOT NULL);
ALTER TABLE contacts.part2 DROP dropped;
ALTER TABLE contacts.parts ATTACH PARTITION contacts.part2 FOR VALUES FROM (100) TO (200);
INSERT INTO contacts.parts VALUES (1, 'contacts', 'Part', 'part@example.com'), (100, 'contacts', 'Other', 'other@example.com');
SELECT user360.attach_contacts('contacts.parts', 'userId=mail', 'firstName=name');
CREATE TABLE contacts.part_requests (id int PRIMARY KEY, bot text DEFAULT 'contacts', channel text DEFAULT 'web', contact int);
SELECT user360.attach_tickets('contacts.part_requests', 'contact=contact', 'contacts:=contacts.parts');
INSERT INTO contacts.part_requests (id, contact) VALUES (1, 1), (2, 100), (3, 101);
INSERT INTO contacts.parts VALUES (2, 'contacts', 'New', NULL), (102, 'contacts', 'New', NULL);
SELECT * FROM tickets('contacts.part_requests');
SELECT senders FROM people('contacts') WHERE senders LIKE 'contacts.parts%';
-- A detached partition keeps no trigger: its rows are no contacts any more.
ALTER TABLE contacts.parts DETACH PARTITION contacts.part1;
INSERT INTO contacts.part1 VALUES (3, 'contacts', 'Gone', NULL);
SELECT count(*) FROM user360.sender WHERE bot = 'contacts' AND channel = 'contacts.parts' AND sender = '3';
INSERT INTO contacts.part_requests (id, contact) VALUES (4, 1), (5, 3);
SELECT ticket, userid FROM tickets('contacts.part_requests') WHERE ticket IN ('4', '5');

-- Contacts are the table owner's matter, and read as whoever inserts the ticket.
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_desk, regress_writer;
SET client_min_messages = warning;
CREATE ROLE regress_desk;
CREATE ROLE regress_writer;
GRANT USAGE, CREATE ON SCHEMA contacts TO regress_desk;
GRANT USAGE ON SCHEMA contacts TO regress_writer;
SELECT user360.grant_access('regress_desk', 'contacts', 'capture');
SET ROLE regress_desk;
CREATE TABLE contacts.mine (id int PRIMARY KEY, bot text DEFAULT 'contacts', name text, secret text);
INSERT INTO contacts.mine VALUES (1, 'contacts', 'Hidden', 'x'), (2, 'contacts', 'Hidden', 'x'), (3, 'contacts', 'Seen', 'x'), (4, 'contacts', 'Row', 'x'), (5, 'contacts', 'Row', 'x');
CREATE TABLE contacts.my_requests (id int PRIMARY KEY, bot text DEFAULT 'contacts', channel text DEFAULT 'web', contact int);
SELECT user360.attach_contacts('contacts.mine', 'firstName=name');
SELECT user360.attach_tickets('contacts.my_requests', 'contact=contact', 'contacts:=contacts.mine');
GRANT INSERT ON contacts.mine, contacts.my_requests TO regress_writer;
SET ROLE regress_writer;
INSERT INTO contacts.my_requests (id, contact) VALUES (1, 1), (2, 2);
RESET ROLE;
GRANT SELECT ON contacts.mine TO regress_writer;
SET ROLE regress_writer;
INSERT INTO contacts.my_requests (id, contact) VALUES (3, 3);
INSERT INTO contacts.mine VALUES (7, 'contacts', 'Written', 'x');
INSERT INTO contacts.mine VALUES (8, 'contacts other', 'Written', 'x');
RESET ROLE;
ALTER TABLE contacts.mine ENABLE ROW LEVEL SECURITY;
SET ROLE regress_writer;
INSERT INTO contacts.my_requests (id, contact) VALUES (4, 4);
SET ROLE regress_desk;
INSERT INTO contacts.my_requests (id, contact) VALUES (5, 5);
RESET ROLE;
SELECT holds - 'lastChannel' AS holds, senders FROM people('contacts') WHERE senders LIKE 'contacts.mine%';
SELECT user360.revoke_access('regress_desk', 'contacts');

-- Refusals.
CREATE TABLE contacts.keyless (id int, bot text, name text);
CREATE TABLE contacts.words (word text PRIMARY KEY, bot text, day date, details jsonb);
CREATE TABLE contacts.two_unique (a int UNIQUE, b int UNIQUE, bot text);
CREATE VIEW contacts.view AS SELECT * FROM contacts.people;
SELECT user360.attach_contacts('contacts.words');
SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$attach_contacts('contacts.keyless')$$), (2, $$attach_contacts('contacts.two_unique')$$), (3, $$attach_contacts('contacts.words', 'ticket=word')$$), (4, $$attach_contacts('contacts.words', 'contact=word')$$),
	(5, $$attach_contacts('contacts.words', 'channel=word')$$), (6, $$attach_contacts('contacts.words', 'channel:=*')$$), (7, $$attach_contacts('contacts.words', 'bot:=contacts', 'channel:=email')$$), (8, $$attach_contacts('contacts.words', 'bot:=contacts', 'Plan=word')$$),
	(9, $$attach_contacts('contacts.words', 'firstName=wrod')$$), (10, $$attach_contacts('contacts.view', 'sender=id')$$), (11, $$attach_contacts('contacts.words', 'bot:=no such bot')$$), (12, $$attach_contacts(NULL)$$), (13, $$attach_contacts('contacts.words', NULL)$$),
	(14, $$attach_contacts('contacts.words', 'firstName=details->>name')$$),
	(20, $$attach_tickets('contacts.requests', 'contact=contact_id')$$), (21, $$attach_tickets('contacts.requests', 'contacts:=contacts.people')$$), (22, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts=sender')$$), (23, $$attach_tickets('contacts.requests', 'contact:=1', 'contacts:=contacts.people')$$),
	(24, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=people')$$), (25, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.nobody')$$), (26, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.view')$$),
	(27, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.keyless')$$), (28, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.words')$$), (29, $$attach_tickets('contacts.requests', 'contact=contact_id||sender', 'contacts:=contacts.people')$$),
	(30, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.people', 'contacts_channel:=web')$$), (31, $$attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.loose')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
SELECT user360.attach_contacts('contacts.loose', 'sender=id', 'channel:=loose');
SELECT message, detail FROM attempt($$SELECT user360.attach_tickets('contacts.requests', 'contact=sender', 'contacts:=contacts.loose')$$);
-- The trigger is for tables, after each row.
CREATE TRIGGER wrong BEFORE INSERT ON contacts.keyless FOR EACH ROW EXECUTE FUNCTION user360.capture_contact('bot:=contacts', 'sender=id');
SELECT code, message, hint FROM attempt($$INSERT INTO contacts.keyless VALUES (1)$$);
DROP TRIGGER wrong ON contacts.keyless;
-- Made by hand, also for rows that are deleted.
CREATE TRIGGER by_hand AFTER INSERT OR DELETE ON contacts.keyless FOR EACH ROW EXECUTE FUNCTION user360.capture_contact('bot:=contacts', 'sender=id', 'firstName=name');
INSERT INTO contacts.keyless VALUES (1, NULL, 'By hand');
DELETE FROM contacts.keyless;
SELECT holds, senders FROM people('contacts') WHERE senders LIKE 'contacts.keyless%';
ALTER TABLE contacts.keyless ADD PRIMARY KEY (id);
INSERT INTO contacts.keyless VALUES (2, NULL, 'Nobody''s');
CREATE OR REPLACE TRIGGER by_hand AFTER INSERT ON contacts.keyless FOR EACH ROW EXECUTE FUNCTION user360.capture_contact('firstName=name');
SELECT code, message FROM attempt($$SELECT user360.attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.keyless')$$);
INSERT INTO contacts.keyless VALUES (3, 'contacts', 'x');
CREATE OR REPLACE TRIGGER by_hand AFTER INSERT ON contacts.keyless FOR EACH ROW EXECUTE FUNCTION user360.capture_contact('bot=bot', 'sender=id', 'firstName=name');
SELECT user360.attach_tickets('contacts.requests', 'contact=contact_id', 'contacts:=contacts.keyless');
SELECT encode(tgargs, 'escape') LIKE '%contacts_channel:=contacts.keyless%' AS by_its_name FROM pg_trigger WHERE tgname = 'user360_link' AND tgrelid = 'contacts.requests'::regclass;
INSERT INTO contacts.requests (id, contact_id) VALUES (30, 3);
SELECT holds, senders FROM people('contacts') WHERE senders LIKE 'contacts.keyless 3%';
SELECT * FROM user360.verify('contacts');
DROP SCHEMA contacts CASCADE;
DROP FUNCTION tickets;
DROP ROLE regress_desk, regress_writer;
