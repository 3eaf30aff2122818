-- The type email: input, casts, comparison, indexes, binary format.
SET client_min_messages = warning;
\set SHOW_CONTEXT never

-- Any spelling comes to the canonical address; output and input are inverse.
SELECT encode(convert_to(left(v.value, 40), 'UTF8'), 'escape') AS value, left(encode(user360.email_send(v.value::user360.email), 'escape'), 40) AS email,
	v.value::user360.email::text = user360.normalize_email(v.value) AS as_normalized, v.value::user360.email::text::user360.email = v.value::user360.email AS again
FROM unnest(ARRAY['asha@example.com', '  Asha.Rao@Example.COM ', E'\tasha@example.com ', 'asha+shop@EXAMPLE.com', 'O''Brien@sub.example.co.in', U&'asha@b\00FCcher.example', U&'\00C4RGER@example.com',
	repeat('a', 64) || '@' || repeat('b.', 91) || 'example']) WITH ORDINALITY AS v(value, n) ORDER BY v.n;
SELECT 'A@B.example'::user360.email, user360.email '  a@b.example', CAST('a@b.example' AS user360.email), NULL::user360.email IS NULL AS null_stays;

-- Refused by the text form and by the cast, with the message and the reason of normalize_email().
SELECT encode(convert_to(left(v.value, 40), 'UTF8'), 'escape') AS value, i.code, i.detail, i = n AS as_normalized, i = c AS by_cast
FROM unnest(ARRAY['', ' ', 'asha', 'asha@', '@example.com', 'asha@localhost', 'asha@example.com.', 'asha@home@example.com', 'asha rao@example.com', '"asha rao"@example.com', 'asha@[127.0.0.1]', '.asha@example.com',
	U&'asha\200B@example.com', U&'\212Airan@example.com', 'asha@example.com, ravi@example.com', 'mailto:asha@example.com', repeat('a', 65) || '@example.com', repeat('a', 60) || '@' || repeat('b.', 94) || 'example', repeat('a', 100000)])
	WITH ORDINALITY AS v(value, place), attempt(format('SELECT %L::user360.email', v.value)) AS i, attempt(format('SELECT %L::text::user360.email', v.value)) AS c, attempt(format('SELECT user360.normalize_email(%L)', v.value)) AS n ORDER BY v.place;

-- Casts: from text and varchar by assignment, to text by assignment.  None is
-- implicit, so that a comparison with a text is an error and no silent miss.
CREATE TABLE type_email (id int, email user360.email, note text);
INSERT INTO type_email SELECT 1, ' Asha@Example.com '::text, 'text';
INSERT INTO type_email SELECT 2, 'RAVI@example.com'::varchar, 'varchar';
INSERT INTO type_email SELECT 3, 'mina@EXAMPLE.com'::char(30)::user360.email, 'char';
INSERT INTO type_email (id, note) SELECT 4, email FROM type_email WHERE id = 1;
SELECT * FROM type_email ORDER BY id;
SELECT c.castsource::regtype AS source, c.casttarget::regtype AS target, c.castcontext AS context, c.castmethod AS method FROM pg_cast AS c
WHERE 'user360.email'::regtype IN (c.castsource, c.casttarget) ORDER BY 1, 2;
SELECT a.code, a.message FROM unnest(ARRAY['INSERT INTO type_email VALUES (5, ''nobody'')', 'INSERT INTO type_email SELECT 5, ''nobody''::text', 'SELECT count(*) FROM type_email WHERE email = ''ASHA@example.com''::text',
	'SELECT count(*) FROM type_email WHERE email = 5']) WITH ORDINALITY AS q(command, n), attempt(q.command) AS a ORDER BY q.n;
SELECT id FROM type_email WHERE email = 'ASHA@example.com';
SELECT id FROM type_email WHERE email::text LIKE 'asha@%';

-- Its parts.
SELECT email, user360.local_part(email), user360.domain(email), user360.local_part(email) || '@' || user360.domain(email) = email::text AS whole FROM type_email WHERE email IS NOT NULL ORDER BY id;
SELECT user360.domain(U&'asha@B\00DCcher.example'), user360.local_part('A.b+c@d.example'), user360.domain(NULL) IS NULL AND user360.local_part(NULL) IS NULL AS null_for_null;

