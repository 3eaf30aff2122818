# Sixteen clients at once over 20 userIds, some senders and tickets in each of
# five bots: every kind of operation, one call a transaction, some of them under
# a snapshot.  The server is killed twice in the middle.  Afterwards verify()
# finds nothing, every capture and ticket that was acknowledged is there, and
# nobody was thrown out by a deadlock.
#
#   STRESS_SECONDS=300 STRESS_SEED=7 make stress

use strict;
use warnings;

use IPC::Open2;
use IO::Handle;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $seconds = $ENV{STRESS_SECONDS} || 60;
my $seed = $ENV{STRESS_SEED} || time % 1_000_000 | 0;
my ($clients, $bots, $userids, $senders) = (16, 5, 20, 40);

# In the first three bots nobody is ever erased, so what was acknowledged stays.
my $keeping = 3;

my $node = PostgreSQL::Test::Cluster->new('stress');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "deadlock_timeout = 200ms\nmax_connections = 60\nlog_statement = none\n");
$node->start;
note "seed $seed, $clients clients, $seconds seconds";

$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION user360;
SELECT user360.create_bot('b' || b, 'email', ARRAY['web', 'wa', 'email']) FROM generate_series(1, $bots) AS b;
SELECT user360.define_property('b' || b, 'plan', 'string', 'latest') FROM generate_series(1, $bots) AS b;
SELECT user360.define_property('b' || b, 'labels', 'list', 'union') FROM generate_series(1, $bots) AS b;
CREATE ROLE agent;
CREATE TABLE ticket (id text PRIMARY KEY, bot text, channel text, sender text, email text, status text DEFAULT 'open',
	created_at timestamptz DEFAULT clock_timestamp());
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');
});

# What the operations are over.
my $bot;

sub any { return $_[ int(rand @_) ] }
sub email { return 'customer' . int(rand $userids) . '@example.com' }
sub quoted { my ($text) = @_; return "'$text'" }
sub sender { return quoted('s' . int(rand $senders)) }
sub of_bot { return quoted("b$bot") }

sub properties
{
	my @pairs = map { any(
			'"firstName": "Name ' . int(rand 9) . '"', '"city": "City ' . int(rand 9) . '"', '"country": "IN"',
			'"plan": "plan ' . int(rand 9) . '"', '"labels": ["l' . int(rand 9) . '"]', '"tags": ["t' . int(rand 9) . '"]',
			'"phone": "+9190005000' . (10 + int(rand 90)) . '"', '"timezone": "Asia/Kolkata"') } 1 .. 2;
	return quoted('{' . join(', ', @_, keys %{ { map { $_ => 1 } @pairs } }) . '}');
}

# Some profile of the bot: whoever has a userId, a sender, or is merged.
sub profile
{
	my $b = of_bot();

	return any(
		"(SELECT profile_id FROM user360.profile WHERE bot = $b AND userid = " . quoted(email()) . ')',
		"(SELECT profile_id FROM user360.sender WHERE bot = $b AND channel = 'web' AND sender = " . sender() . ')');
}

