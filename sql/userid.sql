-- userIds: the key of a value by the type of the bot's property and its
-- options, and values that are never one.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- What a value comes to for a bot, or why it is refused.
CREATE FUNCTION key_of(bot text, value text, OUT key text, OUT code text, OUT detail text) LANGUAGE sql AS $$
	SELECT a.answer, nullif(a.code, '00000'), a.detail
	FROM attempt(format('SELECT user360.normalize_userid(%L, %L)', bot, value)) AS a
$$;
SELECT user360.create_bot('userid email', 'email');
SELECT user360.create_bot('userid phone', 'phone', default_region => 'IN');
SELECT user360.create_bot('userid phone us', 'phone', default_region => 'US');
SELECT user360.create_bot('userid phone anywhere', 'phone');
SELECT user360.create_bot('userid string');
SELECT user360.define_property('userid string', 'key', 'string');
SELECT user360.set_userid_property('userid string', 'key');
SELECT user360.create_bot('userid number');
SELECT user360.define_property('userid number', 'key', 'number');
SELECT user360.set_userid_property('userid number', 'key');
SELECT user360.create_bot('userid none');

-- Nothing is nothing; a bot without a property has no userIds.
SELECT v.bot, v.value, k.*
FROM (VALUES (1, 'userid email', NULL), (2, 'userid email', ''), (3, 'userid phone', ' '), (4, 'userid string', U&'\00A0\3000'),
	(5, NULL, 'x'),
	(6, 'userid none', 'x'),
	(7, 'userid none', NULL),
	(8, 'no such bot', 'x')) AS v(n, bot, value), key_of(v.bot, v.value) AS k ORDER BY v.n;

-- An e-mail address.
SELECT v.value, k.*
FROM (VALUES (1, ' Asha.Rao@Example.COM '),
	(2, 'asha.rao+shop@gmail.com'),
	(3, 'asha@m'),
	(4, 'asha'),
	(5, 'a@b@example.com'),
	(6, '919000500000')) AS v(n, value),
	key_of('userid email', v.value) AS k ORDER BY v.n;
-- A phone number, in the bot's region, or with its calling code, also without
-- a plus where it can't be a national number.
SELECT v.value, k.*, u.key AS us, w.key AS anywhere
FROM (VALUES (1, '+91 90005 00000'),
	(2, '90005-00000'),
	(3, '090005 00000'),
	(4, '0091 90005 00000'),
	(5, '919000500000'),
	(6, '+1 (415) 555-0132'),
	(7, '14155550132'),
	(8, '4155550132'),
	(9, '00 1 415 555 0132'),
	(10, '+9190005000'),
	(11, 'call me'),
	(12, '+91 90005 00000 ext. 7'),
	(13, 'tel:+919000500000'),
	(14, '12')) AS v(n, value),
	key_of('userid phone', v.value) AS k, key_of('userid phone us', v.value) AS u, key_of('userid phone anywhere', v.value) AS w ORDER BY v.n;
-- A string: case and leading zeros stay.
SELECT left(v.value, 20) AS value, left(k.key, 20) AS key, char_length(k.key) AS chars, k.code, k.detail
FROM (VALUES (1, ' A-1 '),
	(2, 'a-1'),
	(3, '0042'),
	(4, 'C 17'),
	(5, 'C   17'),
	(6, U&'C\00A017'),
	(7, E'C\t17'),
	(8, repeat('x', 255)),
	(9, repeat('x', 256)),
	(10, 'urn:x:5/6')) AS v(n, value),
	key_of('userid string', v.value) AS k ORDER BY v.n;
-- A number, in one form.
SELECT v.value, k.*
FROM (VALUES (1, '42'),
	(2, ' 42.0'),
	(3, '+42'),
	(4, '-7'),
	(5, '4.50'),
	(6, '042'),
	(7, '4e1'),
	(8, '1,000'),
	(9, '1 000'),
	(10, '123456789012345'),
	(11, '1234567890123456'),
	(12, U&'\0664\0662'), (13, U&'\FF14\FF12'), (14, '.5'), (15, '5.'), (16, 'NaN'), (17, '0x2A'), (18, '4-2'), (19, '--4')) AS v(n, value),
	key_of('userid number', v.value) AS k ORDER BY v.n;
