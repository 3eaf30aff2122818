-- Access: which level each function wants, that a role without it learns
-- nothing, and what a role sees of the tables.
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_none, regress_capture, regress_agent, regress_user, regress_admin, regress_star, regress_member, regress_noinherit, regress_granted, regress_owner, regress_again, "regress ""odd' role";
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_none;
CREATE ROLE regress_capture;
CREATE ROLE regress_agent;
CREATE ROLE regress_user;
CREATE ROLE regress_admin;
CREATE ROLE regress_star;
SELECT user360.create_bot('access', 'email', '{web}');
SELECT user360.create_bot('access other', 'email', '{web}');
SELECT outcome FROM user360.identify('access', 'web', 's', '{"email": "asha@example.com"}') AS i;
SELECT outcome FROM user360.identify('access other', 'web', 's', '{"email": "asha@example.com"}') AS i;
SELECT user360.define_property('access', 'plan', 'string');
SELECT user360.define_property('access other', 'plan', 'string');
CREATE TABLE access_tickets (id int PRIMARY KEY, bot text, channel text DEFAULT 'web', sender text DEFAULT 's', mail text);
SELECT user360.attach_tickets('access_tickets', 'email=mail');
INSERT INTO access_tickets (id, bot) VALUES (1, 'access'), (2, 'access other');
INSERT INTO access_tickets (id, bot, sender, mail) VALUES (3, 'access', 't', NULL),
	(4, 'access', 't', 'asha@example.com'),
	(5, 'access other', 't', NULL),
	(6, 'access other', 't', 'asha@example.com');
-- Somebody who was erased, so that there is a tombstone and its key.
SELECT count(user360.delete_user(b.bot, i.profile_id)) AS erased
FROM (VALUES ('access'), ('access other')) AS b(bot), LATERAL user360.identify(b.bot, 'web', 'gone', '{"email": "gone@example.com"}') AS i;
SELECT user360.grant_access('regress_capture', 'access', 'capture');
SELECT user360.grant_access('regress_agent', 'access', 'agent');
SELECT user360.grant_access('regress_user', 'access', 'engagement_user');
SELECT user360.grant_access('regress_admin', 'access', 'engagement_admin');
SELECT user360.grant_access('regress_star', '*', 'engagement_admin');
SELECT role, bot, level FROM user360.access WHERE role LIKE 'regress_%' ORDER BY role;
CREATE TABLE a_merge AS SELECT m.bot, m.merge_id FROM user360.merge AS m WHERE m.bot LIKE 'access%';
GRANT SELECT ON a_merge TO PUBLIC;

