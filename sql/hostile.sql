-- Hostile users: every place where code of theirs can hide, and every function
-- called where it lies in wait.  It runs as whoever calls, or not at all, and
-- never with the rights of the extension's owner.
SET client_min_messages = error;
\set SHOW_CONTEXT never
DROP ROLE IF EXISTS regress_hostile, regress_half, regress_stranger;
SET client_min_messages = warning;
CREATE ROLE regress_hostile;
CREATE ROLE regress_half;
CREATE ROLE regress_stranger;
SELECT user360.create_bot('hostile', 'email', '{web}', 'IN');
SELECT user360.create_bot('hostile other', 'email', '{web}', 'IN');
SELECT outcome FROM user360.identify('hostile', 'web', 's', '{"email": "asha@example.com", "firstName": "Asha"}') AS i;
SELECT outcome FROM user360.identify('hostile other', 'web', 's', '{"email": "asha@example.com", "firstName": "Asha"}') AS i;
-- All that a role can have which is not the owner.
SELECT user360.grant_access('regress_hostile', '*', 'engagement_admin');
SELECT user360.grant_access('regress_half', 'hostile', 'engagement_user');

-- What has run, during which call, as whom, and what it could do that only the
-- owner can.  A sequence keeps count also of what is rolled back.
CREATE TABLE hostile_seen (call text, what text, who text, took text, PRIMARY KEY (call, what, who));
GRANT SELECT, INSERT ON hostile_seen TO PUBLIC;
CREATE SEQUENCE hostile_by_another;
GRANT USAGE ON SEQUENCE hostile_by_another TO PUBLIC;
CREATE SCHEMA hostile AUTHORIZATION regress_hostile;
GRANT USAGE ON SCHEMA hostile TO regress_half, regress_stranger;
SELECT current_user AS owner \gset
SELECT set_config('hostile.owner', :'owner', false) = :'owner' AS set;
SET SESSION AUTHORIZATION regress_hostile;
CREATE FUNCTION hostile.takes(command text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RAISE 'undone' USING ERRCODE = 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE = 'ZZZZZ';
END
$$;
CREATE FUNCTION hostile.ran(what text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	during text := coalesce(nullif(current_setting('hostile.call', true), ''), 'preparation');
	seen text[];
BEGIN
	IF current_user <> session_user THEN
		PERFORM nextval('public.hostile_by_another');
	END IF;
	IF NOT EXISTS (SELECT FROM public.hostile_seen AS s WHERE (s.call, s.what, s.who) = (during, ran.what, current_user)) THEN
		seen := ARRAY(SELECT t.name FROM (VALUES ('read', 'SELECT FROM user360.tombstone_key'),
			('write', 'INSERT INTO user360.access (role, bot, level) VALUES (''regress_stranger'', ''hostile'', ''capture'')'),
			('alter role', 'ALTER ROLE regress_hostile SUPERUSER'),
			('set role', format('SET ROLE %I', current_setting('hostile.owner', true)))) AS t(name, command) WHERE hostile.takes(t.command));
		INSERT INTO public.hostile_seen VALUES (during, ran.what, current_user, array_to_string(seen, ' '));
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION hostile.text_of(what text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$BEGIN PERFORM hostile.ran(what); RETURN value; END$$;
CREATE FUNCTION hostile.number_of(what text, value bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$BEGIN PERFORM hostile.ran(what); RETURN value; END$$;
CREATE FUNCTION hostile.fires() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$BEGIN PERFORM hostile.ran(format('trigger %s', TG_NAME)); RETURN CASE TG_OP WHEN 'DELETE' THEN old ELSE new END; END$$;

-- Places: types, casts, tables with all that a column and a table can have, views.
CREATE DOMAIN hostile.address AS text CHECK (hostile.ran('domain'));
CREATE DOMAIN hostile.key AS varchar(20) CHECK (hostile.ran('domain of a key'));
CREATE TYPE hostile.kind AS ENUM ('web', 'chat');
CREATE TYPE hostile.pair AS (a text, b hostile.address);
CREATE FUNCTION hostile.kind_text(hostile.kind) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM hostile.ran('implicit cast to text'); RETURN 'web'; END$$;
CREATE FUNCTION hostile.kind_number(hostile.kind) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN PERFORM hostile.ran('assignment cast to bigint'); RETURN 1; END$$;
CREATE FUNCTION hostile.text_kind(text) RETURNS hostile.kind LANGUAGE plpgsql AS $$BEGIN PERFORM hostile.ran('implicit cast from text'); RETURN 'web'::hostile.kind; END$$;
CREATE FUNCTION hostile.uuid_kind(uuid) RETURNS hostile.kind LANGUAGE plpgsql AS $$BEGIN PERFORM hostile.ran('implicit cast from uuid'); RETURN 'web'::hostile.kind; END$$;
CREATE FUNCTION hostile.pair_text(hostile.pair) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM hostile.ran('explicit cast to text'); RETURN 'pair'; END$$;
CREATE CAST (hostile.kind AS text) WITH FUNCTION hostile.kind_text AS IMPLICIT;
CREATE CAST (hostile.kind AS bigint) WITH FUNCTION hostile.kind_number AS ASSIGNMENT;
CREATE CAST (text AS hostile.kind) WITH FUNCTION hostile.text_kind AS IMPLICIT;
CREATE CAST (uuid AS hostile.kind) WITH FUNCTION hostile.uuid_kind AS IMPLICIT;
CREATE CAST (hostile.pair AS text) WITH FUNCTION hostile.pair_text;
CREATE TABLE hostile.inboxes (id hostile.key PRIMARY KEY, kind hostile.kind, label text GENERATED ALWAYS AS (hostile.text_of('generated column of a look-up', 'x')) STORED);
CREATE INDEX ON hostile.inboxes (hostile.text_of('index of a look-up', id::text)) WHERE hostile.number_of('predicate of a look-up', 1) = 1;
CREATE TABLE hostile.contacts (id hostile.key PRIMARY KEY DEFAULT hostile.text_of('default of a contact', 'c1'), mail hostile.address, kind hostile.kind DEFAULT 'web', pair hostile.pair,
	first text GENERATED ALWAYS AS (hostile.text_of('generated column', upper(left(mail, 1)) || substr(split_part(mail, '@', 1), 2))) STORED, note text CHECK (hostile.ran('check constraint')));
CREATE INDEX ON hostile.contacts (hostile.text_of('index', mail)) WHERE hostile.number_of('predicate', 1) = 1;
CREATE TABLE hostile.tickets (id hostile.key PRIMARY KEY DEFAULT hostile.text_of('default', 't1'), inbox varchar(20), kind hostile.kind DEFAULT 'web', sender hostile.address DEFAULT 's', mail hostile.address, pair hostile.pair,
	first text GENERATED ALWAYS AS (hostile.text_of('generated column', 'Ann')) STORED, note text CHECK (hostile.ran('check constraint')));
CREATE INDEX ON hostile.tickets (hostile.text_of('index', mail)) WHERE hostile.number_of('predicate', 1) = 1;
CREATE TABLE hostile.requests (id hostile.key PRIMARY KEY, contact hostile.key, kind hostile.kind DEFAULT 'web');
CREATE TABLE hostile.lines (line int, mail hostile.address, kind hostile.kind DEFAULT 'web', pair hostile.pair);
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON hostile.contacts FOR EACH ROW EXECUTE FUNCTION hostile.fires();
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON hostile.tickets FOR EACH ROW EXECUTE FUNCTION hostile.fires();
CREATE TRIGGER a_after AFTER INSERT OR UPDATE OR DELETE ON hostile.tickets FOR EACH ROW EXECUTE FUNCTION hostile.fires();
CREATE TRIGGER z_after AFTER INSERT OR UPDATE OR DELETE ON hostile.tickets FOR EACH ROW EXECUTE FUNCTION hostile.fires();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON hostile.tickets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hostile.fires();
CREATE POLICY hostile ON hostile.tickets USING (hostile.ran('policy')) WITH CHECK (hostile.ran('policy of what is written'));
CREATE POLICY hostile ON hostile.lines USING (hostile.ran('policy'));
ALTER TABLE hostile.tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE hostile.tickets FORCE ROW LEVEL SECURITY;
ALTER TABLE hostile.lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE hostile.lines FORCE ROW LEVEL SECURITY;
INSERT INTO hostile.inboxes VALUES ('i1', 'chat');
INSERT INTO hostile.contacts (id, mail, pair) VALUES ('c0', 'zoe@example.com', ROW('a', 'b'));
INSERT INTO hostile.tickets (id, sender, pair) VALUES ('t0', 'early', ROW('a', 'b'));
INSERT INTO hostile.lines SELECT n, 'line' || n || '@example.com' FROM generate_series(1, 1100) AS n;
CREATE VIEW hostile.source AS SELECT hostile.number_of('view', line) AS line, hostile.text_of('view', mail)::hostile.address AS email, kind AS city, pair::text AS "lastName" FROM hostile.lines;

-- A search_path in which everything of pg_catalog's that a statement could
-- name is theirs: functions, operators, aggregates and types for the types
-- with which user360 works.  What they do stays the same.
CREATE FUNCTION hostile.step(state anyelement, value anyelement) RETURNS anyelement LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$BEGIN PERFORM hostile.ran('aggregate'); RETURN value; END$$;
CREATE FUNCTION hostile.step(state bigint) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$BEGIN PERFORM hostile.ran('aggregate'); RETURN state + 1; END$$;
CREATE FUNCTION hostile.shadow() RETURNS TABLE (kind text, many boolean) LANGUAGE plpgsql SET search_path = pg_catalog SET check_function_bodies = off AS $$
DECLARE
	known oid[] := '{bool,bytea,name,int4,int8,text,oid,regclass,jsonb,float4,float8,date,timestamptz,interval,numeric,uuid,varchar,tid,"char",_text,_int8,_uuid,anyarray,anyelement,anycompatible,anycompatiblearray,anynonarray,anyenum,user360.email,user360.phone}'::regtype[]::oid[];
	o record;
	done bigint[] := '{0,0,0,0}';
BEGIN
	FOR o IN SELECT p.proname AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result, p.proretset,
			(SELECT string_agg(CASE WHEN p.provariadic <> 0 AND n = p.pronargs THEN 'VARIADIC ' ELSE '' END || '$' || n, ', ' ORDER BY n) FROM generate_series(1, p.pronargs) AS n) AS passed
		FROM pg_proc AS p JOIN pg_type AS r ON r.oid = p.prorettype
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proargtypes::oid[] <@ known AND (r.typtype <> 'p' OR r.oid = ANY (known) OR r.typname IN ('record', 'void')) AND p.provariadic <> '"any"'::regtype AND p.proname !~ '^pg_event_trigger'
	LOOP
		EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', o.name, o.arguments, o.result, format('BEGIN PERFORM hostile.ran(%L); %s pg_catalog.%I(%s); END',
			'function ' || o.name, CASE WHEN o.proretset THEN 'RETURN QUERY SELECT * FROM' WHEN o.result = 'void' THEN 'PERFORM' ELSE 'RETURN' END, o.name, o.passed));
		done[1] := done[1] + 1;
	END LOOP;
	FOR o IN SELECT p.oid, p.oprname AS name, nullif(p.oprleft, 0)::regtype AS a, p.oprright::regtype AS b, p.oprresult::regtype AS result FROM pg_operator AS p
		WHERE p.oprnamespace = 'pg_catalog'::regnamespace AND p.oprleft = ANY (known || 0::oid) AND p.oprright = ANY (known)
	LOOP
		EXECUTE format('CREATE FUNCTION hostile.operates_%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', o.oid, concat_ws(', ', o.a, o.b), o.result,
			format('BEGIN PERFORM hostile.ran(%L); RETURN %s OPERATOR(pg_catalog.%s) %s; END', 'operator ' || o.name, CASE WHEN o.a IS NULL THEN '' ELSE '$1' END, o.name, CASE WHEN o.a IS NULL THEN '$1' ELSE '$2' END));
		EXECUTE format('CREATE OPERATOR hostile.%s (%sRIGHTARG = %s, FUNCTION = hostile.operates_%s)', o.name, 'LEFTARG = ' || o.a || ', ', o.b, o.oid);
		done[2] := done[2] + 1;
	END LOOP;
	FOR o IN SELECT p.proname AS name, p.proargtypes[0]::regtype AS type FROM pg_proc AS p JOIN pg_type AS t ON t.oid = p.proargtypes[0]
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'a' AND p.pronargs = 1 AND t.oid = ANY (known) AND t.typtype = 'b'
	LOOP
		EXECUTE format('CREATE AGGREGATE hostile.%I(%s) (SFUNC = hostile.step, STYPE = %s)', o.name, o.type, o.type);
		done[3] := done[3] + 1;
	END LOOP;
	CREATE AGGREGATE hostile.count(*) (SFUNC = hostile.step, STYPE = bigint, INITCOND = '0');
	FOR o IN SELECT t.oid::regtype AS type, t.typname AS name FROM pg_type AS t WHERE t.oid = ANY (known) AND t.typtype = 'b' AND t.typelem = 0
	LOOP
		EXECUTE format('CREATE DOMAIN hostile.%I AS %s CHECK (hostile.ran(%L))', o.name, o.type, 'type ' || o.name);
		done[4] := done[4] + 1;
	END LOOP;
	RETURN QUERY SELECT * FROM (VALUES ('functions', done[1] > 500), ('operators', done[2] > 150), ('aggregates', done[3] > 20), ('types', done[4] > 15)) AS v;
END
$$;
SELECT * FROM hostile.shadow();
RESET SESSION AUTHORIZATION;
-- A trigger of the database's own, careless about names, as such are.
CREATE TABLE hostile_log (tag text);
GRANT INSERT ON hostile_log TO PUBLIC;
CREATE FUNCTION hostile_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO hostile_log VALUES (upper(tg_tag) || lower('B')); END$$;
CREATE EVENT TRIGGER hostile_ddl ON ddl_command_end EXECUTE FUNCTION hostile_ddl();

-- Every function of the schema: whether it reads or changes objects of the
-- user's, or takes values only; and calls of it.  One that is not here makes
-- the test fail.
CREATE TABLE hostile_entry (function text PRIMARY KEY, kind text CHECK (kind IN ('objects', 'values')));
CREATE TABLE hostile_call (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, function text REFERENCES hostile_entry, call text);
GRANT SELECT ON hostile_entry, hostile_call TO PUBLIC;
INSERT INTO hostile_entry SELECT f, 'objects' FROM unnest('{attach_contacts,attach_tickets,backfill,capture_contact,detach,immutable_columns,import_users,link_ticket}'::text[]) AS f;
INSERT INTO hostile_entry SELECT f, 'values' FROM unnest('{add_channel,adopt_userids,all_activity,bots_with,card_gaps,card_kind,channel_overview,contact_card,contact_card_for_profile,contact_card_for_sender,contact_card_for_ticket,create_bot,define_property,delete_user,
	explain_profile,export_user,export_users,find_contacts,grant_access,guard_policy,guard_profile,identify,is_email,is_identifier,is_phone,merge_profiles,name_key,normalize_domain,normalize_email,normalize_identifier,normalize_phone,normalize_userid,phone_info,phone_metadata_version,
	previous_ticket,prune_events,prune_unidentified,recent_activity,replace_userid,revoke_access,set_option,set_userid_property,track,unmerge,update_contact,user360_version,user_page,verify,types}'::text[]) AS f;
INSERT INTO hostile_call (function, call) VALUES
	('create_bot', 'SELECT user360.create_bot(''hostile new'', ''email'', ''{web}'', ''IN'')'),
	('create_bot', 'SELECT user360.create_bot(''hostile plain'')'),
	('add_channel', 'SELECT user360.add_channel(''hostile new'', ''whatsapp'', NULL, ''phone'')'),
	('add_channel', 'SELECT user360.add_channel(''hostile plain'', ''web'')'),
	('define_property', 'SELECT user360.define_property(''hostile new'', ''plan'', ''string''), user360.define_property(''hostile new'', ''likes'', ''list'', ''union'')'),
	('set_option', 'SELECT user360.set_option(''hostile new'', ''lookalike'', ''report''), user360.set_option(''hostile new'', ''last_seen_resolution'', ''0''), user360.set_option(''hostile new'', ''blocked_patterns'', ''%@blocked.example'')'),
	('guard_policy', 'SELECT user360.set_option(''hostile new'', ''overwrite'', ''own'')'),
	('identify', 'SELECT FROM user360.identify(''hostile plain'', ''web'', ''s'', ''{"email": "asha@example.com"}'')'),
	('set_userid_property', 'SELECT user360.set_userid_property(''hostile plain'', ''email'')'),
	('adopt_userids', 'SELECT user360.adopt_userids(''hostile plain'')'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s1'', ''{"firstName": "Asha", "likes": ["a"], "plan": "gold", "dob": "1990-02-03"}'')'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s2'', ''{"email": "asha@example.com", "likes": ["b"]}'')'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s1'', ''{"email": "asha@example.com", "phone": "90005 00000"}'')'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''whatsapp'', ''919000500001'', ''{"email": "ravi@example.com"}'')'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s3'', ''{"email": "ASHA@example.com"}'')'),
	('guard_profile', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s1'', ''{"city": "Pune"}'')'),
	('track', 'SELECT user360.track(''hostile new'', (SELECT c.profile_id FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c), ''seen'', ''{"a": 1}'')'),
	('attach_tickets', 'SELECT user360.attach_tickets(''hostile.tickets'', ''bot:=hostile new'', ''channel=kind'', ''email=mail'', ''firstName=first'', ''city=pair'', ''plan=inbox->hostile.inboxes.label'', ''where:=hostile.ran(''''condition'''')'')'),
	('attach_contacts', 'SELECT user360.attach_contacts(''hostile.contacts'', ''bot:=hostile new'', ''userId=mail'', ''firstName=first'', ''city=pair'', ''plan=kind'', ''where:=hostile.ran(''''condition'''')'')'),
	('attach_tickets', 'SELECT user360.attach_tickets(''hostile.requests'', ''bot:=hostile new'', ''channel=kind'', ''contact=contact'', ''contacts:=hostile.contacts'')'),
	('immutable_columns', 'CREATE TRIGGER b_keep BEFORE UPDATE ON hostile.contacts FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns(''mail'', ''pair'')'),
	('immutable_columns', 'UPDATE hostile.contacts SET note = ''x'', mail = mail, pair = ROW(''a'', ''b'')'),
	('backfill', 'CALL user360.backfill(''hostile.tickets'')'),
	('link_ticket', 'INSERT INTO hostile.requests (id, contact) VALUES (''r1'', ''c0'')'),
	('backfill', 'CALL user360.backfill(''hostile.contacts'')'),
	('capture_contact', 'INSERT INTO hostile.contacts (id, mail, pair) VALUES (DEFAULT, ''una@example.com'', ROW(''a'', ''b''))'),
	('capture_contact', 'UPDATE hostile.contacts SET kind = ''chat'', note = ''y'' WHERE id OPERATOR(pg_catalog.=) ''c1'''),
	('link_ticket', 'INSERT INTO hostile.tickets (inbox, mail, pair) VALUES (''i1'', ''ann@example.com'', ROW(''a'', ''b''))'),
	('link_ticket', 'UPDATE hostile.tickets SET sender = ''s5'', kind = ''chat'', note = ''y'' WHERE id OPERATOR(pg_catalog.=) ''t1'''),
	('link_ticket', 'INSERT INTO hostile.requests (id, contact) VALUES (''r2'', ''c1'')'),
	('link_ticket', 'DELETE FROM hostile.tickets WHERE id OPERATOR(pg_catalog.=) ''t0'''),
	('capture_contact', 'DELETE FROM hostile.contacts WHERE id OPERATOR(pg_catalog.=) ''c0'''),
	('detach', 'SELECT user360.detach(''hostile.requests'')'),
	('import_users', 'CALL user360.import_users(''hostile new'', ''hostile.source'', ''email'', ''{"line": null}'', ''update'', true, ''{x}'', ''line'')'),
	('import_users', 'CALL user360.import_users(''hostile new'', ''hostile.lines'', ''mail'', ''{"line": null, "kind": "city", "pair": "lastName"}'', ''retain'')'),
	('contact_card', 'SELECT user360.contact_card(''hostile new'', ''asha@example.com''), user360.contact_card(''hostile new'', ''asha@example.com'', pg_catalog.clock_timestamp())'),
	('contact_card_for_profile', 'SELECT user360.contact_card_for_profile(''hostile new'', c.profile_id), user360.contact_card_for_profile(''hostile new'', c.profile_id, pg_catalog.clock_timestamp()) FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c'),
	('contact_card_for_sender', 'SELECT FROM user360.contact_card_for_sender(''hostile new'', ''web'', ''s1'')'),
	('contact_card_for_ticket', 'SELECT user360.contact_card_for_ticket(''hostile new'', ''hostile.tickets'', ''t1''), user360.contact_card_for_ticket(''hostile new'', ''hostile.tickets'', 1)'),
	('previous_ticket', 'SELECT FROM user360.previous_ticket(''hostile new'', ''hostile.tickets'', ''t1'')'),
	('recent_activity', 'SELECT FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c, user360.recent_activity(''hostile new'', c.profile_id, 20, pg_catalog.clock_timestamp(), c.profile_id)'),
	('all_activity', 'SELECT FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c, user360.all_activity(''hostile new'', c.profile_id)'),
	('update_contact', 'SELECT user360.update_contact(''hostile new'', (SELECT c.profile_id FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c), ''{"lastName": "Rao", "plan": null}'')'),
	('user_page', 'SELECT user360.user_page(''hostile new'', c.profile_id), user360.user_page(''hostile new'', c.profile_id, pg_catalog.clock_timestamp()) FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c'),
	('explain_profile', 'SELECT FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c, user360.explain_profile(''hostile new'', c.profile_id)'),
	('find_contacts', 'SELECT FROM user360.find_contacts(''hostile new'', ''asha'') AS a, user360.find_contacts(''hostile new'', ''asha@example.com'') AS b, user360.find_contacts(''hostile new'', ''90005 00000'') AS c'),
	('channel_overview', 'SELECT FROM user360.channel_overview(''hostile new'', NULL, NULL)'),
	('card_gaps', 'SELECT FROM user360.card_gaps(''hostile new'')'),
	('export_user', 'SELECT user360.export_user(''hostile new'', c.profile_id) FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c'),
	('export_users', 'SELECT FROM user360.export_users(''hostile new'')'),
	('bots_with', 'SELECT user360.bots_with(''agent'')'),
	('normalize_userid', 'SELECT user360.normalize_userid(''hostile new'', ''A@example.com'')'),
	('merge_profiles', 'SELECT FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS a, user360.contact_card(''hostile new'', ''ravi@example.com'') AS r, user360.merge_profiles(''hostile new'', r.profile_id, a.profile_id, true)'),
	('unmerge', 'SELECT FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS a, user360.contact_card(''hostile new'', ''ravi@example.com'') AS r, user360.merge_profiles(''hostile new'', r.profile_id, a.profile_id) AS m, user360.unmerge(''hostile new'', m.merge_id)'),
	('verify', 'SELECT FROM user360.verify(''hostile new'') AS a, user360.verify() AS b'),
	('prune_events', 'SELECT user360.prune_events(''hostile new'', ''1 day'')'),
	('prune_unidentified', 'SELECT user360.prune_unidentified(''hostile new'', ''0'')'),
	('replace_userid', 'SELECT user360.replace_userid(''hostile new'', c.profile_id, ''asha@example.net'', true) FROM user360.contact_card(''hostile new'', ''asha@example.com'') AS c'),
	('delete_user', 'SELECT user360.delete_user(''hostile new'', c.profile_id, ''asked'') FROM user360.contact_card(''hostile new'', ''ravi@example.com'') AS c'),
	('identify', 'SELECT FROM user360.identify(''hostile new'', ''web'', ''s9'', ''{"email": "ravi@example.com"}'')'),
	('grant_access', 'SELECT user360.grant_access(''regress_stranger'', ''hostile new'', ''engagement_user'')'),
	('revoke_access', 'SELECT user360.revoke_access(''regress_stranger'', ''hostile new'')'),
	('user360_version', 'SELECT user360.user360_version()'),
	('phone_metadata_version', 'SELECT user360.phone_metadata_version()'),
	('normalize_email', U&'SELECT user360.normalize_email(''A@B\00DCCHER.example'')'),
	('normalize_domain', U&'SELECT user360.normalize_domain(''B\00DCCHER.example'')'),
	('normalize_identifier', U&'SELECT user360.normalize_identifier('' \FF21 1'')'),
	('normalize_phone', 'SELECT user360.normalize_phone(''90005 00000'', ''IN'')'),
	('is_email', 'SELECT user360.is_email(''a@example.com'')'),
	('is_identifier', 'SELECT user360.is_identifier(''a'')'),
	('is_phone', 'SELECT user360.is_phone(''90005 00000'', ''IN'')'),
	('phone_info', 'SELECT FROM user360.phone_info(''90005 00000'', ''IN'')'),
	('card_kind', 'SELECT user360.card_kind(''a'', ''b'', ''c'')'),
	('name_key', U&'SELECT user360.name_key(''\00C9mile'', ''x'')'),
	('types', 'SELECT user360.local_part(e), user360.domain(e), user360.country_code(p), e OPERATOR(pg_catalog.=) ''b@example.com'', p OPERATOR(pg_catalog.<) ''+919000500001'' FROM (VALUES (CAST(''a@example.com'' AS user360.email), CAST(''+919000500000'' AS user360.phone)), (''b@example.com'', ''+14155550132'')) AS v(e, p) GROUP BY e, p ORDER BY e, p');
