#!/usr/bin/perl
# Reads test/mutants.txt: blocks of a name, a file, what stands there and what
# comes in its place.
#   mutants.pl --count | --name N | --apply N DIRECTORY
use strict;
use warnings;
use FindBin;

my (@mutants, $mutant);
open(my $list, '<', "$FindBin::Bin/mutants.txt") or die "mutants.txt: $!\n";
while (my $line = <$list>)
{
	next if $line =~ /^#/;
	if ($line =~ /^== (.*)$/) { push @mutants, $mutant = { name => $1, from => '', to => '' } }
	elsif ($line =~ /^-- (.*)$/) { $mutant->{file} = $1 }
	elsif ($line =~ /^-(.*\n)/) { $mutant->{from} .= $1 }
	elsif ($line =~ /^\+(.*\n)/) { $mutant->{to} .= $1 }
}

my ($action, $number, $directory) = @ARGV;
if ($action eq '--count') { print scalar(@mutants), "\n"; exit }
$mutant = $mutants[ $number - 1 ] or die "no mutant $number\n";
if ($action eq '--name') { print "$mutant->{name}\n"; exit }

my $path = "$directory/$mutant->{file}";
open(my $in, '<', $path) or die "$path: $!\n";
my $source = do { local $/; <$in> };
my $times = () = $source =~ /\Q$mutant->{from}\E/g;
die "\"$mutant->{name}\": stands $times times in $mutant->{file}, not once\n" if $times != 1;
$source =~ s/\Q$mutant->{from}\E/$mutant->{to}/;
open(my $out, '>', $path) or die "$path: $!\n";
print $out $source;
close($out) or die "$path: $!\n";
