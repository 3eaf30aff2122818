# Attached tables change under the sessions that write to them: columns come,
# go, change their names and types, the table is attached with other mappings
# and detached, partitions come and go, tables are truncated and dropped.  None
# of the application's statements fails because of us, nothing crashes, and
# what is recorded is sound.
#
#   FAULT_SECONDS=300 FAULT_SEED=7 make gauntlet ONLY=concurrent_ddl

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
my $clients = 5;
diag "seed $seed";

my $node = PostgreSQL::Test::Cluster->new('concurrent_ddl');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "log_statement = none\nlog_min_messages = error\ndeadlock_timeout = 500ms\n");
$node->start;
my $dropped = q{CREATE TABLE dropped (id bigserial PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, note text)};
$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE TABLE plain (id bigserial PRIMARY KEY, junk int, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text,
	email text DEFAULT 'plain\@example.com', plan text, subject text DEFAULT 'subject', status text DEFAULT 'open');
SELECT user360.attach_tickets('plain', 'email=email', 'firstName=plan', 'closed:=solved');
CREATE TABLE parted (id bigserial, part int, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, city text DEFAULT 'Here', PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);
CREATE TABLE parted_1 (junk text, city text DEFAULT 'Here', part int NOT NULL, sender text, id bigint NOT NULL, channel text DEFAULT 'web', bot text DEFAULT 'shop');
ALTER TABLE parted_1 DROP COLUMN junk;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
SELECT user360.attach_tickets('parted', 'ticket=id', 'city=city');
$dropped;
SELECT user360.attach_tickets('dropped');
CREATE TABLE person (id bigserial PRIMARY KEY, email text, name text DEFAULT 'Name', extra text);
SELECT user360.attach_contacts('person', 'bot:=shop', 'userId=email', 'firstName=name');
});

sub any { return $_[ int(rand @_) ] }
sub sender { return "'s" . int(rand 40) . "'" }

# What the application does, and with which failures of PostgreSQL's own: a
# partition or table that is not there just now.
my @statements = (
	[ 5, sub { 'INSERT INTO plain (sender) VALUES (' . sender() . ')' } ],
	[ 2, sub { 'INSERT INTO plain (sender) SELECT ' . sender() . ' FROM generate_series(1, 3)' } ],
	[ 2, sub { 'UPDATE plain SET sender = ' . sender() . ' WHERE id = (SELECT max(id) - ' . int(rand 20) . ' FROM plain)' } ],
	[ 1, sub { 'DELETE FROM plain WHERE id = (SELECT max(id) - ' . int(rand 20) . ' FROM plain)' } ],
	[ 4, sub { 'INSERT INTO parted (part, sender) VALUES (' . int(rand 2) . ', ' . sender() . ')' } ],
	[ 2, sub { 'INSERT INTO parted (part, sender) VALUES (2, ' . sender() . ')' }, qr/23514/ ],
	[ 2, sub { 'INSERT INTO dropped (sender) VALUES (' . sender() . ')' }, qr/42P01|42703/ ],
	[ 2, sub { "INSERT INTO person (email) VALUES ('person" . int(rand 30) . "\@example.com')" } ],
	[ 1, sub { "UPDATE person SET email = 'person" . int(rand 30) . "\@example.com' WHERE id = (SELECT max(id) FROM person)" } ]);
my $weight = 0;
$weight += $_->[0] for @statements;

