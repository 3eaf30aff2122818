-- Capture: who a sender is, row by row of the table of outcomes; what a
-- capture overwrites and what it only fills; and that a repeated one writes
-- nothing.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT user360.create_bot('capture', NULL, '{web,app}');
SELECT user360.define_property('capture', 'customerId', 'string');
SELECT user360.define_property('capture', 'plan', 'string');
SELECT user360.set_userid_property('capture', 'customerId');

-- A new sender without a userId: an unidentified profile.
SELECT * FROM captured('capture', 'web', 'one', '{"firstName": "Asha"}');
-- A new sender with a new userId: a profile with that userId.
SELECT * FROM captured('capture', 'web', 'two', '{"customerId": "U-1", "firstName": "Ravi", "phone": "+919000500000"}');
-- A new sender with a known userId is mapped to its profile, and only fills blanks.
SELECT * FROM captured('capture', 'web', 'three', '{"customerId": "U-1", "firstName": "Ravindra", "city": "Pune"}');
-- An unidentified sender without a userId: stored, and its own values overwritten.
SELECT * FROM captured('capture', 'web', 'one', '{"firstName": "Asha K", "plan": "gold"}');
SELECT * FROM people('capture');
-- An unidentified sender with a new userId gets it; what it held stays.
SELECT * FROM captured('capture', 'web', 'one', '{"customerId": "U-2", "plan": "silver", "email": "asha@example.com"}');
-- An unidentified sender with a known userId is merged, and only fills blanks.
SELECT * FROM captured('capture', 'web', 'four', '{"firstName": "R.", "city": "Nashik", "gender": "male", "plan": "basic"}');
SELECT * FROM captured('capture', 'web', 'four', '{"customerId": "U-1", "firstName": "Ravi Kumar", "language": "mr"}');
SELECT * FROM people('capture');
-- A merged sender is judged by its survivor: own from now on, so it overwrites.
SELECT * FROM captured('capture', 'web', 'four', '{"firstName": "Ravi Kumar"}');
-- An identified sender without a userId, or with its own: stored.
SELECT * FROM captured('capture', 'web', 'two', '{"lastName": "Patil"}');
SELECT * FROM captured('capture', 'web', 'two', '{"customerId": "U-1", "lastName": "Patel"}');
-- An identified sender with a new userId: a new profile; the old one stays as it is.
SELECT * FROM captured('capture', 'web', 'two', '{"customerId": "U-3", "firstName": "Meera"}');
-- An identified sender with a known one is mapped to it and only fills blanks.
SELECT * FROM captured('capture', 'web', 'two', '{"customerId": "U-2", "firstName": "Aisha", "lastName": "Khan"}');
SELECT * FROM people('capture');
-- From then on it is that profile's own sender, which overwrites.
SELECT * FROM captured('capture', 'web', 'two', '{"firstName": "Aisha"}');
SELECT * FROM people('capture') WHERE userid = 'U-2';

-- Who does the whole in one statement is in time, too.
SELECT c.* FROM generate_series(1, 3) AS n,
	LATERAL captured('capture', 'app', 'many-' || n, '{"customerId": "U-4"}') AS c ORDER BY n;

-- What was recorded: creations, changes with the values before and after, the
-- merge under the survivor and the end of the absorbed profile under itself.
SELECT * FROM history('capture');
SELECT count(*) FILTER (WHERE e.actor = session_user AND NOT e.tracked) = count(*) AS all_by_the_caller
FROM user360.event AS e WHERE bot = 'capture';

-- A userId of a profile that was merged leads to the survivor.
INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, identified_at, userid, custom)
SELECT p.bot, '00000000-0000-7000-8000-000000000001', p.profile_id, now(), now(), now(), now(), 'U-old', '{"customerId": "U-old"}'
FROM user360.profile AS p WHERE p.bot = 'capture' AND p.userid = 'U-3';
INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor)
SELECT p.bot, '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', p.profile_id, 1, now(), 'regress'
FROM user360.profile AS p WHERE p.bot = 'capture' AND p.userid = 'U-3';
UPDATE user360.profile SET own = '{"firstName": "Meera", "customerId": "U-3"}' WHERE bot = 'capture' AND userid = 'U-3';
-- A new sender: switched to it.
SELECT * FROM captured('capture', 'app', 'old-new', '{"customerId": "U-old", "city": "Agra"}');
-- An unidentified one: merged.
SELECT * FROM captured('capture', 'app', 'old-known', '{"gender": "female"}');
SELECT * FROM captured('capture', 'app', 'old-known', '{"customerId": "U-old", "firstName": "M."}');
-- One of the survivor's own: the same customer.
SELECT * FROM captured('capture', 'app', 'old-known', '{"customerId": "U-old"}');
SELECT * FROM captured('capture', 'app', 'old-known', '{"customerId": "U-3"}');
SELECT * FROM captured('capture', 'app', 'old-new', '{"customerId": "U-3"}');
-- One of another customer: switched.
SELECT * FROM captured('capture', 'app', 'many-1', '{"customerId": "U-old"}');
SELECT * FROM people('capture') WHERE "into" IS NOT NULL OR userid IN ('U-3', 'U-old');

