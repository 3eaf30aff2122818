-- backfill(): the rows that stood in a table before it was attached, in the
-- order in which they were opened, read as the caller, as often as one likes.
\set SHOW_CONTEXT never
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_filler, regress_poor;
SET client_min_messages = notice;
SET timezone = 'UTC';
CREATE SCHEMA fill;
SELECT user360.create_bot('fill', 'email', '{web,chat}', 'IN');
CREATE FUNCTION tickets(source text) RETURNS TABLE (bot text, ticket text, userid text, channel text, status text, opened_at timestamp, closed boolean, previous text) LANGUAGE sql STABLE AS $$
	SELECT t.bot, t.ticket, c.userid, t.channel, t.status, t.opened_at AT TIME ZONE 'UTC', t.closed_at IS NOT NULL, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket
	FROM user360.ticket AS t, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c WHERE t.source = tickets.source ORDER BY t.bot, t.opened_at, octet_length(t.ticket), t.ticket
$$;
CREATE TABLE fill.requests (id int PRIMARY KEY, bot text DEFAULT 'fill', channel text DEFAULT 'web', sender text, mail text, status text DEFAULT 'new', opened_at timestamptz);
-- Stored in another order than they were opened.
INSERT INTO fill.requests (id, sender, mail, status, opened_at) VALUES (5, 'a', 'asha@example.com', 'done', '2026-11-05'), (3, 'a', NULL, 'new', '2026-11-03'), (4, 'b', NULL, 'new', '2026-11-03'), (1, 'b', 'asha@example.com', 'new', '2026-11-04'), (2, NULL, NULL, 'new', '2026-11-01'), (10, 'a', NULL, 'new', '2026-11-03');
SELECT user360.attach_tickets('fill.requests', 'userId=mail', 'closed:=done');
CALL user360.backfill('fill.requests');
SELECT * FROM tickets('fill.requests');
SELECT count(*) AS events, bool_and(at > now() - interval '1 hour') AS recorded_now FROM user360.event WHERE bot = 'fill' AND name = 'TICKET_OPEN';
-- Again: nothing to do.
CALL user360.backfill('fill.requests');
SELECT count(*) FROM user360.event WHERE bot = 'fill' AND name LIKE 'TICKET%';
-- Tickets that came between attaching and backfill are linked to the older ones.
CREATE TABLE fill.late (id int PRIMARY KEY, sender text, opened date);
INSERT INTO fill.late VALUES (1, 'l', '2026-10-01'), (2, 'l', '2026-10-03'), (3, 'm', '2026-10-01');
SELECT user360.attach_tickets('fill.late', 'bot:=fill', 'channel:=chat', 'opened_at=opened');
INSERT INTO fill.late VALUES (4, 'l', '2026-10-05'), (5, 'l', '2026-10-02'), (6, 'm', '2026-10-02');
SELECT ticket, previous FROM tickets('fill.late');
CALL user360.backfill('fill.late', batch => 1);
SELECT ticket, previous FROM tickets('fill.late');

-- In a transaction block nothing is committed.
CREATE TABLE fill.block (id int PRIMARY KEY, sender text DEFAULT 'x');
INSERT INTO fill.block SELECT n FROM generate_series(1, 25) AS n;
SELECT user360.attach_tickets('fill.block', 'bot:=fill', 'channel:=web');
BEGIN;
CALL user360.backfill('fill.block', 10);
SELECT count(*) FROM tickets('fill.block');
ROLLBACK;
SELECT count(*) FROM tickets('fill.block');
DO $$BEGIN CALL user360.backfill('fill.block', 10); END$$;
SELECT count(*) FROM tickets('fill.block');
-- Outside of one, each batch is: an error in the middle keeps the batches before it, and it goes on from there.
CREATE TABLE fill.broken (id int PRIMARY KEY, sender text DEFAULT 'y');
INSERT INTO fill.broken SELECT n FROM generate_series(1, 30) AS n;
CREATE SEQUENCE fill.calls;
CREATE FUNCTION fill.checks() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF current_user <> session_user THEN RAISE 'run by %', current_user; END IF;
	IF nextval('fill.calls') = 80 THEN RAISE 'the server is tired'; END IF;
	RETURN true;
