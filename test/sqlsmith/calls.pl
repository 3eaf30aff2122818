# Calls every function and procedure of user360 with random and extreme values,
# and writes to the attached tables with such, from several sessions at once.
#   calls.pl SECONDS SEED SESSIONS
# What comes of it stands in the server's log and in its statistics; an
# error is a right answer here.

use strict;
use warnings;
use utf8;

use DBI;

my ($seconds, $seed, $sessions) = @ARGV;
my $end = time + $seconds;

my %pool = (
	bot => [qw(steady phones later free)],
	channel => [qw(web whatsapp email sms telegram fax)],
	kind => [qw(chat email)],
	sender_form => ['phone'],
	property => [qw(userId firstName lastName gender country city language timezone email phone lastChannel dob emailOptin smsOptin whatsAppOptin tags
), 'customer number', map { "a $_" } qw(string number time date datetime list boolean phone url email)],
	type => [qw(string number time date datetime list boolean phone url email)],
	merge_rule => [qw(keep latest union)],
	level => [qw(capture agent engagement_user engagement_admin)],
	role => [qw(clerk postgres guest)],
	platform => [qw(cloud app)],
	conflict => [qw(update retain keep)],
	without_userid => [qw(reject create)],
	userid_column => [qw(email email email phone line)],
	line_column => [qw(line line line email)],
	source => [qw(public.ticket public.request custom)],
	table => [qw(ticket contact request inbox member customer customer_view user360.profile pg_class pg_class_oid_index information_schema.tables)],
	region => [qw(IN DE US GB XX 001)],
	status => [qw(open solved closed)],
	query => ['asha', 'Name 3', 'name', '3@example.com', '9000510003', 'cookie 7'],
);
$pool{userid_property} = $pool{property};
$pool{default_region} = $pool{region};

my %option = (
	overwrite => [qw(own never)], last_seen_resolution => ['1 hour', '0', '-1 day', '178000000 years', 'infinity'], strict_channels => [qw(on off)], tombstones => ['off', '365 days', '1 second'],
	gmail_dots => [qw(on off)], plus_tags => [qw(on off)], casefold => [qw(on off)], strip_separators => [qw(on off)]);
# These shape what verify() takes for right, so only one bot has them changed.
my %free_option = (
	%option, lookalike => [qw(off report refuse)], require_valid_phone => [qw(on off)], default_region => $pool{region}, blocked_patterns => ['%x%', '9%', ',,', '\\', 'a%,%b', '%' x 400]);

my @odd = ('', ' ', "\t\n", "\r", 'null', 'undefined', '0', '000', '-1', 'NaN', 'Infinity', '1e400', '*', "'", '"', '\\', '%', '_', '$1', ';', '{}', '[]', '""', ',', "\x{7f}", "\x{1}",
	'a' x 255, 'a' x 256, 'ab' x 300, "\x{e9}" x 127, "\x{1F600}" x 64, "\x{202E}abc\x{202C}", "\x{FEFF}", "e\x{301}", "\x{301}", "e" . "\x{301}" x 300, "\x{1F468}\x{200D}\x{1F469}", "\x{FDD0}", "\x{10FFFD}",
	"\x{FDFA}" x 50, "\x{AC00}" x 90, "\x{212A}", "\x{FF11}\x{FF12}\x{FF13}", "\x{661}\x{662}\x{663}", "\x{2028}", "\x{A0}", "\x{17F}", "\x{3B1}\x{3C2}", 'ﬁ', 'İ', 'ı', "\x{AD}", "\x{E000}",
	'@', 'a@b', 'a@b.c', 'a@' . 'b.' x 126 . 'c', 'a' x 64 . '@example.com', 'a@xn--a', "a\@\x{fc}ber.example", '"a b"@example.com', 'a@[127.0.0.1]', "\x{fc}\@example.com",
	'+', '+1', '+' . '9' x 40, '00919000500000', '+91 90005 00000', '(0)30 1234', '+1-800-FLOWERS', '+4930123456;ext=5', 'tel:+49-30-123', '9.19E+11', '007', '1' x 15, '1' x 16, '-0', '0.10', '1,5',
	'2026-02-30', '0001-01-01', '9999-12-31', '294276-12-31', '24:00', '23:59:60', '2026-11-24T10:00:00Z', '2026-11-24 10:00:00+15:59', 'infinity', 'true', 'yes',
	'http://example.com/?q=ä', 'https://[::1]/', 'javascript:1', 'http://' . 'a' x 2100, 'xn--', '00000000-0000-0000-0000-000000000000');

sub any { return $_[ int(rand @_) ] }
sub chance { return rand() < $_[0] }