# A kind of operation, how often, its statement, and what it leaves for good.
my @operations = (
	[ 'capture', 12, sub { "SELECT FROM user360.identify(" . of_bot() . ", 'web', " . sender() . ', ' . properties() . ')' } ],
	[ 'capture with userId', 16, sub {
			my ($email, $sender, $channel) = (email(), sender(), any('web', 'wa'));
			return ("SELECT FROM user360.identify(" . of_bot() . ", '$channel', $sender, " . properties(qq{"email": "$email"}) . ')',
				"capture|b$bot|$channel|$sender|$email");
		} ],
	[ 'capture by mail', 5, sub {
			my $email = email();
			return ("SELECT FROM user360.identify(" . of_bot() . ", 'email', '$email', " . properties() . ')',
				"capture|b$bot|email|'$email'|$email");
		} ],
	[ 'ticket', 16, sub {
			my ($id) = @_;
			return ("INSERT INTO ticket (id, bot, channel, sender, email) VALUES ('$id', " . of_bot() . ", 'web', " . sender() .
				', ' . any('NULL', quoted(email())) . ')', "ticket|b$bot|$id");
		} ],
	[ 'ticket changed', 5, sub { "UPDATE ticket SET status = 'solved' WHERE id = (SELECT id FROM ticket WHERE bot = " . of_bot() . ' ORDER BY random() LIMIT 1)' } ],
	[ 'ticket moved', 2, sub { 'UPDATE ticket SET sender = ' . sender() . ' WHERE id = (SELECT id FROM ticket WHERE bot = ' . of_bot() . ' ORDER BY random() LIMIT 1)' } ],
	[ 'card', 10, sub { 'SELECT FROM user360.contact_card(' . of_bot() . ', ' . quoted(email()) . ')' } ],
	[ 'card and activity', 5, sub { 'SELECT FROM user360.contact_card_for_sender(' . of_bot() . ", 'web', " . sender() . ') AS c, user360.recent_activity(' . of_bot() . ', c.profile_id, 5)' } ],
	[ 'event from elsewhere', 4, sub { 'SELECT user360.track(' . of_bot() . ', ' . profile() . ", 'page_seen', event_id => " . any('NULL', sprintf "'00000000-0000-7000-8000-0000000000%02d'", rand 10) . ')' } ],
	[ 'whole timeline', 3, sub { 'SELECT count(*) FROM user360.all_activity(' . of_bot() . ', ' . profile() . ', 10)' } ],
	[ 'search', 3, sub { 'SELECT count(*) FROM user360.find_contacts(' . of_bot() . ', ' . any(quoted(email()), sender(), "'a'") . ', 5)' } ],
	[ 'export', 0.5, sub { 'SELECT user360.export_user(' . of_bot() . ', ' . profile() . ') IS NOT NULL' } ],
	[ 'page', 3, sub { 'SELECT user360.user_page(' . of_bot() . ', ' . profile() . ')' } ],
	[ 'explanation', 2, sub { 'SELECT count(*) FROM user360.explain_profile(' . of_bot() . ', ' . profile() . ')' } ],
	[ 'edit', 6, sub { 'SELECT user360.update_contact(' . of_bot() . ', ' . profile() . ', ' . properties(any('"gender": null', '"gender": "f"', '"labels": ["x"]')) . ')' } ],
	[ 'merge', 6, sub { 'SELECT FROM user360.merge_profiles(' . of_bot() . ', ' . profile() . ', ' . profile() . ')' } ],
	[ 'merge tried', 1, sub { 'SELECT FROM user360.merge_profiles(' . of_bot() . ', ' . profile() . ', ' . profile() . ', true)' } ],
	[ 'unmerge', 6, sub { 'SELECT FROM user360.unmerge(' . of_bot() . ', (SELECT merge_id FROM user360.merge WHERE bot = ' . of_bot() . ' AND undone_at IS NULL ORDER BY random() LIMIT 1))' } ],
	[ 'delete', 2, sub { 'SELECT user360.delete_user(' . of_bot() . ', ' . profile() . ')' }, 'erases' ],
	[ 'replace', 1, sub { 'SELECT user360.replace_userid(' . of_bot() . ', ' . profile() . ', ' . quoted(email()) . ', true)' }, 'erases' ],
	[ 'prune', 1, sub { 'SELECT user360.prune_unidentified(' . of_bot() . ", '1 second')" }, 'erases' ],
	[ 'prune events', 0.3, sub { 'SELECT user360.prune_events(' . of_bot() . ", '20 seconds')" }, 'erases' ],
	[ 'policy', 1, sub { 'SELECT user360.set_option(' . of_bot() . ", 'default_region', " . any("'IN'", "'DE'") . ')' } ],
	[ 'channel', 0.3, sub { 'SELECT user360.add_channel(' . of_bot() . ", 'extra " . int(rand 1000) . "')" } ],
	[ 'adopt', 0.3, sub { 'SELECT user360.adopt_userids(' . of_bot() . ')' } ],
	[ 'access', 0.3, sub { 'SELECT user360.grant_access(' . join(', ', "'agent'", of_bot(), any("'agent'", "'capture'")) . ')' } ],
	[ 'verify', 0.2, sub { 'SELECT 1 / (count(*) = 0)::int FROM user360.verify(' . of_bot() . ')' } ]);
my $weight = 0;
$weight += $_->[1] for @operations;

sub pick
{
	my $at = rand $weight;

	foreach my $operation (@operations)
	{
		$at -= $operation->[1];
		return $operation if $at < 0;
	}
	return $operations[0];
}

