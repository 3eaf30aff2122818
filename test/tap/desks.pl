# Seven help desks whose tables are as they are (facts about their schemas,
# from a file beside the repository): one attach statement a table, the rows
# that stood there, new ones as each desk writes them, contacts merged and
# deleted its own way.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{USER360_SHARED_DATA} || '../shared/data';
my $schemas = "$data/client_schemas.sql";
plan skip_all => "$schemas is not there" unless -r $schemas;

my $node = PostgreSQL::Test::Cluster->new('desks');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nclient_min_messages = warning\nfsync = off");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user360');
$node->safe_psql('postgres', "\\i '$schemas'");
my $last;
$node->safe_psql('postgres', q{
-- The tickets of a source: key, whose, and by which userId, of which channel; the one before.
CREATE FUNCTION tickets(source text) RETURNS TABLE (line text) LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', t.ticket, coalesce(c.userid, '-'), c.kind, coalesce(t.channel, '-'), coalesce(t.status, '-'),
		CASE WHEN t.closed_at IS NULL THEN 'open' ELSE 'closed' END, '<', coalesce((user360.previous_ticket(t.bot, t.source, t.ticket)).ticket, '-'))
	FROM user360.ticket AS t, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c
	WHERE t.source = tickets.source ORDER BY t.bot, t.opened_at, octet_length(t.ticket), t.ticket
$$;
-- The card by a contact's key.
CREATE FUNCTION card(bot text, channel text, sender text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', c.kind, c.name, '|', c.userid, c.phone, c.email, '|', c.last_channel) FROM user360.contact_card_for_sender(bot, channel, sender) AS c
$$;
});

sub sql { my ($statements) = @_; return $node->safe_psql('postgres', $statements); }

# A writer's statements raise no warning.
sub quiet
{
	my ($name, $statements) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $statements, extra_params => [ '-v', 'ON_ERROR_STOP=1' ]);
	is("$code$err", '0', $name);
	return $out;
}

# Chatwoot: a tenant a number, the channel by a look-up, jsonb, its own triggers.
sql(q{
SELECT user360.create_bot(b, 'email', '{}', 'IN') FROM unnest('{1,2}'::text[]) AS b;
SELECT user360.define_property(b, 'plan', 'string') FROM unnest('{1,2}'::text[]) AS b;
INSERT INTO chatwoot.accounts (name, created_at, updated_at) VALUES ('Shop', now(), now()), ('Bank', now(), now());
INSERT INTO chatwoot.inboxes (channel_id, account_id, name, channel_type, created_at, updated_at)
	VALUES (1, 1, 'site', 'Channel::WebWidget', now(), now()), (1, 1, 'phone', 'Channel::Whatsapp', now(), now()), (1, 2, 'bank', 'Channel::WebWidget', now(), now());
INSERT INTO chatwoot.contacts (name, email, phone_number, account_id, created_at, updated_at, additional_attributes, custom_attributes)
	VALUES ('Asha', 'Asha@Example.com', '+919000500000', 1, now(), now(), '{"city": "Pune"}', '{"plan": "gold"}'),
		('', NULL, NULL, 1, now(), now(), '{}', '{}');
INSERT INTO chatwoot.conversations (account_id, inbox_id, contact_id, created_at, updated_at)
	VALUES (1, 1, 1, '2026-11-20 10:00', now()), (1, 2, 1, '2026-11-21 10:00', now()), (1, 1, 2, '2026-11-19 10:00', now());
});
is(sql(q{SELECT user360.attach_contacts('chatwoot.contacts', 'bot=account_id', 'userId=email', 'firstName=name', 'lastName=last_name', 'phone=phone_number',
	'country=country_code', 'city=additional_attributes.city', 'plan=custom_attributes.plan')}), '2', 'Chatwoot: contacts are attached');
is(sql(q{SELECT user360.attach_tickets('chatwoot.conversations', 'bot=account_id', 'channel=inbox_id->chatwoot.inboxes.channel_type',
	'contact=contact_id', 'contacts:=chatwoot.contacts', 'closed:=1')}), '3', 'Chatwoot: conversations are attached');
