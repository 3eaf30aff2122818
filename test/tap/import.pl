# Imports that break off, that meet live traffic, and that meet each other.
# The server is killed in the middle of an import; resumed, the store is that
# of an import which nothing disturbed.  And a file of 10,000 lines with 1,000
# planted faults of 20 kinds has exactly those reported.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $lines = 30000;
my $node = PostgreSQL::Test::Cluster->new('import');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "checkpoint_timeout = 1h\nshared_buffers = 64MB\n");
$node->start;

# A file in which customers come several times, some without a userId, some
# lines at fault; each bot knows some of the customers, two of them merged.
$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION user360;
CREATE TABLE source AS SELECT
	CASE WHEN n % 101 = 0 THEN NULL WHEN n % 97 = 0 THEN 'null' ELSE 'user' || n % 25000 || '\@example.com' END AS email,
	'First ' || n AS first_name, CASE WHEN n % 3 = 0 THEN 'City ' || n % 50 END AS city,
	CASE WHEN n % 89 = 0 THEN '9.19E+11' ELSE '+9190' || lpad((n % 25000)::text, 8, '0') END AS phone,
	CASE WHEN n % 7 = 0 THEN 'a;b' || n % 5 END AS tags, (n % 1000)::text AS score
FROM generate_series(1, $lines) AS n;
CREATE PROCEDURE prepare(bot text) LANGUAGE plpgsql AS \$\$
BEGIN
	PERFORM user360.create_bot(bot, 'email', '{web}', 'IN');
	PERFORM user360.define_property(bot, 'score', 'number', 'latest');
	PERFORM user360.define_property(bot, 'note', 'string');
	PERFORM count(i) FROM generate_series(1, 3000) AS n, user360.identify(bot, 'web', 'known ' || n,
		jsonb_build_object('email', 'user' || 5 * n || '\@example.com', 'lastName', 'Last ' || n, 'tags', '["old"]'::jsonb)) AS i;
	PERFORM count(m) FROM user360.profile AS a, user360.profile AS b, user360.merge_profiles(prepare.bot, b.profile_id, a.profile_id) AS m
	WHERE a.bot = prepare.bot AND b.bot = prepare.bot AND a.userid = 'user10000\@example.com' AND b.userid = 'user5\@example.com';
END
\$\$;
CALL prepare('calm');
CALL prepare('crash');
CALL prepare('live');
CALL prepare('twice');
});

# What an import leaves, without ids and times.
my %contents = (
	profile => q{SELECT p.userid, s.userid AS survivor, p.first_name, p.last_name, p.phone, p.email, p.last_channel, p.city, p.tags,
	p.custom, p.as_given, p.own - ARRAY['@created', '@seen', '@identified', '@edited', '@stamps'], p.stamps IS NULL
	FROM user360.profile AS p LEFT JOIN user360.profile AS s ON s.bot = p.bot AND s.profile_id = p.merged_into WHERE p.bot = '%s' ORDER BY p.userid},
	event => q{SELECT p.userid, e.name, e.channel, e.actor, e.payload - 'mergeId' - 'source' - 'target'
	FROM user360.event AS e JOIN user360.profile AS p USING (bot, profile_id) WHERE e.bot = '%s' ORDER BY p.userid, e.at, e.name},
	import => q{SELECT source, state, rows_total, rows_done, position, percent, new, conflicting, updated, failed, empty, tags FROM user360.import WHERE bot = '%s'},
	import_error => q{SELECT line, no, property, reason, value, detail, userid, "row" FROM user360.import_error WHERE bot = '%s' ORDER BY line, no});

sub digest_of
{
	my ($table, $bot) = @_;

	return $node->safe_psql('postgres', sprintf "SELECT count(*), md5(string_agg(c::text, E'\\n')) FROM ($contents{$table}) AS c", $bot);
}