-- Runs a command as a role, and undoes it.
CREATE FUNCTION try_as(role name, command text) RETURNS TABLE (code text, message text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE command;
	RAISE EXCEPTION 'done' USING ERRCODE = 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
	PERFORM set_config('role', 'none', true);
	RETURN QUERY SELECT nullif(SQLSTATE, 'ZZZZZ'), CASE WHEN SQLSTATE <> 'ZZZZZ' THEN SQLERRM END;
END
$$;

-- Every function of the schema, the level that it wants, and a call of it for
-- a bot.  A function that is not here makes the test fail.
CREATE TABLE wanted (function regprocedure PRIMARY KEY, level text, call text);
INSERT INTO wanted VALUES
	('user360.user360_version()', 'public', 'user360_version()'),
	('user360.normalize_email(text)', 'public', 'normalize_email(''a@example.com'')'),
	('user360.normalize_domain(text)', 'public', 'normalize_domain(''example.com'')'),
	('user360.normalize_identifier(text)', 'public', 'normalize_identifier(''a'')'),
	('user360.normalize_phone(text, text)', 'public', 'normalize_phone(''+919000500000'')'),
	('user360.is_email(text)', 'public', 'is_email(''a'')'),
	('user360.is_identifier(text)', 'public', 'is_identifier(''a'')'),
	('user360.is_phone(text, text)', 'public', 'is_phone(''1'')'),
	('user360.phone_info(text, text)', 'public', 'phone_info(''1'')'),
	('user360.phone_metadata_version()', 'public', 'phone_metadata_version()'),
	('user360.card_kind(text, text, text)', 'public', 'card_kind(''a'', ''b'', ''c'')'),
	('user360.name_key(text, text)', 'public', 'name_key(''a'')'),
	('user360.identify(text, text, text, jsonb)', 'capture', 'identify(%1$L, ''web'', ''n'', ''{"email": "new@example.com", "plan": "x"}'')'),
	('user360.normalize_userid(text, text)', 'capture', 'normalize_userid(%1$L, ''a@example.com'')'),
	('user360.track(text, uuid, text, jsonb, text, timestamptz, uuid)', 'capture', 'track(%1$L, %2$L, ''x'')'),
	('user360.attach_tickets(regclass, text[])', 'capture', 'attach_tickets(''mine'', ''bot:='' || %1$L)'),
	('user360.detach(regclass)', 'capture', 'detach(''mine'')'),
	('user360.import_users(text, regclass, name, jsonb, text, boolean, text[], name, uuid, text, boolean, uuid, bigint, bigint, bigint, bigint, bigint, bigint)', 'capture',
		'import_users(%1$L, ''mine'', ''sender'', ''{"id": null, "channel": null}'')'),
	('user360.contact_card(text, text, timestamptz)', 'agent', 'contact_card(%1$L, ''asha@example.com'')'),
	('user360.contact_card_for_profile(text, uuid, timestamptz)', 'agent', 'contact_card_for_profile(%1$L, %2$L)'),
	('user360.contact_card_for_sender(text, text, text)', 'agent', 'contact_card_for_sender(%1$L, ''web'', ''s'')'),
	('user360.contact_card_for_ticket(text, text, text)', 'agent', 'contact_card_for_ticket(%1$L, ''public.access_tickets'', ''1'')'),
	('user360.contact_card_for_ticket(text, text, bigint)', 'agent', 'contact_card_for_ticket(%1$L, ''public.access_tickets'', 1)'),
	('user360.previous_ticket(text, text, text)', 'agent', 'previous_ticket(%1$L, ''public.access_tickets'', ''1'')'),
	('user360.recent_activity(text, uuid, integer, timestamptz, uuid)', 'agent', 'recent_activity(%1$L, %2$L)'),
	('user360.update_contact(text, uuid, jsonb)', 'agent', 'update_contact(%1$L, %2$L, ''{"lastName": "Rao"}'')'),
	('user360.user_page(text, uuid, timestamptz)', 'engagement_user', 'user_page(%1$L, %2$L)'),
	('user360.explain_profile(text, uuid)', 'engagement_user', 'explain_profile(%1$L, %2$L)'),
	('user360.find_contacts(text, text, integer)', 'agent', 'find_contacts(%1$L, ''asha'')'),
	('user360.all_activity(text, uuid, integer, timestamptz, uuid)', 'engagement_user', 'all_activity(%1$L, %2$L)'),
	('user360.channel_overview(text, timestamptz, timestamptz)', 'engagement_user', 'channel_overview(%1$L, NULL, NULL)'),
	('user360.card_gaps(text)', 'engagement_user', 'card_gaps(%1$L)'),
	('user360.export_user(text, uuid)', 'engagement_user', 'export_user(%1$L, %2$L)'),
	('user360.export_users(text)', 'engagement_user', 'export_users(%1$L)'),
	('user360.bots_with(text)', 'engagement_user', 'bots_with(''capture'')'),
	('user360.set_userid_property(text, text)', 'engagement_admin', 'set_userid_property(%1$L, ''email'')'),
	('user360.adopt_userids(text)', 'engagement_admin', 'adopt_userids(%1$L)'),
	('user360.add_channel(text, text, text, text)', 'engagement_admin', 'add_channel(%1$L, ''new'')'),
	('user360.define_property(text, text, text, text)', 'engagement_admin', 'define_property(%1$L, ''new'', ''string'')'),
	('user360.set_option(text, text, text)', 'engagement_admin', 'set_option(%1$L, ''overwrite'', ''never'')'),
	('user360.grant_access(name, text, text)', 'engagement_admin', 'grant_access(''regress_none'', %1$L, ''capture'')'),
	('user360.revoke_access(name, text)', 'engagement_admin', 'revoke_access(''regress_agent'', %1$L)'),
	('user360.merge_profiles(text, uuid, uuid, boolean, text)', 'engagement_admin', 'merge_profiles(%1$L, %2$L, %2$L)'),
	('user360.unmerge(text, uuid)', 'engagement_admin', 'unmerge(%1$L, %3$L)'),
	('user360.replace_userid(text, uuid, text, boolean)', 'engagement_admin', 'replace_userid(%1$L, %2$L, ''asha@example.org'', true)'),
	('user360.delete_user(text, uuid, text)', 'engagement_admin', 'delete_user(%1$L, %2$L)'),
	('user360.prune_unidentified(text, interval)', 'engagement_admin', 'prune_unidentified(%1$L, ''1 day'')'),
	('user360.prune_events(text, interval)', 'engagement_admin', 'prune_events(%1$L, ''1 day'')'),
	('user360.verify(text)', 'engagement_admin', 'verify(%1$L)'),
	('user360.create_bot(text, text, text[], text, text)', '*', 'create_bot(''access new'')'),
	('user360.link_ticket()', 'trigger capture', NULL),
	('user360.guard_profile()', 'trigger', NULL),
	('user360.guard_policy()', 'trigger', NULL);
-- Contacts, backfill and the triggers for users' own tables.  (What CALL of
-- backfill() wants is in backfill.sql.)
INSERT INTO wanted VALUES
	('user360.attach_contacts(regclass, text[])', 'capture', 'attach_contacts(''mine'', ''sender=id'', ''bot:='' || %1$L)'),
	('user360.capture_contact()', 'trigger capture', NULL),
	('user360.immutable_columns()', 'trigger capture', NULL),
	('user360.backfill(regclass, integer)', 'procedure capture', NULL);
