# Events out: the event table as an outbox.  A subscriber that was stopped while
# more than 100,000 events were written, by imports and by concurrent sessions,
# catches up, through a conflict and a crash of its own, and has every event
# once and in commit order.  The reference is independent of logical decoding: a
# trigger notes what is written, and pg_waldump tells the order of the commits.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $customers = 40000;
my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);

# Large transactions are spilled to disk while they are decoded.
$publisher->append_conf('postgresql.conf', q{
max_prepared_transactions = 2
logical_decoding_work_mem = 256kB
log_statement = none
});
$publisher->start;
my $wal2json = -e $publisher->config_data('--pkglibdir') . '/wal2json.so';

$publisher->safe_psql(
	'postgres', qq{
CREATE EXTENSION user360;
SELECT user360.create_bot(bot, 'email', '{web}') FROM unnest('{shop,desk}'::text[]) AS bot;
SELECT user360.define_property(bot, 'score', 'number') FROM unnest('{shop,desk}'::text[]) AS bot;
CREATE TABLE ticket (id text PRIMARY KEY, bot text, channel text DEFAULT 'web', sender text, status text, subject text);
SELECT user360.attach_tickets('ticket', 'closed:=solved');
CREATE TABLE customers AS SELECT 'customer' || n || '\@example.com' AS email, 'First ' || n AS first_name, 'Pune' AS city
	FROM generate_series(1, $customers) AS n;

CREATE TABLE written (id bigserial PRIMARY KEY, xid bigint, bot text, profile_id uuid, event_id uuid, name text);
CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	INSERT INTO public.written (xid, bot, profile_id, event_id, name)
		SELECT pg_current_xact_id()::text::bigint, bot, profile_id, event_id, name FROM new;
	RETURN NULL;
END
\$\$;
CREATE TRIGGER note_written AFTER INSERT ON user360.event REFERENCING NEW TABLE AS new
	FOR EACH STATEMENT EXECUTE FUNCTION note_written();

CREATE ROLE relay LOGIN REPLICATION;
CREATE ROLE copier LOGIN REPLICATION BYPASSRLS;
GRANT SELECT ON user360.event TO relay, copier;
CREATE PUBLICATION outbox FOR TABLE user360.event WITH (publish = 'insert');
CREATE PUBLICATION outbox_of_desk FOR TABLE user360.event WHERE (bot = 'desk') WITH (publish = 'insert');
CREATE PUBLICATION mirror FOR TABLE user360.event WITH (publish = 'insert, delete');
});
if ($wal2json)
{
	# Recent minor versions have a list of the output plugins that may be used.
	my $allowed = $publisher->safe_psql('postgres', q{SELECT setting FROM pg_settings WHERE name = 'output_plugin_libraries'});
	if ($allowed ne '')
	{
		$publisher->append_conf('postgresql.conf', "output_plugin_libraries = '$allowed, wal2json'");
		$publisher->restart;
	}
	$publisher->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('wal2json', 'wal2json')});
}

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);
$subscriber->append_conf('postgresql.conf', "wal_retrieve_retry_interval = 100ms\n");
$subscriber->start;

# A database without the extension: a table of the same name, with a number
# that its one writer, the apply worker, gives to each row as it comes.  With
# streaming = parallel, from version 18 on the default, it would have several.
my %subscription = (postgres => 'outbox', desk => 'outbox_of_desk', mirror => 'mirror');
sub subscribe
{
	my ($database, $role, $copy) = @_;
	my $connection = 'host=' . $publisher->host . ' port=' . $publisher->port . " dbname=postgres user=$role";

	$subscriber->safe_psql('postgres', "CREATE DATABASE $database") if $database ne 'postgres';
	$subscriber->safe_psql(
		$database, qq{
CREATE SCHEMA user360;
CREATE TABLE user360.event (
	arrived bigint GENERATED ALWAYS AS IDENTITY,
	bot text, profile_id uuid, event_id uuid, at timestamptz, tracked boolean, name text,
	source text, channel text, actor text, payload jsonb,
	PRIMARY KEY (bot, profile_id, event_id));
CREATE SUBSCRIPTION $subscription{$database} CONNECTION '$connection'
	PUBLICATION $subscription{$database} WITH (copy_data = $copy, streaming = off)});
}
subscribe('postgres', 'relay', 'false');
subscribe('desk', 'relay', 'false');
$subscriber->stop;

