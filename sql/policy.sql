-- The policy of a bot: what may be chosen, until when, and every refusal.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- A bot, and what it starts with.
SELECT user360.create_bot('policy');
SELECT user360.create_bot('policy mail', 'email', '{web,email}', 'IN', 'cloud');
SELECT user360.create_bot('policy phone', 'phone', '{}', 'US');
SELECT user360.create_bot(U&'\092A\094B\0932\093F\0938\0940-' || repeat('x', 56), channels => ARRAY[repeat('y', 63)]);
SELECT char_length(bot) AS chars, platform, userid_property, default_region, options FROM user360.bot WHERE bot LIKE 'policy%' OR char_length(bot) = 63 ORDER BY bot;
SELECT bot, channel, kind, sender_form FROM user360.channel WHERE bot LIKE 'policy%' ORDER BY 1, 2;

SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$('policy')$$), (2, $$(NULL)$$), (3, $$('')$$), (4, $$(' ')$$), (5, $$('*')$$), (6, $$('@bot')$$), (7, $$(repeat('x', 64))$$),
	(8, $$('p1', platform => 'app')$$), (9, $$('p1', platform => 'desktop')$$), (10, $$('policy p3', platform => NULL)$$),
	(11, $$('p2', default_region => 'in')$$),
	(12, $$('p2', default_region => 'XX')$$),
	(13, $$('p2', default_region => 'IND')$$),
	(14, $$('p2', default_region => '')$$),
	(15, $$('p2', 'customerId')$$), (16, $$('p2', 'userId')$$), (17, $$('p2', 'firstName')$$), (18, $$('p2', 'country')$$), (19, $$('p2', 'dob')$$),
	(20, $$('p2', 'tags')$$), (21, $$('p2', 'emailOptin')$$), (22, $$('p2', '')$$),
	(23, $$('p2', 'phone', '{web,email}')$$),
	(24, $$('p2', 'email', '{web,NULL}')$$),
	(25, $$('p2', 'email', '{web,""}')$$),
	(26, $$('p2', 'email', ARRAY[repeat('x', 64)])$$),
	(27, $$('policy p4', 'email', '{web,web}')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.create_bot' || v.call) AS a ORDER BY v.n;
-- A refused bot leaves nothing.
SELECT count(*) FROM user360.bot WHERE bot IN ('p1', 'p2');
SELECT count(*) FROM user360.channel WHERE bot IN ('p1', 'p2');

-- Channels.
SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$('policy', 'web')$$),
	(2, $$('policy', 'web')$$),
	(3, $$('policy', 'web', 'chat', NULL)$$),
	(4, $$('policy', 'web', 'email')$$),
	(5, $$('policy', 'web', NULL, 'phone')$$),
	(6, $$('policy', 'wa', 'chat', 'phone')$$), (7, $$('policy', 'wa', sender_form => 'phone')$$), (8, $$('policy', 'wa')$$),
	(9, $$('policy', 'sms', 'sms')$$), (10, $$('policy', 'sms', 'chat', 'email')$$), (11, $$('policy', 'sms', 'email', 'phone')$$),
	(12, $$('policy', '')$$),
	(13, $$('policy', repeat('x', 64))$$),
	(14, $$('policy', '*')$$),
	(15, $$('policy', NULL)$$),
	(16, $$(NULL, 'web')$$),
	(17, $$('no such bot', 'web')$$),
	(18, $$('policy phone', 'email')$$), (19, $$('policy phone', 'support', 'email')$$), (20, $$('policy phone', 'email', 'chat')$$),
	(21, $$('policy mail', 'support', 'email')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.add_channel' || v.call) AS a ORDER BY v.n;
SELECT bot, channel, kind, sender_form FROM user360.channel WHERE bot LIKE 'policy%' ORDER BY 1, 2;

-- Properties: their types and rules, which never change.
SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$('policy', 'a string', 'string')$$),
	(2, $$('policy', 'a number', 'number', 'keep')$$),
	(3, $$('policy', 'a time', 'time', 'latest')$$),
	(4, $$('policy', 'a date', 'date')$$), (5, $$('policy', 'a datetime', 'datetime')$$), (6, $$('policy', 'a list', 'list', 'union')$$),
	(7, $$('policy', 'a boolean', 'boolean')$$),
	(8, $$('policy', 'a phone', 'phone')$$),
	(9, $$('policy', 'a url', 'url')$$),
	(10, $$('policy', 'an email', 'email', NULL)$$),
	(11, $$('policy', 'a list', 'list', 'union')$$), (12, $$('policy', 'a list', 'list')$$), (13, $$('policy', 'a string', 'number')$$),
	(14, $$('policy', 'x', 'text')$$), (15, $$('policy', 'x', 'String')$$), (16, $$('policy', 'x', '')$$), (17, $$('policy', 'x', 'string', 'union')$$),
	(18, $$('policy', 'x', 'string', 'newest')$$), (19, $$('policy', 'x', 'string', 'place')$$),
	(20, $$('policy', 'firstName', 'string')$$), (21, $$('policy', 'tags', 'list', 'union')$$), (22, $$('policy', 'userId', 'string')$$),
	(23, $$('policy', '', 'string')$$),
	(24, $$('policy', '@given', 'string')$$),
	(25, $$('policy', repeat('x', 64), 'string')$$),
	(26, $$('policy', repeat('x', 63), 'string')$$),
	(27, $$('policy', NULL, 'string')$$),
	(28, $$('policy', 'x', NULL)$$),
	(29, $$(NULL, 'x', 'string')$$),
	(30, $$('no such bot', 'x', 'string')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.define_property' || v.call) AS a ORDER BY v.n;
SELECT left(property, 20) AS name, type, merge_rule FROM user360.property WHERE bot = 'policy' ORDER BY 1;

-- At most 300 custom ones a bot.
SELECT user360.create_bot('policy 300', NULL, '{web}');
SELECT count(user360.define_property('policy 300', 'p' || n, 'number')) FROM generate_series(1, 299) AS n;
SELECT user360.define_property('policy 300', 'p300', 'string');
SELECT code, message, detail, hint FROM attempt($$SELECT user360.define_property('policy 300', 'p301', 'string')$$);
SELECT user360.define_property('policy 300', 'p300', 'string');
SELECT count(*) FROM user360.property WHERE bot = 'policy 300';
SELECT outcome FROM user360.identify('policy 300', 'web', 's', (SELECT jsonb_object_agg('p' || n, n) FROM generate_series(1, 300) AS n)) AS i;
SELECT count(*), sum(value::numeric) FROM user360.profile AS p, jsonb_each_text(p.custom) WHERE p.bot = 'policy 300';
SELECT code FROM attempt($$SELECT user360.define_property('policy', 'p301', 'string')$$);

-- The userId property: email, phone, or a custom one of four types.
SELECT v.property, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, 'email'), (2, 'phone'), (3, 'a string'), (4, 'a number'), (5, 'a phone'), (6, 'an email'), (7, NULL),
	(8, 'a time'), (9, 'a date'), (10, 'a datetime'), (11, 'a list'), (12, 'a boolean'), (13, 'a url'),
	(14, 'firstName'), (15, 'lastChannel'), (16, 'dob'), (17, 'tags'), (18, 'whatsAppOptin'), (19, 'userId'), (20, 'Email'), (21, '')) AS v(n, property),