# A value with a few characters taken out, put in or changed.
sub mutate
{
	my ($text) = @_;

	for (1 .. int(rand 4))
	{
		my $at = int(rand(1 + length $text));
		my $char = chr any(int(rand 128) || 1, 160 + int(rand 0x600), 0x2000 + int(rand 0x70), 0xFE00 + int(rand 0x1F0), 0x1F300 + int(rand 0x300), 0xAC00 + int(rand 0x2000));

		substr($text, $at, int(rand 2), any('', $char, $char x any(2, 300)));
	}
	return $text;
}

sub text
{
	return any(@odd) if chance(0.35);
	return mutate(any(@odd, @{ $pool{query} })) if chance(0.8);
	return join '', map { chr(any(33 .. 126, 0xE9, 0x3B1, 0x4E00 + int(rand 0x5000))) } 1 .. any(1, 5, 60, 260, 3000) if chance(0.9);
	return any('x' x 100_000, "\x{4E00}" x 20_000, '["a"]' x 10_000);
}

my %known;    # ids of the database, read again now and then

sub number { return any(0, 1, -1, 5, 20, 100, 2147483647, -2147483648, int(rand 1000)) }
sub timestamp { return any('now', 'yesterday', '-infinity', 'infinity', '4713-11-24 00:00:00+00 BC', '294276-12-31 23:59:59+00', '1970-01-01', '2026-11-24 10:00:00+00', '2100-01-01') }
sub uuid
{
	my ($kind) = @_;
	my $ids = $known{$kind} // $known{profile_id};

	return any(@$ids) if @$ids && chance(0.9);
	return any('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', sprintf('%08x-0000-7000-8000-%012x', rand 2**31, rand 2**31));
}

sub userid { return any(int(rand 120) . '@example.com', int(rand 100) . '@EXAMPLE.org', '+9190005' . (10000 + int(rand 160)), int(rand 120), "+49301234" . int(rand 99)) }

