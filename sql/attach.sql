-- Attaching a ticket table: every form of the mapping, what it takes when
-- nothing is said, and every refusal.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SELECT user360.create_bot('attach', 'email', '{web}', 'IN');
SELECT user360.define_property('attach', 'plan', 'string');
SELECT user360.define_property('attach', 'Plan', 'string');
SELECT user360.create_bot('42', 'email', '{web}', 'IN');
SELECT user360.define_property('42', 'plan', 'string');
SELECT user360.create_bot('43', 'email', '{web}', 'IN');
-- What user360 knows of the tickets of a source.
CREATE FUNCTION tickets(source text)
RETURNS TABLE (bot text, ticket text, userid text, channel text, status text, subject text, opened_at timestamp, closed boolean, previous text)
LANGUAGE sql STABLE AS $$
	SELECT t.bot, t.ticket, coalesce(s.userid, p.userid), t.channel, t.status, t.subject, t.opened_at AT TIME ZONE 'UTC', t.closed_at IS NOT NULL, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket
	FROM user360.ticket AS t JOIN user360.profile AS p ON p.bot = t.bot AND p.profile_id = t.profile_id
	LEFT JOIN user360.profile AS s ON s.bot = p.bot AND s.profile_id = p.merged_into
	WHERE t.source = tickets.source ORDER BY t.bot, octet_length(t.ticket), t.ticket
$$;
CREATE SCHEMA attach;

-- Columns that are called as user360 calls them need no mapping; the ticket
-- is the primary key, and opened_at may be called created_at.
CREATE TABLE attach.plain (id bigint PRIMARY KEY, bot text, channel text, sender text, status text, subject text, created_at timestamptz);
INSERT INTO attach.plain VALUES (1, 'attach', 'web', 'early', 'open', 'before', '2026-11-24 08:00'),
	(2, 'attach', 'web', 'early', 'open', 'before', '2026-11-24 08:01');
-- The answer counts what stands in the table already.
SELECT user360.attach_tickets('attach.plain');
INSERT INTO attach.plain VALUES (3, 'attach', 'web', 's1', 'open', 'Hello', '2026-11-24 09:00');
SELECT * FROM tickets('attach.plain');
SELECT tgname, tgtype, tgenabled, tgfoid = 'user360.link_ticket()'::regprocedure AS links FROM pg_trigger WHERE tgrelid = 'attach.plain'::regclass ORDER BY tgname;

-- Every form: columns, quoted and folded names, constants, joined columns,
-- keys of jsonb, arrays; tenants and keys that are no text.
CREATE TYPE attach.kind AS ENUM ('web', 'chat');
CREATE TABLE attach.full ("Ticket Id" uuid PRIMARY KEY, tenant int, inbox attach.kind, contact_key bigint, "firstName" varchar(40), phone_code text, phone_number bigint, mail char(30),
	custom_attributes jsonb, labels text[], numbers int[], state smallint, "Subject" text, opened timestamp, closed date, mine boolean);
SELECT user360.attach_tickets('attach.full', 'bot=tenant', 'channel=inbox', 'sender=contact_key', 'ticket="Ticket Id"', 'firstName="firstName"', 'phone=phone_code||phone_number', 'email=MAIL',
	'plan=custom_attributes.plan', 'city=custom_attributes.address."home city"', 'tags=labels', 'country:=IN', 'status=state', 'closed:=3,4', 'subject=Subject', 'opened_at=opened', 'closed_at=closed', 'source:=desk', 'where:=NEW.mine');
INSERT INTO attach.full VALUES
	('00000000-0000-4000-8000-000000000001', 42, 'web', 7, 'Asha', '91', 9000500000, ' Asha@Example.com', '{"plan": "gold", "address": {"home city": "Pune"}}', '{vip,beta}', NULL, 1, 'Help', '2026-11-24 09:00', NULL, true),
	('00000000-0000-4000-8000-000000000002', 42, 'chat', 8, NULL, '91', NULL, '', '{"plan": 7, "address": "x"}', '{}', NULL, 3, '', '2026-11-24 10:00', NULL, true),
	('00000000-0000-4000-8000-000000000003', 43, 'web', 9, ' ', NULL, 9000500001, NULL, '[]', NULL, NULL, 4, NULL, NULL, '2026-11-25', true),
	('00000000-0000-4000-8000-000000000004', 42, 'web', 7, 'Not', '91', 9000500000, NULL, NULL, NULL, NULL, 1, 'mine', NULL, NULL, false),
	('00000000-0000-4000-8000-000000000005', 42, 'web', 7, 'Not', '91', 9000500000, NULL, NULL, NULL, NULL, 1, 'known', NULL, NULL, NULL);
SELECT bot, ticket, userid, channel, status, subject, CASE WHEN bot = '42' THEN opened_at END AS opened_at, closed FROM tickets('desk');
SELECT holds, senders FROM people('42');
SELECT holds, senders FROM people('43');
SELECT closed_at FROM user360.ticket WHERE source = 'desk' AND bot = '43';
-- A blank part of a joined value is left out; without its last part it is none.
SELECT p.as_given FROM user360.profile AS p WHERE bot IN ('42', '43') ORDER BY p.created_at;