-- Operators, whatever the search_path: addresses that begin alike, that differ
-- in length, and that other collations would order otherwise.
CREATE TABLE type_email_order AS SELECT v.address::user360.email AS email FROM unnest(ARRAY['a@b.example', 'a@b.example.com', 'a-b@b.example', 'a.b@b.example', 'a_b@b.example', 'ab@b.example', 'a1@b.example', 'a@bb.example', 'a@b-b.example', '1@b.example',
	'~@b.example', '{@b.example', 'z@b.example', 'aaaaaaaaaaaaaaaa@b.example', 'aaaaaaaaaaaaaaab@b.example', U&'\00E4@b.example', U&'\0430@b.example', U&'\7528\6237@b.example', U&'\+01F600@b.example', U&'a\00E4@b.example']) AS v(address);
SET search_path = pg_catalog;
SELECT count(*) AS pairs, count(*) FILTER (WHERE
	(a.email < b.email) = (a.email::text COLLATE "C" < b.email::text) AND (a.email <= b.email) = (a.email::text COLLATE "C" <= b.email::text) AND
	(a.email = b.email) = (a.email::text = b.email::text) AND (a.email <> b.email) = (a.email::text <> b.email::text) AND
	(a.email >= b.email) = (a.email::text COLLATE "C" >= b.email::text) AND (a.email > b.email) = (a.email::text COLLATE "C" > b.email::text) AND
	sign(user360.email_cmp(a.email, b.email)) = sign(btarraycmp(ARRAY[a.email::text COLLATE "C"], ARRAY[b.email::text])) AND
	(a.email IS DISTINCT FROM b.email) = (a.email::text <> b.email::text) AND (NULLIF(a.email, b.email) IS NULL) = (a.email::text = b.email::text) AND
	(user360.email_hash(a.email) = user360.email_hash(b.email)) = (a.email::text = b.email::text) AND
	(user360.email_hash_extended(a.email, 7) = user360.email_hash_extended(b.email, 7)) = (a.email::text = b.email::text)) AS as_text
FROM public.type_email_order AS a, public.type_email_order AS b;
RESET search_path;
SELECT bool_and(user360.email_hash_extended(email, 0) & 4294967295 = user360.email_hash(email)::bigint & 4294967295) AS low_half_is_hash, bool_or(user360.email_hash_extended(email, 0) <> user360.email_hash_extended(email, 1)) AS seeded FROM type_email_order;
SELECT encode(user360.email_send(email), 'escape') AS email FROM type_email_order ORDER BY type_email_order.email;
SELECT a.amname, c.opcname, c.opcdefault, amvalidate(c.oid) FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod WHERE c.opcintype = 'user360.email'::regtype ORDER BY 1;

-- Sorts of many are the text's: addresses whose first bytes tell them apart
-- and others whose don't, which is where sorting gives up abbreviated keys.
CREATE TABLE type_email_many AS SELECT n, (md5((n % 4000)::text) || '@' || chr(97 + n % 4) || '.example')::user360.email AS email FROM generate_series(1, 5000) AS n;
INSERT INTO type_email_many SELECT n, ('customer.' || n || '@example.com')::user360.email FROM generate_series(5001, 8000) AS n;
SELECT array_agg(email::text ORDER BY email, n) = array_agg(email::text ORDER BY email::text COLLATE "C", n) AS as_text, count(DISTINCT email) = count(DISTINCT email::text) AS distinct_as_text FROM type_email_many;

