-- Look-ups: a column of the row of another table whose key the row has, as
-- whoever writes the row may read it.
SET client_min_messages = error;
\set SHOW_CONTEXT never
DROP ROLE IF EXISTS regress_reader;
SET client_min_messages = warning;
SELECT user360.create_bot('look_up', 'email', '{web}', 'IN');
SELECT user360.define_property('look_up', 'plan', 'string');
CREATE SCHEMA look;
CREATE FUNCTION tickets(source text) RETURNS TABLE (ticket text, channel text, status text, holds jsonb) LANGUAGE sql STABLE AS $$
	SELECT t.ticket, t.channel, t.status, holds(t.bot, t.profile_id) - 'lastChannel' FROM user360.ticket AS t WHERE t.source = tickets.source ORDER BY octet_length(t.ticket), t.ticket
$$;
CREATE TYPE look.kind AS ENUM ('web', 'chat', 'desk');
CREATE TABLE look.inboxes (id smallint PRIMARY KEY, kind look.kind, "Name" text, settings jsonb, tags text[], since date);
INSERT INTO look.inboxes VALUES (1, 'web', 'Site', '{"plan": {"name": "gold"}}', '{a,b}', '2026-01-02'), (2, 'chat', '', '{}', NULL, NULL), (3, NULL, 'Long' || repeat(' text', 20), NULL, '{}', NULL);
CREATE TABLE look.states (code varchar(9) UNIQUE, label text);
INSERT INTO look.states VALUES ('n', 'new'), ('s', 'solved');
CREATE TABLE look.kinds (kind look.kind PRIMARY KEY, label text);
INSERT INTO look.kinds VALUES ('desk', 'Agra');
CREATE TABLE look."Quoted ""Table""" ("The Id" uuid PRIMARY KEY, "a.b" text);
INSERT INTO look."Quoted ""Table""" VALUES ('00000000-0000-4000-8000-000000000001', 'Ravi');
CREATE TABLE look.requests (id int PRIMARY KEY, inbox bigint, state text, kind look.kind, who uuid, sender text DEFAULT 's');

-- Every kind of key: numbers of another width, varchar by text, enum, uuid;
-- quoted names, a key of a jsonb column, a list, a date.
SELECT user360.attach_tickets('look.requests', 'bot:=look_up', 'sender=id', 'channel=inbox->look.inboxes.kind', 'status=state->look.states.label', 'closed:=solved', 'lastName=inbox->look.inboxes.Name',
	'plan=inbox->look.inboxes.settings.plan.name', 'tags=inbox -> LOOK.Inboxes.tags', 'dob=inbox->look.inboxes.since', 'city=kind->look.kinds.label', 'firstName=who->look."Quoted ""Table"""."a.b"');
INSERT INTO look.requests VALUES (1, 1, 's', 'desk', '00000000-0000-4000-8000-000000000001'), (2, 2, 'n', 'web', '00000000-0000-4000-8000-000000000002'), (3, 3, 'x', NULL, NULL), (4, 99999999999, '', NULL, NULL), (5, NULL, NULL, NULL, NULL);
SELECT * FROM tickets('look.requests');
SELECT ticket FROM user360.ticket WHERE source = 'look.requests' AND closed_at IS NOT NULL;
-- What is looked up now: an update follows the row's own columns, not the other table.
UPDATE look.states SET label = 'open' WHERE code = 'n';
UPDATE look.requests SET state = 'n' WHERE id = 1;
UPDATE look.requests SET id = id WHERE id = 2;
SELECT ticket, status FROM tickets('look.requests') WHERE ticket < '3';
-- What the same statement, or the transaction, has written is there.
BEGIN;
INSERT INTO look.inboxes VALUES (7, 'desk', NULL, NULL, NULL, NULL);
INSERT INTO look.requests (id, inbox) VALUES (7, 7);
WITH box AS (INSERT INTO look.inboxes VALUES (8, 'desk', NULL, NULL, NULL, NULL) RETURNING id) INSERT INTO look.requests (id, inbox) SELECT 8, id FROM box;
COMMIT;
SELECT ticket, channel FROM tickets('look.requests') WHERE ticket > '6';
-- A large value, which is not stored in the row.
ALTER TABLE look.inboxes ALTER settings SET STORAGE EXTERNAL;
INSERT INTO look.inboxes VALUES (9, 'web', 'Big', jsonb_build_object('plan', jsonb_build_object('name', 'big'), 'rest', repeat('x', 100000)), NULL, NULL);
INSERT INTO look.requests (id, inbox) VALUES (9, 9);
SELECT ticket, holds FROM tickets('look.requests') WHERE ticket = '9';

