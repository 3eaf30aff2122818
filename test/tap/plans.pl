# Every statement goes by an index whatever the planner thought of the tables.
# A session makes its plans while they are empty, as a connection pool does on
# a new installation, and keeps them; then 3,000 customers come.  What a call
# reads must not grow with them, neither for that session nor, once the tables
# are analysed, for a new one.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $customers = 3000;
my $node = PostgreSQL::Test::Cluster->new('plans');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email']);
CREATE TABLE ticket (id bigint PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text, status text);
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');
});

# Each with a number of its own, so that it can be repeated.  The customer
# "member" has merged profiles and some tickets.
my @calls = (
	[ 'a new customer', q{SELECT FROM user360.identify('shop', 'web', 'new %1$s', '{"email": "new%1$s@example.com"}')} ],
	[ 'a new unidentified one', q{SELECT FROM user360.identify('shop', 'whatsapp', 'new %1$s', '{"firstName": "New"}')} ],
	[ 'one who says a name', q{SELECT FROM user360.identify('shop', 'whatsapp', 'new %1$s', '{"lastName": "%1$s"}')} ],
	[ 'one who is identified', q{SELECT FROM user360.identify('shop', 'whatsapp', 'new %1$s', '{"email": "later%1$s@example.com"}')} ],
	[ 'one who comes back', q{SELECT FROM user360.identify('shop', 'whatsapp', 'new %1$s')} ],
	[ 'one to merge', q{SELECT FROM user360.identify('shop', 'whatsapp', 'other %1$s', '{"firstName": "Other"}')} ],
	[ 'the merge', q{SELECT FROM user360.identify('shop', 'whatsapp', 'other %1$s', '{"email": "new%1$s@example.com"}')} ],
	[ 'another device', q{SELECT FROM user360.identify('shop', 'web', 'device %1$s', '{"email": "new%1$s@example.com"}')} ],
	[ 'another user of it', q{SELECT FROM user360.identify('shop', 'web', 'device %1$s', '{"email": "later%1$s@example.com"}')} ],
	[ 'an e-mail', q{SELECT FROM user360.identify('shop', 'email', 'new%1$s@example.com')} ],
	[ 'a card by userId', q{SELECT FROM user360.contact_card('shop', 'new%1$s@example.com')} ],
	[ 'a card by sender', q{SELECT FROM user360.contact_card_for_sender('shop', 'web', 'new %1$s')} ],
	[ 'a card by merged sender', q{SELECT FROM user360.contact_card_for_sender('shop', 'whatsapp', 'other %1$s')} ],
	[ 'a card by profile', q{SELECT FROM user360.contact_card_for_profile('shop', (user360.contact_card('shop', 'new%1$s@example.com')).profile_id)} ],
	[ 'a ticket', q{INSERT INTO ticket (id, sender) VALUES (10 * %1$s, 'new %1$s')} ],
	[ 'a second ticket', q{INSERT INTO ticket (id, channel, sender) VALUES (10 * %1$s + 1, 'whatsapp', 'other %1$s')} ],
	[ 'a third one', q{INSERT INTO ticket (id, sender) VALUES (10 * %1$s + 2, 'new %1$s')} ],
	[ 'a ticket of a new customer', q{INSERT INTO ticket (id, sender, email) VALUES (10 * %1$s + 3, 'ticket %1$s', 'ticket%1$s@example.com')} ],
	[ 'a card by ticket', q{SELECT FROM user360.contact_card_for_ticket('shop', 'public.ticket', 10 * %1$s)} ],
	[ 'the previous ticket', q{SELECT FROM user360.previous_ticket('shop', 'public.ticket', (10 * %1$s + 1)::text)} ],
	[ 'a ticket that is closed', q{UPDATE ticket SET status = 'solved' WHERE id = 10 * %1$s} ],
	[ 'a ticket that moves', q{UPDATE ticket SET sender = 'later %1$s' WHERE id = 10 * %1$s} ],
	[ 'a ticket that is deleted', q{DELETE FROM ticket WHERE id = 10 * %1$s + 1} ],
	[ 'the timeline', q{SELECT FROM user360.recent_activity('shop', (user360.contact_card('shop', 'new%1$s@example.com')).profile_id)} ],
	[ 'an event from elsewhere', q{SELECT user360.track('shop', (user360.contact_card('shop', 'new%1$s@example.com')).profile_id, 'cart_filled', event_id => '00000000-0000-7000-8000-000000000001')} ],
	[ 'the same again', q{SELECT user360.track('shop', (user360.contact_card('shop', 'new%1$s@example.com')).profile_id, 'cart_filled', event_id => '00000000-0000-7000-8000-000000000001')} ],
	[ 'the whole timeline', q{SELECT FROM user360.all_activity('shop', (user360.contact_card('shop', 'new%1$s@example.com')).profile_id)} ],
	[ 'a contact by e-mail', q{SELECT FROM user360.find_contacts('shop', 'NEW%1$s@example.com', 5)} ],
	[ 'a contact by phone', q{SELECT FROM user360.find_contacts('shop', '+91900050000%1$s', 5)} ],
	[ 'a contact by name', q{SELECT FROM user360.find_contacts('shop', 'NEW', 5)} ],
	[ 'a contact by last name', q{SELECT FROM user360.find_contacts('shop', '%1$s', 5)} ],
	[ 'a contact by a letter', q{SELECT FROM user360.find_contacts('shop', 'm', 5)} ],
	[ 'a contact by sender', q{SELECT FROM user360.find_contacts('shop', 'device %1$s', 5)} ],
	[ 'all of a customer', q{SELECT user360.export_user('shop', (user360.contact_card('shop', 'later%1$s@example.com')).profile_id)} ]);