-- An index serves =, IN, ranges and ORDER BY.
CREATE INDEX type_email_many_btree ON type_email_many (email);
ANALYZE type_email_many;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM type_email_many WHERE email = 'CUSTOMER.5432@example.com';
SELECT n FROM type_email_many WHERE email = 'CUSTOMER.5432@example.com';
EXPLAIN (COSTS OFF) SELECT n FROM type_email_many WHERE email IN ('customer.5001@example.com', 'customer.5002@example.com');
SELECT n FROM type_email_many WHERE email IN ('customer.5001@example.com', 'customer.5002@example.com') ORDER BY n;
EXPLAIN (COSTS OFF) SELECT n FROM type_email_many WHERE email > 'customer.5432@example.com' AND email <= 'customer.5440@example.com' ORDER BY email;
SELECT n FROM type_email_many WHERE email > 'customer.5432@example.com' AND email <= 'customer.5440@example.com' ORDER BY email;
EXPLAIN (COSTS OFF) SELECT email FROM type_email_many ORDER BY email DESC LIMIT 2;
SELECT email FROM type_email_many ORDER BY email DESC LIMIT 2;
SELECT count(*) = (SELECT count(*) FROM type_email_many WHERE email::text COLLATE "C" >= '8@example.com' AND email::text COLLATE "C" < 'c@example.com') AS as_text FROM type_email_many WHERE email >= '8@example.com' AND email < 'c@example.com';
DROP INDEX type_email_many_btree;
CREATE INDEX type_email_many_hash ON type_email_many USING hash (email);
EXPLAIN (COSTS OFF) SELECT n FROM type_email_many WHERE email = 'customer.5432@example.com';
SELECT n FROM type_email_many WHERE email = 'customer.5432@example.com';
DROP INDEX type_email_many_hash;
RESET enable_bitmapscan;
CREATE TABLE type_email_key (email user360.email PRIMARY KEY);
INSERT INTO type_email_key VALUES ('asha@example.com');
SELECT a.code, a.message, a.detail FROM attempt('INSERT INTO type_email_key VALUES (''ASHA@Example.com'')') AS a;
INSERT INTO type_email_key VALUES ('Asha@example.com'), ('mina@example.com') ON CONFLICT (email) DO NOTHING;
CREATE TABLE type_email_reference (email user360.email REFERENCES type_email_key);
INSERT INTO type_email_reference VALUES ('MINA@example.com');
SELECT a.code FROM attempt('INSERT INTO type_email_reference VALUES (''nobody@example.com'')') AS a;
SELECT * FROM type_email_key JOIN type_email_reference USING (email);

-- Hash and merge joins, hash aggregates.
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM type_email_many AS a JOIN type_email_many AS b ON a.email = b.email;
SELECT count(*) FROM type_email_many AS a JOIN type_email_many AS b ON a.email = b.email;
RESET enable_mergejoin;
SET enable_hashjoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM type_email_many AS a JOIN type_email_many AS b ON a.email = b.email;
SELECT count(*) FROM type_email_many AS a JOIN type_email_many AS b ON a.email = b.email;
RESET enable_hashjoin;
RESET enable_nestloop;
SELECT count(*) AS by_text FROM type_email_many AS a JOIN type_email_many AS b ON a.email::text = b.email::text;
EXPLAIN (COSTS OFF) SELECT email, count(*) FROM type_email_many GROUP BY email;
SELECT count(*), sum(c) FROM (SELECT email, count(*) AS c FROM type_email_many GROUP BY email) AS g;

-- Partitions by hash find their rows.
CREATE TABLE type_email_part (email user360.email) PARTITION BY HASH (email);
CREATE TABLE type_email_part0 PARTITION OF type_email_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE type_email_part1 PARTITION OF type_email_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO type_email_part SELECT email FROM type_email_order;
SELECT count(*) AS found FROM type_email_order AS o WHERE EXISTS (SELECT FROM type_email_part AS p WHERE p.email = o.email);

-- The binary format is the text; input of it is as strict, and normalises too.
\copy type_email_many TO 'results/type_email.binary' (FORMAT binary)
CREATE TABLE type_email_copy (n int, email user360.email);
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE a.email = b.email AND a.email::text = b.email::text) AS same FROM type_email_many AS a JOIN type_email_copy AS b USING (n);
SELECT user360.email_send('Asha@example.com') = convert_to('asha@example.com', 'UTF8') AS sent_as_text;
TRUNCATE type_email_copy;
\copy (SELECT 1, ' Asha@EXAMPLE.com '::text) TO 'results/type_email.binary' (FORMAT binary)
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
\copy (SELECT 2, 'asha@localhost'::text) TO 'results/type_email.binary' (FORMAT binary)
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
\copy (SELECT 3, '\x61736861ff406578616d706c652e636f6d'::bytea) TO 'results/type_email.binary' (FORMAT binary)
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
\copy (SELECT 4, '\x6173686100406578616d706c652e636f6d'::bytea) TO 'results/type_email.binary' (FORMAT binary)
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
\copy (SELECT 5, ''::text) TO 'results/type_email.binary' (FORMAT binary)
\copy type_email_copy FROM 'results/type_email.binary' (FORMAT binary)
SELECT * FROM type_email_copy;
\copy type_email_key TO 'results/type_email.text'
CREATE TABLE type_email_text (email user360.email);
\copy type_email_text FROM 'results/type_email.text'
SELECT * FROM type_email_text ORDER BY email;

