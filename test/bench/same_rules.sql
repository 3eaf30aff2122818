-- user360 and its peer of the benchmark give the same answers to what is
-- measured.  Nothing of it stays.
BEGIN;
CREATE FUNCTION pg_temp.same(what text, ours text, theirs text, expected text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	ASSERT ours IS NOT DISTINCT FROM expected, format('%s: user360 says %s, not %s', what, ours, expected);
	ASSERT theirs IS NOT DISTINCT FROM expected, format('%s: the peer says %s, not %s', what, theirs, expected);
END
$$;
CREATE FUNCTION pg_temp.identified(what text, sender text, properties jsonb, VARIADIC expected text[]) RETURNS void LANGUAGE sql AS $$
	SELECT pg_temp.same(what, concat_ws(' ', i.outcome, i.userid, i.missing), concat_ws(' ', p.outcome, p.userid, p.missing), array_to_string(expected, ' '))
	FROM user360.identify('bench', 'web', sender, properties) AS i, peer.identify(1, 'web', sender, properties) AS p
$$;
\o /dev/null
SELECT pg_temp.identified('known', '100000000200', '{}', 'updated', 'u100000000200@example.com', '{}');
SELECT pg_temp.identified('new', '1', '{"email": " Asha.Rao@Example.com", "firstName": "Asha", "phone": "098765 43210"}', 'created', 'asha.rao@example.com', '{}');
SELECT pg_temp.identified('again', '1', '{"firstName": "Asha"}', 'updated', 'asha.rao@example.com', '{}');
SELECT pg_temp.identified('unidentified', '2', '{"firstName": "Asha", "city": "Pune"}', 'created', NULL, '{"phone or email",userId}');
SELECT pg_temp.identified('recognised', '2', '{"email": "asha.rao@example.com"}', 'merged', 'asha.rao@example.com', '{}');
SELECT pg_temp.identified('unidentified', '3', '{"lastName": "Rao"}', 'created', NULL, '{firstName,"phone or email",userId}');
SELECT pg_temp.identified('identified', '3', '{"email": "rao@example.com"}', 'assigned', 'rao@example.com', '{firstName}');
SELECT pg_temp.identified('another', '3', '{"email": "asha.rao@example.com"}', 'switched', 'asha.rao@example.com', '{}');

SELECT pg_temp.same('card of ' || userid, (to_jsonb(user360.contact_card('bench', userid)) - 'profile_id')::text,
	(to_jsonb(peer.contact_card(1, userid)) - 'profile_id')::text, (to_jsonb(user360.contact_card('bench', userid)) - 'profile_id')::text)
FROM (VALUES ('asha.rao@example.com'), ('RAO@example.com '), ('u100000000200@example.com')) AS c(userid);
SELECT pg_temp.same('city after the merge', (SELECT city FROM user360.profile WHERE bot = 'bench' AND userid = 'asha.rao@example.com'),
	(SELECT city FROM peer.profile WHERE bot_id = 1 AND userid = 'asha.rao@example.com'), 'Pune');

SELECT pg_temp.identified('nothing new', '100000000200', '{"email": "U100000000200@example.com", "firstName": "Asha", "phone": "+919000000200"}', 'updated', 'u100000000200@example.com', '{}');

-- two tickets of one customer on two senders: the second follows the first
INSERT INTO public.user360_tickets (channel, sender, subject) VALUES ('web', '1', 'first'), ('web', '2', 'second');
INSERT INTO peer.tickets (channel, sender, subject) VALUES ('web', '1', 'first'), ('web', '2', 'second');
SELECT pg_temp.same('previous ticket', (SELECT previous_ticket FROM user360.ticket WHERE bot = 'bench' AND source = 'public.user360_tickets' AND subject = 'second'),
	(SELECT previous_ticket::text FROM peer.ticket WHERE source = 'peer.tickets' AND subject = 'second'), '1');
INSERT INTO public.user360_given_tickets (channel, sender, subject, name, email, phone) VALUES ('web', '4', 'third', 'Asha', 'rao@EXAMPLE.com', 'none');
INSERT INTO peer.given_tickets (channel, sender, subject, name, email, phone) VALUES ('web', '4', 'third', 'Asha', 'rao@EXAMPLE.com', 'none');
SELECT pg_temp.same('customer of the ticket', (SELECT p.userid || ' ' || p.first_name FROM user360.ticket AS t JOIN user360.profile AS p USING (bot, profile_id) WHERE t.subject = 'third'),
	(SELECT p.userid || ' ' || p.first_name FROM peer.ticket AS t JOIN peer.profile AS p USING (profile_id) WHERE t.subject = 'third'), 'rao@example.com Asha');

SELECT pg_temp.same('activity', (SELECT string_agg(name, ' ') FROM user360.recent_activity('bench', '01900000-0000-7000-8000-100000000200')),
	(SELECT string_agg(name, ' ') FROM peer.recent_activity(1, 100000000200)),
	rtrim(repeat('TICKET_OPEN USER_UPDATE USER_UPDATE USER_UPDATE USER_UPDATE ', 4)));
SELECT pg_temp.same('activity after the merge',
	(SELECT string_agg(name, ' ' ORDER BY name) FROM user360.recent_activity('bench', (user360.contact_card('bench', 'asha.rao@example.com')).profile_id) WHERE kind <> 'profile' OR name <> 'USER_UPDATE'),
	(SELECT string_agg(name, ' ' ORDER BY name) FROM peer.recent_activity(1, (peer.contact_card(1, 'asha.rao@example.com')).profile_id) WHERE kind <> 'profile' OR name <> 'USER_UPDATE'),
	'TICKET_OPEN TICKET_OPEN USER_CREATE USER_CREATE USER_DELETE USER_MERGE');
ROLLBACK;
