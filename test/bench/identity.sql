-- What merging, undoing and reading cost by size, in one session; medians of
-- interleaved runs.  :history is how many events and tickets the big one has.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user360;
SELECT user360.create_bot('bench', 'email', '{web,wa}') \gset
CREATE TABLE run (what text, size bigint, microseconds float8);

CREATE FUNCTION customer(sender text, email text DEFAULT NULL) RETURNS uuid LANGUAGE sql AS $$
	SELECT i.profile_id FROM user360.identify('bench', 'web', sender, jsonb_build_object('firstName', 'Asha',
		'city', 'Pune', 'tags', jsonb_build_array(left(sender, 3))) || CASE WHEN email IS NULL THEN '{}' ELSE jsonb_build_object('email', email) END) AS i
$$;

-- profile_id with that many tickets and events
CREATE PROCEDURE give_history(profile uuid, history bigint) LANGUAGE sql AS $$
	INSERT INTO user360.event (bot, profile_id, event_id, at, name, channel, payload)
	SELECT 'bench', profile, gen_random_uuid(), '2026-01-01'::timestamptz + i * interval '1 second', 'TICKET_OPEN', 'web', '{}' FROM generate_series(1, history) AS i;
	INSERT INTO user360.ticket (bot, source, ticket, profile_id, opened_at, channel, status)
	SELECT 'bench', 'public.t', profile || '/' || i, profile, '2026-01-01'::timestamptz + i * interval '1 second', 'web', 'open' FROM generate_series(1, history) AS i;
$$;

SELECT customer('few') AS few, customer('many') AS many, customer('target', 'target@example.com') AS target \gset
CALL give_history(:'few', 10);
CALL give_history(:'many', :history);
VACUUM ANALYZE;

-- Merges and unmerges of both, in turns, each a transaction.
CREATE PROCEDURE merge_in_turns(few uuid, many uuid, target uuid, history bigint, rounds int) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	id uuid;
	source uuid;
BEGIN
	FOR round IN 1..rounds LOOP
		FOREACH source IN ARRAY ARRAY[few, many] LOOP
			began := clock_timestamp();
			id := (user360.merge_profiles('bench', source, target)).merge_id;
			INSERT INTO run VALUES ('merge', CASE source WHEN few THEN 10 ELSE history END, extract(epoch FROM clock_timestamp() - began) * 1e6);
			COMMIT;
			began := clock_timestamp();
			PERFORM user360.unmerge('bench', id);
			INSERT INTO run VALUES ('unmerge', CASE source WHEN few THEN 10 ELSE history END, extract(epoch FROM clock_timestamp() - began) * 1e6);
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;
CALL merge_in_turns(:'few', :'many', :'target', :history, 101);

-- One more member for a customer with 100, and a first one for another.
SELECT customer('crowd', 'crowd@example.com') AS crowd, customer('alone', 'alone@example.com') AS alone, customer('extra one') AS extra \gset
SELECT count(user360.merge_profiles('bench', customer('member ' || i), :'crowd')) FROM generate_series(1, 100) AS i \gset
VACUUM ANALYZE;
CREATE PROCEDURE join_in_turns(crowd uuid, alone uuid, extra uuid, rounds int) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	id uuid;
	target uuid;
BEGIN
	FOR round IN 1..rounds LOOP
		FOREACH target IN ARRAY ARRAY[alone, crowd] LOOP
			began := clock_timestamp();
			id := (user360.merge_profiles('bench', extra, target)).merge_id;
			INSERT INTO run VALUES ('merge into members', CASE target WHEN alone THEN 0 ELSE 100 END, extract(epoch FROM clock_timestamp() - began) * 1e6);
			COMMIT;
			began := clock_timestamp();
			PERFORM user360.unmerge('bench', id);
			INSERT INTO run VALUES ('unmerge of members', CASE target WHEN alone THEN 0 ELSE 100 END, extract(epoch FROM clock_timestamp() - began) * 1e6);
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;
CALL join_in_turns(:'crowd', :'alone', :'extra', 101);

-- Reading and recognising them: a hundred calls a run.
VACUUM ANALYZE;
CREATE PROCEDURE read_in_turns(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	who text;
BEGIN
	FOR round IN 1..rounds LOOP
		FOREACH who IN ARRAY ARRAY['alone', 'crowd'] LOOP
			began := clock_timestamp();
			FOR i IN 1..100 LOOP
				PERFORM user360.contact_card('bench', who || '@example.com');
			END LOOP;
			INSERT INTO run VALUES ('contact_card', CASE who WHEN 'alone' THEN 0 ELSE 100 END, extract(epoch FROM clock_timestamp() - began) * 1e4);
			began := clock_timestamp();
			FOR i IN 1..100 LOOP
				PERFORM user360.identify('bench', 'web', who, jsonb_build_object('email', who || '@example.com', 'firstName', 'Asha'));
			END LOOP;
			INSERT INTO run VALUES ('identify', CASE who WHEN 'alone' THEN 0 ELSE 100 END, extract(epoch FROM clock_timestamp() - began) * 1e4);
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;
CALL read_in_turns(101);

\echo 'Microseconds, medians; size: events and tickets, or members'
WITH median AS (SELECT what, size, percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) AS m FROM run GROUP BY what, size)
SELECT s.what, s.size AS "small size", round(s.m::numeric, 1) AS small, b.size AS "big size", round(b.m::numeric, 1) AS big,
	round((b.m / s.m)::numeric, 2) AS ratio, l.ratio AS "limit", CASE WHEN l.ratio IS NULL THEN '' WHEN b.m / s.m <= l.ratio THEN 'met' ELSE 'missed' END AS verdict
FROM median AS s JOIN median AS b ON b.what = s.what AND b.size > s.size
LEFT JOIN (VALUES ('merge', 1.2), ('contact_card', 1.2), ('identify', 1.2), ('merge into members', 5)) AS l(what, ratio) ON l.what = s.what
ORDER BY s.what;