-- Values that a wide row compressed or moved out of line compare like others.
CREATE TABLE type_email_wide (email user360.email, filler text);
ALTER TABLE type_email_wide ALTER email SET STORAGE external, ALTER filler SET STORAGE plain;
INSERT INTO type_email_wide SELECT repeat('a', 60) || '@' || repeat('b.', 90) || n || '.example', repeat('x', 7800) FROM generate_series(1, 9) AS n;
SELECT count(*) FILTER (WHERE pg_column_size(email) > 0) AS rows, pg_relation_size(reltoastrelid) > 0 AS out_of_line FROM type_email_wide, pg_class WHERE oid = 'type_email_wide'::regclass GROUP BY reltoastrelid;
SELECT right(email::text, 9), user360.local_part(email) = repeat('a', 60) AS local_part, length(user360.domain(email)) FROM type_email_wide ORDER BY email DESC LIMIT 2;
SELECT count(*) FROM type_email_wide AS a JOIN type_email_wide AS b ON a.email = b.email;
CREATE INDEX ON type_email_wide (email);
SELECT count(*) FROM type_email_wide WHERE email = (repeat('a', 60) || '@' || repeat('b.', 90) || '5.example')::user360.email;

-- Soft errors, from version 16 on: the same answers, and nothing raised.
SELECT current_setting('server_version_num')::int >= 160000 AS soft \gset
\set soft_answers '(t,f,f)'
\set soft_error 'U3008: value "asha@localhost" is not an e-mail address (Reason: the domain has no dot.)'
\if :soft
SELECT (pg_input_is_valid('Asha@example.com', 'user360.email'), pg_input_is_valid('asha@localhost', 'user360.email'), pg_input_is_valid('', 'user360.email')) AS soft_answers \gset
SELECT format('%s: %s (%s)', sql_error_code, message, detail) AS soft_error FROM pg_input_error_info('asha@localhost', 'user360.email') \gset
\endif
SELECT :'soft_answers' AS answers, :'soft_error' = (SELECT format('%s: %s (%s)', code, message, detail) FROM attempt('SELECT ''asha@localhost''::user360.email')) AS as_raised;

-- What the functions promise, and that everything has a comment.
SELECT count(*) AS functions, bool_and(p.provolatile = 'i' AND p.proisstrict AND p.proparallel = 's') AS pure, bool_and(has_function_privilege('public', p.oid, 'EXECUTE')) AS open, bool_and(obj_description(p.oid, 'pg_proc') IS NOT NULL) AS described
FROM pg_proc AS p WHERE p.pronamespace = 'user360'::regnamespace AND (p.proname LIKE 'email\_%' OR 'user360.email'::regtype = ANY (p.proargtypes));
SELECT o.oid::regoperator AS operator, o.oprcom::regoperator AS commutator, o.oprnegate::regoperator AS negator, o.oprcanmerge AS merges, o.oprcanhash AS hashes, obj_description(o.oid, 'pg_operator') AS comment
FROM pg_operator AS o WHERE o.oprleft = 'user360.email'::regtype ORDER BY o.oprname COLLATE "C";
SELECT count(*) AS without_comment FROM (SELECT obj_description(oid, 'pg_cast') FROM pg_cast WHERE 'user360.email'::regtype IN (castsource, casttarget)
	UNION ALL SELECT obj_description(oid, 'pg_opclass') FROM pg_opclass WHERE opcintype = 'user360.email'::regtype UNION ALL SELECT obj_description('user360.email'::regtype, 'pg_type')) AS d(description) WHERE description IS NULL;

DROP TABLE type_email, type_email_order, type_email_many, type_email_reference, type_email_key, type_email_part, type_email_copy, type_email_text, type_email_wide;