sub call
{
	my ($bot, $more) = @_;

	return "CALL user360.import_users('$bot', 'source', 'email', tags => '{import}'" . ($more // '') . ')';
}

sub start
{
	my ($sql) = @_;
	my $told = '';

	my $process = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', '/dev/null', '2>', \$told);
	return ($process, \$told);
}

sub rows_done
{
	my ($bot) = @_;

	return $node->safe_psql('postgres', "SELECT coalesce(max(rows_done), 0) FROM user360.import WHERE bot = '$bot'");
}

# Waits until an import has got beyond a line; false where it is done before.
sub wait_for_line
{
	my ($bot, $line) = @_;

	for (1 .. 20 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my $done = rows_done($bot);

		return $done < $lines if $done > $line;
		usleep(1000);
	}
	die "the import does not get beyond line $line";
}

# Backends that are busy do not notice at once that the postmaster is gone.
sub crash
{
	my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

	$node->kill9;
	kill 'KILL', @processes;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last unless kill 0, $postmaster, @processes;
		usleep(100_000);
	}
}

sub import_id
{
	my ($bot) = @_;

	return $node->safe_psql('postgres', "SELECT import_id FROM user360.import WHERE bot = '$bot'");
}

$node->safe_psql('postgres', call('calm'));

# Killed twice on the way.
my ($import) = start(call('crash'));
my $in_the_middle = wait_for_line('crash', 5000);
crash();
$import->finish;
$node->start;
my $first = rows_done('crash');
($import) = start(call('crash', ", resume => '" . import_id('crash') . "'"));
$in_the_middle &&= wait_for_line('crash', 15000);
crash();
$import->finish;
$node->start;
note "killed at lines $first and " . rows_done('crash');
ok($in_the_middle, 'the server is killed in the middle of an import, and of its resumption');
$node->safe_psql('postgres', call('crash', ", resume => '" . import_id('crash') . "'"));
is(digest_of($_, 'crash'), digest_of($_, 'calm'), "$_ is that of an import which nothing disturbed") for sort keys %contents;
is($node->safe_psql('postgres', q{SELECT count(*) FROM user360.verify('crash')}), '0', 'verify() finds nothing');

# The same with captures of the same customers, which go on meanwhile.
my $sessions = 3;
$node->safe_psql('postgres', q{
CREATE PROCEDURE traffic(session int, "from" int) LANGUAGE plpgsql AS $$
BEGIN
	FOR round IN "from".."from" + 1000000
	LOOP
		PERFORM FROM user360.identify('live', 'web', format('s %s %s', session, round),
			jsonb_build_object('email', format('user%s@example.com', (round::bigint * 7919 + session) % 25000), 'note', 'x'));
		COMMIT;
		RAISE NOTICE 'acknowledged %', round;
	END LOOP;
END
$$;
CREATE TABLE acknowledged (session int, round int);
});

my (@traffic, @told);
sub start_traffic
{
	my ($from) = @_;

	for my $session (1 .. $sessions)
	{
		($traffic[$session], $told[$session]) = start("CALL traffic($session, $from)");
	}
}

# What was acknowledged before a session ended.
sub end_traffic
{
	my ($from) = @_;

	for my $session (1 .. $sessions)
	{
		$traffic[$session]->finish;
		my ($last) = (${ $told[$session] } =~ /acknowledged (\d+)\n/g)[-1] // $from - 1;
		unlike(${ $told[$session] }, qr/deadlock|ERROR:  (?!terminating|canceling)/, "captures beside the import raise nothing");
		$node->start unless $node->{_pid};
		$node->safe_psql('postgres', "INSERT INTO acknowledged SELECT $session, generate_series($from, $last)");
	}
}

