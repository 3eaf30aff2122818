# A bot moves from one node of a PL/Proxy cluster to the other by logical
# replication with a row filter, while clients go on capturing, opening tickets
# and merging.  The steps are those of the README.  Nothing that was acknowledged
# is lost, no call fails, and the bot is the same before and after.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ProxyCluster;
use Test::More;

plan skip_all => 'PL/Proxy is not installed' unless ProxyCluster::is_installed(PostgreSQL::Test::Cluster->new('any'));

my ($old, $new, $proxy) = ProxyCluster::start();
sub ask { my ($node, $sql) = @_; return $node->safe_psql('postgres', $sql) }

# Two bots on the old node, of which one moves, and one on the new.
ask($_, 'CREATE ROLE agent LOGIN') for $old, $new;
ask($proxy, q{
INSERT INTO app.route VALUES ('moves', 0), ('stays', 0), ('other', 1);
SELECT count(*) FROM app.route AS r, app.create_bot(r.bot);
CREATE TABLE acknowledged (no bigserial, kind text, bot text, id text);
});
ask($old, q{
SELECT user360.grant_access('agent', 'moves', 'agent');
CREATE TABLE customers AS SELECT CASE WHEN n % 100 = 0 THEN 'null' ELSE 'customer' || n || '@example.com' END AS email, 'First ' || n AS first_name
	FROM generate_series(1, 6000) AS n;
CALL user360.import_users('moves', 'customers', 'email');
CALL user360.import_users('stays', 'customers', 'email');
SELECT count(d) FROM user360.profile AS p, user360.delete_user(p.bot, p.profile_id) AS d WHERE p.userid IN ('customer1@example.com', 'customer2@example.com');
INSERT INTO app.ticket SELECT bot, 'old ' || n, 'sender ' || n % 1000, CASE WHEN n % 3 = 0 THEN 'customer' || 10 + n % 50 || '@example.com' END, 'Old ticket'
	FROM unnest('{moves,stays}'::text[]) AS bot, generate_series(1, 5000) AS n;
});

my %scripts = (
	ticket => [ 5, q{
\set n random(1, 1000000000000)
SELECT app.open_ticket(:bot, :n::text, 'sender ' || :n % 500, CASE WHEN :n % 3 = 0 THEN 'customer' || 10 + :n % 50 || '@example.com' END, 'hello');
INSERT INTO acknowledged (kind, bot, id) VALUES ('ticket', :bot, :n::text);
SELECT app.solve_ticket(:bot, :n::text);
INSERT INTO acknowledged (kind, bot, id) VALUES ('solved', :bot, :n::text);
} ],
	capture => [ 5, q{
\set n random(1, 1000000000000)
SELECT app.capture(:bot, 'sender ' || :n % 500, jsonb_build_object('note', :n::text));
INSERT INTO acknowledged (kind, bot, id) VALUES ('note', :bot, :n::text);
} ],
	identify => [ 2, q{
\set n random(1, 1000000000000)
SELECT app.capture(:bot, 'browser ' || :n, jsonb_build_object('email', 'new' || :n || '@example.com'));
INSERT INTO acknowledged (kind, bot, id) VALUES ('userid', :bot, 'new' || :n || '@example.com');
} ],
	merge => [ 2, q{
\set source random(100, 3000)
\set target random(3001, 6000)
SELECT app.unite(:bot, 'customer' || :source || '@example.com', 'customer' || :target || '@example.com') AS united \gset
\if :united
INSERT INTO acknowledged (kind, bot, id) VALUES ('merge', :bot, 'customer' || :source || '@example.com');
\endif
} ]);
my $stop = PostgreSQL::Test::Utils::tempdir . '/stop';
my @clients;
foreach my $bot ('moves', 'stays', 'other')
{
	my %of_bot = map { my ($weight, $script) = @{ $scripts{$_} }; $script =~ s/:bot/'$bot'/g; $_ => [ $weight, $script ] } keys %scripts;
	push @clients, ProxyCluster::start_clients($proxy, $bot eq 'moves' ? 4 : 1, 50, \%of_bot, $stop);
}

# Waits until the moving bot's clients have got on.
sub wait_for_traffic
{
	my $count = q{SELECT count(*) FROM acknowledged WHERE bot = 'moves'};
	my $before = ask($proxy, $count);

	$proxy->poll_query_until('postgres', "SELECT ($count) > $before + 300") or die 'the clients have stopped';
}
wait_for_traffic();

