-- Every SQLSTATE, each with its rule, its message and the way out.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('errors', 'email', '{web,email}', 'IN');
SELECT user360.set_option('errors', 'lookalike', 'refuse');
SELECT user360.create_bot('errors none', NULL, '{web}');
SELECT user360.define_property('errors', 'plan', 'string');
SELECT user360.create_bot('errors full');
SELECT count(user360.define_property('errors full', 'p' || n, 'number')) FROM generate_series(1, 300) AS n;
SELECT outcome FROM user360.identify('errors', 'web', 's', '{"email": "asha@example.com"}') AS i;
CREATE TABLE error_tickets (id int PRIMARY KEY, sender text);
CREATE TABLE provoked (n int, code text, command text);
INSERT INTO provoked VALUES
	(1, 'U3001', $$SELECT user360.identify('no such bot', 'web', 's')$$),
	(2, 'U3002', $$SELECT user360.identify('errors', 'no such channel', 's')$$),
	(3, 'U3003', $$SELECT user360.create_bot('errors app', platform => 'app')$$),
	(4, 'U3004', $$SELECT user360.set_userid_property('errors', 'phone')$$),
	(5, 'U3004', $$SELECT user360.set_option('errors', 'gmail_dots', 'on')$$),
	(6, 'U3004', $$UPDATE user360.bot SET userid_property = 'phone' WHERE bot = 'errors'$$),
	(7, 'U3005', $$SELECT user360.identify('errors', 'email', 'asha@example.com', '{"email": "ravi@example.com"}')$$),
	(8, 'U3005', $$SELECT user360.create_bot('errors phone', 'phone', '{email}')$$),
	(9, 'U3006', $$SELECT user360.set_userid_property('errors none', 'dob')$$),
	(10, 'U3007', $$UPDATE user360.profile SET userid = 'ravi@example.com' WHERE bot = 'errors'$$),
	(11, 'U3007', $$DELETE FROM user360.profile WHERE bot = 'errors'$$),
	(12, 'U3007', $$TRUNCATE user360.profile$$),
	(13, 'U3008', $$SELECT user360.identify('errors', 'web', 't', '{"userId": "asha"}')$$),
	(14, 'U3008', $$SELECT user360.identify('errors', 'web', 't', '{"userId": "asha@example.com", "email": "ravi@example.com"}')$$),
	(15, 'U3008', $$SELECT user360.identify('errors', 'web', 't', '{"userId": ["asha@example.com"]}')$$),
	(16, 'U3008', $$SELECT user360.normalize_email('asha')$$),
	(17, 'U3009', $$SELECT user360.identify('errors', 'web', 't', '{"userId": "null"}')$$),
	(18, 'U3010', $$SELECT user360.identify('errors', 'web', 't', '{"email": "a\u0455ha@example.com"}')$$),
	(19, 'U3011', $$SELECT user360.identify('errors', 'web', 't', '{"colour": "red"}')$$),
	(20, 'U3011', $$SELECT user360.set_userid_property('errors none', 'colour')$$),
	(21, 'U3011', $$SELECT user360.attach_tickets('error_tickets', 'bot:=errors', 'channel:=web', 'colour=sender')$$),
	(22, 'U3012', $$SELECT user360.identify('errors', 'web', 't', '{"dob": "tomorrow"}')$$),
	(23, 'U3012', $$SELECT user360.identify('errors', 'web', ' ')$$),
	(24, 'U3012', $$SELECT user360.identify('errors', 'web', 't', '{"plan": {}}')$$),
	(25, 'U3012', $$SELECT user360.identify('errors', 'web', 't', '[]')$$),
	(26, 'U3012', $$SELECT user360.define_property('errors', 'plan', 'number')$$),
	(27, 'U3013', $$SELECT user360.define_property('errors full', 'p301', 'number')$$),
	(28, 'U3017', $$SELECT user360.attach_tickets('error_tickets', 'bot:=errors', 'channel:=web', 'sender=sendr')$$),
	(29, 'U3017', $$SELECT user360.attach_tickets('error_tickets', 'bot:=errors', 'sender=sender')$$),
	(30, 'U3017', $$SELECT user360.attach_tickets('error_tickets', 'bot')$$),
	(31, 'U3019', $$SELECT user360.identify('errors none', 'web', 't', '{"userId": "x"}')$$),
	(32, 'U3019', $$SELECT user360.adopt_userids('errors none')$$),
	(33, '42710', $$SELECT user360.create_bot('errors')$$),
	(34, '42710', $$SELECT user360.add_channel('errors', 'web', 'email')$$),
	(35, '42710', $$SELECT user360.define_property('errors', 'firstName', 'string')$$),
	(36, '22023', $$SELECT user360.set_option('errors', 'colour', 'red')$$),
	(37, '22023', $$SELECT user360.set_option('errors', 'overwrite', 'maybe')$$),
	(38, '22023', $$SELECT user360.grant_access(session_user, 'errors', 'owner')$$),
	(39, '22023', $$SELECT user360.define_property('errors', 'colour', 'paint')$$),
	(40, '22023', $$SELECT user360.create_bot('*')$$),
	(41, '22023', $$SELECT user360.create_bot('errors region', default_region => 'XX')$$),
	(42, '22004', $$SELECT user360.identify('errors', 'web', NULL)$$),
	(43, '23505', $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid) VALUES ('errors', '00000000-0000-7000-8000-000000000001', now(), now(), now(), now(), 'asha@example.com')$$);
