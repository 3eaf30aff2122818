-- A bot with many customers, a table of the same size to compare with, and two
-- ticket tables, one of them attached.
SET client_min_messages = warning;
CREATE EXTENSION user360;
SELECT user360.create_bot('acme', 'email', '{web,whatsapp}', 'IN') \gset
INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid, first_name, last_name, phone, email, last_channel)
SELECT 'acme', gen_random_uuid(), now(), now(), now(), now(), 'u' || i || '@example.com', 'Asha', 'Rao ' || i, '+9190' || (10000000 + i), 'u' || i || '@example.com', 'web'
FROM generate_series(1, :profiles) AS i;
INSERT INTO user360.sender (bot, channel, sender, profile_id, first_seen_at, last_seen_at)
SELECT bot, 'web', 'c' || substr(userid, 2, length(userid) - 13), profile_id, created_at, now() FROM user360.profile;
CREATE TABLE bare (id int PRIMARY KEY, other int, name text, email text);
INSERT INTO bare SELECT i, 1 + (hashint8(i) & 1048575) % :profiles, 'Asha Rao ' || i, 'u' || i || '@example.com' FROM generate_series(1, :profiles) AS i;
CREATE TABLE ticket_bare (id bigserial PRIMARY KEY, channel text, sender text, subject text, status text DEFAULT 'open', created_at timestamptz DEFAULT now());
CREATE TABLE ticket_linked (LIKE ticket_bare INCLUDING ALL);
SELECT user360.attach_tickets('ticket_linked', 'bot:=acme') \gset
VACUUM ANALYZE;
CHECKPOINT;
