-- Values to measure the normalisers over, in unlogged tables.  The variables
-- come from bench_text.sh; without a corpus the tables of it stay empty.
SET client_min_messages = warning;
CREATE EXTENSION user360;
CREATE SCHEMA bench;

CREATE FUNCTION bench.copy_text(text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS :'backend_library', 'copy_text';
CREATE FUNCTION bench.processor_time() RETURNS bigint
	LANGUAGE c VOLATILE STRICT AS :'backend_library', 'processor_time';
CREATE FUNCTION bench.anonymous_memory() RETURNS bigint LANGUAGE sql VOLATILE AS
	$$ SELECT substring(pg_read_file('/proc/self/smaps_rollup') FROM 'Anonymous: +([0-9]+) kB')::bigint * 1024 $$;
SELECT :'phone_library' <> '' AS with_library \gset
\if :with_library
CREATE FUNCTION bench.libphonenumber_is_valid(value text, region text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS :'phone_library', 'libphonenumber_is_valid';
\endif

CREATE FUNCTION bench.pick(words text[]) RETURNS text
	LANGUAGE sql VOLATILE AS 'SELECT words[1 + floor(random() * cardinality(words))::int]';

SELECT setseed(0.42) \gset

-- addresses as customers have them and type them
CREATE UNLOGGED TABLE bench.email AS
SELECT bench.pick('{ann,Priya,mohamed,li,JOHN,oleksandr,maria,sven,Fatima,guillermo}')
	|| bench.pick('{.,_,"",-,.,+}')
	|| bench.pick('{smith,Kumar,garcia,wu,Papadopoulos,lee,schmidt,o,Venkataraman,silva}')
	|| floor(random() * 1000)::text || '@'
	|| bench.pick('{gmail.com,Example.COM,yahoo.co.in,mail.example.org,support.big-company.example,outlook.com,qq.com}') AS x
FROM generate_series(1, :rows);

-- keys as shops and help desks issue them
CREATE UNLOGGED TABLE bench.identifier AS
SELECT CASE i % 4
		WHEN 0 THEN floor(10000 + random() * 90000000)::text
		WHEN 1 THEN 'CUST-' || lpad(floor(random() * 10000000)::text, 7, '0')
		WHEN 2 THEN md5(random()::text)::uuid::text
		ELSE 'Acme.Corp/' || floor(random() * 100000000)::text || '_' || chr(65 + i % 26)
	END AS x
FROM generate_series(1, :rows) AS i;

-- the same with names as many languages write them
CREATE UNLOGGED TABLE bench.email_beyond_ascii AS
SELECT 'Jörg.' || i || '@müller.example' AS x FROM generate_series(1, :rows) AS i;
CREATE UNLOGGED TABLE bench.identifier_beyond_ascii AS
SELECT 'Straße-' || i AS x FROM generate_series(1, :rows) AS i;

-- mobile numbers: where they are, from which to which, and how people write them
CREATE TEMPORARY TABLE plan (entry serial, region text, code text, low numeric, high numeric, national text, international text);
INSERT INTO plan (region, code, low, high, national, international) VALUES
	('IN', '91', 7000000000, 9999999999, '"0"00000" "00000', '"+91 "00000" "00000'),
	('IN', '91', 7000000000, 9999999999, '0000000000', '"+91-"0000000000'),
	('US', '1', 2012000000, 2019899999, '"("000") "000"-"0000', '"+1 "000"-"000"-"0000'),
	('US', '1', 4152000000, 4159899999, '000"-"000"-"0000', '"+1 ("000") "000"-"0000'),
	('GB', '44', 7400000000, 7499999999, '"0"0000" "000000', '"+44 "0000" "000000'),
	('DE', '49', 15110000000, 15179999999, '"0"0000" "0000000', '"+49 "0000" "0000000'),
	('FR', '33', 610000000, 689999999, '"0"0" "00" "00" "00" "00', '"+33 "0" "00" "00" "00" "00'),
	('BR', '55', 11961000000, 11999999999, '"("00") "00000"-"0000', '"+55 "00" "00000"-"0000'),
	('JP', '81', 9010000000, 9099999999, '"0"00"-"0000"-"0000', '"+81 "00"-"0000"-"0000'),
	('NG', '234', 8030000000, 8039999999, '"0"000" "000" "0000', '"+234 "000" "000" "0000'),
	('SG', '65', 81000000, 89999999, '0000" "0000', '"+65 "0000" "0000'),
	('AE', '971', 500000000, 509999999, '"0"00" "000" "0000', '"+971 "00" "000" "0000');

CREATE TEMPORARY TABLE number AS
SELECT region, '+' || code || n AS e164, to_char(n, 'FM' || national) AS national,
	to_char(n, 'FM' || international) AS international
FROM (SELECT floor(low + random() * (high - low))::numeric AS n, plan.*
	FROM (SELECT i, 1 + floor(random() * 12)::int AS entry FROM generate_series(1, :rows) AS i) AS chosen
	JOIN plan USING (entry)
	ORDER BY md5(i::text)) AS drawn;

CREATE UNLOGGED TABLE bench.phone_e164 AS SELECT e164 AS x, region FROM number;
CREATE UNLOGGED TABLE bench.phone_national AS SELECT national AS x, region FROM number;
CREATE UNLOGGED TABLE bench.phone_international AS SELECT international AS x, region FROM number;
DROP TABLE number, plan;

-- the test data's written forms, all of them and those that are a number as a whole
CREATE UNLOGGED TABLE bench.corpus (x text, region text);
SELECT :'corpus' <> '' AS with_corpus \gset
\if :with_corpus
COPY bench.corpus (region, x) FROM :'corpus' (FORMAT csv, DELIMITER E'\t', QUOTE E'\x01', FORCE_NOT_NULL (region, x));
\endif
CREATE UNLOGGED TABLE bench.corpus_accepted AS
SELECT x, region FROM bench.corpus WHERE user360.is_phone(x, region);

-- libphonenumber takes too long for as many rows
CREATE UNLOGGED TABLE bench.few_phone_e164 AS SELECT * FROM bench.phone_e164 LIMIT :library_rows;
CREATE UNLOGGED TABLE bench.few_phone_national AS SELECT * FROM bench.phone_national LIMIT :library_rows;
CREATE UNLOGGED TABLE bench.few_phone_international AS SELECT * FROM bench.phone_international LIMIT :library_rows;
CREATE UNLOGGED TABLE bench.few_corpus AS SELECT * FROM bench.corpus LIMIT :library_rows;
CREATE UNLOGGED TABLE bench.few_corpus_accepted AS SELECT * FROM bench.corpus_accepted LIMIT :library_rows;

-- what text_memory.sql finds, each line by a new backend; nanoseconds and bytes
CREATE TABLE bench.first_use (call text, values_of text, loading bigint, loaded_memory bigint,
	first_call bigint, grown_memory bigint, calls bigint);

VACUUM (FREEZE, ANALYZE);
