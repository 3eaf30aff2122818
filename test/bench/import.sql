-- The speed of import_users() beside what PostgreSQL does without it: a COPY
-- into a table with the columns and indexes of profile, and an INSERT with ON
-- CONFLICT DO UPDATE and an event each that checks nothing.
-- test/bench_import.sh gives the variables rows and file.
SET client_min_messages = warning;
\timing off
CREATE EXTENSION IF NOT EXISTS user360;
SELECT user360.create_bot('bench', 'email', '{web}', 'IN');
SELECT user360.define_property('bench', 'plan', 'string');
SELECT user360.define_property('bench', 'score', 'number');
CREATE UNLOGGED TABLE bench_source AS
SELECT 'user' || n || '@example.com' AS email, 'First ' || n AS "firstName", 'Last ' || n % 5000 AS "lastName",
	'+9190' || lpad((n % 100000000)::text, 8, '0') AS phone, (ARRAY['f', 'm', 'x'])[n % 3 + 1] AS gender, 'IN' AS country,
	'City ' || n % 300 AS city, 'en' AS language, 'Asia/Kolkata' AS timezone, (date '1950-01-01' + (n % 18000)::int)::text AS dob,
	(ARRAY['gold', 'silver'])[n % 2 + 1] AS plan, (n % 1000)::text AS score
FROM generate_series(1, :rows) AS n;
VACUUM ANALYZE bench_source;
CHECKPOINT;
\timing on
\echo import of :rows new
CALL user360.import_users('bench', 'bench_source', 'email');
\timing off
-- The same values by COPY, from a file with the very rows that came of it.
CREATE TABLE bench_copy (LIKE user360.profile INCLUDING INDEXES INCLUDING STORAGE);
COPY (SELECT * FROM user360.profile WHERE bot = 'bench') TO :'file';
CHECKPOINT;
\timing on
\echo COPY of :rows
COPY bench_copy FROM :'file';
\timing off
CREATE TABLE bench_event (LIKE user360.event INCLUDING INDEXES INCLUDING DEFAULTS);
UPDATE bench_source SET city = city || ' again';
VACUUM FULL bench_source;
VACUUM ANALYZE bench_copy, user360.profile, bench_source;
CHECKPOINT;
\timing on
\echo import of :rows existing
CALL user360.import_users('bench', 'bench_source', 'email');
\timing off
CHECKPOINT;
\timing on
\echo INSERT ON CONFLICT DO UPDATE of :rows, with events
WITH written AS (
	INSERT INTO bench_copy AS p (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid, first_name, last_name,
		phone, email, gender, country, city, language, timezone, dob, custom)
	SELECT 'bench', gen_random_uuid(), now(), now(), now(), now(), email, "firstName", "lastName", phone, email, gender, country, city,
		language, timezone, dob::date, jsonb_build_object('plan', plan, 'score', score::numeric) FROM bench_source
	ON CONFLICT (bot, userid) WHERE userid IS NOT NULL DO UPDATE SET updated_at = EXCLUDED.updated_at, first_name = EXCLUDED.first_name,
		last_name = EXCLUDED.last_name, phone = EXCLUDED.phone, gender = EXCLUDED.gender, country = EXCLUDED.country,
		city = EXCLUDED.city, language = EXCLUDED.language, timezone = EXCLUDED.timezone, dob = EXCLUDED.dob,
		custom = p.custom || EXCLUDED.custom
	RETURNING p.profile_id, p.city, p.updated_at)
INSERT INTO bench_event (bot, profile_id, event_id, at, name, actor, payload)
SELECT 'bench', profile_id, gen_random_uuid(), updated_at, 'USER_UPDATE', current_user, jsonb_build_object('newPayload', jsonb_build_object('city', city))
FROM written;
\timing off
CHECKPOINT;
\timing on
\echo import of :rows existing without news
CALL user360.import_users('bench', 'bench_source', 'email');
\timing off
SELECT 'memory of the backend: ' || pg_size_pretty(sum(total_bytes)) FROM pg_backend_memory_contexts;
