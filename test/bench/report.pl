# perl report.pl RESULTS PLOT: the tables of what run.pl has measured, as
# Markdown, and the plot of cost against size as SVG.
use strict;
use warnings;
use POSIX 'floor';

my ($results, $plot) = @ARGV;
my @solutions = qw(user360 peer bare);
my @operations = (
	['card', 'card', 1 / 2],
	['known', 'capture, known, no news', 1 / 2],
	['new', 'capture, new customer', 1 / 2],
	['merge', 'unidentified, then recognised', 1 / 2],
	['ticket', 'ticket insert', 1 / 3],
	['given', 'ticket with name, e-mail, phone', 1 / 3],
	['activity', 'activity, 20 rows'],
	['import', 'import, a row'],
);
my $bare_limit = 1.6;
my $growth_limit = 1.2;

my (%of, %is_size, %conditions);
open my $in, '<', $results or die "$results: $!";
while (<$in>)
{
	chomp;
	my ($profiles, $operation, $clients, $solution, undef, @figures) = split /\t/;
	if ($operation eq 'conditions') { $conditions{$profiles} = $clients; next }
	$is_size{$profiles} = 1;
	push @{ $of{$profiles}{$operation}{$clients}{$solution} }, \@figures;
}
my @sizes = sort { $a <=> $b } keys %is_size;

