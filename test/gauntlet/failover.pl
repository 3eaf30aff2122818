# Failover under load: eight sessions capture, write tickets and merge on a
# primary with a synchronous standby; the primary is killed, the standby
# promoted, and the sessions go on there, each first repeating the call of which
# it has no answer.  Nothing that was acknowledged is lost, nothing is there
# twice, and verify() finds nothing.  The control has no synchronous standby.
#
#   FAULT_SEED=7 make gauntlet ONLY=failover

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $sessions = 8;
my $seed = $ENV{FAULT_SEED} || time % 1_000_000 | 0;
srand $seed;
diag "seed $seed";

sub pair
{
	my ($name, $synchronous) = @_;
	my $primary = PostgreSQL::Test::Cluster->new("${name}_primary");

	$primary->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
	$primary->append_conf('postgresql.conf', "checkpoint_timeout = 1h\nlog_statement = none\nwal_sender_timeout = 60s\n");
	$primary->start;
	$primary->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new("${name}_standby");
	$standby->init_from_backup($primary, 'base', has_streaming => 1);
	$standby->start;
	if ($synchronous)
	{
		$primary->append_conf('postgresql.conf', "synchronous_standby_names = '*'\nsynchronous_commit = remote_apply\n");
		$primary->reload;
	}
	$primary->safe_psql(
		'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE TABLE ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text);
SELECT user360.attach_tickets('ticket', 'email=email');

-- What a client sends in one transaction, and sends again if no answer came:
-- each customer comes by two senders and a ticket, and by one of all sessions'.
CREATE PROCEDURE round(k text, n int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM user360.identify('shop', 'web', 'first ' || k, jsonb_build_object('firstName', 'Name ' || k));
	INSERT INTO ticket (ticket, sender, email) VALUES (k, 'second ' || k, k || '@example.com') ON CONFLICT DO NOTHING;
	PERFORM FROM user360.identify('shop', 'web', 'first ' || k, jsonb_build_object('email', upper(k) || '@example.com'));
	PERFORM FROM user360.identify('shop', 'web', 'shared ' || k, jsonb_build_object('email', format('shared%s@example.com', n)));
	PERFORM user360.track('shop', p.profile_id, 'round', event_id => md5(k)::uuid) FROM user360.profile AS p WHERE p.bot = 'shop' AND p.userid = k || '@example.com';
END
$$;
CREATE PROCEDURE work(session int, first int) LANGUAGE plpgsql AS $$
DECLARE
	k text;
BEGIN
	FOR n IN first..1000000
	LOOP
		k := format('k%s.%s', session, n);
		CALL round(k, n);
		COMMIT;
		RAISE NOTICE 'acknowledged %', k;
	END LOOP;
END
$$;
CREATE TABLE acknowledged (k text);
});
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return ($primary, $standby);
}

# Starts the sessions, each at its next round.
sub start_work
{
	my ($node, $told, @first) = @_;
	my @workers;

	for my $session (1 .. $sessions)
	{
		push @workers, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL work($session, $first[$session])" ],
			'<', \undef, '>', '/dev/null', '2>>', \$told->[$session]);
	}
	return @workers;
}

