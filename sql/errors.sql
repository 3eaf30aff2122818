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
SELECT outcome FROM user360.identify('errors', 'web', 'r', '{"email": "ravi@example.com"}') AS i;
SELECT outcome FROM user360.identify('errors', 'web', 'u', '{"firstName": "Uma"}') AS i;
SELECT outcome FROM user360.identify('errors', 'web', 'v', '{"firstName": "Vir"}') AS i;
-- A merge that stands, one that was undone, and history that was pruned.
SELECT m.merge_id IS NOT NULL AS merged FROM user360.contact_card_for_sender('errors', 'web', 'u') AS s, user360.contact_card_for_sender('errors', 'web', 's') AS t, user360.merge_profiles('errors', s.profile_id, t.profile_id) AS m;
SELECT m.merge_id AS undone FROM user360.contact_card_for_sender('errors', 'web', 'v') AS s, user360.contact_card_for_sender('errors', 'web', 's') AS t, user360.merge_profiles('errors', s.profile_id, t.profile_id) AS m \gset
SELECT u.merge_id = :'undone' AS is_undone FROM user360.unmerge('errors', :'undone') AS u;
SELECT outcome FROM user360.identify('errors none', 'web', 's') AS i;
SELECT user360.prune_events('errors none', '0');
-- The sender's own profile, as SQL has it.
CREATE FUNCTION error_profile(sender text) RETURNS text LANGUAGE sql AS $$
	SELECT quote_literal(d.profile_id) FROM user360.sender AS d WHERE d.bot = 'errors' AND d.sender = error_profile.sender
$$;
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
	(10, 'U3007', $$UPDATE user360.profile SET userid = 'ravi@example.com' WHERE bot = 'errors' AND userid = 'asha@example.com'$$),
	(11, 'U3007', $$DELETE FROM user360.profile WHERE bot = 'errors' AND userid = 'asha@example.com'$$),
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
	(43, '23505', $$INSERT INTO user360.profile (bot, profile_id, created_at, updated_at, last_seen_at, identified_at, userid) VALUES ('errors', '00000000-0000-7000-8000-000000000001', now(), now(), now(), now(), 'asha@example.com')$$),
	(44, 'U3007', $$SELECT user360.update_contact('errors', $$ || error_profile('s') || $$, '{"email": "uma@example.com"}')$$),
	(45, 'U3007', $$SELECT user360.update_contact('errors', $$ || error_profile('v') || $$, '{"userId": null}')$$),
	(46, 'U3014', $$SELECT user360.update_contact('errors', '00000000-0000-7000-8000-000000000000', '{"firstName": "x"}')$$),
	(47, 'U3014', $$SELECT user360.merge_profiles('errors', $$ || error_profile('v') || $$, '00000000-0000-7000-8000-000000000000')$$),
	(48, 'U3014', $$SELECT user360.merge_profiles('errors none', $$ || error_profile('v') || $$, $$ || error_profile('s') || $$)$$),
	(49, 'U3014', $$SELECT user360.unmerge('errors', '00000000-0000-7000-8000-000000000000')$$),
	(50, 'U3014', $$SELECT user360.replace_userid('errors', '00000000-0000-7000-8000-000000000000', 'x@example.com', true)$$),
	(51, 'U3014', $$SELECT user360.delete_user('errors', '00000000-0000-7000-8000-000000000000')$$),
	(52, 'U3015', $$SELECT user360.merge_profiles('errors', $$ || error_profile('u') || $$, $$ || error_profile('r') || $$)$$),
	(53, 'U3015', $$SELECT user360.merge_profiles('errors', $$ || error_profile('r') || $$, $$ || error_profile('v') || $$)$$),
	(54, 'U3016', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, 'meera@example.com', false)$$),
	(55, 'U3018', $$SELECT user360.user_page('errors none', '00000000-0000-7000-8000-000000000000', '2020-01-01')$$),
	(56, 'U3020', $$SELECT user360.unmerge('errors', '$$ || :'undone' || $$')$$),
	(57, 'U3008', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, ' ', true)$$),
	(58, 'U3009', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, 'null', true)$$),
	(59, 'U3010', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, U&'a\0455ha@example.com', true)$$),
	(60, 'U3011', $$SELECT user360.update_contact('errors', $$ || error_profile('r') || $$, '{"colour": null}')$$),
	(61, 'U3012', $$SELECT user360.update_contact('errors', $$ || error_profile('r') || $$, '{"dob": "tomorrow"}')$$),
	(62, '23505', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, 'Asha@Example.com', true)$$),
	(63, '55000', $$SELECT user360.replace_userid('errors', $$ || error_profile('v') || $$, 'x@example.com', true)$$),
	(64, '22023', $$SELECT user360.prune_events('errors', '-1 day')$$),
	(65, '22023', $$SELECT user360.prune_unidentified('errors', '-1 second')$$),
	(66, '22004', $$SELECT user360.merge_profiles('errors', $$ || error_profile('r') || $$, NULL)$$),
	(67, '22004', $$SELECT user360.replace_userid('errors', $$ || error_profile('r') || $$, NULL, true)$$);
-- Ids and moments are others in each run.
CREATE FUNCTION settled(message text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(message, '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-(?!000000000000)[0-9a-f]{12}', '<id>', 'g'), '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*( [A-Z]+)?', '<moment>', 'g')
$$;
SELECT a.code, settled(a.message) AS message, settled(a.detail) AS detail, a.hint FROM provoked AS p, attempt(p.command) AS a ORDER BY p.n;
-- Each has the code of its rule.
SELECT p.n, p.code AS wanted, a.code FROM provoked AS p, attempt(p.command) AS a WHERE a.code <> p.code ORDER BY p.n;
-- Every business rule that refuses says what to do instead.
SELECT p.n, a.code, a.message FROM provoked AS p, attempt(p.command) AS a WHERE a.code LIKE 'U3%' AND a.hint = '' AND p.command !~ 'normalize_' ORDER BY p.n;
-- Messages start in lower case and end without a full stop, details and hints are sentences.
SELECT p.n, a.message, a.detail, a.hint FROM provoked AS p, attempt(p.command) AS a
WHERE a.message ~ '^[[:upper:]]' OR a.message ~ '\.$' OR (a.detail !~ '^$|[.…]$' OR a.detail ~ '^[[:lower:]]') AND a.code <> '23505' OR a.hint !~ '^$|[.?]$' OR a.hint ~ '^[[:lower:]]' AND a.hint !~ '^user360\.' ORDER BY p.n;
-- No refusal is one of the server's own making.
SELECT p.n, a.code FROM provoked AS p, attempt(p.command) AS a WHERE a.code = '00000' OR a.code LIKE 'XX%' ORDER BY p.n;

-- Each code of the rules is among them.
SELECT 'U30' || lpad(n::text, 2, '0') AS not_provoked FROM generate_series(1, 20) AS n WHERE NOT EXISTS (SELECT FROM provoked AS p WHERE p.code = 'U30' || lpad(n::text, 2, '0')) ORDER BY 1;
-- None of them has changed anything.
SELECT p.userid, p.merged_into IS NOT NULL AS merged FROM user360.profile AS p WHERE p.bot = 'errors' ORDER BY p.userid, 2;

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
DROP FUNCTION error_profile, settled;
