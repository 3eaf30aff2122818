# pg_dump and restore, plain and custom with four jobs, into fresh databases
# and without any help such as session_replication_role: every table holds the
# same rows, and the copy goes on working with its triggers, guards, row
# security and grants.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# Something of everything: two bots, every kind of outcome, a merge of a merge,
# typed and custom properties, tickets that were closed, moved and deleted.
$node->safe_psql('postgres', 'CREATE DATABASE original');
$node->safe_psql(
	'original', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email'], 'IN');
SELECT user360.create_bot('bank', NULL, ARRAY['web'], 'DE');
SELECT user360.define_property('shop', 'plan', 'string', 'latest');
SELECT user360.define_property('shop', 'interests', 'list', 'union');
SELECT user360.define_property('bank', 'customerNumber', 'number');
SELECT user360.set_userid_property('bank', 'customerNumber');
SELECT user360.set_option('shop', 'gmail_dots', 'true');
SELECT user360.set_option('shop', 'blocked_patterns', '%@spam.example');

CREATE ROLE capturing;
CREATE ROLE agent LOGIN;
CREATE ROLE analyst LOGIN;
CREATE ROLE outsider LOGIN;
SELECT user360.grant_access('capturing', 'shop', 'capture');
SELECT user360.grant_access('agent', 'shop', 'agent');
SELECT user360.grant_access('analyst', 'bank', 'engagement_user');

CREATE TABLE ticket (id bigint PRIMARY KEY, bot text DEFAULT 'shop', channel text, sender text, email text, name text,
	status text DEFAULT 'open', subject text, created_at timestamptz DEFAULT now());
SELECT user360.attach_tickets('ticket', 'email=email', 'firstName=name', 'closed:=solved', 'where:=NEW.subject IS DISTINCT FROM ''skip''');

SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'web', 'cookie ' || n, jsonb_build_object(
	'email', CASE WHEN n % 2 = 0 THEN 'User.' || n || '@Example.com' END, 'firstName', 'Name ' || n,
	'city', 'München', 'tags', jsonb_build_array('a', n::text), 'plan', 'plan ' || n % 3,
	'interests', jsonb_build_array('x', 'y "z"'), 'dob', '2000-02-29', 'emailOptin', n % 3 = 0)) AS i;
SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'whatsapp', '+9190005' || to_char(n, 'FM00000'),
	jsonb_build_object('lastName', 'Last ' || n, 'interests', jsonb_build_array('w'))) AS i;
SELECT count(i) FROM generate_series(1, 400) AS n, user360.identify('shop', 'whatsapp', '+9190005' || to_char(n, 'FM00000'),
	jsonb_build_object('email', 'user.' || n % 350 || '@example.com')) AS i;
SELECT count(i) FROM generate_series(1, 50) AS n, user360.identify('bank', 'web', 'cookie ' || n,
	jsonb_build_object('customerNumber', n % 25 + 1, 'timezone', 'Europe/Berlin')) AS i;
INSERT INTO ticket (id, channel, sender, email, name, subject)
	SELECT n, CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'whatsapp' ELSE 'telegram' END,
		CASE WHEN n % 3 = 1 THEN '+9190005' || to_char(n, 'FM00000') ELSE 'cookie ' || n % 90 END,
		CASE WHEN n % 5 = 0 THEN 'null' END, 'Name ' || n, E'tab\tline\nquote "' || n FROM generate_series(1, 300) AS n;
UPDATE ticket SET status = 'solved' WHERE id % 4 = 0;
UPDATE ticket SET sender = 'cookie 7' WHERE id % 30 = 0;
DELETE FROM ticket WHERE id % 50 = 0;

-- Merged by hand and undone, edited, tracked, erased.
CREATE FUNCTION of(bot text, sender text) RETURNS uuid LANGUAGE sql AS $$ SELECT (user360.contact_card_for_sender(bot, 'web', sender)).profile_id $$;
SELECT count(user360.merge_profiles('bank', of('bank', 'cookie ' || n), of('bank', 'cookie ' || n + 1), reason => 'by hand')) FROM generate_series(1, 20, 2) AS n;
SELECT count(user360.unmerge(m.bot, m.merge_id)) FROM (SELECT m.bot, m.merge_id FROM user360.merge AS m WHERE m.reason = 'by hand' ORDER BY m.merge_id LIMIT 4) AS m;
SELECT user360.update_contact('bank', of('bank', 'cookie 9'), '{"city": "Bonn", "timezone": null}');
SELECT user360.track('bank', of('bank', 'cookie 9'), 'page_seen', '{"page": "/"}');
SELECT user360.delete_user('bank', of('bank', 'cookie 22'), 'asked for');
SELECT user360.prune_events('bank', '1 day');
DROP FUNCTION of;
CREATE TABLE customers (email text, "First Name" text);
INSERT INTO customers VALUES ('imported@example.com', 'Ida'), ('none', 'Nobody');
CALL user360.import_users('shop', 'customers', 'email');
});

my @tables = split /\n/, $node->safe_psql('original',
	q{SELECT relname FROM pg_class WHERE relnamespace = 'user360'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1});
my $dumped = $node->safe_psql(
	'original', q{
SELECT string_agg(c.relname, ' ' ORDER BY c.relname)
	FROM pg_extension AS e, unnest(e.extconfig) AS t (oid) JOIN pg_class AS c USING (oid) WHERE e.extname = 'user360'});
is($dumped, "@tables", 'every table is marked for the dump');

sub rows_of
{
	my ($database, $table) = @_;

	return $node->safe_psql($database,
		qq{SELECT t::text FROM user360.$table AS t ORDER BY t::text COLLATE "C"});
}

