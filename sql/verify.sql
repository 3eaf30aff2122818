-- verify(): nothing to report of what the functions made; and each broken
-- promise, planted behind their back, is reported as what it is.
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_verify_admin, regress_verify_user, regress_verify_star;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('verify', 'email', '{web,app}', 'IN');
SELECT user360.define_property('verify', v.property, v.type, v.rule) FROM (VALUES ('alt', 'email', 'keep'), ('mobile', 'phone', 'keep'), ('score', 'number', 'keep'), ('plan', 'string', 'latest')) AS v(property, type, rule);
SELECT user360.create_bot(b.bot, NULL, '{web}') FROM (VALUES ('verify key'), ('verify score'), ('verify none')) AS b(bot);
SELECT user360.define_property('verify key', 'key', 'string'), user360.set_userid_property('verify key', 'key');
SELECT user360.define_property('verify score', 'score', 'number'), user360.set_userid_property('verify score', 'score');
SELECT user360.create_bot('verify phone', 'phone', '{web}', 'IN');
CREATE TABLE verify_tickets (id bigint PRIMARY KEY, bot text DEFAULT 'verify', channel text DEFAULT 'web', sender text, email text, opened_at timestamptz);
SELECT user360.attach_tickets('verify_tickets', 'email=email');
CREATE FUNCTION given(bot text, sender text, properties jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT outcome FROM user360.identify(bot, 'web', sender, properties)
$$;

-- Customers: #1 with member #2, #3 and #4 by themselves, the latter without a userId.
SELECT given('verify', 'a', '{"email": "Asha@Example.com", "firstName": "Asha", "plan": "gold", "tags": ["vip"]}');
INSERT INTO verify_tickets (id, sender, opened_at) VALUES (1, 'b', '2026-11-24 09:00'), (2, 'a', '2026-11-24 09:10');
SELECT given('verify', 'b', '{"firstName": "A.", "city": "Pune", "phone": "090005 00000", "score": 1.50, "tags": ["new", "vip"], "plan": "silver"}');
SELECT given('verify', 'b', '{"email": "asha@example.com"}');
SELECT given('verify', 'c', '{"email": "ravi@example.com", "alt": "ravi@example.org", "mobile": "+919000500001"}');
SELECT given('verify', 'd', '{"firstName": "Nobody"}');
INSERT INTO verify_tickets (id, sender, opened_at) VALUES (3, 'a', '2026-11-24 09:20'), (4, 'b', '2026-11-24 09:30'), (5, 'c', '2026-11-24 09:40'), (6, 'd', '2026-11-24 09:50'), (7, 'c', '2026-11-24 10:00'), (8, 'a', '2026-11-24 10:10'), (9, 'd', '2026-11-24 10:20'), (10, 'd', '2026-11-24 10:20');
-- #5 with a member #8, and a member #7 that has a userId, and has a member #6 itself.
SELECT given('verify', 'e', '{"email": "uma@example.com"}');
BEGIN;
INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, identified_at, userid, email, skeleton_hash)
SELECT bot, '00000000-0000-7000-8000-000000000007', profile_id, created_at, updated_at, last_seen_at, identified_at, 'uma.old@example.com', 'uma.old@example.com', hashtextextended('urna.old@exarnple.corn', 0)
FROM user360.profile WHERE bot = 'verify' AND userid = 'uma@example.com';
INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor)
SELECT bot, '00000000-0000-7000-8000-0000000000e7', '00000000-0000-7000-8000-000000000007', profile_id, 1, now(), 'regress' FROM user360.profile WHERE bot = 'verify' AND userid = 'uma@example.com';
CREATE FUNCTION own_of(p user360.profile) RETURNS jsonb LANGUAGE sql AS $$
	SELECT p.custom || jsonb_strip_nulls(jsonb_build_object('email', p.email, 'lastChannel', p.last_channel, '@created', (extract(epoch FROM p.created_at - '2000-01-01 00:00+00') * 1000000)::bigint,
		'@seen', (extract(epoch FROM p.last_seen_at - '2000-01-01 00:00+00') * 1000000)::bigint, '@identified', (extract(epoch FROM p.identified_at - '2000-01-01 00:00+00') * 1000000)::bigint))