sub pump_until_line
{
	my ($line) = @_;
	my $middle = 0;

	for (1 .. 20 * $PostgreSQL::Test::Utils::timeout_default)
	{
		$_->pump_nb for grep { defined } @traffic;
		my $done = rows_done('live');
		$middle = $done < $lines;
		return $middle if $done > $line;
		usleep(1000);
	}
	die "the import does not get beyond line $line";
}
start_traffic(1);
($import) = start(call('live'));
$in_the_middle = pump_until_line(8000);
crash();
$import->finish;
end_traffic(1);
start_traffic(2_000_001);
my $told;
($import, $told) = start(call('live', ", resume => '" . import_id('live') . "'"));
pump_until_line($lines - 1);
$import->finish;
is($$told, '', 'the import goes on beside captures of the same customers');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'CALL traffic' AND pid <> pg_backend_pid()});
end_traffic(2_000_001);
ok($in_the_middle, 'the server is killed in the middle of that import');
note 'acknowledged captures: ', $node->safe_psql('postgres', 'SELECT count(*) FROM acknowledged');
is($node->safe_psql('postgres', q{SELECT count(*) FROM acknowledged AS a WHERE NOT EXISTS (
	SELECT FROM user360.sender AS s JOIN user360.profile AS p USING (bot, profile_id)
	WHERE s.bot = 'live' AND s.channel = 'web' AND s.sender = format('s %s %s', session, round)
	AND p.userid = format('user%s@example.com', (round::bigint * 7919 + session) % 25000)
	AND (p.custom ? 'note' OR p.merged_into IS NOT NULL))}),
	'0', 'no acknowledged capture is lost');
is($node->safe_psql('postgres', q{SELECT count(*) FROM user360.verify('live')}), '0', 'verify() finds nothing');
my $given = q{SELECT p.userid, p.first_name, p.phone, p.city, p.custom -> 'score' FROM user360.profile AS p WHERE p.bot = '%s'
	AND EXISTS (SELECT FROM source AS s WHERE s.email = p.userid AND s.phone !~ 'E') AND p.userid <> 'user5@example.com'};
is($node->safe_psql('postgres', sprintf "SELECT count(*) FROM (($given) EXCEPT ($given)) AS d", 'live', 'calm'),
	'0', 'what the file gives is what it gives without traffic');

# Two imports of the same file at once.
my ($one, $one_told) = start(call('twice'));
my ($other, $other_told) = start(call('twice'));
$one->finish;
$other->finish;
is($$one_told . $$other_told, '', 'two imports at once raise nothing');
is(digest_of('profile', 'twice'), digest_of('profile', 'calm'), 'profiles are those of one import');
is($node->safe_psql('postgres', q{SELECT sum(new), min(rows_done), max(rows_done), count(DISTINCT failed), bool_and(state = 'done') FROM user360.import WHERE bot = 'twice'}),
	$node->safe_psql('postgres', qq{SELECT new, $lines, $lines, 1, true FROM user360.import WHERE bot = 'calm'}), 'each customer is new to one of them');
is($node->safe_psql('postgres', q{SELECT count(*) FROM user360.verify('twice')}), '0', 'verify() finds nothing');
ok(!$node->log_contains('deadlock detected'), 'there was no deadlock');

