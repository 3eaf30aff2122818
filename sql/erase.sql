-- Erasing: a customer whole, userIds that are replaced, profiles and events of
-- the past.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT user360.create_bot('erase', NULL, '{web,app}', 'IN');
SELECT user360.define_property('erase', 'key', 'string');
SELECT user360.define_property('erase', 'note', 'string');
SELECT user360.set_userid_property('erase', 'key');
CREATE TABLE who (bot text, name text, profile_id uuid NOT NULL, PRIMARY KEY (bot, name));
CREATE FUNCTION made(name text, properties jsonb DEFAULT '{}', channel text DEFAULT 'web', bot text DEFAULT 'erase') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification;
BEGIN
	i := user360.identify(bot, channel, name, properties);
	INSERT INTO who VALUES (bot, name, i.profile_id);
	RETURN i.outcome;
END
$$;
CREATE FUNCTION id_of(name text, bot text DEFAULT 'erase') RETURNS uuid LANGUAGE sql STABLE AS $$SELECT w.profile_id FROM who AS w WHERE w.bot = id_of.bot AND w.name = id_of.name$$;
CREATE FUNCTION name_of(profile_id uuid) RETURNS text LANGUAGE sql STABLE AS $$SELECT w.name FROM who AS w WHERE w.profile_id = name_of.profile_id$$;
CREATE FUNCTION merged(source text, target text) RETURNS text LANGUAGE sql AS $$SELECT name_of(target_id) FROM user360.merge_profiles('erase', id_of(source), id_of(target))$$;
CREATE FUNCTION unmerged(source text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN name_of((user360.unmerge('erase', (SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'erase' AND m.source_id = id_of(source) AND m.undone_at IS NULL))).target_id);
END
$$;
-- Every row that a bot has, by table.
CREATE FUNCTION rows_of(bot text) RETURNS TABLE (profiles bigint, senders bigint, tickets bigint, events bigint, merges bigint, tombstones bigint) LANGUAGE sql STABLE AS $$
	SELECT (SELECT count(*) FROM user360.profile AS t WHERE t.bot = rows_of.bot), (SELECT count(*) FROM user360.sender AS t WHERE t.bot = rows_of.bot), (SELECT count(*) FROM user360.ticket AS t WHERE t.bot = rows_of.bot),
		(SELECT count(*) FROM user360.event AS t WHERE t.bot = rows_of.bot), (SELECT count(*) FROM user360.merge AS t WHERE t.bot = rows_of.bot), (SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = rows_of.bot)
$$;
-- The tables in which a text is to be found.
CREATE FUNCTION found(what text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	tab text;
	hit boolean;
	result text := '';
BEGIN
	FOREACH tab IN ARRAY '{profile,sender,ticket,event,merge,tombstone,tombstone_key,bot}'::text[] LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM user360.%I AS t WHERE t.bot LIKE %L AND strpos(t::text, %L) > 0)', tab, 'erase%', what) INTO hit;
		result := result || CASE WHEN hit THEN tab || ' ' ELSE '' END;
	END LOOP;
	RETURN coalesce(nullif(result, ''), 'nowhere');
END
$$;
CREATE TABLE erase_tickets (id int PRIMARY KEY, channel text DEFAULT 'web', sender text, subject text, opened_at timestamptz);
SELECT user360.attach_tickets('erase_tickets', 'bot:=erase');

-- A customer of four profiles, two of them identified, a merge that was undone,
-- tickets and events of each; and somebody else.
SELECT made('asha', '{"key": "ASHA-1", "firstName": "Ashafirst", "email": "asha.mail@example.com"}'), made('asha old', '{"key": "ASHA-0", "lastName": "Ashalast", "note": "secretnote"}'), made('asha web', '{"phone": "+919000500077"}'), made('asha app', '{"city": "Ashacity"}', 'app');
SELECT made('ravi', '{"key": "RAVI", "firstName": "Ravi"}'), made('lone');
SELECT merged('asha app', 'asha web'), merged('asha web', 'asha old'), merged('asha old', 'asha');
SELECT merged('lone', 'asha'), unmerged('lone');
INSERT INTO erase_tickets (id, channel, sender, subject, opened_at) VALUES (1, 'web', 'asha', 'ashasubject', '2026-11-24 09:01'), (2, 'app', 'asha app', 'two', '2026-11-24 09:02'), (3, 'web', 'ravi', 'three', '2026-11-24 09:03'), (4, 'web', 'asha old', 'four', '2026-11-24 09:04'), (5, 'web', 'lone', 'five', '2026-11-24 09:05'),
	(6, 'web', 'asha', 'six', '2026-11-24 09:06'), (7, 'app', 'asha app', 'seven', '2026-11-24 09:07');
-- One is somebody else's in the end.
UPDATE erase_tickets SET channel = 'web', sender = 'ravi' WHERE id = 7;
SELECT name_of(t.profile_id) AS of, t.ticket, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket AS previous FROM user360.ticket AS t WHERE t.bot = 'erase' ORDER BY t.ticket;
SELECT * FROM rows_of('erase');
SELECT v.what, found(v.what) FROM unnest('{ASHA-1,ASHA-0,Ashafirst,Ashalast,secretnote,asha.mail,9000500077,Ashacity,ashasubject,"asha app"}'::text[]) AS v(what);
-- Erased by the id of a member.
BEGIN;
SELECT user360.delete_user('erase', id_of('asha app'), 'asked for it');
SELECT * FROM rows_of('erase');
ROLLBACK;
SELECT * FROM rows_of('erase');
SELECT user360.delete_user('erase', id_of('asha app'), 'asked for it');
SELECT * FROM rows_of('erase');
SELECT name_of(p.profile_id) AS is, p.userid, (SELECT count(*) FROM user360.event AS e WHERE e.bot = p.bot AND e.profile_id = p.profile_id) AS events FROM user360.profile AS p WHERE p.bot = 'erase' ORDER BY 1;
-- What stays: that there was somebody, and nothing of them.
SELECT v.what, found(v.what) FROM unnest('{ASHA-1,ASHA-0,Ashafirst,Ashalast,secretnote,asha.mail,9000500077,Ashacity,ashasubject,"asha app"}'::text[]) AS v(what);
SELECT name_of(e.profile_id) AS of, e.name, e.source, e.channel, e.actor = session_user AS by_caller, e.tracked, e.payload - 'profiles' AS payload, (SELECT string_agg(name_of(id::uuid), ', ' ORDER BY name_of(id::uuid)) FROM jsonb_array_elements_text(e.payload -> 'profiles') AS id) AS profiles
FROM user360.event AS e WHERE e.bot = 'erase' AND NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = e.bot AND p.profile_id = e.profile_id);
-- Nobody finds them, now or in the past.
SELECT user360.contact_card('erase', 'ASHA-1') IS NULL AS card, user360.contact_card('erase', 'ASHA-0', clock_timestamp()) IS NULL AS as_of, user360.contact_card_for_profile('erase', id_of('asha')) IS NULL AS of_profile, user360.contact_card_for_sender('erase', 'app', 'asha app') IS NULL AS of_sender,
	user360.contact_card_for_ticket('erase', 'public.erase_tickets', 1) IS NULL AS of_ticket, user360.user_page('erase', id_of('asha web')) IS NULL AS page, (SELECT count(*) FROM user360.recent_activity('erase', id_of('asha'))) AS activity;