SELECT c.userid, c.first_name FROM user360.contact_card('capture', 'U-old') AS c;

-- A call that changes nothing writes nothing.
CREATE FUNCTION writes(properties jsonb, sender text DEFAULT 'one', channel text DEFAULT 'web') RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	events bigint := (SELECT count(*) FROM user360.event AS e);
	rows text := (SELECT string_agg(p::text || p.ctid, ',' ORDER BY p.profile_id) FROM user360.profile AS p WHERE bot = 'capture');
	senders text := (SELECT string_agg(s::text || s.ctid, ',' ORDER BY s.channel, s.sender) FROM user360.sender AS s WHERE bot = 'capture');
BEGIN
	PERFORM user360.identify('capture', channel, sender, properties);
	RETURN events <> (SELECT count(*) FROM user360.event)
		OR rows <> (SELECT string_agg(p::text || p.ctid, ',' ORDER BY p.profile_id) FROM user360.profile AS p WHERE bot = 'capture')
		OR senders <> (SELECT string_agg(s::text || s.ctid, ',' ORDER BY s.channel, s.sender) FROM user360.sender AS s WHERE bot = 'capture');
END
$$;
SELECT writes('{"firstName": "Asha"}') AS changed;
BEGIN;
SELECT v.properties, writes(v.properties)
FROM (VALUES (1, '{}'::jsonb), (2, NULL), (3, '{"firstName": "Asha"}'), (4, '{"firstName": " Asha  "}'), (5, '{"customerId": "U-2"}'),
	(6, '{"userId": "U-2", "customerId": " U-2"}'), (7, '{"email": "asha@example.com"}'), (8, '{"firstName": ""}'),
	(9, '{"firstName": null, "plan": " ", "customerId": null, "userId": ""}')) AS v(n, properties) ORDER BY v.n;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
-- Nor does one of a sender whose profile was merged.
SELECT writes('{"firstName": "Ravi Kumar"}', 'four') AS changed;
SELECT writes('{"firstName": "Ravi Kumar", "customerId": "U-1"}', 'four') AS changed;
-- A changed channel is a change.
SELECT writes('{"customerId": "U-2"}', 'one-on-app', 'app');
SELECT writes('{"customerId": "U-2"}', 'one-on-app', 'app');
SELECT writes('{}', 'one');
SELECT writes('{}', 'one');

-- Seen again long after, that alone is written: not an event, nor updated_at.
CREATE TABLE before AS SELECT p.* FROM user360.profile AS p WHERE bot = 'capture' AND userid = 'U-2';
CREATE FUNCTION seen_again(ago interval, OUT written boolean, OUT seen boolean, OUT updated boolean, OUT event boolean)
LANGUAGE plpgsql AS $$
DECLARE
	events bigint := (SELECT count(*) FROM user360.event);
BEGIN
	UPDATE user360.profile AS p SET last_seen_at = now() - ago WHERE p.bot = 'capture' AND p.userid = 'U-2';
	written := writes('{}');
	SELECT p.last_seen_at >= now(), p.updated_at <> b.updated_at, events <> (SELECT count(*) FROM user360.event)
		INTO seen, updated, event
		FROM user360.profile AS p, before AS b WHERE p.bot = 'capture' AND p.userid = 'U-2';
