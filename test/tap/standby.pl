# A hot standby answers what agents ask, as the primary does, and verify();
# whoever writes is told that it is read-only, with 25006.  Promoted, it goes on.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$primary->append_conf('postgresql.conf', "max_prepared_transactions = 5\n");
$primary->start;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# The store comes while the standby follows.
$primary->command_ok([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('postgres'), '-f', 'test/everything.sql' ],
	'a store with something of everything');
$primary->safe_psql('postgres', q{
INSERT INTO ticket (id, channel, sender, name, subject) VALUES (1000, 'web', 'cookie 9', 'Name 9', 'again');
SELECT user360.grant_access('analyst', 'shop', 'engagement_user');
SELECT user360.define_property('shop', 'shoeSize', 'number');
SELECT user360.create_bot('fresh', NULL, '{web}');
SELECT user360.create_bot('unset', NULL, '{web}');
SELECT FROM user360.identify('fresh', 'web', 'a', '{"phone": "+919000500000"}');
SELECT user360.set_userid_property('fresh', 'phone');
CREATE TABLE old_ticket (ticket int PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text);
INSERT INTO old_ticket (ticket, sender) VALUES (1, 'cookie 9');
SELECT user360.attach_tickets('old_ticket')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

# Runs SQL and answers what came: rows, or the SQLSTATE and the message.
sub outcome
{
	my ($node, $sql) = @_;
	my ($code, $out, $error) = $node->psql('postgres', $sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return "$1 $2" if $error =~ /ERROR:\s+(\w{5}): (.*)/;
	return $out;
}

my $profile = q{(SELECT profile_id FROM user360.profile WHERE bot = 'shop' AND userid = 'user.2@example.com')};
my %reader = (
	contact_card => q{SELECT user360.contact_card('shop', 'USER.2@example.com')},
	contact_card_as_of => q{SELECT user360.contact_card('shop', 'USER.2@example.com', 'infinity')},
	contact_card_for_profile => qq{SELECT user360.contact_card_for_profile('shop', $profile)},
	contact_card_for_sender => q{SELECT user360.contact_card_for_sender('shop', 'web', 'cookie 9')},
	contact_card_for_ticket => q{SELECT user360.contact_card_for_ticket('shop', 'public.ticket', 1000)},
	previous_ticket => q{SELECT user360.previous_ticket('shop', 'public.ticket', '1000')},
	recent_activity => qq{SELECT user360.recent_activity('shop', $profile)},
	all_activity => qq{SELECT user360.all_activity('shop', $profile)},
	user_page => qq{SELECT user360.user_page('shop', $profile)},
	explain_profile => qq{SELECT user360.explain_profile('shop', $profile)},
	export_user => qq{SELECT user360.export_user('shop', $profile)},
	export_users => q{SELECT user360.export_users('shop')},
	find_contacts => q{SELECT user360.find_contacts('shop', 'user.2@example.com')},
	channel_overview => q{SELECT user360.channel_overview('shop', now() - interval '1 day', now() + interval '1 day')},
	card_gaps => q{SELECT user360.card_gaps('shop')},
	normalize_userid => q{SELECT user360.normalize_userid('shop', 'USER.2@Example.com')},
	user360_version => q{SELECT user360.user360_version()},
	userid => q{SELECT '+919000500000'::user360.phone, 'A@Example.com'::user360.email},
	profile => q{SELECT md5(string_agg(p::text, ' ' ORDER BY profile_id)) FROM user360.profile AS p});
for my $name (sort keys %reader)
{
	my $answer = outcome($primary, $reader{$name});

	cmp_ok(length $answer, '>', 2, "$name on the primary");
	is(outcome($standby, $reader{$name}), $answer, "$name on the standby, the same");
}
is(outcome($standby, 'SELECT * FROM user360.verify()'), '', 'verify() on the standby finds nothing');

# With rights of their own, and none.
is(outcome($standby, q{SET ROLE agent; SELECT c.kind FROM user360.contact_card('shop', 'user.2@example.com') AS c}), 'user360', 'an agent');
like(outcome($standby, q{SET ROLE agent; SELECT FROM user360.contact_card('bank', '2')}), qr/^42501 /, 'but not of another bot');
is(outcome($standby, q{SET ROLE analyst; SELECT string_agg(DISTINCT bot, ' ') FROM user360.profile}), 'bank shop', 'row security');

# Each that writes, and the statements on attached tables.
my $merge = q{(SELECT merge_id FROM user360.merge WHERE bot = 'bank' AND undone_at IS NULL LIMIT 1)};
my ($one, $two) = map { "(SELECT profile_id FROM user360.profile WHERE bot = 'bank' AND merged_into IS NULL ORDER BY profile_id LIMIT 1 OFFSET $_)" } (0, 1);
my %writer = (
	create_bot => q{SELECT user360.create_bot('new')},
	set_userid_property => q{SELECT user360.set_userid_property('unset', 'phone')},
	add_channel => q{SELECT user360.add_channel('shop', 'fax')},
	define_property => q{SELECT user360.define_property('shop', 'size', 'string')},
	set_option => q{SELECT user360.set_option('shop', 'lookalike', 'report')},
	grant_access => q{SELECT user360.grant_access('agent', 'bank', 'agent')},
	revoke_access => q{SELECT user360.revoke_access('agent', 'shop')},
	identify_new => q{SELECT user360.identify('shop', 'web', 'someone new')},
	identify_news => q{SELECT user360.identify('shop', 'web', 'cookie 9', '{"city": "Elsewhere"}')},
	track => qq{SELECT user360.track('shop', $profile, 'page_seen')},
	update_contact => qq{SELECT user360.update_contact('shop', $profile, '{"city": "Elsewhere"}')},
	merge_profiles => qq{SELECT user360.merge_profiles('bank', $one, $two)},
	unmerge => qq{SELECT user360.unmerge('bank', $merge)},
	replace_userid => qq{SELECT user360.replace_userid('bank', $one, '123456', true)},
	delete_user => qq{SELECT user360.delete_user('shop', $profile)},
	prune_unidentified => q{SELECT user360.prune_unidentified('shop', '0')},
	prune_events => q{SELECT user360.prune_events('shop', '0')},
	adopt_userids => q{SELECT user360.adopt_userids('fresh')},
	import_users => q{CALL user360.import_users('shop', 'customers', 'email')},
	backfill => q{CALL user360.backfill('old_ticket')},
	attach_tickets => q{SELECT user360.attach_tickets('ticket')},
	detach => q{SELECT user360.detach('ticket')},
	ticket => q{INSERT INTO ticket (id, channel, sender) VALUES (1, 'web', 'cookie 9')});
for my $name (sort keys %writer)
{
	like(outcome($standby, $writer{$name}), qr/^25006 cannot execute .* in a read-only transaction|^25006 cannot execute .* during recovery/,
		"$name on the standby is refused as PostgreSQL refuses");
}

# Control: each would write on the primary; rolled back there.
for my $name (grep { !/import_users|backfill/ } sort keys %writer)
{
	my $answer = outcome($primary, "BEGIN; $writer{$name}; SELECT pg_current_xact_id_if_assigned() IS NOT NULL; ROLLBACK");

	like($answer, qr/^t$|23505/m, "control: $name writes on the primary");
}

$primary->stop;
$standby->promote;
is(outcome($standby, q{SELECT i.outcome FROM user360.identify('shop', 'web', 'promoted', '{"email": "user.2@example.com"}') AS i}), 'switched', 'promoted, it captures');
is(outcome($standby, q{INSERT INTO ticket (id, channel, sender, subject) VALUES (1001, 'web', 'cookie 9', 'after') RETURNING id}), '1001', 'takes tickets');
is(outcome($standby, q{SELECT ticket FROM user360.previous_ticket('shop', 'public.ticket', '1001')}), '1000', 'links them');
is(outcome($standby, 'SELECT * FROM user360.verify()'), '', 'and is sound');
$standby->stop;
done_testing();
