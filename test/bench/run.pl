# Measures one size: perl run.pl PROFILES SECONDS RESULTS
#
# pgbench runs each operation of each solution in turn, prepared, with a
# CHECKPOINT before; the first part of a run warms the backends up, then comes
# a window in which everything is counted: transactions by pgbench's log, the
# backends' processor time from /proc, WAL by its position.  RESULTS gets a line
# a run: profiles, operation, clients, solution, round, operations a second, p50
# and p99 in microseconds; of an operation, microseconds of processor time, bytes
# of WAL, and bytes of page images in the WAL.
use strict;
use warnings;
use IPC::Open2;
use POSIX ();
use Time::HiRes qw(time sleep);

my ($profiles, $seconds, $results) = @ARGV;
my $first = 100_000_000_000;
my $warm_up = 0.4;
my $margin = 0.2;
my $rounds = $ENV{ROUNDS} // 3;
my $import_lines = $ENV{IMPORT_LINES} // 30_000;
my $work = $ENV{WORK};
my $bin = $ENV{BIN};
my @operations = split / /, $ENV{OPERATIONS} // 'card known activity ticket given new import merge';
my @solutions = qw(user360 peer bare select1);

# the customers of the measured bot, of one with a history, and new keys
my $measured = $profiles - 9 * int($profiles / 100);
my %number = (
	n => "random($first + 1, $first + $measured)",
	a => "$first + 200 * random(1, $measured / 200)",
	r => 'random(200000000000, 899999999999)',
	q => 'random(10000000, 99999999)',
);
my $properties = q(('{"email": "u' || :r || '@example.com", "firstName": "Asha", "lastName": "Rao", "phone": "+9190' || :q || '"}')::jsonb);
my $recognised = q(('{"email": "u' || :n || '@example.com"}')::jsonb);
my $given = q[(channel, sender, subject, name, email, phone)
	VALUES ('web', :n, 'Where is my order?', 'Asha', 'u' || :n || '@example.com', '+919' || right(:n, 9));];
my %statement = (
	user360 => {
		card => "SELECT user360.contact_card('bench', 'u' || :n || '\@example.com');",
		known => "SELECT user360.identify('bench', 'web', :n);",
		new => "SELECT user360.identify('bench', 'web', :r, $properties);",
		merge => "SELECT user360.identify('bench', 'web', :r, '{\"firstName\": \"Asha\"}');\n" .
			"SELECT user360.identify('bench', 'web', :r, $recognised);",
		ticket => "INSERT INTO public.user360_tickets (channel, sender, subject) VALUES ('web', :n, 'Where is my order?');",
		given => "INSERT INTO public.user360_given_tickets $given",
		activity => "SELECT * FROM user360.recent_activity('bench', ('01900000-0000-7000-8000-' || :a)::uuid);",
		import => "CALL user360.import_users('bench', 'import_lines', 'email', '{\"line\": null}');",
	},
	peer => {
		card => "SELECT peer.contact_card(1, 'u' || :n || '\@example.com');",
		known => "SELECT peer.identify(1, 'web', :n);",
		new => "SELECT peer.identify(1, 'web', :r, $properties);",
		merge => "SELECT peer.identify(1, 'web', :r, '{\"firstName\": \"Asha\"}');\n" .
			"SELECT peer.identify(1, 'web', :r, $recognised);",
		ticket => "INSERT INTO peer.tickets (channel, sender, subject) VALUES ('web', :n, 'Where is my order?');",
		given => "INSERT INTO peer.given_tickets $given",
		activity => 'SELECT * FROM peer.recent_activity(1, :a);',
		import => "SELECT * FROM peer.import_users(1, 'import_lines');",
	},
	bare => read_statements("$ENV{BENCH}/bare.sql"),
	select1 => {map { $_ => $_ eq 'merge' ? "SELECT 1;\nSELECT 1;" : 'SELECT 1;' } @operations},
);

