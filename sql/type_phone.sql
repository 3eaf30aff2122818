-- The type phone: input, casts, comparison, indexes, binary format.
SET client_min_messages = warning;
\set SHOW_CONTEXT never

-- Any spelling comes to E.164; output and input are inverse; 8 bytes, by value.
SELECT encode(convert_to(v.value, 'UTF8'), 'escape') AS value, v.value::user360.phone AS phone, v.value::user360.phone::text = user360.normalize_phone(v.value) AS as_normalized,
	v.value::user360.phone::text::user360.phone = v.value::user360.phone AS again, pg_column_size(v.value::user360.phone) AS bytes
FROM unnest(ARRAY['+919000500000', '+91 90005-00000', ' (+91) 90005.00000', U&'+91\200B90005\00A000000', U&'\FF0B91 90005 00000', U&'+\0669\0661\0669\0660\0660\0660\0665\0660\0660\0660\0660\0660', '+1 (201) 555-0123', '+39 06 6982', '+390669820000', '+8112345678901234567', '+44 20 7946 0958'])
	WITH ORDINALITY AS v(value, n) ORDER BY v.n;
SELECT '+91 90005 00000'::user360.phone, user360.phone '+919000500000', CAST('+919000500000' AS user360.phone), NULL::user360.phone IS NULL AS null_stays;
SELECT typlen, typbyval, typstorage, typcategory FROM pg_type WHERE oid = 'user360.phone'::regtype;

-- Refused by the text form and by the cast, with the message and the reason of
-- normalize_phone(), which knows no region here: the calling code must be there.
SELECT encode(convert_to(left(v.value, 40), 'UTF8'), 'escape') AS value, i.code, i.detail, i = n AS as_normalized, i = c AS by_cast
FROM unnest(ARRAY['', ' ', 'asha', '+', '9000500000', '09000500000', '919000500000', '00919000500000', '+91', '+91 1', '+999123456789', '+0919000500000', '+91900050000012345678', '+91 90005 00000 ext. 5', '+1 800 FLOWERS', '+91 90005 00000, +91 90005 00001',
	'+919000500000x', repeat('9', 100000), '+' || repeat('9', 20)]) WITH ORDINALITY AS v(value, place), attempt(format('SELECT %L::user360.phone', v.value)) AS i, attempt(format('SELECT %L::text::user360.phone', v.value)) AS c,
	attempt(format('SELECT user360.normalize_phone(%L)', v.value)) AS n ORDER BY v.place;

-- Casts: from text and varchar by assignment, to text by assignment.  None is
-- implicit, so that a comparison with a text is an error and no silent miss.
CREATE TABLE type_phone (id int, phone user360.phone, note text);
INSERT INTO type_phone SELECT 1, '+91 90005 00000'::text, 'text';
INSERT INTO type_phone SELECT 2, '+1 201 555 0123'::varchar, 'varchar';
INSERT INTO type_phone SELECT 3, '+39 06 6982'::char(30)::user360.phone, 'char';
INSERT INTO type_phone (id, note) SELECT 4, phone FROM type_phone WHERE id = 1;
SELECT * FROM type_phone ORDER BY id;
SELECT c.castsource::regtype AS source, c.casttarget::regtype AS target, c.castcontext AS context, c.castmethod AS method FROM pg_cast AS c
WHERE 'user360.phone'::regtype IN (c.castsource, c.casttarget) ORDER BY 1, 2;
SELECT a.code, a.message FROM unnest(ARRAY['INSERT INTO type_phone VALUES (5, ''nobody'')', 'INSERT INTO type_phone SELECT 5, ''9000500000''::text', 'SELECT count(*) FROM type_phone WHERE phone = ''+91 90005 00000''::text',
	'SELECT count(*) FROM type_phone WHERE phone = 919000500000', 'SELECT 919000500000::user360.phone', 'SELECT phone::bigint FROM type_phone']) WITH ORDINALITY AS q(command, n), attempt(q.command) AS a ORDER BY q.n;
SELECT id FROM type_phone WHERE phone = '+91 (90005) 00000';
SELECT id FROM type_phone WHERE phone::text LIKE '+91%';

-- The calling code.
SELECT phone, user360.country_code(phone) FROM type_phone WHERE phone IS NOT NULL ORDER BY id;
SELECT user360.country_code('+7 495 123 4567') AS russia, user360.country_code('+353 1 234 5678') AS ireland, user360.country_code('+800 1234 5678') AS freephone, user360.country_code('+1 876 555 1234') AS jamaica, user360.country_code(NULL) IS NULL AS null_for_null;