-- (Those by which the types email and phone work are pure and in C, as catalog.sql says.)
SELECT p.oid::regprocedure AS without_an_entry FROM pg_proc AS p LEFT JOIN hostile_entry AS e ON e.function = p.proname WHERE p.pronamespace = 'user360'::regnamespace AND e.function IS NULL AND p.proname !~ '^(email|phone)_(in|out|recv|send|from_text|to_text|lt|le|eq|ne|ge|gt|cmp|sortsupport|hash|hash_extended)$|^(local_part|domain|country_code)$' ORDER BY 1;
SELECT e.function AS without_a_call FROM hostile_entry AS e WHERE NOT EXISTS (SELECT FROM hostile_call AS c WHERE c.function = e.function) ORDER BY 1;

-- The calls, one after the other, by the one who lies in wait.
CREATE FUNCTION hostile_calls() RETURNS TABLE (n int, function text, code text, message text) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM public.hostile_call AS h ORDER BY h.n LOOP
		n := c.n;
		function := c.function;
		code := NULL;
		message := NULL;
		PERFORM pg_catalog.set_config('hostile.call', c.function, false);
		BEGIN
			PERFORM pg_catalog.set_config('search_path', 'pg_temp, hostile, pg_catalog', true);
			EXECUTE c.call;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
		END;
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
		IF code IS NOT NULL THEN
			RETURN NEXT;
		END IF;
	END LOOP;
	PERFORM pg_catalog.set_config('hostile.call', 'commit', false);
