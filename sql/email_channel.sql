-- On a channel of kind e-mail the sender is the userId.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- A bot with an e-mail channel and no userId property gets email.
SELECT user360.create_bot('mail', NULL, '{web,email}');
SELECT userid_property FROM user360.bot WHERE bot = 'mail';

-- The address is normalised, is the userId, and fills email.
SELECT * FROM captured('mail', 'email', ' Asha.Rao@Example.COM ');
SELECT * FROM captured('mail', 'email', 'asha.rao@example.com');
SELECT * FROM captured('mail', 'email', 'ASHA.RAO@EXAMPLE.COM', '{"firstName": "Asha"}');
SELECT * FROM people('mail');
SELECT as_given FROM user360.profile WHERE bot = 'mail';
-- Known from another channel, the customer is recognised, and the other way round.
SELECT * FROM captured('mail', 'web', 'cookie 1', '{"email": "ravi@example.com", "firstName": "Ravi"}');
SELECT * FROM captured('mail', 'email', 'Ravi@example.com', '{"firstName": "R."}');
SELECT * FROM captured('mail', 'web', 'cookie 2', '{"userId": "asha.rao@example.com"}');
SELECT * FROM captured('mail', 'web', 'cookie 3', '{"city": "Pune"}');
SELECT * FROM captured('mail', 'web', 'cookie 3', '{"userId": "asha.rao@example.com"}');
SELECT * FROM people('mail');

-- The same userId beside it is fine, in any spelling; another is refused.
SELECT v.properties, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, '{"userId": "asha.rao@example.com"}'), (2, '{"email": "ASHA.rao@example.com "}'), (3, '{"userId": ""}'),
	(4, '{"userId": "ravi@example.com"}'), (5, '{"email": "new@example.com"}')) AS v(n, properties),
LATERAL attempt(format('SELECT outcome FROM user360.identify(%L, %L, %L, %L)', 'mail', 'email', 'asha.rao@example.com', v.properties)) AS a
ORDER BY v.n;
-- Nothing of a refused capture stays.
SELECT count(*) FROM user360.profile WHERE bot = 'mail' AND userid = 'new@example.com';

-- An address that can't be used stays an unidentified sender, and is known as given.
SELECT v.sender, c.*
FROM (VALUES (1, 'not an address'),
	(2, 'asha@'),
	(3, '"asha rao"@example.com'),
	(4, 'asha@localhost'),
	(5, 'null'),
	(6, 'not an address')) AS v(n, sender),
LATERAL captured('mail', 'email', v.sender) AS c ORDER BY v.n;
SELECT * FROM people('mail') WHERE userid IS NULL;
SELECT n.no, p.as_given FROM user360.profile AS p JOIN numbered('mail') AS n USING (profile_id) WHERE p.bot = 'mail' AND p.userid IS NULL ORDER BY n.no;
-- A userId beside it is refused there, too.
SELECT code, message FROM attempt($$SELECT user360.identify('mail', 'email', 'asha@localhost', '{"userId": "asha@example.com"}')$$);

-- A blocked one likewise; once it is no longer blocked, it is the userId.
SELECT user360.set_option('mail', 'blocked_patterns', 'noreply@%');
SELECT no, outcome, userid FROM captured('mail', 'email', 'noreply@example.com');
SELECT no, outcome, userid FROM captured('mail', 'email', 'noreply@example.com');
SELECT user360.set_option('mail', 'blocked_patterns', NULL);
SELECT no, outcome, userid FROM captured('mail', 'email', 'noreply@example.com');

-- The kind decides, not the name.
SELECT user360.create_bot('mail kinds', 'email');
SELECT user360.add_channel('mail kinds', 'support', 'email');
SELECT user360.add_channel('mail kinds', 'email', 'chat');
SELECT user360.add_channel('mail kinds', 'chat');
SELECT channel, kind, sender_form FROM user360.channel WHERE bot = 'mail kinds' ORDER BY channel;
SELECT * FROM captured('mail kinds', 'support', 'Uma@example.com');
SELECT * FROM captured('mail kinds', 'email', 'Uma@example.com');
SELECT * FROM people('mail kinds');

-- Options that shape the key shape the sender, too.
SELECT user360.create_bot('mail options', 'email', '{email}');
SELECT user360.set_option('mail options', 'gmail_dots', 'on');
SELECT user360.set_option('mail options', 'plus_tags', 'on');
SELECT * FROM captured('mail options', 'email', 'a.sha+shop@gmail.com');
SELECT * FROM captured('mail options', 'email', 'Asha+news@gmail.com');
SELECT * FROM people('mail options');

-- Where the userId property is a custom one of type email, the sender fills both.
SELECT user360.create_bot('mail custom', NULL, '{web}');
SELECT user360.define_property('mail custom', 'workEmail', 'email');
SELECT user360.set_userid_property('mail custom', 'workEmail');
SELECT user360.add_channel('mail custom', 'email');
SELECT * FROM captured('mail custom', 'email', 'Uma@Example.com');
SELECT as_given FROM user360.profile WHERE bot = 'mail custom';
SELECT * FROM captured('mail custom', 'web', 'cookie', '{"workEmail": "uma@example.com", "email": "uma@home.example"}');
SELECT * FROM people('mail custom');
