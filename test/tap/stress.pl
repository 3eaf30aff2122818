# Eight clients at once over a few customers, senders and tickets, one call a
# transaction: captures, merges, tickets that come, change, move and go, cards,
# new channels, and an administrator now and then.  No call fails, not even by
# a deadlock, and in the end everything in the store leads where it should.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = 8;
my $node = PostgreSQL::Test::Cluster->new('stress');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "deadlock_timeout = 200ms\n");
$node->start;

plan skip_all => 'pgbench is not installed' unless -x $node->config_data('--bindir') . '/pgbench';

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email']);
CREATE ROLE agent;
CREATE TABLE ticket (id bigint PRIMARY KEY, bot text DEFAULT 'shop', channel text, sender text, email text, status text DEFAULT 'open',
	created_at timestamptz DEFAULT clock_timestamp());
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');
});

my %script = (
	'unidentified@20' => q{
\set s random(1, 400)
SELECT FROM user360.identify('shop', 'web', 'cookie ' || :s, jsonb_build_object('firstName', 'Name ' || :s, 'tags', jsonb_build_array('t' || :client_id)));},
	'identified@20' => q{
\set s random(1, 400)
\set c random(1, 40)
SELECT FROM user360.identify('shop', 'web', 'cookie ' || :s, jsonb_build_object('email', 'Customer' || :c || '@example.com', 'city', 'City ' || :client_id));},
	'device@10' => q{
\set c random(1, 40)
SELECT FROM user360.identify('shop', 'whatsapp', 'device ' || :c % 5, jsonb_build_object('email', 'customer' || :c || '@example.com'));},
	'mail@10' => q{
\set c random(1, 50)
SELECT FROM user360.identify('shop', 'email', 'customer' || :c || '@example.com', jsonb_build_object('language', 'l' || :client_id));},
	'ticket@20' => q{
\set s random(1, 400)
\set c random(1, 60)
\set t random(1, 2000)
INSERT INTO ticket (id, channel, sender, email) VALUES (:t, CASE WHEN :c < 10 THEN 'extra ' || :t % 200 ELSE 'web' END, 'cookie ' || :s,
	CASE WHEN :c <= 40 THEN 'customer' || :c || '@example.com' WHEN :c < 50 THEN 'null' END) ON CONFLICT (id) DO UPDATE SET status = 'solved';},
	'move@5' => q{
\set s random(1, 400)
\set t random(1, 2000)
UPDATE ticket SET sender = 'cookie ' || :s WHERE id = :t;},
	'delete@5' => q{
\set t random(1, 2000)
DELETE FROM ticket WHERE id = :t;},
	'look@10' => q{
\set s random(1, 400)
SELECT FROM user360.contact_card_for_sender('shop', 'web', 'cookie ' || :s) AS c, user360.recent_activity('shop', c.profile_id, 5);},
	'policy@1' => q{
\set r random(1, 2)
SELECT user360.set_option('shop', 'default_region', CASE :r WHEN 1 THEN 'IN' ELSE 'DE' END);},
	'channel@1' => q{
\set t random(1, 200)
SELECT user360.add_channel('shop', 'extra ' || :t);},
	'adopt@1' => q{
SELECT user360.adopt_userids('shop');},
	'grant@1' => q{
\set r random(1, 2)
SELECT user360.grant_access('agent', 'shop', CASE :r WHEN 1 THEN 'agent' ELSE 'capture' END);});

my $folder = PostgreSQL::Test::Utils::tempdir;
my @files;
for my $name (sort keys %script)
{
	my ($file, $weight) = split /@/, $name;

	append_to_file("$folder/$file.sql", "$script{$name}\n");
	push @files, '-f', "$folder/$file.sql\@$weight";
}
my ($out, $error) = run_command(
	[ 'pgbench', '-n', '-c', '8', '-j', '2', '-T', $seconds, '-d', $node->connstr('postgres'), @files ]);
note $out;
unlike($error, qr/error|aborted/i, 'no client was thrown out');
like($out, qr/number of failed transactions: 0 /, 'no call failed');
my ($calls) = $out =~ /number of transactions actually processed: (\d+)/;
cmp_ok($calls, '>', 500, "of $calls");