# What is written while nobody listens.  Customers 1 to 10 of each bot are
# changed by every session, several times in a transaction.
my $start = $publisher->safe_psql('postgres', 'SELECT pg_current_wal_lsn()');
my $folder = PostgreSQL::Test::Utils::tempdir;
my %script = (
	shared => q{
\set who random(1, 10)
\set n random(1, 1000000000)
BEGIN;
SELECT FROM user360.identify(:bot, 'web', 'shared ' || :who, jsonb_build_object('score', :n));
SELECT FROM user360.identify(:bot, 'web', 'shared ' || :who, jsonb_build_object('score', :n + 1));
SAVEPOINT s;
SELECT FROM user360.identify(:bot, 'web', 'shared ' || :who, jsonb_build_object('score', :n + 2));
ROLLBACK TO s;
SELECT FROM user360.identify(:bot, 'web', 'shared ' || :who, jsonb_build_object('score', :n + 3));
SELECT FROM user360.identify(:bot, 'web', 'shared ' || :who, jsonb_build_object('score', :n + 4));
COMMIT;
},
	tickets => q{
\set n random(1, 1000000000000)
\set who random(1, 1000)
INSERT INTO ticket (id, bot, sender, status) SELECT :n || '-' || i, :bot, 'sender ' || :who, 'open' FROM generate_series(1, 5) AS i;
UPDATE ticket SET status = 'solved' WHERE id = :n || '-1';
UPDATE ticket SET subject = 'changed' WHERE id = :n || '-2';
},
	merges => q{
\set n random(1, 1000000000000)
SELECT i.profile_id AS one FROM user360.identify(:bot, 'web', 'one ' || :n, jsonb_build_object('email', :n || 'one@example.com')) AS i \gset
SELECT i.profile_id AS two FROM user360.identify(:bot, 'web', 'two ' || :n, jsonb_build_object('email', :n || 'two@example.com')) AS i \gset
SELECT m.merge_id AS merge FROM user360.merge_profiles(:bot, ':two', ':one') AS m \gset
SELECT FROM user360.unmerge(:bot, ':merge');
SELECT FROM user360.merge_profiles(:bot, ':one', ':two');
SELECT user360.delete_user(:bot, ':one');
SELECT FROM user360.identify(:bot, 'web', 'one ' || :n, jsonb_build_object('email', :n || 'one@example.com'));
},
	undone => q{
\set n random(1, 1000000000000)
BEGIN;
SELECT FROM user360.identify(:bot, 'web', 'never ' || :n, '{"firstName": "Nobody"}');
ROLLBACK;
});
append_to_file("$folder/$_", $script{$_}) for keys %script;

sub start_sessions
{
	my ($bot) = @_;

	return IPC::Run::start(
		[ 'pgbench', '-n', '-c', '4', '-t', '500', '-D', "bot='$bot'", '-d', $publisher->connstr('postgres'),
			(map { ('-f', "$folder/$_\@" . { shared => 4, tickets => 4, merges => 2, undone => 1 }->{$_}) } sort keys %script) ],
		'<', \undef, '>', '/dev/null', '2>', \my $error);
}
my @sessions = map { start_sessions($_) } 'shop', 'desk';
$publisher->safe_psql('postgres', q{CALL user360.import_users('shop', 'customers', 'email', tags => '{}')});
$publisher->safe_psql('postgres', q{UPDATE customers SET city = 'Delhi'});
$publisher->safe_psql('postgres', q{CALL user360.import_users('shop', 'customers', 'email', tags => '{}')});
ok($_->finish, 'the sessions met no error') for @sessions;

# One transaction whose events are older than those of a later one that commits first.
$publisher->safe_psql('postgres', q{
BEGIN;
SELECT FROM user360.identify('desk', 'web', 'slow', '{}');
PREPARE TRANSACTION 'slow';});
$publisher->safe_psql('postgres', q{SELECT FROM user360.identify('desk', 'web', 'quick', '{}')});
my $polled = $publisher->safe_psql('postgres', 'SELECT max(at) FROM user360.event');
$publisher->safe_psql('postgres', q{COMMIT PREPARED 'slow'});
is($publisher->safe_psql('postgres', "SELECT count(*) FROM user360.event WHERE at > '$polled'"), '0', 'who polls by time misses what commits late');

