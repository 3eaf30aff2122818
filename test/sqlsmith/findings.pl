# Reads the server's logs, in JSON and plain, and prints what may not be in them:
# a crash, an assertion, an internal error.  sqlsmith also calls the server's own
# functions with anything; an internal error of these is not ours unless it comes
# out of a statement or a file of ours.

use strict;
use warnings;

use JSON::PP;

my $json = JSON::PP->new->utf8;
my (%seen, %states);

while (my $line = <>)
{
	# Most lines are refusals; to decode them all would take longer than the run.
	next if $line !~ /"state_code":"XX|PANIC|terminated by|another server process|TRAP:|stack smashing|AddressSanitizer|runtime error:|cache lookup failed|could not open relation|unrecognized node type/;
	my $entry = $line =~ /^\{/ ? eval { $json->decode($line) } : undef;

	if (!$entry)
	{
		$seen{$line} ||= $line if $line =~ /terminated by signal|TRAP:|PANIC|stack smashing|AddressSanitizer|runtime error:/;
		next;
	}
	my ($state, $message) = ($entry->{state_code} // '', $entry->{message} // '');

	next if $entry->{error_severity} =~ /^(DETAIL|HINT|STATEMENT)$/;
	my $crash = $entry->{error_severity} eq 'PANIC' || $message =~ /terminated by signal|was terminated by exception|crash of another server process/;
	my $internal = $state =~ /^XX/ || $message =~ /cache lookup failed|could not open relation|unrecognized node type/;
	next if !$crash && !$internal;
	my $ours = ($entry->{dbname} // '') eq 'calls' || ($entry->{context} // '') =~ /user360/ || ($entry->{file_name} // '') =~ m{^src/};
	next if !$crash && !$ours;

	# One of each kind is enough.
	my $kind = join ' ', $state, $entry->{file_name} // '', $entry->{file_line_num} // '', $entry->{func_name} // '';
	next if $seen{$kind}++;
	print join "\n\t", "$state $message", grep { defined && length } map { my $text = $entry->{$_}; defined $text ? "$_: " . substr($text, 0, 2000) : undef } qw(context statement func_name file_name file_line_num user dbname);
	print "\n";
}
print for grep { !/^\d+$/ } values %seen;
