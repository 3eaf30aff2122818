-- Tables that are no longer what they were when they were attached, triggers
-- made by hand, rows without a key: an insert goes on, with a warning where
-- something is left out.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('changed', 'email', '{web}', 'IN');
SELECT user360.define_property('changed', 'plan', 'string');

-- What can't be attached: no such table, a column of a name that none can have.
CREATE TABLE changed_desk (id int PRIMARY KEY, key text, sender text, email text, details jsonb, opened_at timestamptz, status text, "a""b" text, kind_id int);
CREATE TABLE changed_kind (id int PRIMARY KEY, kind text);
INSERT INTO changed_kind VALUES (1, 'web');
SELECT v.call, a.code, a.message, a.hint FROM (VALUES
	(1, $$4000000000::oid::regclass, 'bot:=changed', 'channel:=web'$$),
	(2, $$'changed_desk', 'bot:=changed', 'channel:=web', 'email=$$ || repeat('x', 70) || $$'$$),
	(3, $$'changed_desk', 'bot:=changed', 'channel:=web', 'email="a""c"'$$)) AS v(n, call),
LATERAL attempt(format('SELECT user360.attach_tickets(%s)', v.call)) AS a ORDER BY v.n;

-- A quotation mark in the name of the key.
CREATE TABLE changed_quote ("i""d" int PRIMARY KEY, sender text);
SELECT user360.attach_tickets('changed_quote', 'bot:=changed', 'channel:=web');
INSERT INTO changed_quote VALUES (7, 's0');
SELECT ticket FROM user360.ticket WHERE bot = 'changed';
DELETE FROM changed_quote;

-- A ticket without a sender belongs to the customer of its userId, and makes no
-- sender of it.
SELECT outcome FROM user360.identify('changed', 'web', 'known', '{"email": "lea@example.com"}') AS i;
CREATE TABLE changed_sender (id int PRIMARY KEY, sender text, email text, language text);
SELECT user360.attach_tickets('changed_sender', 'bot:=changed', 'channel:=web', 'email=email', 'language=language');
INSERT INTO changed_sender VALUES (1, NULL, 'lea@example.com', 'de');
SELECT t.ticket, c.userid FROM user360.ticket AS t, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c WHERE t.bot = 'changed' AND t.source = 'public.changed_sender';
SELECT holds ->> 'language' AS language, senders FROM people('changed') WHERE userid = 'lea@example.com';
DROP TABLE changed_sender;

-- Columns change their types: a key of what is no jsonb any more is blank, and
-- so is a moment that is none.
SELECT user360.attach_tickets('changed_desk', 'bot:=changed', 'channel=kind_id->public.changed_kind.kind', 'ticket=key', 'sender=sender', 'email=email', 'plan=details.plan', 'city="a""b"', 'opened_at=opened_at', 'status=status', 'closed:=solved');
INSERT INTO changed_desk VALUES (1, 'k1', 's1', NULL, '{"plan": "gold"}', '2026-01-01 00:00+00', 'open', 'Pune', 1);
ALTER TABLE changed_desk ALTER COLUMN details TYPE text, ALTER COLUMN opened_at TYPE text;
INSERT INTO changed_desk VALUES (2, 'k2', 's2', NULL, '{"plan": "gold"}', '2026-01-01', 'open', 'Goa', 1);
SELECT no, holds, senders FROM people('changed') ORDER BY no;
SELECT ticket, opened_at = '2026-01-01 00:00+00' AS at, closed_at IS NOT NULL AS closed FROM user360.ticket WHERE bot = 'changed' ORDER BY ticket;

-- A row without a key is no ticket, whatever happens to it; one that gets its
-- key later is.
INSERT INTO changed_desk (id, sender, status, kind_id) VALUES (3, 's3', 'open', 1);
UPDATE changed_desk SET status = 'solved' WHERE id = 3;
UPDATE changed_desk SET email = 'asha@example.com' WHERE id = 3;
DELETE FROM changed_desk WHERE id = 3;
SELECT count(*) FROM user360.ticket WHERE bot = 'changed';

-- A trigger made by hand, with arguments that are no mapping.
CREATE TABLE changed_hand (id int PRIMARY KEY, bot text);
CREATE TRIGGER hand AFTER INSERT ON changed_hand FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('no mapping');
INSERT INTO changed_hand VALUES (1, 'changed');
CREATE TABLE changed_before (id int PRIMARY KEY, bot text);
CREATE TRIGGER hand BEFORE INSERT ON changed_before FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('bot=bot');
INSERT INTO changed_before VALUES (1, 'changed');