sub json_string { my ($text) = @_; $text =~ s/([\\"])/\\$1/g; $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge; return "\"$text\"" }

sub json
{
	my ($depth) = @_;
	my $kind = $depth > 3 ? int(rand 4) : int(rand 6);

	return any('null', 'true', 'false', '{}', '[]', '""') if $kind == 0;
	return any('0', '-0', '1', '1e5', '1.50', '123456789012345', '1e308', '-1e-300', '9' x 500) if $kind == 1;
	return json_string(text()) if $kind < 4;
	return '[' . join(',', map { json($depth + 1) } 1 .. any(0, 1, 3, 60)) . ']' if $kind == 4;
	return '{' . join(',', map { json_string(chance(0.7) ? any(@{ $pool{property} }) : text()) . ':' . json($depth + 1) } 1 .. any(0, 1, 3, 8)) . '}';
}

# Mostly what a capture gives: properties with values that may fit.
sub properties
{
	return json(0) if chance(0.15);
	return '{' . join(',', map {
			my $property = any(@{ $pool{property} });
			json_string(chance(0.95) ? $property : text()) . ':' . (
				$property =~ /^(userId|email|phone)$/ ? json_string(chance(0.8) ? userid() : mutate(userid()))
				: $property =~ /^(tags|a list)$/ ? '[' . join(',', map { json_string("t" . int(rand 40)) } 1 .. any(0, 1, 2, 30)) . ']'
				: chance(0.6) ? json_string(any('Asha', 'IN', 'Asia/Kolkata', '2000-01-01', '10:00', 'true', '5', 'https://example.com', 'm')) : json(2))
		} 1 .. any(0, 1, 2, 5, 12)) . '}';
}

sub mapping
{
	my $name = chance(0.9) ? any(qw(bot channel sender ticket status closed subject opened_at closed_at contact contacts source where), @{ $pool{property} }) : text();
	my $column = chance(0.9) ? any(qw(id bot channel sender email phone status subject opened_at details details.city contact_id name city inbox_id->public.inbox.kind phone||email), 'NEW.id > 3', 'public.contact') : text();

	return $name . any('=', '=', ':=', '', '->') . $column;
}

sub array
{
	my ($item) = @_;

	return '{' . join(',', map { my $text = $item->(); $text =~ s/([\\"])/\\$1/g; chance(0.05) ? 'NULL' : "\"$text\"" } 1 .. any(0, 1, 2, 5, chance(0.05) ? 400 : 3)) . '}';
}

# A value for an argument, by its type and name; undef is NULL.
sub value
{
	my ($type, $name, $call) = @_;

	return undef if chance(0.06);
	return uuid($name) if $type eq 'uuid';
	return any('t', 'f') if $type eq 'boolean';
	return chance(0.8) ? int(rand 9) . '@example.com' : text() if $type eq 'user360.email';
	return chance(0.8) ? '+49301234' . int(rand 9) : text() if $type eq 'user360.phone';
	return number() if $type =~ /^(integer|bigint)$/;
	return timestamp() if $type =~ /^timestamp/;
	return any('0', '1 day', '-1 day', '1 month', '178000000 years', '-178000000 years', '1 microsecond', '100 years') if $type eq 'interval';
	return any(qw(customer customer_view)) if $type eq 'regclass' && $name eq 'source' && chance(0.8);
	return any(@{ $pool{table} }, chance(0.1) ? int(rand 20000) : 'ticket') if $type eq 'regclass';
	return any(undef, '{"line": null, "number": "a number"}', '{"line": null, "number": null, "tags": "a list"}') if $type eq 'jsonb' && $name eq 'mapping' && chance(0.8);
	return $name eq 'properties' ? properties() : json(0) if $type eq 'jsonb';
	return array($name eq 'mapping' ? \&mapping : $name eq 'channels' ? sub { any(@{ $pool{channel} }) } : \&text) if $type eq 'text[]';
	if ($name eq 'bot')
	{
		return $call->{bot} = any(@{ $pool{bot} }) if chance(0.93);
		return any('*', '', 'nobody', text());
	}
	if ($name eq 'option')
	{
		my $options = ($call->{bot} // '') eq 'free' ? \%free_option : \%option;
		return $call->{option} = any(keys %$options);
	}
	return any(@{ $free_option{ $call->{option} } }) if defined $call->{option} && $name eq 'value' && chance(0.8);
	return any(chance(0.5) ? 'cookie ' . int(rand 420) : '9190005' . (10000 + int(rand 160)), userid(), text()) if $name eq 'sender';
	return any(int(rand 900), text()) if $name eq 'ticket';
	return chance(0.7) ? userid() : mutate(userid()) if $name =~ /userid$|^value$|^email$|^phone$|^\$?\d*$/ && chance(0.7);
	return any(@{ $pool{$name} }) if $pool{$name} && chance(0.85);
	return substr text(), 0, 63 if $type eq 'name';
	return text();
}

sub call
{
	my ($function) = @_;
	my @types = @{ $function->{types} };
	# Arguments with a default may be left out from the right.
	my $given = @types - (chance(0.5) ? int(rand(1 + $function->{defaults})) : 0);
	my (@values, @places, %call);

	for my $i (0 .. $given - 1)
	{
		push @values, value($types[$i], $function->{names}[$i] // '', \%call);
		# The mapping of a table is the last argument, and a list.
		push @places, ($function->{variadic} && $i == $#types ? 'VARIADIC ' : '') . "?::$types[$i]";
	}
	my $arguments = join ', ', @places;
	return ("CALL user360.$function->{name}($arguments)", @values) if $function->{kind} eq 'p';
	return ("SELECT * FROM user360.$function->{name}($arguments)", @values);
}

sub row_change
{
	my $id = int(rand 900);
	my @ticket = (value('text', 'bot', {}), value('text', 'channel', {}), value('text', 'sender', {}), value('text', 'email', {}), value('text', 'phone', {}), any(@{ $pool{status} }), text(), any(timestamp(), 'now'), json(1));

	return any(
		[ 'INSERT INTO ticket VALUES (?::bigint, ?, ?, ?, ?, ?, ?, ?, ?::timestamptz, ?::jsonb) ON CONFLICT DO NOTHING', 800 + $id, @ticket ],
		[ 'UPDATE ticket SET bot = ?, channel = ?, sender = ?, email = ?, phone = ?, status = ?, subject = ?, opened_at = ?::timestamptz, details = ?::jsonb WHERE id = ?', @ticket, $id ],
		[ 'UPDATE ticket SET status = ? WHERE id = ?', any(@{ $pool{status} }), $id ],
		[ 'DELETE FROM ticket WHERE id = ?', $id ],
		[ 'INSERT INTO contact VALUES (?::int, ?, ?, ?, ?) ON CONFLICT DO NOTHING', $id, map { value('text', $_, {}) } qw(email phone query query) ],
		[ 'UPDATE contact SET email = ?, phone = ?, name = ?, city = ? WHERE id = ?', (map { value('text', $_, {}) } qw(email phone query query)), $id % 150 ],
		[ 'DELETE FROM contact WHERE id = ?', $id % 150 ],
		[ 'INSERT INTO request VALUES (?, ?::int, ?::int, ?) ON CONFLICT DO NOTHING', 200 + $id, $id % 150, any(1 .. 4), any(@{ $pool{status} }) ],
		[ 'UPDATE request SET contact_id = ?, inbox_id = ?, status = ? WHERE id = ?::text', int(rand 150), any(1 .. 4, undef), any(@{ $pool{status} }), $id % 300 ],
		[ 'DELETE FROM request WHERE id = ?::text', $id % 300 ],
		[ 'UPDATE member SET email = ?, score = ?, born = ?::date WHERE id = ?', value('text', 'email', {}), any(1, undef), any('2000-01-01', 'infinity', undef), 1 + int(rand 20) ],
		[ 'UPDATE customer SET email = ?, "First Name" = ?, phone = ?, tags = ?, dob = ?, number = ? WHERE line = ?', (map { value('text', $_, {}) } qw(email query phone query query query)), 1 + int(rand 60) ],
		[ 'UPDATE user360.profile SET userid = ? WHERE bot = ? AND profile_id = ?::uuid', userid(), any(@{ $pool{bot} }), uuid('profile_id') ],
		[ 'DELETE FROM user360.profile WHERE bot = ? AND profile_id = ?::uuid', any(@{ $pool{bot} }), uuid('profile_id') ]);
}

sub connect_as
{
	my ($user) = @_;

	for (1 .. 60)
	{
		my $db = DBI->connect("dbi:Pg:dbname=calls;host=$ENV{PGHOST};port=$ENV{PGPORT}", $user, '', { PrintError => 0, PrintWarn => 0, RaiseError => 0, pg_enable_utf8 => 1 });
		if ($db)
		{
			$db->do($_) for q{SET client_min_messages = error}, q{SET statement_timeout = '20s'}, q{SET lock_timeout = '5s'}, q{SET jit = off};
			return $db;
		}
		# The server may be coming up again after a crash, which its log tells of.
		sleep 1;
	}
	die "the server is not there\n";
}

sub functions
{
	my ($db) = @_;

	return map { { name => $_->[0], kind => $_->[1], defaults => $_->[2], types => $_->[3], names => $_->[4], variadic => $_->[5] } } @{
		$db->selectall_arrayref(q{
			SELECT p.proname, p.prokind, p.pronargdefaults, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS u (t, n) ORDER BY n), coalesce(p.proargnames, '{}'), p.provariadic <> 0
			FROM pg_proc AS p
			WHERE p.pronamespace = 'user360'::regnamespace AND p.prorettype <> 'trigger'::regtype AND 'internal'::regtype <> ALL (p.proargtypes) AND 'cstring'::regtype <> ALL (p.proargtypes)
			ORDER BY p.oid}) };
}

sub session
{
	my ($number) = @_;
	my $user = $number % 2 ? 'clerk' : 'postgres';
	my $db = connect_as($user);
	my @functions = functions($db);
	# A capture and a merge make what the others need.
	my @likely = grep { $_->{name} =~ /^(identify|merge_profiles|update_contact|import_users|backfill|track)$/ } @functions;
	my ($calls, $errors, $open) = (0, 0, 0);

	srand($seed * 1000 + $number);
	while (time < $end)
	{
		if ($calls % 100 == 0)
		{
			for my $table (qw(profile merge event import))
			{
				my $key = "${table}_id";
				my $rows = $open ? undef : $db->selectcol_arrayref("SELECT $key FROM user360.$table ORDER BY md5($key\:\:text || $calls) LIMIT 60");
				$known{$key} = $rows if $rows;
			}
			$known{$_} = $known{profile_id} for qw(source_id target_id);
			$known{resume} = $known{import_id};
			$known{before_id} = $known{event_id};
		}
		if (!$open && chance(0.08))
		{
			$open = $db->do('BEGIN ISOLATION LEVEL ' . any('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')) ? 1 : 0;
		}
		elsif ($open && chance(0.3))
		{
			$db->do(any('COMMIT', 'COMMIT', 'ROLLBACK'));
			$open = 0;
		}
		my ($sql, @values) = chance(0.25) ? @{ row_change() } : call(chance(0.3) ? any(@likely) : any(@functions));
		$db->do('SAVEPOINT s') if $open;
		my $statement = $db->prepare($sql, { pg_server_prepare => chance(0.5) ? 1 : 0 });
		$calls++;
		if ($statement && $statement->execute(@values)) { $statement->fetchall_arrayref if $statement->{NUM_OF_FIELDS} }
		else
		{
			$errors++;
			if (!$db->ping) { $db = connect_as($user); $open = 0 }
			elsif ($open) { $db->do('ROLLBACK TO s') }
		}
	}
	$db->do('ROLLBACK') if $open;
	$db->disconnect;
	print "session $number as $user: $calls calls, $errors refused\n";
	return;
}

binmode STDOUT, ':utf8';
$| = 1;
for my $number (1 .. $sessions)
{
	my $child = fork // die "fork: $!\n";
	next if $child;
	session($number);
	exit 0;
}
my $bad = 0;
while (wait > 0) { $bad++ if $? }
exit $bad ? 1 : 0;
