# The server crashes, five times, while every operation is at work: killed, and
# stopped at once.  After each recovery verify() finds nothing, and each call
# whose commit was acknowledged is there, whole.  The control turns off what
# keeps an acknowledged commit, and sees calls missing.
#
#   FAULT_SEED=7 make gauntlet ONLY=crash_operations

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $seed = $ENV{FAULT_SEED} || time % 1_000_000 | 0;
srand $seed;
note "seed $seed";
diag "seed $seed";

my $node = PostgreSQL::Test::Cluster->new('crash_operations');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "checkpoint_timeout = 1h\nwal_writer_delay = 10s\nmax_connections = 60\nlog_statement = none\n");
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot(bot, 'email', ARRAY['web']) FROM unnest(ARRAY['shop', 'prune']) AS bot;
CREATE ROLE agent;
CREATE TABLE ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text, status text DEFAULT 'open');
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');
CREATE TABLE old_ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text);
SELECT user360.attach_tickets('old_ticket');
CREATE TABLE contact (id text PRIMARY KEY, email text, name text);
SELECT user360.attach_contacts('contact', 'bot:=shop', 'userId=email', 'firstName=name');
CREATE TABLE source (email text, "firstName" text);

-- Whose a sender of bot shop is.
CREATE FUNCTION of(sender text) RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT coalesce(p.merged_into, p.profile_id) FROM user360.sender AS s JOIN user360.profile AS p USING (bot, profile_id)
	WHERE s.bot = 'shop' AND s.channel = ANY ('{web,public.contact}') AND s.sender = of.sender $$;
CREATE TABLE acknowledged (operation text, k text);
});