my $end = $publisher->safe_psql('postgres', 'SELECT pg_current_wal_flush_lsn()');
my $written = $publisher->safe_psql('postgres', 'SELECT count(*) FROM written');
cmp_ok($written, '>=', 100000, "$written events were written");
is($publisher->safe_psql('postgres', q{SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM written}),
	'TICKET_CLOSE TICKET_OPEN TICKET_UPDATE USER_CREATE USER_DELETE USER_MERGE USER_RETURN USER_UNMERGE USER_UPDATE', 'of every name');

# The order of the commits, from the write-ahead log itself.
my ($log, $error) = run_command([ 'pg_waldump', '--path', $publisher->data_dir . '/pg_wal', '--rmgr', 'Transaction', '--start', $start, '--end', $end ]);
my @commits = map { /tx: +(\d+),.*desc: COMMIT(?:_PREPARED (\d+):)?/ ? $2 // $1 : () } split /\n/, $log;
cmp_ok(scalar @commits, '>', 1000, scalar(@commits) . ' transactions were committed');
append_to_file("$folder/commits", join('', map { "$_\n" } @commits));
$publisher->safe_psql('postgres', qq{
CREATE TABLE committed (place bigserial, xid bigint PRIMARY KEY);
\\copy committed (xid) FROM '$folder/commits'
CREATE TABLE expected AS SELECT row_number() OVER (ORDER BY c.place, w.id) AS place, w.*
	FROM written AS w LEFT JOIN committed AS c USING (xid);
});
is($publisher->safe_psql('postgres', q{SELECT count(*) FROM expected AS e WHERE NOT EXISTS (SELECT FROM committed AS c WHERE c.xid = e.xid)}),
	'0', 'the commit of each is in the log');
cmp_ok($publisher->safe_psql('postgres', 'SELECT count(*) FROM (SELECT id < max(id) OVER (ORDER BY place) AS late FROM expected) AS e WHERE late'),
	'>', 100, 'the order of commits is not that of writing');

# The subscriber has one row already: it stands in the way in the middle, is
# killed there, and goes on when the row is away.
my ($middle, $in_the_way) = split /\|/, $publisher->safe_psql('postgres', q{
SELECT (SELECT count(*) FROM expected AS f JOIN committed AS c USING (xid) WHERE c.place < d.place), format('%L, %L, %L', e.bot, e.profile_id, e.event_id)
FROM expected AS e JOIN committed AS d USING (xid) WHERE e.place = (SELECT count(*) / 2 FROM expected)});
$subscriber->append_conf('postgresql.conf', 'max_logical_replication_workers = 0');
$subscriber->start;
$subscriber->safe_psql('postgres', "INSERT INTO user360.event (bot, profile_id, event_id, name) VALUES ($in_the_way, 'in the way')");
$subscriber->append_conf('postgresql.conf', 'max_logical_replication_workers = 4');
$subscriber->restart;
$subscriber->poll_query_until('postgres', q{SELECT apply_error_count > 0 FROM pg_stat_subscription_stats WHERE subname = 'outbox'})
	or die 'no conflict';
$subscriber->stop('immediate');
$subscriber->start;
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM user360.event WHERE name <> 'in the way'}), $middle,
	"after a conflict and a crash it has the $middle events of the transactions before, and no other");
$subscriber->safe_psql('postgres', q{DELETE FROM user360.event WHERE name = 'in the way'});
$publisher->wait_for_catchup($_) for 'outbox', 'outbox_of_desk';

# Compares a sequence of events with the expected one, place by place.
sub compare
{
	my ($sequence, $only, $what) = @_;

	is($publisher->safe_psql('postgres', qq{
SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY place) AS place, bot, profile_id, event_id FROM expected WHERE $only) AS e
	FULL JOIN (SELECT row_number() OVER (ORDER BY place) AS place, bot, profile_id, event_id FROM $sequence) AS s
		USING (place, bot, profile_id, event_id)
WHERE e IS NULL OR s IS NULL}), '0', $what);
}

sub fetch_arrived
{
	my ($database) = @_;

	$subscriber->safe_psql($database, "\\copy (SELECT arrived, bot, profile_id, event_id FROM user360.event) TO '$folder/$database'");
	$publisher->safe_psql('postgres', qq{
CREATE TABLE arrived_$database (place bigint, bot text, profile_id uuid, event_id uuid);
\\copy arrived_$database FROM '$folder/$database'
});
}
fetch_arrived($_) for 'postgres', 'desk';
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM user360.event'), $written, 'as many events have arrived');
compare('arrived_postgres', 'true', 'every event once and in commit order, in a transaction in the order of writing; row security hides none');
compare('arrived_desk', q{bot = 'desk'}, 'so has the subscriber to one bot that bot\'s');