# The statements of a file, each below a heading of the form "-- name: what it is".
sub read_statements
{
	my ($file) = @_;
	my (%of, $name);
	open my $in, '<', $file or die "$file: $!";
	while (<$in>)
	{
		if (/^-- (\w+):/) { $name = $1 }
		elsif (!/^--/ && defined $name) { $of{$name} .= $_ }
	}
	return \%of;
}

# A session of its own to ask with.
my $asker = open2(my $answers, my $questions, 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-F', ' ');

sub ask
{
	my ($sql) = @_;
	my @rows;
	print $questions "$sql\n;\n\\echo .\n";
	while (my $line = <$answers>)
	{
		chomp $line;
		return wantarray ? @rows : $rows[0] if $line eq '.';
		push @rows, $line;
	}
	die "psql ended at: $sql\n";
}

ask('SET client_min_messages = warning');

# Nanoseconds that a process has run; without a scheduler that counts so, ticks.
# Nothing for one that has ended.
sub processor_time
{
	my ($pid) = @_;
	my $is_precise = open my $in, '<', "/proc/$pid/schedstat";
	return (split ' ', <$in>)[0] if $is_precise;
	open $in, '<', "/proc/$pid/stat" or return undef;
	my @fields = split ' ', <$in> =~ s/^.*\) //r;
	return ($fields[11] + $fields[12]) * 1e9 / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub total
{
	my $sum = 0;
	$sum += $_ for @_;
	return $sum;
}

# Nothing where one of the processes has ended.
sub snapshot
{
	my (@pids) = @_;
	my $wal = ask('SELECT pg_current_wal_insert_lsn()');
	my @times = map { processor_time($_) } @pids;
	return undef if grep { !defined } @times;
	return {at => time, cpu => total(@times), wal => $wal};
}

# Bytes of WAL between two snapshots: of records by themselves, and of the page
# images that go with the first change of a page after a checkpoint.
sub wal_between
{
	my ($before, $after) = @_;
	return (0, 0) if $before->{wal} eq $after->{wal};
	# what is to be read must have been flushed
	ask("BEGIN; SET LOCAL synchronous_commit = on; SELECT pg_logical_emit_message(true, '', ''); COMMIT");
	return split / /, ask("SELECT sum(record_size), sum(fpi_size) FROM pg_get_wal_stats('$before->{wal}', '$after->{wal}')");
}

open my $out, '>>', $results or die "$results: $!";
$out->autoflush;

sub record
{
	my ($operation, $clients, $solution, $round, @figures) = @_;
	print $out join("\t", $profiles, $operation, $clients, $solution, $round, map { sprintf '%.2f', $_ } @figures), "\n";
}

sub latencies
{
	my ($from, $to) = @_;
	my @found;
	for my $log (glob "$work/bench_log.*")
	{
		open my $in, '<', $log or die "$log: $!";
		while (<$in>)
		{
			my (undef, undef, $latency, undef, $second, $microsecond) = split ' ';
			my $end = $second + $microsecond / 1e6;
			push @found, $latency if $end >= $from && $end < $to;
		}
		close $in;
		unlink $log;
	}
	return sort { $a <=> $b } @found;
}

# False: the machine was too busy for the window to lie within the run.
sub run_clients
{
	my ($operation, $clients, $solution, $round) = @_;
	my $script = "$work/bench.pgbench";
	my $text = $statement{$solution}{$operation} // die "no $operation of $solution\n";
	open my $file, '>', $script or die "$script: $!";
	print $file map { $text =~ /:$_\b/ ? "\\set $_ $number{$_}\n" : () } sort keys %number;
	print $file $text =~ s/\s+$//r, "\n";
	close $file;

	ask('CHECKPOINT');
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open STDOUT, '>', "$work/pgbench.out";
		open STDERR, '>&', \*STDOUT;
		exec "$bin/pgbench", '-n', '-M', 'prepared', '-c', $clients, '-j', $clients > 1 ? 2 : 1, '-T', $seconds,
			'-l', '--log-prefix', "$work/bench_log", '-f', $script;
	}
	sleep $warm_up;		# by then the connection with which pgbench begins is gone
	my @pids = ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'");
	my $before = @pids == $clients ? snapshot(@pids) : undef;
	sleep $seconds - $warm_up - $margin;
	my $after = snapshot(@pids);
	waitpid $pid, 0;
	my $said = do { local $/; open my $in, '<', "$work/pgbench.out"; <$in> };
	die "pgbench, $operation of $solution:\n$text\n$said" if $? != 0 || $said =~ /^pgbench: error/m;
	my @sorted = latencies(defined $before ? $before->{at} : 0, defined $after ? $after->{at} : 0);
	my $n = @sorted;
	return 0 if !defined $before || !defined $after || $n == 0;
	record($operation, $clients, $solution, $round, $n / ($after->{at} - $before->{at}), $sorted[$n / 2], $sorted[$n * 0.99],
		($after->{cpu} - $before->{cpu}) / 1e3 / $n, map { $_ / $n } wal_between($before, $after));
	return 1;
}