END
$$;
SELECT * FROM seen_again('59 minutes');
SELECT * FROM seen_again('61 minutes');
SELECT user360.set_option('capture', 'last_seen_resolution', '1 day');
SELECT * FROM seen_again('23 hours');
SELECT * FROM seen_again('25 hours');
SELECT user360.set_option('capture', 'last_seen_resolution', '1 second');
SELECT * FROM seen_again('2 seconds');
SELECT user360.set_option('capture', 'last_seen_resolution', NULL);
SELECT * FROM seen_again('2 seconds');
-- With any other change it moves along.
UPDATE user360.profile SET last_seen_at = now() - interval '1 minute' WHERE bot = 'capture' AND userid = 'U-2';
SELECT writes('{"city": "Goa"}');
SELECT p.last_seen_at > now() - interval '1 minute' AS seen, p.updated_at <> b.updated_at AS updated, p.created_at = b.created_at AS created_stays
FROM user360.profile AS p, before AS b WHERE p.bot = 'capture' AND p.userid = 'U-2';
DROP TABLE before;

-- Blank values: NULL, JSON null, an empty text, white space of any kind.  They
-- identify nobody, overwrite nothing and count for nothing.
SELECT * FROM captured('capture', 'web', 'blank', '{"firstName": "Lata", "phone": "+919000500001", "plan": "gold", "tags": ["a"]}');
SELECT v.blank, c.no, c.outcome, c.userid, c.missing
FROM (VALUES (1, 'null'), (2, '""'), (3, '"  "'), (4, '"\t\n"'), (5, '"\u00a0\u2003\u3000"')) AS v(n, blank),
LATERAL captured('capture', 'web', 'blank', format('{"userId": %1$s, "customerId": %1$s, "firstName": %1$s, "phone": %1$s, "plan": %1$s, "tags": %1$s}', v.blank)::jsonb) AS c ORDER BY v.n;
SELECT * FROM captured('capture', 'web', 'blank', '{"tags": [], "firstName": null}');
SELECT * FROM captured('capture', 'web', 'blank', NULL);
SELECT * FROM people('capture') WHERE senders LIKE '%blank%';
SELECT * FROM captured('capture', 'web', 'all blank', '{"firstName": " ", "phone": "", "email": null}');
SELECT * FROM people('capture') WHERE senders LIKE '%all blank%';

-- userId under its own name, and under the property's.
SELECT v.properties, c.outcome, c.userid
FROM (VALUES (1, '{"userId": "U-9"}'), (2, '{"customerId": "U-9"}'), (3, '{"userId": " U-9", "customerId": "U-9 "}'),
	(4, '{"userId": "", "customerId": "U-9"}'), (5, '{"userId": "U-9", "customerId": null}'),
	(6, '{"userId": 42}'), (7, '{"customerId": 42.0}')) AS v(n, properties),
LATERAL captured('capture', 'web', 'names', v.properties::jsonb) AS c ORDER BY v.n;
SELECT v.properties, a.code, a.message, a.detail, a.hint
FROM (VALUES (1, '{"userId": "U-9", "customerId": "U-8"}'), (2, '{"userId": "U-9", "customerId": "u-9"}'),
	(3, '{"userId": ["U-9"]}'), (4, '{"userId": {"id": "U-9"}}'), (5, '{"userId": true}')) AS v(n, properties),
LATERAL attempt(format('SELECT user360.identify(%L, %L, %L, %L)', 'capture', 'web', 'names', v.properties)) AS a ORDER BY v.n;

-- The same customer whichever way the sender's key is written at its ends.
SELECT * FROM captured('capture', 'web', '  names ');
-- Upper and lower case are two senders.
SELECT no, outcome FROM captured('capture', 'web', 'Names');
-- A sender is one of its channel.
SELECT no, outcome FROM captured('capture', 'app', 'names');
-- A key of any length: a long one is cut, and told from others by its digest.
SELECT v.n, octet_length(v.sender) AS bytes, c.no, c.outcome
FROM (VALUES (1, repeat('x', 255)), (2, repeat('x', 256)), (3, repeat('x', 256)), (4, repeat('x', 257)), (5, repeat('x', 5000)),
	(6, repeat('x', 5000) || 'y'), (7, repeat('x', 5000)), (8, repeat(U&'\0905', 2000)), (9, repeat(U&'\0905', 2000))) AS v(n, sender),
LATERAL captured('capture', 'web', v.sender) AS c ORDER BY v.n;
SELECT v.n, bool_or(right(s.sender, 64) = encode(sha256(convert_to(v.sender, 'UTF8')), 'hex')) AS its_digest
FROM (VALUES (1, repeat('x', 256)),
	(2, repeat('x', 5000) || 'y'),
	(3, repeat(U&'\0905', 2000))) AS v(n, sender), user360.sender AS s WHERE s.bot = 'capture' GROUP BY v.n ORDER BY v.n;
