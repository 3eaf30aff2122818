-- The past: as_of of the cards and of the page, before and after everything
-- that happens to a customer, and up to where the history was pruned.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT user360.create_bot('history', NULL, '{web,app}', 'IN');
SELECT user360.define_property('history', 'key', 'string');
SELECT user360.define_property('history', 'plan', 'string');
SELECT user360.define_property('history', 'mood', 'string', 'latest');
SELECT user360.define_property('history', 'labels', 'list', 'union');
SELECT user360.set_userid_property('history', 'key');

-- People by a name of the test's own, and moments by theirs.
CREATE TABLE who (no int GENERATED ALWAYS AS IDENTITY, bot text DEFAULT 'history', name text, profile_id uuid NOT NULL, PRIMARY KEY (bot, name));
CREATE TABLE moment (name text PRIMARY KEY, at timestamptz NOT NULL);
CREATE FUNCTION made(name text, properties jsonb DEFAULT '{}', channel text DEFAULT 'web') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification;
BEGIN
	i := user360.identify('history', channel, name, properties);
	INSERT INTO who (name, profile_id) VALUES (name, i.profile_id);
	RETURN i.outcome;
END
$$;
CREATE FUNCTION id_of(name text) RETURNS uuid LANGUAGE sql STABLE AS $$SELECT w.profile_id FROM who AS w WHERE w.bot = 'history' AND w.name = id_of.name$$;
CREATE FUNCTION name_of(profile_id uuid) RETURNS text LANGUAGE sql STABLE AS $$SELECT w.name FROM who AS w WHERE w.profile_id = name_of.profile_id$$;
CREATE FUNCTION edge_of(source text) RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'history' AND m.source_id = id_of(source) AND m.undone_at IS NULL
$$;
-- A moment after all that has happened and before all that is to come.
CREATE FUNCTION now_is(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	last timestamptz := (SELECT max(e.at) FROM user360.event AS e WHERE e.bot LIKE 'history%');
	at timestamptz := clock_timestamp();
BEGIN
	WHILE clock_timestamp() <= last OR clock_timestamp() <= at LOOP END LOOP;
	INSERT INTO moment VALUES (name, greatest(at, last));
END
$$;

-- One customer: before they were there, before they were identified, after each edit.
SELECT now_is('before');
SELECT made('asha', '{"firstName": "Asha", "email": " Asha@Example.com "}');
SELECT now_is('made');
SELECT outcome FROM user360.identify('history', 'web', 'asha', '{"key": "K1", "phone": "090005 00000", "mood": "calm"}') AS i;
SELECT now_is('identified');
SELECT outcome FROM user360.identify('history', 'app', 'asha app', '{"key": "K1", "lastName": "Rao"}') AS i;
SELECT now_is('switched');
SELECT count(user360.update_contact('history', id_of('asha'), '{"email": null, "phone": "+919000500001", "labels": ["x"], "plan": "gold"}'));
SELECT now_is('edited');
SELECT count(user360.update_contact('history', id_of('asha'), '{"firstName": null, "plan": null}'));
SELECT now_is('cleared');
SELECT m.name AS moment, c.kind, c.name, c.userid, c.phone, c.email, name_of(c.profile_id) AS is, c.identified, c.view_recent_activity AS recent, c.missing, c.last_channel
FROM moment AS m LEFT JOIN LATERAL user360.contact_card_for_profile('history', id_of('asha'), m.at) AS c ON true ORDER BY m.at;
-- By userId: whoever had it then.
SELECT m.name AS moment, c IS NULL AS "null", c.name, c.phone FROM moment AS m, LATERAL user360.contact_card('history', ' K1 ', m.at) AS c ORDER BY m.at;
SELECT m.name AS moment, p ->> 'userId' AS userid, p -> 'properties' AS properties, p #> '{completeness,known}' AS known, jsonb_array_length(p -> 'senders') AS senders FROM moment AS m, LATERAL user360.user_page('history', id_of('asha'), m.at) AS p ORDER BY m.at;
-- With NULL as with infinity, it is now.
SELECT user360.contact_card_for_profile('history', id_of('asha'), NULL) = user360.contact_card_for_profile('history', id_of('asha')) AS "null",
	user360.contact_card_for_profile('history', id_of('asha'), 'infinity') = user360.contact_card_for_profile('history', id_of('asha')) AS infinity,
	user360.contact_card_for_profile('history', id_of('asha'), '-infinity') IS NULL AS minus_infinity,
	user360.user_page('history', id_of('asha'), 'infinity') -> 'properties' = user360.user_page('history', id_of('asha')) -> 'properties' AS page;
-- Exactly at the moment of a change it has happened; a microsecond before, not.
SELECT e.name, (SELECT c.name FROM user360.contact_card_for_profile('history', id_of('asha'), e.at - interval '1 microsecond') AS c) AS before, (SELECT c.name FROM user360.contact_card_for_profile('history', id_of('asha'), e.at) AS c) AS at
FROM user360.event AS e WHERE e.bot = 'history' AND e.profile_id = id_of('asha') ORDER BY e.at;
-- Nobody, of no bot: NULL.
SELECT v.what, a.answer, a.code FROM (VALUES (1, 'no such profile', $$contact_card_for_profile('history', '00000000-0000-7000-8000-000000000000', now())$$),
	(2, 'no such userId', $$contact_card('history', 'K99', now())$$),
	(3, 'blank userId', $$contact_card('history', ' ', now())$$),
	(4, 'page of nobody', $$user_page('history', '00000000-0000-7000-8000-000000000000', now())$$),
	(5, 'NULL', $$user_page('history', NULL, now())$$),
	(6, 'NULL', $$contact_card_for_profile('history', NULL, now())$$),
	(7, 'no such bot', $$contact_card('history none', 'K1', now())$$)) AS v(n, what, call), LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;

-- Merges: who belonged to whom at each moment, undone or not, also nested.
TRUNCATE moment;
SELECT made('a', '{"key": "A", "firstName": "a", "labels": ["a"], "mood": "a"}'), made('b', '{"key": "B", "lastName": "b", "labels": ["b"], "email": "B@Example.com"}'), made('c', '{"plan": "c", "labels": ["c"], "mood": "c"}', 'app');
SELECT now_is('1 apart');
SELECT count(*) FROM user360.merge_profiles('history', id_of('c'), id_of('b'), reason => 'one of two');
SELECT now_is('2 c in b');
SELECT count(*) FROM user360.merge_profiles('history', id_of('b'), id_of('a'));
SELECT now_is('3 c in b in a');
SELECT count(user360.update_contact('history', id_of('c'), '{"plan": "a", "labels": ["set"]}'));
SELECT now_is('4 edited');
SELECT count(*) FROM user360.unmerge('history', edge_of('c'));
SELECT now_is('5 b in a');
SELECT outcome FROM user360.identify('history', 'app', 'c', '{"key": "C", "firstName": "c"}') AS i;
SELECT now_is('6 c identified');
SELECT count(*) FROM user360.unmerge('history', edge_of('b'));
SELECT now_is('7 apart again');
SELECT count(*) FROM user360.merge_profiles('history', id_of('a'), id_of('c'));
SELECT now_is('8 a in c');
SELECT m.name AS moment, w.name AS of, name_of(c.profile_id) AS is, c.userid, c.name, c.email, c.last_channel FROM moment AS m, who AS w, LATERAL user360.contact_card_for_profile('history', w.profile_id, m.at) AS c WHERE w.name IN ('a', 'b', 'c') ORDER BY m.at, w.name;
SELECT m.name AS moment, (SELECT name_of(c.profile_id) FROM user360.contact_card('history', 'A', m.at) AS c) AS "A", (SELECT name_of(c.profile_id) FROM user360.contact_card('history', 'B', m.at) AS c) AS "B", (SELECT name_of(c.profile_id) FROM user360.contact_card('history', 'C', m.at) AS c) AS "C" FROM moment AS m ORDER BY m.at;
SELECT m.name AS moment, w.name AS of, (p -> 'properties') - 'key' AS properties,
	(SELECT string_agg(format('%s (%s) into %s%s', name_of((j ->> 'profileId')::uuid), coalesce(j ->> 'userId', '-'), name_of((j ->> 'mergedInto')::uuid), ', ' || (j ->> 'reason')), '; ' ORDER BY n) FROM jsonb_array_elements(p -> 'members') WITH ORDINALITY AS e(j, n)) AS members
FROM moment AS m, who AS w, LATERAL user360.user_page('history', w.profile_id, m.at) AS p WHERE w.name IN ('a', 'b', 'c') AND (p ->> 'profileId')::uuid = w.profile_id ORDER BY m.at, w.name;

-- Exactly at its moment a merge is made, or undone; a microsecond before, not yet.
SELECT name_of(m.source_id) AS source, name_of(m.target_id) AS target, (SELECT name_of(c.profile_id) FROM user360.contact_card_for_profile('history', m.source_id, m.merged_at - interval '1 microsecond') AS c) AS before, (SELECT name_of(c.profile_id) FROM user360.contact_card_for_profile('history', m.source_id, m.merged_at) AS c) AS merged,
	(SELECT name_of(c.profile_id) FROM user360.contact_card_for_profile('history', m.source_id, m.undone_at - interval '1 microsecond') AS c WHERE m.undone_at IS NOT NULL) AS before_the_end, (SELECT name_of(c.profile_id) FROM user360.contact_card_for_profile('history', m.source_id, m.undone_at) AS c WHERE m.undone_at IS NOT NULL) AS undone,
	(SELECT jsonb_array_length(p -> 'members') FROM user360.user_page('history', m.target_id, m.merged_at - interval '1 microsecond') AS p) AS members_before, (SELECT jsonb_array_length(p -> 'members') FROM user360.user_page('history', m.target_id, m.merged_at) AS p) AS members
FROM user360.merge AS m WHERE m.bot = 'history' ORDER BY m.merged_at;

-- Tickets on the page: what was open and what was last at a moment.
CREATE TABLE history_tickets (id int PRIMARY KEY, sender text, subject text, status text DEFAULT 'open', opened_at timestamptz DEFAULT clock_timestamp(), closed_at timestamptz);
SELECT user360.attach_tickets('history_tickets', 'bot:=history', 'channel:=web', 'closed:=done', 'closed_at=closed_at');
TRUNCATE moment;
SELECT made('t');
SELECT now_is('none');
INSERT INTO history_tickets (id, sender, subject) VALUES (1, 't', 'one');
SELECT now_is('one');
UPDATE history_tickets SET status = 'waiting' WHERE id = 1;
SELECT now_is('one waits');
INSERT INTO history_tickets (id, sender, subject) VALUES (2, 't', 'two');
SELECT now_is('two');
UPDATE history_tickets SET status = 'done', closed_at = clock_timestamp() WHERE id = 2;
SELECT now_is('two done');
SELECT m.name AS moment, p -> 'tickets' AS tickets, p #>> '{lastTicket,ticket}' AS last, p #>> '{lastTicket,status}' AS status, p #>> '{lastTicket,subject}' AS subject, p #> '{lastTicket,closedAt}' <> 'null' AS closed FROM moment AS m, LATERAL user360.user_page('history', id_of('t'), m.at) AS p ORDER BY m.at;

-- A long script, and what each function answered at many moments of it: the
-- same function, asked for that moment afterwards, answers the same.  The
-- script is one of chance, the same in each run.
SELECT user360.create_bot('history script', NULL, '{web,app}', 'IN');
SELECT user360.define_property('history script', 'key', 'string');
SELECT user360.define_property('history script', 'plan', 'string');
SELECT user360.define_property('history script', 'mood', 'string', 'latest');
SELECT user360.define_property('history script', 'score', 'number', 'latest');
SELECT user360.define_property('history script', 'labels', 'list', 'union');
SELECT user360.define_property('history script', 'wishes', 'list');
SELECT user360.set_userid_property('history script', 'key');
CREATE TABLE chance (state bigint);
INSERT INTO chance VALUES (20261124);
-- One of 0 .. n - 1.
CREATE FUNCTION dice(n int) RETURNS int LANGUAGE sql AS $$
	UPDATE chance SET state = (state * 1103515245 + 12345) % 2147483648 RETURNING (state / 65536 % n)::int
$$;
CREATE FUNCTION one_of(VARIADIC options text[]) RETURNS text LANGUAGE sql AS $$SELECT options[1 + dice(cardinality(options))]$$;
-- Some properties, each given, blank or cleared by chance.
CREATE FUNCTION some_properties(clear boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb := '{}';
	v text;
BEGIN
	FOR i IN 0..dice(4) LOOP
		v := one_of('one', 'two', 'three', 'four');
		result := result || CASE dice(CASE WHEN clear THEN 16 ELSE 13 END)
			WHEN 0 THEN jsonb_build_object('firstName', v) WHEN 1 THEN jsonb_build_object('lastName', v) WHEN 2 THEN jsonb_build_object('city', v)
			WHEN 3 THEN jsonb_build_object('plan', v) WHEN 4 THEN jsonb_build_object('mood', v) WHEN 5 THEN jsonb_build_object('score', dice(9))
			WHEN 6 THEN jsonb_build_object('tags', jsonb_build_array(v, one_of('five', 'six'))) WHEN 7 THEN jsonb_build_object('labels', jsonb_build_array(v)) WHEN 8 THEN jsonb_build_object('wishes', jsonb_build_array(v))
			WHEN 9 THEN jsonb_build_object('country', one_of('IN', 'US')) WHEN 10 THEN jsonb_build_object('timezone', one_of('Asia/Kolkata', 'America/New_York'))
			WHEN 11 THEN jsonb_build_object('email', one_of('One@Example.com', 'one@example.com', ' two@Example.org ')) WHEN 12 THEN jsonb_build_object('phone', one_of('090005 00001', '+919000500002', '+91 90005 00001'))
			ELSE jsonb_build_object(one_of('firstName', 'lastName', 'city', 'plan', 'mood', 'score', 'tags', 'labels', 'wishes', 'country', 'timezone', 'email', 'phone', 'emailOptin'), NULL) END;
	END LOOP;
	RETURN result;
END
$$;
CREATE FUNCTION somebody() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	n int := dice((SELECT count(*)::int FROM who AS w WHERE w.bot = 'history script'));
BEGIN
	RETURN (SELECT w.profile_id FROM who AS w WHERE w.bot = 'history script' ORDER BY w.no OFFSET n LIMIT 1);
END
$$;
CREATE TABLE step (n int PRIMARY KEY, did text);
-- One step of chance, and what it did.
CREATE FUNCTION do_step() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	chosen int := dice(20);
	outcome text;
	edge uuid;
	source uuid;
	i user360.identification;
BEGIN
	IF chosen < 10 OR (SELECT count(*) FROM who AS w WHERE w.bot = 'history script') < 4 THEN
		i := user360.identify('history script', one_of('web', 'app'), 'sender ' || dice(12), some_properties(false) || CASE WHEN dice(5) = 0 THEN jsonb_build_object('key', 'K' || dice(12)) ELSE '{}' END);
		outcome := i.outcome;
	ELSIF chosen < 14 THEN
		PERFORM user360.update_contact('history script', somebody(), some_properties(true));
		outcome := 'edited';
	ELSIF chosen < 17 THEN
		BEGIN
			outcome := CASE WHEN (user360.merge_profiles('history script', somebody(), somebody())).merge_id IS NULL THEN 'nothing merged' ELSE 'merged by hand' END;
		EXCEPTION WHEN SQLSTATE 'U3015' THEN
			outcome := 'merge refused';
		END;
	ELSE
		-- The merges that stand, in the order in which they were made.
		SELECT m.merge_id, m.source_id INTO edge, source FROM user360.merge AS m WHERE m.bot = 'history script' AND m.undone_at IS NULL ORDER BY m.merged_at OFFSET dice(greatest(1, (SELECT count(*)::int FROM user360.merge AS m WHERE m.bot = 'history script' AND m.undone_at IS NULL))) LIMIT 1;
		IF edge IS NOT NULL THEN
			PERFORM user360.unmerge('history script', edge);
		END IF;
		outcome := CASE WHEN edge IS NULL THEN 'nothing to undo' ELSE 'unmerged' END;
		-- Now and then it turns out who it was.
		IF edge IS NOT NULL AND dice(2) = 0 THEN
			i := (SELECT user360.identify(d.bot, d.channel, d.sender, jsonb_build_object('key', 'K' || 10 + dice(20))) FROM user360.sender AS d WHERE d.bot = 'history script' AND d.profile_id = source ORDER BY d.channel, d.sender LIMIT 1);
			outcome := 'unmerged, then ' || coalesce(i.outcome, 'nothing');
		END IF;
	END IF;
	INSERT INTO who (bot, name, profile_id) SELECT 'history script', 'p' || p.profile_id, p.profile_id FROM user360.profile AS p WHERE p.bot = 'history script' AND p.profile_id NOT IN (SELECT w.profile_id FROM who AS w);
	RETURN outcome;
END
$$;
CREATE TABLE answer (n int, at timestamptz, profile_id uuid, userid text, card user360.card, page jsonb);
CREATE FUNCTION page_of(profile_id uuid, as_of timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('profileId', p -> 'profileId', 'userId', p -> 'userId', 'properties', p -> 'properties', 'completeness', p -> 'completeness', 'members', p -> 'members') FROM user360.user_page('history script', page_of.profile_id, as_of) AS p WHERE p IS NOT NULL
$$;
DO $$
DECLARE
	did text;
	seen timestamptz;
BEGIN
	FOR i IN 1..200 LOOP
		did := do_step();
		INSERT INTO step VALUES (i, did);
		PERFORM now_is('step ' || i);
		SELECT m.at INTO seen FROM moment AS m WHERE m.name = 'step ' || i;
		INSERT INTO answer SELECT i, seen, w.profile_id, NULL, user360.contact_card_for_profile('history script', w.profile_id), page_of(w.profile_id, NULL) FROM who AS w WHERE w.bot = 'history script';
		INSERT INTO answer SELECT i, seen, NULL, k.key, user360.contact_card('history script', k.key), NULL FROM (SELECT 'K' || g FROM generate_series(0, 29) AS g) AS k(key);
		IF i % 10 = 0 THEN
			COMMIT;
		END IF;
	END LOOP;
END
$$;
-- The script did a bit of everything.
SELECT did, count(*) FROM step GROUP BY did ORDER BY did COLLATE "C";
SELECT count(*) AS profiles, count(p.userid) AS identified, count(p.merged_into) AS members FROM user360.profile AS p WHERE p.bot = 'history script';
SELECT count(*) AS answers, count(a.profile_id) AS by_profile, count(a.userid) AS by_userid, count(*) FILTER (WHERE (a.card).kind IS NULL) AS of_nobody, count(DISTINCT a.page) AS different_pages, count(DISTINCT a.card) AS different_cards FROM answer AS a;
-- Now all of them again.
CREATE TABLE again AS SELECT a.n, a.profile_id, a.userid, a.card AS answered_card, a.page AS answered_page, page_of(a.profile_id, a.at) AS page,
	CASE WHEN a.userid IS NULL THEN user360.contact_card_for_profile('history script', a.profile_id, a.at) ELSE user360.contact_card('history script', a.userid, a.at) END AS card FROM answer AS a;
SELECT count(*) FILTER (WHERE profile_id IS NOT NULL AND card IS DISTINCT FROM answered_card) AS different_cards, count(*) FILTER (WHERE userid IS NOT NULL AND card IS DISTINCT FROM answered_card) AS different_by_userid,
	count(*) FILTER (WHERE page IS DISTINCT FROM answered_page) AS different_pages FROM again;
-- The first few that differ, if any do.
SELECT g.n, s.did, g.userid, g.answered_card, g.card FROM again AS g JOIN step AS s USING (n) WHERE g.card IS DISTINCT FROM g.answered_card ORDER BY g.n, g.userid LIMIT 3;
SELECT g.n, s.did, w.no, j.key, g.answered_page -> j.key AS answered, j.value AS answers FROM again AS g JOIN step AS s USING (n) JOIN who AS w USING (profile_id), LATERAL jsonb_each(g.page) AS j WHERE j.value IS DISTINCT FROM g.answered_page -> j.key ORDER BY g.n, w.no, j.key LIMIT 3;
-- Before somebody was made, there is nobody.
SELECT count(*) AS asked, count(*) FILTER (WHERE user360.contact_card_for_profile('history script', w.profile_id, m.at) IS NULL AND user360.user_page('history script', w.profile_id, m.at) IS NULL) AS nobody
FROM who AS w, moment AS m WHERE w.bot = 'history script' AND m.name LIKE 'step %' AND NOT EXISTS (SELECT FROM answer AS a WHERE a.profile_id = w.profile_id AND a.at <= m.at);
-- The store is sound after all that.
SELECT v.check_name, v.bot, v.detail FROM user360.verify('history script') AS v;
-- Unmerging everything changes nothing of what was.
DO $$
DECLARE
	edge uuid;
BEGIN
	FOR edge IN SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = 'history script' AND m.undone_at IS NULL ORDER BY m.merged_at LOOP
		PERFORM user360.unmerge('history script', edge);
	END LOOP;
END
$$;
SELECT count(*) FILTER (WHERE user360.contact_card_for_profile('history script', a.profile_id, a.at) IS DISTINCT FROM a.card OR page_of(a.profile_id, a.at) IS DISTINCT FROM a.page) AS different
FROM answer AS a WHERE a.profile_id IS NOT NULL AND a.n % 7 = 0;

-- Pruned: before the horizon U3018, from there on as ever.
SELECT user360.prune_events('history script', clock_timestamp() - a.at) > 0 AS pruned FROM answer AS a WHERE a.n = 130 LIMIT 1;
SELECT b.history_from BETWEEN m.at AND n.at AS between_the_steps FROM user360.bot AS b, moment AS m, moment AS n WHERE b.bot = 'history script' AND m.name = 'step 130' AND n.name = 'step 131';
SELECT count(*) AS asked, count(*) FILTER (WHERE user360.contact_card_for_profile('history script', a.profile_id, a.at) IS DISTINCT FROM a.card OR page_of(a.profile_id, a.at) IS DISTINCT FROM a.page) AS different
FROM answer AS a WHERE a.profile_id IS NOT NULL AND a.n > 130;
SELECT t.code, count(*) FROM (SELECT DISTINCT a.at FROM answer AS a WHERE a.n <= 130 AND a.n % 10 = 0) AS a, LATERAL attempt(format('SELECT user360.contact_card(%L, %L, %L)', 'history script', 'K1', a.at)) AS t GROUP BY 1;
SELECT v.what, t.code, regexp_replace(t.message, 'before .*', 'before <moment>') AS message, t.detail, t.hint
FROM (VALUES (1, 'page', 'user_page(''history script'', (SELECT profile_id FROM who WHERE bot = ''history script'' AND no > 10 LIMIT 1), ''2020-01-01'')'),
	(2, 'card', 'contact_card_for_profile(''history script'', (SELECT profile_id FROM who WHERE bot = ''history script'' AND no > 10 LIMIT 1), ''-infinity'')'),
	(3, 'card of an unknown userId', 'contact_card(''history script'', ''K99'', ''2020-01-01'')'),
	(4, 'card of an unknown profile', 'contact_card_for_profile(''history script'', ''00000000-0000-7000-8000-000000000000'', ''2020-01-01'')'),
	(5, 'card now', '(SELECT 1 FROM user360.contact_card(''history script'', ''K1''))'),
	(6, 'at the horizon', '(SELECT 1 FROM user360.contact_card(''history script'', ''K1'', (SELECT history_from FROM user360.bot WHERE bot = ''history script'')))')) AS v(n, what, call),
LATERAL attempt('SELECT ' || CASE WHEN v.call LIKE '(%' THEN '' ELSE 'user360.' END || v.call) AS t ORDER BY v.n;
-- The other bot is not touched, and the horizon never moves back.
SELECT history_from FROM user360.bot WHERE bot = 'history';
SELECT b.history_from FROM user360.bot AS b WHERE b.bot = 'history script' \gset before_
SELECT user360.prune_events('history script', '10 years');
SELECT history_from = :'before_history_from' AS same FROM user360.bot WHERE bot = 'history script';
-- prune_events counts what it deletes: all that is older, of whatever kind.
SELECT e.name, count(*) FROM user360.event AS e WHERE e.bot = 'history' GROUP BY e.name ORDER BY e.name COLLATE "C";
SELECT rows.n AS rows, user360.prune_events('history', '0') AS pruned FROM (SELECT count(*) AS n FROM user360.event AS e WHERE e.bot = 'history') AS rows;
SELECT count(*) FROM user360.event AS e WHERE e.bot = 'history';
SELECT user360.prune_events('history', '0');
-- What unmerge needs is kept elsewhere.
SELECT count(*) FROM user360.unmerge('history', edge_of('a'));
SELECT w.name, holds(p.bot, p.profile_id) - 'key' AS holds, p.own FROM who AS w JOIN user360.profile AS p ON p.bot = 'history' AND p.profile_id = w.profile_id WHERE w.name IN ('a', 'b', 'c') ORDER BY 1;
SELECT c.name, c.userid FROM user360.contact_card('history', 'C', clock_timestamp()) AS c;
-- Who was made after it has a past from then on.
SELECT made('after');
SELECT user360.contact_card_for_profile('history', id_of('after'), e.at - interval '1 microsecond') IS NULL AS before, user360.contact_card_for_profile('history', id_of('after'), e.at) IS NULL AS after FROM user360.event AS e WHERE e.bot = 'history' AND e.profile_id = id_of('after');
DROP TABLE who, moment, history_tickets, chance, step, answer, again;
DROP FUNCTION made, id_of, name_of, edge_of, now_is, dice, one_of, some_properties, somebody, do_step, page_of;