-- Whatever happens to the other table, the row is stored: one warning a statement.
ALTER TABLE look.inboxes RENAME kind TO sort;
INSERT INTO look.requests (id, inbox) VALUES (20, 1), (21, 2);
\set VERBOSITY sqlstate
INSERT INTO look.requests (id, inbox) VALUES (22, 1);
\set VERBOSITY default
ALTER TABLE look.inboxes RENAME sort TO kind;
ALTER TABLE look.inboxes RENAME TO boxes;
INSERT INTO look.requests (id, inbox) VALUES (23, 1);
ALTER TABLE look.boxes RENAME TO inboxes;
ALTER TABLE look.inboxes ALTER kind TYPE text, DROP CONSTRAINT inboxes_pkey;
INSERT INTO look.requests (id, inbox) VALUES (24, 1);
ALTER TABLE look.inboxes ALTER id TYPE text, ADD PRIMARY KEY (id);
INSERT INTO look.requests (id, inbox) VALUES (25, 1);
ALTER TABLE look.inboxes ALTER id TYPE int USING id::int;
INSERT INTO look.requests (id, inbox) VALUES (26, 1);
DROP TABLE look.states;
INSERT INTO look.requests (id, inbox, state) VALUES (27, 1, 'n');
CREATE VIEW look.states AS SELECT 'n'::text AS code, 'new' AS label;
INSERT INTO look.requests (id, inbox, state) VALUES (28, 1, 'n');
SELECT ticket, channel, status FROM tickets('look.requests') WHERE octet_length(ticket) = 2;
-- By whom: the one who writes the row.
CREATE ROLE regress_reader;
GRANT INSERT ON look.requests TO regress_reader;
GRANT SELECT (id, kind) ON look.inboxes TO regress_reader;
SET ROLE regress_reader;
INSERT INTO look.requests (id, inbox) VALUES (30, 1);
RESET ROLE;
GRANT USAGE ON SCHEMA look TO regress_reader;
SET ROLE regress_reader;
INSERT INTO look.requests (id, inbox) VALUES (31, 1);
RESET ROLE;
GRANT SELECT ON look.inboxes TO regress_reader;
SET ROLE regress_reader;
INSERT INTO look.requests (id, inbox) VALUES (32, 1);
RESET ROLE;
ALTER TABLE look.inboxes ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION look.hostile() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a policy was run by %', current_user; END$$;
CREATE POLICY hostile ON look.inboxes USING (look.hostile());
SET ROLE regress_reader;
INSERT INTO look.requests (id, inbox) VALUES (33, 1);
RESET ROLE;
SELECT ticket, channel, holds FROM tickets('look.requests') WHERE ticket > '29' AND octet_length(ticket) = 2;

