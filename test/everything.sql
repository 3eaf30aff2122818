-- A store with something of everything, in every table: bots of several
-- policies, every outcome of a capture, merges of merges, undone ones, edits,
-- erasures, tickets that were closed, moved and deleted, tables of a desk that
-- are attached, an import with faults, and roles with access.

CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email'], 'IN');
SELECT user360.create_bot('bank', NULL, ARRAY['web'], 'DE');
SELECT user360.define_property('shop', 'plan', 'string', 'latest');
SELECT user360.define_property('shop', 'interests', 'list', 'union');
SELECT user360.define_property('bank', 'customerNumber', 'number');
SELECT user360.set_userid_property('bank', 'customerNumber');
SELECT user360.set_option('shop', 'gmail_dots', 'true');
SELECT user360.set_option('shop', 'blocked_patterns', '%@spam.example');

CREATE ROLE capturing;
CREATE ROLE agent LOGIN;
CREATE ROLE analyst LOGIN;
CREATE ROLE outsider LOGIN;
SELECT user360.grant_access('capturing', 'shop', 'capture');
SELECT user360.grant_access('agent', 'shop', 'agent');
SELECT user360.grant_access('analyst', 'bank', 'engagement_user');

CREATE TABLE ticket (id bigint PRIMARY KEY, bot text DEFAULT 'shop', channel text, sender text, email text, name text,
	status text DEFAULT 'open', subject text, created_at timestamptz DEFAULT now());
SELECT user360.attach_tickets('ticket', 'email=email', 'firstName=name', 'closed:=solved', 'where:=NEW.subject IS DISTINCT FROM ''skip''');

SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'web', 'cookie ' || n, jsonb_build_object(
	'email', CASE WHEN n % 2 = 0 THEN 'User.' || n || '@Example.com' END, 'firstName', 'Name ' || n,
	'city', 'München', 'tags', jsonb_build_array('a', n::text), 'plan', 'plan ' || n % 3,
	'interests', jsonb_build_array('x', 'y "z"'), 'dob', '2000-02-29', 'emailOptin', n % 3 = 0)) AS i;
SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'whatsapp', '+9190005' || to_char(n, 'FM00000'),
	jsonb_build_object('lastName', 'Last ' || n, 'interests', jsonb_build_array('w'))) AS i;
SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'whatsapp', '+9190005' || to_char(n, 'FM00000'),
	jsonb_build_object('email', 'user.' || n % 350 || '@example.com')) AS i;
SELECT count(i) FROM generate_series(1, 50) AS n, user360.identify('bank', 'web', 'cookie ' || n,
	jsonb_build_object('customerNumber', n % 25 + 1, 'timezone', 'Europe/Berlin')) AS i;
INSERT INTO ticket (id, channel, sender, email, name, subject)
	SELECT n, CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'whatsapp' ELSE 'telegram' END,
		CASE WHEN n % 3 = 1 THEN '+9190005' || to_char(n, 'FM00000') ELSE 'cookie ' || n % 90 END,
		CASE WHEN n % 5 = 0 THEN 'null' END, 'Name ' || n, E'tab\tline\nquote "' || n FROM generate_series(1, 300) AS n;
UPDATE ticket SET status = 'solved' WHERE id % 4 = 0;
UPDATE ticket SET sender = 'cookie 7' WHERE id % 30 = 0;
DELETE FROM ticket WHERE id % 50 = 0;

-- Merged by hand and undone, edited, tracked, erased.
CREATE FUNCTION of(bot text, sender text) RETURNS uuid LANGUAGE sql AS $$ SELECT (user360.contact_card_for_sender(bot, 'web', sender)).profile_id $$;
SELECT count(user360.merge_profiles('bank', of('bank', 'cookie ' || n), of('bank', 'cookie ' || n + 1), reason => 'by hand')) FROM generate_series(1, 20, 2) AS n;
SELECT count(user360.unmerge(m.bot, m.merge_id)) FROM (SELECT m.bot, m.merge_id FROM user360.merge AS m WHERE m.reason = 'by hand' ORDER BY m.merge_id LIMIT 4) AS m;
SELECT user360.update_contact('bank', of('bank', 'cookie 9'), '{"city": "Bonn", "timezone": null}');
SELECT user360.track('bank', of('bank', 'cookie 9'), 'page_seen', '{"page": "/"}');
SELECT user360.delete_user('bank', of('bank', 'cookie 22'), 'asked for');
SELECT user360.replace_userid('bank', of('bank', 'cookie 23'), '2300', true);
SELECT user360.prune_events('bank', '1 day');
DROP FUNCTION of;
CREATE TABLE customers (email text PRIMARY KEY, "First Name" text);
INSERT INTO customers VALUES ('imported@example.com', 'Ida'), ('none', 'Nobody');
CALL user360.import_users('shop', 'customers', 'email');

-- A desk in a schema of its own: contacts, tickets in partitions that look up
-- the channel and name the contact, rows from before, a column that stays.
CREATE SCHEMA desk;
CREATE TABLE desk.inboxes (id int PRIMARY KEY, kind text);
INSERT INTO desk.inboxes VALUES (1, 'web'), (2, 'whatsapp');
CREATE TABLE desk.contacts (id int PRIMARY KEY, address user360.email, number user360.phone, name text);
INSERT INTO desk.contacts SELECT n, 'desk' || n || '@Example.com', '+9190006' || to_char(n, 'FM00000'), 'Desk ' || n FROM generate_series(1, 40) AS n;
CREATE TRIGGER keep BEFORE UPDATE ON desk.contacts FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('address');
CREATE TABLE desk.requests (id bigint, half int, inbox_id int, contact_id int, title text, state text DEFAULT 'open', opened timestamptz DEFAULT now(),
	PRIMARY KEY (id, half)) PARTITION BY LIST (half);
CREATE TABLE desk.requests_0 PARTITION OF desk.requests FOR VALUES IN (0);
CREATE TABLE desk.requests_1 PARTITION OF desk.requests FOR VALUES IN (1);
INSERT INTO desk.requests (id, half, inbox_id, contact_id, title) SELECT n, n % 2, 1 + n % 2, 1 + n % 40, 'before ' || n FROM generate_series(1, 30) AS n;
SELECT user360.attach_contacts('desk.contacts', 'bot:=shop', 'userId=address', 'firstName=name', 'phone=number');
SELECT user360.attach_tickets('desk.requests', 'bot:=shop', 'ticket=id', 'channel=inbox_id->desk.inboxes.kind', 'contact=contact_id',
	'contacts:=desk.contacts', 'subject=title', 'status=state', 'opened_at=opened');
CALL user360.backfill('desk.contacts');
CALL user360.backfill('desk.requests');
INSERT INTO desk.requests (id, half, inbox_id, contact_id, title) SELECT n, n % 2, 1 + n % 2, 1 + n % 40, 'after ' || n FROM generate_series(31, 80) AS n;
UPDATE desk.contacts SET name = 'Deskina ' || id WHERE id % 3 = 0;