$$;
UPDATE user360.profile AS p SET own = own_of(p) WHERE bot = 'verify' AND userid = 'uma@example.com';
COMMIT;
SELECT given('verify', 'f', '{"firstName": "Uma", "language": "gu"}');
SELECT given('verify', 'f', '{"email": "uma.old@example.com", "city": "Surat"}');
SELECT given('verify', 'g', '{"gender": "female"}');
SELECT given('verify', 'g', '{"email": "uma@example.com"}');
SELECT given('verify key', 'k1', '{"key": "cust-100"}');
SELECT given('verify key', 'k2', '{"key": "Anna-7"}');
SELECT given('verify key', 'k3', '{"firstName": "Later"}');
SELECT given('verify score', 's1', '{"score": "7.50"}');
SELECT given('verify phone', 'p1', '{"phone": "+12001234567"}');
SELECT given('verify phone', 'p2', '{"phone": "9000500000"}');
SELECT given('verify none', 'n1', '{"email": "Someone@Example.com", "firstName": "Someone"}');

-- Their numbers, which stand for the ids in what is found.
CREATE TABLE numbers AS
SELECT b.bot, n.no, n.profile_id FROM user360.bot AS b, numbered(b.bot) AS n WHERE b.bot LIKE 'verify%';
SELECT n.bot, n.no, p.userid, s.no AS into, p.own IS NOT NULL AS has_own FROM numbers AS n JOIN user360.profile AS p USING (bot, profile_id) LEFT JOIN numbers AS s ON s.bot = p.bot AND s.profile_id = p.merged_into ORDER BY 1, 2;
CREATE FUNCTION profile(no bigint, bot text DEFAULT 'verify') RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT n.profile_id FROM numbers AS n WHERE n.bot = profile.bot AND n.no = profile.no
$$;
CREATE FUNCTION found(of_bot text) RETURNS TABLE (check_name text, no text, detail text) LANGUAGE plpgsql STABLE AS $$
DECLARE
	v user360.finding;
	n record;
BEGIN
	FOR v IN SELECT f.* FROM user360.verify(of_bot) AS f WHERE f.bot LIKE 'verify%' LOOP
		check_name := v.check_name;
		no := CASE WHEN v.profile_id::text LIKE '00000000-%' THEN right(v.profile_id::text, 2) WHEN v.profile_id IS NOT NULL THEN 'new' END;
		detail := v.detail;
		FOR n IN SELECT m.* FROM numbers AS m WHERE m.bot = v.bot LOOP
			no := CASE WHEN v.profile_id = n.profile_id THEN '#' || n.no ELSE no END;
			detail := replace(detail, n.profile_id::text, '#' || n.no);
		END LOOP;
		detail := regexp_replace(detail, '[-0-9a-f]{34}(..)', '\1', 'g');
		detail := detail || CASE WHEN of_bot IS NULL THEN ' (' || v.bot || ')' ELSE '' END;
		RETURN NEXT;
	END LOOP;
END
$$;

-- All that is sound; a single bot, and all of them.
SELECT b.bot, f.* FROM user360.bot AS b LEFT JOIN LATERAL found(b.bot) AS f ON true WHERE b.bot LIKE 'verify%' ORDER BY b.bot;
SELECT * FROM found(NULL);

-- Runs statements without the guards, tells what verify() finds then, and undoes it all.
CREATE FUNCTION planted(bot text, statements text) RETURNS TABLE (check_name text, no text, detail text) LANGUAGE plpgsql AS $$
DECLARE
	findings jsonb;
BEGIN
	BEGIN
		ALTER TABLE user360.profile DISABLE TRIGGER ALL;
		ALTER TABLE user360.bot DISABLE TRIGGER ALL;
		ALTER TABLE user360.property DISABLE TRIGGER ALL;
		EXECUTE statements;
		ALTER TABLE user360.bot ENABLE TRIGGER ALL;
		findings := (SELECT jsonb_agg(f) FROM found(bot) AS f);
		RAISE EXCEPTION 'undone' USING ERRCODE = 'ZZZZZ';
	EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
		NULL;
	END;
	RETURN QUERY SELECT f.* FROM jsonb_to_recordset(findings) AS f(check_name text, no text, detail text) ORDER BY f.check_name, f.no, f.detail;