-- (Those by which the types email and phone work are in catalog.sql.)
SELECT p.oid::regprocedure AS without_an_entry FROM pg_proc AS p WHERE p.pronamespace = 'user360'::regnamespace AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.function = p.oid) AND 'internal'::regtype <> ALL (p.proargtypes)
	AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.typnamespace = 'user360'::regnamespace AND t.typtype = 'b' AND t.typelem = 0 AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes))) ORDER BY 1;

-- Who may do what with the bot on which they have access: blank is yes.
CREATE FUNCTION tried(role name, bot text, call text) RETURNS TABLE (code text, message text) LANGUAGE sql AS $$
	SELECT t.* FROM try_as(role, CASE WHEN call ~ 'mine' THEN 'CREATE TEMP TABLE mine (id int PRIMARY KEY, channel text, sender text); ' ELSE '' END
		|| CASE WHEN call ~ '^import_users' THEN 'CALL' ELSE 'SELECT' END || ' user360.' || format(call, bot, (SELECT p.profile_id FROM user360.profile AS p WHERE p.bot = tried.bot AND p.userid = 'asha@example.com'),
			(SELECT m.merge_id FROM user360.merge AS m WHERE m.bot = tried.bot))) AS t
$$;
SELECT split_part(w.function::text, '(', 1) || CASE WHEN w.function::text LIKE '%bigint)' THEN ' (bigint)' ELSE '' END AS function, w.level,
	(SELECT code FROM tried('regress_none', 'access', w.call)) AS "none", (SELECT code FROM tried('regress_capture', 'access', w.call)) AS capture, (SELECT code FROM tried('regress_agent', 'access', w.call)) AS agent,
	(SELECT code FROM tried('regress_user', 'access', w.call)) AS "user", (SELECT code FROM tried('regress_admin', 'access', w.call)) AS admin, (SELECT code FROM tried('regress_star', 'access', w.call)) AS star
FROM wanted AS w WHERE w.call IS NOT NULL ORDER BY array_position('{public,capture,agent,engagement_user,engagement_admin,*}', w.level), w.function::text COLLATE "C";
-- That is just as the levels say.
SELECT w.function, r.role, t.code, t.message
FROM wanted AS w, unnest('{regress_none,regress_capture,regress_agent,regress_user,regress_admin,regress_star}'::name[]) WITH ORDINALITY AS r(role, rank), tried(r.role, 'access', w.call) AS t
WHERE w.call IS NOT NULL AND (r.rank >= array_position('{public,capture,agent,engagement_user,engagement_admin,*}', w.level)) <> (t.code IS NULL) ORDER BY 1, 2;
-- With another bot, and with one that is not there, nobody but of every bot.
SELECT r.role, count(*) AS functions, count(*) FILTER (WHERE o.code = '42501') AS refused, count(*) FILTER (WHERE m.code = '42501') AS refused_missing,
	bool_and(replace(o.message, 'access other', 'x') = replace(m.message, 'access missing', 'x')) AS same_text
