-- Virtual generated columns, which PostgreSQL 18 brought and makes by default: a
-- trigger's row has no value of them, so that none can be mapped; every other
-- way sees their values.  Before 18 the same columns are stored, and what 18
-- answers stands here.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('virtual', 'email', '{web}', 'IN');
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual, CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'VIRTUAL' ELSE 'STORED' END AS kind \gset
CREATE SCHEMA virtual;
CREATE TABLE virtual.inboxes (id int PRIMARY KEY, name text, label text GENERATED ALWAYS AS (upper(name)) :kind);
INSERT INTO virtual.inboxes VALUES (1, 'web');
CREATE TABLE virtual.tickets (id int PRIMARY KEY, sender text, mail text, inbox int, topic text, shown text GENERATED ALWAYS AS (upper(topic)) :kind);

-- A mapped one, of the table and of one that is looked up.
\set refused 'U3017: column "shown" of table "tickets" is a virtual generated column (Map what it is generated from, or make it STORED.)'
\set look_up_refused 'U3017: column "label" of table "inboxes" is a virtual generated column (Map what it is generated from, or make it STORED.)'
\if :has_virtual
SELECT format('%s: %s (%s)', code, message, hint) AS refused FROM attempt($$SELECT user360.attach_tickets('virtual.tickets', 'bot:=virtual', 'channel:=web', 'subject=shown')$$) \gset
SELECT format('%s: %s (%s)', code, message, hint) AS look_up_refused FROM attempt($$SELECT user360.attach_tickets('virtual.tickets', 'bot:=virtual', 'channel=inbox->virtual.inboxes.label')$$) \gset
\endif
SELECT :'refused' AS refused;
SELECT :'look_up_refused' AS refused;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'virtual.tickets'::regclass;

-- One that is not mapped is in nobody's way, and a condition may read it.
INSERT INTO virtual.tickets VALUES (1, 's1', 'one@example.com', 1, 'first'), (2, 's1', NULL, 1, 'noise');
SELECT user360.attach_tickets('virtual.tickets', 'bot:=virtual', 'channel:=web', 'email=mail', 'subject=topic', $$where:=NEW.shown <> 'NOISE'$$);
CALL user360.backfill('virtual.tickets');
INSERT INTO virtual.tickets VALUES (3, 's1', NULL, 1, 'second'), (4, 's1', NULL, 1, 'noise');
UPDATE virtual.tickets SET topic = 'third' WHERE id = 3;
SELECT t.ticket, t.subject, p.userid, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket AS previous FROM user360.ticket AS t JOIN user360.profile AS p USING (bot, profile_id) WHERE t.bot = 'virtual' ORDER BY t.ticket;

-- A column that becomes one later: the ticket is written, with a warning.
SELECT user360.detach('virtual.tickets');
SELECT user360.attach_tickets('virtual.tickets', 'bot:=virtual', 'channel:=web', 'subject=topic');
ALTER TABLE virtual.tickets DROP COLUMN shown, DROP COLUMN topic, ADD COLUMN topic text GENERATED ALWAYS AS (upper(mail)) :kind;
SET client_min_messages = error;
INSERT INTO virtual.tickets (id, sender, mail) VALUES (5, 's1', 'fifth');
\set subject none
\if :has_virtual
SELECT coalesce(subject, 'none') AS subject FROM user360.ticket WHERE bot = 'virtual' AND ticket = '5' \gset
\endif
SELECT count(*), :'subject' AS subject FROM user360.ticket WHERE bot = 'virtual' AND ticket = '5';
SET client_min_messages = warning;

-- A source of an import is read by a query, which works their values out.
CREATE TABLE virtual.people (mail text, name text, "firstName" text GENERATED ALWAYS AS (initcap(name)) :kind);
INSERT INTO virtual.people VALUES ('two@example.com', 'asha');
CALL user360.import_users('virtual', 'virtual.people', 'mail', '{"name": null}', tags => '{}') \gset
SELECT userid, holds FROM people('virtual');
SELECT * FROM user360.verify('virtual');
SELECT user360.detach('virtual.tickets');
DROP SCHEMA virtual CASCADE;
