# pg_dump and restore, plain, custom and directory, with four jobs, with and
# without session_replication_role = replica, the data alone, and over what is
# there: every table holds the same rows, and the copy goes on working with its
# triggers, guards, row security and grants.  Two controls show what is lost
# where a table is not marked for the dump, and where triggers fire.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

$node->safe_psql('postgres', 'CREATE DATABASE original');
sub run_file
{
	my ($database, $file, @options) = @_;

	return [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', @options, '-d', $node->connstr($database), '-f', $file ];
}
$node->command_ok(run_file('original', 'test/everything.sql'), 'a store with something of everything');

# A ticket of somebody who was erased since, in a table that a dump has after
# those of user360.
$node->safe_psql(
	'original', q{
CREATE SCHEMA visits;
CREATE TABLE visits.ticket (id int PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text);
SELECT user360.attach_tickets('visits.ticket', 'email=email');
INSERT INTO visits.ticket (id, sender, email) VALUES (1, 'visitor', 'erased@example.com');
SELECT user360.delete_user('shop', (user360.contact_card('shop', 'erased@example.com')).profile_id);
});

my @tables = split /\n/, $node->safe_psql('original',
	q{SELECT relname FROM pg_class WHERE relnamespace = 'user360'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1});
my $dumped = $node->safe_psql(
	'original', q{
SELECT string_agg(c.relname, ' ' ORDER BY c.relname)
	FROM pg_extension AS e, unnest(e.extconfig) AS t (oid) JOIN pg_class AS c USING (oid) WHERE e.extname = 'user360'});
is($dumped, "@tables", 'every table is marked for the dump');

# What each of the tables holds, as one text.
sub rows_of
{
	my ($database, @tables) = @_;

	return split /\n/, $node->safe_psql($database, join ' UNION ALL ',
		map { qq{(SELECT '$_ ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")), '') FROM $_ AS t)} } @tables);
}

sub members_of
{
	my ($database) = @_;
	my ($members, $error) = run_command(run_file($database, 'test/members.sql'));

	die $error if $error ne '';
	return $members;
}

sub schema_of
{
	my ($database) = @_;
	my ($dump) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr($database) ]);

	# The key that guards psql's meta-commands is a new one in each dump.
	$dump =~ s/^\\(un)?restrict .*$//mg;
	return $dump;
}

# Those of user360 and the user's own.
@tables = ((map { "user360.$_" } @tables), split /\n/, $node->safe_psql('original', q{
SELECT oid::regclass FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'desk', 'visits') AND relkind = 'r' ORDER BY 1}));
my %original = map { $_ => 1 } rows_of('original', @tables);
my $members = members_of('original');
my $schema = schema_of('original');
is(join("\n", grep { / 0 $/ } keys %original), '', 'every table has rows');
my $known = $node->safe_psql('original', q{
SELECT p.profile_id FROM user360.profile AS p WHERE p.userid = 'user.2@example.com'});

my $folder = PostgreSQL::Test::Utils::tempdir;

sub dump_to
{
	my ($database, $file, @options) = @_;

	$node->command_ok([ 'pg_dump', @options, '-f', "$folder/$file", '-d', $node->connstr($database) ], "dump to $file");
}

sub restore
{
	my ($database, $file, $replica, @options) = @_;
	my $how = 'restore of ' . join(' ', $file, @options, $replica ? 'as a replica' : ());
	local $ENV{PGOPTIONS} = $replica ? '-c session_replication_role=replica' : '';

	$node->command_ok(
		$file =~ /sql$/
		? run_file($database, "$folder/$file", @options)
		: [ 'pg_restore', '--exit-on-error', @options, '-d', $node->connstr($database), "$folder/$file" ],
		$how);
}

# The tables in which the rows are others.
sub tables_that_differ
{
	my ($database) = @_;

	return join ' ', map { /^(\S+)/ } grep { !$original{$_} } rows_of($database, @tables);
}

sub as_original
{
	my ($database) = @_;

	is(tables_that_differ($database), '', "$database: same rows in every table");
	ok(schema_of($database) eq $schema, "$database: same schema, grants and triggers");
	ok(members_of($database) eq $members, "$database: same members of the extension, comments, policies and privileges");
	is($node->safe_psql($database, 'SELECT * FROM user360.verify()'), '', "$database: verify() finds nothing");
}

$node->safe_psql('postgres', "CREATE DATABASE $_")
  for ('plain', 'plain_replica', 'custom', 'custom_replica', 'directory', 'data', 'data_jobs', 'data_fired');
dump_to('original', 'plain.sql');
dump_to('original', 'custom.dump', '-Fc');
dump_to('original', 'directory', '-Fd', '--jobs=4');
restore('plain', 'plain.sql', 0);
restore('plain_replica', 'plain.sql', 1);
restore('custom', 'custom.dump', 0, '--jobs=4');
restore('custom_replica', 'custom.dump', 1, '--jobs=4');
restore('directory', 'directory', 0, '--jobs=4');
as_original($_) for ('plain', 'plain_replica', 'custom', 'custom_replica', 'directory');

# The data alone, into a database that has the schema and the extension.
dump_to('original', 'schema.sql', '--schema-only');
dump_to('original', 'data.sql', '--data-only');
restore($_, 'schema.sql', 0) for ('data', 'data_jobs', 'data_fired');
restore('data', 'data.sql', 1);
restore('data_jobs', 'custom.dump', 1, '--data-only', '--jobs=4');
as_original($_) for ('data', 'data_jobs');

# Over what is there: refused where rows would come twice, with nothing changed;
# and exchanged with --clean.
{
	my (undef, $errors) = run_command([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=0', '-d', $node->connstr('directory'), '-f', "$folder/plain.sql" ]);
	like($errors, qr/duplicate key value violates unique constraint "profile_pkey"/, 'a second restore is refused');
	as_original('directory');
	$node->safe_psql('directory', q{SELECT FROM user360.identify('shop', 'web', 'since then', '{"email": "since.then@example.com"}')});
	isnt(tables_that_differ('directory'), '', 'something came since');

	# pg_restore itself can not drop the key of a partition.
	$node->safe_psql('directory', 'DROP TABLE desk.requests');
	restore('directory', 'custom.dump', 0, '--clean', '--if-exists');
	as_original('directory');
}

# Control: the triggers of attached tables fire where the data comes alone and
# not as a replica, and make a customer of whoever was erased.
restore('data_fired', 'data.sql', 0);
like(tables_that_differ('data_fired'), qr/user360.profile/, 'control: triggers that fire change the store');
is($node->safe_psql('data_fired', q{SELECT (user360.contact_card('shop', 'erased@example.com')).userid}),
	'erased@example.com', 'control: and bring back whoever was erased');

# Control: --disable-triggers keeps them from firing, but pg_dump's way back
# makes plain triggers of the guards, which fire ALWAYS.
{
	my $guards = q{SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger WHERE tgname LIKE 'guard%'};

	dump_to('original', 'disabled.sql', '--data-only', '--disable-triggers');
	$node->safe_psql('postgres', 'CREATE DATABASE disabled');
	restore('disabled', 'schema.sql', 0);
	is($node->safe_psql('disabled', $guards), 'A', 'guards fire always');
	restore('disabled', 'disabled.sql', 0);
	is(tables_that_differ('disabled'), '', 'with --disable-triggers: same rows in every table');
	is($node->safe_psql('disabled', $guards), 'O', 'control: but the guards are plain triggers');
	isnt(members_of('disabled'), $members, 'control: which the list of members tells');
	$node->safe_psql('disabled', $node->safe_psql('disabled', q{
SELECT string_agg(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname), '; ') FROM pg_trigger WHERE tgname LIKE 'guard%'}));
	is(members_of('disabled'), $members, 'until they are made to fire always again');
}

# Control: a table that is not marked for the dump arrives empty, unnoticed by
# the restore.
$node->safe_psql('postgres', $_) for ('CREATE DATABASE unmarked TEMPLATE original', 'CREATE DATABASE lost');
$node->safe_psql('unmarked', 'ALTER EXTENSION user360 DROP TABLE user360.tombstone; ALTER EXTENSION user360 ADD TABLE user360.tombstone');
dump_to('unmarked', 'unmarked.sql');
restore('lost', 'unmarked.sql', 0);
is(tables_that_differ('lost'), 'user360.tombstone', 'control: a table without its mark is lost');
isnt(members_of('unmarked'), $members, 'control: and the list of members tells');

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
