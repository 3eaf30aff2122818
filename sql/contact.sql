-- What an agent edits and what the engagement side sees of one customer:
-- update_contact(), user_page() and explain_profile().
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT user360.create_bot('contact', 'email', '{web,app}', 'IN');
SELECT user360.add_channel('contact', 'whatsapp', sender_form => 'phone');
SELECT user360.define_property('contact', 'plan', 'string');
SELECT user360.define_property('contact', 'seats', 'number');
SELECT user360.define_property('contact', 'mood', 'string', 'latest');
SELECT user360.define_property('contact', 'labels', 'list', 'union');
SELECT user360.define_property('contact', 'since', 'date');
SELECT user360.define_property('contact', 'site', 'url');
SELECT user360.create_bot('contact key', NULL, '{web}');
SELECT user360.define_property('contact key', 'key', 'string');
SELECT user360.set_userid_property('contact key', 'key');
SELECT user360.create_bot('contact none', NULL, '{web}');
CREATE TABLE who (name text PRIMARY KEY, profile_id uuid NOT NULL);
CREATE FUNCTION made(name text, properties jsonb DEFAULT '{}', channel text DEFAULT 'web', bot text DEFAULT 'contact') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification;
BEGIN
	i := user360.identify(bot, channel, name, properties);
	INSERT INTO who VALUES (name, i.profile_id);
	RETURN i.outcome;