LATERAL attempt(format('SELECT user360.set_userid_property(%L, %L)', 'policy', v.property)) AS a ORDER BY v.n;
SELECT userid_property FROM user360.bot WHERE bot = 'policy';
-- With an e-mail channel, one of type email.
SELECT v.property, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, 'email'), (2, 'phone'), (3, 'a string'), (4, 'an email'), (5, NULL), (6, 'email')) AS v(n, property),
LATERAL attempt(format($$SELECT user360.define_property('policy mail', 'a string', 'string'), user360.define_property('policy mail', 'an email', 'email'),
	user360.set_userid_property('policy mail', %L)$$, v.property)) AS a ORDER BY v.n;
SELECT userid_property FROM user360.bot WHERE bot = 'policy mail';
-- And an e-mail channel gives a bot without one email.
SELECT outcome FROM user360.identify('policy', 'web', 's', '{"email": "asha@example.com"}') AS i;
SELECT user360.add_channel('policy', 'email');
SELECT userid_property FROM user360.bot WHERE bot = 'policy';

-- Options: every one, its values, and what is none.
SELECT v.option, v.value, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, 'gmail_dots', 'on'),
	(2, 'gmail_dots', 'no'),
	(3, 'gmail_dots', 'perhaps'),
	(4, 'plus_tags', 'true'),
	(5, 'plus_tags', ''),
	(6, 'casefold', '1'),
	(7, 'casefold', '2'),
	(8, 'strip_separators', 'yes'),
	(9, 'strip_separators', '-'),
	(10, 'default_region', 'IN'),
	(11, 'default_region', 'in'),
	(12, 'default_region', 'ZZ'),
	(13, 'require_valid_phone', 'off'),
	(14, 'require_valid_phone', 'strict'),
	(15, 'blocked_patterns', 'test%, demo-___ ,'),
	(16, 'lookalike', 'off'),
	(17, 'lookalike', 'report'),
	(18, 'lookalike', 'refuse'), (19, 'lookalike', 'on'), (20, 'overwrite', 'never'), (21, 'overwrite', 'own'), (22, 'overwrite', 'always'),
	(23, 'last_seen_resolution', '1 day'),
	(24, 'last_seen_resolution', '0'),
	(25, 'last_seen_resolution', '-1 second'),
	(26, 'last_seen_resolution', 'often'),
	(34, 'last_seen_resolution', '300000 years'),
	(27, 'strict_channels', 'on'),
	(28, 'strict_channels', 'very'),
	(29, 'colour', 'red'),
	(30, 'Overwrite', 'own'),
	(31, '', 'x'),
	(32, NULL, 'x'),
	(33, 'userid_property', 'phone')) AS v(n, option, value),