sub pump_rounds
{
	my ($told, $rounds, @workers) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;
	my @from = map { my @had = ($told->[$_] // '') =~ /acknowledged/g; scalar @had } 0 .. $sessions;

	for (;;)
	{
		$_->pump_nb for @workers;
		return if !grep { my @has = $told->[$_] =~ /acknowledged/g; @has < $from[$_] + $rounds } 1 .. $sessions;
		die "no progress: @$told[1 .. $sessions]" if time > $until;
		usleep(20_000);
	}
}

sub kill_all
{
	my ($node) = @_;
	my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

	$node->kill9;
	kill 'KILL', @processes;
	usleep(50_000) while kill 0, $postmaster, @processes;
}

my $customer = q{
	FROM user360.profile AS p
	JOIN user360.profile AS m ON m.bot = p.bot AND m.merged_into = p.profile_id
	JOIN user360.sender AS f ON f.bot = p.bot AND f.profile_id = m.profile_id
	JOIN user360.ticket AS t ON t.bot = p.bot AND t.profile_id = p.profile_id
	JOIN ticket AS u ON u.ticket = t.ticket
	WHERE p.bot = 'shop' AND p.userid = k || '@example.com' AND p.first_name = 'Name ' || k AND f.sender = 'first ' || k AND t.ticket = k};

sub missing
{
	my ($node, $told) = @_;
	my @keys = map { ($told->[$_] // '') =~ /acknowledged (\S+)\n/g } 1 .. $sessions;

	$node->safe_psql('postgres', 'TRUNCATE acknowledged; INSERT INTO acknowledged VALUES ' . join(', ', map { "('$_')" } @keys) . '; ANALYZE');
	return ($node->safe_psql('postgres', "SELECT count(*) FROM acknowledged WHERE NOT EXISTS (SELECT $customer)"), scalar @keys);
}

# ---- with a synchronous standby
my ($primary, $standby) = pair('synchronous', 1);
my @told;
my @workers = start_work($primary, \@told, map { 1 } 0 .. $sessions);
pump_rounds(\@told, 20, @workers);
usleep(rand 500_000);
kill_all($primary);
$_->finish for @workers;
$standby->promote;

# The sessions come to the standby, and repeat what had no answer.
my ($lost, $count) = missing($standby, \@told);
is($lost, '0', "none of $count acknowledged rounds is lost");
is($standby->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing after the promotion');
my @next = (0, map { my @rounds = $told[$_] =~ /acknowledged \S+\.(\d+)\n/g; $rounds[-1] + 1 } 1 .. $sessions);
@workers = start_work($standby, \@told, @next);
pump_rounds(\@told, 10, @workers);
$standby->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE $$CALL work%$$');
$_->finish for @workers;

($lost, $count) = missing($standby, \@told);
is($lost, '0', "none of $count acknowledged rounds is lost in the end");
is($standby->safe_psql('postgres', q{
SELECT 'userid ' || userid FROM user360.profile WHERE userid IS NOT NULL GROUP BY bot, userid HAVING count(*) > 1
UNION ALL SELECT 'event ' || event_id FROM user360.event WHERE name = 'round' GROUP BY event_id HAVING count(*) > 1
UNION ALL SELECT 'profile of ' || sender FROM user360.sender AS s WHERE s.sender LIKE 'first %'
	GROUP BY sender HAVING count(*) > 1
UNION ALL SELECT 'customer ' || p.userid FROM user360.profile AS p JOIN user360.profile AS m ON m.bot = p.bot AND m.merged_into = p.profile_id
	WHERE p.userid LIKE 'k%' GROUP BY p.userid HAVING count(*) <> 1
UNION ALL SELECT 'ticket ' || coalesce(u.ticket, t.ticket) FROM ticket AS u FULL JOIN user360.ticket AS t USING (ticket) WHERE u.ticket IS NULL OR t.ticket IS NULL}),
	'', 'nothing is there twice, and nothing by half');
is($standby->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing in the end');
$standby->stop;

# ---- the control: the standby hangs behind, and nobody waits for it
my ($alone, $behind) = pair('asynchronous', 0);
@told = ();
$behind->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
my ($receiver) = $behind->safe_psql('postgres', 'SELECT pid FROM pg_stat_wal_receiver');
kill 'STOP', $receiver;
@workers = start_work($alone, \@told, map { 1 } 0 .. $sessions);
pump_rounds(\@told, 5, @workers);
kill_all($alone);
$_->finish for @workers;
kill 'CONT', $receiver;
$behind->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$behind->promote;
($lost, $count) = missing($behind, \@told);
cmp_ok($lost, '>', 0, "control: without waiting for the standby, $lost of $count acknowledged rounds are lost");
is($behind->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'control: and what is there is whole');
$behind->stop;
done_testing();
