-- Rows arrive in the tables the same way when their owner changes these: by the
-- statement where triggers, rules, other columns, functions or indexes of the
-- owner's have a say, else without a plan, which nobody sees but by what an error
-- tells of its context.  Each change is made in a session that has inserted
-- before and looked at again in a fresh one; undone, rows go the short way again.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS regression \gset
CREATE DATABASE regress_user360_stored TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_user360_stored
CREATE EXTENSION user360;
SELECT user360.create_bot('stored', 'email', '{web,wa,no event,no profile,no sender,no ticket}');
CREATE TABLE desk (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, channel text DEFAULT 'web', sender text, subject text);
SELECT user360.attach_tickets('desk', 'bot:=stored', 'channel=channel', 'sender=sender', 'subject=subject');

-- Each table refuses a channel of its own, and the error tells which way the row
-- was on.
ALTER TABLE user360.event ADD CHECK (channel <> 'no event');
ALTER TABLE user360.profile ADD CHECK (last_channel <> 'no profile');
ALTER TABLE user360.sender ADD CHECK (channel <> 'no sender');
ALTER TABLE user360.ticket ADD CHECK (channel <> 'no ticket');
CREATE FUNCTION way(relation text, subject text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	context text;
	detail text;
BEGIN
	INSERT INTO desk (channel, sender, subject) VALUES ('no ' || relation, 'refused', subject);
	RETURN 'inserted';
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN CASE WHEN context ~ ('statement "INSERT INTO user360.' || relation || ' ') THEN 'statement' ELSE 'short' END ||
		CASE WHEN detail !~ '^Failing row contains' THEN ' without detail' ELSE '' END;
END
$$;
CREATE FUNCTION ways(OUT event text, OUT profile text, OUT sender text, OUT ticket text) LANGUAGE sql
	BEGIN ATOMIC SELECT way('event'), way('profile'), way('sender'), way('ticket'); END;
-- What triggers and rules saw.
CREATE TABLE seen (no int GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seen (what) VALUES (concat_ws(' ', TG_WHEN, TG_OP, TG_LEVEL, TG_TABLE_NAME));
	RETURN NEW;
END
$$;
CREATE FUNCTION see_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seen (what) SELECT concat_ws(' ', TG_WHEN, TG_OP, TG_LEVEL, TG_TABLE_NAME, count(*)) FROM came;
	RETURN NULL;
END
$$;

-- As they were made.
INSERT INTO desk (sender) VALUES ('s0');
SELECT * FROM ways();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM ways();
COMMIT;
-- Whoever calls, it is the tables' owner who stores.
CREATE ROLE regress_stored;
GRANT INSERT ON desk TO regress_stored;
SET ROLE regress_stored;
SELECT * FROM ways();
RESET ROLE;
DROP OWNED BY regress_stored;
DROP ROLE regress_stored;
\set VERBOSITY terse
INSERT INTO desk (channel, sender) VALUES ('no ticket', 's0');
SELECT user360.identify('stored', 'no profile', 's0');
BEGIN READ ONLY;
SELECT user360.identify('stored', 'web', 's1');
ROLLBACK;

-- A row trigger before a ticket.
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.subject := NEW.subject || ', marked'; RETURN NEW; END$$;
CREATE TRIGGER mark BEFORE INSERT ON user360.ticket FOR EACH ROW EXECUTE FUNCTION mark();
INSERT INTO desk (sender, subject) VALUES ('s10', 'one');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender, subject) VALUES ('s11', 'two');
SET session_replication_role = replica;
SELECT outcome FROM user360.identify('stored', 'web', 's12');
SET session_replication_role = origin;
DROP TRIGGER mark ON user360.ticket;
INSERT INTO desk (sender, subject) VALUES ('s10', 'three');
SELECT * FROM ways();
SELECT ticket, previous_ticket, subject FROM user360.ticket WHERE subject IS NOT NULL ORDER BY opened_at;

-- One after an event, one that leaves events out.
CREATE TRIGGER see AFTER INSERT ON user360.event FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO desk (sender) VALUES ('s20');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender) VALUES ('s21');
SET session_replication_role = replica;
SELECT outcome FROM user360.identify('stored', 'web', 's22');
RESET session_replication_role;
TABLE seen;
DROP TRIGGER see ON user360.event;
CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER leave_out BEFORE INSERT ON user360.event FOR EACH ROW EXECUTE FUNCTION leave_out();
SELECT outcome FROM user360.identify('stored', 'web', 's23');
SELECT count(*) FROM user360.event AS e JOIN user360.sender AS s USING (bot, profile_id) WHERE s.sender = 's23';
DROP TRIGGER leave_out ON user360.event;
SELECT * FROM ways();
TRUNCATE seen;