LATERAL attempt(format('SELECT user360.set_option(%L, %L, %L)', 'policy phone', v.option, v.value)) AS a ORDER BY v.n;
SELECT default_region, jsonb_pretty(options) FROM user360.bot WHERE bot = 'policy phone';
-- NULL is back to the default.
SELECT count(user360.set_option('policy phone', option, NULL))
FROM unnest('{gmail_dots,plus_tags,casefold,strip_separators,default_region,require_valid_phone,blocked_patterns,lookalike,overwrite,last_seen_resolution,strict_channels}'::text[]) AS option;
SELECT default_region, options FROM user360.bot WHERE bot = 'policy phone';

-- Once a profile has a userId, what gives userIds their form stays.
SELECT outcome, userid FROM user360.identify('policy phone', 'email', 's', '{"phone": "+919000500000"}') AS i;
SELECT v.call, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, $$set_userid_property('policy phone', 'email')$$),
	(2, $$set_userid_property('policy phone', NULL)$$),
	(3, $$set_userid_property('policy phone', 'phone')$$),
	(4, $$set_option('policy phone', 'gmail_dots', 'on')$$),
	(5, $$set_option('policy phone', 'plus_tags', 'on')$$),
	(6, $$set_option('policy phone', 'casefold', 'on')$$),
	(7, $$set_option('policy phone', 'strip_separators', 'on')$$), (8, $$set_option('policy phone', 'gmail_dots', NULL)$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
-- The rest may change.
SELECT v.call, a.code
FROM (VALUES (1, $$set_option('policy phone', 'default_region', 'IN')$$), (2, $$set_option('policy phone', 'require_valid_phone', 'on')$$),
	(3, $$set_option('policy phone', 'blocked_patterns', 'x%')$$),
	(4, $$set_option('policy phone', 'lookalike', 'refuse')$$),
	(5, $$set_option('policy phone', 'overwrite', 'never')$$),
	(6, $$set_option('policy phone', 'last_seen_resolution', '5 min')$$), (7, $$set_option('policy phone', 'strict_channels', 'on')$$),
	(8, $$define_property('policy phone', 'later', 'string')$$), (9, $$add_channel('policy phone', 'later')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;
SELECT outcome, userid FROM user360.identify('policy phone', 'later', 's', '{"phone": "090005 00000", "later": "x"}') AS i;
-- Another bot is another matter.
SELECT user360.set_option('policy mail', 'gmail_dots', 'on');
-- A userId of a profile that was rolled back is none.
BEGIN;
SELECT userid FROM user360.identify('policy mail', 'email', 'asha@example.com') AS i;
SELECT code FROM attempt($$SELECT user360.set_option('policy mail', 'plus_tags', 'on')$$);
ROLLBACK;
SELECT user360.set_option('policy mail', 'plus_tags', 'on');

-- What is set in a transaction that rolls back is not set.
BEGIN;
SELECT user360.define_property('policy mail', 'undone', 'string');
SELECT user360.add_channel('policy mail', 'undone');
SELECT user360.set_option('policy mail', 'default_region', 'US');
SELECT outcome FROM user360.identify('policy mail', 'undone', 's', '{"undone": "x", "phone": "(415) 555-0132"}') AS i;
ROLLBACK;
SELECT code, message FROM attempt($$SELECT user360.identify('policy mail', 'undone', 's')$$);
SELECT code, message FROM attempt($$SELECT user360.identify('policy mail', 'web', 's', '{"undone": "x"}')$$);
SELECT outcome FROM user360.identify('policy mail', 'web', 's', '{"phone": "90005 00000"}') AS i;
SELECT phone FROM user360.profile WHERE bot = 'policy mail';
BEGIN;
SAVEPOINT a;
SELECT user360.define_property('policy mail', 'undone', 'string');
ROLLBACK TO a;
SELECT code FROM attempt($$SELECT user360.identify('policy mail', 'web', 's', '{"undone": "x"}')$$);
ROLLBACK;

-- Of several refusals: existence, U3004, U3005, then rules of values.
SELECT outcome FROM user360.identify('policy mail', 'email', 'asha@example.com') AS i;
SELECT v.call, a.code
FROM (VALUES (1, $$set_userid_property('no such bot', 'firstName')$$), (2, $$set_userid_property('policy mail', 'no such property')$$),
	(3, $$set_userid_property('policy mail', 'phone')$$),
	(4, $$set_userid_property('policy mail', NULL)$$),
	(5, $$set_userid_property('policy mail', 'dob')$$),
	(6, $$set_option('no such bot', 'colour', 'red')$$),
	(7, $$set_option('policy mail', 'colour', 'red')$$),
	(8, $$set_option('policy mail', 'casefold', 'perhaps')$$),
	(9, $$create_bot('policy', 'firstName', '{email}', 'xx', 'app')$$),
	(10, $$identify('no such bot', 'web', '', '[]')$$), (11, $$identify('policy mail', 'no such channel', '', '[]')$$),
	(12, $$identify('policy mail', 'email', 'asha@example.com', '{"email": "ravi@example.com", "dob": "tomorrow"}')$$),
	(13, $$identify('policy mail', 'email', 'asha@example.com', '{"email": "ravi@example.com", "no such property": 1}')$$),
	(14, $$identify('policy mail', 'web', 's', '{"email": "null", "no such property": 1}')$$)) AS v(n, call),
LATERAL attempt('SELECT user360.' || v.call) AS a ORDER BY v.n;

-- A statement that captures and then chooses another userId property sees what
-- it has captured itself.
SELECT user360.create_bot('policy at once', 'email', '{web}');
SELECT (user360.identify('policy at once', 'web', 'ada', '{"email": "ada@example.com"}')).outcome, user360.set_userid_property('policy at once', 'phone');
SELECT (user360.identify('policy at once', 'web', 'ada', '{"email": "ada@example.com"}')).outcome, user360.set_option('policy at once', 'plus_tags', 'true');
SELECT userid_property FROM user360.bot WHERE bot = 'policy at once';