# For each operation what a round of it does, and what is asked of a round that
# was acknowledged; k is its key.
my %operation = (
	capture => [
		q{PERFORM FROM user360.identify('shop', 'web', k, jsonb_build_object('firstName', k));},
		q{EXISTS (SELECT FROM user360.sender AS s JOIN user360.profile AS p USING (bot, profile_id) WHERE s.bot = 'shop' AND s.channel = 'web' AND s.sender = k AND p.first_name = k)} ],
	merge => [
		q{PERFORM FROM user360.identify('shop', 'web', 'a ' || k, jsonb_build_object('email', 'a.' || k || '@example.com'));
		PERFORM FROM user360.identify('shop', 'web', 'b ' || k, jsonb_build_object('email', 'b.' || k || '@example.com'));
		COMMIT;
		PERFORM FROM user360.merge_profiles('shop', of('b ' || k), of('a ' || k));},
		q{of('a ' || k) = of('b ' || k) AND EXISTS (SELECT FROM user360.merge AS m JOIN user360.profile AS p ON p.bot = m.bot AND p.profile_id = m.source_id
			WHERE p.bot = 'shop' AND p.userid = 'b.' || k || '@example.com' AND m.undone_at IS NULL AND p.merged_into = m.target_id)} ],
	unmerge => [
		q{PERFORM FROM user360.identify('shop', 'web', 'a ' || k, jsonb_build_object('email', 'a.' || k || '@example.com'));
		PERFORM FROM user360.identify('shop', 'web', 'b ' || k, jsonb_build_object('email', 'b.' || k || '@example.com', 'firstName', k));
		merge_id := (SELECT m.merge_id FROM user360.merge_profiles('shop', of('b ' || k), of('a ' || k)) AS m);
		COMMIT;
		PERFORM FROM user360.unmerge('shop', merge_id);},
		q{of('a ' || k) <> of('b ' || k) AND EXISTS (SELECT FROM user360.merge AS m WHERE m.bot = 'shop' AND m.source_id = of('b ' || k) AND m.undone_at IS NOT NULL)
			AND (SELECT p.first_name IS NULL AND p.own IS NULL FROM user360.profile AS p WHERE p.bot = 'shop' AND p.profile_id = of('a ' || k))} ],
	replace => [
		q{PERFORM FROM user360.identify('shop', 'web', k, jsonb_build_object('email', 'old.' || k || '@example.com'));
		COMMIT;
		PERFORM user360.replace_userid('shop', of(k), 'new.' || k || '@example.com', true);},
		q{NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = 'shop' AND p.userid = 'old.' || k || '@example.com')
			AND (SELECT p.userid FROM user360.profile AS p WHERE p.bot = 'shop' AND p.profile_id = of(k)) = 'new.' || k || '@example.com'} ],
	delete => [
		q{PERFORM FROM user360.identify('shop', 'web', k, jsonb_build_object('email', k || '@example.com'));
		COMMIT;
		PERFORM user360.delete_user('shop', of(k));},
		q{NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = 'shop' AND p.userid = k || '@example.com')
			AND NOT EXISTS (SELECT FROM user360.sender AS s WHERE s.bot = 'shop' AND s.channel = 'web' AND s.sender = k)} ],
	edit => [
		q{PERFORM FROM user360.identify('shop', 'web', k);
		COMMIT;
		PERFORM user360.update_contact('shop', of(k), jsonb_build_object('city', k));},
		q{(SELECT p.city FROM user360.profile AS p WHERE p.bot = 'shop' AND p.profile_id = of(k)) = k
			AND EXISTS (SELECT FROM user360.event AS e WHERE e.bot = 'shop' AND e.profile_id = of(k) AND e.payload -> 'newPayload' ->> 'city' = k)} ],
	track => [
		q{PERFORM FROM user360.identify('shop', 'web', k);
		PERFORM user360.track('shop', of(k), 'seen ' || k);},
		q{EXISTS (SELECT FROM user360.event AS e WHERE e.bot = 'shop' AND e.profile_id = of(k) AND e.name = 'seen ' || k)} ],
	ticket => [
		q{INSERT INTO ticket (ticket, sender, email) VALUES (k, k, k || '@example.com'), ('gone ' || k, k, NULL);
		COMMIT;
		UPDATE ticket SET status = 'solved' WHERE ticket = k;
		DELETE FROM ticket WHERE ticket = 'gone ' || k;},
		q{(SELECT t.closed_at IS NOT NULL AND t.profile_id = of(k) FROM user360.ticket AS t WHERE t.bot = 'shop' AND t.source = 'public.ticket' AND t.ticket = k)
			AND NOT EXISTS (SELECT FROM user360.ticket AS t WHERE t.bot = 'shop' AND t.source = 'public.ticket' AND t.ticket = 'gone ' || k)} ],
	contact => [
		q{INSERT INTO contact VALUES (k, k || '@example.com', 'first');
		COMMIT;
		UPDATE contact SET name = k WHERE id = k;},
		q{(SELECT p.first_name = k AND p.userid = k || '@example.com' FROM user360.profile AS p WHERE p.bot = 'shop' AND p.profile_id = of(k))} ],
	backfill => [
		q{SET LOCAL session_replication_role = replica;
		INSERT INTO old_ticket (ticket, sender) SELECT k || '.' || n, k || '.' || n % 7 FROM generate_series(1, 40) AS n;
		COMMIT;
		CALL user360.backfill('old_ticket', 5);},
		q{(SELECT count(*) FROM generate_series(1, 40) AS n JOIN user360.ticket AS t
			ON t.bot = 'shop' AND t.source = 'public.old_ticket' AND t.ticket = k || '.' || n) = 40} ],
	import => [
		q{DELETE FROM source;
		INSERT INTO source SELECT n || '.' || k || '@example.com', k FROM generate_series(1, 300) AS n;
		COMMIT;
		CALL user360.import_users('shop', 'source', 'email', NULL, 'update', false, NULL, NULL, NULL, 'reject', false,
			import_id, counted, counted, counted, counted, counted, counted);},
		q{(SELECT count(*) FROM generate_series(1, 300) AS n JOIN user360.profile AS p
			ON p.bot = 'shop' AND p.userid = n || '.' || k || '@example.com' AND p.first_name = k) = 300
			AND EXISTS (SELECT FROM user360.import AS i WHERE i.state = 'done')} ],
	prune => [
		q{PERFORM FROM user360.identify('prune', 'web', k);
		PERFORM FROM user360.identify('prune', 'web', 'stays', jsonb_build_object('email', 'stays@example.com', 'city', k));
		COMMIT;
		PERFORM user360.prune_unidentified('prune', '0');
		PERFORM user360.prune_events('prune', '0');},
		q{NOT EXISTS (SELECT FROM user360.sender AS s WHERE s.bot = 'prune' AND s.channel = 'web' AND s.sender = k)
			AND (SELECT b.history_from IS NOT NULL FROM user360.bot AS b WHERE b.bot = 'prune')} ],
	policy => [
		q{PERFORM user360.create_bot(k, NULL, '{web}', 'IN');
		PERFORM FROM unnest(ARRAY['a', 'bb', 'ccc']) AS x, user360.identify(k, 'web', x, jsonb_build_object('phone', '+91900050000' || length(x) % 2));
		COMMIT;
		PERFORM user360.set_userid_property(k, 'phone');
		PERFORM user360.define_property(k, 'plan', 'string');
		PERFORM user360.add_channel(k, 'fax');
		PERFORM user360.set_option(k, 'lookalike', 'report');
		PERFORM user360.grant_access('agent', k, 'agent');
		COMMIT;
		PERFORM user360.adopt_userids(k);},
		q{(SELECT count(*) FROM user360.profile AS p WHERE p.bot = k AND p.userid IS NOT NULL AND p.merged_into IS NULL) = 2
			AND (SELECT count(*) FROM user360.profile AS p WHERE p.bot = k AND p.merged_into IS NOT NULL) = 1
			AND EXISTS (SELECT FROM user360.property AS o WHERE o.bot = k) AND EXISTS (SELECT FROM user360.channel AS c WHERE c.bot = k AND c.channel = 'fax')
			AND EXISTS (SELECT FROM user360.access AS a WHERE a.bot = k)} ]);