END
$$;
\c -
SET client_min_messages = warning;
SELECT set_config('hostile.owner', :'owner', false) = :'owner' AS set;
SET SESSION AUTHORIZATION regress_hostile;
-- Relations of the names of user360's, which come first of all.
DO $$
DECLARE
	t name;
BEGIN
	FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' LOOP
		IF has_table_privilege(format('user360.%I', t), 'SELECT') THEN
			EXECUTE format('CREATE TEMP VIEW %I AS SELECT t.* FROM user360.%I AS t WHERE hostile.ran(%L)', t, t, 'temporary view');
		ELSE
			EXECUTE format('CREATE TEMP TABLE %I (a int)', t);
		END IF;
	END LOOP;
END
$$;
CREATE TEMP TABLE hostile_log (tag text);
CREATE TRIGGER logged BEFORE INSERT ON pg_temp.hostile_log FOR EACH ROW EXECUTE FUNCTION hostile.fires();
-- The trap is set: a statement that names nothing in full falls into it.
SET search_path = pg_temp, hostile, pg_catalog;
SELECT upper('a'::text) = 'A', count(*) IS NULL FROM bot;
CREATE TEMP TABLE taken (n bigint);
INSERT INTO taken VALUES ('web'::hostile.kind);
SELECT pg_catalog.upper('web'::hostile.kind), 'web'::pg_catalog.text::hostile.kind, '00000000-0000-4000-8000-000000000001'::pg_catalog.uuid::hostile.kind;
RESET search_path;
SELECT what, who, took FROM hostile_seen WHERE call = 'preparation' AND what ~ '^(function|operator|type|temporary|aggregate|implicit|assignment)' ORDER BY what;
-- No call fails.
SELECT * FROM hostile_calls();
SET search_path = pg_temp, hostile, pg_catalog;
-- Outside of a transaction block they commit, batch by batch.
SELECT pg_catalog.set_config('hostile.call', 'import_users', false);
CALL user360.import_users('hostile', 'hostile.source', 'email', '{"line": null}', line_column => 'line', tags => '{}') \gset
\echo :total :new
CALL user360.import_users('hostile', 'hostile.lines', 'mail', '{"line": null, "kind": "city", "pair": "lastName"}', tags => '{}') \gset
\echo :total :new
SELECT pg_catalog.set_config('hostile.call', 'backfill', false);
CALL user360.backfill('hostile.tickets', 1);
CALL user360.backfill('hostile.contacts', 1);
RESET search_path;
DROP TABLE pg_temp.hostile_log;
SELECT set_config('hostile.call', '', false);

