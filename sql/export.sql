-- export_user(): all that the store holds of a person; export_users(): all
-- customers of a bot, as a file that an import can read back.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('export', 'email', '{web}', 'IN');
SELECT user360.add_channel('export', 'whatsapp', sender_form => 'phone');
SELECT user360.define_property('export', 'plan', 'string', 'latest'), user360.define_property('export', 'visits', 'number'), user360.define_property('export', 'likes', 'list', 'union'), user360.define_property('export', 'vip', 'boolean');
CREATE TABLE export_tickets (id int PRIMARY KEY, bot text DEFAULT 'export', channel text DEFAULT 'web', sender text, email text, subject text, status text);
SELECT user360.attach_tickets('export_tickets', 'email=email', 'closed:=solved');
SELECT count(*) FROM (VALUES (1, 'web', 'asha', '{"email": " Asha.Rao@Example.COM ", "firstName": "Asha", "lastName": "Rao", "phone": "(090005) 00000", "dob": "1990-05-17", "gender": "female", "country": "IN", "city": "Pune", "language": "hi", "timezone": "Asia/Kolkata", "whatsAppOptin": true, "emailOptin": true, "smsOptin": "no", "tags": ["vip", "gold member"], "plan": "gold", "visits": 12.50, "likes": ["tea", "a;b"], "vip": true}'),
	(2, 'whatsapp', '919000500001', '{"firstName": "Ravi, \"the\" one", "city": "Pune\nIndia", "tags": ["a;b", "c"]}'),
	(3, 'web', 'nobody', '{}')) AS v(n, channel, sender, properties), LATERAL user360.identify('export', v.channel, v.sender, v.properties::jsonb) AS i;
INSERT INTO export_tickets (id, sender, subject) VALUES (1, 'asha', 'Where is my order?'), (2, 'device', 'Hello');
UPDATE export_tickets SET status = 'solved' WHERE id = 1;
UPDATE export_tickets SET email = 'asha.rao@example.com' WHERE id = 2;
SELECT c.profile_id AS asha FROM user360.contact_card('export', 'asha.rao@example.com') AS c \gset
SELECT user360.track('export', :'asha', 'cart_filled', '{"items": 3}', event_id => '00000000-0000-7000-8000-000000000001');

