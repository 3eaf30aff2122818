# No statement of the library has a name, an operator or a cast that a search_path
# could lead elsewhere: every string of SQL in the source, macros too, is read.

use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;

# Keywords that look an operator up by its name.
my $hidden = qr/\b(?:NOT )?IN \(|\bBETWEEN\b|\bI?LIKE\b|\bSIMILAR TO\b|\bDISTINCT FROM\b|\bNULLIF\b|\bUSING \(|\bNATURAL\b|\bCASE [a-z\$]/;

# What is wrong with a piece of a statement.  $names are the file's own: of CTEs.
sub unqualified
{
	my ($sql, $names) = @_;
	my @found;

	$sql =~ s/'(?:[^']|'')*'/''/g;
	$sql =~ s/OPERATOR\(pg_catalog\.[^)\s]+\)/ /g;
	# What is put in, and the signature of a function of ours.
	$sql =~ s/%(?:\d\$)?s/x/g;
	return () if $sql =~ /^[a-z_]+\((?:pg_catalog\.\w+(?:\[\])?(?:, )?)*\)?$/;
	push @found, "$1(" while $sql =~ /(?<![.\w\$"])(?<!AS )(?<!WITH )(?<!RECURSIVE )([a-z_][a-z0-9_]*)\(/g;
	while ($sql =~ /\b(FROM|JOIN|INTO|UPDATE)\s+(?!x\b|ONLY\b|LATERAL\b|ROWS\b)([a-z_][a-z0-9_]*)\b(?![.(])/g) { push @found, "$1 $2" if !$names->{$2} }
	push @found, "::$1" while $sql =~ /::([a-z_][a-z0-9_]*)\b(?!\.)/g;
	push @found, $1 while $sql =~ /($hidden)/g;
	# An assignment has a column's bare name at its left.
	push @found, $1 while $sql =~ /((?:\.[a-z_]+|\)|\$\d+|'')\s*=|=\s*ANY|<>|<=|>=|<|(?<![=-])>|\|\||->>?|@>|<@|&&|~|[\$\w)]\s*[+\/%]\s*[\$\w(])/g;
	return @found;
}

# The string literals of a source that are SQL; messages are not.
sub statements
{
	my ($source) = @_;
	my @sql;

	$source =~ s{/\*.*?\*/}{}gs;
	$source =~ s{\berr(?:msg|detail|hint|context)(?:_plural)?\((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*")*\))*\)}{}gs;
	while ($source =~ /"((?:[^"\\\n]|\\.)*)"/g)
	{
		my $text = $1;
		push @sql, $text if $text =~ /\b(?:SELECT|INSERT INTO|DELETE FROM|UPDATE [a-z]|FROM [a-z]|JOIN [a-z]|WHERE|ORDER BY|GROUP BY|RETURNING|VALUES|FOR UPDATE|FOR KEY SHARE|IS NOT NULL|IS NULL|EXISTS)\b|\$\d|pg_catalog\./;
	}
	return @sql;
}

my %bad = map { $_ => [ unqualified($_, {}) ] } (
	"SELECT p.a FROM profile AS p", "WHERE p.bot = \$1", "SELECT now()", "SELECT \$1::text", "AND p.a IN (1, 2)", "SELECT p.a || p.b", "SELECT n.a < n.b", "NULLIF(a.b, c.d)", "CASE x WHEN 1", "SELECT \$1 + 1");
is(scalar(grep { !@{ $bad{$_} } } keys %bad), 0, 'each way to leave a name open is seen');
is(join(' ', unqualified("INSERT INTO user360.bot AS b (bot) SELECT pg_catalog.now(), \$1::pg_catalog.text, 'a = b' FROM pg_catalog.unnest(\$2) AS u (a) "
	. "WHERE u.a OPERATOR(pg_catalog.=) ANY (\$3) ON CONFLICT (bot) DO UPDATE SET at = \$4", {})), '', 'a statement that leaves none open');

my ($read, @open);
for my $file (glob 'src/*/*.c src/*/*.h')
{
	my $source = slurp_file($file);
	my %names;

	$names{$1} = 1 while $source =~ /\b([a-z_]+)(?: \([a-z_, ]+\))? AS (?:NOT MATERIALIZED |MATERIALIZED )?\(/g;
	for my $sql (statements($source))
	{
		$read++;
		push @open, map { "$file: $_ in \"$sql\"" } unqualified($sql, \%names);
	}
}
cmp_ok($read, '>', 300, 'the statements are read');
is(join("\n", @open), '', 'no statement leaves a name open');
done_testing();