# What the README says of tables without the bot in their key.
my ($code, $out, $error) = $old->psql('postgres', q{
CREATE TABLE app.plain (id int PRIMARY KEY, bot text);
INSERT INTO app.plain VALUES (1, 'moves');
CREATE PUBLICATION plain FOR TABLE app.plain WHERE (bot = 'moves');
UPDATE app.plain SET bot = bot;});
like($error, qr/cannot update table "plain"/, 'a filter by a column that is not in the key refuses UPDATEs');
ask($old, 'DROP TABLE app.plain; DROP PUBLICATION plain');

# 1. Copy and follow.  Levels are not copied: privileges go with them.
my @tables = qw(bot channel property profile sender ticket event merge tombstone tombstone_key import import_error);
ask($old, 'CREATE PUBLICATION move FOR TABLE ' . join(', ', map { "$_ WHERE (bot = 'moves')" } (map { "user360.$_" } @tables), 'app.ticket'));
ask($new, "CREATE SUBSCRIPTION move CONNECTION '" . ProxyCluster::address($old) . "' PUBLICATION move");
$new->poll_query_until('postgres', q{SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel}) or die 'no copy';

# A session that knows the bot's policy is told when the subscription changes it.
my $session = $new->background_psql('postgres', on_error_stop => 0);
is($session->query_safe(q{SELECT user360.normalize_userid('moves', 'a@blocked.example')}), 'a@blocked.example', 'the new node knows the policy');
ask($old, q{SELECT user360.set_option('moves', 'blocked_patterns', '%@blocked.example')});
wait_for_traffic();

# The new node falls behind, and stays so for a while when the gate is open, so
# that whoever does not wait for it loses something.
my $gate = $new->background_psql('postgres', on_error_stop => 1);
$gate->query_safe('SELECT pg_advisory_lock(1)');
my $holder = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $new->connstr('postgres'), '-c',
		'BEGIN; LOCK TABLE user360.event IN EXCLUSIVE MODE; SELECT pg_advisory_lock(1); SELECT pg_sleep(3); COMMIT' ], '<', \undef, '>', '/dev/null');
$new->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE relation = 'user360.event'::regclass AND mode = 'ExclusiveLock' AND granted})
	or die 'no lock';
wait_for_traffic();

# 2. Stop the bot's calls at the proxy: those under way end, later ones wait.
my $mover = $proxy->background_psql('postgres', on_error_stop => 1);
$mover->query_safe('BEGIN');
$mover->query_safe(q{SELECT pg_advisory_xact_lock(360, hashtext('moves'))});

# 3. Wait until the new node has everything.
my $position = ask($old, 'SELECT pg_current_wal_insert_lsn()');
is(ask($old, "SELECT replay_lsn >= '$position' FROM pg_stat_replication WHERE application_name = 'move'"), 'f', 'the new node is behind');
$gate->quit;
$old->poll_query_until('postgres', "SELECT replay_lsn >= '$position' FROM pg_stat_replication WHERE application_name = 'move'") or die 'no catch-up';
$session->query(q{SELECT user360.normalize_userid('moves', 'a@blocked.example')});
like($session->{stderr}, qr/blocked/, 'a session that had read the policy follows a change of it');
$session->quit;

# The bot is the same on both.
foreach my $table ((map { "user360.$_" } @tables), 'app.ticket')
{
	my $contents = "SELECT count(*) || ' rows ' || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM $table AS t WHERE bot = 'moves'";
	my $there = ask($new, $contents);

	like($there, qr/^[1-9]/, "$table has rows");
	is($there, ask($old, $contents), 'the same on both nodes');
}
my %answers = (
	'cards by userId' => q{SELECT p.userid AS id, c::text AS answer FROM user360.profile AS p, user360.contact_card(p.bot, p.userid) AS c WHERE bot = 'moves'},
	'cards by sender' => q{SELECT s.sender AS id, c::text AS answer FROM user360.sender AS s, user360.contact_card_for_sender(s.bot, s.channel, s.sender) AS c WHERE bot = 'moves'},
	'previous tickets' => q{SELECT t.ticket AS id, c::text AS answer FROM user360.ticket AS t, user360.previous_ticket(t.bot, t.source, t.ticket) AS c WHERE bot = 'moves'},
	'activity' => q{SELECT p.profile_id AS id, a::text AS answer FROM user360.profile AS p, user360.all_activity(p.bot, p.profile_id, 20) AS a WHERE bot = 'moves'},
	'pages' => q{SELECT p.profile_id AS id, user360.user_page(p.bot, p.profile_id)::text AS answer FROM user360.profile AS p WHERE bot = 'moves' AND right(p.profile_id::text, 1) = '0'});
