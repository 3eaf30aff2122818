-- What reading a timeline costs by the length of the history, in one session;
-- medians of interleaved runs.  Two customers of 51 profiles each: one keeps a
-- short history, the other's grows to :history events; before it does, it is as
-- short as the first, which compares the same members with themselves.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user360;
SELECT user360.create_bot('bench', 'email', '{web}') \gset
CREATE TABLE run (what text, customer text, events bigint, microseconds float8);

-- A customer with 50 members
CREATE FUNCTION crowd(name text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	survivor uuid := (user360.identify('bench', 'web', name, jsonb_build_object('email', name || '@example.com'))).profile_id;
BEGIN
	FOR i IN 1..50 LOOP
		PERFORM user360.identify('bench', 'web', name || ' ' || i, '{"city": "Pune"}');
		PERFORM user360.identify('bench', 'web', name || ' ' || i, jsonb_build_object('email', name || '@example.com'));
	END LOOP;
	RETURN survivor;
END
$$;

-- So many more events, a second apart, of each member in turn; every other
-- round of them is tracked.
CREATE PROCEDURE give_events(survivor uuid, first bigint, last bigint) LANGUAGE sql AS $$
	WITH member AS (SELECT p.profile_id, row_number() OVER (ORDER BY p.profile_id) - 1 AS no, count(*) OVER () AS members
		FROM user360.profile AS p WHERE p.bot = 'bench' AND coalesce(p.merged_into, p.profile_id) = survivor)
	INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name, channel, payload)
	SELECT 'bench', m.profile_id, gen_random_uuid(), '2026-01-01'::timestamptz + i * interval '1 second', (i / m.members) % 2 = 0,
		CASE WHEN (i / m.members) % 2 = 0 THEN 'page_seen' ELSE 'TICKET_UPDATE' END, 'web', '{"ticket": "1", "status": "open"}'
	FROM generate_series(first, last) AS i JOIN member AS m ON m.no = i % m.members;
$$;

SELECT crowd('short') AS short, crowd('long') AS long \gset
DELETE FROM user360.event WHERE bot = 'bench' AND name <> 'USER_CREATE';
CALL give_events(:'short', 1, 1000);
CALL give_events(:'long', 1, 1000);
VACUUM ANALYZE;

CREATE PROCEDURE read_in_turns(short uuid, long uuid, history bigint, rounds int) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	customer uuid;
	events bigint;
BEGIN
	FOR round IN 1..rounds LOOP
		FOREACH customer IN ARRAY ARRAY[short, long] LOOP
			events := CASE customer WHEN short THEN 1000 ELSE history END;
			began := clock_timestamp();
			PERFORM count(*) FROM user360.recent_activity('bench', customer);
			INSERT INTO run VALUES ('recent_activity', CASE customer WHEN short THEN 'short' ELSE 'long' END, events, extract(epoch FROM clock_timestamp() - began) * 1e6);
			began := clock_timestamp();
			PERFORM count(*) FROM user360.all_activity('bench', customer);
			INSERT INTO run VALUES ('all_activity', CASE customer WHEN short THEN 'short' ELSE 'long' END, events, extract(epoch FROM clock_timestamp() - began) * 1e6);
		END LOOP;
		COMMIT;
	END LOOP;
END
$$;
CALL read_in_turns(:'short', :'long', 1000, 101);
DELETE FROM run WHERE customer = 'short';
CALL give_events(:'long', 1001, :history);
VACUUM ANALYZE;
CHECKPOINT;
CALL read_in_turns(:'short', :'long', :history, 301);

-- Buffers of one call each, in a session whose plans are made.
CREATE FUNCTION buffers(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM ' || call INTO plan;
	RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
END
$$;
\echo 'Buffers of 20 rows; the limit is 10 a profile and 3 a row'
SELECT c.what, c.customer, buffers(format('user360.%I(%L, %L)', c.what, 'bench', c.id)), 51 * 10 + 20 * 3 AS "limit"
FROM (VALUES ('recent_activity', 'short', :'short'::uuid), ('recent_activity', 'long', :'long'), ('all_activity', 'short', :'short'), ('all_activity', 'long', :'long')) AS c(what, customer, id);

\echo 'Microseconds for 20 rows of 51 profiles, medians'
WITH median AS (SELECT what, customer, events, percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) AS m FROM run GROUP BY what, customer, events)
SELECT l.what, s.customer || ' ' || s.events AS than, round(s.m::numeric) AS small, l.events AS "big size", round(l.m::numeric) AS big, round((l.m / s.m)::numeric, 2) AS ratio, 1.3 AS "limit",
	CASE WHEN l.m / s.m <= 1.3 THEN 'met' ELSE 'missed' END AS verdict, CASE WHEN l.m <= 3000 THEN 'met' ELSE 'missed' END AS "3 ms"
FROM median AS l JOIN median AS s ON s.what = l.what AND s.events = 1000 WHERE l.events = :history ORDER BY 1, 2;
