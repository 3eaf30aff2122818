# Reads what gcov says of src from standard input and prints the share of lines
# that are run, file by file.  A line that is not run stands in the list that is
# the argument, or it is an error; so is an entry whose line is run or is not
# there.  In the list a line at the margin is a reason, and the indented ones
# below it are lines of the source as "file: text".  "? file: text" is a line
# that some runs reach and others don't.

use strict;
use warnings;

my ($list) = @ARGV;
my (%count, %text, $file);

while (my $row = <STDIN>)
{
	my ($runs, $line, $source) = $row =~ /^\s*([^:]+):\s*(\d+):(.*)$/ or next;

	if ($line == 0)
	{
		next if $source !~ /^Source:(.*)/;
		$file = $1 =~ m{^(?:.*/)?(src/.*)$} && $1 !~ m{/include/} ? $1 : undef;
		next;
	}
	next if !defined $file || $runs eq '-';
	$source =~ s/^\s+|\s+$//g;
	$text{$file}{$line} = $source;
	# A header's line counts once, wherever it is run.
	$runs =~ s/\D.*//;
	$count{$file}{$line} = ($count{$file}{$line} // 0) + ($runs eq '' ? 0 : $runs);
}
die "gcov says nothing of src\n" if !%count;

my (%explained, %optional, $reason, $errors);
open my $in, '<', $list or die "$list: $!\n";
while (my $row = <$in>)
{
	chomp $row;
	if ($row =~ /^\S/) { $reason = $row; next }
	next if $row !~ /\S/;
	my ($maybe, $where, $source) = $row =~ /^\s+(\? )?(\S+): (.*)$/ or die "$list: not \"file: text\": $row\n";
	die "$list: no reason above: $row\n" if !defined $reason;
	($maybe ? \%optional : \%explained)->{$where}{$source}++;
}

my ($all, $run, $told) = (0, 0, 0);
for my $file (sort keys %count)
{
	my ($lines, $reached) = (0, 0);

	for my $line (sort { $a <=> $b } keys %{ $count{$file} })
	{
		my $source = $text{$file}{$line};

		$lines++;
		if ($count{$file}{$line}) { $reached++; next }
		my ($entries) = grep { $_->{$file}{$source} } \%explained, \%optional;
		if ($entries) { $entries->{$file}{$source}--; $told++; next }
		print "not reached: $file:$line: $source\n";
		$errors++;
	}
	printf "%-40s %5d of %5d lines %6.1f %%\n", $file, $reached, $lines, 100 * $reached / $lines;
	$all += $lines;
	$run += $reached;
}
for my $file (sort keys %explained)
{
	for my $source (sort keys %{ $explained{$file} })
	{
		next if !$explained{$file}{$source};
		print "explained, but reached or not there: $file: $source\n";
		$errors++;
	}
}
printf "%d of %d lines of src are run, %.2f %%; %d explained, %d not\n", $run, $all, 100 * $run / $all, $told, $all - $run - $told;
exit($errors || $run < 0.95 * $all ? 1 : 0);
