# The README's lines of SQL do what the comments beside them say.
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

$node->stop;
done_testing();