END
$$;
CREATE FUNCTION skeleton(userid text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT hashtextextended(replace(replace(replace(userid, 'm', 'rn'), '0', 'O'), '1', 'l'), 0)
$$;
CREATE FUNCTION set_profile(no bigint, assignments text, bot text DEFAULT 'verify') RETURNS text LANGUAGE sql AS $$
	SELECT format('UPDATE user360.profile AS p SET %s WHERE p.bot = %L AND p.profile_id = %L; ', assignments, bot, profile(no, bot))
$$;
CREATE FUNCTION new_profile(digit text, columns text, vals text, bot text DEFAULT 'verify') RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at%s) VALUES (%L, %L, now(), now(), now()%s); ',
		', ' || columns, bot, '00000000-0000-7000-8000-0000000000' || digit, ', ' || vals)
$$;
CREATE FUNCTION new_merge(digit text, source uuid, target uuid) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor) VALUES (%L, %L, %L, %L, %s, now(), %L); ',
		'verify', '00000000-0000-7000-8000-0000000000' || digit, source, target, ascii(right(digit, 1)), 'regress')
$$;
CREATE FUNCTION set_merge(source bigint, assignments text) RETURNS text LANGUAGE sql AS $$
	SELECT format('UPDATE user360.merge SET %s WHERE bot = %L AND source_id = %L; ', assignments, 'verify', profile(source))
$$;
CREATE FUNCTION set_ticket(ticket text, assignments text) RETURNS text LANGUAGE sql AS $$
	SELECT format('UPDATE user360.ticket SET %s WHERE bot = %L AND ticket = %L; ', assignments, 'verify', ticket)
$$;

-- One userId, one profile; whatever the index says.
SELECT * FROM planted('verify', 'DROP INDEX user360.profile_userid; ' || new_profile('d1', 'identified_at, userid, email, skeleton_hash', $$now(), 'zoe@example.com', 'zoe@example.com', skeleton('zoe@example.com')$$)
	|| new_profile('d2', 'identified_at, userid, email, skeleton_hash', $$now(), 'zoe@example.com', 'zoe@example.com', skeleton('zoe@example.com')$$));

-- userIds that their bot would not give today.
SELECT v.fault, p.* FROM (VALUES (1, 'not canonical', 'verify', set_profile(3, $$userid = 'Ravi@Example.com', email = 'Ravi@Example.com', skeleton_hash = skeleton('Ravi@Exarnple.corn')$$)),
	(2, 'not fitting', 'verify', set_profile(3, $$userid = 'ravi', email = 'ravi', skeleton_hash = skeleton('ravi')$$)),
	(3, 'blocked', 'verify key', set_profile(2, $$userid = 'null', custom = '{"key": "null"}', skeleton_hash = skeleton('null')$$, 'verify key')),
	(4, 'blocked by now', 'verify', $$SELECT user360.set_option('verify', 'blocked_patterns', 'ravi@%')$$),
	(5, 'an option changed', 'verify key', $$UPDATE user360.bot SET options = '{"casefold": "on"}' WHERE bot = 'verify key'$$),
	(6, 'valid numbers only', 'verify phone', $$SELECT user360.set_option('verify phone', 'require_valid_phone', 'on')$$),
	(7, 'a number', 'verify score', set_profile(1, $$userid = '7.50', custom = '{"score": 7.5}'$$, 'verify score'))) AS v(n, fault, bot, statements), LATERAL planted(v.bot, v.statements) AS p ORDER BY v.n;