quiet('Chatwoot: what stood there', q{CALL user360.backfill('chatwoot.contacts'); CALL user360.backfill('chatwoot.conversations', 2)});
is(sql(q{SELECT * FROM tickets('chatwoot.conversations')}), join("\n",
	'3 - contact Channel::WebWidget 0 open < -',
	'1 asha@example.com user360 Channel::WebWidget 0 open < -',
	'2 asha@example.com user360 Channel::Whatsapp 0 open < 1'), 'Chatwoot: the conversations that stood there');
is(sql(q{SELECT card('1', 'chatwoot.contacts', '1')}), 'user360 Asha | asha@example.com +919000500000 Asha@Example.com | Channel::Whatsapp', 'Chatwoot: a card');
quiet('Chatwoot: new rows', q{
INSERT INTO chatwoot.conversations (account_id, inbox_id, contact_id, created_at, updated_at) VALUES (1, 1, 1, '2026-11-22 10:00', now()), (1, 1, 2, '2026-11-22 11:00', now());
WITH person AS (INSERT INTO chatwoot.contacts (name, email, account_id, created_at, updated_at) VALUES ('Asha', 'asha@example.com', 2, now(), now()) RETURNING id)
INSERT INTO chatwoot.conversations (account_id, inbox_id, contact_id, created_at, updated_at) SELECT 2, 3, id, '2026-11-22 12:00', now() FROM person;
UPDATE chatwoot.conversations SET status = 1, updated_at = now() WHERE id = 4;
INSERT INTO chatwoot.contacts (name, email, account_id, created_at, updated_at) VALUES ('Asha K', 'asha@example.com', 1, now(), now())
	ON CONFLICT (email, account_id) DO UPDATE SET name = EXCLUDED.name;
});
quiet('Chatwoot: contact 2 turns out to be contact 1', q{
BEGIN;
UPDATE chatwoot.conversations SET contact_id = 1, updated_at = now() WHERE contact_id = 2;
UPDATE chatwoot.contact_inboxes SET contact_id = 1 WHERE contact_id = 2;
DELETE FROM chatwoot.contacts WHERE id = 2;
COMMIT;
});
is(sql(q{SELECT * FROM tickets('chatwoot.conversations')}), join("\n",
	'3 asha@example.com user360 Channel::WebWidget 0 open < -',
	'1 asha@example.com user360 Channel::WebWidget 0 open < -',
	'2 asha@example.com user360 Channel::Whatsapp 0 open < 1',
	'4 asha@example.com user360 Channel::WebWidget 1 closed < 2',
	'5 asha@example.com user360 Channel::WebWidget 0 open < 4',
	'6 asha@example.com user360 Channel::WebWidget 0 open < -'), 'Chatwoot: tickets follow their contact');
is(sql(q{SELECT card('1', 'chatwoot.contacts', '2')}), 'contact | | Channel::WebWidget', 'Chatwoot: a deleted contact still leads to its profile');