SELECT a.code FROM attempt(format('SELECT user360.delete_user(%L, %L)', 'erase', id_of('asha old'))) AS a;
-- Whoever is left is as before; nobody's ticket follows one that is gone.
SELECT t.ticket, t.previous_ticket, (user360.previous_ticket(t.bot, t.source, t.ticket)).ticket AS answered FROM user360.ticket AS t WHERE t.bot = 'erase' ORDER BY t.ticket;
SELECT count(*) FROM user360.ticket AS t WHERE t.bot = 'erase' AND t.previous_profile_id IS NOT NULL AND NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = t.bot AND p.profile_id = t.previous_profile_id);

-- Of each userId a digest under the bot's own key: not the userId, nor a hash
-- that anybody could make of it, nor the same for two bots.
SELECT count(*) AS tombstones, count(DISTINCT t.digest) AS digests, min(octet_length(t.digest)) AS bytes, bool_and(t.expires_at - t.deleted_at > interval '300 days') AS for_long, bool_and(t.deleted_at = e.at) AS when_deleted
FROM user360.tombstone AS t, user360.event AS e WHERE t.bot = 'erase' AND e.bot = 'erase' AND e.name = 'USER_DELETE' AND e.payload ->> 'reason' = 'asked for it';
SELECT count(*) AS plain FROM user360.tombstone AS t, (VALUES ('ASHA-1'), ('ASHA-0')) AS u(userid), LATERAL (VALUES (convert_to(u.userid, 'UTF8')), (decode(md5(u.userid), 'hex')), (sha224(convert_to(u.userid, 'UTF8'))), (sha256(convert_to(u.userid, 'UTF8'))), (sha384(convert_to(u.userid, 'UTF8'))), (sha512(convert_to(u.userid, 'UTF8'))),
	(sha256(convert_to('erase' || u.userid, 'UTF8'))), (sha256(sha256(convert_to(u.userid, 'UTF8'))))) AS h(digest) WHERE t.bot = 'erase' AND strpos(encode(t.digest, 'hex'), encode(h.digest, 'hex')) > 0;