END
$$;
CREATE FUNCTION id_of(name text) RETURNS uuid LANGUAGE sql STABLE AS $$SELECT w.profile_id FROM who AS w WHERE w.name = id_of.name$$;
CREATE FUNCTION name_of(profile_id uuid) RETURNS text LANGUAGE sql STABLE AS $$SELECT w.name FROM who AS w WHERE w.profile_id = name_of.profile_id$$;
CREATE FUNCTION merged(source text, target text, reason text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$SELECT name_of(target_id) FROM user360.merge_profiles('contact', id_of(source), id_of(target), reason => reason)$$;
CREATE FUNCTION unmerged(source text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	RETURN (user360.unmerge('contact', (SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'contact' AND m.source_id = id_of(source) AND m.undone_at IS NULL))).stays;
END
$$;
-- Edits, and tells whose row it was, what came of it, and whether the row and the events are as before.
CREATE FUNCTION edited(name text, properties jsonb, OUT survivor text, OUT holds jsonb, OUT own jsonb, OUT row_written boolean, OUT events bigint) LANGUAGE plpgsql AS $$
DECLARE
	events_before bigint := (SELECT count(*) FROM user360.event AS e WHERE e.bot = 'contact');
	rows_before text := (SELECT string_agg(p.ctid::text || p.xmin::text, ',' ORDER BY p.ctid) FROM user360.profile AS p WHERE p.bot LIKE 'contact%');
	id uuid := user360.update_contact('contact', id_of(name), properties);
BEGIN
	survivor := name_of(id);
	holds := holds('contact', id) - 'email' - 'lastChannel';
	own := (SELECT jsonb_object_agg(k, v) FROM user360.profile AS p, jsonb_each(p.own) AS j(k, v) WHERE p.bot = 'contact' AND p.profile_id = id AND k !~ '^@' AND k NOT IN ('email', 'lastChannel'));
	row_written := rows_before IS DISTINCT FROM (SELECT string_agg(p.ctid::text || p.xmin::text, ',' ORDER BY p.ctid) FROM user360.profile AS p WHERE p.bot LIKE 'contact%');
	events := (SELECT count(*) FROM user360.event AS e WHERE e.bot = 'contact') - events_before;
END
$$;

-- Set, cleared by an explicit null, blanks left out; in canonical form.  One
-- event for what has changed, and nothing where nothing has.
SELECT made('asha', '{"email": "asha@example.com", "firstName": "Asha", "plan": "gold", "tags": ["a", "b"]}');
SELECT v.properties, e.holds, e.row_written, e.events
FROM (VALUES (1, '{"lastName": " Rao ", "phone": "090005 00000", "seats": "7.50", "since": "2026-11-24", "site": "HTTPS://Example.com/a", "emailOptin": "yes", "labels": "one"}'::jsonb),
	(2, '{"lastName": "Rao", "phone": "+91 90005 00000", "seats": 7.5}'),
	(3, '{"lastName": "", "firstName": "  ", "tags": [], "labels": [""], "plan": "\u00a0"}'),
	(4, '{}'),
	(5, '{"plan": null, "labels": null, "phone": null, "emailOptin": null}'),
	(6, '{"plan": null, "city": null}'),
	(7, '{"tags": ["b", "a", "b"], "firstName": "Asha", "lastName": null, "smsOptin": false, "country": "IN"}'),
	(8, '{"tags": ["b", "a"], "seats": 7.50, "smsOptin": "no"}'),
	(9, '{"firstName": "asha", "mood": "calm"}')) AS v(n, properties), LATERAL edited('asha', v.properties) AS e ORDER BY v.n;
SELECT e.name, e.channel, e.actor = session_user AS by_caller, e.payload -> 'oldPayload' AS old, e.payload -> 'newPayload' AS new, e.payload - 'oldPayload' - 'newPayload' AS more FROM user360.event AS e WHERE e.bot = 'contact' AND e.profile_id = id_of('asha') AND e.name <> 'USER_CREATE' ORDER BY e.at;
-- An address is kept as it was typed, and cleared with its key; last_seen_at is
-- the customer's, and no edit moves it.
SELECT made('typed', '{"firstName": "Typed"}', bot => 'contact key');
CREATE TABLE seen AS SELECT p.last_seen_at, p.created_at FROM user360.profile AS p WHERE p.bot = 'contact key';
SELECT v.properties, user360.update_contact('contact key', id_of('typed'), v.properties) IS NOT NULL AS updated FROM (VALUES (1, '{"email": " Typed@Example.COM ", "phone": "+91 90005 00009"}'::jsonb)) AS v(n, properties);
SELECT p.email, p.phone, p.as_given, c.email AS card, p.last_seen_at = s.last_seen_at AND p.created_at = s.created_at AND p.updated_at > s.last_seen_at AS moments FROM seen AS s, user360.profile AS p, user360.contact_card_for_profile(p.bot, p.profile_id) AS c WHERE p.bot = 'contact key';
SELECT user360.update_contact('contact key', id_of('typed'), '{"email": null, "phone": null}') IS NOT NULL AS updated;
SELECT p.email, p.phone, p.as_given, c.email AS card FROM user360.profile AS p, user360.contact_card_for_profile(p.bot, p.profile_id) AS c WHERE p.bot = 'contact key';
DROP TABLE seen;
-- An address that could only be kept as it was typed is cleared, too.
CREATE TABLE contact_tickets (id int PRIMARY KEY, sender text, mail text, status text DEFAULT 'open', subject text, opened_at timestamptz);
SELECT user360.attach_tickets('contact_tickets', 'bot:=contact none', 'channel:=web', 'email=mail');
INSERT INTO contact_tickets VALUES (1, 'bad address', 'not an address', 'open', 'x', '2026-11-24 09:00');
SELECT c.kind, c.email FROM user360.contact_card_for_sender('contact none', 'web', 'bad address') AS c;
SELECT user360.update_contact('contact none', c.profile_id, '{"email": null}') = c.profile_id AS updated FROM user360.contact_card_for_sender('contact none', 'web', 'bad address') AS c;
SELECT c.kind, c.email FROM user360.contact_card_for_sender('contact none', 'web', 'bad address') AS c;
SELECT user360.detach('contact_tickets');

-- Of a member it is the survivor that is edited; the member stays frozen.
SELECT made('member', '{"lastName": "Shah", "city": "Surat", "tags": ["c"], "labels": ["m"]}', 'app');
SELECT merged('member', 'asha');
SELECT * FROM edited('member', '{"plan": "silver", "city": "Surat"}');
-- The same again: no news.  A value that the member brought becomes an own one
-- without an event, since nobody sees a difference.
SELECT * FROM edited('member', '{"plan": "silver", "city": "Surat"}');
SELECT * FROM edited('asha', '{"lastName": "Shah"}');
-- Cleared: hidden.  Cleared twice: no news.
SELECT * FROM edited('asha', '{"city": null, "tags": null}');
SELECT * FROM edited('asha', '{"city": null, "tags": null}');
SELECT holds('contact', id_of('member'));
SELECT unmerged('member');
SELECT holds('contact', id_of('asha')), holds('contact', id_of('member'));

-- A place of its own takes the place of the member's, and given up, lets it be
-- seen no more.
SELECT made('settled', '{"firstName": "Settled"}'), made('traveller', '{"country": "IN", "timezone": "Asia/Kolkata"}');
SELECT merged('traveller', 'settled');
SELECT * FROM edited('settled', '{"country": "GB"}');
SELECT * FROM edited('settled', '{"country": null}');
SELECT unmerged('traveller');

-- What is refused, with the row and the events as before; existence first, then
-- the userId, then the values.
SELECT made('no userid', '{"firstName": "No"}'), made('keyed', '{"key": "K1"}', bot => 'contact key'), made('none', bot => 'contact none');
SELECT v.bot, v.properties, a.code, replace(replace(a.message, id_of('none')::text, '<id>'), id_of('keyed')::text, '<id>') AS message, a.hint
FROM (VALUES (1, 'contact', 'asha', '{"userId": "ravi@example.com"}'),
	(2, 'contact', 'asha', '{"userId": "asha@example.com"}'),
	(3, 'contact', 'asha', '{"userId": null}'),
	(4, 'contact', 'asha', '{"userId": ""}'),
	(5, 'contact', 'asha', '{"email": "ravi@example.com"}'),
	(6, 'contact', 'asha', '{"email": null, "firstName": "x"}'),
	(7, 'contact', 'no userid', '{"email": "no@example.com"}'),
	(8, 'contact', 'no userid', '{"userId": "no@example.com"}'),
	(9, 'contact key', 'keyed', '{"key": "K2"}'),
	(10, 'contact key', 'keyed', '{"key": null}'),
	(11, 'contact none', 'none', '{"userId": "x"}'),
	(12, 'contact', 'asha', '{"colour": "red"}'),
	(13, 'contact', 'asha', '{"colour": null}'),
	(14, 'contact', 'asha', '{"colour": ""}'),
	(15, 'contact', 'asha', '{"firstName": "x", "since": "tomorrow"}'),
	(16, 'contact', 'asha', '{"seats": "many"}'),
	(17, 'contact', 'asha', '{"phone": "12"}'),
	(18, 'contact', 'asha', '{"emailOptin": "perhaps"}'),
	(19, 'contact', 'asha', '{"plan": {}}'),
	(20, 'contact', 'asha', '{"tags": [["a"]]}'),
	(21, 'contact', 'asha', '{"lastChannel": "web"}'),
	(22, 'contact', 'asha', '{"lastChannel": null}'),
	(23, 'contact', 'asha', '[]'),
	(24, 'contact', 'asha', 'null'),
	(25, 'contact', 'none', '{"firstName": "x"}'),
	(26, 'contact', 'keyed', '{"userId": "x", "colour": "red", "since": "tomorrow"}'),
	(27, 'contact', 'asha', '{"userId": "x", "colour": "red", "since": "tomorrow"}'),
	(28, 'contact', 'nobody', '{"firstName": "x"}')) AS v(n, bot, name, properties), LATERAL attempt(format('SELECT user360.update_contact(%L, %L, %L)', v.bot, id_of(v.name), v.properties)) AS a ORDER BY v.n;
SELECT a.code, a.message FROM attempt($$SELECT user360.update_contact('contact', '00000000-0000-7000-8000-000000000000', '{}')$$) AS a;
SELECT a.code, a.message FROM attempt(format('SELECT user360.update_contact(%L, %L, NULL)', 'contact', id_of('asha'))) AS a;
SELECT a.code, a.message FROM attempt($$SELECT user360.update_contact('no such bot', NULL, NULL)$$) AS a;
SELECT * FROM edited('asha', '{}');
-- An edit identifies nobody, and the property that was edited is the userId once a capture says so.
SELECT p.userid IS NULL AS unidentified FROM user360.profile AS p WHERE p.bot = 'contact' AND p.profile_id = id_of('no userid');

-- The page: properties, how complete they are, senders, members, tickets.
SELECT made('page', '{"email": "Page@Example.com", "firstName": "Page", "tags": ["a"], "plan": "gold"}'), made('page app', '{"lastName": "App", "tags": ["b"]}', 'app'), made('page lone');
SELECT user360.attach_tickets('contact_tickets', 'bot:=contact', 'channel:=web', 'closed:=done');
INSERT INTO contact_tickets VALUES (10, 'page', NULL, 'open', 'ten', '2026-11-24 09:00'),
	(12, 'page', NULL, 'done', 'twelve', '2026-11-24 09:30'),
	(11, 'page web', NULL, 'open', 'eleven', '2026-11-24 10:00');
INSERT INTO who SELECT 'page web', d.profile_id FROM user360.sender AS d WHERE d.bot = 'contact' AND d.sender = 'page web';
SELECT merged('page web', 'page app'), merged('page app', 'page', 'she said so');
-- Ids by their names, and moments by whether they are there.
CREATE FUNCTION readable(page jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result text := page::text;
	w who;
BEGIN
	FOR w IN SELECT * FROM who LOOP
		result := replace(result, w.profile_id::text, w.name);
	END LOOP;
	result := regexp_replace(result, '"mergeId": "[^"]*"', '"mergeId": "<id>"', 'g');
	RETURN regexp_replace(result, '("(?:createdAt|identifiedAt|lastSeenAt|firstSeenAt|mergedAt)": )"[^"]*"', '\1"<moment>"', 'g');
END
$$;
SELECT p.key, p.value FROM jsonb_each(readable(user360.user_page('contact', id_of('page')))) AS p ORDER BY p.key;
-- The same by a member's id; of the lone one, as little as there is.
SELECT user360.user_page('contact', id_of('page web')) = user360.user_page('contact', id_of('page')) AS same;
SELECT p.key, p.value FROM jsonb_each(readable(user360.user_page('contact', id_of('page lone')))) AS p ORDER BY p.key;
SELECT p ->> 'createdAt' = to_json(r.created_at) #>> '{}' AS created, p ->> 'identifiedAt' = to_json(r.identified_at) #>> '{}' AS identified, p ->> 'lastSeenAt' = to_json(r.last_seen_at) #>> '{}' AS seen
FROM user360.profile AS r, user360.user_page('contact', r.profile_id) AS p WHERE r.bot = 'contact' AND r.profile_id = id_of('page');
SELECT user360.user_page('contact', '00000000-0000-7000-8000-000000000000') IS NULL AS unknown, user360.user_page('contact', NULL) IS NULL AS "null", user360.user_page('contact none', id_of('page')) IS NULL AS other_bot;
-- Completeness counts what a bot can know; the last channel comes by itself.
SELECT v.name, user360.user_page(v.bot, id_of(v.name)) -> 'completeness' AS completeness FROM (VALUES ('contact', 'page'), ('contact', 'page lone'), ('contact key', 'keyed'), ('contact none', 'none')) AS v(bot, name);

-- Where each value comes from: the event that gave it, by every rule of merging.
CREATE FUNCTION explained(name text) RETURNS TABLE (property text, value jsonb, given_to text, by_event text, channel text, by_caller boolean, at_event boolean) LANGUAGE sql STABLE AS $$
	SELECT x.property, x.value, name_of(e.profile_id), e.name, x.channel, x.actor = session_user, x.at = e.at
	FROM user360.explain_profile('contact', id_of(explained.name)) AS x LEFT JOIN user360.event AS e ON e.bot = 'contact' AND e.event_id = x.event
$$;
SELECT made('e1', '{"email": "e1@example.com", "firstName": "E", "tags": ["a", "b"], "mood": "calm", "labels": ["l1"], "emailOptin": false}');
SELECT * FROM explained('e1') ORDER BY property COLLATE "C", value;
SELECT outcome FROM user360.identify('contact', 'app', 'e1 app', '{"email": "e1@example.com", "lastName": "One"}') AS i;
SELECT * FROM edited('e1', '{"firstName": "E1"}');
SELECT made('e2', '{"firstName": "E2", "city": "Pune", "tags": ["b", "c"], "mood": "glad", "labels": ["l2", "l1", "l3"], "country": "IN", "timezone": "Asia/Kolkata", "emailOptin": true, "seats": 2}');
SELECT made('e3', '{"plan": "three", "tags": ["d"], "country": "US", "timezone": "America/New_York", "seats": 3}', 'app');
SELECT merged('e3', 'e2'), merged('e2', 'e1');
SELECT * FROM explained('e1') ORDER BY property COLLATE "C", value;
-- By a member's id the same, in the same order.
SELECT count(*) AS rows, count(*) FILTER (WHERE a = b) AS same FROM user360.explain_profile('contact', id_of('e1')) WITH ORDINALITY AS a(property, value, at, channel, actor, event, n) FULL JOIN user360.explain_profile('contact', id_of('e3')) WITH ORDINALITY AS b(property, value, at, channel, actor, event, n) USING (n);
-- Edits at the survivor are its own from then on; what is cleared is nobody's.
SELECT count(*) FROM edited('e3', '{"city": "Mumbai", "tags": ["z"], "mood": null, "seats": 2, "country": "GB"}');
SELECT * FROM explained('e1') WHERE property IN ('city', 'tags', 'mood', 'seats', 'country', 'timezone', 'labels') ORDER BY property COLLATE "C", value;
-- What a merge was undone for is explained as ever: undoing gives nothing.
SELECT unmerged('e3');
SELECT unmerged('e2');
SELECT * FROM explained('e1') ORDER BY property COLLATE "C", value;
SELECT * FROM explained('e2') ORDER BY property COLLATE "C", value;
-- Also in the middle: the value that a member holds again is still given by
-- whatever gave it first.
SELECT made('m1'), made('m2', '{"mood": "own of m2", "tags": ["m2"]}'), made('m3', '{"mood": "of m3", "tags": ["m3"]}', 'app');
SELECT merged('m3', 'm2'), merged('m2', 'm1');
SELECT * FROM explained('m1') WHERE property <> 'lastChannel' ORDER BY property COLLATE "C", value;
SELECT unmerged('m3');
SELECT * FROM explained('m1') WHERE property <> 'lastChannel' ORDER BY property COLLATE "C", value;
-- With the merge of a capture: what the capture itself brought is the survivor's.
SELECT made('c1', '{"email": "c1@example.com", "firstName": "C1"}'), made('c2', '{"lastName": "C2"}', 'app');
SELECT outcome FROM user360.identify('contact', 'app', 'c2', '{"email": "c1@example.com", "city": "Pune", "firstName": "C2"}') AS i;
SELECT * FROM explained('c1') ORDER BY property COLLATE "C", value;
-- Every value that the page shows is explained, and no other.
SELECT w.name, p.key, p.value FROM who AS w, user360.user_page('contact', w.profile_id) AS g, jsonb_each(g -> 'properties') AS p WHERE jsonb_typeof(p.value) <> 'array'
	AND NOT EXISTS (SELECT FROM user360.explain_profile('contact', w.profile_id) AS x WHERE x.property = p.key AND x.value = p.value AND x.event IS NOT NULL) ORDER BY 1, 2;
SELECT w.name, p.key, p.value FROM who AS w, user360.user_page('contact', w.profile_id) AS g, jsonb_each(g -> 'properties') AS p WHERE jsonb_typeof(p.value) = 'array'
	AND p.value IS DISTINCT FROM (SELECT jsonb_agg(i ORDER BY x.n, i.n) FROM user360.explain_profile('contact', w.profile_id) WITH ORDINALITY AS x(property, value, at, channel, actor, event, n), jsonb_array_elements(x.value) WITH ORDINALITY AS i(i, n) WHERE x.property = p.key) ORDER BY 1, 2;
SELECT w.name, x.property FROM who AS w, user360.user_page('contact', w.profile_id) AS g, user360.explain_profile('contact', w.profile_id) AS x WHERE NOT g -> 'properties' ? x.property ORDER BY 1, 2;
-- The store is sound.
SELECT v.check_name, v.bot, v.detail FROM user360.verify('contact') AS v;
SELECT v.check_name, v.bot, v.detail FROM user360.verify('contact key') AS v;
-- Pruned, the event is not known any more; of nobody there is nothing.
SELECT user360.prune_events('contact', '0') > 0 AS pruned;
SELECT * FROM explained('c1') ORDER BY property COLLATE "C", value;
SELECT count(*) FROM user360.explain_profile('contact', '00000000-0000-7000-8000-000000000000');
SELECT count(*) FROM user360.explain_profile('contact', NULL);
SELECT count(*) FROM user360.explain_profile('contact none', id_of('c1'));
DROP TABLE who, contact_tickets;
DROP FUNCTION made, id_of, name_of, merged, unmerged, edited, readable, explained;