# Zammad: blank texts, a user who is agent or customer, the channel by the type of the first article.
sql(q{
SELECT user360.create_bot('zammad', 'email', '{}', 'DE');
INSERT INTO zammad.groups (name) VALUES ('Users');
INSERT INTO zammad.ticket_article_types (name) VALUES ('email'), ('sms'), ('whatsapp message');
INSERT INTO zammad.users (login, firstname, email, updated_by_id, created_by_id, created_at, updated_at)
	SELECT l, f, e, 1, 1, now(), now() FROM (VALUES ('agent', 'Agent', 'agent@example.org'), ('nicole', 'Nicole', 'nicole.braun@example.com'), ('sms', '', '')) AS v(l, f, e);
INSERT INTO zammad.tickets (group_id, priority_id, state_id, number, title, owner_id, customer_id, create_article_type_id, updated_by_id, created_by_id, created_at, updated_at)
	VALUES (1, 2, 1, '10001', 'Where is it?', 1, 2, 1, 1, 1, '2026-11-20 10:00', now()), (1, 2, 4, '10002', 'Help', 1, 3, 2, 1, 1, '2026-11-20 11:00', now());
SELECT user360.attach_contacts('zammad.users', 'bot:=zammad', 'userId=email', 'firstName=firstname', 'lastName=lastname', 'phone=mobile', 'city=city', 'country=country');
SELECT user360.attach_tickets('zammad.tickets', 'bot:=zammad', 'channel=create_article_type_id->zammad.ticket_article_types.name', 'contact=customer_id', 'contacts:=zammad.users',
	'status=state_id', 'closed:=4', 'subject=title');
});
quiet('Zammad: what stood there, tickets before customers', q{CALL user360.backfill('zammad.tickets', 1); CALL user360.backfill('zammad.users')});
quiet('Zammad: the one who wrote by SMS gives a mail address, which is known, and is merged', q{
INSERT INTO zammad.users (login, firstname, updated_by_id, created_by_id, created_at, updated_at) VALUES ('new', 'N', 1, 1, now(), now());
INSERT INTO zammad.tickets (group_id, priority_id, state_id, number, title, owner_id, customer_id, create_article_type_id, updated_by_id, created_by_id, created_at, updated_at)
	SELECT group_id, 2, 1, '1000' || n, title, owner_id, customer_id, 3, 1, 1, '2026-11-21 10:00'::timestamp + n * interval '1 hour', now() FROM zammad.tickets, generate_series(3, 4) AS n WHERE id = 2;
UPDATE zammad.users SET email = 'nicole.braun@example.com', mobile = '0151 23456789' WHERE id = 3;
});
is(sql(q{SELECT * FROM tickets('zammad.tickets')}), join("\n",
	'1 nicole.braun@example.com user360 email 1 open < -',
	'2 nicole.braun@example.com user360 sms 4 closed < -',
	'3 nicole.braun@example.com user360 whatsapp message 1 open < 2',
	'4 nicole.braun@example.com user360 whatsapp message 1 open < 3'), 'Zammad: tickets');
is(sql(q{SELECT card('zammad', 'zammad.users', '2')}), 'user360 Nicole | nicole.braun@example.com +4915123456789 nicole.braun@example.com | whatsapp message', 'Zammad: the card');
quiet('Zammad: user 3 is united with user 2', q{UPDATE zammad.tickets SET customer_id = 2 WHERE customer_id = 3; DELETE FROM zammad.users WHERE id = 3});
is(sql(q{SELECT count(*) FROM tickets('zammad.tickets') WHERE line LIKE '% nicole.braun@example.com %'}), '4', 'Zammad: they are still hers');
is(sql(q{SELECT count(*) FROM user360.profile WHERE bot = 'zammad' AND userid = 'agent@example.org'}), '1', 'Zammad: an agent is a user too, without where');

