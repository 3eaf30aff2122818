# The disk is full: a ticket insert fails as PostgreSQL's own do, with 53100,
# and so does everything else that writes; cards are answered; nothing is half
# done; and with space again everything goes on.  Needs a disk that can be
# filled (USER360_SMALL_DISK), which test/gauntlet.sh makes where it is root.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $disk = $ENV{USER360_SMALL_DISK};
plan skip_all => 'no small disk: only root can mount one' unless $disk && -d $disk && -w $disk;

my $node = PostgreSQL::Test::Cluster->new('disk_full');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nlog_statement = none\n");
$node->start;
mkdir "$disk/space" or die $!;

# The store's tables on the small disk; the server's log of changes elsewhere.
$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk/space'");
$node->safe_psql('postgres', 'CREATE DATABASE shop TABLESPACE small');
sub query { return $node->safe_psql('shop', $_[0]) }
query(q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE TABLE ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text, subject text);
SELECT user360.attach_tickets('ticket', 'email=email', 'subject=subject');
CREATE TABLE plain (id int PRIMARY KEY, filler text);
SELECT count(i) FROM generate_series(1, 200) AS n, user360.identify('shop', 'web', 'cookie ' || n,
	jsonb_build_object('email', 'user' || n || '@example.com', 'firstName', 'Name ' || n)) AS i;
CREATE TABLE source AS SELECT 'imported' || n || '@example.com' AS email, repeat('x', 200) AS "firstName" FROM generate_series(1, 3000) AS n;
});

# What stands in the way of new pages goes to a file beside the tables.
sub fill_disk
{
	open my $ballast, '>', "$disk/ballast" or die $!;
	$ballast->autoflush(1);
	for my $block (1024 * 1024, 4096)
	{
		1 while syswrite $ballast, "\0" x $block;
	}
	close $ballast;
}

# Answers the SQLSTATE, or the rows.
sub outcome
{
	my ($sql) = @_;
	my ($code, $out, $error) = $node->psql('shop', $sql, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);

	return $1 if $error =~ /ERROR:\s+(\w{5})/;
	return $out;
}

# One statement again and again, until it fails; answers how often it went, and
# the SQLSTATE.
my $n = 0;
sub until_it_fails
{
	my ($sql) = @_;
	my $before = $n;

	for (1 .. 5000)
	{
		my @batch = map { sprintf $sql, ($n + $_) x (() = $sql =~ /%\d?\$?s/g) } 1 .. 20;
		my ($code, $out, $error) = $node->psql('shop', join(";\n", map { "$_; SELECT 'done'" } @batch), extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
		my $done = () = $out =~ /done/g;

		$n += $done;
		return ($n - $before, $1) if $error =~ /ERROR:\s+(\w{5})/;
		$n++ if $error ne '';
	}
	return ($n - $before, 'never');
}

fill_disk();
my ($went, $state) = until_it_fails(q{INSERT INTO plain VALUES (%s, repeat('x', 500))});
is($state, '53100', "PostgreSQL's own table, after $went rows: disk full");
my %insert = (
	'a ticket of a known customer' => q{INSERT INTO ticket (ticket, sender, subject) VALUES ('known %s', 'cookie 1', repeat('s', 200))},
	'a ticket of a new one' => q{INSERT INTO ticket (ticket, sender, email, subject) VALUES ('new %s', 'new %s', 'new%s@example.com', repeat('s', 200))},
	'a capture' => q{SELECT FROM user360.identify('shop', 'web', 'captured %s', jsonb_build_object('email', 'captured%s@example.com', 'city', repeat('c', 200)))},
	'a track' => q{SELECT user360.track('shop', (SELECT profile_id FROM user360.profile WHERE bot = 'shop' AND userid = 'user2@example.com'), 'seen %s', jsonb_build_object('x', repeat('y', 500)))});
my %went;
for my $pages (0 .. 15)
{
	# a little more space each time: it ends at another page of another table
	truncate("$disk/ballast", (-s "$disk/ballast") - 8192 * $pages) or die $!;
	my @names = sort keys %insert;
	for my $name (map { $names[ ($_ + $pages) % @names ] } 0 .. $#names)
	{
		($went, $state) = until_it_fails($insert{$name});
		is($state, '53100', "$pages pages more, $name, after $went rows: disk full");
		$went{$name} += $went;
	}
}
cmp_ok($went{$_}, '>', 0, "$_ went while there was space") for sort keys %insert;
is(outcome(q{CALL user360.import_users('shop', 'source', 'email')}), '53100', 'an import: disk full');
is(outcome(q{SELECT c.kind FROM user360.contact_card('shop', 'user1@example.com') AS c}), 'user360', 'a card is answered');
is(outcome(q{SELECT count(*) FROM user360.verify()}), '0', 'verify() finds nothing on the full disk');

# A control of what "nothing half done" would tell.
my $half = q{
SELECT 'ticket ' || coalesce(t.ticket, u.ticket) FROM ticket AS t FULL JOIN user360.ticket AS u USING (ticket) WHERE t.ticket IS NULL OR u.ticket IS NULL
UNION ALL SELECT 'event ' || t.ticket FROM user360.ticket AS t WHERE NOT EXISTS (SELECT FROM user360.event AS e
	WHERE e.bot = t.bot AND e.profile_id = t.profile_id AND e.name = 'TICKET_OPEN' AND e.payload ->> 'ticket' = t.ticket)
UNION ALL SELECT 'sender ' || s.sender FROM user360.sender AS s LEFT JOIN user360.profile AS p USING (bot, profile_id) WHERE p.profile_id IS NULL
UNION ALL SELECT 'captured ' || p.userid FROM user360.profile AS p WHERE p.userid LIKE 'captured%%' AND p.city IS NULL};
is(outcome($half), '', 'nothing is half done');

unlink "$disk/ballast" or die $!;
for my $name (sort keys %insert)
{
	my $sql = sprintf $insert{$name}, ('again') x (() = $insert{$name} =~ /%s/g);
	is(outcome("$sql; SELECT 'done'"), $name eq 'a track' ? outcome('SELECT event_id FROM user360.event ORDER BY at DESC LIMIT 1') . "\ndone" : 'done', "with space: $name");
}
my $import = query(q{SELECT import_id FROM user360.import WHERE state = 'running'});
is(outcome("CALL user360.import_users('shop', 'source', 'email', resume => '$import')") =~ s/\|.*//r, $import, 'with space: the import goes on') if $import ne '';
is(outcome(q{CALL user360.import_users('shop', 'source', 'email')}) =~ s/^[^|]*\|([^|]*)\|.*/$1/r, '3000', 'with space: an import') if $import eq '';
is(query(q{SELECT count(*) FROM user360.profile WHERE userid LIKE 'imported%'}), '3000', 'every line of it is there');
is(outcome($half), '', 'and nothing is half done');
is(outcome(q{SELECT count(*) FROM user360.verify()}), '0', 'verify() finds nothing in the end');

# Control: a ticket without its link would show.
query(q{ALTER TABLE ticket DISABLE TRIGGER USER; INSERT INTO ticket (ticket, sender) VALUES ('half', 'cookie 1')});
is(outcome($half), 'ticket half', 'control: a half one shows');

$node->safe_psql('postgres', 'DROP DATABASE shop');
$node->safe_psql('postgres', 'DROP TABLESPACE small');
$node->stop;
rmdir "$disk/space";
done_testing();