-- A view, a policy and a condition over user360's tables: a leaky function
-- sees rows of its own bots only, and the plans are the reader's.
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hostile TO PUBLIC;
SET SESSION AUTHORIZATION regress_half;
CREATE TEMP TABLE leaked (relation text, bot text, PRIMARY KEY (relation, bot));
CREATE FUNCTION pg_temp.leaks(relation text, bot text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN INSERT INTO leaked VALUES (relation, bot) ON CONFLICT DO NOTHING; PERFORM hostile.ran('leaky function'); RETURN false; END$$;
SELECT set_config('hostile.call', 'tables', false);
DO $$
DECLARE
	t name;
BEGIN
	FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1 LOOP
		EXECUTE format('CREATE TEMP VIEW leaky_%s AS SELECT t.bot FROM user360.%I AS t WHERE pg_temp.leaks(%L, t.bot)', t, t, t);
		EXECUTE format('SELECT FROM leaky_%s', t);
		EXECUTE format('SELECT FROM user360.%I AS t WHERE pg_temp.leaks(%L, t.bot)', t, t);
	END LOOP;
END
$$;
SELECT bot, string_agg(relation, ', ' ORDER BY relation) AS relations FROM leaked GROUP BY bot ORDER BY bot;
RESET SESSION AUTHORIZATION;
CREATE SCHEMA half AUTHORIZATION regress_half;
GRANT USAGE ON SCHEMA half TO PUBLIC;
SET SESSION AUTHORIZATION regress_half;
CREATE VIEW half.profiles AS SELECT p.bot, p.email FROM user360.profile AS p WHERE hostile.ran('view over user360');
CREATE TABLE half.notes (note text);
INSERT INTO half.notes VALUES ('a');
CREATE FUNCTION half.allowed() RETURNS boolean LANGUAGE plpgsql STABLE AS $$BEGIN PERFORM hostile.ran('policy that calls user360'); RETURN EXISTS (SELECT FROM user360.card_gaps('hostile')); END$$;
CREATE POLICY half ON half.notes USING (half.allowed());
ALTER TABLE half.notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE half.notes FORCE ROW LEVEL SECURITY;
GRANT SELECT ON half.profiles, half.notes TO regress_stranger, regress_hostile;
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE bot <> 'hostile') AS others FROM half.profiles;
SELECT * FROM half.notes;
SET SESSION AUTHORIZATION regress_stranger;
SELECT * FROM half.profiles;
SELECT * FROM half.notes;
RESET SESSION AUTHORIZATION;

