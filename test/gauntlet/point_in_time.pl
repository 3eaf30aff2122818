# Point-in-time recovery to a named point between two merges: the first is
# there, the second is not, nor the ticket and the import after it; verify()
# finds nothing, and the store goes on, also with the same merge again.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('original');
$node->init(has_archiving => 1, allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->command_ok([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', 'test/everything.sql' ],
	'a store with something of everything');
$node->backup('base');

my $id = q{(SELECT profile_id FROM user360.profile WHERE bot = 'shop' AND userid = '%s@example.com')};
sub merge
{
	my ($source, $target) = @_;

	return sprintf "SELECT FROM user360.merge_profiles('shop', $id, $id)", $source, $target;
}

# A digest of every table, and of the attached ones.
my $rows = join ' UNION ALL ', map { qq{(SELECT '$_' AS name, count(*), md5(string_agg(t::text, ' ' ORDER BY t::text COLLATE "C")) FROM $_ AS t)} }
  split /\n/, $node->safe_psql('postgres', q{SELECT oid::regclass FROM pg_class
	WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('user360', 'desk', 'public') ORDER BY 1});

$node->safe_psql('postgres', merge('user.2', 'user.4'));
my $at_point = $node->safe_psql('postgres', $rows);
$node->safe_psql('postgres', q{SELECT pg_create_restore_point('between')});
$node->safe_psql('postgres', merge('user.6', 'user.4')
	. q{; INSERT INTO ticket (id, channel, sender) VALUES (2000, 'web', 'cookie 4');
INSERT INTO customers VALUES ('after@example.com', 'Later');
CALL user360.import_users('shop', 'customers', 'email')});
isnt($node->safe_psql('postgres', $rows), $at_point, 'control: what came after the point shows');
my $last = $node->safe_psql('postgres', 'SELECT pg_walfile_name(pg_switch_wal())');
$node->poll_query_until('postgres', "SELECT last_archived_wal >= '$last' FROM pg_stat_archiver") or die 'the log is not archived';
$node->stop;

my $recovered = PostgreSQL::Test::Cluster->new('recovered');
$recovered->init_from_backup($node, 'base', has_restoring => 1, standby => 0);
$recovered->append_conf('postgresql.conf', "recovery_target_name = 'between'\nrecovery_target_action = 'promote'\narchive_mode = off\n");
$recovered->start;
$recovered->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'recovery does not end';

is($recovered->safe_psql('postgres', $rows), $at_point, 'every row is as it was at the point');
is($recovered->safe_psql('postgres', sprintf "SELECT merged_into = $id FROM user360.profile WHERE bot = 'shop' AND userid = 'user.2\@example.com'", 'user.4'),
	't', 'the first merge is there');
is($recovered->safe_psql('postgres', q{SELECT merged_into IS NULL FROM user360.profile WHERE bot = 'shop' AND userid = 'user.6@example.com'}),
	't', 'the second is not');
is($recovered->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing');

# It goes on.
$recovered->safe_psql('postgres', merge('user.6', 'user.4'));
$recovered->safe_psql('postgres', q{INSERT INTO ticket (id, channel, sender, email) VALUES (2000, 'web', 'cookie 4', NULL)});
is($recovered->safe_psql('postgres', q{SELECT userid FROM user360.contact_card_for_ticket('shop', 'public.ticket', 2000)}),
	'user.4@example.com', 'a ticket after it');
is($recovered->safe_psql('postgres', sprintf q{SELECT count(user360.unmerge(bot, merge_id)) FROM user360.merge WHERE undone_at IS NULL AND target_id = %s AND source_id = %s},
		map { sprintf $id, $_ } 'user.4', 'user.2'), '1', 'the first merge can be undone');
is($recovered->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'verify() finds nothing in the end');
$recovered->stop;
done_testing();