-- So are contacts that attach_tickets() would have refused: the ticket is there,
-- the contact is not read.
CREATE TABLE changed_contacts (id int PRIMARY KEY, email text);
INSERT INTO changed_contacts VALUES (1, 'uma@example.com');
SELECT user360.attach_contacts('changed_contacts', 'bot:=changed', 'userId=email');
CREATE TABLE changed_requests (id int PRIMARY KEY, contact_id int, contacts text DEFAULT 'public.changed_contacts');
SELECT v.call, a.code, a.message FROM (VALUES
	(1, $$'contacts=contacts'$$),
	(2, $$'contacts:=changed..contacts'$$)) AS v(n, call),
LATERAL attempt(format($$SELECT user360.attach_tickets('changed_requests', 'bot:=changed', 'channel:=web', 'contact=contact_id', %s)$$, v.call)) AS a ORDER BY v.n;
CREATE TRIGGER hand AFTER INSERT ON changed_requests FOR EACH ROW
	EXECUTE FUNCTION user360.link_ticket('bot:=changed', 'source:=column', 'ticket=id', 'channel:=web', 'contact=contact_id', 'contacts=contacts', 'contacts_channel:=public.changed_contacts');
INSERT INTO changed_requests VALUES (1, 1);
DROP TRIGGER hand ON changed_requests;
CREATE TRIGGER hand AFTER INSERT ON changed_requests FOR EACH ROW
	EXECUTE FUNCTION user360.link_ticket('bot:=changed', 'source:=channel', 'ticket=id', 'channel:=web', 'contact=contact_id', 'contacts:=public.changed_contacts', 'contacts_channel:=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx');
INSERT INTO changed_requests VALUES (2, 1);
SELECT t.source, t.ticket, c.userid FROM user360.ticket AS t, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c WHERE t.bot = 'changed' AND t.source IN ('column', 'channel') ORDER BY t.source;

-- Temporary tables take rows in a read-only transaction.
CREATE TEMPORARY TABLE changed_temporary (id int PRIMARY KEY, sender text, email text);
SELECT user360.attach_tickets('changed_temporary', 'bot:=changed', 'channel:=web', 'email=email');
INSERT INTO changed_temporary VALUES (1, 't1', NULL);
BEGIN READ ONLY;
INSERT INTO changed_temporary VALUES (2, 't2', NULL);
ROLLBACK;
SELECT senders FROM people('changed') WHERE senders ~ ' t';

-- A contact's value that became blank is cleared where the profile holds it;
-- not where an agent has given another one since.
CREATE TABLE changed_people (id int PRIMARY KEY, email text, city text);
SELECT user360.attach_contacts('changed_people', 'bot:=changed', 'userId=email', 'city=city');
INSERT INTO changed_people VALUES (1, 'ravi@example.com', 'Pune'), (2, 'meera@example.com', 'Goa');
SELECT user360.update_contact('changed', c.profile_id, '{"city": "Delhi"}') = c.profile_id AS edited FROM user360.contact_card('changed', 'meera@example.com') AS c;
UPDATE changed_people SET city = NULL;
SELECT userid, holds ->> 'city' AS city FROM people('changed') WHERE userid ~ 'ravi|meera' ORDER BY userid;

-- A look-alike is refused as a userId, and the address is kept as it was given.
SELECT user360.set_option('changed', 'lookalike', 'refuse');
CREATE TABLE changed_mail (id int PRIMARY KEY, mail text);
SELECT user360.attach_tickets('changed_mail', 'bot:=changed', 'channel:=web', 'sender=id', 'userId=mail');
INSERT INTO changed_mail VALUES (1, U&'r\0430vi@example.com');
SELECT p.userid, c.email FROM user360.contact_card_for_sender('changed', 'web', '1') AS c JOIN user360.profile AS p USING (profile_id);

-- The extension's objects are of another version than the library: calls are
-- refused, a ticket goes in with a warning.
\c -
SET client_min_messages = warning;
BEGIN;
UPDATE pg_extension SET extversion = 'other' WHERE extname = 'user360';
INSERT INTO changed_desk VALUES (4, 'k4', 's4', NULL, NULL, NULL, 'open', NULL, 1);
SELECT code, replace(message, user360.user360_version(), 'x') AS message, hint FROM attempt($$SELECT user360.identify('changed', 'web', 's5')$$);
ROLLBACK;
SELECT outcome FROM user360.identify('changed', 'web', 's5') AS i;
SELECT * FROM user360.verify('changed');
DROP TABLE changed_quote, changed_desk, changed_kind, changed_hand, changed_before, changed_contacts, changed_requests, changed_people, changed_mail;
