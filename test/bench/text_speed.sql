-- Times each function over its table, through SQL, in this one session: every
-- round runs all of them once, the medians of the rounds count.  Processor time,
-- since other processes take turns with this one.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE bench.work (
	work_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	values_of text NOT NULL,		-- the table
	role text NOT NULL,				-- count, copy, lower, ours, libphonenumber
	call text NOT NULL
);

INSERT INTO bench.work (values_of, role, call)
SELECT t.values_of, w.role, w.call
FROM (VALUES
	(1, 'email', 'user360.normalize_email(x)'),
	(2, 'identifier', 'user360.normalize_identifier(x)'),
	(3, 'phone_e164', 'user360.normalize_phone(x)'),
	(4, 'phone_national', 'user360.normalize_phone(x, region)'),
	(5, 'phone_international', 'user360.normalize_phone(x)'),
	(6, 'corpus_accepted', 'user360.normalize_phone(x, region)'),
	(7, 'corpus', 'user360.is_phone(x, region)')) AS t(place, values_of, ours)
CROSS JOIN LATERAL (VALUES
	(1, 'count', 'x', true),
	(2, 'copy', 'bench.copy_text(x)', true),
	(3, 'lower', 'lower(x)', t.place <= 2),
	(4, 'ours', t.ours, true),
	(5, 'libphonenumber', 'bench.libphonenumber_is_valid(x, region)', t.place > 2)) AS w(place, role, call, wanted)
WHERE w.wanted AND (w.role <> 'libphonenumber' OR to_regproc('bench.libphonenumber_is_valid') IS NOT NULL)
	AND (t.values_of NOT LIKE 'corpus%' OR EXISTS (SELECT FROM bench.corpus))
ORDER BY t.place, w.place;

CREATE TABLE bench.timing (work_id int, round int, ns numeric);

-- Round 0 fills the caches and is not written down.
DO $$
DECLARE
	item bench.work;
	started bigint;
	ended bigint;
	seen bigint;
	there bigint;
BEGIN
	FOR round IN 0 .. 5 LOOP
		FOR item IN SELECT * FROM bench.work ORDER BY work_id LOOP
			item.values_of := CASE item.role WHEN 'libphonenumber' THEN 'few_' ELSE '' END || item.values_of;
			EXECUTE format('SELECT count(*) FROM bench.%I', item.values_of) INTO there;
			started := bench.processor_time();
			EXECUTE format('SELECT count(%s) FROM bench.%I', item.call, item.values_of) INTO seen;
			ended := bench.processor_time();
			IF seen <> there THEN
				RAISE EXCEPTION '% gave % values for % rows of %', item.call, seen, there, item.values_of;
			END IF;
			IF round > 0 THEN
				INSERT INTO bench.timing VALUES (item.work_id, round, (ended - started)::numeric / there);
			END IF;
		END LOOP;
	END LOOP;
END $$;

CREATE VIEW bench.median AS
SELECT w.values_of, w.role, w.call, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.ns)::numeric AS ns
FROM bench.work AS w JOIN bench.timing AS t USING (work_id)
GROUP BY w.work_id;

CREATE VIEW bench.cost AS
SELECT o.values_of, o.call, c.ns AS count, p.ns AS copy, l.ns AS lower, o.ns AS ours, f.ns AS library,
	o.ns - c.ns AS above_count, o.ns - p.ns AS above_copy,
	(l.ns - c.ns) / nullif(o.ns - c.ns, 0) AS cheaper_than_lower,
	(f.ns - c.ns) / nullif(o.ns - c.ns, 0) AS cheaper_than_library
FROM bench.median AS o
JOIN bench.median AS c ON c.values_of = o.values_of AND c.role = 'count'
JOIN bench.median AS p ON p.values_of = o.values_of AND p.role = 'copy'
LEFT JOIN bench.median AS l ON l.values_of = o.values_of AND l.role = 'lower'
LEFT JOIN bench.median AS f ON f.values_of = o.values_of AND f.role = 'libphonenumber'
WHERE o.role = 'ours';

-- what the project asks of itself; nanoseconds a row, and times
CREATE TABLE bench.goal (
	place int PRIMARY KEY,
	values_of text,
	title text,
	above_copy numeric,
	above_count numeric,
	cheaper_than_lower numeric,
	cheaper_than_library numeric
);
INSERT INTO bench.goal VALUES
	(1, 'email', 'e-mail, ASCII', 20, NULL, 8, NULL),
	(2, 'identifier', 'identifier, ASCII', 20, NULL, NULL, NULL),
	(3, 'phone_e164', 'phone, E.164 already', NULL, 60, NULL, 100),
	(4, 'phone_national', 'phone, national', NULL, 60, NULL, 100),
	(5, 'phone_international', 'phone, international', NULL, 60, NULL, 100),
	(6, 'corpus_accepted', 'phone, 19 forms, accepted', NULL, 120, NULL, 90),
	(7, 'corpus', 'phone, 19 forms, all', NULL, 120, NULL, 90);

\pset footer off
\echo 'Nanoseconds of processor time a row, through SQL, in one session: medians of 5 interleaved runs'
SELECT g.title AS "values", split_part(c.call, '.', 2) AS call, round(c.count, 1) AS "count(x)",
	round(c.copy, 1) AS copy, round(c.lower, 1) AS "lower(x)", round(c.library) AS libphonenumber,
	round(c.ours, 1) AS ours
FROM bench.cost AS c JOIN bench.goal AS g USING (values_of)
ORDER BY g.place;

\echo 'Against the limits; "times cheaper" counts both above count(x)'
SELECT g.title AS "values", m.what, round(m.measured, 1) AS measured, m.wanted AS "limit",
	CASE WHEN m.is_met THEN 'met' ELSE 'missed' END AS verdict
FROM bench.cost AS c
JOIN bench.goal AS g USING (values_of)
CROSS JOIN LATERAL (VALUES
	(1, 'ns above a copy', c.above_copy, g.above_copy, c.above_copy <= g.above_copy),
	(2, 'ns above count(x)', c.above_count, g.above_count, c.above_count <= g.above_count),
	(3, 'times cheaper than lower(x)', c.cheaper_than_lower, g.cheaper_than_lower,
		c.cheaper_than_lower >= g.cheaper_than_lower),
	(4, 'times cheaper than libphonenumber', c.cheaper_than_library, g.cheaper_than_library,
		c.cheaper_than_library >= g.cheaper_than_library)) AS m(place, what, measured, wanted, is_met)
WHERE m.measured IS NOT NULL AND m.wanted IS NOT NULL
ORDER BY g.place, m.place;
