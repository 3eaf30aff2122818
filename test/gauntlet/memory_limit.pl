# Out of memory: the address space of one session after another is limited to
# what it has and a little more, from nothing to as much as everything needs.
# Whatever fails, fails with 53200, leaves the session usable, as whom it was and
# with its settings, and nothing half done.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($found) = run_command([ 'sh', '-c', 'command -v prlimit' ]);
plan skip_all => 'prlimit is not installed' if $found eq '';

my $node = PostgreSQL::Test::Cluster->new('memory_limit');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nlog_statement = none\nshared_buffers = 16MB\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);
CREATE ROLE app LOGIN;
SELECT user360.grant_access('app', 'shop', 'engagement_admin');
CREATE TABLE ticket (ticket text PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text, email text, subject text);
CREATE TABLE big (text text, json jsonb);
INSERT INTO big SELECT string_agg(md5(n::text), ''), jsonb_agg(md5(n::text)) FROM generate_series(1, 60000) AS n;
ALTER TABLE ticket OWNER TO app;
GRANT SELECT ON big TO app;
GRANT CREATE ON SCHEMA public TO app;
SET ROLE app;
SELECT user360.attach_tickets('ticket', 'email=email', 'subject=subject');
CREATE TABLE source AS SELECT 'user' || n || '@example.com' AS email, 'Name ' || n AS "firstName" FROM generate_series(1, 2000) AS n;
SELECT count(i) FROM generate_series(1, 1000) AS n, user360.identify('shop', 'web', 'cookie ' || n,
	jsonb_build_object('email', 'user' || n || '@example.com', 'firstName', 'Name ' || n, 'tags', jsonb_build_array(repeat('t', 200), n::text))) AS i;
SELECT count(m) FROM user360.profile AS a, user360.profile AS b, user360.merge_profiles('shop', b.profile_id, a.profile_id) AS m
WHERE a.userid = 'user1@example.com' AND b.userid LIKE 'user2%';
CREATE TABLE told (margin int, step int);
});

my $user1 = q{(SELECT profile_id FROM user360.profile WHERE bot = 'shop' AND userid = 'user1@example.com')};
my @steps = (
	q{SELECT FROM user360.contact_card('shop', 'user1@example.com')},
	q{SELECT FROM user360.identify('shop', 'web', 'new :margin', '{"email": "new:margin@example.com", "city": "new:margin"}')},
	q{INSERT INTO ticket (ticket, sender, email, subject) SELECT 'big :margin', 'big :margin', 'big:margin@example.com', text FROM big},
	qq{SELECT user360.track('shop', $user1, 'big :margin', json_build_object('x', json)::jsonb) FROM big},
	qq{SELECT user360.update_contact('shop', $user1, '{"city": "edit :margin"}')},
	qq{SELECT length(user360.export_user('shop', $user1)::text)},
	qq{SELECT length(user360.user_page('shop', $user1)::text)},
	q{SELECT count(*) FROM user360.find_contacts('shop', 'name', 100)},
	q{CALL user360.import_users('shop', 'source', 'email', tags => '{t:margin}')},
	q{SELECT FROM user360.unmerge('shop', (SELECT merge_id FROM user360.merge WHERE undone_at IS NULL LIMIT 1))},
	q{SELECT count(*) FROM user360.verify('shop')});

# Runs every step in a session that has so much more than at its start; answers
# the SQLSTATE of each, what stood around it, and what the session is then.
sub run_limited
{
	my ($margin) = @_;
	my $sql = q{
\set VERBOSITY verbose
SELECT pg_backend_pid() AS pid \gset
\setenv PID :pid
\! prlimit --pid=$PID --as=$(( $(awk '/^VmSize:/ {print $2}' /proc/$PID/status) * 1024 + MARGIN ))
};
	for my $step (0 .. $#steps)
	{
		$sql .= "\\echo step $step\n\\warn step $step\n$steps[$step];\nSELECT 'is ' || concat_ws(' ', current_user, session_user, current_setting('enable_seqscan'), current_setting('enable_hashjoin'), current_setting('work_mem'));\n";
	}
	$sql =~ s/MARGIN/$margin * 1024/e;
	$sql =~ s/:margin/$margin/g;
	my ($out, $error) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres') . ' user=app', '-f', '-' ], '<', \$sql, '>', \$out, '2>', \$error);
	return ($out, $error);
}

my (%failed, %of_ours, %other, @unusable, $lost);
my $as_it_was = 'is app app on on 4MB';
my ($all_went, $margin) = (0, 0);
while (!$all_went && $margin < 400_000)
{
	my ($out, $error) = run_limited($margin);
	my @outs = split /^step \d+\n/m, $out;
	my @errors = split /^step \d+\n/m, $error;

	if ($error =~ /server closed|FATAL|PANIC/)
	{
		$lost .= "$margin: $error";
		last;
	}
	$all_went = 1;
	for my $step (0 .. $#steps)
	{
		my $told = $errors[ $step + 1 ] // '';

		# the look at the session may lack memory itself
		while ($told =~ /ERROR:\s+(\w{5}): (.*)/g)
		{
			$all_went = 0;
			# the loader's own word for it
			if ($1 eq '53200' || $2 =~ /could not load library.*(failed to map|cannot allocate)/i) { $failed{$step}++; $of_ours{$step}++ if $told =~ /user360\.\w+/; }
			else { $other{"$step: $1 $2"}++; }
		}
		push @unusable, "$margin, $step: $outs[$step + 1]" if $told eq '' && ($outs[ $step + 1 ] // '') !~ /^\Q$as_it_was\E$/m;
		my ($is) = ($outs[ $step + 1 ] // '') =~ /^(is .*)$/m;
		push @unusable, "$margin, $step: $is" if defined $is && $is ne $as_it_was;
	}
	$margin += $margin < 8_000 ? 128 : $margin < 20_000 ? 1_000 : 10_000;
}
is($lost, undef, 'no session was lost');
is($all_went, 1, "with $margin kB more everything went");
is_deeply(\%other, {}, 'every failure was 53200, and none left the session in an aborted transaction') or note explain \%other;
is_deeply(\@unusable, [], 'each session stayed what it was');
note "step $_ failed " . ($failed{$_} // 0) . ' times' for 0 .. $#steps;
is(scalar(grep { !$failed{$_} } 0 .. $#steps), 0, 'each step met the limit');
cmp_ok(scalar(keys %of_ours), '>', 0, "some within our own statements");

is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing');
my $half = q{
SELECT 'ticket ' || coalesce(t.ticket, u.ticket) FROM ticket AS t FULL JOIN user360.ticket AS u USING (ticket) WHERE t.ticket IS NULL OR u.ticket IS NULL
UNION ALL SELECT 'capture ' || s.sender FROM user360.sender AS s LEFT JOIN user360.profile AS p USING (bot, profile_id)
	WHERE s.sender LIKE 'new %' AND (p.userid IS NULL OR p.city <> 'new' || substr(s.sender, 5))};
is($node->safe_psql('postgres', $half), '', 'nothing is half done');

# Control: a half one would show.
$node->safe_psql('postgres', q{ALTER TABLE ticket DISABLE TRIGGER USER; INSERT INTO ticket (ticket, sender) VALUES ('half', 'cookie 1')});
is($node->safe_psql('postgres', $half), 'ticket half', 'control: a half one shows');
$node->stop;
done_testing();