FROM wanted AS w, unnest('{regress_none,regress_capture,regress_agent,regress_user,regress_admin}'::name[]) WITH ORDINALITY AS r(role, n), tried(r.role, 'access other', w.call) AS o, tried(r.role, 'access missing', w.call) AS m
WHERE w.call LIKE '%\%%' GROUP BY r.role, r.n ORDER BY r.n;
SELECT split_part(w.function::text, '(', 1) AS function, (SELECT code FROM tried('regress_star', 'access other', w.call)) AS other, (SELECT code FROM tried('regress_star', 'access missing', w.call)) AS missing,
	(SELECT message FROM tried('regress_star', 'access missing', w.call)) AS message
FROM wanted AS w WHERE w.call LIKE '%\%%' AND coalesce((SELECT code FROM tried('regress_star', 'access missing', w.call)), '') || coalesce((SELECT code FROM tried('regress_star', 'access other', w.call)), '') <> 'U3001' ORDER BY 1;
-- The texts.
SELECT v.role, v.call, a.* FROM (VALUES (1, 'regress_agent', $$contact_card('access other', 'asha@example.com')$$),
	(2, 'regress_agent', $$contact_card('access missing', 'asha@example.com')$$),
	(3, 'regress_none', $$contact_card('access', 'asha@example.com')$$),
	(4, 'regress_admin', $$create_bot('access new')$$),
	(5, 'regress_admin', $$grant_access('regress_none', '*', 'agent')$$),
	(6, 'regress_star', $$contact_card('access missing', 'x')$$)) AS v(n, role, call),
LATERAL try_as(v.role, 'SELECT user360.' || v.call) AS a ORDER BY v.n;
SET ROLE regress_agent;
SELECT user360.contact_card('access other', 'asha@example.com');
SELECT user360.set_option('access', 'overwrite', 'never');
RESET ROLE;
-- Access comes before everything else that could be refused.
SELECT v.call, a.code FROM (VALUES (1, $$identify('access other', 'no such channel', '', '[]')$$),
	(2, $$identify('access missing', NULL, NULL, NULL)$$),
	(3, $$normalize_userid('access other', NULL)$$)) AS v(n, call), LATERAL try_as('regress_agent', 'SELECT user360.' || v.call) AS a ORDER BY v.n;
SELECT v.call, a.code FROM (VALUES (1, $$set_option('access other', 'no such option', '')$$),
	(2, $$define_property('access other', '', '')$$),
	(3, $$add_channel('access other', '', '')$$),
	(4, $$set_userid_property('access other', 'no such property')$$),
	(5, $$adopt_userids('access other')$$),
	(6, $$grant_access('no such role', 'access other', 'no such level')$$),
	(7, $$revoke_access('no such role', 'access other')$$),
	(8, $$create_bot('')$$),
	(9, $$recent_activity('access other', NULL, 0)$$),
	(10, $$contact_card_for_profile('access other', NULL)$$),
	(11, $$contact_card_for_sender('access other', NULL, NULL)$$),
	(12, $$contact_card_for_ticket('access other', NULL, NULL::text)$$),
	(13, $$previous_ticket('access other', NULL, NULL)$$),
	(14, $$merge_profiles('access other', NULL, NULL)$$),
	(15, $$merge_profiles('access other', '00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000000', true)$$),
	(16, $$unmerge('access other', NULL)$$),
	(17, $$replace_userid('access other', NULL, NULL, NULL)$$),
	(18, $$update_contact('access other', NULL, '[]')$$),
	(19, $$user_page('access other', NULL, '-infinity')$$),
	(20, $$explain_profile('access other', NULL)$$),
	(21, $$delete_user('access other', NULL)$$),
	(22, $$prune_unidentified('access other', '-1 day')$$),
	(23, $$prune_events('access other', NULL)$$),
	(24, $$contact_card('access other', NULL, '-infinity')$$),
	(25, $$verify('access other')$$),
	(26, $$track('access other', NULL, 'USER_', '[]')$$),
	(27, $$find_contacts('access other', '', 0)$$),
	(28, $$all_activity('access other', NULL, 0)$$),
	(29, $$export_user('access other', NULL)$$)) AS v(n, call), LATERAL try_as('regress_admin', 'SELECT user360.' || v.call) AS a ORDER BY v.n;