for my $name (sort keys %operation)
{
	$node->safe_psql('postgres', qq{
CREATE PROCEDURE work_$name(run text) LANGUAGE plpgsql AS \$procedure\$
DECLARE
	k text;
	merge_id uuid;
	import_id uuid;
	counted bigint;
BEGIN
	FOR round IN 1..1000000
	LOOP
		k := format('%s.%s.%s', '$name', run, round);
		$operation{$name}[0]
		COMMIT;
		RAISE NOTICE 'acknowledged %', k;
	END LOOP;
END
\$procedure\$});
}

# Lets every operation go some rounds, and a while longer.  Answers what they
# have told when it is over.
sub work_until_crash
{
	my ($run, $rounds, $crash) = @_;
	my (%told, @workers);

	for my $name (sort keys %operation)
	{
		$told{$name} = '';
		push @workers, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL work_$name('$run')" ],
			'<', \undef, '>', '/dev/null', '2>', \$told{$name});
	}
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;
	while (grep { !/acknowledged \S+\.$rounds\n/ } values %told)
	{
		die 'no progress: ' . join ' ', map { "$_: " . substr $told{$_}, -200 } keys %told if time > $until || grep { /ERROR/ } values %told;
		$_->pump_nb for @workers;
		usleep(20_000);
	}
	usleep(rand 500_000);
	$_->pump_nb for @workers;
	$crash->();
	$_->finish for @workers;

	my %acknowledged;
	for my $name (keys %told)
	{
		$acknowledged{$name} = [ $told{$name} =~ /acknowledged (\S+)\n/g ];
	}
	return \%acknowledged;
}

sub kill_all
{
	my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

	# Backends that are busy do not notice at once that the postmaster is gone.
	$node->kill9;
	kill 'KILL', @processes;
	usleep(50_000) while kill 0, $postmaster, @processes;
}

# The calls that were acknowledged and are not there.
sub missing
{
	my ($acknowledged) = @_;
	my @rows = map { my $name = $_; map { "('$name', '$_')" } @{ $acknowledged->{$name} } } sort keys %$acknowledged;

	$node->safe_psql('postgres', 'TRUNCATE acknowledged; INSERT INTO acknowledged VALUES ' . join(', ', @rows) . '; ANALYZE');
	return $node->safe_psql('postgres',
		join ' UNION ALL ', map { "SELECT k FROM acknowledged WHERE operation = '$_' AND ($operation{$_}[1]) IS NOT TRUE" } sort keys %operation);
}

for my $run (1 .. 5)
{
	my $how = $run % 2 ? 'killed' : 'stopped at once';
	my $acknowledged = work_until_crash($run, 4, $run % 2 ? \&kill_all : sub { $node->stop('immediate') });

	$node->start;
	is(missing($acknowledged), '', "$how: every acknowledged call is there, "
		. join ' ', map { "$_ " . @{ $acknowledged->{$_} } } sort keys %$acknowledged);
	is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', "$how: verify() finds nothing");
	is($node->safe_psql('postgres', q{
SELECT coalesce(t.ticket, u.ticket) FROM ticket AS t FULL JOIN (SELECT * FROM user360.ticket WHERE source = 'public.ticket') AS u USING (ticket)
WHERE t.ticket IS NULL OR u.ticket IS NULL OR t.status IS DISTINCT FROM u.status}), '', "$how: each ticket as it is");

	# What broke off goes on where it stood.
	$node->safe_psql('postgres', q{CALL user360.backfill('old_ticket')});
	is($node->safe_psql('postgres', q{SELECT count(*) FROM old_ticket AS o WHERE NOT EXISTS (SELECT FROM user360.ticket AS t
		WHERE t.source = 'public.old_ticket' AND t.ticket = o.ticket)}), '0', "$how: backfill goes on");
	my $broken = $node->safe_psql('postgres', q{SELECT import_id FROM user360.import WHERE state = 'running' ORDER BY started_at DESC LIMIT 1});
	if ($broken ne '')
	{
		$node->safe_psql('postgres', qq{CALL user360.import_users('shop', 'source', 'email', resume => '$broken')});
	}
	is($node->safe_psql('postgres', q{SELECT count(*) FROM user360.import WHERE state = 'running'}), '0', "$how: the import goes on");
	is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', "$how: still verify() finds nothing");
}

# Control.
$node->append_conf('postgresql.conf', "synchronous_commit = off\n");
$node->restart;
my $acknowledged = work_until_crash('control', 4, \&kill_all);
$node->start;
isnt(missing($acknowledged), '', 'control: without synchronous_commit acknowledged calls are missing');
is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'control: each as a whole, says verify()');

$node->stop;
done_testing();