-- Triggers on statements, with the rows that came.
INSERT INTO desk (sender) VALUES ('s30');
CREATE TRIGGER see BEFORE INSERT ON user360.sender FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER see AFTER INSERT ON user360.profile REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION see_rows();
INSERT INTO desk (sender) VALUES ('s31'), ('s32');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender) VALUES ('s33');
DROP TRIGGER see ON user360.sender;
DROP TRIGGER see ON user360.profile;
INSERT INTO desk (sender) VALUES ('s34');
SELECT * FROM ways();
SELECT what FROM seen ORDER BY no;
TRUNCATE seen;

-- A rule.
CREATE RULE see AS ON INSERT TO user360.event DO ALSO INSERT INTO seen (what) VALUES (NEW.name);
INSERT INTO desk (sender) VALUES ('s40');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender) VALUES ('s40');
DROP RULE see ON user360.event;
INSERT INTO desk (sender) VALUES ('s40');
SELECT * FROM ways();
SELECT what FROM seen ORDER BY no;

-- A column more, and one of another type.
BEGIN;
ALTER TABLE user360.profile ADD COLUMN region text DEFAULT 'south';
INSERT INTO desk (sender) VALUES ('s50');
SELECT region, count(*) FROM user360.profile GROUP BY region;
SELECT * FROM ways();
ROLLBACK;
INSERT INTO desk (sender) VALUES ('s51');
SELECT * FROM ways();
BEGIN;
ALTER TABLE user360.event ALTER COLUMN source TYPE char(20);
INSERT INTO desk (sender) VALUES ('s52');
SELECT DISTINCT octet_length(source) AS bytes FROM user360.event WHERE source IS NOT NULL;
SELECT * FROM ways();
ROLLBACK;

-- A text that its column does not take, but for spaces; characters count.
BEGIN;
ALTER TABLE user360.ticket ALTER COLUMN subject TYPE varchar(30);
INSERT INTO desk (sender, subject) VALUES ('s53', repeat('ü', 30)), ('s53', 'spaces' || repeat(' ', 40));
SELECT way('ticket', repeat('ü', 30));
SELECT char_length(subject) AS characters FROM user360.ticket WHERE subject ~ '^(ü|s)' ORDER BY opened_at, ticket;
INSERT INTO desk (sender, subject) VALUES ('s53', repeat('ü', 31));
ROLLBACK;
\c -
INSERT INTO desk (sender) VALUES ('s54');
SELECT * FROM ways();

-- Partitions: another table in the place of ours, ours in another table.
BEGIN;
ALTER TABLE user360.event RENAME TO event_before;
CREATE TABLE user360.event (LIKE user360.event_before INCLUDING ALL) PARTITION BY LIST (bot);
CREATE TABLE user360.event_stored PARTITION OF user360.event FOR VALUES IN ('stored');
INSERT INTO desk (sender) VALUES ('s55');
SELECT name FROM user360.event_stored ORDER BY name;
SELECT * FROM ways();
ROLLBACK;
INSERT INTO desk (sender) VALUES ('s56');
SELECT * FROM ways();
CREATE TABLE parent (LIKE user360.sender) PARTITION BY LIST ((channel = 'wa'));
ALTER TABLE parent ATTACH PARTITION user360.sender FOR VALUES IN (false);
SELECT user360.identify('stored', 'wa', '919000500000');
SELECT * FROM ways();
\c -
SELECT user360.identify('stored', 'wa', '919000500000');
ALTER TABLE parent DETACH PARTITION user360.sender;
SELECT outcome FROM user360.identify('stored', 'wa', '919000500000');
SELECT * FROM ways();