# libredesk: enum channels, agents kept out, partial unique indexes, cascades.
sql(q{
SELECT user360.create_bot('libre', 'email', '{email,livechat}', 'IN');
INSERT INTO libredesk.inboxes (name, channel) VALUES ('mail', 'email'), ('site', 'livechat');
INSERT INTO libredesk.users (type, email, first_name) VALUES ('agent', 'agent@example.org', 'Agent'), ('contact', 'ravi@example.com', 'Ravi');
INSERT INTO libredesk.conversations (contact_id, inbox_id, created_at, subject) VALUES (2, 1, '2026-11-20 10:00', 'Order');
SELECT user360.attach_contacts('libredesk.users', 'bot:=libre', 'userId=email', 'firstName=first_name', 'lastName=last_name', 'phone=phone_number_country_code||phone_number', 'country=country',
	'where:=NEW.type IN (''contact'', ''visitor'')');
SELECT user360.attach_tickets('libredesk.conversations', 'bot:=libre', 'channel=inbox_id->libredesk.inboxes.channel', 'contact=contact_id', 'contacts:=libredesk.users',
	'status=status_id', 'subject=subject', 'closed_at=closed_at');
});
quiet('libredesk: what stood there', q{CALL user360.backfill('libredesk.users'); CALL user360.backfill('libredesk.conversations')});
quiet('libredesk: new rows', q{
INSERT INTO libredesk.users (type, first_name) VALUES ('visitor', 'Guest');
INSERT INTO libredesk.conversations (contact_id, inbox_id, created_at) VALUES (3, 2, '2026-11-21 10:00');
INSERT INTO libredesk.users (type, email, first_name, phone_number_country_code, phone_number) VALUES ('contact', 'ravi@example.com', 'Ravi', '+91', '9000500001')
	ON CONFLICT (email) WHERE type = 'contact' AND deleted_at IS NULL AND external_user_id IS NULL
	DO UPDATE SET phone_number_country_code = EXCLUDED.phone_number_country_code, phone_number = EXCLUDED.phone_number;
UPDATE libredesk.conversations SET contact_id = 2 WHERE contact_id = 3;
DELETE FROM libredesk.users WHERE id = 3;
UPDATE libredesk.conversations SET closed_at = now() WHERE id = 1;
});
is(sql(q{SELECT * FROM tickets('libredesk.conversations')}), join("\n",
	'1 ravi@example.com user360 email 1 closed < -', '2 ravi@example.com user360 livechat 1 open < 1'), 'libredesk: tickets');
is(sql(q{SELECT card('libre', 'libredesk.users', '2')}), 'user360 Ravi | ravi@example.com +919000500001 ravi@example.com | livechat', 'libredesk: the card');
is(sql(q{SELECT count(*) FROM user360.profile WHERE bot = 'libre' AND userid = 'agent@example.org'}), '0', 'libredesk: agents are kept out');
quiet('libredesk: a contact goes with its conversations', q{DELETE FROM libredesk.users WHERE id = 2});
is(sql(q{SELECT count(*) FROM tickets('libredesk.conversations')}), '0', 'libredesk: its tickets are gone');
is(sql(q{SELECT card('libre', 'libredesk.users', '2')}), 'user360 Ravi | ravi@example.com +919000500001 ravi@example.com | livechat', 'libredesk: the customer is not');

# Papercups: tenants and keys are uuids; COPY.
my $account = '00000000-0000-4000-8000-00000000000a';
sql(qq{
SELECT user360.create_bot('$account', 'email', '{email}', 'US');
INSERT INTO papercups.accounts VALUES ('$account', 'Cups', now(), now());
INSERT INTO papercups.customers (id, account_id, first_seen, email, name, inserted_at, updated_at) VALUES ('00000000-0000-4000-8000-000000000001', '$account', '2026-11-01', 'ann\@example.com', 'Ann', now(), now());
INSERT INTO papercups.conversations (id, account_id, customer_id, inserted_at, updated_at) VALUES ('00000000-0000-4000-8000-0000000000c1', '$account', '00000000-0000-4000-8000-000000000001', '2026-11-20 10:00', now());
SELECT user360.attach_contacts('papercups.customers', 'bot=account_id', 'userId=email', 'firstName=name', 'phone=phone', 'timezone=time_zone', 'opened_at=first_seen');
SELECT user360.attach_tickets('papercups.conversations', 'bot=account_id', 'channel=source', 'contact=customer_id', 'contacts:=papercups.customers', 'closed:=closed', 'closed_at=closed_at', 'opened_at=inserted_at');
});
quiet('Papercups: what stood there', q{CALL user360.backfill('papercups.conversations'); CALL user360.backfill('papercups.customers')});
quiet('Papercups: COPY', qq{
COPY papercups.customers (id, account_id, first_seen, email, name, phone, inserted_at, updated_at) FROM STDIN;
00000000-0000-4000-8000-000000000002	$account	2026-11-21	\\N	Anonymous Bear	call me	2026-11-21	2026-11-21
\\.
COPY papercups.conversations (id, account_id, customer_id, source, inserted_at, updated_at) FROM STDIN;
00000000-0000-4000-8000-0000000000c2	$account	00000000-0000-4000-8000-000000000002	email	2026-11-21 10:00	2026-11-21
00000000-0000-4000-8000-0000000000c3	$account	00000000-0000-4000-8000-000000000001	\\N	2026-11-22 10:00	2026-11-21
\\.
});
is(sql(q{SELECT regexp_replace(line, '0000\S*-0*', '', 'g') FROM tickets('papercups.conversations')}), join("\n",
	'c1 ann@example.com user360 chat open open < -', 'c2 - contact email open open < -', 'c3 ann@example.com user360 - open open < c1'), 'Papercups: tickets');
