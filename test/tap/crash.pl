# The server is killed while four sessions capture, write tickets and merge.
# After recovery every capture and ticket whose commit was acknowledged is
# there, whole, and the index that guarantees one profile a userId is sound.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $sessions = 4;
my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "checkpoint_timeout = 1h\n");
$node->start;

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE TABLE ticket (id text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text);
SELECT user360.attach_tickets('ticket', 'email=email');
CREATE TABLE sign_of_life (session int PRIMARY KEY);

-- Each round is a customer of this session's, met by two senders of whom the
-- first is unidentified for a while, and one of all sessions'.  The number of
-- the round is told after its commit.
CREATE PROCEDURE work(session int) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO sign_of_life VALUES (session);
	COMMIT;
	FOR round IN 1..1000000
	LOOP
		PERFORM FROM user360.identify('shop', 'web', format('first %s %s', session, round),
			jsonb_build_object('firstName', format('Name %s', round)));
		INSERT INTO ticket (id, sender, email) VALUES (format('%s-%s', session, round),
			format('second %s %s', session, round), format('customer%s.%s@example.com', session, round));
		PERFORM FROM user360.identify('shop', 'web', format('first %s %s', session, round),
			jsonb_build_object('email', format('Customer%s.%s@example.com', session, round)));
		PERFORM FROM user360.identify('shop', 'web', format('shared %s %s', session, round),
			jsonb_build_object('email', format('shared%s@example.com', round)));
		COMMIT;
		RAISE NOTICE 'acknowledged %', round;
	END LOOP;
END
$$;
});

my (@told, @workers);
for my $session (1 .. $sessions)
{
	$told[$session] = '';
	push @workers,
	  IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL work($session)" ],
		'<', \undef, '>', '/dev/null', '2>', \$told[$session]);
}
$node->poll_query_until('postgres', 'SELECT count(*) = 4 FROM sign_of_life') or die 'the sessions do not start';

# Some hundreds of rounds and a checkpoint in between, then the end of it.
sub pump_to_round
{
	my ($rounds) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		$_->pump_nb for @workers;
		return if !grep { !/acknowledged $rounds\n/ } @told[ 1 .. $sessions ];
		usleep(100_000);
	}
	die "the sessions do not get to round $rounds";
}
pump_to_round(50);
$node->safe_psql('postgres', 'CHECKPOINT');
pump_to_round(150);

# All of its processes: backends that are busy do not notice at once that the
# postmaster is gone, and would go on.
my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
$node->kill9;
kill 'KILL', @processes;
$_->finish for @workers;
for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
{
	last unless kill 0, $postmaster, @processes;
	usleep(100_000);
}
$node->start;
ok($node->log_contains('database system was not properly shut down'), 'after a crash');

my @acknowledged = map { my @rounds = $told[$_] =~ /acknowledged (\d+)\n/g; [ $_, $rounds[-1] ] } 1 .. $sessions;
note 'acknowledged rounds: ', join ' ', map { $_->[1] } @acknowledged;
$node->safe_psql('postgres', 'CREATE TABLE acknowledged AS SELECT session, round FROM (VALUES '
	. join(', ', map { "($_->[0], $_->[1])" } @acknowledged)
	. ') AS a (session, last), generate_series(1, last) AS round');
is($node->safe_psql('postgres', q{
SELECT count(*) FROM acknowledged AS a
WHERE NOT EXISTS (SELECT FROM user360.profile AS p
		JOIN user360.profile AS m ON m.bot = p.bot AND m.merged_into = p.profile_id
		JOIN user360.sender AS f ON f.bot = p.bot AND f.profile_id = m.profile_id
		JOIN user360.sender AS s ON s.bot = p.bot AND s.profile_id = p.profile_id
		JOIN user360.ticket AS t ON t.bot = p.bot AND t.profile_id = p.profile_id
		JOIN ticket AS u ON u.id = t.ticket
	WHERE p.bot = 'shop' AND p.userid = format('customer%s.%s@example.com', session, round)
		AND p.first_name = format('Name %s', round)
		AND f.sender = format('first %s %s', session, round)
		AND s.sender = format('second %s %s', session, round)
		AND t.ticket = format('%s-%s', session, round))}),
	'0', 'every acknowledged customer is there, merged, with both senders and the ticket');
is($node->safe_psql('postgres', q{
SELECT count(*) FROM acknowledged AS a
WHERE NOT EXISTS (SELECT FROM user360.sender AS s JOIN user360.profile AS p USING (bot, profile_id)
	WHERE s.sender = format('shared %s %s', session, round) AND p.userid = format('shared%s@example.com', round))}),
	'0', 'every acknowledged sender of the shared customers is theirs');

# Whatever was not acknowledged is there as a whole or not at all.
is($node->safe_psql('postgres', q{
SELECT count(*) FROM ticket AS u FULL JOIN user360.ticket AS t ON t.ticket = u.id WHERE u.id IS NULL OR t.ticket IS NULL}),
	'0', 'no ticket without its link');
is($node->safe_psql('postgres', q{
SELECT count(*) FROM user360.sender AS s LEFT JOIN user360.profile AS p USING (bot, profile_id) WHERE p.profile_id IS NULL}),
	'0', 'no sender without a profile');
is($node->safe_psql('postgres', q{
SELECT count(*) FROM user360.profile AS p LEFT JOIN user360.merge AS m ON m.bot = p.bot AND m.source_id = p.profile_id AND m.undone_at IS NULL
WHERE (p.merged_into IS NULL) <> (m.merge_id IS NULL)}),
	'0', 'no merged profile without its merge');

# The unique index holds what the table holds, and once.
my $rows = q{SELECT count(userid), count(DISTINCT userid), md5(string_agg(userid, ',' ORDER BY userid)) FROM user360.profile WHERE userid IS NOT NULL};
my $by_table = $node->safe_psql('postgres', "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; $rows");
my $by_index = $node->safe_psql('postgres', "SET enable_seqscan = off; $rows AND bot = 'shop'");
is($by_index, $by_table, 'the index of userIds holds what the table holds');
my ($userids, $distinct) = split /\|/, $by_table;
is($distinct, $userids, 'and every userId once');
SKIP:
{
	skip 'amcheck is not installed', 1
	  unless $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'});
	is( $node->safe_psql('postgres', q{
CREATE EXTENSION amcheck;
SELECT count(*) FROM (SELECT bt_index_parent_check(i.indexrelid, true) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
	WHERE c.relnamespace = 'user360'::regnamespace AND c.relkind = 'r') AS checked;}) > 0,
		1, 'amcheck finds nothing in any index');
}

# It goes on where it stood.
is( $node->safe_psql('postgres', q{SELECT i.outcome FROM user360.identify('shop', 'web', 'after', '{"email": "SHARED1@example.com"}') AS i}),
	'switched', 'captures go on');

$node->stop;
done_testing();