END$$;
SELECT user360.attach_tickets('fill.broken', 'bot:=fill', 'channel:=web', 'where:=fill.checks()');
CALL user360.backfill('fill.broken', 10);
SELECT count(*) FROM tickets('fill.broken');
CALL user360.backfill('fill.broken', 10);
SELECT count(*), count(previous) FROM tickets('fill.broken');
-- A condition keeps rows out that it keeps out of the trigger.
CREATE TABLE fill.some (id int PRIMARY KEY, sender text DEFAULT 'z', kind text);
INSERT INTO fill.some VALUES (1, 'z', 'customer'), (2, 'z', 'agent'), (3, 'z', NULL);
SELECT user360.attach_tickets('fill.some', 'bot:=fill', 'channel:=web', 'where:=NEW.kind = ''customer'' OR new."kind" = ''x''');
CALL user360.backfill('fill.some');
SELECT ticket FROM tickets('fill.some');

-- Rows without a bot, of one that is not there, without a key: they are counted.
CREATE TABLE fill.odd (id text, bot text, sender text DEFAULT 'o');
INSERT INTO fill.odd VALUES ('1', NULL), ('2', 'no such bot'), ('3', 'fill'), (NULL, 'fill'), (' ', 'fill'), ('4', 'fill'), ('4', 'fill');
SELECT user360.attach_tickets('fill.odd', 'channel:=web', 'ticket=id');
CALL user360.backfill('fill.odd');
SELECT ticket FROM tickets('fill.odd');
-- Bad values are in the events, as the trigger's are.
CREATE TABLE fill.bad (id int PRIMARY KEY, sender text, mail text, born text);
INSERT INTO fill.bad VALUES (1, 'bad', 'null', 'yesterday');
SELECT user360.attach_tickets('fill.bad', 'bot:=fill', 'channel:=web', 'userId=mail', 'dob=born');
CALL user360.backfill('fill.bad');
SELECT jsonb_path_query_array(payload, '$.problems[*].sqlstate') AS problems FROM user360.event WHERE bot = 'fill' AND source = 'fill.bad';

-- Contacts, and tickets of contacts, in either order.
CREATE TABLE fill.people (id uuid PRIMARY KEY, name text, mail text, created_at timestamptz);
INSERT INTO fill.people VALUES ('00000000-0000-4000-8000-000000000002', 'Old', 'people@example.com', '2026-01-01'), ('00000000-0000-4000-8000-000000000001', 'Young', 'people@example.com', '2026-02-01'), ('00000000-0000-4000-8000-000000000003', 'Other', NULL, NULL);
SELECT user360.attach_contacts('fill.people', 'bot:=fill', 'userId=mail', 'firstName=name');
CREATE TABLE fill.asks (id bigint PRIMARY KEY, person uuid);
INSERT INTO fill.asks VALUES (1, '00000000-0000-4000-8000-000000000003'), (2, '00000000-0000-4000-8000-000000000001');
SELECT user360.attach_tickets('fill.asks', 'bot:=fill', 'channel:=web', 'contact=person', 'contacts:=fill.people');
CALL user360.backfill('fill.asks', 1);
CALL user360.backfill('fill.people', 1);
CALL user360.backfill('fill.people', 1);
SELECT senders, holds FROM people('fill') WHERE senders LIKE 'fill.people%';
SELECT ticket, userid FROM tickets('fill.asks');
-- A second table gives the same senders their userIds; what is known stays.
CREATE TABLE fill.addresses (id serial PRIMARY KEY, person uuid, mail text, city text);
INSERT INTO fill.addresses (person, mail, city) VALUES ('00000000-0000-4000-8000-000000000003', 'other@example.com', 'Pune'), ('00000000-0000-4000-8000-000000000001', 'not@example.com', 'Agra');
SELECT user360.attach_contacts('fill.addresses', 'bot:=fill', 'channel:=fill.people', 'sender=person', 'userId=mail', 'city=city');
CALL user360.backfill('fill.addresses');
SELECT user360.update_contact('fill', c.profile_id, '{"city": "Delhi"}') IS NOT NULL FROM user360.contact_card('fill', 'other@example.com') AS c;
CALL user360.backfill('fill.addresses');
CALL user360.backfill('fill.people');
SELECT senders, holds FROM people('fill') WHERE senders LIKE 'fill.people%';
-- A partitioned table; names that need quotes; a key of two columns; a dropped column before.
CREATE TABLE fill."Parts" ("The Id" int, region text, sender text, "At" date, PRIMARY KEY ("The Id", region)) PARTITION BY LIST (region);
CREATE TABLE fill.part1 PARTITION OF fill."Parts" FOR VALUES IN ('in');
CREATE TABLE fill.part2 (gone int, sender text, "At" date, region text NOT NULL, "The Id" int NOT NULL);
ALTER TABLE fill.part2 DROP gone;
ALTER TABLE fill."Parts" ATTACH PARTITION fill.part2 FOR VALUES IN ('fr');
INSERT INTO fill."Parts" VALUES (1, 'in', 'q', '2026-11-02'), (1, 'fr', 'q', '2026-11-01');
SELECT user360.attach_tickets('fill."Parts"', 'bot:=fill', 'channel:=web', 'ticket=region||"The Id"', 'opened_at="At"');
CALL user360.backfill('fill."Parts"');
SELECT ticket, opened_at, previous FROM tickets('fill.Parts');
-- Renamed after attaching.
ALTER TABLE fill.late RENAME TO later;
SELECT user360.detach('fill.later');
INSERT INTO fill.later VALUES (7, 'l', '2026-10-06');
SELECT user360.attach_tickets('fill.later', 'bot:=fill', 'channel:=chat', 'opened_at=opened', 'source:=fill.late');
ALTER TABLE fill.later RENAME TO latest;
CALL user360.backfill('fill.latest');
SELECT ticket, previous FROM tickets('fill.late') WHERE ticket >= '7';