-- A JSON number is its text.
SELECT user360.add_channel('userid number', 'web');
SELECT v.n, v.key, i.userid
FROM (VALUES (1, '42'), (2, '42.0'), (3, '4.2e1'), (4, '"42"'), (5, '1e14')) AS v(n, key),
LATERAL user360.identify('userid number', 'web', 's' || v.n, format('{"key": %s}', v.key)::jsonb) AS i ORDER BY v.n;
SELECT a.code, a.detail FROM attempt($$SELECT user360.identify('userid number', 'web', 's', '{"key": 1e20}')$$) AS a;
SELECT count(DISTINCT profile_id) FROM user360.profile WHERE bot = 'userid number';

-- Values that are never a userId, whatever quotes, brackets and letters they come in.
SELECT v.value, k.code
FROM unnest(ARRAY['null', 'NULL', ' Null ', '"null"', '''null''', '(null)', '<null>', '[null]', '{null}', U&'\00ABnull\00BB', U&'\201Cnull\201D', 'null.', U&'\FF4E\FF55\FF4C\FF4C',
	'nil', 'none', 'None', 'undefined', '[undefined]', 'nan', 'NaN', 'n/a', 'N/A', 'n / a', 'na', 'unknown', 'UNKNOWN', '<unknown>', 'anonymous', 'guest', 'Guest', 'test', 'true', 'FALSE',
	'0', '00', '000000', '0.0', '0-0', '-1', '[object Object]', '{}', '[]', '()', '""', '''''', '-', '--', '?', '...', '#N/A', '{{userId}}', '${userId}', '%{user_id}', '\N'])
	WITH ORDINALITY AS v(value, n), key_of('userid string', v.value) AS k WHERE k.code IS DISTINCT FROM 'U3009' ORDER BY v.n;
SELECT a.code, a.message, a.detail, a.hint FROM attempt($$SELECT user360.normalize_userid('userid string', ' "NULL" ')$$) AS a;
SELECT a.code, a.message, a.detail, a.hint FROM attempt($$SELECT user360.normalize_userid('userid email', 'asha')$$) AS a;
-- Whatever the type.
SELECT v.bot, v.value, k.code
FROM (VALUES (1, 'userid email', 'null'),
	(2, 'userid email', '0'),
	(3, 'userid phone', '0000000000'),
	(4, 'userid phone', 'undefined'),
	(5, 'userid number', '0'),
	(6, 'userid number', '-0.00'),
	(7, 'userid number', '-1'), (8, 'userid number', 'nan')) AS v(n, bot, value), key_of(v.bot, v.value) AS k ORDER BY v.n;
-- What only looks like one of these is a userId.
SELECT v.value, k.*
FROM unnest(ARRAY['nullable', 'null1', 'Nil Armstrong', 'Guest 12', 'tester', 'na-7', 'none of these', '10', '007', 'T', 'falsey', 'unknown soldier', '1', '-12'])
	WITH ORDINALITY AS v(value, n), key_of('userid string', v.value) AS k ORDER BY v.n;

-- A bot's own patterns: LIKE, comma-separated, without regard to case.
SELECT user360.set_option('userid string', 'blocked_patterns', ' demo%, tmp-__ ,100\%, ' || U&'cafe\0301%');
SELECT v.value, k.key, k.code
FROM unnest(ARRAY['demo', 'DEMO-7', ' Demo user', 'my demo', 'tmp-12', 'TMP-AB', 'tmp-1', 'tmp-123', '100%', '1000', U&'caf\00E9-1', U&'CAFE\0301', 'cafe']) WITH ORDINALITY AS v(value, n),
	key_of('userid string', v.value) AS k ORDER BY v.n;