# Half of the lines are of new customers, half bring another city of known ones.
sub run_import
{
	my ($solution, $round) = @_;
	my $half = int($import_lines / 2);
	my $from = 900_000_000_000 + $round * $import_lines;
	ask(<<~"SQL");
		DROP TABLE IF EXISTS import_lines;
		CREATE UNLOGGED TABLE import_lines AS
		SELECT i AS line, 'u' || CASE WHEN i % 2 = 0 THEN $from + i ELSE $first + 1 + (i / 2) * ($measured / $half) END || '\@example.com' AS email,
			'Asha' AS "firstName", 'Rao ' || i AS "lastName", '+9190' || 10000000 + i AS phone, 'City $round' AS city
		FROM generate_series(1, $import_lines) AS i;
		VACUUM ANALYZE import_lines;
		CHECKPOINT
		SQL
	my $pid = ask('SELECT pg_backend_pid()');
	my $before = snapshot($pid);
	ask($statement{$solution}{import});
	my $after = snapshot($pid);
	my $took = $after->{at} - $before->{at};
	record('import', 1, $solution, $round, $import_lines / $took, 1e6 * $took / $import_lines, 1e6 * $took / $import_lines,
		($after->{cpu} - $before->{cpu}) / 1e3 / $import_lines, map { $_ / $import_lines } wal_between($before, $after));
}

# Into the buffers what there is room for: the tables that every operation reads last.
ask("SELECT sum(pg_prewarm(c.oid, 'buffer')) FROM (SELECT c.oid FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN ('user360', 'peer', 'bare') " .
	"AND c.relkind IN ('r', 'i') AND c.relname ~ '$_' AND c.relpages > 0 ORDER BY c.oid) AS c") for qw(^(event|ticket) ^(profile|sender));

for my $solution (qw(user360 peer bare))
{
	for my $part (['profile and sender' => [qw(profile sender)]], ['event' => ['event']])
	{
		my ($name, $tables) = @$part;
		my $bytes = total(map { ask("SELECT pg_total_relation_size('$solution.$_')") } @$tables);
		record("disk of $name", 0, $solution, 0, $bytes, ask("SELECT count(*) FROM $solution.$tables->[0]"), 0, 0, 0);
	}
	record('loading', 0, $solution, 0, ask("SELECT seconds FROM public.loading WHERE solution = '$solution'"), 0, 0, 0, 0);
}

for my $operation (@operations)
{
	for my $clients ($operation eq 'import' ? (1) : (1, 8))
	{
		for my $round (1 .. $rounds)
		{
			for my $solution (@solutions)
			{
				if ($operation eq 'import')
				{
					run_import($solution, $round) if $solution ne 'select1';
					next;
				}
				my $tries = 1;
				until (run_clients($operation, $clients, $solution, $round))
				{
					die "$operation of $solution could not be measured\n" if ++$tries > 5;
				}
			}
		}
	}
}
print $questions "\\q\n";
waitpid $asker, 0;