SELECT octet_length(k.key) AS bytes, k.key <> decode(repeat('00', 32), 'hex') AS made FROM user360.tombstone_key AS k WHERE k.bot = 'erase';
SELECT user360.create_bot('erase 2', 'email', '{web}');
SELECT made('two', '{"email": "same@example.com"}', bot => 'erase 2');
SELECT user360.create_bot('erase 3', 'email', '{web}');
SELECT made('three', '{"email": "same@example.com"}', bot => 'erase 3');
SELECT count(user360.delete_user(w.bot, w.profile_id)) FROM who AS w WHERE w.name IN ('two', 'three');
SELECT count(*), count(DISTINCT t.digest) AS different FROM user360.tombstone AS t WHERE t.bot IN ('erase 2', 'erase 3');
SELECT count(*), count(DISTINCT k.key) AS different FROM user360.tombstone_key AS k WHERE k.bot LIKE 'erase%';

-- They come back: a fresh profile, and an event that says so, once.
SELECT (i).outcome, i.profile_id <> ALL (ARRAY[id_of('asha'), id_of('asha old')]) AS fresh FROM user360.identify('erase', 'web', 'asha', '{"key": "ASHA-1"}') AS i;
SELECT e.name, e.channel, e.actor = session_user AS by_caller, e.payload ->> 'userId' AS userid, p.userid = e.payload ->> 'userId' AS of_the_fresh FROM user360.event AS e JOIN user360.profile AS p ON p.bot = e.bot AND p.profile_id = e.profile_id WHERE e.bot = 'erase' AND e.name = 'USER_RETURN';
SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = 'erase';
-- Also by a profile that was there without a userId, in whatever form it is written.
SELECT outcome FROM user360.identify('erase 2', 'web', 'x') AS i;
SELECT outcome FROM user360.identify('erase 2', 'web', 'x', '{"email": " Same@EXAMPLE.com "}') AS i;
SELECT e.bot, e.name, e.payload FROM user360.event AS e WHERE e.bot LIKE 'erase%' AND e.name = 'USER_RETURN' ORDER BY 1;
-- Once known again, no more of it: neither at the next capture nor by a switch.
SELECT outcome FROM user360.identify('erase 2', 'web', 'x', '{"email": "same@example.com", "firstName": "Same"}') AS i;
SELECT outcome FROM user360.identify('erase 2', 'web', 'y', '{"email": "same@example.com"}') AS i;
SELECT e.bot, count(*) FROM user360.event AS e WHERE e.bot LIKE 'erase%' AND e.name = 'USER_RETURN' GROUP BY 1 ORDER BY 1;
-- Deleted, given to somebody by hand, and deleted again: one tombstone, of the later time.
SELECT count(user360.delete_user(p.bot, p.profile_id)) FROM user360.profile AS p WHERE p.bot = 'erase 2';
SELECT t.deleted_at FROM user360.tombstone AS t WHERE t.bot = 'erase 2' \gset first_
SELECT outcome FROM user360.identify('erase 2', 'web', 'z', '{"email": "z@example.com"}') AS i;
SELECT count(user360.replace_userid(p.bot, p.profile_id, 'same@example.com', true)) FROM user360.profile AS p WHERE p.bot = 'erase 2';
SELECT count(user360.delete_user(p.bot, p.profile_id)) FROM user360.profile AS p WHERE p.bot = 'erase 2';
SELECT t.deleted_at > :'first_deleted_at' AS later FROM user360.tombstone AS t WHERE t.bot = 'erase 2';
-- Expired: a new customer like any other; the tombstone goes.
UPDATE user360.tombstone SET deleted_at = deleted_at - interval '2 years', expires_at = clock_timestamp() - interval '1 second' WHERE bot = 'erase 3';
SELECT outcome FROM user360.identify('erase 3', 'web', 'x', '{"email": "same@example.com"}') AS i;
SELECT count(*) FROM user360.event AS e WHERE e.bot = 'erase 3' AND e.name = 'USER_RETURN';
SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = 'erase 3';
-- The option says how long, or that there are none.
SELECT v.value, a.code, a.hint FROM (VALUES (1, '30 days'), (2, 'off'), (3, 'never'), (4, '-1 day')) AS v(n, value), LATERAL attempt(format('SELECT user360.set_option(%L, %L, %L)', 'erase 3', 'tombstones', v.value)) AS a ORDER BY v.n;
SELECT count(user360.delete_user(p.bot, p.profile_id)) FROM user360.profile AS p WHERE p.bot = 'erase 3';
SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = 'erase 3';
SELECT outcome FROM user360.identify('erase 3', 'web', 'x', '{"email": "same@example.com"}') AS i;
SELECT e.name FROM user360.event AS e WHERE e.bot = 'erase 3' ORDER BY e.at;
SELECT user360.set_option('erase 3', 'tombstones', '30 days');
SELECT count(user360.delete_user(p.bot, p.profile_id)) FROM user360.profile AS p WHERE p.bot = 'erase 3';
SELECT t.expires_at - t.deleted_at AS kept FROM user360.tombstone AS t WHERE t.bot = 'erase 3';
-- An unidentified customer leaves no tombstone.
SELECT user360.delete_user('erase', id_of('lone'));
SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = 'erase';
SELECT v.n, a.code, a.message FROM (VALUES (1, '''erase'', ''00000000-0000-7000-8000-000000000000'''), (2, '''erase'', NULL'), (3, '''no such bot'', NULL'), (4, '''erase 2'', ' || quote_literal(id_of('ravi')))) AS v(n, args), LATERAL (SELECT t.code, replace(t.message, id_of('ravi')::text, '<ravi>') AS message FROM attempt('SELECT user360.delete_user(' || v.args || ')') AS t) AS a ORDER BY v.n;
-- What the events of somebody else recorded while the two were merged is theirs
-- and stays, as README says: their past is what it was.
SELECT made('keeper', '{"key": "KEEPER", "firstName": "Keeper", "note": "mine"}'), made('gone', '{"key": "GONE", "city": "Gonecity", "phone": "+919000500088", "tags": ["gonetag"], "note": "gonenote"}'), made('gone too', '{"lastName": "Gonelast"}');
SELECT clock_timestamp() AS t0 \gset
SELECT merged('gone too', 'gone'), merged('gone', 'keeper');
SELECT count(user360.update_contact('erase', id_of('keeper'), '{"phone": "+919000500013", "note": null, "tags": ["kept"], "lastName": "Keeperlast"}'));
SELECT unmerged('gone');
SELECT clock_timestamp() AS t1 \gset
SELECT count(user360.update_contact('erase', id_of('keeper'), '{"note": "new", "city": "Keepercity"}'));
SELECT clock_timestamp() AS t2 \gset
CREATE TABLE recorded AS SELECT m.n, m.at, user360.contact_card('erase', 'KEEPER', m.at) AS card, user360.user_page('erase', id_of('keeper'), m.at) -> 'properties' AS properties FROM (VALUES (0, :'t0'::timestamptz), (1, :'t1'), (2, :'t2')) AS m(n, at);
SELECT r.n, r.properties FROM recorded AS r ORDER BY r.n;
SELECT v.what, found(v.what) FROM unnest('{Gonecity,9000500088,gonetag,gonenote,Gonelast}'::text[]) AS v(what);
SELECT user360.delete_user('erase', id_of('gone'));
SELECT v.what, found(v.what) FROM unnest('{Gonecity,9000500088,gonetag,gonenote,Gonelast}'::text[]) AS v(what);
SELECT r.n, user360.contact_card('erase', 'KEEPER', r.at) = r.card AS card, user360.user_page('erase', id_of('keeper'), r.at) -> 'properties' = r.properties AS properties FROM recorded AS r ORDER BY r.n;
SELECT user360.user_page('erase', id_of('keeper')) -> 'properties' = r.properties AS now FROM recorded AS r WHERE r.n = 2;
DROP TABLE recorded;
SELECT count(*) FROM user360.merge AS m WHERE m.bot = 'erase' AND id_of('gone') IN (m.source_id, m.target_id);
SELECT p -> 'members' AS members FROM user360.user_page('erase', id_of('keeper')) AS p;

-- A list that was set by hand goes on hiding what came before, and not what comes
-- later, though the merge that came before is erased.
SELECT made('list', '{"key": "LIST"}'), made('first', '{"city": "Pune"}'), made('before', '{"tags": ["before"]}'), made('after', '{"tags": ["after"]}');
SELECT merged('first', 'list'), merged('before', 'list');
SELECT count(user360.update_contact('erase', id_of('list'), '{"tags": ["own"]}'));
SELECT unmerged('before'), user360.delete_user('erase', id_of('before'));
SELECT merged('after', 'list');
SELECT p.tags FROM user360.profile AS p WHERE p.bot = 'erase' AND p.profile_id = id_of('list');

-- replace_userid: what is refused, in this order: what is not there, a customer
-- without a userId, the value, the loss that nobody confirmed, somebody else's.
SELECT user360.create_bot('replace', 'email', '{web,app,email}');
SELECT user360.set_option('replace', 'lookalike', 'refuse');
SELECT made('old', '{"email": "old@example.com", "firstName": "Old"}', bot => 'replace'), made('other', '{"email": "other@example.com"}', bot => 'replace'), made('unknown', '{"firstName": "Unknown"}', bot => 'replace'), made('member', '{"lastName": "Member"}', 'app', 'replace');
SELECT outcome FROM user360.identify('replace', 'email', 'Old@Example.com') AS i;
SELECT name_of(target_id) FROM user360.merge_profiles('replace', id_of('member', 'replace'), id_of('old', 'replace'));
SELECT * FROM rows_of('replace');
SELECT v.name, v.userid, v.lose, a.code, replace(a.message, id_of('unknown', 'replace')::text, '<unknown>') AS message
FROM (VALUES (1, 'nobody', 'null', false), (2, 'nobody', 'new@example.com', true), (3, 'unknown', 'null', false), (4, 'unknown', 'new@example.com', true), (5, 'old', ' ', false), (6, 'old', 'new', false), (7, 'old', 'null@', false), (8, 'old', 'test', true), (9, 'old', 'ne' || U&'\0455' || '@example.com', true),
	(10, 'old', 'new@example.com', false), (11, 'old', 'new@example.com', NULL), (12, 'old', 'other@example.com', false), (13, 'old', ' OTHER@Example.com ', true), (14, 'member', 'new@example.com', false), (15, 'old', NULL, true)) AS v(n, name, userid, lose),
LATERAL attempt(format('SELECT user360.replace_userid(%L, %L, %L, %L)', 'replace', coalesce(id_of(v.name, 'replace'), '00000000-0000-7000-8000-000000000000'), v.userid, v.lose)) AS a ORDER BY v.n;
SELECT * FROM rows_of('replace');
-- The same userId, however it is written: nothing happens, and nothing need be confirmed.
SELECT v.userid, v.lose, user360.replace_userid('replace', id_of('member', 'replace'), v.userid, v.lose) = id_of('old', 'replace') AS same FROM (VALUES (1, 'old@example.com', false), (2, ' OLD@example.COM ', true)) AS v(n, userid, lose) ORDER BY v.n;
SELECT * FROM rows_of('replace');
-- Replaced: the senders of chats follow, those of e-mail do not, for they are
-- the userId; all else is gone.
SELECT user360.replace_userid('replace', id_of('member', 'replace'), ' New@Example.com ', true) AS new_id \gset
SELECT * FROM rows_of('replace');
SELECT d.channel, d.sender, CASE WHEN d.profile_id = :'new_id' THEN 'new' ELSE name_of(d.profile_id) END AS is FROM user360.sender AS d WHERE d.bot = 'replace' ORDER BY 1, 2;
SELECT p.userid, holds(p.bot, p.profile_id) AS holds, p.own, p.identified_at = p.created_at AS moments FROM user360.profile AS p WHERE p.bot = 'replace' AND p.profile_id = :'new_id';
SELECT CASE WHEN e.profile_id = :'new_id' THEN 'new' ELSE name_of(e.profile_id) END AS of, e.name, replace(replace(replace((e.payload - 'profiles')::text, :'new_id', '<new>'), id_of('old', 'replace')::text, '<old>'), id_of('member', 'replace')::text, '<member>') AS payload, jsonb_array_length(e.payload -> 'profiles') AS profiles
FROM user360.event AS e WHERE e.bot = 'replace' AND (e.profile_id = :'new_id' OR e.profile_id = id_of('old', 'replace')) ORDER BY e.at, e.name DESC;
SELECT i.outcome, i.userid, i.profile_id = :'new_id' AS new FROM user360.identify('replace', 'app', 'member') AS i;
SELECT user360.contact_card('replace', 'old@example.com') IS NULL AS gone, c.profile_id = :'new_id' AS new FROM user360.contact_card('replace', 'new@example.com') AS c;
SELECT i.outcome, i.userid, i.profile_id <> :'new_id' AS another FROM user360.identify('replace', 'email', 'old@example.com') AS i;
SELECT user360.contact_card_for_profile('replace', :'new_id', e.at - interval '1 microsecond') IS NULL AS before FROM user360.event AS e WHERE e.bot = 'replace' AND e.profile_id = :'new_id' AND e.name = 'USER_CREATE';

-- prune_unidentified erases who was not seen for longer; not who is identified,
-- has tickets or members, is a member, or was seen since.
SELECT user360.create_bot('prune', NULL, '{web}');
SELECT user360.define_property('prune', 'key', 'string');
SELECT user360.set_userid_property('prune', 'key');
CREATE TABLE prune_tickets (id int PRIMARY KEY, sender text, opened_at timestamptz);
SELECT user360.attach_tickets('prune_tickets', 'bot:=prune', 'channel:=web');
SELECT made('forgotten', '{"firstName": "Forgotten"}', bot => 'prune'), made('forgotten 2', '{"lastName": "Forgotten"}', bot => 'prune'), made('identified', '{"key": "I"}', bot => 'prune'), made('with ticket', bot => 'prune'), made('with member', bot => 'prune'), made('member', bot => 'prune'), made('member of identified', bot => 'prune'), made('ticket gone', bot => 'prune'), made('seen', bot => 'prune');
INSERT INTO prune_tickets VALUES (1, 'with ticket', '2026-11-24 09:00'), (2, 'ticket gone', '2026-11-24 09:00');
DELETE FROM prune_tickets WHERE id = 2;
SELECT outcome FROM user360.identify('prune', 'web', 'forgotten too', '{}') AS i;
UPDATE user360.sender SET profile_id = id_of('forgotten', 'prune') WHERE bot = 'prune' AND sender = 'forgotten too';
UPDATE user360.profile SET last_seen_at = last_seen_at - interval '10 days' WHERE bot = 'prune' AND profile_id <> id_of('seen', 'prune');
SELECT name_of(target_id) FROM user360.merge_profiles('prune', id_of('member', 'prune'), id_of('with member', 'prune'));
SELECT name_of(target_id) FROM user360.merge_profiles('prune', id_of('member of identified', 'prune'), id_of('identified', 'prune'));
INSERT INTO who SELECT 'prune', 'without sender', p.profile_id FROM user360.profile AS p WHERE p.bot = 'prune' AND p.profile_id NOT IN (SELECT w.profile_id FROM who AS w);
SELECT user360.prune_unidentified('prune', '11 days');
SELECT user360.prune_unidentified('prune', '9 days');
SELECT name_of(p.profile_id) AS kept FROM user360.profile AS p WHERE p.bot = 'prune' ORDER BY 1;
SELECT d.sender FROM user360.sender AS d WHERE d.bot = 'prune' ORDER BY 1;
SELECT name_of(e.profile_id) AS of, e.name, e.payload - 'profiles' AS payload FROM user360.event AS e WHERE e.bot = 'prune' AND NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = e.bot AND p.profile_id = e.profile_id) ORDER BY 1;
SELECT count(*) FROM user360.tombstone AS t WHERE t.bot = 'prune';
SELECT user360.prune_unidentified('prune', '9 days');
-- A sender that was pruned is a new one when it comes back.
SELECT outcome, profile_id <> id_of('forgotten', 'prune') AS fresh FROM user360.identify('prune', 'web', 'forgotten') AS i;
-- An unmerged one is no member any more.
SELECT name_of(u.target_id) FROM user360.merge AS m, user360.unmerge('prune', m.merge_id) AS u WHERE m.bot = 'prune' AND m.source_id = id_of('member', 'prune');
SELECT user360.prune_unidentified('prune', '9 days');
SELECT name_of(p.profile_id) AS kept FROM user360.profile AS p WHERE p.bot = 'prune' ORDER BY 1;
SELECT user360.prune_unidentified('prune', '0');
SELECT name_of(p.profile_id) AS kept FROM user360.profile AS p WHERE p.bot = 'prune' ORDER BY 1;
-- More than one batch.
SELECT user360.create_bot('prune many', NULL, '{web}');
SELECT count(user360.identify('prune many', 'web', 's' || g)) FROM generate_series(1, 1203) AS g;
SELECT user360.prune_unidentified('prune many', '0');
SELECT profiles, senders, tickets, events FROM rows_of('prune many');

-- prune_events counts, leaves what is younger, and only this bot's.
UPDATE user360.event SET at = at - interval '10 days' WHERE bot = 'prune many' AND event_id IN (SELECT e.event_id FROM user360.event AS e WHERE e.bot = 'prune many' ORDER BY e.event_id LIMIT 203);
SELECT user360.prune_events('prune many', '9 days');
SELECT events FROM rows_of('prune many');
SELECT user360.prune_events('prune many', '9 days');
SELECT user360.prune_events('prune many', '0');
SELECT events FROM rows_of('prune many');
SELECT v.call, a.code, a.message, a.hint FROM (VALUES (1, $$prune_events('prune', '-1 second')$$), (2, $$prune_events('prune', NULL)$$), (3, $$prune_events('no such bot', NULL)$$), (4, $$prune_unidentified('prune', '-1 month')$$), (5, $$prune_unidentified('prune', NULL)$$), (6, $$prune_unidentified(NULL, '1 day')$$)) AS v(n, call), LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
-- What is left is sound.
SELECT b.bot, v.check_name, v.detail FROM user360.bot AS b, user360.verify(b.bot) AS v WHERE b.bot ~ '^(erase|replace|prune)' ORDER BY 1, 2, 3;
DROP TABLE who, erase_tickets, prune_tickets;
DROP FUNCTION made, id_of, name_of, merged, unmerged, rows_of, found;