# Every tenth line of 10,000 is at fault, in 20 ways.
$node->safe_psql('postgres', q{
SELECT user360.create_bot('fault', 'email', '{web}', 'IT');
SELECT user360.set_option('fault', 'lookalike', 'refuse');
SELECT user360.set_option('fault', 'require_valid_phone', 'on');
SELECT user360.define_property('fault', name, type) FROM (VALUES ('score', 'number'), ('hour', 'time'), ('met', 'datetime'), ('paid', 'boolean'), ('site', 'url'), ('backup', 'email'), ('hobbies', 'list')) AS p (name, type);
SELECT FROM user360.identify('fault', 'web', 'gone', '{"email": "gone@example.com"}');
SELECT user360.delete_user('fault', profile_id) FROM user360.profile WHERE bot = 'fault';
CREATE TABLE kind (kind int PRIMARY KEY, "column" text, value text, property text, reason text);
INSERT INTO kind VALUES
	(0, 'email', NULL, 'userId', 'propertiesRequired'), (1, 'email', 'no address', 'userId', 'invalidUserId'),
	(2, 'email', 'undefined', 'userId', 'blockedValue'), (3, 'email', 'gone@example.com', 'userId', 'deleted'),
	(4, 'email', 'bоb@example.com', 'userId', 'lookalike'), (5, 'email', E'\ufeffbob@example.com', 'userId', 'byteOrderMark'),
	(6, 'email', E'b\u00a0ob@example.com', 'userId', 'nonBreakingSpace'), (7, 'first', repeat('x', 256), 'firstName', 'tooLong'),
	(8, 'phone', '9.19E+11', 'phone', 'scientificNotation'), (9, 'phone', '612345678', 'phone', 'lostLeadingZeros'),
	(10, 'phone', 'call me', 'phone', 'invalidDataType'), (11, 'score', '1,000', 'score', 'invalidDataType'),
	(12, 'score', '007', 'score', 'leadingZeros'), (13, 'dob', '31/01/2000', 'dob', 'invalidDataType'),
	(14, 'hour', '25:00', 'hour', 'invalidDataType'), (15, 'met', 'soon', 'met', 'invalidDataType'),
	(16, 'paid', 'perhaps', 'paid', 'invalidDataType'), (17, 'site', 'ftp', 'site', 'invalidDataType'),
	(18, 'hobbies', (SELECT string_agg(n::text, ';') FROM generate_series(1, 1001) AS n), 'hobbies', 'tooManyItems'),
	(19, 'channel', 'fax', 'lastChannel', 'invalidProperty');
CREATE TABLE planted AS SELECT 10 * n AS line, k.* FROM generate_series(1, 1000) AS n JOIN kind AS k ON k.kind = n % 20;
CREATE TABLE faulty AS SELECT
	CASE WHEN p."column" = 'email' THEN p.value ELSE 'line' || l || '@example.com' END AS email,
	CASE WHEN p."column" = 'first' THEN p.value ELSE 'Name ' || l END AS first_name,
	CASE WHEN p."column" = 'phone' THEN p.value ELSE '+39 06 1234 5678' END AS phone,
	CASE WHEN p."column" = 'score' THEN p.value ELSE l::text END AS score,
	CASE WHEN p."column" = 'dob' THEN p.value ELSE '2000-01-31' END AS dob,
	CASE WHEN p."column" = 'hour' THEN p.value ELSE '10:30' END AS hour,
	CASE WHEN p."column" = 'met' THEN p.value ELSE '2026-01-31T10:30:00Z' END AS met,
	CASE WHEN p."column" = 'paid' THEN p.value ELSE 'yes' END AS paid,
	CASE WHEN p."column" = 'site' THEN p.value ELSE 'https://example.com/' || l END AS site,
	CASE WHEN p."column" = 'hobbies' THEN p.value ELSE 'a;b' END AS hobbies,
	CASE WHEN p."column" = 'channel' THEN p.value ELSE 'web' END AS "lastChannel"
FROM generate_series(1, 10000) AS l LEFT JOIN planted AS p ON p.line = l ORDER BY l;
CALL user360.import_users('fault', 'faulty', 'email');
});
is($node->safe_psql('postgres', q{SELECT rows_done, new, conflicting, updated, failed, empty FROM user360.import WHERE bot = 'fault'}),
	'10000|9000|0|0|1000|0', '10,000 lines, 1,000 of them at fault');
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT kind) FROM planted}), '1000|20', 'in 20 ways');
is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE p.line IS NULL), count(*) FILTER (WHERE e.line IS NULL) FROM planted AS p
	FULL JOIN (SELECT * FROM user360.import_error WHERE bot = 'fault') AS e ON e.line = p.line AND e.property = p.property AND e.reason = p.reason}),
	'0|0', 'exactly the planted faults are reported');

$node->stop;
done_testing();