# To a consumer: what a change says of the value before is what the change before it made.
my $chain = q{
SELECT count(*) FILTER (WHERE before <> told) || ' breaks, ' || (count(*) > 1000) FROM (
	SELECT payload -> 'oldPayload' -> 'score' AS told,
		lag(payload -> 'newPayload' -> 'score') OVER (PARTITION BY bot, profile_id ORDER BY arrived) AS before
	FROM user360.event WHERE name = 'USER_UPDATE' AND payload -> 'newPayload' ? 'score') AS u};
is($subscriber->safe_psql('postgres', $chain), '0 breaks, true', 'each change of a customer follows from the one that arrived before');

SKIP:
{
	skip 'wal2json is not installed', 3 unless $wal2json;

	$publisher->safe_psql('postgres', q{
CREATE TABLE decoded AS SELECT no AS place, d.xid::text::bigint AS xid, lsn, j ->> 'action' AS action,
	c ->> 'bot' AS bot, (c ->> 'profile_id')::uuid AS profile_id, (c ->> 'event_id')::uuid AS event_id, c ->> 'name' AS name, (c ->> 'payload')::jsonb AS payload
FROM pg_logical_slot_get_changes('wal2json', NULL, NULL, 'format-version', '2', 'add-tables', 'user360.event', 'actions', 'insert')
	WITH ORDINALITY AS d (lsn, xid, data, no), CAST(data AS jsonb) AS j,
	LATERAL (SELECT jsonb_object_agg(o ->> 'name', o -> 'value') AS c FROM jsonb_array_elements(j -> 'columns') AS o) AS o;
});
	compare(q{(SELECT * FROM decoded WHERE action = 'I') AS d}, 'true', 'wal2json gives every event once and in the same order');
	is($publisher->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE back), count(*) > 1000 FROM (
	SELECT lsn < max(lsn) OVER (ORDER BY place) AS back FROM decoded WHERE action = 'C') AS d}), '0|t', 'the positions of its commits rise');
	is($publisher->safe_psql('postgres', q{
SELECT count(*) FROM decoded AS d JOIN user360.event AS e USING (bot, profile_id, event_id)
WHERE d.action = 'I' AND (d.name, d.payload) IS DISTINCT FROM (e.name, e.payload)}), '0', 'with what the events say');
}

# A copy of what stood there before needs a role that row security does not apply to.
my ($code, $out, $refused) = $publisher->psql('postgres', 'COPY user360.event TO STDOUT', extra_params => [ '-U', 'relay' ]);
like($refused, qr/permission denied/, 'a role that row security applies to can copy nothing');
subscribe('mirror', 'copier', 'true');
$subscriber->wait_for_subscription_sync($publisher, 'mirror', 'mirror');
my $count = 'SELECT count(*), count(DISTINCT (bot, profile_id, event_id)) FROM user360.event';
is($subscriber->safe_psql('mirror', $count), $publisher->safe_psql('postgres', $count), 'one that it does not apply to copies every bot\'s');

# What is erased or pruned goes from a mirror; an outbox keeps it and is told of the customer's end.
my $gone = $publisher->safe_psql('postgres', q{SELECT profile_id FROM user360.sender WHERE bot = 'shop' AND sender = 'shared 1'});
$publisher->safe_psql('postgres', qq{SELECT user360.delete_user('shop', '$gone'); SELECT user360.prune_events('desk', '0 seconds')});
$publisher->wait_for_catchup($_) for 'outbox', 'mirror';
is($subscriber->safe_psql('mirror', $count), $publisher->safe_psql('postgres', $count), 'the mirror follows a deletion');
is($subscriber->safe_psql('mirror', qq{SELECT string_agg(name, ' ') FROM user360.event WHERE profile_id = '$gone'}), 'USER_DELETE', 'of which one event stays');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM user360.event'), $written + 1, 'the outbox gets one event more');
is($subscriber->safe_psql('postgres', q{SELECT name, payload -> 'profiles' FROM user360.event ORDER BY arrived DESC LIMIT 1}),
	qq{USER_DELETE|["$gone"]}, 'which says whom to forget');

$subscriber->stop;
$publisher->stop;
done_testing();
