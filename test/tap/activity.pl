# What reading a timeline reads: at most 10 buffers a profile and 3 a row,
# however long the history, however many members, and in whatever order their
# events lie; and the rows are those that a plain query gives.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('activity');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web']);

-- A customer with that many profiles
CREATE FUNCTION customer(name text, profiles int) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	survivor uuid := (user360.identify('shop', 'web', name, jsonb_build_object('email', name || '@example.com'))).profile_id;
BEGIN
	FOR i IN 2..profiles LOOP
		PERFORM user360.identify('shop', 'web', name || ' ' || i, '{"city": "Pune"}');
		PERFORM user360.identify('shop', 'web', name || ' ' || i, jsonb_build_object('email', name || '@example.com'));
	END LOOP;
	DELETE FROM user360.event AS e USING user360.profile AS p WHERE p.bot = e.bot AND p.profile_id = e.profile_id
		AND coalesce(p.merged_into, p.profile_id) = survivor;
	RETURN survivor;
END
$$;

-- Events 1 to n, a second apart; an expression of i and the number of profiles
-- says whose each is, profiles being numbered as the timeline reads them.
CREATE FUNCTION give(survivor uuid, n bigint, whose text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($f$
		WITH member AS (SELECT p.profile_id, row_number() OVER (ORDER BY p.merged_into IS NOT NULL, p.last_seen_at DESC) - 1 AS no, count(*) OVER () AS members
			FROM user360.profile AS p WHERE p.bot = 'shop' AND coalesce(p.merged_into, p.profile_id) = $1)
		INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name)
		SELECT 'shop', m.profile_id, gen_random_uuid(), '2026-01-01'::timestamptz + i * interval '1 second', i %% 3 = 0, CASE WHEN i %% 3 = 0 THEN 'page_seen' ELSE 'TICKET_UPDATE' END
		FROM generate_series(1, $2) AS i JOIN member AS m ON m.no = %s$f$, whose) USING survivor, n;
END
$$;

CREATE FUNCTION buffers(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM ' || call INTO plan;
	RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
END
$$;

-- Are they the newest, in order?
CREATE FUNCTION is_right(survivor uuid, rows int, with_tracked boolean) RETURNS boolean LANGUAGE sql AS $$
	SELECT (SELECT array_agg(a.activity_id ORDER BY a.n) FROM (SELECT a.activity_id, row_number() OVER () AS n FROM user360.recent_activity('shop', survivor, rows) AS a WHERE NOT with_tracked
			UNION ALL SELECT a.activity_id, row_number() OVER () FROM user360.all_activity('shop', survivor, rows) AS a WHERE with_tracked) AS a)
		= (SELECT array_agg(e.event_id ORDER BY e.at DESC, e.event_id DESC) FROM (SELECT e.event_id, e.at FROM user360.event AS e JOIN user360.profile AS p ON p.bot = e.bot AND p.profile_id = e.profile_id
			WHERE coalesce(p.merged_into, p.profile_id) = survivor AND (with_tracked OR NOT e.tracked) ORDER BY e.at DESC, e.event_id DESC LIMIT rows) AS e)
$$;
});

my %layout = (
	'of each profile in turn' => 'i % m.members',
	'of one profile, the newest' => 'CASE WHEN i > $2 / 2 THEN m.members - 1 ELSE i % m.members END',
	'of one profile after the other, the last read the newest' => 'least(m.members - 1, (i - 1) * m.members / $2)',
	'of one profile after the other, the first read the newest' => 'm.members - 1 - least(m.members - 1, (i - 1) * m.members / $2)');

my $number = 0;
for my $layout (sort keys %layout)
{
	for my $profiles (1, 51)
	{
		for my $events (1000, 30000)
		{
			my $name = 'c' . ++$number;
			my $id = $node->safe_psql('postgres', "SELECT customer('$name', $profiles)");
			my %measured;

			$node->safe_psql('postgres', "SELECT give('$id', $events, '$layout{$layout}')");
			for my $rows (20, 200)
			{
				# The second call, when the session has its plans and policy.
				my @buffers = split /\n/, $node->safe_psql('postgres', join '', map {
					"SELECT FROM user360.$_('shop', '$id', $rows);\nSELECT buffers(format('user360.%I(%L, %L, $rows)', '$_', 'shop', '$id'));\n" } qw(recent_activity all_activity));

				my $limit = 10 * $profiles + 3 * $rows;
				@buffers = grep { /\d/ } @buffers;
				cmp_ok($buffers[0], '<=', $limit, "$layout, $events of $profiles: $rows recent ones read $buffers[0] buffers");
				# Two kinds of event a profile
				cmp_ok($buffers[1], '<=', $limit, "$layout, $events of $profiles: $rows of all read $buffers[1] buffers");
				is($node->safe_psql('postgres', "SELECT is_right('$id', $rows, false) AND is_right('$id', $rows, true)"),
					't', 'they are the right ones');
			}
		}
	}
}

# Control: pages that a longer answer has to read show.
my $id = $node->safe_psql('postgres', q{SELECT profile_id FROM user360.profile WHERE userid = 'c1@example.com'});
my @read = grep { /\d/ } split /\n/, $node->safe_psql('postgres', "SELECT FROM user360.recent_activity('shop', '$id', 1000);\n" . join '', map {
	"SELECT buffers(format('user360.recent_activity(%L, %L, $_)', 'shop', '$id'));\n" } 20, 1000);
cmp_ok($read[1], '>', 2 * $read[0], "control: twenty rows read $read[0] buffers, a thousand $read[1]");

$node->stop;
done_testing();
