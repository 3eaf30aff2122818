# Every update path of the extension ends where a fresh install of its target
# does: the same members, definitions, privileges, comments, policies, triggers
# and tables in the dump.  That this would show is proved by versions that are
# made here, whose paths leave an object, a privilege and a comment too many or
# too few, and by one that leaves none.

use strict;
use warnings;

use File::Basename;
use File::Copy;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A server finds its share folder from where its program lies: here one that
# has the installed files, and the scripts of the made versions.
sub config { my ($answer) = run_command([ 'pg_config', "--$_[0]" ]); return $answer }
my ($bin, $share, $library) = map { config($_) } ('bindir', 'sharedir', 'pkglibdir');
my $root = PostgreSQL::Test::Utils::tempdir_short;
make_path($root . $bin, "$root$share/extension", dirname($root . $library));
symlink $library, $root . $library;
for my $file (glob "$bin/*")
{
	my $copy = "$root$file";

	# What looks for its neighbours is copied; a link would lead it back.
	if (basename($file) =~ /^(postgres|pg_ctl)$/) { copy($file, $copy) or die $!; chmod 0755, $copy; }
	else { symlink $file, $copy; }
}
for my $file (grep { basename($_) ne 'extension' } glob "$share/*") { symlink $file, "$root$file"; }
for my $file (glob "$share/extension/*") { symlink $file, "$root$file"; }

my ($version) = slurp_file("$share/extension/user360.control") =~ /^default_version *= *'(.*)'/m;
my $script = slurp_file("$share/extension/user360--$version.sql");

sub make_script
{
	my ($name, $text) = @_;
	open my $file, '>', "$root$share/extension/user360--$name.sql" or die $!;

	print $file $text;
	close $file;
}

# An old version that differs in three things, a new one that is this one's, and
# two ways between them.
my ($comment) = $script =~ /^(COMMENT ON FUNCTION user360\.verify\(text\) IS\s+'(?:[^']|'')*';)$/m or die 'no comment to leave out';
my $less = $script;
$less =~ s/\Q$comment\E//;
make_script('old', "$less
CREATE FUNCTION user360.left_over() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION user360.left_over() FROM PUBLIC;
GRANT SELECT ON user360.event TO PUBLIC;
");
make_script('careless', $script);
make_script('old--careless', "-- forgets everything\n");
make_script('careful', $script);
make_script('old--careful', "$comment
DROP FUNCTION user360.left_over();
REVOKE SELECT ON user360.event FROM PUBLIC;
");

my $node = PostgreSQL::Test::Cluster->new('update', install_path => dirname($root . $bin));
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
is($node->safe_psql('postgres', q{SELECT setting FROM pg_config WHERE name = 'SHAREDIR'}), $root . $share, 'a server with a share folder of its own');

my $databases = 0;
sub members_after
{
	my (@statements) = @_;
	my $database = 'd' . ++$databases;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, join ';', @statements);
	my ($out, $error) = run_command([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', 'test/members.sql' ]);
	die $error if $error ne '';
	is($node->safe_psql($database, 'SELECT * FROM user360.verify()'), '', "$database: verify() finds nothing") if $statements[-1] !~ /old|care/;
	return split /\n/, $out;
}

# The lines that an updated extension has and a fresh one has not, and the other
# way round.
sub differences
{
	my ($source, $target) = @_;
	my %line;

	$line{$_}++ for members_after("CREATE EXTENSION user360 VERSION '$source'", "ALTER EXTENSION user360 UPDATE TO '$target'");
	$line{$_}-- for members_after("CREATE EXTENSION user360 VERSION '$target'");
	return join "\n", map { ($line{$_} > 0 ? 'only updated: ' : 'only fresh: ') . $_ } grep { $line{$_} } sort keys %line;
}

my @paths = split /\n/, $node->safe_psql('postgres', q{
SELECT source || ' ' || target FROM pg_extension_update_paths('user360') WHERE path IS NOT NULL ORDER BY 1});
is(join(', ', grep { /old/ } @paths), 'old careful, old careless', 'the made paths are there');
my @real = grep { !/old|care/ } @paths;
note scalar(@real) . ' released paths';
for my $path (@real)
{
	my ($source, $target) = split / /, $path;

	is(differences($source, $target), '', "from $source to $target: as a fresh install");
}

# The proof.
is(differences('old', 'careful'), '', 'a careful update: as a fresh install');
my @found = split /\n/, differences('old', 'careless');
ok((grep { $_ eq 'only updated: member function user360.left_over()' } @found), 'a careless one: the object shows');
ok((grep { $_ eq 'only updated: privilege on relation user360.event - SELECT f' } @found), 'the privilege shows');
ok((grep { /^only fresh: comment on function user360\.verify\(text\)/ } @found), 'the comment shows');
is(join("\n", grep { !/left_over|user360\.event - SELECT|comment on function user360\.verify\(text\)/ } @found), '', 'and nothing else');

$node->stop;
done_testing();