SELECT octet_length(sender), left(sender, 3) AS starts, count(*), bool_and(sender ~ U&'\2026[0-9a-f]{64}$') AS with_digest
FROM user360.sender WHERE bot = 'capture' AND octet_length(sender) > 200 GROUP BY 1, left(sender, 3) ORDER BY 1;

-- Without a userId property: captures go on, a userId is refused.
SELECT user360.create_bot('capture none', NULL, '{web}');
SELECT * FROM captured('capture none', 'web', 's', '{"email": "a@example.com", "phone": "+919000500000", "firstName": "A"}');
SELECT * FROM captured('capture none', 'web', 't', '{"email": "a@example.com"}');
SELECT code, message, hint FROM attempt($$SELECT user360.identify('capture none', 'web', 's', '{"userId": "a@example.com"}')$$);
-- A blank one is none.
SELECT * FROM captured('capture none', 'web', 's', '{"userId": " "}');
SELECT * FROM people('capture none');

-- The property's column is the userId, in its canonical form.
SELECT user360.create_bot('capture email', 'email', '{web}');
SELECT * FROM captured('capture email', 'web', 's', '{"email": " Asha@Example.COM"}');
SELECT * FROM captured('capture email', 'web', 's', '{"userId": "asha@EXAMPLE.com"}');
SELECT * FROM captured('capture email', 'web', 't', '{"userId": "Ravi@example.com"}');
SELECT * FROM people('capture email');

-- overwrite = never: captures fill blanks and change nothing that is there.
SELECT user360.set_option('capture email', 'overwrite', 'never');
SELECT * FROM captured('capture email', 'web', 'u', '{"firstName": "Uma", "phone": "+919000500002"}');
SELECT * FROM captured('capture email', 'web', 'u', '{"firstName": "Umadevi", "phone": "+919000500003", "city": "Pune"}');
SELECT * FROM captured('capture email', 'web', 'u', '{"firstName": "Umadevi", "email": "uma@example.com", "language": "hi"}');
SELECT * FROM captured('capture email', 'web', 'u', '{"firstName": "Umadevi", "gender": "female"}');
SELECT * FROM people('capture email') WHERE userid = 'uma@example.com';
SELECT user360.set_option('capture email', 'overwrite', 'own');
SELECT * FROM captured('capture email', 'web', 'u', '{"firstName": "Umadevi"}');
SELECT * FROM people('capture email') WHERE userid = 'uma@example.com';

-- Everything commits or rolls back with the caller.
BEGIN;
SELECT * FROM captured('capture email', 'web', 'gone', '{"email": "gone@example.com"}');
SAVEPOINT a;
SELECT * FROM captured('capture email', 'web', 'u', '{"city": "Delhi"}');
ROLLBACK TO a;
SELECT holds ->> 'city' AS city FROM people('capture email') WHERE userid = 'uma@example.com';
ROLLBACK;
SELECT count(*) FROM user360.sender WHERE bot = 'capture email' AND sender = 'gone';
SELECT count(*) FROM user360.profile WHERE bot = 'capture email' AND userid = 'gone@example.com';
SELECT count(*) FROM user360.event WHERE bot = 'capture email' AND payload::text LIKE '%gone@%';
SELECT * FROM captured('capture email', 'web', 'gone', '{"email": "gone@example.com"}');

-- Arguments that are not there.
SELECT v.call, a.code, a.message, a.detail
FROM (VALUES (1, $$identify(NULL, 'web', 's')$$), (2, $$identify('capture', NULL, 's')$$), (3, $$identify('capture', 'web', NULL)$$),
	(4, $$identify('capture', 'web', '')$$), (5, $$identify('capture', 'web', E' \t ')$$),
	(6, $$identify('capture', 'web', 's', '[]')$$), (7, $$identify('capture', 'web', 's', '"U-1"')$$),
	(8, $$identify('capture', 'web', 's', 'null')$$), (9, $$identify('capture', 'web', 's', '{"plan": {}}')$$),
	(10, $$identify('capture', 'web', 's', '{"lastChannel": "app"}')$$),
	(11, $$identify('capture', 'web', 's', '{"profile_id": "x"}')$$)) AS v(n, call), LATERAL attempt('SELECT user360.' || v.call) AS a
ORDER BY v.n;
DROP FUNCTION writes, seen_again;
