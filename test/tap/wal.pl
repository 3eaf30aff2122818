# What a look costs.  identify() of a known customer without news writes no WAL,
# takes no transaction id and no row lock, and waits for nobody's; a card is one
# plan execution, whichever way it is asked for, and one more where it leads to
# the survivor of a merged profile.  Each with a control that shows that the
# measure would tell.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('wal');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);

# Nothing else may write WAL meanwhile: no vacuum, no checkpoint, no running
# transactions for standbys.
$node->append_conf('postgresql.conf', q{
autovacuum = off
checkpoint_timeout = 1h
wal_level = minimal
max_wal_senders = 0
log_statement = none
});
my $statements = -e $node->config_data('--pkglibdir') . '/pg_stat_statements.so';
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
}) if $statements;
$node->start;

$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements') if $statements;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email']);
SELECT FROM user360.identify('shop', 'web', 'alone', '{"email": "ada@example.com", "firstName": "Ada", "tags": ["vip"]}');
SELECT FROM user360.identify('shop', 'whatsapp', 'before', '{"city": "Pune"}');
SELECT FROM user360.identify('shop', 'web', 'both', '{"email": "grace@example.com", "firstName": "Grace"}');
SELECT FROM user360.identify('shop', 'whatsapp', 'before', '{"email": "grace@example.com"}');
SELECT FROM user360.identify('shop', 'web', 'unknown', '{"city": "London"}');
SELECT FROM user360.identify('shop', 'email', 'mary@example.com');
CREATE TABLE ticket (id bigint PRIMARY KEY, bot text, channel text, sender text);
SELECT user360.attach_tickets('ticket');
INSERT INTO ticket VALUES (1, 'shop', 'web', 'alone'), (2, 'shop', 'whatsapp', 'before');
CREATE ROLE agent;
SELECT user360.grant_access('agent', 'shop', 'agent');
VACUUM ANALYZE;
CHECKPOINT;
});

my %known = (
	'an identified customer' => q{user360.identify('shop', 'web', 'alone')},
	'one who says the same again' => q{user360.identify('shop', 'web', 'alone', '{"email": "ADA@example.com", "firstName": "Ada", "tags": ["vip"]}')},
	'one whose profile was merged' => q{user360.identify('shop', 'whatsapp', 'before', '{"email": "grace@example.com"}')},
	'an unidentified one' => q{user360.identify('shop', 'web', 'unknown', '{"city": "London"}')},
	'one by e-mail' => q{user360.identify('shop', 'email', 'Mary@Example.com')});