-- Values that are not canonical today.
SELECT v.fault, p.* FROM (VALUES (1, 'phone', set_profile(4, $$phone = '09000500000'$$)),
	(2, 'no phone', set_profile(3, $$phone = 'x'$$)),
	(3, 'email', set_profile(4, $$email = 'Nobody@Example.com'$$)),
	(4, 'custom email', set_profile(3, $$custom = custom || '{"alt": "Ravi@Example.org"}'$$)),
	(5, 'custom phone', set_profile(3, $$custom = custom || '{"mobile": "9000500001"}'$$)),
	(6, 'no text', set_profile(3, $$custom = custom || '{"alt": {"a": 1}}'$$)),
	(7, 'no number', set_profile(3, $$custom = custom || '{"score": "x"}'$$)),
	(8, 'no own number', set_profile(1, $$own = own || '{"score": "x"}'$$)),
	(9, 'no object', set_profile(4, $$custom = '["x"]'$$)),
	(10, 'no own object', set_profile(1, $$own = '1'$$))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;

-- Until it is a userId, an address has no other form than any.
SELECT * FROM planted('verify', $$UPDATE user360.bot SET options = '{"gmail_dots": "on"}' WHERE bot = 'verify'; $$ || set_profile(4, $$email = 'no.body@gmail.com'$$));

-- The userId property is the userId.
SELECT v.fault, p.* FROM (VALUES (1, 'another', 'verify', set_profile(3, $$email = 'other@example.com'$$)),
	(2, 'none', 'verify', set_profile(3, $$email = NULL$$)),
	(3, 'custom: another', 'verify key', set_profile(1, $$custom = '{"key": "cust-7"}'$$, 'verify key')),
	(4, 'custom: none', 'verify key', set_profile(1, $$custom = '{}'$$, 'verify key'))) AS v(n, fault, bot, statements), LATERAL planted(v.bot, v.statements) AS p ORDER BY v.n;

-- Bots whose policy does not hold together; nothing else is judged by one that can't be read.
SELECT v.fault, p.* FROM (VALUES (1, 'no userId property', 'verify key', $$UPDATE user360.bot SET userid_property = NULL WHERE bot = 'verify key'$$),
	(2, 'e-mail channel', 'verify key', $$INSERT INTO user360.channel VALUES ('verify key', 'mail', 'email')$$),
	(3, 'e-mail channel alone', 'verify none', $$INSERT INTO user360.channel VALUES ('verify none', 'mail', 'email')$$),
	(4, 'no such property', 'verify key', $$DELETE FROM user360.property WHERE bot = 'verify key'; UPDATE user360.profile SET custom = '{}' WHERE bot = 'verify key'$$),
	(5, 'no such type', 'verify key', $$UPDATE user360.property SET type = 'colour' WHERE bot = 'verify key'$$),
	(6, 'no type for a userId', 'verify none', $$UPDATE user360.bot SET userid_property = 'dob' WHERE bot = 'verify none'$$)) AS v(n, fault, bot, statements), LATERAL planted(v.bot, v.statements) AS p ORDER BY v.n;
SELECT * FROM planted(NULL, $$DELETE FROM user360.property WHERE bot = 'verify key'$$);

-- A merged profile leads to a survivor.
SELECT v.fault, p.* FROM (VALUES (1, 'to nobody', new_profile('d1', 'merged_into', $$'00000000-0000-7000-8000-0000000000ff'$$) || new_merge('e1', '00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000ff')),
	(2, 'to each other', new_profile('d1', 'merged_into', $$'00000000-0000-7000-8000-0000000000d2'$$) || new_profile('d2', 'merged_into', $$'00000000-0000-7000-8000-0000000000d1'$$)
		|| new_merge('e1', '00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000d2') || new_merge('e2', '00000000-0000-7000-8000-0000000000d2', '00000000-0000-7000-8000-0000000000d1')),
	(3, 'round three', new_profile('d1', 'merged_into', $$'00000000-0000-7000-8000-0000000000d2'$$) || new_profile('d2', 'merged_into', $$'00000000-0000-7000-8000-0000000000d3'$$) || new_profile('d3', 'merged_into', $$'00000000-0000-7000-8000-0000000000d1'$$)
		|| new_profile('d4', 'merged_into', $$'00000000-0000-7000-8000-0000000000d1'$$) || new_merge('e1', '00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000d2')
		|| new_merge('e2', '00000000-0000-7000-8000-0000000000d2', '00000000-0000-7000-8000-0000000000d3') || new_merge('e3', '00000000-0000-7000-8000-0000000000d3', '00000000-0000-7000-8000-0000000000d1')
		|| new_merge('e4', '00000000-0000-7000-8000-0000000000d4', '00000000-0000-7000-8000-0000000000d1')),
	(4, 'away from its survivor', set_profile(2, $$merged_into = '00000000-0000-7000-8000-0000000000ff'$$)),
	(5, 'to a member', set_profile(5, format('merged_into = %L', profile(3))) || new_merge('e1', profile(5), profile(3)) || set_profile(3, 'own = own_of(p), (city, language, first_name, gender, last_seen_at) = (SELECT s.city, s.language, s.first_name, s.gender, s.last_seen_at FROM user360.profile AS s WHERE s.bot = p.bot AND s.userid = ''uma@example.com'')'))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;

-- By one active merge, into its own set.
SELECT v.fault, p.* FROM (VALUES (1, 'none', format('DELETE FROM user360.merge WHERE bot = %L AND source_id = %L', 'verify', profile(2))),
	(2, 'undone', set_merge(2, 'undone_at = now()')),
	(3, 'two', 'DROP INDEX user360.merge_source; ' || new_merge('e1', profile(2), profile(1))),
	(4, 'source not there', new_merge('e1', '00000000-0000-7000-8000-0000000000ff', profile(1))),
	(5, 'source not merged', new_merge('e1', profile(4), profile(3))),
	(6, 'target not there', set_merge(2, $$target_id = '00000000-0000-7000-8000-0000000000ff'$$)),
	(7, 'target of another set', set_merge(2, format('target_id = %L', profile(3)))),
	(8, 'circle', set_merge(7, format('target_id = %L', profile(6))))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;
-- Undone merges lie where they were.
SELECT * FROM planted('verify', new_merge('e1', '00000000-0000-7000-8000-0000000000ff', profile(1)) || format('UPDATE user360.merge SET undone_at = now() WHERE merge_id = %L', '00000000-0000-7000-8000-0000000000e1'));

-- A survivor's row is the fold of its own values and its members.
SELECT v.fault, p.* FROM (VALUES (1, 'a value', set_profile(1, $$first_name = 'Asha B'$$)),
	(2, 'several', set_profile(1, $$city = NULL, tags = '{vip}', custom = custom - 'score'$$)),
	(3, 'a time', set_profile(1, $$created_at = created_at - interval '1 day'$$)),
	(4, 'as typed', set_profile(1, $$as_given = NULL$$)),
	(5, 'own values', set_profile(1, $$own = own || '{"lastName": "Rao"}'$$)),
	(6, 'a member''s row', set_profile(2, $$gender = 'female'$$)),
	(7, 'a member with members', set_profile(7, $$language = 'hi'$$)),
	(8, 'a member of a member', set_profile(6, $$language = 'hi'$$)),
	(9, 'no own values', set_profile(1, $$own = NULL$$)),
	(10, 'no own values of a member', set_profile(7, $$own = NULL$$)),
	(11, 'own values alone', set_profile(4, $$own = '{"firstName": "Nobody"}'$$)),
	(12, 'own values of a member alone', set_profile(6, $$own = own_of(p)$$)),
	(13, 'unidentified', set_profile(5, $$userid = NULL, identified_at = NULL, skeleton_hash = NULL, own = own - '@identified'$$))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;

-- What is stored under a profile leads to it.  USER_DELETE stays after an erased customer.
SELECT v.fault, p.* FROM (VALUES (1, 'sender', $$INSERT INTO user360.sender VALUES ('verify', 'web', 'x', '00000000-0000-7000-8000-0000000000ff', now(), now())$$),
	(2, 'ticket', $$INSERT INTO user360.ticket (bot, source, ticket, profile_id, opened_at) VALUES ('verify', 'public.verify_tickets', 'x', '00000000-0000-7000-8000-0000000000ff', now())$$),
	(3, 'events', $$INSERT INTO user360.event (bot, profile_id, event_id, at, name) SELECT 'verify', '00000000-0000-7000-8000-0000000000ff', gen_random_uuid(), now(), n FROM unnest('{USER_CREATE,USER_DELETE,TICKET_OPEN,TICKET_OPEN}'::text[]) AS n$$),
	(4, 'of a bot that is not there', $$INSERT INTO user360.sender VALUES ('verify', 'web', 'x', '00000000-0000-7000-8000-0000000000fe', now(), now()); $$
		|| new_profile('fe', 'first_name', $$'x'$$, 'verify phone'))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;

-- Links between tickets.
SELECT t.ticket, o.no AS of_profile, t.previous_ticket, n.no AS previous_profile FROM user360.ticket AS t JOIN numbers AS o USING (bot, profile_id) LEFT JOIN numbers AS n ON n.bot = t.bot AND n.profile_id = t.previous_profile_id WHERE t.bot = 'verify' ORDER BY t.ticket;
SELECT v.fault, p.* FROM (VALUES (1, 'of another customer', set_ticket('7', format('previous_profile_id = %L, previous_ticket = %L', profile(4), '6'))),
	(2, 'of nobody', set_ticket('7', $$previous_profile_id = '00000000-0000-7000-8000-0000000000ff'$$)),
	(3, 'no profile', set_ticket('7', 'previous_profile_id = NULL')),
	(4, 'no source', set_ticket('7', 'previous_source = NULL')),
	(5, 'no ticket', set_ticket('7', 'previous_ticket = NULL')),
	(6, 'never that profile''s', set_ticket('4', format('previous_profile_id = %L', profile(2)))),
	(10, 'but for a tracked event', set_ticket('4', format('previous_profile_id = %L', profile(2)))
		|| format('INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name, source, payload) VALUES (%L, %L, %L, now(), true, %L, %L, %L)', 'verify', profile(2), '00000000-0000-7000-8000-0000000000f1', 'TICKET_OPEN', 'public.verify_tickets', '{"ticket": "3"}')),
	(7, 'itself', set_ticket('7', $$previous_ticket = '7'$$)),
	(8, 'newer', set_ticket('5', format('previous_profile_id = %L, previous_source = source, previous_ticket = %L', profile(3), '7'))),
	(9, 'newer by its key', set_ticket('5', format('opened_at = (SELECT opened_at FROM user360.ticket WHERE bot = %L AND ticket = %L), previous_profile_id = %L, previous_source = source, previous_ticket = %L', 'verify', '7', profile(3), '7') || ', subject = NULL')
		|| set_ticket('7', 'previous_profile_id = NULL, previous_source = NULL, previous_ticket = NULL'))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;
-- Links to what was deleted, moved or used again are none; nor is a link whose events may have been pruned.
SELECT v.what, p.* FROM (VALUES (1, 'deleted', 'DELETE FROM verify_tickets WHERE id IN (1, 3, 5)'),
	(2, 'moved', $$UPDATE verify_tickets SET sender = 'c' WHERE id IN (1, 3)$$),
	(3, 'moved and back', $$UPDATE verify_tickets SET sender = 'd' WHERE id = 5; UPDATE verify_tickets SET sender = 'c', opened_at = '2026-11-24 12:00' WHERE id = 5$$),
	(4, 'used again', $$DELETE FROM verify_tickets WHERE id IN (3, 5); INSERT INTO verify_tickets (id, sender, opened_at) VALUES (3, 'd', '2026-11-24 12:00'), (5, 'c', '2026-11-24 12:00')$$),
	(5, 'renamed', $$UPDATE verify_tickets SET id = id + 100 WHERE id IN (3, 5)$$),
	(6, 'moved, deleted there, used again here', $$UPDATE verify_tickets SET sender = 'd' WHERE id = 5; DELETE FROM verify_tickets WHERE id = 5; INSERT INTO verify_tickets (id, sender, opened_at) VALUES (5, 'c', '2026-11-24 12:00')$$),
	(7, 'pruned', set_ticket('4', format('previous_profile_id = %L', profile(2))) || $$UPDATE user360.bot SET history_from = '2026-11-24 08:00' WHERE bot = 'verify'$$)) AS v(n, what, statements)
LEFT JOIN LATERAL planted('verify', v.statements) AS p ON true ORDER BY v.n;

-- Look-alikes, unless the bot does not care, or the two are one customer.
SELECT v.fault, p.* FROM (VALUES (1, 'l for 1', $$SELECT given('verify key', 'x', '{"key": "cust-l00"}')$$),
	(2, 'three', $$SELECT given('verify key', 'x', '{"key": "cust-l00"}'), given('verify key', 'y', '{"key": "cust-lO0"}')$$),
	(3, 'mixed scripts', $$SELECT given('verify key', 'x', U&'{"key": "p\0430ypal"}')$$),
	(4, 'off', $$SELECT given('verify key', 'x', '{"key": "cust-l00"}'), given('verify key', 'y', U&'{"key": "p\0430ypal"}'); SELECT user360.set_option('verify key', 'lookalike', 'off')$$),
	(5, 'merged', $$SELECT given('verify key', 'x', '{"key": "cust-l00"}'); UPDATE user360.profile AS p SET own = own_of(p) WHERE bot = 'verify key' AND userid = 'cust-100';
		UPDATE user360.profile AS p SET merged_into = profile(1, 'verify key'), created_at = s.created_at, last_seen_at = s.last_seen_at FROM user360.profile AS s WHERE p.bot = 'verify key' AND p.userid = 'cust-l00' AND s.bot = p.bot AND s.userid = 'cust-100';
		INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor) SELECT bot, '00000000-0000-7000-8000-0000000000e1', profile_id, merged_into, 1, now(), 'regress' FROM user360.profile WHERE bot = 'verify key' AND userid = 'cust-l00'$$),
	(6, 'skeleton', set_profile(1, 'skeleton_hash = 1', 'verify key')),
	(7, 'no skeleton', set_profile(1, 'skeleton_hash = NULL', 'verify key')),
	(8, 'skeleton of nobody', set_profile(3, 'skeleton_hash = 1', 'verify key')),
	(9, 'another one''s hash', set_profile(1, $$skeleton_hash = (SELECT q.skeleton_hash FROM user360.profile AS q WHERE q.bot = p.bot AND q.userid = 'Anna-7')$$, 'verify key'))) AS v(n, fault, statements)
LEFT JOIN LATERAL planted('verify key', v.statements) AS p ON true ORDER BY v.n;

-- Rows of a bot that is not there: once a table.
SELECT * FROM planted(NULL, $$UPDATE user360.bot SET bot = 'verify gone' WHERE bot = 'verify'$$);
SELECT * FROM planted(NULL, new_profile('d1', 'first_name', $$'x'$$, 'verify gone') || new_profile('d2', 'first_name', $$'x'$$, 'verify gone'));

SELECT * FROM planted('verify', new_profile('d1', 'first_name', $$'x'$$, 'verify gone'));
-- One id in two bots is two profiles.
SELECT * FROM planted(NULL, new_profile('d1', 'phone', $$'x'$$) || new_profile('d1', 'phone', $$'y'$$, 'verify none'));

-- Properties that the bot does not know.
SELECT v.fault, p.* FROM (VALUES (1, 'custom', set_profile(3, $$custom = custom || '{"colour": "red"}'$$)),
	(2, 'a column', set_profile(3, $$custom = custom || '{"firstName": "x"}'$$)),
	(3, 'own', set_profile(1, $$own = own || '{"colour": "red"}'$$)),
	(4, 'of a member', set_profile(2, $$custom = custom || '{"colour": "red"}'$$))) AS v(n, fault, statements), LATERAL planted('verify', v.statements) AS p ORDER BY v.n;

-- Many at once are reported all.
SELECT p.check_name, count(*) FROM planted('verify', $$UPDATE user360.profile SET phone = 'x' WHERE bot = 'verify'; DELETE FROM user360.merge WHERE bot = 'verify';
	INSERT INTO user360.sender SELECT 'verify', 'web', 'x' || n, gen_random_uuid(), now(), now() FROM generate_series(1, 2500) AS n$$) AS p GROUP BY 1 ORDER BY 1;

-- Who may ask: an administrator of the bot; for every bot, one of every bot.
CREATE ROLE regress_verify_admin;
CREATE ROLE regress_verify_user;
CREATE ROLE regress_verify_star;
SELECT user360.grant_access('regress_verify_admin', 'verify', 'engagement_admin');
SELECT user360.grant_access('regress_verify_user', 'verify', 'engagement_user');
SELECT user360.grant_access('regress_verify_star', '*', 'engagement_admin');
GRANT EXECUTE ON FUNCTION user360.verify(text) TO regress_verify_user;
SET ROLE regress_verify_admin;
SELECT count(*) FROM user360.verify('verify');
SELECT count(*) FROM user360.verify('verify key');
SELECT count(*) FROM user360.verify('verify missing');
SELECT count(*) FROM user360.verify();
SET ROLE regress_verify_user;
SELECT count(*) FROM user360.verify('verify');
SELECT count(*) FROM user360.verify(NULL);
SET ROLE regress_verify_star;
SELECT count(*) FROM user360.verify('verify key');
SELECT count(*) FROM user360.verify() AS v WHERE v.bot LIKE 'verify%';
SELECT count(*) FROM user360.verify('verify missing');
RESET ROLE;
SELECT count(*) FROM user360.verify('verify missing');
-- It reads only, and the result can be joined.
BEGIN READ ONLY;
SELECT b.bot, count(v.check_name) FROM user360.bot AS b LEFT JOIN LATERAL user360.verify(b.bot) AS v ON true WHERE b.bot LIKE 'verify%' GROUP BY 1 ORDER BY 1;
COMMIT;
SELECT user360.revoke_access('regress_verify_admin', 'verify'), user360.revoke_access('regress_verify_user', 'verify'), user360.revoke_access('regress_verify_star', '*');
REVOKE EXECUTE ON FUNCTION user360.verify(text) FROM regress_verify_user;
DROP ROLE regress_verify_admin, regress_verify_user, regress_verify_star;
DROP TABLE verify_tickets, numbers;
DROP FUNCTION given, own_of, profile, found, planted, skeleton, set_profile, new_profile, new_merge, set_merge, set_ticket;