-- To verify every bot is for whoever administers every bot.
SELECT r.role, (SELECT code FROM try_as(r.role, 'SELECT user360.verify()')) AS every_bot
FROM unnest('{regress_user,regress_admin,regress_star}'::name[]) WITH ORDINALITY AS r(role, n) ORDER BY r.n;
-- Trigger functions: only attaching needs one.
SELECT split_part(w.function::text, '(', 1) AS function, has_function_privilege('regress_none', w.function, 'EXECUTE') AS "none", has_function_privilege('regress_capture', w.function, 'EXECUTE') AS capture, has_function_privilege('regress_admin', w.function, 'EXECUTE') AS admin
FROM wanted AS w WHERE w.call IS NULL ORDER BY 1;

-- The tables: nothing below engagement_user, which sees the bots that it has;
-- who has access to a bot is its administrator's.
CREATE FUNCTION sees(role name, tab text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE format('SELECT string_agg(DISTINCT bot, %L ORDER BY bot) FROM user360.%I WHERE bot LIKE %L', ', ', tab, 'access%') INTO seen;
	PERFORM set_config('role', 'none', true);
	RETURN coalesce(seen, '-');
EXCEPTION WHEN insufficient_privilege THEN
	PERFORM set_config('role', 'none', true);
	RETURN SQLERRM;
END
$$;
SELECT c.relname AS "table", sees('regress_none', c.relname) AS "none", sees('regress_agent', c.relname) AS agent FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT c.relname AS "table", sees('regress_user', c.relname) AS "user", sees('regress_admin', c.relname) AS admin, sees('regress_star', c.relname) AS star FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' ORDER BY 1;
-- Nobody writes them but through the functions.
SELECT c.relname AS "table", r.role, (SELECT code FROM try_as(r.role, format('INSERT INTO user360.%I SELECT * FROM user360.%1$I', c.relname))) AS insert, (SELECT code FROM try_as(r.role, format('UPDATE user360.%I SET bot = bot', c.relname))) AS update,
	(SELECT code FROM try_as(r.role, format('DELETE FROM user360.%I', c.relname))) AS delete, (SELECT code FROM try_as(r.role, format('TRUNCATE user360.%I', c.relname))) AS truncate, (SELECT code FROM try_as(r.role, format('LOCK user360.%I', c.relname))) AS lock
FROM pg_class AS c, unnest('{regress_admin,regress_star}'::name[]) AS r(role) WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2;
-- Not even where somebody grants all on them by hand: row security stays.
CREATE ROLE regress_granted;
GRANT ALL ON ALL TABLES IN SCHEMA user360 TO regress_granted;
GRANT EXECUTE ON FUNCTION user360.bots_with(text) TO regress_granted;
SELECT c.relname AS "table", sees('regress_granted', c.relname) AS granted FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT * FROM try_as('regress_granted', $$INSERT INTO user360.access VALUES ('regress_granted', 'access', 'agent')$$);
SELECT * FROM try_as('regress_granted', $$INSERT INTO user360.sender VALUES ('access', 'web', 'x', '00000000-0000-7000-8000-000000000000', now(), now())$$);
SET ROLE regress_granted;
UPDATE user360.profile SET first_name = 'x' WHERE bot = 'access' RETURNING bot;
DELETE FROM user360.event WHERE bot = 'access' RETURNING bot;
RESET ROLE;
SELECT count(*) FILTER (WHERE first_name = 'x') FROM user360.profile WHERE bot = 'access';
REVOKE ALL ON ALL TABLES IN SCHEMA user360 FROM regress_granted;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA user360 FROM regress_granted;
DROP ROLE regress_granted;

-- Which bots a role has at least a level on.
CREATE FUNCTION bots_of(role name, level text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	bots text;
BEGIN
	PERFORM set_config('role', role, true);
	bots := (SELECT string_agg(b, ', ' ORDER BY b) FROM unnest(user360.bots_with(level)) AS b WHERE b LIKE 'access%');
	PERFORM set_config('role', 'none', true);
	RETURN coalesce(bots, '-');
END
$$;
SELECT l.level, bots_of('regress_user', l.level) AS "user", bots_of('regress_admin', l.level) AS admin, bots_of('regress_star', l.level) AS star, bots_of(session_user, l.level) AS superuser
FROM unnest('{capture,agent,engagement_user,engagement_admin,none,owner}'::text[]) WITH ORDINALITY AS l(level, n) ORDER BY l.n;

-- A role has the best level of those that it inherits; one that does not
-- inherit has none.
CREATE ROLE regress_member IN ROLE regress_capture, regress_agent;
CREATE ROLE regress_noinherit NOINHERIT IN ROLE regress_agent;
SELECT r.role, (SELECT code FROM tried(r.role, 'access', 'identify(%L, ''web'', ''n'')')) AS identify, (SELECT code FROM tried(r.role, 'access', 'contact_card(%L, ''x'')')) AS card, (SELECT code FROM tried(r.role, 'access', 'adopt_userids(%L)')) AS adopt
FROM unnest('{regress_member,regress_noinherit}'::name[]) AS r(role) ORDER BY r.role;
REVOKE regress_agent FROM regress_member;
SELECT (SELECT code FROM tried('regress_member', 'access', 'identify(%L, ''web'', ''n'')')) AS identify, (SELECT code FROM tried('regress_member', 'access', 'contact_card(%L, ''x'')')) AS card;
GRANT regress_admin TO regress_member;
SELECT (SELECT code FROM tried('regress_member', 'access', 'identify(%L, ''web'', ''n'')')) AS identify, (SELECT code FROM tried('regress_member', 'access', 'set_option(%L, ''overwrite'', ''never'')')) AS set_option;
-- Whether it inherits is the role's setting up to version 15, the grant's after.
-- It may call the function for another bot's sake.
SELECT user360.grant_access('regress_member', 'access other', 'engagement_admin');
SELECT current_setting('server_version_num')::int >= 160000 AS by_grant \gset
\if :by_grant
GRANT regress_admin TO regress_member WITH INHERIT FALSE;
\else
ALTER ROLE regress_member NOINHERIT;
\endif
SELECT b.bot, (SELECT code FROM tried('regress_member', b.bot, 'set_option(%L, ''overwrite'', ''never'')')) AS set_option FROM (VALUES ('access'), ('access other')) AS b(bot) ORDER BY 1;
SELECT user360.revoke_access('regress_member', 'access other');
DROP ROLE regress_member, regress_noinherit;

-- Levels by bot: the functions come with the best, the bots each with its own.
SELECT user360.grant_access('regress_capture', 'access other', 'agent');
SELECT b.bot, (SELECT code FROM tried('regress_capture', b.bot, 'identify(%L, ''web'', ''n'')')) AS identify, (SELECT code FROM tried('regress_capture', b.bot, 'contact_card(%L, ''x'')')) AS card FROM (VALUES ('access'), ('access other')) AS b(bot) ORDER BY 1;
SELECT user360.grant_access('regress_capture', 'access other', 'capture');
SELECT b.bot, (SELECT code FROM tried('regress_capture', b.bot, 'identify(%L, ''web'', ''n'')')) AS identify, (SELECT code FROM tried('regress_capture', b.bot, 'contact_card(%L, ''x'')')) AS card FROM (VALUES ('access'), ('access other')) AS b(bot) ORDER BY 1;
SELECT user360.revoke_access('regress_capture', 'access');
SELECT b.bot, (SELECT code FROM tried('regress_capture', b.bot, 'identify(%L, ''web'', ''n'')')) AS identify FROM (VALUES ('access'), ('access other')) AS b(bot) ORDER BY 1;
SELECT user360.revoke_access('regress_capture', 'access');
-- Every bot means those that come later, too.
SELECT user360.grant_access('regress_capture', '*', 'agent');
SELECT user360.create_bot('access later', NULL, '{web}');
SELECT b.bot, (SELECT code FROM tried('regress_capture', b.bot, 'contact_card(%L, ''x'')')) AS card, (SELECT code FROM tried('regress_capture', b.bot, 'adopt_userids(%L)')) AS adopt FROM (VALUES ('access'), ('access later'), ('access missing')) AS b(bot) ORDER BY 1;

-- An administrator of a bot gives and takes access to that bot, and no other.
SET ROLE regress_admin;
SELECT user360.grant_access('regress_none', 'access', 'engagement_admin');
SELECT user360.revoke_access('regress_none', 'access');
SELECT code, message FROM attempt($$SELECT user360.grant_access('regress_none', 'access other', 'capture')$$);
SELECT code, message, detail FROM attempt($$SELECT user360.grant_access('regress_admin', '*', 'engagement_admin')$$);
RESET ROLE;
SET ROLE regress_star;
SELECT user360.create_bot('access star', 'email');
SELECT user360.grant_access('regress_none', '*', 'capture');
SELECT user360.revoke_access('regress_none', '*');
RESET ROLE;
SELECT role, bot, level FROM user360.access WHERE role LIKE 'regress_%' ORDER BY role, bot;
-- What is refused, and what does nothing.
SELECT v.call, a.code, a.message, a.hint
FROM (VALUES (1, $$grant_access('regress_none', 'access', 'owner')$$),
	(2, $$grant_access('regress_none', 'access', '')$$),
	(3, $$grant_access('regress_none', 'access', 'none')$$),
	(4, $$grant_access('regress_nobody', 'access', 'agent')$$),
	(5, $$grant_access('regress_none', 'access missing', 'agent')$$),
	(6, $$grant_access(NULL, 'access', 'agent')$$),
	(7, $$grant_access('regress_none', NULL, 'agent')$$),
	(8, $$revoke_access('regress_nobody', 'access')$$),
	(9, $$revoke_access('regress_none', 'access missing')$$),
	(10, $$revoke_access('regress_none', 'access')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
-- Rolled back, nothing was given.
BEGIN;
SELECT user360.grant_access('regress_none', 'access', 'agent');
SELECT code FROM tried('regress_none', 'access', 'contact_card(%L, ''x'')');
ROLLBACK;
SELECT code FROM tried('regress_none', 'access', 'contact_card(%L, ''x'')');

-- A role with access can't be dropped; without it, nothing is left.
SELECT code, message FROM attempt('DROP ROLE regress_agent');
SELECT user360.revoke_access('regress_agent', 'access');
SELECT count(*) FILTER (WHERE has_function_privilege('regress_agent', w.function, 'EXECUTE')) AS functions FROM wanted AS w WHERE level <> 'public';
SELECT count(*) FILTER (WHERE has_table_privilege('regress_agent', c.oid, 'SELECT')) AS tables FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace;
DROP ROLE regress_agent;
-- Nor does another role that comes under the name of one that went away with
-- all that it owned: access is the role's, not the name's.
CREATE ROLE regress_again;
SELECT user360.grant_access('regress_again', 'access', 'agent');
DROP OWNED BY regress_again;
DROP ROLE regress_again;
CREATE ROLE regress_again;
SELECT code FROM tried('regress_again', 'access', 'contact_card(%L, ''x'')');
SELECT user360.grant_access('regress_again', 'access other', 'agent');
SELECT b.bot, (SELECT code FROM tried('regress_again', b.bot, 'contact_card(%L, ''x'')')) AS card FROM (VALUES ('access'), ('access other')) AS b(bot) ORDER BY 1;
SELECT user360.revoke_access('regress_again', 'access other');
DROP ROLE regress_again;
-- A name that needs quotes.
CREATE ROLE "regress ""odd' role";
SELECT user360.grant_access('regress "odd'' role', 'access', 'engagement_user');
SELECT code FROM tried('regress "odd'' role', 'access', 'contact_card(%L, ''x'')');
SELECT user360.revoke_access('regress "odd'' role', 'access');
DROP ROLE "regress ""odd' role";

-- The caller's level counts, and no function of a user's own runs with another's rights.
CREATE FUNCTION by_owner() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$SELECT (user360.contact_card('access', 'asha@example.com')).userid$$;
SELECT a.code FROM try_as('regress_none', 'SELECT by_owner()') AS a;
CREATE ROLE regress_owner;
ALTER FUNCTION by_owner() OWNER TO regress_owner;
SELECT by_owner();
DROP FUNCTION by_owner;
DROP ROLE regress_owner;
-- Attaching is for whoever may create a trigger on the table.
SELECT a.* FROM try_as('regress_admin', $$SELECT user360.attach_tickets('access_tickets', 'bot:=access')$$) AS a;
SELECT a.* FROM try_as('regress_admin', $$SELECT user360.detach('access_tickets')$$) AS a;

SELECT user360.revoke_access('regress_capture', '*');
SELECT user360.revoke_access('regress_capture', 'access other');
SELECT user360.revoke_access('regress_user', 'access');
SELECT user360.revoke_access('regress_admin', 'access');
SELECT user360.revoke_access('regress_star', '*');
DROP TABLE access_tickets, wanted, a_merge;
DROP FUNCTION try_as, tried, sees, bots_of;
DROP ROLE regress_none, regress_capture, regress_user, regress_admin, regress_star;
