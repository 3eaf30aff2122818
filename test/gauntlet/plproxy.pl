# Scale-out by PL/Proxy: tickets of many bots, spread over two nodes by bot.
# Clients talk to the proxy alone.  Each customer is whole on one node, links
# lead to the ticket before, a call that is repeated changes nothing, and while
# one node is down the bots of the other go on.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ProxyCluster;
use Test::More;

my $bots = 40;
plan skip_all => 'PL/Proxy is not installed' unless ProxyCluster::is_installed(PostgreSQL::Test::Cluster->new('any'));

my ($one, $two, $proxy) = ProxyCluster::start();
sub ask { my ($sql) = @_; return $proxy->safe_psql('postgres', $sql) }

ask(qq{
INSERT INTO app.route SELECT 'bot ' || n, abs(hashtext('bot ' || n)) % 2 FROM generate_series(1, $bots) AS n;
SELECT count(*) FROM app.route AS r, app.create_bot(r.bot);
CREATE TABLE acknowledged (no bigserial, bot text, id text, sender text);
});
cmp_ok(ask("SELECT count(*) FROM app.route WHERE node = $_"), '>', 10, "node $_ has bots") for 0, 1;

# A sender of a bot belongs to one client, so its tickets have an order.
my %scripts = (
	ticket => [ 6, qq{
\\set b random(1, $bots)
\\set s random(1, 5)
\\set n random(1, 1000000000000)
SELECT app.open_ticket('bot ' || :b, :n::text, 'sender ' || :client_id || ' ' || :s, CASE WHEN :s < 3 THEN 'customer' || :client_id || :s || '\@example.com' END, 'hello');
INSERT INTO acknowledged (bot, id, sender) VALUES ('bot ' || :b, :n::text, 'sender ' || :client_id || ' ' || :s);
SELECT app.open_ticket('bot ' || :b, :n::text, 'sender ' || :client_id || ' ' || :s, CASE WHEN :s < 3 THEN 'customer' || :client_id || :s || '\@example.com' END, 'hello');
SELECT app.solve_ticket('bot ' || :b, :n::text);
} ],
	card => [ 2, qq{
\\set b random(1, $bots)
SELECT app.card('bot ' || :b, 'customer' || :client_id || '1\@example.com');
} ],
	capture => [ 1, qq{
\\set b random(1, $bots)
\\set n random(1, 1000)
SELECT app.capture('bot ' || :b, 'shared ' || :n, '{"email": "shared\@example.com", "firstName": "Asha", "phone": "+919000500000"}');
} ]);
ok(ProxyCluster::start_clients($proxy, 8, 500, \%scripts, '/')->finish, 'no call of eight clients failed');

my $tickets = ask('SELECT count(*) FROM acknowledged');
cmp_ok($tickets, '>', 1000, "$tickets tickets were opened");
is(ask(q{SELECT count(*) FROM (SELECT bot, count(*) AS tickets FROM acknowledged GROUP BY bot) AS a FULL JOIN app.tickets() AS t USING (bot, tickets)
WHERE a IS NULL OR t IS NULL}), '0', 'each bot has its tickets once, although each call was repeated');
is(ask('SELECT count(*) FROM (SELECT FROM app.profiles() GROUP BY bot, userid HAVING count(*) > 1) AS p'), '0', 'a userId of a bot is on one node, once');
is(ask(q{SELECT count(DISTINCT bot) FROM app.profiles() WHERE userid = 'shared@example.com'}), $bots, 'the same customer of other bots is another one');
foreach my $node (0, 1)
{
	my $found = ($one, $two)[$node]->safe_psql('postgres', q{SELECT string_agg(DISTINCT bot, ',' ORDER BY bot) FROM user360.profile});
	is($found, ask(qq{SELECT string_agg(bot, ',' ORDER BY bot) FROM app.route WHERE node = $node}), "node $node holds customers of its bots and of no other");
}
is(ask(q{SELECT count(*) FROM (
	SELECT bot, id, lag(id) OVER (PARTITION BY bot, sender ORDER BY no) AS before FROM acknowledged) AS a
WHERE app.previous_ticket(bot, id) IS DISTINCT FROM before}), '0', 'each ticket leads to the one before it');
is(ask(q{SELECT * FROM app.card('bot 1', 'shared@example.com')}), 'user360|Asha|shared@example.com', 'a card comes through the proxy');
is(ask('SELECT * FROM app.verify()'), '', 'verify() finds nothing on either node');

# The proxy's transaction is not the node's: what was called stays.
ask(q{BEGIN; SELECT app.open_ticket('bot 1', 'rolled back', 'sender', NULL, 'hello'); ROLLBACK});
ask(q{SELECT app.open_ticket('bot 1', 'rolled back', 'sender', NULL, 'hello')});
is(ask(q{SELECT tickets FROM app.tickets() WHERE bot = 'bot 1'}), 1 + ask(q{SELECT count(*) FROM acknowledged WHERE bot = 'bot 1'}),
	'a call that is repeated after a ROLLBACK finds its ticket there');
my ($code, $out, $error) = $proxy->psql('postgres', q{SELECT app.capture('bot 1', 'sender', '{"email": "undefined"}')});
like($error, qr/undefined/, 'a refusal comes through with its reason');
($code, $out, $error) = $proxy->psql('postgres', q{DO $$ BEGIN PERFORM app.capture('bot 1', 'sender', '{"email": "undefined"}'); EXCEPTION WHEN SQLSTATE 'U3009' THEN RAISE NOTICE 'blocked'; END $$});
like($error, qr/NOTICE:  blocked/, 'and with its SQLSTATE');

# One node is away.
my ($here, $there) = map { ask("SELECT min(bot) FROM app.route WHERE node = $_") } 0, 1;
$two->stop('immediate');
is(ask(qq{SELECT outcome FROM app.capture('$here', 'outage', '{}')}), 'created', 'with one node down the bots of the other go on');
($code, $out, $error) = $proxy->psql('postgres', qq{SELECT outcome FROM app.capture('$there', 'outage', '{}')});
isnt($code, 0, 'its own get an error');
$two->start;
is(ask(qq{SELECT outcome FROM app.capture('$there', 'outage', '{}')}), 'created', 'until it is back');
is(ask('SELECT * FROM app.verify()'), '', 'and verify() finds nothing');

$_->stop for $proxy, $one, $two;
done_testing();
