-- Normalisation of e-mail addresses, domains, phone numbers and identifiers:
-- what spellings come to, and what is refused and why.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- A value with all but ASCII written as its code points.
CREATE FUNCTION shown(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(CASE WHEN ascii(c) BETWEEN 32 AND 126 THEN c ELSE '\' || upper(lpad(to_hex(ascii(c)), greatest(4, length(to_hex(ascii(c)))), '0')) END, '' ORDER BY n)
	FROM (SELECT n, substr(value, n, 1) AS c FROM generate_series(1, char_length(value)) AS n) AS x
$$;
-- What a normaliser makes of a value; whether it says the same of its own
-- answer; and whether the is_... function agrees.
CREATE FUNCTION normal(kind text, value text, region text DEFAULT NULL, OUT normal text, OUT code text, OUT reason text, OUT sound boolean) LANGUAGE plpgsql AS $$
DECLARE
	again text;
	accepted boolean;
BEGIN
	SELECT a.answer, nullif(a.code, '00000'), substr(a.detail, 9) INTO normal, code, reason
		FROM attempt(format('SELECT user360.normalize_%s(%L%s)', kind, value, CASE WHEN kind = 'phone' THEN ', ' || quote_nullable(region) END)) AS a;
	sound := true;
	IF code IS NULL THEN
		EXECUTE format('SELECT user360.normalize_%s($1)', kind) INTO again USING normal;
		sound := again = normal;
	END IF;
	IF kind <> 'domain' THEN
		EXECUTE format('SELECT user360.is_%s(%L%s)', kind, value, CASE WHEN kind = 'phone' THEN ', ' || quote_nullable(region) END) INTO accepted;
		sound := sound AND accepted = (code IS NULL);
	END IF;
	normal := shown(normal);
END
$$;

-- E-mail: spellings of usable addresses.
SELECT left(shown(v.value), 80) AS value, left(n.normal, 80) AS normal, n.reason, n.sound
FROM unnest(ARRAY['asha@example.com', ' Asha.Rao@Example.COM ', U&'\00A0asha@example.com\3000', E'\tasha@example.com\t', 'asha+shop@example.com', 'a.s.h.a@gmail.com', 'O''Brien@example.com', '!#$%&*+-/=?^_`{|}~@example.com', '1@example.com',
	'asha@sub.example.co.in', 'asha@EXAMPLE.com', 'asha@xn--e1afmkfd.xn--p1ai', U&'asha@\043F\0440\0438\043C\0435\0440.\0440\0444', U&'\041F\0401\0422\0420@\043F\0440\0438\043C\0435\0440.\0440\0444', U&'\043F\0435\0308\0442\0440@example.com',
	U&'\7528\6237@\4F8B\5B50.\5E7F\544A', U&'asha@\4F8B\5B50\3002\5E7F\544A', U&'asha@\FF45xample.com', U&'\0909\0926\093E@\0909\0926\093E\0939\0930\0923.\092D\093E\0930\0924', U&'asha@stra\00DFe.example', U&'\00C4RGER@example.com', U&'\0645\062B@\0645\062B\0627\0644.example',
	repeat('a', 64) || '@example.com', 'asha@' || repeat('a', 63) || '.example', repeat('a', 60) || '@' || repeat('b.', 93) || 'example', U&'asha\0430@example.com']) WITH ORDINALITY AS v(value, n), normal('email', v.value) AS n ORDER BY v.n;
-- E-mail: refused.
SELECT v.what, shown(left(v.value, 40)) AS value, n.code, n.reason, n.sound
FROM (VALUES (1, 'nothing', ''),
	(2, 'blank', ' '),
	(3, 'no @', 'asha.example.com'),
	(4, 'two @', 'asha@home@example.com'),
	(5, 'two @', 'asha@@example.com'),
	(6, 'no local part', '@example.com'),
	(7, 'no domain', 'asha@'),
	(8, 'no dot', 'asha@localhost'),
	(9, 'trailing dot', 'asha@example.com.'),
	(10, 'empty label', 'asha@example..com'),
	(11, 'empty label', 'asha@.com'),
	(12, 'dot first', '.asha@example.com'),
	(13, 'dot last', 'asha.@example.com'),
	(14, 'two dots', 'asha..rao@example.com'),
	(15, 'space inside', 'asha rao@example.com'),
	(16, 'space inside', 'asha@ example.com'),
	(17, 'quoted', '"asha rao"@example.com'),
	(18, 'comment', 'asha(home)@example.com'),
	(19, 'literal', 'asha@[127.0.0.1]'),
	(20, 'number', 'asha@127.0.0.1'),
	(21, 'with a name', 'Asha Rao <asha@example.com>'),
	(22, 'two of them', 'asha@example.com, ravi@example.com'),
	(23, 'two of them', 'asha@example.com;ravi@example.com'),
	(24, 'link', 'mailto:asha@example.com'),
	(25, 'comma', 'asha,rao@example.com'),
	(26, 'underscore', 'asha@exa_mple.com'),
	(27, 'hyphen first', 'asha@-example.com'),
	(28, 'hyphen last', 'asha@example-.com'),
	(29, 'two hyphens', 'asha@ex--ample.com'),
	(30, 'long local part', repeat('a', 65) || '@example.com'),
	(31, 'long label', 'asha@' || repeat('a', 64) || '.example'),
	(32, 'long address', repeat('a', 60) || '@' || repeat('b.', 94) || 'example'),
	(33, 'very long', repeat('a', 100000) || '@example.com'),
	(34, 'control', E'as\u0001ha@example.com'),
	(35, 'tab', E'as\tha@example.com'),
	(36, 'line break', E'asha@example.com\nravi@example.com'),
	(37, 'delete', E'as\u007Fha@example.com'),
	(38, 'zero width space', U&'as\200Bha@example.com'),
	(39, 'joiner', U&'as\200Dha@example.com'),
	(40, 'byte order mark', U&'\FEFFasha@example.com'),
	(41, 'soft hyphen', U&'as\00ADha@example.com'),
	(42, 'soft hyphen', U&'asha@ex\00ADample.com'),
	(43, 'right to left', U&'asha\202E@example.com'),
	(44, 'isolate', U&'\2066asha@example.com'),
	(45, 'KELVIN SIGN', U&'\212Airan@example.com'),
	(46, 'LONG S', U&'\017Fam@example.com'),
	(47, 'full width', U&'\FF41sha@example.com'),
	(48, 'ligature', U&'\FB01\017F@example.com'),
	(49, 'full-width @', U&'asha\FF20example.com'),
	(50, 'small @', U&'asha\FE6Bexample.com'),
	(51, 'superscript', U&'asha\00B2@example.com'),
	(52, 'mark first', U&'\0301asha@example.com'),
	(53, 'unassigned', U&'asha\0378@example.com'),
	(54, 'private use', U&'asha\E000@example.com'),
	(55, 'no such A-label', 'asha@xn--a.com'),
	(56, 'two directions', U&'asha@a\05D0.com'),
	(57, 'digit first', U&'asha@1\05D0.com'),
	(58, 'joiner alone', U&'asha@a\200Db.com'),
	(60, 'care of', U&'asha@\2105.com'),
	(62, 'escaped', 'asha\@home@example.com'),
	(63, 'encoded', 'asha%40example.com'),
	(64, 'line break last', E'asha@example.com\r\n'),
	(65, 'line separator last', U&'asha@example.com\2028')) AS v(n, what, value), normal('email', v.value) AS n ORDER BY v.n;

-- Domains.
SELECT shown(left(v.value, 40)) AS value, left(n.normal, 40) AS normal, n.code, n.reason, n.sound
FROM unnest(ARRAY['Example.COM', ' example.com ', U&'b\00FCcher.example', U&'B\00DCCHER.example', U&'bu\0308cher.example', 'xn--bcher-kva.example', 'XN--BCHER-KVA.example', U&'fa\00DF.de', U&'\2135\05D0.example', U&'\09B8\09CD\200C\09B7.example', U&'a\FF0Eb\FF61com', '1.2.3.4.example', 'a-b.example',
	'', 'example', 'example.', '.example', 'exa mple.com', 'a_b.example', '-a.example', 'xn--a.example', U&'a\200Cb.example', U&'\202Ea.example', '[::1]', repeat('a', 64) || '.example', repeat('a.', 126) || 'b', repeat('a.', 127) || 'b', 'http://example.com', 'example.com/path', 'user@example.com'])
	WITH ORDINALITY AS v(value, n), normal('domain', v.value) AS n ORDER BY v.n;

-- Phone: written in many ways, with libphonenumber's answers, whatever one
-- thinks of the last two.
SELECT shown(v.value) AS value, v.region, n.normal, n.reason, n.sound
FROM (VALUES (1, '+919000500000', NULL),
	(2, '+91 90005 00000', NULL),
	(3, '+91-90005-00000', 'US'),
	(4, '(+91) 90005.00000', NULL),
	(5, U&'\FF0B\FF19\FF11 \FF19\FF10\FF10\FF10\FF15 \FF10\FF10\FF10\FF10\FF10', NULL),
	(6, U&'+\0669\0661\0669\0660\0660\0660\0665\0660\0660\0660\0660\0660', NULL),
	(7, U&'+\06F9\06F1\06F9\06F0\06F0\06F0\06F5\06F0\06F0\06F0\06F0\06F0', NULL),
	(8, U&'\096F\0966\0966\0966\096B\0966\0966\0966\0966\0966', 'IN'),
	(9, U&'\09EF\09E6\09E6\09E6\09EB\09E6\09E6\09E6\09E6\09E6', 'IN'),
	(10, '9000500000', 'IN'),
	(11, '09000500000', 'IN'),
	(12, '00919000500000', 'FR'),
	(13, '011 91 90005 00000', 'US'),
	(14, '(415) 555-0132', 'US'),
	(15, '1 415 555 0132', 'US'),
	(16, '+44 (0)20 7946 0018', NULL),
	(17, '020 7946 0018', 'GB'),
	(18, '06 12 34 56 78', 'FR'),
	(19, '+39 06 6982', NULL),
	(20, '06 6982 0000', 'IT'),
	(21, U&'+91\00A090005\200B00000', NULL),
	(22, '+800 1234 5678', NULL),
	(23, '8 (912) 345-67-89', 'RU'), (24, '0151 23456789', 'DE'), (25, '+49/151/23456789', NULL), (26, U&'+91\201190005\201100000', NULL),
	(27, '++919000500000', NULL), (28, '2026-11-24', 'IN')) AS v(n, value, region), normal('phone', v.value, v.region) AS n ORDER BY v.n;
-- Phone: refused.
SELECT v.what, shown(left(v.value, 40)) AS value, v.region, n.code, n.reason, n.sound
FROM (VALUES (1, 'nothing', '', 'IN'),
	(2, 'blank', ' ', 'IN'),
	(3, 'words', 'call me', 'IN'),
	(4, 'letters', '1-800-FLOWERS', 'US'),
	(5, 'letters', '+1 800 GOT MILK', NULL),
	(6, 'extension', '+91 90005 00000 ext. 5', NULL),
	(7, 'extension', '(415) 555-0132 x12', 'US'),
	(8, 'extension', '+914000500000;ext=5', NULL),
	(9, 'extension', '415-555-0132 #12', 'US'),
	(10, 'no region', '9000500000', NULL),
	(11, 'no such region', '9000500000', 'XX'),
	(12, 'no such region', '9000500000', 'in'),
	(13, 'no such region', '9000500000', ''),
	(13.5, 'no such region', '9000500000', 'IND'),
	(14, 'calling code without plus', '919000500000', NULL),
	(15, 'calling code without plus', '919000500000', 'US'),
	(16, 'no such calling code', '+999 12345678', NULL),
	(17, 'plus alone', '+', 'IN'),
	(18, 'too short', '12', 'IN'),
	(19, 'too short', '+91 123', NULL),
	(20, 'too long', '+91 90005 00000 00000', NULL),
	(21, 'too long', repeat('9', 100), 'IN'),
	(22, 'very long', '+' || repeat('1', 100000), NULL),
	(23, 'two numbers', '90005 00000 / 90005 00001', 'IN'),
	(24, 'two numbers', '90005 00000, 90005 00001', 'IN'),
	(25, 'text before', 'Tel. 90005 00000', 'IN'),
	(26, 'text before', 'tel:+919000500000', NULL),
	(27, 'text after', '90005 00000 (office)', 'IN'),
	(28, 'context', 'tel:9000500000;phone-context=+91', 'IN'),
	(29, 'script', U&'\0917\0941\0930\0941 90005 00000', 'IN'),
	(30, 'emoji', U&'\+01F4DE 90005 00000', 'IN'),
	(31, 'circled', U&'\2468000500000', 'IN'),
	(32, 'superscript', U&'\2079000500000', 'IN'),
	(33, 'Chinese digits', U&'\4E5D\3007\3007\3007\4E94\3007\3007\3007\3007\3007', 'IN'),
	(34, 'scientific', '9.0005E9', 'IN'),
	(36, 'plus inside', '91+9000500000', 'IN'),
	(38, 'emergency', '112', 'IN')) AS v(n, what, value, region), normal('phone', v.value, v.region) AS n ORDER BY v.n;

-- Identifiers: what stays as it is, and what is written otherwise.
SELECT shown(left(v.value, 40)) AS value, n.normal, n.reason, n.sound
FROM unnest(ARRAY['A-1', 'a-1', '0042', ' A-1 ', 'A  1', U&'A\00A0\20031', U&'A\30001', U&'\FF21\FF0D\FF11', U&'\FF76\FF9E', U&'caf\00E9', U&'cafe\0301', U&'\212B', U&'\2126', U&'\212A', U&'\1100\1161', U&'\0915\094D\0937', U&'\0639\0645\06311', U&'\4E2D\6587', U&'\+020000', 'urn:uuid:1/2?3#4', '{12}', 'null', 'a@b', U&'\+01F600',
	'x' || U&'\0301\0323']) WITH ORDINALITY AS v(value, n), normal('identifier', v.value) AS n ORDER BY v.n;
SELECT v.n, char_length(v.value) AS chars, n.code, n.reason, n.sound FROM (VALUES (1, repeat('x', 255)),
	(2, repeat('x', 256)),
	(3, repeat(U&'\0915', 255)),
	(4, repeat(U&'\0915', 256)),
	(5, repeat(U&'\+020000', 255)),
	(6, repeat(U&'e\0301', 255)),
	(7, ' ' || repeat('x', 255) || ' '),
	(8, repeat('x', 1000000))) AS v(n, value), normal('identifier', v.value) AS n ORDER BY v.n;
-- Identifiers: refused.
SELECT v.what, shown(v.value) AS value, n.code, n.reason, n.sound
FROM (VALUES (1, 'nothing', ''),
	(2, 'blank', U&'\00A0\3000'),
	(3, 'tab', E'A\t1'),
	(4, 'line break', E'A\n1'),
	(5, 'control', E'A\u00011'),
	(6, 'C1 control', U&'A\00851'),
	(7, 'delete', E'A\u007F1'),
	(8, 'line separator', U&'A\20281'),
	(9, 'zero width space', U&'A\200B1'),
	(10, 'joiner', U&'A\200D1'),
	(11, 'non-joiner', U&'A\200C1'),
	(12, 'word joiner', U&'A\20601'),
	(13, 'byte order mark', U&'\FEFFA1'),
	(14, 'soft hyphen', U&'A\00AD1'),
	(15, 'left to right mark', U&'A\200E1'),
	(16, 'right to left override', U&'A\202E1'),
	(17, 'isolate', U&'A\20661'),
	(18, 'Arabic letter mark', U&'A\061C1'),
	(19, 'variation selector', U&'\2764\FE0F'),
	(20, 'tag', U&'A\+0E0041'),
	(21, 'Hangul filler', U&'A\3164'),
	(22, 'Mongolian separator', U&'A\180E1'),
	(23, 'unassigned', U&'A\0378'),
	(24, 'noncharacter', U&'A\FFFF'),
	(25, 'private use', U&'A\E000'),
	(26, 'private plane', U&'A\+0F0000'),
	(27, 'mark first', U&'\0301A'),
	(28, 'mark first', U&'\0903\0915'),
	(29, 'superscript', U&'A\00B2'),
	(30, 'fraction', U&'\00BD'),
	(31, 'ligature', U&'\FB01'),
	(32, 'circled', U&'\2460'),
	(33, 'Roman numeral', U&'\2163'),
	(34, 'trade mark', U&'A\2122'),
	(35, 'mathematical', U&'\+01D400'),
	(36, 'ellipsis', U&'A\2026'),
	(37, 'long s', U&'\017F'),
	(38, 'numero', U&'\2116 1'),
	(39, 'Arabic ligature', U&'\FEFB'),
	(40, 'squared', U&'\3372')) AS v(n, what, value), normal('identifier', v.value) AS n ORDER BY v.n;
-- The message quotes the value, or its beginning.
SELECT code, message, detail FROM attempt($$SELECT user360.normalize_email('asha')$$);
SELECT code, message, detail FROM attempt($$SELECT user360.normalize_domain('exa mple.com')$$);
SELECT code, message, detail FROM attempt($$SELECT user360.normalize_phone('12', 'IN')$$);
SELECT code, message, detail FROM attempt($$SELECT user360.normalize_identifier(E'A\t1')$$);
SELECT code, char_length(message) AS chars FROM attempt(format($$SELECT user360.normalize_email(%L)$$, repeat('x', 100000)));

-- NULL for NULL; a NULL region is none.
SELECT user360.normalize_email(NULL) IS NULL AS email, user360.normalize_domain(NULL) IS NULL AS domain, user360.normalize_identifier(NULL) IS NULL AS identifier, user360.normalize_phone(NULL, 'IN') IS NULL AS phone, user360.is_email(NULL) IS NULL AS is_email, user360.is_identifier(NULL) IS NULL AS is_identifier, user360.is_phone(NULL) IS NULL AS is_phone, user360.phone_info(NULL, 'IN') IS NULL AS info;
SELECT user360.normalize_phone('+919000500000', NULL) AS e164, user360.is_phone('9000500000', NULL) AS without_region, user360.is_phone('9000500000', 'IN') AS with_region;

-- What libphonenumber finds.
SELECT v.value, v.region AS "in", p.*
FROM (VALUES (1, '+919000500000', NULL),
	(2, '020 7946 0018', 'GB'),
	(3, '(415) 555-0132 x12', 'US'),
	(4, '+800 1234 5678', NULL),
	(5, '+91 123', NULL),
	(6, '12', 'IN'),
	(7, '+999 123456', NULL),
	(8, 'words', 'IN'),
	(9, '00', 'FR'),
	(10, '+1', NULL),
	(11, '+' || repeat('1', 30), NULL),
	(12, '9000500000', NULL)) AS v(n, value, region), user360.phone_info(v.value, v.region) AS p ORDER BY v.n;
SELECT user360.phone_metadata_version() ~ '^[0-9]+\.[0-9]+\.[0-9]+$' AS version;

-- Immutable and parallel safe: good for an index and a generated column.
CREATE TABLE addresses (mail text, key text GENERATED ALWAYS AS (user360.normalize_email(mail)) STORED, phone text);
CREATE UNIQUE INDEX ON addresses (user360.normalize_email(mail));
CREATE INDEX ON addresses (user360.normalize_phone(phone, 'IN')) WHERE user360.is_phone(phone, 'IN');
INSERT INTO addresses VALUES ('Asha@Example.com', DEFAULT, '90005 00000');
SELECT key FROM addresses;
SELECT code FROM attempt($$INSERT INTO addresses VALUES ('ASHA@example.com', DEFAULT, 'call me')$$);
SELECT code FROM attempt($$INSERT INTO addresses VALUES ('asha', DEFAULT, NULL)$$);
DROP TABLE addresses;
DROP FUNCTION normal, shown;
