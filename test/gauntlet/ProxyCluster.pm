# Two nodes with user360 and a ticket table of the user's own, and a proxy whose
# functions, by PL/Proxy, run on the node to which table app.route sends a bot.
package ProxyCluster;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

# What runs on the nodes.  Every call takes the bot first, and may be repeated.
my $on_node = q{
CREATE EXTENSION user360;
CREATE SCHEMA app;
CREATE TABLE app.ticket (bot text, id text, sender text, email text, subject text, status text NOT NULL DEFAULT 'open',
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (bot, id));
SELECT user360.attach_tickets('app.ticket', 'ticket=id', 'channel:=web', 'closed:=solved', 'opened_at=created_at');

CREATE FUNCTION app.create_bot(bot text) RETURNS void LANGUAGE sql
	AS $$ SELECT user360.create_bot($1, 'email', '{web}'); SELECT user360.define_property($1, 'note', 'string', 'latest') $$;
CREATE FUNCTION app.open_ticket(bot text, id text, sender text, email text, subject text) RETURNS void LANGUAGE sql
	AS $$ INSERT INTO app.ticket VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING $$;
CREATE FUNCTION app.solve_ticket(bot text, id text) RETURNS void LANGUAGE sql
	AS $$ UPDATE app.ticket SET status = 'solved' WHERE (bot, id) = ($1, $2) $$;
CREATE FUNCTION app.capture(bot text, sender text, properties jsonb, OUT userid text, OUT outcome text) LANGUAGE sql
	AS $$ SELECT i.userid, i.outcome FROM user360.identify($1, 'web', $2, $3) AS i $$;
CREATE FUNCTION app.unite(bot text, source text, target text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(m) = 1
		FROM user360.profile AS s, user360.profile AS t, user360.merge_profiles(unite.bot, s.profile_id, t.profile_id) AS m
		WHERE s.bot = unite.bot AND s.userid = source AND t.bot = unite.bot AND t.userid = target);
EXCEPTION WHEN SQLSTATE 'U3015' THEN
	RETURN false;	-- merged already
END
$$;
CREATE FUNCTION app.card(bot text, userid text, OUT kind text, OUT name text, OUT key text) LANGUAGE sql
	AS $$ SELECT c.kind, c.name, c.userid FROM user360.contact_card($1, $2) AS c $$;
CREATE FUNCTION app.previous_ticket(bot text, id text) RETURNS text LANGUAGE sql
	AS $$ SELECT p.ticket FROM user360.previous_ticket($1, 'app.ticket', $2) AS p $$;
CREATE FUNCTION app.tickets(OUT bot text, OUT tickets bigint) RETURNS SETOF record LANGUAGE sql
	AS $$ SELECT bot, count(*) FROM user360.ticket GROUP BY bot $$;
CREATE FUNCTION app.profiles(OUT bot text, OUT userid text) RETURNS SETOF record LANGUAGE sql
	AS $$ SELECT bot, userid FROM user360.profile WHERE userid IS NOT NULL $$;
CREATE FUNCTION app.verify(OUT check_name text, OUT bot text, OUT detail text) RETURNS SETOF record LANGUAGE sql
	AS $$ SELECT check_name, bot, detail FROM user360.verify() $$;
};

# node_of() holds a lock until the call is done, so that whoever moves a bot can
# wait for the calls under way and let later ones wait.
my $on_proxy = q{
CREATE EXTENSION plproxy;
CREATE SCHEMA app;
CREATE TABLE app.route (bot text PRIMARY KEY, node integer NOT NULL);
CREATE FUNCTION app.node_of(bot text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(360, hashtext(node_of.bot));
	RETURN (SELECT r.node FROM app.route AS r WHERE r.bot = node_of.bot);
END
$$;
};

my %routed = (
	'create_bot(bot text)' => 'RETURNS void',
	'open_ticket(bot text, id text, sender text, email text, subject text)' => 'RETURNS void',
	'solve_ticket(bot text, id text)' => 'RETURNS void',
	'capture(bot text, sender text, properties jsonb, OUT userid text, OUT outcome text)' => '',
	'unite(bot text, source text, target text)' => 'RETURNS boolean',
	'card(bot text, userid text, OUT kind text, OUT name text, OUT key text)' => '',
	'previous_ticket(bot text, id text)' => 'RETURNS text');
my %everywhere = (
	'tickets(OUT bot text, OUT tickets bigint)' => 'RETURNS SETOF record',
	'profiles(OUT bot text, OUT userid text)' => 'RETURNS SETOF record',
	'verify(OUT check_name text, OUT bot text, OUT detail text)' => 'RETURNS SETOF record');

sub is_installed
{
	my ($node) = @_;

	return -e $node->config_data('--pkglibdir') . '/plproxy.so';
}

# Answers the two nodes and the proxy.
sub start
{
	my @nodes = map { PostgreSQL::Test::Cluster->new($_) } 'one', 'two', 'proxy';

	foreach my $node (@nodes)
	{
		$node->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);
		$node->append_conf('postgresql.conf', "log_statement = none\ndeadlock_timeout = 200ms\n");
		$node->start;
	}
	$_->safe_psql('postgres', $on_node) for @nodes[ 0, 1 ];
	$nodes[2]->safe_psql(
		'postgres', $on_proxy
		  . "CREATE SERVER desk FOREIGN DATA WRAPPER plproxy OPTIONS (p0 '" . address($nodes[0]) . "', p1 '" . address($nodes[1]) . "');\n"
		  . "CREATE USER MAPPING FOR PUBLIC SERVER desk;\n"
		  . join('', map { "CREATE FUNCTION app.$_ $routed{$_} LANGUAGE plproxy AS \$\$ CLUSTER 'desk'; RUN ON app.node_of(bot); \$\$;\n" } sort keys %routed)
		  . join('', map { "CREATE FUNCTION app.$_ $everywhere{$_} LANGUAGE plproxy AS \$\$ CLUSTER 'desk'; RUN ON ALL; \$\$;\n" } sort keys %everywhere));
	return @nodes;
}

sub address
{
	my ($node) = @_;

	return 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres';
}

# Starts pgbench with scripts and their weights, a round of transactions after
# the other until a file is there; finish() is true where no call failed.
sub start_clients
{
	my ($proxy, $clients, $transactions, $scripts, $stop) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my @files;

	foreach my $name (sort keys %$scripts)
	{
		append_to_file("$folder/$name", $scripts->{$name}[1]);
		push @files, '-f', "$folder/$name\@$scripts->{$name}[0]";
	}
	return IPC::Run::start(
		[ 'sh', '-c', 'stop=$1; shift; while "$@" || exit 1; [ ! -e "$stop" ]; do :; done', 'sh', $stop,
			'pgbench', '-n', '-c', $clients, '-t', $transactions, @files, '-d', $proxy->connstr('postgres') ],
		'<', \undef, '>', '/dev/null', '2>>', "$folder/errors");
}

1;
