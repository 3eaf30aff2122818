# The README's lines of SQL do what the comments beside them say, and what it
# shows of psql is what psql shows after make demo.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $readme = slurp_file('README.md');
my ($block) = $readme =~ /```sql\n(.*?)```/s or die "README.md has no SQL\n";

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE SCHEMA shop;
	CREATE TABLE shop.tickets (id bigint PRIMARY KEY, channel text, sender text, name text, email text, subject text, status text)});

for my $line (grep { /\S/ } split /\n/, $block)
{
	my ($statement, $expected) = $line =~ /^(.*?;)\s*(?:--\s*(.*?)\s*)?$/ or die "not a statement: $line\n";
	my $answer = $node->safe_psql('postgres', $statement);

	$answer =~ s/\|/, /g;
	if (defined $expected) { is($answer, $expected, $statement) }
	else { pass($statement) }
}

# Every function that the README names is there, and none is left out.
my %named = map { $_ => 1 } $readme =~ /\b([a-z0-9]+(?:_[a-z0-9]+)+|identify|detach|track|unmerge|verify|backfill)\b/g;
my @public = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc
	WHERE pronamespace = 'user360'::regnamespace AND prorettype <> 'trigger'::regtype
		AND proname !~ '^(email|phone)_' ORDER BY 1});
my @missing = grep { !$named{$_} && !/^(bots_with|user360_version|local_part|domain|country_code)$/ } @public;
is("@missing", '', 'the README names every function');

# Sessions: each command, and what follows it up to the next one.
my @shown;
for my $block ($readme =~ /```\n(=> .*?)```/sg)
{
	push @shown, [ split /\n/, $_, 2 ] for grep { length } split /^=> /m, $block;
}

# Ids and times are others each time, and so are the widths of the columns.
sub comparable
{
	my ($text) = @_;
	$text =~ s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g;
	$text =~ s/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+[+-]\d\d(:\d\d)?/TIME/g;
	$text =~ s/-{2,}/--/g;
	$text =~ s/ +/ /g;
	$text =~ s/\s+$//mg;
	return $text;
}

$node->safe_psql('postgres', 'CREATE DATABASE demo');
run_log([ 'psql', '-X', '-q', '-d', $node->connstr('demo'), '-o', '/dev/null', '-f', 'test/demo.sql' ], '>', '/dev/null', '2>', '/dev/null') or die "the demo fails\n";
# The day of the demo is the one on which its customers came.
$node->safe_psql('demo', q{UPDATE user360.sender AS s SET first_seen_at = timestamptz '2026-11-24 12:00:00.1+05:30' + (s.first_seen_at - f.at)
	FROM (SELECT min(first_seen_at) AS at FROM user360.sender) AS f});
my $session = $node->basedir . '/session.sql';
append_to_file($session, join '', "SET TimeZone = 'Asia/Kolkata';\n", map { "\\echo === next\n$_->[0]\n" } @shown);
my ($output, $errors) = run_command([ 'psql', '-X', '-q', '-d', $node->connstr('demo'), '-f', $session ]);
is($errors, '', 'no command of its sessions fails');
my (undef, @answers) = split /^=== next\n/m, "$output\n";
is(scalar @answers, scalar @shown, 'each has an answer');
cmp_ok(scalar @shown, '>', 5, 'there are some');
is(comparable($answers[$_]), comparable($shown[$_][1] || ''), $shown[$_][0]) for 0 .. $#shown;

$node->stop;
done_testing();