# One client: a psql that gets a statement and answers up to a mark; a new one
# where the server went away.
sub client
{
	my ($number, $until, $file) = @_;
	my ($in, $out, $process);
	my (%count, %code, $id);

	srand($seed * 100 + $number);
	open my $log, '>', $file or die $!;
	$log->autoflush(1);
	while (time < $until)
	{
		if (!$process)
		{
			$process = open2($out, $in, "psql -X -q -A -t -v VERBOSITY=sqlstate -d '" . $node->connstr('postgres') . "' 2>&1");
			$in->autoflush(1);
			print $in "SET statement_timeout = '60s';\n";
		}
		$bot = 1 + int rand $bots;
		my $operation = pick();
		$bot = $keeping + 1 + int rand($bots - $keeping) if $operation->[3];
		my ($statement, $left) = $operation->[2]->("c$number-" . ++$id);
		my $level = any(('READ COMMITTED') x 8, 'REPEATABLE READ', 'SERIALIZABLE');
		my ($error, $done, $lost) = ('', 0, 0);

		for my $try (1 .. 20)
		{
			($error, $done) = ('', 0);
			print $in $level eq 'READ COMMITTED' ? "$statement;\n" : "BEGIN ISOLATION LEVEL $level;\n$statement;\nCOMMIT;\n";
			print $in "\\echo done\n";
			while (my $line = <$out>)
			{
				$done = 1, last if $line eq "done\n";
				$error = $1 if $line =~ /ERROR: +(\w{5})/;
				$lost = 1 if $line =~ /FATAL|server closed|connection to server|no connection/;
			}
			last if $lost || !$done;
			$code{"$level $error"}++ if $error ne '';
			last unless $error eq '40001' && $level ne 'READ COMMITTED';
			$count{retry}++;
		}
		if ($lost || !$done)
		{
			close $in;
			close $out;
			waitpid $process, 0;
			$process = undef;
			usleep(200_000);
			next;
		}
		$count{ $operation->[0] }++;
		print $log "$left\n" if $left && $error eq '';
	}
	if ($process) { close $in; close $out; waitpid $process, 0; }
	print $log "count|$_|$count{$_}\n" for keys %count;
	print $log "code|$_|$code{$_}\n" for keys %code;
	close $log;
}

my $folder = PostgreSQL::Test::Utils::tempdir;
my $until = time + $seconds;
my @children;
for my $number (1 .. $clients)
{
	my $child = fork();
	die $! unless defined $child;
	if ($child == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		client($number, $until, "$folder/$number");
		POSIX::_exit(0);
	}
	push @children, $child;
}
for my $kill (1, 2)
{
	usleep(1_000_000 * $seconds / 3);
	my $postmaster = $node->{_pid};
	$node->kill9;

	# the process and its last sessions take a moment to be gone
	usleep(100_000) while kill 0, $postmaster;
	usleep(500_000);
	$node->start;
	note 'killed and started again';
}
waitpid $_, 0 for @children;

# What the clients tell.
my (%count, %code, @left);
for my $number (1 .. $clients)
{
	foreach my $line (split /\n/, slurp_file("$folder/$number"))
	{
		my @part = split /\|/, $line;

		if ($part[0] eq 'count') { $count{ $part[1] } += $part[2]; }
		elsif ($part[0] eq 'code') { $code{ $part[1] } += $part[2]; }
		else { push @left, \@part; }
	}
}
my $retries = delete $count{retry} || 0;
my $operations = 0;
$operations += $_ for values %count;
note sprintf '%-22s %8.1f a second', $_, $count{$_} / $seconds for sort { $count{$b} <=> $count{$a} } keys %count;
note "refused: $_ $code{$_}" for sort keys %code;
my $deadlocks = () = slurp_file($node->logfile) =~ /deadlock detected/g;
note sprintf '%d operations, %.1f a second, %d retries under snapshots, %d deadlocks', $operations, $operations / $seconds, $retries, $deadlocks;

cmp_ok($operations, '>', 20 * $seconds, 'there was stress');
is($deadlocks, 0, 'no deadlock');
foreach my $kind (map { $_->[0] } @operations)
{
	cmp_ok($count{$kind} || 0, '>', 0, "of kind: $kind");
}