-- A partitioned table is looked up in its partitions.
CREATE TABLE look.parts (id int PRIMARY KEY, channel text) PARTITION BY LIST (id);
CREATE TABLE look.part1 PARTITION OF look.parts FOR VALUES IN (1);
CREATE TABLE look.part2 (channel text, id int NOT NULL);
ALTER TABLE look.parts ATTACH PARTITION look.part2 FOR VALUES IN (2);
INSERT INTO look.parts VALUES (1, 'one'), (2, 'two');
CREATE TABLE look.part_requests (id int PRIMARY KEY, part int);
SELECT user360.attach_tickets('look.part_requests', 'bot:=look_up', 'sender=id', 'channel=part->look.parts.channel');
INSERT INTO look.part_requests VALUES (1, 1), (2, 2), (3, 3);
SELECT ticket, channel FROM tickets('look.part_requests');
ALTER TABLE look.parts DETACH PARTITION look.part2;
INSERT INTO look.part_requests VALUES (4, 2);
SELECT ticket, channel FROM tickets('look.part_requests') WHERE ticket = '4';
-- The bot itself may be looked up.
CREATE TABLE look.tenants (id int PRIMARY KEY, bot text);
INSERT INTO look.tenants VALUES (1, 'look_up'), (2, 'no such bot');
CREATE TABLE look.of_tenants (id int PRIMARY KEY, tenant int, channel text DEFAULT 'web', sender text DEFAULT 't');
SELECT user360.attach_tickets('look.of_tenants', 'bot=tenant->look.tenants.bot');
INSERT INTO look.of_tenants VALUES (1, 1);
INSERT INTO look.of_tenants VALUES (2, 2);
INSERT INTO look.of_tenants VALUES (3, 3);
SELECT ticket, channel FROM tickets('look.of_tenants');
UPDATE look.of_tenants SET tenant = 1 WHERE id = 3;
DELETE FROM look.of_tenants WHERE id = 1;
SELECT ticket, channel FROM tickets('look.of_tenants');
-- Under the stricter isolation levels too, and in a read-only look at nothing.
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO look.part_requests VALUES (5, 1);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO look.part_requests VALUES (6, 1);
COMMIT;
SELECT ticket, channel FROM tickets('look.part_requests') WHERE ticket > '4';

-- Refusals, with the nearest name as the hint.
CREATE TABLE look.two_keys (a int, b int, channel text, PRIMARY KEY (a, b));
CREATE TABLE look.two_unique (a int UNIQUE, b int UNIQUE, channel text);
CREATE TABLE look.partial (a int, channel text);
CREATE UNIQUE INDEX ON look.partial (a) WHERE channel IS NOT NULL;
CREATE TABLE look.bare (id int PRIMARY KEY, inbox bigint, word text, opened date);
SELECT v.mapping, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, 'channel=inbox->look.inboxes.knid'), (2, 'channel=inbox->look.inbox.kind'), (3, 'channel=inbox->lok.inboxes.kind'), (4, 'channel=inbx->look.inboxes.kind'), (5, 'channel=inbox->inboxes.kind'), (6, 'channel=inbox->inboxes'), (7, 'channel=inbox->'),
	(8, 'channel=inbox->look.inboxes.'), (9, 'channel=inbox->look.inboxes.kind.a'), (10, 'channel=inbox||word->look.inboxes.kind'), (11, 'channel=inbox->look.inboxes.kind||word'), (12, 'channel=word->look.inboxes.kind'), (13, 'channel=inbox->look.states.label'),
	(14, 'channel=inbox->look.two_keys.channel'), (15, 'channel=inbox->look.two_unique.channel'), (16, 'channel=inbox->look.partial.channel'), (17, 'channel=inbox->"look.inboxes.kind'), (18, 'opened_at=inbox->look.inboxes.since'), (19, 'channel=inbox->look.inboxes.kind->look.kinds.label')) AS v(n, mapping),
LATERAL attempt(format('SELECT user360.attach_tickets(''look.bare'', ''bot:=look_up'', ''sender=id'', %L%s)', v.mapping, CASE WHEN v.mapping LIKE 'channel%' THEN '' ELSE ', ''channel:=web''' END)) AS a ORDER BY v.n;
-- Whoever attaches must be able to read it.
GRANT CREATE ON SCHEMA look TO regress_reader;
SELECT user360.grant_access('regress_reader', 'look_up', 'capture');
SET ROLE regress_reader;
CREATE TABLE look.mine (id int PRIMARY KEY, inbox int);
SELECT user360.attach_tickets('look.mine', 'bot:=look_up', 'sender=id', 'channel=inbox->look.kinds.label');
SELECT user360.attach_tickets('look.mine', 'bot:=look_up', 'sender=id', 'channel=inbox->look.tenants.bot');
SELECT user360.attach_tickets('look.mine', 'bot:=look_up', 'sender=id', 'channel=inbox->look.inboxes.kind');
RESET ROLE;
SELECT user360.revoke_access('regress_reader', 'look_up');
DROP SCHEMA look CASCADE;
DROP FUNCTION tickets;
DROP ROLE regress_reader;