is(sql(q{SELECT q ->> 'property', q ->> 'sqlstate' FROM user360.event AS e, jsonb_array_elements(e.payload -> 'problems') AS q WHERE e.name = 'CONTACT_PROBLEM' AND e.source = 'papercups.customers'}), 'phone|U3012', 'Papercups: a bad value is in an event');

# Peppermint: quoted names, the mail address on the ticket itself.
sql(q{
SELECT user360.create_bot('mint', 'email', '{web}', 'GB');
INSERT INTO peppermint."Client" (id, name, email, "contactName", number) VALUES ('c-1', 'Acme', 'info@acme.example', 'Zoe', '020 7946 0018');
INSERT INTO peppermint."Ticket" (id, title, "isComplete", priority, "fromImap", "clientId", "createdAt") VALUES ('t-1', 'Printer', false, 'low', false, 'c-1', '2026-11-20 10:00');
SELECT user360.attach_contacts('peppermint."Client"', 'bot:=mint', 'userId=email', 'firstName="contactName"', 'phone=number', 'opened_at="createdAt"');
SELECT user360.attach_tickets('peppermint."Ticket"', 'bot:=mint', 'channel:=web', 'contact="clientId"', 'contacts:=peppermint."Client"', 'userId=email', 'firstName=name',
	'subject=title', 'closed:=done', 'opened_at="createdAt"');
});
quiet('Peppermint: what stood there', q{CALL user360.backfill('peppermint."Client"'); CALL user360.backfill('peppermint."Ticket"')});
quiet('Peppermint: new rows', q{
INSERT INTO peppermint."Ticket" (id, name, email, title, "isComplete", priority, "fromImap", "createdAt") VALUES ('t-2', 'Zoe', 'Info@Acme.example', 'Mail', false, 'low', true, '2026-11-21 10:00');
INSERT INTO peppermint."Ticket" (id, title, "isComplete", priority, "fromImap", "clientId", "createdAt") VALUES ('t-3', 'Again', false, 'low', false, 'c-1', '2026-11-22 10:00');
UPDATE peppermint."Ticket" SET status = 'done', "isComplete" = true WHERE id = 't-1';
DELETE FROM peppermint."Client" WHERE id = 'c-1';
});
is(sql(q{SELECT * FROM tickets('peppermint.Ticket')}), join("\n",
	't-1 info@acme.example user360 web done closed < -', 't-2 info@acme.example user360 web needs_support open < t-1',
	't-3 info@acme.example user360 web needs_support open < t-2'), 'Peppermint: tickets, also by the address of a mail, stay with their customer when the client is deleted');