-- Every length that a calling code has, up to the 19 digits that 8 bytes hold:
-- the same digit all along, so that the shorter number begins the longer one,
-- and others.  The round trip is exact, and the order is the text's.
CREATE TABLE type_phone_order AS SELECT user360.normalize_phone(v.value) AS e164, v.value::user360.phone AS phone
FROM generate_series(1, 999) AS code, generate_series(2, 17) AS digits,
	LATERAL (SELECT repeat(d::text, digits) FROM generate_series(0, 9) AS d UNION ALL SELECT repeat('9', digits - 1) || '8' UNION ALL SELECT '1' || repeat('0', digits - 1)
		UNION ALL SELECT left(translate(md5(code || '/' || i) || md5(i || '/' || code), 'abcdef', '012345'), digits) FROM generate_series(1, 4) AS i) AS n(national),
	LATERAL (SELECT '+' || code || n.national) AS v(value)
WHERE user360.is_phone(v.value);
SELECT count(*) > 20000 AS many, min(length(e164)) - 1 AS fewest_digits, max(length(e164)) - 1 AS most_digits, count(DISTINCT length(e164)) AS lengths, count(DISTINCT user360.country_code(phone)) AS codes FROM type_phone_order;
SELECT count(*) FILTER (WHERE phone::text <> e164 OR e164::user360.phone <> phone OR user360.phone_send(phone) <> e164::bytea OR e164 NOT LIKE '+' || user360.country_code(phone) || '%') AS not_exact FROM type_phone_order;
SELECT count(*) FILTER (WHERE by_phone <> by_text) AS out_of_order FROM (SELECT dense_rank() OVER (ORDER BY phone) AS by_phone, dense_rank() OVER (ORDER BY e164 COLLATE "C") AS by_text FROM type_phone_order) AS r;
-- A pair that is next to each other in the text's order, or equal, in both directions.
SELECT count(*) > 20000 AS many, count(*) FILTER (WHERE a.e164 <> a.next_e164 AND a.next_e164 LIKE a.e164 || '%') > 0 AS one_begins_the_other, count(*) FILTER (WHERE NOT (
	(phone < next_phone) = (e164 COLLATE "C" < next_e164) AND (phone <= next_phone) AND NOT (phone > next_phone) AND (phone >= next_phone) = (e164 = next_e164) AND (phone = next_phone) = (e164 = next_e164) AND (phone <> next_phone) = (e164 <> next_e164)
	AND (next_phone > phone) = (e164 <> next_e164) AND next_phone >= phone AND (next_phone < phone) = false AND (next_phone <= phone) = (e164 = next_e164)
	AND user360.phone_cmp(phone, next_phone) = CASE WHEN e164 = next_e164 THEN 0 ELSE -1 END AND user360.phone_cmp(next_phone, phone) = CASE WHEN e164 = next_e164 THEN 0 ELSE 1 END
	AND (user360.phone_hash_extended(phone, 7) = user360.phone_hash_extended(next_phone, 7)) = (e164 = next_e164) AND (e164 <> next_e164 OR user360.phone_hash(phone) = user360.phone_hash(next_phone)))) AS wrong
FROM (SELECT e164, phone, lead(e164) OVER w AS next_e164, lead(phone) OVER w AS next_phone FROM type_phone_order WINDOW w AS (ORDER BY e164 COLLATE "C")) AS a WHERE a.next_e164 IS NOT NULL;
SELECT bool_and(user360.phone_hash_extended(phone, 0) & 4294967295 = user360.phone_hash(phone)::bigint & 4294967295) AS low_half_is_hash, bool_or(user360.phone_hash_extended(phone, 0) <> user360.phone_hash_extended(phone, 1)) AS seeded FROM type_phone_order;
-- Operators, whatever the search_path.
SET search_path = pg_catalog;
SELECT count(*) AS pairs, count(*) FILTER (WHERE
	(a.phone < b.phone) = (a.e164 COLLATE "C" < b.e164) AND (a.phone <= b.phone) = (a.e164 COLLATE "C" <= b.e164) AND (a.phone = b.phone) = (a.e164 = b.e164) AND (a.phone <> b.phone) = (a.e164 <> b.e164) AND
	(a.phone >= b.phone) = (a.e164 COLLATE "C" >= b.e164) AND (a.phone > b.phone) = (a.e164 COLLATE "C" > b.e164) AND
	(a.phone IS DISTINCT FROM b.phone) = (a.e164 <> b.e164) AND (NULLIF(a.phone, b.phone) IS NULL) = (a.e164 = b.e164)) AS as_text