SELECT a.code, a.message, a.detail, a.hint FROM provoked AS p, attempt(p.command) AS a ORDER BY p.n;
-- Each has the code of its rule.
SELECT p.n, p.code AS wanted, a.code FROM provoked AS p, attempt(p.command) AS a WHERE a.code <> p.code ORDER BY p.n;
-- Every business rule that refuses says what to do instead.
SELECT p.n, a.code, a.message FROM provoked AS p, attempt(p.command) AS a WHERE a.code LIKE 'U3%' AND a.hint = '' AND p.command !~ 'normalize_' ORDER BY p.n;
-- Messages start in lower case and end without a full stop, details and hints are sentences.
SELECT p.n, a.message, a.detail, a.hint FROM provoked AS p, attempt(p.command) AS a
WHERE a.message ~ '^[[:upper:]]' OR a.message ~ '\.$' OR (a.detail !~ '^$|[.…]$' OR a.detail ~ '^[[:lower:]]') AND a.code <> '23505' OR a.hint !~ '^$|[.?]$' OR a.hint ~ '^[[:lower:]]' AND a.hint !~ '^user360\.' ORDER BY p.n;
-- No refusal is one of the server's own making.
SELECT p.n, a.code FROM provoked AS p, attempt(p.command) AS a WHERE a.code = '00000' OR a.code LIKE 'XX%' ORDER BY p.n;

-- As psql shows one.
SELECT user360.identify('errors', 'web', 't', '{"userId": "null"}');
SELECT user360.attach_tickets('error_tickets', 'bot:=errors', 'channel:=web', 'sender=sendr');
\echo :LAST_ERROR_SQLSTATE
-- An error leaves the session as it was: its user, its settings, its transaction's other work.
SELECT current_user = session_user AS same_user, current_setting('search_path') AS search_path;
BEGIN;
SELECT outcome FROM user360.identify('errors', 'web', 'kept') AS i;
SAVEPOINT a;
SELECT user360.identify('errors', 'web', 'kept', '{"userId": "null"}');
ROLLBACK TO a;
SELECT outcome FROM user360.identify('errors', 'web', 'kept') AS i;
COMMIT;
SELECT current_user = session_user AS same_user;
SELECT count(*) FROM user360.sender WHERE bot = 'errors' AND sender = 'kept';
DROP TABLE error_tickets, provoked;