-- What has run where, as whom, and what it took.
SELECT s.call, e.kind, s.who, s.took, string_agg(s.what, ', ' ORDER BY s.what) AS what FROM hostile_seen AS s LEFT JOIN hostile_entry AS e ON e.function = s.call WHERE s.call <> 'preparation' GROUP BY 1, 2, 3, 4 ORDER BY 1, 3;
-- Nothing by anybody but whoever called; nothing that was taken; nothing at all where values are all there is; and something wherever objects are read.
SELECT * FROM hostile_seen WHERE took <> '' OR who NOT IN ('regress_hostile', 'regress_half', 'regress_stranger') ORDER BY 1, 2, 3;
SELECT is_called AS by_another FROM hostile_by_another;
SELECT s.* FROM hostile_seen AS s JOIN hostile_entry AS e ON e.function = s.call WHERE e.kind = 'values' ORDER BY 1, 2, 3;
SELECT e.function AS nothing_ran FROM hostile_entry AS e WHERE e.kind = 'objects' AND e.function NOT IN (SELECT s.call FROM hostile_seen AS s) ORDER BY 1;
SELECT r.rolname, r.rolsuper FROM pg_roles AS r WHERE r.rolname IN ('regress_hostile', 'regress_half', 'regress_stranger') ORDER BY 1;
SELECT * FROM user360.access WHERE role IN ('regress_stranger') ORDER BY 1, 2;
-- With the owner as the caller the trap would be seen to take everything.
SELECT hostile.ran('as the owner');
SELECT took FROM hostile_seen WHERE what = 'as the owner';

DROP EVENT TRIGGER hostile_ddl;
DROP TABLE hostile_log;
DROP FUNCTION hostile_ddl, hostile_calls;
SELECT user360.revoke_access('regress_hostile', '*');
SELECT user360.revoke_access('regress_half', 'hostile');
SET client_min_messages = error;
DROP SCHEMA hostile, half CASCADE;
DROP TABLE hostile_call, hostile_entry, hostile_seen;
DROP SEQUENCE hostile_by_another;
DROP OWNED BY regress_hostile, regress_half, regress_stranger;
DROP ROLE regress_hostile, regress_half, regress_stranger;