FROM (SELECT v.e164, v.e164::user360.phone AS phone FROM unnest(ARRAY['+911000000', '+9110000000', '+919000500000', '+919000500001', '+91900050000', '+12015550123', '+390669', '+3906698', '+39066982', '+8112345678901234567', '+811234567890123456', '+81123456789012345',
	'+8199999999999999999', '+820100000000']) AS v(e164) WHERE user360.is_phone(v.e164)) AS a,
	(SELECT v.e164, v.e164::user360.phone AS phone FROM unnest(ARRAY['+919000500000', '+91900050000', '+390669', '+3906698', '+8112345678901234567', '+811234567890123456', '+8199999999999999999']) AS v(e164) WHERE user360.is_phone(v.e164)) AS b;
RESET search_path;
SELECT a.amname, c.opcname, c.opcdefault, amvalidate(c.oid) FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod WHERE c.opcintype = 'user360.phone'::regtype ORDER BY 1;

-- An index serves =, IN, ranges and ORDER BY.
CREATE TABLE type_phone_many AS SELECT n, ('+9190005' || lpad(n::text, 5, '0'))::user360.phone AS phone FROM generate_series(1, 8000) AS n;
INSERT INTO type_phone_many SELECT n + 8000, phone FROM type_phone_many WHERE n <= 10;
CREATE INDEX type_phone_many_btree ON type_phone_many (phone);
ANALYZE type_phone_many;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM type_phone_many WHERE phone = '+91 90005 05432';
SELECT n FROM type_phone_many WHERE phone = '+91 90005 05432';
EXPLAIN (COSTS OFF) SELECT n FROM type_phone_many WHERE phone IN ('+919000505001', '+919000505002');
SELECT n FROM type_phone_many WHERE phone IN ('+919000505001', '+919000505002') ORDER BY n;
EXPLAIN (COSTS OFF) SELECT n FROM type_phone_many WHERE phone > '+919000505432' AND phone <= '+919000505440' ORDER BY phone;
SELECT n FROM type_phone_many WHERE phone > '+919000505432' AND phone <= '+919000505440' ORDER BY phone;
EXPLAIN (COSTS OFF) SELECT phone FROM type_phone_many ORDER BY phone DESC LIMIT 2;
SELECT phone FROM type_phone_many ORDER BY phone DESC LIMIT 2;
DROP INDEX type_phone_many_btree;
CREATE INDEX type_phone_many_hash ON type_phone_many USING hash (phone);
EXPLAIN (COSTS OFF) SELECT n FROM type_phone_many WHERE phone = '+919000505432';
SELECT n FROM type_phone_many WHERE phone = '+919000505432';
DROP INDEX type_phone_many_hash;
RESET enable_bitmapscan;
CREATE TABLE type_phone_key (phone user360.phone PRIMARY KEY);
INSERT INTO type_phone_key VALUES ('+919000500000');
SELECT a.code, a.message, a.detail FROM attempt('INSERT INTO type_phone_key VALUES (''+91 90005 00000'')') AS a;
INSERT INTO type_phone_key VALUES ('+91 90005 00000'), ('+12015550123') ON CONFLICT (phone) DO NOTHING;
CREATE TABLE type_phone_reference (phone user360.phone REFERENCES type_phone_key);
INSERT INTO type_phone_reference VALUES ('+1 201 555 0123');
SELECT a.code FROM attempt('INSERT INTO type_phone_reference VALUES (''+12015550124'')') AS a;
SELECT * FROM type_phone_key JOIN type_phone_reference USING (phone);

-- Hash and merge joins, hash aggregates.
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM type_phone_many AS a JOIN type_phone_many AS b ON a.phone = b.phone;
SELECT count(*) FROM type_phone_many AS a JOIN type_phone_many AS b ON a.phone = b.phone;
RESET enable_mergejoin;
SET enable_hashjoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM type_phone_many AS a JOIN type_phone_many AS b ON a.phone = b.phone;
SELECT count(*) FROM type_phone_many AS a JOIN type_phone_many AS b ON a.phone = b.phone;
RESET enable_hashjoin;
RESET enable_nestloop;
SELECT count(*) AS by_text FROM type_phone_many AS a JOIN type_phone_many AS b ON a.phone::text = b.phone::text;
EXPLAIN (COSTS OFF) SELECT phone, count(*) FROM type_phone_many GROUP BY phone;
SELECT count(*), sum(c) FROM (SELECT phone, count(*) AS c FROM type_phone_many GROUP BY phone) AS g;