# Helpy: users and topics by serial numbers; INSERT ... SELECT.
sql(q{
SELECT user360.create_bot('helpy', 'email', '{web}', 'US');
INSERT INTO helpy.users (name, email, cell_phone, created_at, updated_at) VALUES ('Bob', 'bob@example.com', '(201) 555-0123', now(), now()), ('Nobody', '', NULL, now(), now());
INSERT INTO helpy.topics (user_id, name, created_at, updated_at) VALUES (1, 'First', '2026-11-20 10:00', now());
SELECT user360.attach_contacts('helpy.users', 'bot:=helpy', 'userId=email', 'firstName=name', 'phone=cell_phone');
SELECT user360.attach_tickets('helpy.topics', 'bot:=helpy', 'channel:=web', 'contact=user_id', 'contacts:=helpy.users', 'subject=name', 'closed:=closed');
});
quiet('Helpy: what stood there', q{CALL user360.backfill('helpy.topics'); CALL user360.backfill('helpy.users')});
quiet('Helpy: new rows', q{
INSERT INTO helpy.topics (user_id, name, created_at, updated_at) SELECT u.id, 'Survey', '2026-11-21 10:00'::timestamp + u.id * interval '1 minute', now() FROM helpy.users AS u ORDER BY u.id;
INSERT INTO helpy.topics (user_id, name, created_at, updated_at) VALUES (NULL, 'Nobody''s', '2026-11-22 10:00', now()), (99, 'Gone', '2026-11-22 11:00', now()), (99, 'Gone again', '2026-11-22 12:00', now());
});
is(sql(q{SELECT * FROM tickets('helpy.topics')}), join("\n",
	'1 bob@example.com user360 web new open < -', '2 bob@example.com user360 web new open < 1', '3 - contact web new open < -', '4 - contact web new open < -',
	'5 - contact web new open < -', '6 - contact web new open < 5'), 'Helpy: topics');

# FreeScout: addresses in a table of their own, which gives the same sender its userId.
sql(q{
SELECT user360.create_bot('scout', 'email', '{}', 'FR');
INSERT INTO freescout.customers (first_name, last_name, country, created_at) VALUES ('Léa', 'Martin', 'FR', now()), (NULL, NULL, NULL, now());
INSERT INTO freescout.emails (customer_id, email) VALUES (1, 'lea@example.com');
INSERT INTO freescout.conversations (number, type, folder_id, subject, mailbox_id, customer_id, source_via, source_type, created_at) VALUES ('1', 1, 1, 'Bonjour', 1, 1, 1, 1, '2026-11-20 10:00');
SELECT user360.attach_contacts('freescout.customers', 'bot:=scout', 'firstName=first_name', 'lastName=last_name', 'country=country', 'city=city');
SELECT user360.attach_contacts('freescout.emails', 'bot:=scout', 'channel:=freescout.customers', 'sender=customer_id', 'userId=email', 'where:=NEW.type = 1');
SELECT user360.attach_tickets('freescout.conversations', 'bot:=scout', 'channel=type', 'contact=customer_id', 'contacts:=freescout.customers', 'subject=subject', 'closed:=3');
});
is(sql(q{SELECT user360.detach('freescout.emails'); SELECT user360.attach_contacts('freescout.emails', 'bot:=scout', 'channel:=freescout.customers', 'sender=customer_id', 'userId=email', 'where:=NEW.type = 1')}), "\n1", 'FreeScout: attached again');
quiet('FreeScout: what stood there', q{CALL user360.backfill('freescout.customers'); CALL user360.backfill('freescout.emails'); CALL user360.backfill('freescout.conversations')});
quiet('FreeScout: new rows', q{
INSERT INTO freescout.conversations (number, type, folder_id, subject, mailbox_id, customer_id, source_via, source_type, created_at) VALUES ('2', 3, 1, 'Chat', 1, 2, 1, 1, '2026-11-21 10:00');
INSERT INTO freescout.emails (customer_id, email) VALUES (2, 'lea@example.org');
});
quiet('FreeScout: customer 2 is merged into customer 1', q{
UPDATE freescout.conversations SET customer_id = 1 WHERE customer_id = 2;
UPDATE freescout.emails SET customer_id = 1, type = 2 WHERE customer_id = 2;
DELETE FROM freescout.customers WHERE id = 2;
});
is(sql(q{SELECT * FROM tickets('freescout.conversations')}), join("\n",
	'1 lea@example.com user360 1 1 open < -', '2 lea@example.com user360 3 1 open < 1'), 'FreeScout: conversations');

is(sql('SELECT * FROM user360.verify()'), '', 'the store is sound');
$node->stop;
done_testing();