-- Attaching again replaces the mapping; detaching ends it and keeps what was recorded.
SELECT user360.attach_tickets('attach.plain', 'channel:=web', 'firstName=subject', 'status:=new');
INSERT INTO attach.plain VALUES (4, 'attach', NULL, 's4', 'open', 'Ravi', '2026-11-24 09:30');
SELECT * FROM tickets('attach.plain');
SELECT user360.detach('attach.plain');
SELECT user360.detach('attach.plain');
INSERT INTO attach.plain VALUES (5, 'attach', 'web', 's5', 'open', 'unseen', '2026-11-24 09:40');
DELETE FROM attach.plain WHERE id = 3;
SELECT ticket, status, subject FROM tickets('attach.plain');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'attach.plain'::regclass;
SELECT holds, senders FROM people('attach');
-- In a transaction that rolls back, it was not attached.
BEGIN;
SELECT user360.attach_tickets('attach.plain', 'source:=undone');
INSERT INTO attach.plain VALUES (6, 'attach', 'web', 's6', 'open', 'undone', '2026-11-24 09:50');
SELECT count(*) FROM tickets('undone');
ROLLBACK;
INSERT INTO attach.plain VALUES (6, 'attach', 'web', 's6', 'open', 'undone', '2026-11-24 09:50');
SELECT count(*) FROM tickets('undone');

-- The source is the table's name when it was attached, whatever it is called later.
SELECT user360.attach_tickets('attach.plain');
ALTER TABLE attach.plain RENAME TO "Plain 2";
INSERT INTO attach."Plain 2" VALUES (7, 'attach', 'web', 's7', 'open', 'renamed', '2026-11-24 10:00');
SELECT ticket, subject FROM tickets('attach.plain') WHERE ticket = '7';
-- Columns are found by name: one that is renamed or dropped is blank, with a
-- warning a session, until the table is attached again.
ALTER TABLE attach."Plain 2" RENAME subject TO title;
INSERT INTO attach."Plain 2" VALUES (8, 'attach', 'web', 's8', 'open', 'no subject', '2026-11-24 10:10');
ALTER TABLE attach."Plain 2" DROP title;
ALTER TABLE attach."Plain 2" ADD subject text;
INSERT INTO attach."Plain 2" VALUES (9, 'attach', 'web', 's9', 'open', '2026-11-24 10:20', 'again');
ALTER TABLE attach."Plain 2" DROP sender;
INSERT INTO attach."Plain 2" VALUES (10, 'attach', 'web', 'open', '2026-11-24 10:30', 'nobody''s');
ALTER TABLE attach."Plain 2" ADD sender text;
INSERT INTO attach."Plain 2" VALUES (11, 'attach', 'web', 'open', '2026-11-24 10:40', 'somebody''s', 's11');
SELECT ticket, status, subject FROM tickets('attach.plain') WHERE octet_length(ticket) > 1 OR ticket > '7';
SELECT senders FROM people('attach') WHERE no > 4;
-- A column may be of another type.
ALTER TABLE attach."Plain 2" ALTER status TYPE int USING 1;
INSERT INTO attach."Plain 2" VALUES (12, 'attach', 'web', 2, '2026-11-24 10:50', 'a number', 's11');
SELECT ticket, status, previous FROM tickets('attach.plain') WHERE ticket = '12';

-- Names that need quotes.
CREATE SCHEMA "Attach it";
CREATE TABLE "Attach it"."The ""Tickets""" ("The Id" int PRIMARY KEY, "Bot" text, "channel" text, "Sen""der" text);
SELECT user360.attach_tickets('"Attach it"."The ""Tickets"""', 'bot=Bot', 'sender="Sen""der"');
INSERT INTO "Attach it"."The ""Tickets""" VALUES (1, 'attach', 'web', 's11');
SELECT ticket FROM tickets('Attach it.The "Tickets"');
SELECT user360.detach('"Attach it"."The ""Tickets"""');
DROP SCHEMA "Attach it" CASCADE;

