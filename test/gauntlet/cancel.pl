# Cancelled and terminated at random points, under load: sessions call every
# operation as a role with access, in transactions and in blocks that catch the
# error, while a random one is cancelled or terminated every few milliseconds.
# Whoever is cancelled is whom they were, with their settings; nothing keeps a
# lock; nothing is half done, and verify() finds nothing.
#
#   FAULT_SECONDS=300 FAULT_SEED=7 make gauntlet ONLY=cancel

use strict;
use warnings;

use IPC::Open2;
use IO::Handle;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $seconds = $ENV{FAULT_SECONDS} || 40;
my $seed = $ENV{FAULT_SEED} || time % 1_000_000 | 0;
my ($clients, $customers) = (8, 30);
diag "seed $seed";

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "log_statement = none\nlog_min_messages = error\nlog_error_verbosity = verbose\nmax_connections = 40\ndeadlock_timeout = 200ms\n");
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE ROLE app LOGIN;
SELECT user360.grant_access('app', 'shop', 'engagement_admin');
GRANT CREATE ON SCHEMA public TO app;
SET ROLE app;
CREATE TABLE ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text, status text DEFAULT 'open');
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');
CREATE TABLE source AS SELECT 'customer' || n % 30 || '@example.com' AS email, 'Name ' || n AS "firstName" FROM generate_series(1, 1500) AS n;
});

sub any { return $_[ int(rand @_) ] }
sub email { return 'customer' . int(rand $customers) . '@example.com' }
sub profile { return "(SELECT profile_id FROM user360.profile WHERE bot = 'shop' AND userid = '" . email() . "')" }
my $id = 0;
my @operations = (
	sub { sprintf q(SELECT FROM user360.identify('shop', 'web', 's%d', '{"city": "City %d"}')), rand 60, rand 99 },
	sub { sprintf q(SELECT FROM user360.identify('shop', 'web', 's%d', '{"email": "%s", "firstName": "N%d"}')), rand 60, email(), rand 99 },
	sub { "INSERT INTO ticket (ticket, sender, email) VALUES ('$_[0]-" . ++$id . "', 's" . int(rand 60) . "', " . any('NULL', "'" . email() . "'") . ')' },
	sub { "UPDATE ticket SET status = 'solved', sender = 's" . int(rand 60) . "' WHERE ticket = '$_[0]-" . int(rand($id + 1)) . "'" },
	sub { "DELETE FROM ticket WHERE ticket = '$_[0]-" . int(rand($id + 1)) . "'" },
	sub { sprintf q(SELECT user360.update_contact('shop', %s, '{"city": "Edited %d"}')), profile(), rand 99 },
	sub { "SELECT FROM user360.merge_profiles('shop', " . profile() . ', ' . profile() . ')' },
	sub { "SELECT FROM user360.unmerge('shop', (SELECT merge_id FROM user360.merge WHERE undone_at IS NULL ORDER BY random() LIMIT 1))" },
	sub { "SELECT user360.track('shop', " . profile() . ", 'seen')" },
	sub { "SELECT user360.delete_user('shop', " . profile() . ')' },
	sub { "SELECT user360.replace_userid('shop', " . profile() . ", '" . email() . "', true)" },
	sub { "SELECT user360.prune_unidentified('shop', '2 seconds')" },
	sub { "SELECT FROM user360.contact_card('shop', '" . email() . "')" },
	sub { "SELECT user360.user_page('shop', " . profile() . ')' },
	sub { "CALL user360.import_users('shop', 'source', 'email', tags => '{t}')" },
	sub { "CALL user360.backfill('ticket')" },
	sub { "SELECT user360.adopt_userids('shop')" },
	sub { "SELECT 1 / (count(*) = 0)::int FROM user360.verify('shop')" });

# What a session has to be after whatever happened to it.
my $look = q{SELECT 'is ' || concat_ws(' ', current_user, session_user, current_setting('enable_seqscan'), current_setting('enable_hashjoin'),
	current_setting('enable_bitmapscan'), current_setting('work_mem'), current_setting('search_path'), count(*)) FROM pg_locks
	WHERE pid = pg_backend_pid() AND (locktype IN ('advisory', 'tuple', 'transactionid') OR locktype = 'relation'
		AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'user360'::regnamespace));};
my $as_it_was = 'is app app on on on 4MB "$user", public 0';