-- Indexes that are no B-trees, not ready, or unique beside the key; one whose
-- name the key had.
CREATE INDEX stored_brin ON user360.event USING brin (at);
CREATE INDEX stored_gin ON user360.profile USING gin (custom);
CREATE INDEX stored_hash ON user360.ticket USING hash (profile_id);
CREATE UNIQUE INDEX stored_unique ON user360.sender (bot, channel, sender);
INSERT INTO desk (sender) VALUES ('s60');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender) VALUES ('s61');
SET enable_seqscan = off;
SELECT count(*) FROM user360.event WHERE at > now() - interval '1 day' AND profile_id IN (SELECT profile_id FROM user360.sender WHERE sender ~ '^s6');
RESET enable_seqscan;
DROP INDEX user360.stored_brin, user360.stored_gin, user360.stored_hash, user360.stored_unique;
INSERT INTO desk (sender) VALUES ('s62');
SELECT * FROM ways();
CREATE UNIQUE INDEX CONCURRENTLY stored_unready ON user360.event (bot);
INSERT INTO desk (sender) VALUES ('s63');
SELECT * FROM ways();
DROP INDEX CONCURRENTLY user360.stored_unready;
INSERT INTO desk (sender) VALUES ('s64');
SELECT * FROM ways();
ALTER INDEX user360.ticket_pkey RENAME TO stored_pkey;
\c -
INSERT INTO desk (sender) VALUES ('s65');
SELECT * FROM ways();
ALTER INDEX user360.stored_pkey RENAME TO ticket_pkey;
REINDEX TABLE CONCURRENTLY user360.ticket;
INSERT INTO desk (sender) VALUES ('s66');
SELECT * FROM ways();

-- Constraints: one that excludes, one that is looked at when the transaction ends.
ALTER TABLE user360.ticket ADD CONSTRAINT stored_exclude EXCLUDE USING btree (subject WITH =);
INSERT INTO desk (sender, subject) VALUES ('s70', 'only one');
INSERT INTO desk (sender, subject) VALUES ('s70', 'only one');
\c -
INSERT INTO desk (sender, subject) VALUES ('s70', 'only one');
SELECT * FROM ways();
ALTER TABLE user360.ticket DROP CONSTRAINT stored_exclude;
INSERT INTO desk (sender, subject) VALUES ('s70', 'only one');
DELETE FROM desk WHERE subject = 'only one';
ALTER TABLE user360.ticket ADD CONSTRAINT stored_deferred UNIQUE (profile_id, subject) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO desk (sender, subject) VALUES ('s71', 'once');
BEGIN;
INSERT INTO desk (sender, subject) VALUES ('s71', 'once');
COMMIT;
\c -
BEGIN;
INSERT INTO desk (sender, subject) VALUES ('s71', 'once');
DELETE FROM desk WHERE subject = 'once' AND id < (SELECT max(id) FROM desk);
COMMIT;
SELECT * FROM ways();
ALTER TABLE user360.ticket DROP CONSTRAINT stored_deferred;
INSERT INTO desk (sender, subject) VALUES ('s71', 'once');
SELECT * FROM ways();