-- A partitioned table, whose partitions number their columns otherwise.
CREATE TABLE attach.parts (id bigint, bot text, channel text, sender text, subject text, opened_at date, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE attach.part1 PARTITION OF attach.parts FOR VALUES FROM (1) TO (100);
CREATE TABLE attach.part2 (subject text, sender text, dropped int, opened_at date, channel text, bot text, id bigint NOT NULL);
ALTER TABLE attach.part2 DROP dropped;
SELECT user360.attach_tickets('attach.parts', 'status:=open');
ALTER TABLE attach.parts ATTACH PARTITION attach.part2 FOR VALUES FROM (100) TO (200);
INSERT INTO attach.parts VALUES (1, 'attach', 'web', 'p', 'first', '2026-11-24'), (100, 'attach', 'web', 'p', 'second', '2026-11-25');
INSERT INTO attach.part2 (id, bot, channel, sender, subject, opened_at) VALUES (101, 'attach', 'web', 'p', 'third', '2026-11-26');
SELECT ticket, subject, opened_at, previous FROM tickets('attach.parts');
-- A row that moves to another partition stays the same ticket or becomes the one it is called.
UPDATE attach.parts SET id = 102 WHERE id = 1;
SELECT ticket, subject, previous FROM tickets('attach.parts');
DELETE FROM attach.parts WHERE id = 101;
SELECT ticket, subject, previous FROM tickets('attach.parts');
SELECT user360.detach('attach.parts');
SELECT count(*) FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'attach.part%';

-- Refusals.
CREATE TABLE attach.bare (id bigint PRIMARY KEY, tenant text, channel text, contact_id bigint, status text, details jsonb, note text, opened date);
CREATE TABLE attach.keyless (id bigint, bot text, channel text, sender text);
CREATE TABLE attach.two_keys (a int, b int, bot text, channel text, sender text, PRIMARY KEY (a, b));
CREATE VIEW attach.view AS SELECT * FROM attach.bare;
SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$'attach.bare'$$),
	(2, $$'attach.bare', 'bot:=attach'$$),
	(3, $$'attach.bare', 'bot:=attach', 'sender=contact'$$),
	(4, $$'attach.bare', 'bot=tenent', 'sender=contact_id'$$),
	(5, $$'attach.keyless'$$), (6, $$'attach.two_keys'$$),
	(10, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'status'$$),
	(11, $$'attach.bare', 'bot:=attach', 'sender=contact_id', ''$$),
	(12, $$'attach.bare', 'bot:=attach', 'sender=contact_id', '=status'$$),
	(13, $$'attach.bare', 'bot:=attach', 'sender=contact_id', ':=x'$$),
	(14, $$'attach.bare', 'bot:=attach', 'sender='$$),
	(15, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=note||'$$),
	(16, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=||note'$$),
	(17, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject="note'$$),
	(18, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=note x'$$),
	(19, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=details.'$$),
	(20, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'bot=tenant'$$),
	(21, $$'attach.bare', 'bot:=attach', 'sender=contact_id', NULL$$),
	(22, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=note.title'$$),
	(23, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'subject=details.a||note'$$),
	(30, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'opened_at=note'$$),
	(31, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'closed_at=opened||opened'$$),
	(32, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'opened_at:=2026-11-24'$$),
	(33, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'source=note'$$),
	(34, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'closed=status'$$),
	(35, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'source:= '$$),
	(36, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'where=status'$$),
	(37, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'where:=NEW.nothing'$$),
	(40, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'first_name=note'$$),
	(41, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'Plan=note', 'plan=note'$$),
	(42, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'userId=note'$$),
	(43, $$'attach.bare', 'bot:=no such bot', 'sender=contact_id'$$), (44, $$'attach.bare', 'bot:=', 'sender=contact_id'$$),
	(50, $$NULL$$),
	(51, $$'attach.nothing'$$),
	(52, $$'attach.view', 'bot:=attach', 'sender=contact_id', 'ticket=id'$$),
	(53, $$'attach.bare', VARIADIC NULL$$),
	(54, $$'attach.bare', 'bot:=attach', 'sender=contact_id', 'contact=contact_id'$$)) AS v(n, call),
LATERAL attempt('SELECT user360.attach_tickets(' || v.call || ')') AS a ORDER BY v.n;
SELECT v.call, a.code, a.message FROM (VALUES (1, $$NULL$$),
	(2, $$'attach.nothing'$$)) AS v(n, call), LATERAL attempt('SELECT user360.detach(' || v.call || ')') AS a ORDER BY v.n;
-- The trigger is for tables, after each row.
CREATE TRIGGER wrong BEFORE INSERT ON attach.bare FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('bot:=attach');
SELECT code, message, hint FROM attempt($$INSERT INTO attach.bare (id) VALUES (1)$$);
DROP TRIGGER wrong ON attach.bare;
CREATE TRIGGER wrong AFTER INSERT ON attach.bare FOR EACH STATEMENT EXECUTE FUNCTION user360.link_ticket('bot:=attach');
SELECT code, message, hint FROM attempt($$INSERT INTO attach.bare (id) VALUES (1)$$);
DROP TRIGGER wrong ON attach.bare;
SELECT code FROM attempt('SELECT user360.link_ticket()');

-- The extension goes only with the triggers, the table stays.
SELECT user360.attach_tickets('attach.bare', 'bot:=attach', 'sender=contact_id');
SELECT code, message FROM attempt('DROP EXTENSION user360');
BEGIN;
DROP EXTENSION user360 CASCADE;
INSERT INTO attach.bare (id) VALUES (1);
SELECT count(*) FROM attach.bare;
ROLLBACK;
INSERT INTO attach.bare (id, channel, contact_id) VALUES (2, 'web', 5);
SELECT ticket FROM tickets('attach.bare');
DROP SCHEMA attach CASCADE;
-- What was recorded outlives the table.
SELECT ticket FROM tickets('attach.bare');
DROP FUNCTION tickets;