foreach my $what (sort keys %answers)
{
	my $digest = "SELECT count(*) > 100, md5(string_agg(answer, ' ' ORDER BY id, answer)) FROM ($answers{$what}) AS a";
	my $there = ask($new, $digest);

	like($there, qr/^t/, "$what are there");
	is($there, ask($old, $digest), 'the same before and after');
}

# 4. End the subscription, send the calls to the new node.
ask($new, q{
DROP SUBSCRIPTION move;
SELECT user360.grant_access('agent', 'moves', 'agent');
});
is($new->safe_psql('postgres', q{SELECT kind FROM user360.contact_card('moves', 'customer50@example.com')}, extra_params => [ '-U', 'agent' ]),
	'user360', 'an agent sees a card there');
$mover->query_safe(q{UPDATE app.route SET node = 1 WHERE bot = 'moves'});
$mover->query_safe('COMMIT');
$mover->quit;
$holder->finish;

# 5. Remove the bot from the old node.  What is the application's goes without
# the trigger, which would record each deletion.
ask($old, q{
DROP PUBLICATION move;
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM app.ticket WHERE bot = 'moves';
COMMIT;
} . join('', map { "DELETE FROM user360.$_ WHERE bot = 'moves';\n" } qw(sender ticket event merge tombstone tombstone_key import import_error)) . q{
BEGIN;
ALTER TABLE user360.profile DISABLE TRIGGER guard_profile;
DELETE FROM user360.profile WHERE bot = 'moves';
ALTER TABLE user360.profile ENABLE ALWAYS TRIGGER guard_profile;
COMMIT;
} . join('', map { "DELETE FROM user360.$_ WHERE bot = 'moves';\n" } qw(access channel property bot)));
wait_for_traffic();
append_to_file($stop, '');
ok($_->finish, 'no call of the clients failed') for @clients;

# Nothing that was acknowledged is lost, before, during and after the move.
my %kinds = (
	ticket => q{SELECT FROM user360.ticket AS t JOIN app.ticket AS u ON u.bot = t.bot AND u.id = t.ticket WHERE t.bot = a.bot AND t.ticket = a.id},
	solved => q{SELECT FROM user360.ticket AS t WHERE t.bot = a.bot AND t.ticket = a.id AND t.status = 'solved' AND t.closed_at IS NOT NULL},
	note => q{SELECT FROM notes AS n WHERE n.bot = a.bot AND n.note = a.id},
	userid => q{SELECT FROM user360.profile AS p WHERE p.bot = a.bot AND p.userid = a.id},
	merge => q{SELECT FROM user360.profile AS p WHERE p.bot = a.bot AND p.userid = a.id AND p.merged_into IS NOT NULL});
my $acknowledged = PostgreSQL::Test::Utils::tempdir . '/acknowledged';
ask($proxy, "\\copy acknowledged TO '$acknowledged'");
foreach my $node ($old, $new)
{
	my $bots = $node == $old ? q{'stays'} : q{'moves', 'other'};

	ask($node, qq{
CREATE TABLE acknowledged (no bigint, kind text, bot text, id text);
\\copy acknowledged FROM '$acknowledged'
CREATE TABLE notes AS SELECT DISTINCT bot, coalesce(payload -> 'newPayload', payload) ->> 'note' AS note FROM user360.event;
CREATE INDEX ON notes (bot, note);
ANALYZE;
});
	foreach my $kind (sort keys %kinds)
	{
		is(ask($node, qq{SELECT count(*) FILTER (WHERE NOT EXISTS ($kinds{$kind})), count(*) > 10 FROM acknowledged AS a WHERE kind = '$kind' AND bot IN ($bots)}),
			'0|t', $node->name . " has every acknowledged $kind");
	}
	is(ask($node, 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing on ' . $node->name);
	is(ask($node, q{SELECT string_agg(DISTINCT bot, ', ' ORDER BY bot) FROM (} .
		join(' UNION ALL ', map { "SELECT bot FROM $_" } 'app.ticket', 'user360.access', map { "user360.$_" } @tables) . ') AS t'),
		$bots =~ s/'//gr, 'which has its bots and no row of another');
}
is(ask($old, q{SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'user360.profile'::regclass AND tgname = 'guard_profile'}), 'A', 'the guard stands again');
is(ask($old, 'SELECT count(*) FROM pg_replication_slots') . ask($new, 'SELECT count(*) FROM pg_subscription'), '00', 'nothing is left of the move');

$_->stop for $proxy, $new, $old;
done_testing();