-- Functions of the owner's in an index: replaced, failing and mended.
CREATE FUNCTION folded(value text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(value)';
CREATE FUNCTION judged(value text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN value; END$$;
CREATE INDEX stored_folded ON user360.sender (folded(sender));
CREATE INDEX stored_judged ON user360.ticket (judged(subject)) WHERE judged(subject) IS NOT NULL;
INSERT INTO desk (sender, subject) VALUES ('S80', 'eighty');
SELECT * FROM ways();
CREATE OR REPLACE FUNCTION folded(value text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT (1 / (char_length(value) - char_length(value)))::text';
CREATE OR REPLACE FUNCTION judged(value text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE 'judged %', value; END$$;
INSERT INTO desk (sender, subject) VALUES ('S80', 'eighty-one');
\c -
SELECT outcome FROM user360.identify('stored', 'web', 'S81');
INSERT INTO desk (sender, subject) VALUES ('S80', 'eighty-one');
CREATE OR REPLACE FUNCTION folded(value text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(value)';
CREATE OR REPLACE FUNCTION judged(value text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN 'judged ' || value; END$$;
REINDEX INDEX user360.stored_folded;
REINDEX INDEX user360.stored_judged;
INSERT INTO desk (sender, subject) VALUES ('s81', 'eighty-one');
SET enable_seqscan = off;
SELECT sender FROM user360.sender WHERE folded(sender) = 'S81';
SELECT subject FROM user360.ticket WHERE judged(subject) = 'judged eighty-one';
RESET enable_seqscan;
DROP INDEX user360.stored_folded, user360.stored_judged;
INSERT INTO desk (sender) VALUES ('s82');
SELECT * FROM ways();

-- An index with a function that captures customers of its own.
CREATE FUNCTION captures(name text, channel text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF name = 'USER_CREATE' AND channel = 'web' THEN
		PERFORM user360.identify('stored', 'wa', '9190005001' || 10 + (SELECT count(*) FROM user360.sender AS s WHERE s.channel = 'wa'));
	END IF;
	RETURN name;
END
$$;
INSERT INTO desk (sender) VALUES ('s90');
CREATE INDEX stored_captures ON user360.event (captures(name, channel)) WHERE payload @? '$.newPayload.city';
SELECT outcome FROM user360.identify('stored', 'web', 's91', '{"city": "Pune"}');
SELECT * FROM ways();
\c -
SELECT outcome FROM user360.identify('stored', 'web', 's92', '{"city": "Pune"}');
SELECT sender FROM user360.sender WHERE sender ~ '^9190005001' ORDER BY sender;
DROP INDEX user360.stored_captures;
INSERT INTO desk (sender) VALUES ('s93');
SELECT * FROM ways();

-- Types, operators and operator classes of the owner's: a domain that gets
-- stricter.
CREATE DOMAIN word AS text CHECK (value <> '');
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE OPERATOR CLASS stored_ops FOR TYPE uuid USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 uuid_cmp(uuid, uuid);
CREATE INDEX stored_word ON user360.event ((source::word));
ALTER TABLE user360.profile ADD CONSTRAINT stored_operator CHECK (NOT bot === 'another');
CREATE INDEX stored_ops ON user360.ticket (profile_id stored_ops);
INSERT INTO desk (sender) VALUES ('s100');
SELECT * FROM ways();
ALTER DOMAIN word ADD CHECK (value <> 'public.desk') NOT VALID;
INSERT INTO desk (sender) VALUES ('s101');
\c -
INSERT INTO desk (sender) VALUES ('s101');
SELECT * FROM ways();
DROP INDEX user360.stored_word, user360.stored_ops;
ALTER TABLE user360.profile DROP CONSTRAINT stored_operator;
INSERT INTO desk (sender) VALUES ('s102');
SELECT * FROM ways();

-- A CHECK that looks for what the same call has stored before.
CREATE FUNCTION has_profile(of_bot text, of_profile uuid) RETURNS boolean STABLE LANGUAGE sql AS
	'SELECT EXISTS (SELECT FROM user360.profile WHERE bot = of_bot AND profile_id = of_profile)';
ALTER TABLE user360.event ADD CONSTRAINT stored_look CHECK (has_profile(bot, profile_id));
ALTER TABLE user360.ticket ADD CONSTRAINT stored_look CHECK (has_profile(bot, profile_id));
INSERT INTO desk (sender) VALUES ('s110');
SELECT * FROM ways();
\c -
INSERT INTO desk (sender) VALUES ('s111');
ALTER TABLE user360.event DROP CONSTRAINT stored_look;
ALTER TABLE user360.ticket DROP CONSTRAINT stored_look;
INSERT INTO desk (sender) VALUES ('s112');
SELECT * FROM ways();

-- Changes of rows, and an import's rows, by the statement: a merge, a switch, an
-- update, and a trigger that captures while rows of the same table are stored.
CREATE TRIGGER see BEFORE INSERT OR UPDATE ON user360.profile FOR EACH ROW EXECUTE FUNCTION see();
CREATE TRIGGER see BEFORE INSERT OR UPDATE ON user360.sender FOR EACH ROW EXECUTE FUNCTION see();
CREATE TRIGGER see BEFORE INSERT OR UPDATE ON user360.merge FOR EACH ROW EXECUTE FUNCTION see();
CREATE FUNCTION capture_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() = 1 THEN
		PERFORM user360.identify('stored', 'web', 'seen ' || (SELECT userid FROM user360.profile AS p WHERE p.profile_id = NEW.profile_id), '{"city": "Goa"}');
	END IF;
	RETURN NULL;
END
$$;
TRUNCATE seen;
SELECT outcome FROM user360.identify('stored', 'web', 's120', '{"email": "s120@example.com"}');
SELECT outcome FROM user360.identify('stored', 'wa', 's120', '{"firstName": "Asha"}');
SELECT outcome FROM user360.identify('stored', 'wa', 's120', '{"email": "s120@example.com"}');
SELECT outcome FROM user360.identify('stored', 'web', 's121', '{"email": "s121@example.com"}');
SELECT outcome FROM user360.identify('stored', 'web', 's121', '{"email": "s120@example.com", "city": "Pune"}');
SELECT what, count(*) FROM seen GROUP BY what ORDER BY what;
DROP TRIGGER see ON user360.profile;
DROP TRIGGER see ON user360.sender;
DROP TRIGGER see ON user360.merge;
CREATE TRIGGER capture_too AFTER INSERT ON user360.event FOR EACH ROW EXECUTE FUNCTION capture_too();
CREATE TABLE lines (email text);
INSERT INTO lines VALUES ('s122@example.com'), ('s123@example.com');
CALL user360.import_users('stored', 'lines', 'email', tags => '{}') \gset import_
SELECT :import_new AS new;
DROP TRIGGER capture_too ON user360.event;
SELECT p.userid, p.city, n.sender FROM user360.profile AS p LEFT JOIN user360.sender AS n ON n.profile_id = p.profile_id
WHERE p.userid LIKE 's12%' OR n.sender LIKE 'seen%' ORDER BY p.userid, n.sender;

-- A column that takes less than it did: the statement tells it.
ALTER TABLE user360.profile ALTER COLUMN city TYPE varchar(4);
SELECT outcome FROM user360.identify('stored', 'web', 's120', '{"city": "Mumbai"}');
SELECT outcome FROM user360.identify('stored', 'web', 's120', '{"city": "Pune"}');
ALTER TABLE user360.profile ALTER COLUMN city TYPE varchar(255);

-- A publication whose rows could not be told apart refuses updates, these too.
SET client_min_messages = error;
CREATE PUBLICATION identified FOR TABLE user360.profile WHERE (userid IS NOT NULL);
RESET client_min_messages;
SELECT outcome FROM user360.identify('stored', 'web', 's112', '{"firstName": "Asha"}');
DROP PUBLICATION identified;
SELECT outcome FROM user360.identify('stored', 'web', 's112', '{"firstName": "Asha"}');

-- Nothing was lost on the way: a ticket and a customer for each row.
SELECT (SELECT count(*) FROM desk) AS rows, (SELECT count(*) FROM user360.ticket) AS tickets,
	(SELECT count(*) FROM user360.sender) AS senders, (SELECT count(*) FROM user360.profile) AS profiles;
SELECT * FROM user360.verify('stored');

-- More columns than can be looked at.
DO $$
BEGIN
	FOR i IN 1..60 LOOP
		EXECUTE 'ALTER TABLE user360.sender ADD COLUMN own_' || i || ' int';
	END LOOP;
END
$$;
SELECT user360.identify('stored', 'web', 's130');
\c :regression
DROP DATABASE regress_user360_stored;
