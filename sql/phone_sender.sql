-- Channels whose senders are phone numbers: the sender is one number however
-- it is written, fills phone and country, and is the userId where the phone is.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('phone', 'email', '{web}', 'IN');
SELECT user360.add_channel('phone', 'whatsapp', sender_form => 'phone');
SELECT channel, kind, sender_form FROM user360.channel WHERE bot = 'phone' ORDER BY channel;

SELECT v.sender, c.*
FROM (VALUES (1, '919000500000'), (2, '+919000500000'), (3, '+91 90005-00000'), (4, U&'\FF19\FF11\FF19\FF10\FF10\FF10\FF15\FF10\FF10\FF10\FF10\FF10'),
	(5, ' 00919000500000'), (6, '5215512345678'), (7, '+525512345678'), (8, '14155550132'), (9, '80012345678')) AS v(n, sender),
LATERAL captured('phone', 'whatsapp', v.sender) AS c ORDER BY v.n;
SELECT * FROM people('phone');

-- What can't be such a number is a sender as it is.  A number without its
-- calling code is none here, whatever the bot's region, and least of all one
-- of another country (9000500000 is no number of Turkey's).
SELECT v.sender, c.no, c.outcome, c.missing
FROM (VALUES (1, '9000500000'), (2, '0'), (3, 'wa:919000500000'), (4, '919000500000 ext. 5'), (5, '9000500000'), (6, '900500000')) AS v(n, sender),
LATERAL captured('phone', 'whatsapp', v.sender) AS c ORDER BY v.n;
SELECT count(*) AS known_phones FROM people('phone') WHERE no BETWEEN 7 AND 11 AND (holds ? 'phone' OR holds ? 'country');

-- The sender fills blanks only: what the customer gave stays.
SELECT * FROM captured('phone', 'whatsapp', '919000500001', '{"phone": "+14155550100", "country": "US", "timezone": "America/New_York"}');
SELECT * FROM captured('phone', 'whatsapp', '919000500001', '{"firstName": "Dev"}');
SELECT * FROM people('phone') WHERE senders = 'whatsapp +919000500001';
-- On another channel a number is only a sender.
SELECT * FROM captured('phone', 'web', '919000500000');
SELECT * FROM people('phone') WHERE senders = 'web 919000500000';

-- Recognised by the userId, as on every chat channel.
SELECT * FROM captured('phone', 'web', 'cookie', '{"email": "asha@example.com", "firstName": "Asha"}');
SELECT * FROM captured('phone', 'whatsapp', '919000500000', '{"email": "asha@example.com"}');
SELECT * FROM people('phone') WHERE no = 1 OR "into" IS NOT NULL OR userid IS NOT NULL;

-- Where the phone is the userId, the sender identifies.
SELECT user360.create_bot('phone is userid', 'phone', '{web}', 'IN');
SELECT user360.add_channel('phone is userid', 'whatsapp', 'chat', 'phone');
SELECT * FROM captured('phone is userid', 'whatsapp', '919000500000');
SELECT * FROM captured('phone is userid', 'whatsapp', '+91 90005 00000', '{"phone": "090005 00000"}');
SELECT * FROM captured('phone is userid', 'web', 'cookie 1', '{"firstName": "Asha"}');
SELECT * FROM captured('phone is userid', 'web', 'cookie 1', '{"phone": "90005 00000"}');
-- Another userId in the properties is whose it is; the sender stays there.
SELECT * FROM captured('phone is userid', 'whatsapp', '919000500002', '{"userId": "+91 90005 00003"}');
SELECT * FROM captured('phone is userid', 'whatsapp', '919000500002');
SELECT * FROM captured('phone is userid', 'whatsapp', '919000500002', '{"userId": "+91 90005 00002"}');
SELECT * FROM captured('phone is userid', 'whatsapp', '919000500002');
-- A blocked number identifies nobody.
SELECT user360.set_option('phone is userid', 'blocked_patterns', '+9190005999__');
SELECT * FROM captured('phone is userid', 'whatsapp', '919000599900');
SELECT * FROM people('phone is userid');
