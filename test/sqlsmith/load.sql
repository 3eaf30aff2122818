-- What the random calls are over: bots of each kind, customers, merges, attached
-- tables of tickets and contacts, files to import.
SET client_min_messages = warning;
CREATE EXTENSION user360;
CREATE ROLE clerk LOGIN;
GRANT CREATE ON SCHEMA public TO clerk;
SELECT user360.create_bot('steady', 'email', '{web, whatsapp, email}', 'IN');
SELECT user360.create_bot('phones', 'phone', '{web, sms}', 'DE');
SELECT user360.create_bot('later', NULL, '{web}');
SELECT user360.create_bot('free', 'email', '{web, email}', 'US');
SELECT user360.set_option(b, 'lookalike', 'off') FROM unnest('{steady, phones, later}'::text[]) AS b;
SELECT user360.add_channel('steady', 'telegram', 'chat', 'phone');
SELECT user360.define_property(b, 'a ' || t, t, CASE WHEN t = 'list' THEN 'union' ELSE 'latest' END)
FROM unnest('{steady, phones, later, free}'::text[]) AS b, unnest('{string, number, time, date, datetime, list, boolean, phone, url, email}'::text[]) AS t;
SELECT user360.define_property('later', 'customer number', 'number');
SELECT user360.set_userid_property('later', 'customer number');

SELECT count(user360.identify(b, 'web', 'cookie ' || n, jsonb_build_object('firstName', 'Name ' || n % 40, 'city', 'City ' || n % 7, 'tags', jsonb_build_array('t' || n % 5),
	'email', CASE WHEN b IN ('steady', 'free') AND n % 3 = 0 THEN n % 100 || '@example.com' END,
	'phone', CASE WHEN n % 4 = 0 THEN '+9190005' || 10000 + n % 150 END, 'a list', jsonb_build_array(n % 9), 'a number', n)))
FROM unnest('{steady, phones, later, free}'::text[]) AS b, generate_series(1, 400) AS n;
SELECT count(user360.identify('steady', 'whatsapp', '9190005' || 10000 + n)) FROM generate_series(1, 100) AS n;
SELECT count(user360.identify('later', 'web', 'number ' || n, jsonb_build_object('userId', n))) FROM generate_series(1, 100) AS n;
SELECT count(user360.merge_profiles('steady', c.profile_id, d.profile_id)) FROM generate_series(3, 60, 6) AS n,
	user360.contact_card('steady', n || '@example.com') AS c, user360.contact_card('steady', n + 3 || '@example.com') AS d;

SELECT user360.grant_access('clerk', '*', 'engagement_admin');
SET ROLE clerk;
CREATE TABLE ticket (id bigint PRIMARY KEY, bot text, channel text, sender text, email text, phone text, status text, subject text, opened_at timestamptz DEFAULT clock_timestamp(), details jsonb);
CREATE TABLE contact (id int PRIMARY KEY, email text, phone text, name text, city text);
CREATE TABLE inbox (id int PRIMARY KEY, kind text);
CREATE TABLE request (id text PRIMARY KEY, contact_id int, inbox_id int, status text, created_at timestamptz DEFAULT clock_timestamp());
CREATE TABLE member (id int PRIMARY KEY, email text, score numeric, born date);
CREATE TRIGGER keep BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('email', 'born');
CREATE TABLE customer (line int, email text, "First Name" text, phone text, tags text, dob text, number text);
CREATE VIEW customer_view AS SELECT line, email, "First Name" FROM customer;
RESET ROLE;
INSERT INTO inbox SELECT n, (ARRAY['web', 'email', 'fax'])[n] FROM generate_series(1, 3) AS n;
SET ROLE clerk;
SELECT user360.attach_tickets('ticket', 'email=email', 'phone=phone', 'closed:=solved', 'city=details.city');
SELECT user360.attach_contacts('contact', 'bot:=steady', 'userId=email', 'firstName=name', 'phone=phone', 'city=city');
SELECT user360.attach_tickets('request', 'bot:=steady', 'channel=inbox_id->public.inbox.kind', 'contact=contact_id', 'contacts:=public.contact', 'opened_at=created_at');
RESET ROLE;
INSERT INTO ticket SELECT n, (ARRAY['steady', 'phones', 'later', 'free'])[n % 4 + 1], 'web', 'cookie ' || n % 300, CASE WHEN n % 5 = 0 THEN n % 90 || '@example.com' END, NULL, 'open', 'subject ' || n
FROM generate_series(1, 800) AS n;
INSERT INTO contact SELECT n, CASE WHEN n % 2 = 0 THEN n || '@example.org' END, '+9190006' || 10000 + n, 'Name ' || n, 'Pune' FROM generate_series(1, 100) AS n;
INSERT INTO request SELECT n, n % 100 + 1, n % 3 + 1, 'open' FROM generate_series(1, 200) AS n;
INSERT INTO member SELECT n, n || '@example.com', n, '2000-01-01' FROM generate_series(1, 20) AS n;
INSERT INTO customer SELECT n, CASE WHEN n % 10 > 0 THEN n || '@example.com' END, 'Name ' || n, '+9190007' || 10000 + n, 'a;b', '1990-01-01', CASE WHEN n % 7 = 0 THEN '1E5' ELSE n::text END FROM generate_series(1, 60) AS n;
CALL user360.import_users('steady', 'customer', 'email', '{"line": null, "number": "a number"}', line_column => 'line');
SELECT user360.track('steady', i.profile_id, 'page_seen', '{"n": 1}') FROM user360.identify('steady', 'web', 'cookie 1') AS i;
SELECT count(*) AS findings FROM user360.verify() \gset
SELECT 1 / (:findings = 0)::int AS sound;
ANALYZE;