sub client
{
	my ($number, $until, $file) = @_;
	my (%count, @failed);

	srand($seed * 100 + $number);
	my $process = open2(my $out, my $in, "psql -X -q -A -t -v VERBOSITY=verbose -d '" . $node->connstr('postgres') . "' 2>&1");
	$in->autoflush(1);
	while (time < $until)
	{
		my $at = rand $weight;
		my ($statement) = grep { ($at -= $_->[0]) < 0 } @statements;
		my $sql = $statement->[1]->();
		my ($error, $done) = ('', 0);

		print $in "$sql;\n\\echo done\n";
		while (my $line = <$out>)
		{
			$done = 1, last if $line eq "done\n";
			$count{$1}++ if $line =~ /WARNING: +(\w{5})/;
			$error .= $line if $line =~ /ERROR|FATAL/ || $error ne '';
		}
		push(@failed, "lost: $sql"), last unless $done;
		if ($error eq '') { $count{statements}++ }
		elsif ($statement->[2] && $error =~ $statement->[2]) { $count{"not there"}++ }
		else { push @failed, "$sql: $error" }
	}
	close $in;
	close $out;
	waitpid $process, 0;
	open my $log, '>', $file or die $!;
	print $log "count|$_|$count{$_}\n" for keys %count;
	print $log 'failed|' . s/\n/ /gr . "\n" for @failed;
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

# Each change is one transaction of the database's owner's.
my @changes = (
	'ALTER TABLE plain ADD COLUMN extra text; ALTER TABLE plain DROP COLUMN extra',
	'ALTER TABLE plain DROP COLUMN plan; ALTER TABLE plain ADD COLUMN plan text',
	q{BEGIN; ALTER TABLE plain DROP COLUMN email; COMMIT; SELECT pg_sleep(0.01); ALTER TABLE plain ADD COLUMN email text DEFAULT 'plain@example.com'},
	'ALTER TABLE plain RENAME COLUMN subject TO title; SELECT pg_sleep(0.01); ALTER TABLE plain RENAME COLUMN title TO subject',
	'ALTER TABLE plain ALTER COLUMN sender TYPE varchar(300); ALTER TABLE plain ALTER COLUMN sender TYPE text',
	q{ALTER TABLE plain ALTER COLUMN status TYPE varchar(20); ALTER TABLE plain ALTER COLUMN email TYPE user360.email USING email::user360.email; SELECT pg_sleep(0.01);
		ALTER TABLE plain ALTER COLUMN email DROP DEFAULT, ALTER COLUMN email TYPE text, ALTER COLUMN email SET DEFAULT 'plain@example.com'},
	'ALTER TABLE plain ALTER COLUMN id TYPE int; SELECT pg_sleep(0.01); ALTER TABLE plain ALTER COLUMN id TYPE bigint',
	q{SELECT user360.detach('plain'); SELECT pg_sleep(0.01); SELECT user360.attach_tickets('plain', 'email=email', 'firstName=plan', 'closed:=solved')},
	q{SELECT user360.attach_tickets('plain', 'email=email', 'lastName=subject'); SELECT pg_sleep(0.01); SELECT user360.attach_tickets('plain', 'email=email', 'firstName=plan', 'closed:=solved')},
	q{BEGIN; SELECT user360.detach('plain'); ROLLBACK},
	'BEGIN; ALTER TABLE plain RENAME TO renamed; ALTER TABLE renamed RENAME TO plain; COMMIT',
	'BEGIN; TRUNCATE plain; COMMIT',
	'ALTER TABLE parted DETACH PARTITION parted_2; SELECT pg_sleep(0.01); ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES IN (2)',
	q{DROP TABLE parted_2; CREATE TABLE parted_2 (sender text, junk int, bot text DEFAULT 'shop', channel text DEFAULT 'web', city text, part int NOT NULL, id bigint NOT NULL);
		ALTER TABLE parted_2 DROP COLUMN junk; ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES IN (2)},
	'ALTER TABLE parted DROP COLUMN city; SELECT pg_sleep(0.01); ALTER TABLE parted ADD COLUMN city text',
	q{SELECT user360.detach('parted'); SELECT user360.attach_tickets('parted', 'ticket=id', 'city=city')},
	'TRUNCATE parted',
	"DROP TABLE dropped; SELECT pg_sleep(0.01); $dropped; SELECT user360.attach_tickets('dropped')",
	'ALTER TABLE dropped ALTER COLUMN note TYPE varchar(10); ALTER TABLE dropped ALTER COLUMN note TYPE text',
	'ALTER TABLE person DROP COLUMN name; SELECT pg_sleep(0.01); ALTER TABLE person ADD COLUMN name text',
	q{SELECT user360.detach('person'); SELECT user360.attach_contacts('person', 'bot:=shop', 'userId=email', 'firstName=name')},
	'TRUNCATE person',
	q{SELECT user360.define_property('shop', 'p' || floor(random() * 1000000)::int, 'string')},
	q{SELECT user360.set_option('shop', 'overwrite', 'never'); SELECT user360.set_option('shop', 'overwrite', 'own')});
srand $seed;
my (%changed, @refused);
my $changes = 0;
while (time < $until)
{
	my $change = int rand @changes;
	my ($code, $out, $error) = $node->psql('postgres', $changes[$change], extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	# the changes themselves may meet in a deadlock, as any DDL with any writer
	if ($error =~ /ERROR:\s+(\w{5})/ && $1 ne '40P01') { push @refused, "$changes[$change]: $error" }
	else { $changed{$change}++; $changes++ }
}
waitpid $_, 0 for @children;

my (%count, @failed);
for my $number (1 .. $clients)
{
	foreach my $line (split /\n/, slurp_file("$folder/$number"))
	{
		my @part = split /\|/, $line;
		if ($part[0] eq 'count') { $count{ $part[1] } += $part[2] } else { push @failed, $part[1] }
	}
}
note "$_: $count{$_}" for sort keys %count;
note "$changes changes";
cmp_ok($count{statements} || 0, '>', 10 * $seconds, 'the application was at work');
is(scalar(keys %changed), scalar(@changes), 'every kind of change came');
is_deeply([ @refused[ 0 .. ($#refused < 4 ? $#refused : 4) ] ], [], 'no change was refused');
is_deeply([ @failed[ 0 .. ($#failed < 9 ? $#failed : 9) ] ], [], "none of the application's statements failed because of us");
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no crash');
is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing');

# What stands in the tables now can all be recorded, and is then as it is.
$node->safe_psql('postgres', qq{CALL user360.backfill('$_')}) for ('person', 'plain', 'parted', 'dropped');
is($node->safe_psql('postgres', qq{
SELECT '$_' || id FROM $_ LEFT JOIN user360.ticket AS t ON t.source = 'public.$_' AND t.ticket = id::text WHERE t.ticket IS NULL LIMIT 5}),
	'', "every row of $_ is recorded") for ('plain', 'parted', 'dropped');
is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing in the end');

# Control: a row that is not recorded would show.
$node->safe_psql('postgres', q{ALTER TABLE plain DISABLE TRIGGER USER; INSERT INTO plain (id, sender) VALUES (1000000000, 'control')});
is($node->safe_psql('postgres', q{SELECT id FROM plain LEFT JOIN user360.ticket AS t ON t.source = 'public.plain' AND t.ticket = id::text WHERE t.ticket IS NULL}),
	'1000000000', 'control: a row that is not recorded shows');

$node->stop;
done_testing();