sub client
{
	my ($number, $until, $file) = @_;
	my ($in, $out, $process, %count);

	srand($seed * 100 + $number);
	open my $log, '>', $file or die $!;
	$log->autoflush(1);
	while (time < $until)
	{
		if (!$process)
		{
			$process = open2($out, $in, "psql -X -q -A -t -v VERBOSITY=verbose -d '" . $node->connstr('postgres') . " user=app' 2>&1");
			$in->autoflush(1);
		}
		my $statement = any(@operations)->("c$number");
		my $way = $statement =~ /^CALL/ ? 0 : int rand 4;
		print $in $way == 0 ? "$statement;\n"
			: $way == 1 ? "BEGIN;\n$statement;\n" . any(@operations[ 0 .. 5 ])->("c$number") . ";\nCOMMIT;\n"
			: $way == 2 ? "BEGIN;\nSAVEPOINT s;\n$statement;\nROLLBACK TO s;\nCOMMIT;\n"
			# caught: the transaction goes on, as whom and with what it was
			: "DO \$\$ BEGIN BEGIN " . ($statement =~ s/^SELECT/PERFORM/r)
				. "; EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'caught % %', current_user, current_setting('enable_seqscan'); WHEN OTHERS THEN NULL; END; "
				. "PERFORM FROM user360.identify('shop', 'web', 'after'); END \$\$;\n";
		print $in "$look\n\\echo done\n";
		my ($done, $lost, $cancelled, $is) = (0, 0, 0);
		while (my $line = <$out>)
		{
			$done = 1, last if $line eq "done\n";
			$lost = 1 if $line =~ /FATAL|server closed|connection to server|no connection/;
			$cancelled = 1, $count{cancelled}++ if $line =~ /ERROR: +57014/;
			$count{"in our statement"}++ if $cancelled && $line =~ /^CONTEXT:.*user360\.|^PL\/pgSQL.*user360|SQL statement ".*user360\.\w+ AS/;
			$count{"caught $1"}++ if $line =~ /NOTICE: .*caught (.*)/;
			$count{"error $1"}++ if $line =~ /ERROR: +(\w{5})/;
			$is = $1 if $line =~ /^(is .*)$/;
		}
		if ($lost || !$done)
		{
			$count{lost}++;
			close $in;
			close $out;
			waitpid $process, 0;
			$process = undef;
			next;
		}
		$count{done}++;

		# the look itself may have been cancelled
		print $log "wrong|$is after $statement\n" if defined $is && $is ne $as_it_was;
		$count{looks}++ if defined $is;
	}
	if ($process) { close $in; close $out; waitpid $process, 0; }
	print $log "count|$_|$count{$_}\n" for keys %count;
	close $log;
}

my $folder = PostgreSQL::Test::Utils::tempdir;
my $until = time + $seconds;
my @children;
for my $number (1 .. $clients)
{
	my $child = fork();
	die $! unless defined $child;
	if ($child == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		client($number, $until, "$folder/$number");
		POSIX::_exit(0);
	}
	push @children, $child;
}

# The one who cancels.
srand $seed;
my $psql = open2(my $answer, my $order, "psql -X -q -A -t -d '" . $node->connstr('postgres') . "'");
$order->autoflush(1);
while (time < $until)
{
	usleep(rand 15_000);
	my $how = rand() < 0.08 ? 'terminate' : 'cancel';
	print $order "SELECT pg_${how}_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active' ORDER BY random() LIMIT 1;\n\\echo done\n";
	while (my $line = <$answer>) { last if $line eq "done\n"; }
}
close $order;
close $answer;
waitpid $psql, 0;
waitpid $_, 0 for @children;

my (%count, @wrong);
for my $number (1 .. $clients)
{
	foreach my $line (split /\n/, slurp_file("$folder/$number"))
	{
		my @part = split /\|/, $line;
		if ($part[0] eq 'count') { $count{ $part[1] } += $part[2] } else { push @wrong, $part[1] }
	}
}
note "$_: $count{$_}" for sort keys %count;
cmp_ok($count{done} || 0, '>', 10 * $seconds, 'there was load');
cmp_ok($count{cancelled} || 0, '>', $seconds, 'calls were cancelled');
cmp_ok($count{'in our statement'} || 0, '>', 0, 'some within our own statements');
cmp_ok($count{lost} || 0, '>', 0, 'and sessions terminated');
is_deeply([ grep { /^caught/ && $_ ne 'caught app on' } keys %count ], [], 'who catches it is whom they were');
cmp_ok($count{'caught app on'} || 0, '>', 0, 'and some caught it');
is_deeply([ @wrong[ 0 .. ($#wrong < 4 ? $#wrong : 4) ] ], [], 'each session stayed what it was, without a lock');

# An argument that nobody is, a profile or merge that is gone or merged by now,
# a userId that somebody has, none to replace, an import at a time, and what
# follows in a transaction of which a part was cancelled.
my %expected = map { $_ => 1 } ('57014', '22004', 'U3014', 'U3015', 'U3020', '23505', '55000', '55006', '25P02', '3B001', '40P01');
is_deeply([ grep { /^error (\w+)/ && !$expected{$1} } keys %count ], [], 'no call failed otherwise');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no crash');

is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype IN ('advisory', 'tuple')
	OR locktype = 'relation' AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'user360'::regnamespace) AND pid <> pg_backend_pid()}),
	'0', 'no lock is left');
is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing');
is($node->safe_psql('postgres', q{SELECT u.ticket FROM user360.ticket AS u LEFT JOIN ticket AS t USING (ticket) WHERE t.ticket IS NULL OR t.status <> u.status LIMIT 5}),
	'', 'each recorded ticket is there, as it is');
$node->safe_psql('postgres', q{SET ROLE app; CALL user360.backfill('ticket')});
is($node->safe_psql('postgres', q{SELECT count(*) FROM ticket LEFT JOIN user360.ticket AS u USING (ticket) WHERE u.ticket IS NULL}), '0', 'and those of erased customers come back');

# Control: a setting or a lock that stayed would show.
my $as_app = $node->connstr('postgres') . ' user=app';
for my $left ('SET enable_seqscan = off', 'SET ROLE postgres', 'SELECT FROM (SELECT pg_advisory_lock(1)) AS held')
{
	my $other = $left =~ /ROLE/ ? $node->connstr('postgres') : $as_app;
	my ($is, $error) = run_command([ 'psql', '-XAtq', '-d', $other, '-c', $left, '-c', $look ]);
	like($is, qr/^is /, "control: $left");
	isnt($is, $as_it_was, 'control: shows');
}
my ($is) = run_command([ 'psql', '-XAtq', '-d', $as_app, '-c', $look ]);
is($is, $as_it_was, 'control: and nothing else does');

$node->stop;
done_testing();