-- One person.
SELECT jsonb_object_agg(k, CASE jsonb_typeof(v) WHEN 'array' THEN jsonb_array_length(v)::text WHEN 'object' THEN 'an object' ELSE CASE WHEN k = 'profileId' THEN 'an id' ELSE v #>> '{}' END END) FROM jsonb_each(user360.export_user('export', :'asha')) AS e(k, v);
SELECT jsonb_pretty(user360.export_user('export', :'asha') -> 'properties');
SELECT p - 'profileId' - 'mergedInto' - 'createdAt' - 'updatedAt' - 'lastSeenAt' - 'identifiedAt' - 'own' - 'givenAt' AS profile, p ->> 'profileId' = :'asha' AS survivor, p ->> 'mergedInto' = :'asha' AS member,
	(SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") FROM jsonb_object_keys(nullif(p -> 'own', 'null')) AS k) AS own, (SELECT string_agg(k, ', ') FROM jsonb_object_keys(nullif(p -> 'givenAt', 'null')) AS k) AS given_at
FROM jsonb_array_elements(user360.export_user('export', :'asha') -> 'profiles') AS p;
SELECT s - 'profileId' - 'firstSeenAt' - 'lastSeenAt' AS sender, s ->> 'profileId' = :'asha' AS of_the_survivor, (s ->> 'firstSeenAt')::timestamptz <= (s ->> 'lastSeenAt')::timestamptz AS seen FROM jsonb_array_elements(user360.export_user('export', :'asha') -> 'senders') AS s;
SELECT t - 'profileId' - 'previousProfileId' - 'openedAt' - 'closedAt' AS ticket, t ->> 'closedAt' IS NOT NULL AS closed FROM jsonb_array_elements(user360.export_user('export', :'asha') -> 'tickets') AS t;
SELECT e ->> 'name' AS name, (e ->> 'tracked')::boolean AS tracked, e ->> 'source' AS source, e ->> 'channel' AS channel, (e -> 'payload') - '{mergeId,source,target,mergedInto}'::text[] AS payload FROM jsonb_array_elements(user360.export_user('export', :'asha') -> 'events') AS e;
SELECT m ->> 'targetId' = :'asha' AS into, m ->> 'undoneAt' AS undone, (SELECT count(*) FROM jsonb_object_keys(m)) AS keys FROM jsonb_array_elements(user360.export_user('export', :'asha') -> 'merges') AS m;
-- Every column of every row of theirs is in it, but for the bot.
CREATE FUNCTION json_name(name text) RETURNS text LANGUAGE sql AS $$SELECT lower(left(n, 1)) || substr(n, 2) FROM replace(initcap(replace(name, '_', ' ')), ' ', '') AS n$$;
SELECT c.relname, count(*) AS columns, string_agg(a.attname, ', ' ORDER BY a.attnum) FILTER (WHERE NOT (user360.export_user('export', :'asha') #> ARRAY[c.relname || 's', '0']) ? json_name(a.attname)
	AND NOT (user360.export_user('export', :'asha') #> ARRAY[c.relname || 's', '0', 'properties']) ? replace(json_name(a.attname), 'whatsapp', 'whatsApp')) AS other_names
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'bot'
WHERE c.relnamespace = 'user360'::regnamespace AND c.relname IN ('profile', 'sender', 'ticket', 'event', 'merge') GROUP BY 1 ORDER BY 1;
DROP FUNCTION json_name;
-- A member gives the whole set; an undone merge stays in it.
SELECT p.profile_id AS device FROM user360.profile AS p WHERE p.bot = 'export' AND p.merged_into IS NOT NULL \gset
SELECT user360.export_user('export', :'device') = user360.export_user('export', :'asha') AS the_same;
SELECT (user360.unmerge('export', m.merge_id)).links FROM user360.merge AS m WHERE m.bot = 'export';
SELECT p.who, jsonb_array_length(e -> 'profiles') AS profiles, jsonb_array_length(e -> 'tickets') AS tickets, jsonb_array_length(e -> 'merges') AS merges, e #>> '{merges,0,undoneAt}' IS NOT NULL AS undone
FROM (VALUES ('asha', :'asha'::uuid), ('device', :'device')) AS p(who, id), user360.export_user('export', p.id) AS e;
-- Nobody is NULL.
SELECT user360.create_bot('export other');
SELECT v.n, a.code, a.answer, a.message FROM (VALUES (1, format('%L, NULL', 'export')),
	(2, format('%L, %L', 'export', '00000000-0000-7000-8000-000000000000')),
	(3, format('%L, %L', 'export other', :'asha')),
	(4, format('%L, %L', 'no such bot', :'asha')),
	(5, format('NULL, %L', :'asha'))) AS v(n, call), LATERAL attempt('SELECT user360.export_user(' || v.call || ')') AS a ORDER BY v.n;

-- All of a bot, whatever the session's settings say of dates and booleans.
SET datestyle = 'German';
CREATE VIEW file AS SELECT e.* FROM user360.export_users('export') AS e;
\copy (SELECT * FROM file ORDER BY "userId", "firstName", phone) TO STDOUT CSV HEADER
RESET datestyle;
SELECT a.code, a.message FROM attempt($$SELECT count(*) FROM user360.export_users('no such bot')$$) AS a;
SELECT a.code, a.message FROM attempt($$SELECT count(*) FROM user360.export_users(NULL)$$) AS a;
SELECT count(*) FROM user360.export_users('export other');
-- What is in the file is enough to make them again: every text and whatever
-- custom says instead, given to a bot of the same policy.
SELECT user360.create_bot('export copy', 'email', '{web}', 'IN');
SELECT user360.define_property('export copy', 'plan', 'string', 'latest'), user360.define_property('export copy', 'visits', 'number'), user360.define_property('export copy', 'likes', 'list', 'union'), user360.define_property('export copy', 'vip', 'boolean');
SELECT count(*) FROM (SELECT row_number() OVER () AS n, to_jsonb(f) - 'custom' - 'lastChannel' - 'tags' || coalesce(jsonb_build_object('tags', string_to_array(f.tags, ';')), '{}') || coalesce(f.custom, '{}') AS properties FROM file AS f) AS f,
LATERAL user360.identify('export copy', 'web', 'row ' || f.n, jsonb_strip_nulls(f.properties)) AS i;
SELECT count(DISTINCT a.profile_id) AS customers, count(DISTINCT b.profile_id) AS equal FROM user360.profile AS a LEFT JOIN user360.profile AS b ON b.bot = 'export copy' AND b.merged_into IS NULL
	AND holds(b.bot, b.profile_id) - 'lastChannel' = holds(a.bot, a.profile_id) - 'lastChannel' AND b.userid IS NOT DISTINCT FROM a.userid AND b.as_given IS NOT DISTINCT FROM a.as_given
WHERE a.bot = 'export' AND a.merged_into IS NULL;
-- An address that could only be kept as it was typed is no value: it stays
-- where it is, and out of the file.
INSERT INTO export_tickets (id, sender, email) VALUES (3, 'at home', 'dev at home');
SELECT count(*) FILTER (WHERE f.email IS NOT NULL) AS addresses, count(*) FROM file AS f;
-- Merged ones are one.
SELECT outcome FROM user360.identify('export', 'web', 'device', '{"email": "asha.rao@example.com"}') AS i;
SELECT count(*) FROM file;
DROP VIEW file;
DROP TABLE export_tickets;