SELECT user360.set_option('userid string', 'blocked_patterns', NULL);
SELECT key, code FROM key_of('userid string', 'DEMO-7');
SELECT user360.set_option('userid email', 'blocked_patterns', '%@example.test, noreply@%');
SELECT v.value, k.key, k.code
FROM unnest(ARRAY['asha@Example.TEST', 'NoReply@example.com', 'reply@example.com', 'asha@example.test.com']) WITH ORDINALITY AS v(value, n), key_of('userid email', v.value) AS k ORDER BY v.n;

-- Options that shape the key.
SELECT user360.set_option('userid email', 'gmail_dots', 'on');
SELECT v.value, k.key FROM unnest(ARRAY['a.s.ha@gmail.com', 'A.sha+shop@gmail.com', 'a.sha@example.com', 'a.sha@googlemail.com']) WITH ORDINALITY AS v(value, n), key_of('userid email', v.value) AS k ORDER BY v.n;
SELECT user360.set_option('userid email', 'plus_tags', 'on');
SELECT v.value, k.key, k.code FROM unnest(ARRAY['a.s.ha@gmail.com', 'A.sha+shop@gmail.com', 'a.sha+shop+2@example.com', '+shop@example.com']) WITH ORDINALITY AS v(value, n), key_of('userid email', v.value) AS k ORDER BY v.n;
SELECT user360.set_option('userid email', 'gmail_dots', NULL);
SELECT v.value, k.key FROM unnest(ARRAY['a.s.ha@gmail.com', 'A.sha+shop@gmail.com']) WITH ORDINALITY AS v(value, n), key_of('userid email', v.value) AS k ORDER BY v.n;
SELECT user360.set_option('userid string', 'casefold', 'on');
SELECT v.value, k.key FROM unnest(ARRAY['AB-12', 'ab-12']) WITH ORDINALITY AS v(value, n), key_of('userid string', v.value) AS k ORDER BY v.n;
SELECT k.key = U&'\03B4\03C3' AS folded FROM key_of('userid string', U&'\0394\03A3') AS k;
SELECT user360.set_option('userid string', 'strip_separators', 'on');
SELECT v.value, k.* FROM unnest(ARRAY['AB-12 34', 'ab1234', 'a.b/1_2 3-4', '0-042', '- -', '0-0']) WITH ORDINALITY AS v(value, n), key_of('userid string', v.value) AS k ORDER BY v.n;
-- They are those of the userId, not of other properties.
SELECT user360.add_channel('userid string', 'web');
SELECT user360.define_property('userid string', 'other', 'string');
SELECT userid FROM user360.identify('userid string', 'web', 's', '{"key": "AB-12", "other": "AB-12"}') AS i;
SELECT holds FROM people('userid string');

-- Possible numbers are accepted, unless the bot wants valid ones.
SELECT v.value, k.* FROM unnest(ARRAY['+91 12345 67890', '+91 90005 00000', '+1 415 555 0132', '+1 155 555 0132']) WITH ORDINALITY AS v(value, n), key_of('userid phone', v.value) AS k ORDER BY v.n;
SELECT user360.set_option('userid phone', 'require_valid_phone', 'on');
SELECT v.value, k.* FROM unnest(ARRAY['+91 12345 67890', '+91 90005 00000', '+1 415 555 0132', '+1 155 555 0132']) WITH ORDINALITY AS v(value, n), key_of('userid phone', v.value) AS k ORDER BY v.n;
-- The region may change: keys stay, national numbers are read anew.
SELECT user360.set_option('userid phone', 'default_region', 'US');
SELECT v.value, k.key, k.code FROM unnest(ARRAY['+91 90005 00000', '(415) 555-0132', '90005 00000']) WITH ORDINALITY AS v(value, n), key_of('userid phone', v.value) AS k ORDER BY v.n;

-- A key is its own key.
SELECT count(*), bool_and(k.key = v.key)
FROM (VALUES ('userid email', 'asha@gmail.com'), ('userid phone', '+919000500000'), ('userid string', 'ab1234'), ('userid number', '-4.5')) AS v(bot, key), key_of(v.bot, v.key) AS k;
DROP FUNCTION key_of;