-- As the caller: who may read the table, and the bot of each row.
CREATE ROLE regress_filler;
CREATE ROLE regress_poor;
SELECT user360.create_bot('fill other', 'email', '{web}');
CREATE TABLE fill.tenants (id int PRIMARY KEY, bot text, sender text DEFAULT 't');
INSERT INTO fill.tenants VALUES (1, 'fill'), (2, 'fill other'), (3, 'fill');
SELECT user360.attach_tickets('fill.tenants', 'channel:=web');
SELECT user360.grant_access('regress_filler', 'fill', 'capture');
GRANT USAGE ON SCHEMA fill TO regress_filler, regress_poor;
SET ROLE regress_poor;
CALL user360.backfill('fill.tenants');
SET ROLE regress_filler;
CALL user360.backfill('fill.tenants');
RESET ROLE;
GRANT SELECT ON fill.tenants TO regress_filler;
ALTER TABLE fill.tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON fill.tenants FOR SELECT USING (id < 3);
SET ROLE regress_filler;
CALL user360.backfill('fill.tenants');
SELECT current_user;
RESET ROLE;
SELECT bot, ticket FROM tickets('fill.tenants');
SELECT DISTINCT actor FROM user360.event WHERE source = 'fill.tenants';
-- Whose bot is a constant needs access to that bot.
SELECT user360.attach_tickets('fill.block', 'bot:=fill other', 'channel:=web');
GRANT SELECT ON fill.block TO regress_filler;
SET ROLE regress_filler;
CALL user360.backfill('fill.block');
RESET ROLE;
SELECT user360.revoke_access('regress_filler', 'fill');

-- Refusals.
CREATE TABLE fill.free (id int PRIMARY KEY);
CALL user360.backfill('fill.free');
CALL user360.backfill(NULL);
CALL user360.backfill('fill.requests', NULL);
CALL user360.backfill('fill.requests', 0);
CALL user360.backfill('fill.requests', 100001);
CALL user360.backfill('fill.nothing');
CALL user360.backfill(0);
SET client_min_messages = warning;
-- A trigger that was made by hand.
CREATE TRIGGER by_hand AFTER INSERT ON fill.free FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('bot:=fill', 'ticket=id', 'channel:=web', 'sender=id', 'where:=true); DROP TABLE fill.requests; SELECT new.id FROM fill.free AS new WHERE (true');
CALL user360.backfill('fill.free');
CREATE OR REPLACE TRIGGER by_hand AFTER INSERT ON fill.free FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('bot:=fill', 'ticket:=1', 'channel:=web');
CALL user360.backfill('fill.free');
CREATE OR REPLACE TRIGGER by_hand AFTER INSERT ON fill.free FOR EACH ROW EXECUTE FUNCTION user360.link_ticket('no mapping');
CALL user360.backfill('fill.free');
SELECT count(*) FROM fill.requests;
ALTER TABLE fill.some RENAME id TO key;
CALL user360.backfill('fill.some');
-- A key of a type that nothing compares.
CREATE TABLE fill.plain (id json, sender text);
SELECT user360.attach_tickets('fill.plain', 'bot:=fill', 'channel:=web', 'ticket=id', 'sender=sender');
CALL user360.backfill('fill.plain');
SELECT * FROM user360.verify('fill');
DROP SCHEMA fill CASCADE;
DROP FUNCTION tickets;
DROP ROLE regress_filler, regress_poor;