# Each answers what is wrong.
my %sound = (
	'a userId is there once' => q{
SELECT userid FROM user360.profile WHERE userid IS NOT NULL GROUP BY bot, userid HAVING count(*) > 1},
	'the userId property is the userId' => q{
SELECT userid, email FROM user360.profile WHERE userid IS NOT NULL AND email IS DISTINCT FROM userid},
	'a merged profile leads to a survivor' => q{
SELECT m.profile_id FROM user360.profile AS m LEFT JOIN user360.profile AS s ON s.bot = m.bot AND s.profile_id = m.merged_into
WHERE m.merged_into IS NOT NULL AND (s.profile_id IS NULL OR s.merged_into IS NOT NULL)},
	'and has one merge' => q{
SELECT m.profile_id FROM user360.profile AS m LEFT JOIN user360.merge AS e ON e.bot = m.bot AND e.source_id = m.profile_id AND e.undone_at IS NULL
GROUP BY m.bot, m.profile_id HAVING count(e.merge_id) <> (m.merged_into IS NOT NULL)::int},
	'a survivor keeps its own values apart' => q{
SELECT s.profile_id FROM user360.profile AS s WHERE s.merged_into IS NULL
AND (s.own IS NOT NULL) <> EXISTS (SELECT FROM user360.profile AS m WHERE m.bot = s.bot AND m.merged_into = s.profile_id)},
	'a survivor has the tags of its members' => q{
SELECT s.profile_id FROM user360.profile AS s JOIN user360.profile AS m ON m.bot = s.bot AND m.merged_into = s.profile_id
WHERE NOT coalesce(s.tags, '{}') @> coalesce(m.tags, '{}') AND NOT s.own ? 'tags'},
	'a sender has a profile' => q{
SELECT s.sender FROM user360.sender AS s LEFT JOIN user360.profile AS p USING (bot, profile_id) WHERE p.profile_id IS NULL},
	'a profile was created once' => q{
SELECT p.profile_id FROM user360.profile AS p LEFT JOIN user360.event AS e ON e.bot = p.bot AND e.profile_id = p.profile_id AND e.name = 'USER_CREATE'
GROUP BY p.bot, p.profile_id HAVING count(e.event_id) <> 1},
	'an event says something' => q{
SELECT name, payload FROM user360.event WHERE name = 'USER_UPDATE' AND payload -> 'newPayload' = '{}'},
	'every ticket is recorded, and no other' => q{
SELECT u.id, t.ticket FROM ticket AS u FULL JOIN user360.ticket AS t ON t.ticket = u.id::text WHERE u.id IS NULL OR t.ticket IS NULL},
	'as it is' => q{
SELECT u.id FROM ticket AS u JOIN user360.ticket AS t ON t.ticket = u.id::text WHERE u.status <> t.status OR (u.status = 'solved') <> (t.closed_at IS NOT NULL)},
	'a ticket has a profile' => q{
SELECT u.id, t.profile_id FROM ticket AS u JOIN user360.ticket AS t ON t.ticket = u.id::text
	LEFT JOIN user360.profile AS p ON p.bot = t.bot AND p.profile_id = t.profile_id
WHERE p.profile_id IS NULL},
	'the previous ticket is there and older' => q{
SELECT t.ticket, v.ticket FROM user360.ticket AS t, user360.previous_ticket(t.bot, t.source, t.ticket) AS v
	LEFT JOIN user360.ticket AS w ON w.source = v.source AND w.ticket = v.ticket
WHERE v.ticket IS NOT NULL AND (w.ticket IS NULL OR w.opened_at > t.opened_at)},
	'and of the same customer' => q{
SELECT t.ticket, w.ticket FROM user360.ticket AS t, user360.previous_ticket(t.bot, t.source, t.ticket) AS v, user360.ticket AS w,
	user360.profile AS p, user360.profile AS q
WHERE w.bot = t.bot AND w.source = v.source AND w.ticket = v.ticket AND p.bot = t.bot AND p.profile_id = t.profile_id
	AND q.bot = w.bot AND q.profile_id = w.profile_id
	AND coalesce(p.merged_into, p.profile_id) <> coalesce(q.merged_into, q.profile_id)});

for my $what (sort keys %sound)
{
	is($node->safe_psql('postgres', "$sound{$what} LIMIT 5"), '', $what);
}
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM user360.merge'), '>', 50, 'there were merges');

$node->stop;
done_testing();