# The bytes of WAL that 1,000 calls write: in one transaction, and in one each.
sub wal_of
{
	my ($call, $transactions) = @_;
	my $calls = $transactions ? "SELECT FROM $call;\n" x 1000
		: "DO \$\$ BEGIN FOR i IN 1..1000 LOOP PERFORM FROM $call; END LOOP; END \$\$;\n";

	# The first call of a session reads catalogues and the policy, and may
	# set hint bits.
	return $node->safe_psql('postgres', "
SELECT FROM $call;
SELECT pg_current_wal_insert_lsn() AS before \\gset
$calls
SELECT pg_current_wal_insert_lsn() - :'before';");
}

for my $who (sort keys %known)
{
	is(wal_of($known{$who}, 0), '0', "no WAL for $who, 1000 times in one transaction");
	is(wal_of($known{$who}, 1), '0', "no WAL for $who, in 1000 transactions");
}
my $all_known = join '', map { "SELECT FROM $_;\n" } values %known;
is($node->safe_psql('postgres', "BEGIN;\n$all_known SELECT pg_current_xact_id_if_assigned() IS NULL; COMMIT;"),
	't', 'no transaction id either');

cmp_ok(wal_of(q{user360.identify('shop', 'web', 'alone', jsonb_build_object('city', clock_timestamp()::text))}, 0),
	'>', 100_000, 'control: calls with news write');
cmp_ok(
	$node->safe_psql('postgres', q{
SELECT FROM user360.identify('shop', 'web', 'both');
SELECT pg_current_wal_insert_lsn() AS before \gset
SELECT FROM user360.identify('shop', 'whatsapp', 'before');
SELECT pg_current_wal_insert_lsn() - :'before'}),
	'>', 100, 'control: another channel than the last one is news');

# Row locks: every row can be had by others after the call, and the call goes
# through while others hold every row.  FOR NO KEY UPDATE is what the control
# leaves, so it must be found.
my $all_rows = q{
SET lock_timeout = '2s';
SELECT count(*) FROM (SELECT FROM user360.profile FOR UPDATE NOWAIT) AS p;
SELECT count(*) FROM (SELECT FROM user360.sender FOR UPDATE NOWAIT) AS s;};
my $holder = $node->background_psql('postgres', on_error_stop => 1);
$holder->query_safe('BEGIN');
$holder->query_safe($all_known);
my ($code, $out, $error) = $node->psql('postgres', $all_rows);
is($error, '', 'no row is locked after the calls');
cmp_ok((split /\n/, $out)[0], '>=', 4, 'which are some');
$holder->query_safe(q{SELECT FROM user360.identify('shop', 'web', 'alone', '{"city": "Delhi"}')});
($code, $out, $error) = $node->psql('postgres', $all_rows);
like($error, qr/could not obtain lock/, 'control: a call with news locks rows');
$holder->query_safe('ROLLBACK');

$holder->query_safe('BEGIN; SELECT FROM user360.profile FOR UPDATE; SELECT FROM user360.sender FOR UPDATE');
($code, $out, $error) = $node->psql('postgres',
	"SET lock_timeout = '2s';\n$all_known");
is($error, '', 'the calls wait for nobody');
($code, $out, $error) = $node->psql('postgres', q{SET lock_timeout = '200ms';
SELECT FROM user360.identify('shop', 'web', 'alone', '{"city": "Delhi"}')});
like($error, qr/lock timeout/, 'control: a call with news waits');
$holder->query_safe('ROLLBACK');
$holder->quit;

# One probe of an index, or two by a sender or ticket, and one more for whoever
# was merged: by the scans of each table; and no statement inside of the function,
# where pg_stat_statements is installed.
my $profile = $node->safe_psql('postgres', q{SELECT profile_id FROM user360.profile WHERE userid = 'ada@example.com'});
my $member = $node->safe_psql('postgres', 'SELECT profile_id FROM user360.profile WHERE merged_into IS NOT NULL');
my %card = (
	'by userId' => [ q{user360.contact_card('shop', 'ada@example.com')}, 'profile 100' ],
	'by the userId of nobody' => [ q{user360.contact_card('shop', 'nobody@example.com')}, 'profile 100' ],
	'by profile' => [ "user360.contact_card_for_profile('shop', '$profile')", 'profile 100' ],
	'by merged profile' => [ "user360.contact_card_for_profile('shop', '$member')", 'profile 200' ],
	'by sender' => [ q{user360.contact_card_for_sender('shop', 'web', 'alone')}, 'profile 100 sender 100' ],
	'by merged sender' => [ q{user360.contact_card_for_sender('shop', 'whatsapp', 'before')}, 'profile 200 sender 100' ],
	'by ticket' => [ q{user360.contact_card_for_ticket('shop', 'public.ticket', 1)}, 'profile 100 ticket 100' ]);

sub scans_of
{
	my ($call) = @_;
	my $count = q{SELECT pg_stat_force_next_flush();
SELECT relname, seq_scan + idx_scan FROM pg_stat_user_tables WHERE schemaname = 'user360' ORDER BY 1;};
	my $half = "SET ROLE agent;\n" . "SELECT FROM $call;\n" x 100 . "RESET ROLE;\n$count\n";
	my @lines = grep { /\|/ } split /\n/, $node->safe_psql('postgres', "SET enable_seqscan = off;\n$half$half");
	my (%before, %after);

	# The first half pays for what a session reads once.
	for my $line (@lines[ 0 .. @lines / 2 - 1 ])
	{
		my ($table, $scans) = split /\|/, $line;
		$before{$table} = $scans;
	}
	for my $line (@lines[ @lines / 2 .. $#lines ])
	{
		my ($table, $scans) = split /\|/, $line;
		$after{$table} = $scans;
	}
	return join ' ', map { $_ . ' ' . ($after{$_} - $before{$_}) } grep { $after{$_} > $before{$_} } sort keys %after;
}

for my $how (sort keys %card)
{
	my ($call, $scans) = @{ $card{$how} };

	is(scans_of($call), $scans, "100 cards $how: scans of each table");
  SKIP:
	{
		skip 'pg_stat_statements is not installed', 1 unless $statements;
		$node->safe_psql('postgres', "
SET ROLE agent;
SELECT FROM $call;
RESET ROLE;
SELECT FROM pg_stat_statements_reset();
SET ROLE agent;
" . "SELECT FROM $call;\n" x 100);
		is( $node->safe_psql('postgres', 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE NOT toplevel'),
			'0', "100 cards $how: plans executed");
	}
}

$node->stop;
done_testing();
