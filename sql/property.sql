-- Properties: every type's values on their way in, what is stored, and what
-- does not fit.  JSON numbers are taken as their text.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('property', 'email', '{web}', 'IN');
SELECT count(user360.define_property('property', 'my ' || type, type))
FROM unnest('{string,number,time,date,datetime,list,boolean,phone,url,email}'::text[]) AS type;

-- Every type, each value from a sender of its own.
CREATE FUNCTION stored(property text, value text, OUT stored jsonb, OUT code text, OUT reason text) LANGUAGE plpgsql AS $$
BEGIN
	SELECT a.code, coalesce(a.detail, a.message) INTO code, reason
		FROM attempt(format('SELECT user360.identify(%L, %L, %L, %L)', 'property', 'web', property || ' ' || md5(value), format('{%s: %s}', to_json(property), value))) AS a;
	SELECT holds(s.bot, s.profile_id) -> property INTO stored FROM user360.sender AS s WHERE s.bot = 'property' AND s.channel = 'web' AND s.sender = property || ' ' || md5(value);
	code := nullif(code, '00000');
END
$$;
SELECT v.type, v.value, s.stored, s.code, s.reason
FROM (VALUES
	(1, 'string', '" x  y "'),
	(2, 'string', '""'),
	(3, 'string', '42'),
	(4, 'string', '4.20'),
	(5, 'string', 'true'),
	(6, 'string', '["x"]'),
	(7, 'string', '{"x": 1}'),
	(8, 'string', '"null"'),
	(10, 'number', '42'),
	(11, 'number', '"42"'),
	(12, 'number', '"-4.50"'),
	(13, 'number', '1e3'),
	(14, 'number', '"1e3"'),
	(15, 'number', '"042"'),
	(16, 'number', '"x"'),
	(17, 'number', '123456789012345'),
	(18, 'number', '1234567890123456'),
	(19, 'number', '0.1'),
	(20, 'number', '0'),
	(21, 'number', '-0'),
	(22, 'number', 'true'),
	(23, 'number', '"1,5"'),
	(30, 'boolean', 'true'),
	(31, 'boolean', 'false'),
	(32, 'boolean', '"yes"'),
	(33, 'boolean', '"Off"'),
	(34, 'boolean', '1'),
	(35, 'boolean', '0'),
	(36, 'boolean', '2'),
	(37, 'boolean', '"maybe"'),
	(40, 'date', '"2026-11-24"'),
	(41, 'date', '" 2026-11-24 "'),
	(42, 'date', '"2024-02-29"'),
	(43, 'date', '"2026-02-29"'),
	(44, 'date', '"24-11-2026"'),
	(45, 'date', '"11/24/2026"'),
	(46, 'date', '"2026-13-01"'),
	(47, 'date', '20261124'),
	(48, 'date', '"tomorrow"'),
	(49, 'date', '"2026-11-24T10:00:00Z"'),
	(50, 'date', '"0000-01-01"'),
	(51, 'date', '"infinity"'),
	(52, 'date', '"10000-01-01"'),
	(60, 'time', '"9:30"'),
	(61, 'time', '"09:30:00.250"'),
	(62, 'time', '"23:59:59"'),
	(63, 'time', '"24:00"'),
	(64, 'time', '"12:60"'),
	(65, 'time', '"9:30 pm"'),
	(66, 'time', '"noon"'),
	(70, 'datetime', '"2026-11-24T09:30:00+05:30"'),
	(71, 'datetime', '"2026-11-24 09:30"'),
	(72, 'datetime', '"2026-11-24T09:30:00.5Z"'),
	(73, 'datetime', '"2026-11-24T01:00+05:30"'),
	(74, 'datetime', '"2026-11-24"'),
	(75, 'datetime', '"now"'), (76, 'datetime', '"2026-11-24T25:00Z"'), (77, 'datetime', '1732442400'),
	(80, 'list', '["a", "b"]'),
	(81, 'list', '["a", " a ", "", null, "b"]'),
	(82, 'list', '"a"'),
	(83, 'list', '[1, true, "x"]'),
	(84, 'list', '[]'),
	(85, 'list', '["a", ["b"]]'),
	(86, 'list', '[{"a": 1}]'),
	(90, 'phone', '"090005 00000"'),
	(91, 'phone', '"+1 (415) 555-0132"'),
	(92, 'phone', '919000500000'),
	(93, 'phone', '"call me"'),
	(94, 'phone', '"+91 90005 00000 x12"'),
	(100, 'url', '"HTTPS://Example.COM/A?b#c"'),
	(101, 'url', '"example.com"'),
	(102, 'url', '"javascript:alert(1)"'),
	(103, 'url', '"ftp://example.com/"'),
	(104, 'url', '"http://exa mple.com"'),
	(110, 'email', '" Asha.Rao@Example.COM"'), (111, 'email', '"asha"'), (112, 'email', '"asha@example"'), (113, 'email', '42')
) AS v(n, type, value), LATERAL stored('my ' || v.type, v.value) AS s ORDER BY v.n;
-- A text of 255 characters at most, of whatever script.
SELECT v.n, s.code, char_length(s.stored #>> '{}') AS chars, s.reason
FROM (VALUES (1, repeat('x', 255)),
	(2, repeat('x', 256)),
	(3, repeat(U&'\0905', 255)),
	(4, repeat(U&'\+01F600', 255)),
	(5, repeat(U&'\0905', 256)),
	(6, ' ' || repeat('x', 255) || ' ')) AS v(n, value),
LATERAL stored('my string', to_json(v.value)::text) AS s ORDER BY v.n;
-- So is each item of a list.
SELECT s.code, s.reason FROM stored('my list', to_json(ARRAY[repeat('x', 256)])::text) AS s;

-- The system properties.
SELECT v.property, v.value, s.stored, s.code, s.reason
FROM (VALUES
	(1, 'firstName', '" Asha "'),
	(2, 'lastName', '"Rao"'),
	(3, 'gender', '"female"'),
	(4, 'country', '"IN"'),
	(5, 'city', '"Pune"'),
	(6, 'language', '"mr"'),
	(7, 'timezone', '"Asia/Kolkata"'),
	(8, 'phone', '"90005 00001"'),
	(9, 'dob', '"1990-02-28"'),
	(10, 'dob', '"1990-02-30"'),
	(11, 'dob', '"0001-01-01"'),
	(12, 'dob', '"9999-12-31"'),
	(13, 'emailOptin', 'true'),
	(14, 'smsOptin', '"no"'),
	(15, 'whatsAppOptin', '"perhaps"'),
	(16, 'tags', '["vip", "beta"]'),
	(17, 'tags', '"vip"'),
	(18, 'firstName', '["Asha"]'),
	(19, 'lastChannel', '"web"'),
	(20, 'first_name', '"Asha"'),
	(21, 'FirstName', '"Asha"'),
	(22, '', '"x"')
) AS v(n, property, value), LATERAL stored(v.property, v.value) AS s ORDER BY v.n;

-- A phone number that is longer than ITU's 15 digits, but possible in Japan.
SELECT s.* FROM stored('phone', '"+81 00777 1234567890123"') AS s;

-- A refused value leaves nothing of its capture.
SELECT a.code, a.message, a.detail FROM attempt($$SELECT user360.identify('property', 'web', 'refused', '{"firstName": "Asha", "email": "asha@example.com", "dob": "unknown"}')$$) AS a;
SELECT count(*) FROM user360.sender WHERE bot = 'property' AND sender = 'refused';
-- A long one is cut in the message.
SELECT a.code, char_length(a.message) AS chars FROM attempt(format($$SELECT user360.identify('property', 'web', 'refused', '{"dob": "%s"}')$$, repeat('9', 100000))) AS a;
-- Text is data.
SELECT outcome FROM user360.identify('property', 'web', $$'; DROP TABLE user360.profile; --$$, $${"firstName": "Robert'); DROP TABLE user360.profile; --", "my string": "$1 %s \\ \""}$$) AS i;
SELECT holds, senders FROM people('property') WHERE senders LIKE '%DROP%';

-- What was typed is kept where it is another text than the key.
SELECT outcome FROM user360.identify('property', 'web', 'typed', '{"email": " Lata@Example.COM ", "phone": "(090005) 00002"}') AS i;
SELECT userid, phone, as_given FROM user360.profile WHERE userid = 'lata@example.com';
SELECT outcome FROM user360.identify('property', 'web', 'typed', '{"phone": "+919000500002"}') AS i;
SELECT outcome FROM user360.identify('property', 'web', 'typed', '{"phone": "+919000500003"}') AS i;
SELECT userid, phone, as_given FROM user360.profile WHERE userid = 'lata@example.com';

-- A property that is defined later, in the same transaction and another.
SELECT code FROM attempt($$SELECT user360.identify('property', 'web', 'typed', '{"later": "x"}')$$);
BEGIN;
SELECT user360.define_property('property', 'later', 'string');
SELECT outcome FROM user360.identify('property', 'web', 'typed', '{"later": "x"}') AS i;
COMMIT;
SELECT custom FROM user360.profile WHERE userid = 'lata@example.com';
DROP FUNCTION stored;