sub schema_of
{
	my ($database) = @_;
	my ($dump) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr($database) ]);

	# The key that guards psql's meta-commands is a new one in each dump.
	$dump =~ s/^\\(un)?restrict .*$//mg;
	return $dump;
}

my %original = map { $_ => rows_of('original', $_) } @tables;
for my $table (@tables)
{
	cmp_ok(length $original{$table}, '>', 0, "original has rows in $table");
}
my $known = $node->safe_psql('original', q{
SELECT p.profile_id FROM user360.profile AS p WHERE p.userid = 'user.2@example.com'});

my $folder = PostgreSQL::Test::Utils::tempdir;
$node->command_ok([ 'pg_dump', '-f', "$folder/plain.sql", '-d', $node->connstr('original') ], 'dump, plain');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/custom.dump", '-d', $node->connstr('original') ], 'dump, custom');
$node->safe_psql('postgres', "CREATE DATABASE $_") for ('plain', 'custom');
$node->command_ok(
	[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/plain.sql", '-d', $node->connstr('plain') ],
	'restore, plain');
$node->command_ok(
	[ 'pg_restore', '--jobs=4', '--exit-on-error', '-d', $node->connstr('custom'), "$folder/custom.dump" ],
	'restore, custom with four jobs');

# Runs SQL and answers what came: rows, or the SQLSTATE.
sub outcome
{
	my ($database, $sql) = @_;
	my ($code, $out, $error) = $node->psql($database, $sql, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);

	return $1 if $error =~ /ERROR:\s+(\w{5})/;
	return $out;
}

for my $database ('plain', 'custom')
{
	for my $table (@tables)
	{
		ok(rows_of($database, $table) eq $original{$table}, "$database: same rows in $table");
	}
	ok(schema_of($database) eq schema_of('original'), "$database: same schema, grants and triggers");

	# Identity goes on where it stood.
	is( outcome($database, q{SELECT i.profile_id, i.userid, i.outcome FROM user360.identify('shop', 'web', 'new',
			'{"email": "USER.2@example.com"}') AS i}),
		"$known|user.2\@example.com|switched", "$database: a userId leads to its profile");
	is( outcome($database, q{SELECT i.outcome, i.userid FROM user360.identify('shop', 'web', 'cookie 1', '{"email": "user.3@example.com"}') AS i}),
		'merged|user.3@example.com', "$database: a merge into a restored survivor");
	is( outcome($database, q{SELECT count(*) FROM user360.merge AS m JOIN user360.profile AS p ON p.profile_id = m.source_id
			WHERE p.merged_into IS NULL AND m.undone_at IS NULL}),
		'0', "$database: each merged profile has its survivor");
	is(outcome($database, q{SELECT count(*) FROM user360.verify()}), '0', "$database: verify() finds nothing");
	is( outcome($database, q{SELECT user360.set_option('shop', 'gmail_dots', 'false')}),
		'U3004', "$database: the policy stands");

	# Tickets come in through the restored trigger.
	is( outcome($database, q{
			INSERT INTO ticket (id, channel, sender, name, subject) VALUES (1000, 'web', 'cookie 9', 'Name 9', 'again'), (1001, 'web', 'cookie 9', 'Name 9', 'skip');
			SELECT t.ticket, p.ticket, c.first_name FROM user360.ticket AS t,
				user360.previous_ticket(t.bot, t.source, t.ticket) AS p, user360.contact_card_for_ticket(t.bot, t.source, t.ticket) AS c
			WHERE t.ticket IN ('1000', '1001')}),
		'1000|279|Name 9', "$database: a new ticket is linked to a restored one");

	# Guards, the index and row security.
	for my $replica ('', 'SET session_replication_role = replica; ')
	{
		my $how = $replica ? ' as a replica' : '';

		is(outcome($database, $replica . q{UPDATE user360.profile SET userid = 'x@example.com' WHERE userid = 'user.2@example.com'}),
			'U3007', "$database: no UPDATE of a userId$how");
		is(outcome($database, $replica . q{DELETE FROM user360.profile WHERE userid = 'user.2@example.com'}),
			'U3007', "$database: no DELETE$how");
		is(outcome($database, $replica . 'TRUNCATE user360.profile'), 'U3007', "$database: no TRUNCATE$how");
	}
	is( outcome($database, q{INSERT INTO user360.profile (bot, profile_id, userid, created_at, updated_at, last_seen_at, identified_at)
			VALUES ('shop', '00000000-0000-7000-8000-000000000000', 'user.2@example.com', now(), now(), now(), now())}),
		'23505', "$database: no second profile with a userId");
	is( outcome($database, q{SET ROLE analyst; SELECT string_agg(DISTINCT bot, ' ') FROM user360.profile}),
		'bank', "$database: a role reads the rows of its bot");
	is( outcome($database, q{SET ROLE agent; SELECT c.kind FROM user360.contact_card('shop', 'user.2@example.com') AS c}),
		'user360', "$database: an agent sees a card");
	is( outcome($database, q{SET ROLE agent; SELECT FROM user360.contact_card('bank', '2')}),
		'42501', "$database: but none of another bot");
	is( outcome($database, q{SET ROLE agent; SELECT count(*) FROM user360.profile}),
		'42501', "$database: and no table");
	is( outcome($database, q{SET ROLE capturing; SELECT i.outcome FROM user360.identify('shop', 'web', 'cookie 400') AS i}),
		'updated', "$database: a capturing role captures");
	is( outcome($database, q{SET ROLE capturing; SELECT FROM user360.contact_card('shop', 'user.2@example.com')}),
		'42501', "$database: but sees no card");
	is( outcome($database, q{SET ROLE outsider; SELECT FROM user360.identify('shop', 'web', 'cookie 400')}),
		'42501', "$database: a role without access does nothing");
}

$node->stop;
done_testing();
