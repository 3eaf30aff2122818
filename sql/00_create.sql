-- The extension itself: created, made again, dropped in a transaction that
-- rolls back.  It stays for the files that follow, which need nothing else of
-- each other: each has bots of its own.
SET client_min_messages = warning;
\set SHOW_CONTEXT never

-- Not in a schema that somebody else prepared.
CREATE SCHEMA user360;
CREATE EXTENSION user360;
DROP SCHEMA user360;

CREATE EXTENSION user360;
SELECT e.extversion = user360.user360_version() AS library_is_of_the_script,
	e.extrelocatable, n.nspname
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'user360';
CREATE EXTENSION user360;
ALTER EXTENSION user360 SET SCHEMA public;

-- Dropped, it leaves nothing.
SELECT user360.create_bot('create', 'email', '{web}');
SELECT outcome FROM user360.identify('create', 'web', 's1', '{"email": "asha@example.com"}') AS i;
DROP EXTENSION user360;
SELECT count(*) FROM pg_namespace WHERE nspname = 'user360';
SELECT count(*) FROM pg_proc WHERE probin LIKE '%user360%';

-- Made again in the same session, which has its plans and policies from before.
CREATE EXTENSION user360;
SELECT outcome FROM user360.identify('create', 'web', 's1') AS i;
SELECT user360.create_bot('create', 'phone', '{web,chat}');
SELECT outcome, userid FROM user360.identify('create', 'web', 's1', '{"phone": "+919000500000"}') AS i;

-- Dropped and made in a transaction that rolls back: as if it had not been.
BEGIN;
DROP EXTENSION user360;
ROLLBACK;
SELECT outcome, userid FROM user360.identify('create', 'web', 's1') AS i;
BEGIN;
DROP EXTENSION user360;
CREATE EXTENSION user360;
SELECT count(*) FROM user360.bot;
SELECT user360.create_bot('create', NULL, '{chat}');
SELECT outcome, userid FROM user360.identify('create', 'chat', 's1') AS i;
ROLLBACK;
SELECT outcome, userid FROM user360.identify('create', 'web', 's1') AS i;
BEGIN;
DROP EXTENSION user360;
SELECT outcome, userid FROM user360.identify('create', 'web', 's1') AS i;
ROLLBACK;
SELECT outcome, userid FROM user360.identify('create', 'chat', 's1') AS i;

-- Canonical values are UTF-8.
CREATE DATABASE regress_user360_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
SELECT current_database() AS regression \gset
\c regress_user360_latin1
CREATE EXTENSION user360;
SELECT count(*) FROM pg_namespace WHERE nspname = 'user360';
\c :regression
DROP DATABASE regress_user360_latin1;

-- For the files that follow: runs a command and tells what came of it.
CREATE FUNCTION attempt(command text, OUT code text, OUT answer text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
	IF command ~ '^\s*SELECT' THEN
		EXECUTE command INTO answer;
	ELSE
		EXECUTE command;
	END IF;
	code := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END
$$;

-- identify(), with the profile's number among those of the bot in place of its id.
CREATE FUNCTION captured(bot text, channel text, sender text, properties jsonb DEFAULT '{}',
	OUT no bigint, OUT outcome text, OUT userid text, OUT missing text[], OUT merged boolean)
LANGUAGE plpgsql AS $$
DECLARE
	i user360.identification;
BEGIN
	i := user360.identify(bot, channel, sender, properties);
	SELECT n.no INTO no FROM numbered(bot) AS n WHERE n.profile_id = i.profile_id;
	outcome := i.outcome;
	userid := i.userid;
	missing := i.missing;
	merged := i.merge_id IS NOT NULL;
END
$$;

-- The profiles of a bot, numbered in the order in which they were made.
CREATE FUNCTION numbered(bot text) RETURNS TABLE (no bigint, profile_id uuid)
LANGUAGE sql STABLE AS $$
	SELECT row_number() OVER (ORDER BY min(e.at), p.created_at), p.profile_id
	FROM user360.profile AS p LEFT JOIN user360.event AS e ON e.bot = p.bot AND e.profile_id = p.profile_id
	WHERE p.bot = numbered.bot
	GROUP BY p.profile_id, p.created_at
$$;

-- What a profile holds, by the names of the properties.
CREATE FUNCTION holds(bot text, profile_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('firstName', p.first_name, 'lastName', p.last_name, 'gender', p.gender,
		'country', p.country, 'city', p.city, 'language', p.language, 'timezone', p.timezone, 'email', p.email,
		'phone', p.phone, 'lastChannel', p.last_channel, 'dob', p.dob, 'emailOptin', p.email_optin,
		'smsOptin', p.sms_optin, 'whatsAppOptin', p.whatsapp_optin, 'tags', p.tags) || p.custom)
	FROM user360.profile AS p WHERE p.bot = holds.bot AND p.profile_id = holds.profile_id
$$;

-- What a bot knows: its profiles with their numbers in place of their ids,
-- what each holds, and whose senders are whose.
CREATE FUNCTION people(bot text)
RETURNS TABLE (no bigint, "into" bigint, userid text, holds jsonb, senders text)
LANGUAGE sql STABLE AS $$
	SELECT n.no, s.no, p.userid,
		holds(p.bot, p.profile_id),
		(SELECT string_agg(d.channel || ' ' || d.sender, ', ' ORDER BY d.channel, d.sender)
		 FROM user360.sender AS d WHERE d.bot = p.bot AND d.profile_id = p.profile_id)
	FROM numbered(people.bot) AS n
	JOIN user360.profile AS p ON p.bot = people.bot AND p.profile_id = n.profile_id
	LEFT JOIN numbered(people.bot) AS s ON s.profile_id = p.merged_into
	ORDER BY n.no
$$;

-- What happened in a bot, in order, under the numbers of the profiles; ids in
-- payloads become those numbers too.
CREATE FUNCTION history(bot text)
RETURNS TABLE (no bigint, name text, channel text, payload text)
LANGUAGE sql STABLE AS $$
	SELECT n.no, e.name, e.channel,
		(SELECT string_agg(coalesce(
			(SELECT k || ' ' || m.no FROM numbered(history.bot) AS m WHERE m.profile_id::text = v #>> '{}'),
			CASE WHEN k = 'mergeId' THEN NULL ELSE k || ' ' || v::text END), '; ' ORDER BY k DESC)
		 FROM jsonb_each(e.payload) AS j(k, v))
	FROM user360.event AS e JOIN numbered(history.bot) AS n ON n.profile_id = e.profile_id
	WHERE e.bot = history.bot
	ORDER BY e.at, e.event_id
$$;