-- Partitions by hash find their rows.
CREATE TABLE type_phone_part (phone user360.phone) PARTITION BY HASH (phone);
CREATE TABLE type_phone_part0 PARTITION OF type_phone_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE type_phone_part1 PARTITION OF type_phone_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO type_phone_part SELECT phone FROM type_phone_many WHERE n <= 100;
SELECT count(*) AS found FROM type_phone_many AS o WHERE n <= 100 AND EXISTS (SELECT FROM type_phone_part AS p WHERE p.phone = o.phone);

-- The binary format is E.164; input of it is as strict, and normalises too.
\copy (SELECT e164, phone FROM type_phone_order) TO 'results/type_phone.binary' (FORMAT binary)
CREATE TABLE type_phone_copy (e164 text, phone user360.phone);
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
SELECT count(*) = (SELECT count(*) FROM type_phone_order) AS all_of_them, count(*) FILTER (WHERE phone = e164::user360.phone AND phone::text = e164) = count(*) AS same FROM type_phone_copy;
SELECT user360.phone_send('+91 90005 00000') = convert_to('+919000500000', 'UTF8') AS sent_as_text;
TRUNCATE type_phone_copy;
\copy (SELECT ''::text, '+91 90005 00000'::text) TO 'results/type_phone.binary' (FORMAT binary)
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
\copy (SELECT ''::text, '9000500000'::text) TO 'results/type_phone.binary' (FORMAT binary)
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
\copy (SELECT ''::text, 919000500000::bigint) TO 'results/type_phone.binary' (FORMAT binary)
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
\copy (SELECT ''::text, '\x2b393139303030353030303030ff'::bytea) TO 'results/type_phone.binary' (FORMAT binary)
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
\copy (SELECT ''::text, ''::text) TO 'results/type_phone.binary' (FORMAT binary)
\copy type_phone_copy FROM 'results/type_phone.binary' (FORMAT binary)
SELECT * FROM type_phone_copy;
\copy type_phone_key TO 'results/type_phone.text'
CREATE TABLE type_phone_text (phone user360.phone);
\copy type_phone_text FROM 'results/type_phone.text'
SELECT * FROM type_phone_text ORDER BY phone;

-- Soft errors, from version 16 on: the same answers, and nothing raised.
SELECT current_setting('server_version_num')::int >= 160000 AS soft \gset
\set soft_answers '(t,f,f)'
\set soft_error 'U3008: value "+91 1" is not a phone number (Reason: the number has too few digits.)'
\if :soft
SELECT (pg_input_is_valid('+91 90005 00000', 'user360.phone'), pg_input_is_valid('9000500000', 'user360.phone'), pg_input_is_valid('', 'user360.phone')) AS soft_answers \gset
SELECT format('%s: %s (%s)', sql_error_code, message, detail) AS soft_error FROM pg_input_error_info('+91 1', 'user360.phone') \gset
\endif
SELECT :'soft_answers' AS answers, :'soft_error' = (SELECT format('%s: %s (%s)', code, message, detail) FROM attempt('SELECT ''+91 1''::user360.phone')) AS as_raised;

-- What the functions promise, and that everything has a comment.
SELECT count(*) AS functions, bool_and(p.provolatile = 'i' AND p.proisstrict AND p.proparallel = 's') AS pure, bool_and(has_function_privilege('public', p.oid, 'EXECUTE')) AS open, bool_and(obj_description(p.oid, 'pg_proc') IS NOT NULL) AS described
FROM pg_proc AS p WHERE p.pronamespace = 'user360'::regnamespace AND (p.prorettype = 'user360.phone'::regtype OR p.proname IN ('phone_recv', 'phone_sortsupport') OR 'user360.phone'::regtype = ANY (p.proargtypes));
SELECT o.oid::regoperator AS operator, o.oprcom::regoperator AS commutator, o.oprnegate::regoperator AS negator, o.oprcanmerge AS merges, o.oprcanhash AS hashes, obj_description(o.oid, 'pg_operator') AS comment
FROM pg_operator AS o WHERE o.oprleft = 'user360.phone'::regtype ORDER BY o.oprname COLLATE "C";
SELECT count(*) AS without_comment FROM (SELECT obj_description(oid, 'pg_cast') FROM pg_cast WHERE 'user360.phone'::regtype IN (castsource, casttarget)
	UNION ALL SELECT obj_description(oid, 'pg_opclass') FROM pg_opclass WHERE opcintype = 'user360.phone'::regtype UNION ALL SELECT obj_description('user360.phone'::regtype, 'pg_type')) AS d(description) WHERE description IS NULL;

DROP TABLE type_phone, type_phone_order, type_phone_many, type_phone_reference, type_phone_key, type_phone_part, type_phone_copy, type_phone_text;
