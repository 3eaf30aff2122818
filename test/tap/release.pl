# What PGXN and a packager read: META.json says what the control file, the
# changelog and the tree say.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use Test::More;

sub contents
{
	my ($name) = @_;
	open my $file, '<:raw', "$FindBin::Bin/../../$name" or die "$name: $!";
	local $/;
	return <$file>;
}

my $meta = decode_json(contents('META.json'));
my ($version) = contents('user360.control') =~ /^default_version\s*=\s*'(.*)'/m;

ok(length($meta->{$_} // ''), "META.json has $_") for qw(name version abstract maintainer license);
is(ref $meta->{$_}, 'HASH', "META.json has $_") for qw(provides prereqs meta-spec);
is($meta->{'meta-spec'}{version}, '1.0.0', 'the version of the meta-spec');
like($meta->{version}, qr/^\d+\.\d+\.\d+$/, 'the version is a semantic one');
is($meta->{version}, $version, 'the version is the control file\'s');
is($meta->{license}, 'postgresql', 'the licence is PostgreSQL\'s');
like(contents('LICENSE'), qr/without fee, and without a written agreement/, 'and LICENSE is that');
like(contents('CHANGELOG.md'), qr/^## \Q$version\E\b/m, 'the changelog has the version');

for my $extension (sort keys %{ $meta->{provides} })
{
	my $provided = $meta->{provides}{$extension};

	is($provided->{version}, $version, "$extension is provided in that version");
	ok(-e "$FindBin::Bin/../../$provided->{$_}", "$extension: $_ $provided->{$_} is there") for qw(file docfile);
}

my ($oldest) = $meta->{prereqs}{runtime}{requires}{PostgreSQL} =~ /^(\d+)/;
like(contents('README.md'), qr/PostgreSQL $oldest to/, 'README and META.json agree on the oldest server');

done_testing();
