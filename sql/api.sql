-- The example of a schema for GraphQL and REST servers, as the roles with which
-- their requests come.
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_api_agent, regress_api_team, regress_api_stranger;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE ROLE regress_api_agent;
CREATE ROLE regress_api_team;
CREATE ROLE regress_api_stranger;
\getenv source PG_ABS_SRCDIR
\set example :source '/test/api/api.sql'
\set ECHO none
\i :example
\set ECHO all
SELECT user360.create_bot('api', 'email', '{web}', 'IN');
SELECT user360.create_bot('api other', 'email', '{web}', 'IN');
SELECT outcome FROM user360.identify('api other', 'web', 's', '{"email": "asha@example.com", "firstName": "Asha"}') AS i;
CREATE TABLE api_tickets (id int PRIMARY KEY, sender text, mail text, name text, subject text, opened_at timestamptz);
SELECT user360.attach_tickets('api_tickets', 'bot:=api', 'channel:=web', 'email=mail', 'firstName=name');
INSERT INTO api_tickets VALUES (1, 'c1', NULL, NULL, 'Do you ship?', '2026-11-24 09:00'), (2, 'c1', 'Asha@Example.com', 'Asha', 'Where is it?', '2026-11-24 10:00'), (3, 'c2', NULL, NULL, 'Hello', '2026-11-24 11:00');
INSERT INTO api_tickets VALUES (4, 'c2', 'asha@example.com', NULL, 'It is me', '2026-11-24 12:00'), (5, 'c3', NULL, 'Vik', 'A chair', '2026-11-24 13:00');
SELECT user360.grant_access('regress_api_agent', 'api', 'agent');
SELECT user360.grant_access('regress_api_team', 'api', 'engagement_user');

-- An agent.
SET ROLE regress_api_agent;
SELECT (c).kind, (c).name, (c).user_id, (c).email, (c).identified, (c).missing, (c).last_channel FROM api.card('api', 'ASHA@example.com') AS c;
SELECT c.profile_id AS asha FROM api.card('api', 'asha@example.com') AS c \gset
SELECT api.card('api', 'nobody@example.com') IS NULL AS nobody, (api.card_of_sender('api', 'web', 'c2')).profile_id = :'asha' AS by_sender, (api.card_of_ticket('api', 'public.api_tickets', '3')).profile_id = :'asha' AS by_ticket;
SELECT c.kind, c.name, c.email, c.missing FROM api.find_contacts('api', 'vi') AS c;
SELECT name, last_name, profile_id = :'asha' AS same FROM api.update_contact('api', :'asha', '{"lastName": "Rao"}') AS c;
SELECT source, ticket, channel, subject FROM api.ticket_history('api', :'asha');
SELECT ticket FROM api.ticket_history('api', :'asha', 2);
SELECT * FROM api.previous_ticket('api', 'public.api_tickets', '2');
SELECT api.previous_ticket('api', 'public.api_tickets', '1') IS NULL AS none;
-- However long ago.
RESET ROLE;
SELECT count(user360.update_contact('api', :'asha', jsonb_build_object('city', 'City ' || n))) FROM generate_series(1, 250) AS n;
SET ROLE regress_api_agent;
SELECT ticket FROM api.ticket_history('api', :'asha', 3);
SELECT count(*) FROM api.ticket_history('api', :'asha');
-- Page after page, the whole timeline, each entry once and in its order.
CREATE TEMP TABLE pages AS
WITH RECURSIVE page (n, entries) AS (
	SELECT 1, ARRAY(SELECT a FROM api.activity('api', :'asha', 30) AS a)
	UNION ALL
	SELECT n + 1, ARRAY(SELECT a FROM api.activity('api', :'asha', 30, (entries[30]).cursor) AS a) FROM page WHERE cardinality(entries) = 30
)
SELECT row_number() OVER (ORDER BY n, e.no) AS no, e.cursor, e.at, e.kind, e.name, e.source, e.channel, e.ticket, e.payload FROM page, unnest(entries) WITH ORDINALITY AS e(cursor, at, kind, name, source, channel, ticket, payload, no);
SELECT count(*) > 250 AS many, count(*) = count(DISTINCT cursor) AS each_once FROM pages;
SELECT p.no, p.name, w.name FROM pages AS p FULL JOIN ROWS FROM (api.activity('api', :'asha', 1000)) WITH ORDINALITY AS w(cursor, at, kind, name, source, channel, ticket, payload, no) ON w.no = p.no AND w.cursor = p.cursor AND w.payload = p.payload WHERE p.no IS NULL OR w.no IS NULL;
SELECT count(*) FROM api.activity('api', :'asha', 2, 'x');
-- What is above the level is refused as by user360 itself, and so is another bot.
SELECT count(*) FROM api.channel_overview('api');
SELECT count(*) FROM api.customers;
SELECT api.card('api other', 'asha@example.com');
SELECT api.update_contact('api', :'asha', '{"userId": "eve@example.com"}');

-- The engagement team.
SET ROLE regress_api_team;
SELECT day, channel, tickets, customers, identified FROM api.channel_overview('api') WHERE tickets > 0;
SELECT sum(tickets) AS later FROM api.channel_overview('api', '2026-11-25') HAVING sum(tickets) > 0;
SELECT * FROM api.card_gaps('api');
SELECT api.user_page('api', :'asha') = user360.user_page('api', :'asha') AS same;
SELECT bot, user_id, first_name, last_name, email, card, last_channel FROM api.customers ORDER BY first_name;
SELECT t.bot, t.ticket, t.subject, t.profile_id = :'asha' AS ashas, t.previous_ticket FROM api.tickets AS t ORDER BY t.ticket;

-- A stranger, for whom the bots might as well not be there.
SET ROLE regress_api_stranger;
SELECT api.card('api', 'asha@example.com');
SELECT * FROM api.customers;
RESET ROLE;

-- What servers go by: everything has a description; nothing runs with its
-- owner's rights; what reads is STABLE; no type of the extension's shows but
-- where it is left out.
SELECT p.proname, p.provolatile FROM pg_proc AS p WHERE p.pronamespace = 'api'::regnamespace ORDER BY 1;
SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'api'::regnamespace AND (p.prosecdef OR obj_description(p.oid, 'pg_proc') IS NULL OR (p.proname <> 'shown') AND EXISTS (SELECT FROM pg_type AS t WHERE t.typnamespace = 'user360'::regnamespace AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes))));
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'api'::regnamespace AND (obj_description(c.oid, 'pg_class') IS NULL AND c.relkind = 'v' OR c.relkind = 'c' AND obj_description(c.reltype, 'pg_type') IS NULL OR c.relkind = 'v' AND NOT c.reloptions @> '{security_invoker=true}');
SELECT count(*) AS members_of_the_extension FROM pg_depend AS d WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'user360') AND d.classid = 'pg_class'::regclass AND d.objid IN (SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'api'::regnamespace);
DROP SCHEMA api CASCADE;
DROP TABLE api_tickets, pages;
SELECT user360.revoke_access('regress_api_agent', 'api'), user360.revoke_access('regress_api_team', 'api');
DROP ROLE regress_api_agent, regress_api_team, regress_api_stranger;