# Refusals that a call may meet: an argument that nobody is, a profile or merge
# that is gone or merged by now, a userId that somebody has, a moment of the
# pruned past; and under a snapshot, failures to be tried again.
my %expected = map { $_ => 1 } ('22004', 'U3014', 'U3015', 'U3020', '23505', '55000');
is_deeply(
	[ grep { my ($level, $error) = /(.*) (\w{5})$/; !$expected{$error} && !($error eq '40001' && $level ne 'READ COMMITTED') } sort keys %code ],
	[], 'no call failed otherwise');

# Nothing that was acknowledged is lost.
open my $copy, '>', "$folder/left" or die $!;
print $copy join("\t", (@$_, '', '', '', '')[ 0 .. 4 ]) . "\n" for @left;
close $copy;
$node->safe_psql('postgres', q{CREATE TABLE acknowledged (kind text, bot text, one text, two text, three text)});
$node->safe_psql('postgres', "\\copy acknowledged FROM '$folder/left'");
$node->safe_psql('postgres', q{ANALYZE});
my $acknowledged = $node->safe_psql('postgres', q{SELECT count(*) FROM acknowledged});
cmp_ok($acknowledged, '>', 5 * $seconds, "$acknowledged captures and tickets were acknowledged");

my %sound = (
	'every promise holds, says verify()' => q{
SELECT check_name, bot, detail FROM user360.verify()},
	'a userId is there once' => q{
SELECT bot, userid FROM user360.profile WHERE userid IS NOT NULL GROUP BY bot, userid HAVING count(*) > 1},
	'every acknowledged userId has its profile' => qq{
SELECT DISTINCT a.bot, a.three FROM acknowledged AS a WHERE a.kind = 'capture' AND substr(a.bot, 2)::int <= $keeping
AND NOT EXISTS (SELECT FROM user360.profile AS p WHERE p.bot = a.bot AND p.userid = a.three)},
	'every acknowledged sender is there' => qq{
SELECT DISTINCT a.bot, a.one, a.two FROM acknowledged AS a WHERE a.kind = 'capture' AND substr(a.bot, 2)::int <= $keeping
AND NOT EXISTS (SELECT FROM user360.sender AS n WHERE n.bot = a.bot AND n.channel = a.one AND quote_literal(n.sender) = a.two)},
	'every acknowledged ticket is there' => q{
SELECT a.bot, a.one FROM acknowledged AS a LEFT JOIN ticket AS t ON t.id = a.one WHERE a.kind = 'ticket' AND t.id IS NULL},
	'and recorded where nobody is erased' => qq{
SELECT t.bot, t.id FROM ticket AS t LEFT JOIN user360.ticket AS r ON r.bot = t.bot AND r.ticket = t.id
WHERE substr(t.bot, 2)::int <= $keeping AND r.ticket IS NULL},
	'no other is recorded' => q{
SELECT r.bot, r.ticket FROM user360.ticket AS r LEFT JOIN ticket AS t ON r.bot = t.bot AND r.ticket = t.id WHERE t.id IS NULL},
	'as it is' => q{
SELECT t.id FROM ticket AS t JOIN user360.ticket AS r ON r.bot = t.bot AND r.ticket = t.id
WHERE t.status <> r.status OR (t.status = 'solved') <> (r.closed_at IS NOT NULL)},
	'a previous ticket is of the same customer, and older' => q{
SELECT t.ticket, v.ticket FROM user360.ticket AS t, user360.previous_ticket(t.bot, t.source, t.ticket) AS v, user360.ticket AS w,
	user360.profile AS p, user360.profile AS q
WHERE w.bot = t.bot AND w.source = v.source AND w.ticket = v.ticket AND p.bot = t.bot AND p.profile_id = t.profile_id
	AND q.bot = w.bot AND q.profile_id = w.profile_id
	AND (coalesce(p.merged_into, p.profile_id) <> coalesce(q.merged_into, q.profile_id) OR w.opened_at > t.opened_at)},
	'an event says something' => q{
SELECT name, payload FROM user360.event WHERE name = 'USER_UPDATE' AND payload -> 'newPayload' = '{}' AND NOT payload ? 'newAsGiven'});

for my $what (sort keys %sound)
{
	is($node->safe_psql('postgres', "$sound{$what} LIMIT 5"), '', $what);
}
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM user360.merge WHERE undone_at IS NOT NULL}), '>', 0, 'merges were undone');

$node->stop;
done_testing();