my $session = $node->background_psql('postgres', on_error_stop => 1);
$session->query_safe('SET client_min_messages = warning');
sub run_all
{
	my ($number) = @_;

	$session->query_safe(sprintf $_->[1], $number) for @calls;
}

# Index entries and rows of user360's tables that each call reads.
sub reads_of
{
	my ($number) = @_;
	my $counter = q{SELECT sum(idx_tup_read) + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'user360')
FROM pg_stat_user_indexes WHERE schemaname = 'user360'};
	my @reads;

	for my $call (@calls)
	{
		$session->query_safe('SELECT pg_stat_force_next_flush()');
		my $before = $session->query_safe($counter);
		$session->query_safe('SELECT pg_stat_force_next_flush()');
		$session->query_safe(sprintf $call->[1], $number);
		$session->query_safe('SELECT pg_stat_force_next_flush()');
		push @reads, $session->query_safe($counter) - $before;
	}
	return @reads;
}

# Six times, after which the server may settle for one plan.
run_all($_) for 1 .. 8;
my @empty = reads_of(9);
$node->safe_psql('postgres', qq{
SELECT count(i) FROM generate_series(1, $customers) AS n,
	user360.identify('shop', 'web', 'many ' || n, jsonb_build_object('email', 'many' || n || '\@example.com', 'firstName', 'Many', 'lastName', 'New', 'phone', '+919000500000')) AS i;
INSERT INTO ticket (id, sender) SELECT 1000 + n, 'many ' || n FROM generate_series(1, $customers) AS n;
-- Its statistics are written before its answer comes.
SELECT pg_stat_force_next_flush();});
my @full = reads_of(10);
$node->safe_psql('postgres', 'ANALYZE');
run_all(11);
my @analysed = reads_of(12);

for my $i (0 .. $#calls)
{
	cmp_ok($full[$i], '<=', 30, "$calls[$i][0]: $full[$i] rows read, $empty[$i] before");
	cmp_ok($analysed[$i], '<=', 30, "$calls[$i][0]: $analysed[$i] rows read once analysed");
}

$session->quit;
$node->stop;
done_testing();