# throughput, p50, p99, processor time, WAL, page images
sub median
{
	my ($profiles, $operation, $clients, $solution, $figure) = @_;
	my $runs = $of{$profiles}{$operation}{$clients}{$solution} or return undef;
	my @sorted = sort { $a <=> $b } map { $_->[$figure] // () } @$runs;
	return @sorted ? $sorted[$#sorted / 2] : undef;
}

# Processor time above SELECT 1 of the same interleaved runs, which sends as many
# statements; an import is one statement for all of its rows.
sub cost
{
	my ($profiles, $operation, $clients, $solution) = @_;
	my $whole = median($profiles, $operation, $clients, $solution, 3) // return undef;
	return $operation eq 'import' ? $whole : $whole - median($profiles, $operation, $clients, 'select1', 3);
}

sub grouped
{
	my ($number) = @_;
	1 while $number =~ s/^(\d+)(\d{3})/$1,$2/;
	return $number;
}

sub rounded
{
	my ($value) = @_;
	return '' unless defined $value;
	return grouped(sprintf $value < 10 ? '%.1f' : '%.0f', $value);
}

sub ratio
{
	my ($of, $to, $limit) = @_;
	return '' unless defined $of && defined $to && $to > 0;
	my $text = sprintf '%.2f', $of / $to;
	return $text if !defined $limit;
	return $of / $to <= $limit ? $text : "**$text**";
}

sub table
{
	my ($head, @rows) = @_;
	print '| ', join(' | ', @$head), " |\n|", join('|', map { /^(operation|)$/ ? ' --- ' : ' ---: ' } @$head), "|\n";
	print '| ', join(' | ', @$_), " |\n" for @rows;
	print "\n";
}

sub clients_of { return $_[0] eq 'import' ? (1) : (1, 8) }

sub each_measured
{
	my ($row) = @_;
	my @rows;
	for my $operation (@operations)
	{
		for my $clients (clients_of($operation->[0]))
		{
			for my $profiles (@sizes)
			{
				next unless defined cost($profiles, $operation->[0], $clients, 'user360');
				push @rows, [$operation->[1], $clients, grouped($profiles), $row->($profiles, $operation->[0], $clients, $operation->[2])];
			}
		}
	}
	return @rows;
}

print "Medians of interleaved runs.\n\n";
print '- ', grouped($_), " profiles: $conditions{$_}\n" for grep { defined $conditions{$_} } @sizes;

print "\n**Server processor time an operation**, microseconds above `SELECT 1`; limits: half of the peer, a third for a ticket; $bare_limit times bare; what misses a limit stands in bold\n\n";
table(['operation', 'clients', 'profiles', 'user360', 'peer', 'bare', 'user360 / peer', 'user360 / bare'],
	each_measured(sub {
		my ($profiles, $operation, $clients, $limit) = @_;
		my ($ours, $peer, $bare) = map { cost($profiles, $operation, $clients, $_) } @solutions;
		return (map { rounded($_) } $ours, $peer, $bare), ratio($ours, $peer, $limit), ratio($ours, $bare, $bare_limit);
	}));

if (@sizes > 1)
{
	my ($small, $large) = @sizes[0, -1];
	printf "**Growth of that time** from %s to %s profiles; limit: %s times the growth of bare\n\n", grouped($small), grouped($large), $growth_limit;
	my @rows;
	for my $operation (@operations)
	{
		for my $clients (clients_of($operation->[0]))
		{
			my @cost = map { my $s = $_; [map { cost($_, $operation->[0], $clients, $s) } $small, $large] } @solutions;
			next if grep { !defined $_->[0] || !defined $_->[1] || $_->[0] <= 0 || $_->[1] <= 0 } @cost;
			my @growth = map { $_->[1] / $_->[0] } @cost;
			push @rows, [$operation->[1], $clients, (map { sprintf '%.2f', $_ } @growth), ratio($growth[0], $growth[2], $growth_limit)];
		}
	}
	table(['operation', 'clients', 'user360', 'peer', 'bare', 'user360 / bare'], @rows);
}

print "**Throughput**, operations a second, and latency in milliseconds, p50 / p99\n\n";
table(['operation', 'clients', 'profiles', map { ($_, 'p50 / p99') } @solutions],
	each_measured(sub {
		my @key = @_[0 .. 2];
		return map {
			my $solution = $_;
			my ($tps, $p50, $p99) = map { median(@key, $solution, $_) } 0 .. 2;
			defined $tps ? (rounded($tps), $key[1] eq 'import' ? '' : sprintf('%.2f / %.2f', $p50 / 1000, $p99 / 1000)) : ('', '');
		} @solutions;
	}));

print "**WAL an operation**, bytes, and with the images of pages that were changed for the first time since the checkpoint before each run\n\n";
table(['operation', 'clients', 'profiles', map { ($_, 'with images') } @solutions],
	grep { $_->[3] ne '0.0' || $_->[5] ne '0.0' } each_measured(sub {
		my @key = @_[0 .. 2];
		return map {
			my ($records, $images) = (median(@key, $_, 4), median(@key, $_, 5));
			(rounded($records), defined $images ? rounded($records + $images) : '');
		} @solutions;
	}));

print "**Disk**, bytes with indexes as loaded, and the seconds that loading took\n\n";
table(['', 'profiles', @solutions], map {
	my $profiles = $_;
	my $disk = sub { my ($part) = @_; return map { my $n = median($profiles, $part, 0, $_, 1); $n ? rounded(median($profiles, $part, 0, $_, 0) / $n) : '' } @solutions };
	(['a profile and its sender', grouped($profiles), $disk->('disk of profile and sender')],
	['an event', grouped($profiles), $disk->('disk of event')],
	['loading, s', grouped($profiles), map { rounded(median($profiles, 'loading', 0, $_, 0)) } @solutions]);
} @sizes);

# The plot: a panel an operation, size to the right by its logarithm.
my %colour = (user360 => '#0b5cad', peer => '#c2410c', bare => '#52606d');
my ($panel_width, $panel_height, $columns) = (340, 250, 3);
my ($left, $right, $top, $bottom) = (58, 92, 34, 44);
my $header = 62;
my @panels = grep { my $o = $_; grep { defined cost($_, $o->[0], 1, 'user360') } @sizes } @operations;
my $rows = int((@panels + 1 + $columns - 1) / $columns);
my ($width, $height) = ($panel_width * $columns + 20, $header + $panel_height * $rows + 10);
my @svg;

sub text
{
	my ($x, $y, $text, %style) = @_;
	my $attributes = join '', map { qq( $_="$style{$_}") } sort keys %style;
	push @svg, sprintf '<text x="%.1f" y="%.1f"%s>%s</text>', $x, $y, $attributes, $text;
}

sub line
{
	my ($x1, $y1, $x2, $y2, $colour, $stroke) = @_;
	push @svg, sprintf '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%s"/>', $x1, $y1, $x2, $y2, $colour, $stroke;
}

sub short_size
{
	my ($n) = @_;
	return $n >= 1e6 ? $n / 1e6 . 'M' : $n >= 1e3 ? $n / 1e3 . 'k' : $n;
}

# The step of an axis with two to five of them: 1, 2 or 5 times a power of ten.
sub step
{
	my ($max) = @_;
	my $power = 10 ** floor(log($max / 4) / log(10));
	for my $times (1, 2, 5) { return $power * $times if $power * $times * 5 >= $max }
	return $power * 10;
}

sub panel
{
	my ($operation, $x, $y) = @_;
	my ($name, $title) = @$operation;
	my ($x0, $x1, $y0, $y1) = ($x + $left, $x + $panel_width - $right, $y + $panel_height - $bottom, $y + $top);
	my %points;
	my $max = 0;
	for my $solution (@solutions)
	{
		for my $profiles (@sizes)
		{
			my $cost = cost($profiles, $name, 1, $solution) // next;
			push @{ $points{$solution} }, [$profiles, $cost];
			$max = $cost if $cost > $max;
		}
	}
	my $step = step($max);
	my $highest = $step * (int($max / $step) + ($max / $step == int($max / $step) ? 0 : 1));
	my ($low, $high) = (log($sizes[0]), log($sizes[-1]));
	my $at_x = sub { $high > $low ? $x0 + 10 + (log($_[0]) - $low) / ($high - $low) * ($x1 - $x0 - 20) : ($x0 + $x1) / 2 };
	my $at_y = sub { $y0 - $_[0] / $highest * ($y0 - $y1) };

	text($x0 - 40, $y + 18, $title, 'font-weight' => 'bold', 'font-size' => 14);
	for (my $tick = 0; $tick <= $highest + $step / 2; $tick += $step)
	{
		line($x0, $at_y->($tick), $x1, $at_y->($tick), $tick == 0 ? '#8a94a0' : '#e3e7eb', 1);
		text($x0 - 6, $at_y->($tick) + 4, grouped($tick) . ($tick > $highest - $step / 2 ? ' µs' : ''), 'text-anchor' => 'end', fill => '#52606d');
	}
	for my $profiles (@sizes)
	{
		line($at_x->($profiles), $y0, $at_x->($profiles), $y0 + 4, '#8a94a0', 1);
		text($at_x->($profiles), $y0 + 17, short_size($profiles), 'text-anchor' => 'middle', fill => '#52606d');
	}
	text(($x0 + $x1) / 2, $y0 + 33, 'profiles', 'text-anchor' => 'middle', fill => '#52606d');

	# labels at the ends of the lines, apart from each other
	my $label_y;
	for my $solution (sort { $points{$b}[-1][1] <=> $points{$a}[-1][1] } keys %points)
	{
		my @at = map { [$at_x->($_->[0]), $at_y->($_->[1])] } @{ $points{$solution} };
		push @svg, sprintf '<polyline fill="none" stroke="%s" stroke-width="2.2" points="%s"/>', $colour{$solution},
			join ' ', map { sprintf '%.1f,%.1f', @$_ } @at;
		push @svg, map { sprintf '<circle cx="%.1f" cy="%.1f" r="3.4" fill="%s"/>', @$_, $colour{$solution} } @at;
		my $wanted = $at[-1][1] + 4;
		$label_y = defined $label_y && $wanted < $label_y + 14 ? $label_y + 14 : $wanted;
		text($at[-1][0] + 9, $label_y, "$solution " . rounded($points{$solution}[-1][1]), fill => $colour{$solution}, 'font-weight' => 'bold');
	}
}

text(20, 28, 'What an operation costs the server, by the number of profiles', 'font-size' => 18, 'font-weight' => 'bold');
text(20, 48, 'microseconds of processor time above SELECT 1, one client, prepared, medians of interleaved runs; sizes on a logarithmic axis',
	'font-size' => 13, fill => '#52606d');
my $place = 0;
my $where = sub { (10 + $panel_width * ($place % $columns), $header + $panel_height * int($place / $columns)) };
for my $operation (@panels)
{
	panel($operation, $where->());
	$place++;
}
my ($x, $y) = $where->();
my %meaning = (user360 => 'this extension', peer => 'the same rules in PL/pgSQL', bare => 'the statements any solution runs');
for my $solution (@solutions)
{
	$y += 40;
	line($x + 20, $y - 4, $x + 50, $y - 4, $colour{$solution}, 2.2);
	push @svg, sprintf '<circle cx="%.1f" cy="%.1f" r="3.4" fill="%s"/>', $x + 35, $y - 4, $colour{$solution};
	text($x + 60, $y, $solution, fill => $colour{$solution}, 'font-weight' => 'bold', 'font-size' => 14);
	text($x + 60, $y + 16, $meaning{$solution}, fill => '#52606d');
}
open my $out, '>', $plot or die "$plot: $!";
print $out qq(<svg xmlns="http://www.w3.org/2000/svg" width="$width" height="$height" viewBox="0 0 $width $height" ),
	qq(font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="#1f2933">\n),
	qq(<rect width="$width" height="$height" fill="#ffffff"/>\n), join("\n", @svg), "\n</svg>\n";
