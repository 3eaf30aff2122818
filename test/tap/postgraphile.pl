# The example of a schema for GraphQL servers, through one: PostGraphile, where
# make postgraphile has installed it.  Requests come with the role of whoever is
# logged in, as a token says.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use HTTP::Tiny;
use IPC::Run qw(start);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = 'test/api/node_modules/postgraphile/cli.js';
plan skip_all => 'PostGraphile is not installed: make postgraphile does so' unless -e $program;
my ($nodejs) = grep { -x } map { "$_/node" } split /:/, $ENV{PATH};
plan skip_all => 'Node.js is not installed: make postgraphile does so' unless $nodejs;

my $json = JSON::PP->new->utf8->canonical;
my $secret = 'of this test alone';
my $node = PostgreSQL::Test::Cluster->new('postgraphile');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION user360;
	CREATE ROLE shop_agent;
	CREATE ROLE shop_team;
	CREATE ROLE shop_stranger;
	CREATE ROLE server LOGIN NOINHERIT;
	GRANT shop_agent, shop_team, shop_stranger TO server;
	SELECT user360.create_bot('shop', 'email', '{web}', 'IN'), user360.add_channel('shop', 'whatsapp', sender_form => 'phone');
	SELECT user360.grant_access('shop_agent', 'shop', 'agent'), user360.grant_access('shop_team', 'shop', 'engagement_user');
	CREATE SCHEMA shop;
	CREATE TABLE shop.tickets (id int PRIMARY KEY, channel text, sender text, name text, email text, subject text, opened_at timestamptz);
	SELECT user360.attach_tickets('shop.tickets', 'bot:=shop', 'firstName=name', 'email=email');
	INSERT INTO shop.tickets VALUES (1, 'web', 'cookie-7f3a', NULL, NULL, 'Do you ship to Pune?', '2026-11-24 09:02+05:30');
	INSERT INTO shop.tickets VALUES (2, 'web', 'cookie-7f3a', 'Asha', ' Asha.Rao@Example.COM', 'Order 1182: when does it come?', '2026-11-24 09:15+05:30');
	INSERT INTO shop.tickets VALUES (3, 'whatsapp', '919876543210', NULL, NULL, 'Is my table on its way?', '2026-11-24 10:40+05:30');
	INSERT INTO shop.tickets VALUES (4, 'whatsapp', '919876543210', NULL, 'asha.rao@example.com', 'My order is 1182', '2026-11-24 11:05+05:30');
	INSERT INTO shop.tickets VALUES (5, 'web', 'cookie-91bc', 'Vikram', NULL, 'Chair with a broken leg', '2026-11-24 13:10+05:30')});
$node->safe_psql('postgres', slurp_file('test/api/api.sql'));

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $url = "http://127.0.0.1:$port/graphql";
my ($in, $log) = ('', '');
my $server = start [ $nodejs, $program, '--connection', 'postgres://server@localhost/postgres?host=' . $node->host . '&port=' . $node->port,
	'--schema', 'api', '--host', '127.0.0.1', '--port', $port, '--jwt-secret', $secret, '--dynamic-json', '--disable-graphiql', '--disable-query-log' ],
	'<', \$in, '>&', \$log;

END { $server->kill_kill if $server }

sub token
{
	my ($role) = @_;
	my $signed = join '.', map { encode_base64url($json->encode($_)) } { alg => 'HS256', typ => 'JWT' }, { aud => 'postgraphile', role => $role };
	return "$signed." . encode_base64url(hmac_sha256($signed, $secret));
}

sub post
{
	my ($role, $query, $variables) = @_;
	my $http = HTTP::Tiny->new(timeout => $PostgreSQL::Test::Utils::timeout_default);
	return $http->post($url, { headers => { 'Content-Type' => 'application/json', Authorization => 'Bearer ' . token($role) },
		content => $json->encode({ query => $query, variables => $variables || {} }) });
}

# What a query gives; an answer with errors is none.
sub ask
{
	my ($role, $query, $variables) = @_;
	my $answer = $json->decode(post($role, $query, $variables)->{content});
	die "$query\n" . $json->encode($answer->{errors}) if $answer->{errors};
	return $answer->{data};
}

# Why a query is refused.
sub refusal
{
	my ($role, $query, $variables) = @_;
	my $answer = $json->decode(post($role, $query, $variables)->{content});
	is_deeply([ grep { defined } values %{ $answer->{data} || {} } ], [], 'a refused query gives no data');
	return join '; ', map { $_->{message} } @{ $answer->{errors} || [] };
}

my $tries = 10 * $PostgreSQL::Test::Utils::timeout_default;
while (post('shop_agent', '{ __typename }')->{status} != 200)
{
	$server->pump_nb;
	die "PostGraphile does not start:\n$log" if !$server->pumpable || $tries-- == 0;
	select undef, undef, undef, 0.1;
}

# What the README shows.
my ($query, $shown) = slurp_file('README.md') =~ /```graphql\n(.*?)```.*?```json\n(.*?)```/s or die "README.md has no GraphQL\n";
my $data = ask('shop_agent', $query);
note(JSON::PP->new->canonical->indent->indent_length(2)->space_after->encode({ data => $data }));
is_deeply({ data => $data }, $json->decode($shown), "the README's query gives the README's answer");

my $asha = ask('shop_agent', '{ card(bot: "shop", userId: "asha.rao@example.com") { profileId } }')->{card}{profileId};
is(ask('shop_agent', '{ card(bot: "shop", userId: "nobody@example.com") { profileId } }')->{card}, undef, 'nobody has no card');
is(ask('shop_agent', '{ cardOfTicket(bot: "shop", source: "shop.tickets", ticket: "3") { userId } }')->{cardOfTicket}{userId}, 'asha.rao@example.com', 'the card of a ticket');

# A timeline, page by page, is the timeline.
my $page = 'query ($of: UUID!, $size: Int, $after: String) { activity(bot: "shop", profileId: $of, pageSize: $size, afterCursor: $after) { nodes { cursor kind name channel ticket payload } } }';
my @all = @{ ask('shop_agent', $page, { of => $asha, size => 1000 })->{activity}{nodes} };
my (@paged, @nodes);
do
{
	@nodes = @{ ask('shop_agent', $page, { of => $asha, size => 3, after => @paged ? $paged[-1]{cursor} : undef })->{activity}{nodes} };
	cmp_ok(scalar @nodes, '<=', 3, 'a page has no more entries than were asked for');
	push @paged, @nodes;
} while (@nodes);
cmp_ok(scalar @all, '>', 6, 'the timeline has several pages');
is_deeply(\@paged, \@all, 'they are the timeline');
is_deeply([ map { $_->{payload}{subject} } grep { $_->{name} eq 'TICKET_OPEN' } @all ],
	[ 'My order is 1182', 'Is my table on its way?', 'Order 1182: when does it come?', 'Do you ship to Pune?' ], 'with the tickets of both channels');
is_deeply([ map { $_->{ticket} } @{ ask('shop_agent', 'query ($of: UUID!) { ticketHistory(bot: "shop", profileId: $of) { nodes { ticket } } }', { of => $asha })->{ticketHistory}{nodes} } ],
	[ 4, 3, 2, 1 ], 'the ticket history');

# Writing is a mutation.
is(ask('shop_agent', 'mutation ($of: UUID!) { updateContact(input: {bot: "shop", profileId: $of, properties: {lastName: "Rao"}}) { contactCard { name } } }', { of => $asha })->{updateContact}{contactCard}{name},
	'Asha Rao', 'an agent edits a contact');
like(refusal('shop_agent', 'mutation ($of: UUID!) { updateContact(input: {bot: "shop", profileId: $of, properties: {userId: "eve@example.com"}}) { contactCard { name } } }', { of => $asha }),
	qr/property "userId" can't be edited/, 'but not the userId');

# Whole bots, for the engagement team.
my $overview = '{ channelOverview(bot: "shop") { nodes { channel tickets } } cardGaps(bot: "shop") { nodes { card missing customers } } }';
my $bots = ask('shop_team', $overview);
my %tickets;
$tickets{ $_->{channel} } += $_->{tickets} for @{ $bots->{channelOverview}{nodes} };
is_deeply(\%tickets, { web => 3, whatsapp => 2 }, 'the tickets of each channel');
is_deeply([ map { [ $_->{card}, $_->{missing}, $_->{customers} ] } grep { $_->{customers} > 0 } @{ $bots->{cardGaps}{nodes} } ],
	[ [ 'user360', 'nothing', 1 ], [ 'contact', 'phone or email', 1 ] ], 'the cards and what they lack');
is_deeply(ask('shop_team', '{ allCustomers(condition: {bot: "shop", card: "user360"}) { nodes { userId phone } } }')->{allCustomers}{nodes},
	[ { userId => 'asha.rao@example.com', phone => '+919876543210' } ], 'the view of customers, filtered');
like(refusal('shop_agent', $overview), qr/permission denied/, 'not for agents');

# A stranger, and nobody at all.
my $card = '{ card(bot: "shop", userId: "asha.rao@example.com") { name } }';
like(refusal('shop_stranger', $card), qr/^permission denied for function contact_card$/, 'a stranger is refused');
like(refusal('shop_stranger', '{ allCustomers { nodes { userId } } }'), qr/^permission denied for table profile$/, 'by the tables as well');
is($json->decode(HTTP::Tiny->new->post($url, { headers => { 'Content-Type' => 'application/json', Authorization => 'Bearer ' . token('postgres') }, content => $json->encode({ query => $card }) })->{content})->{data}{card}, undef,
	'the server can be nobody that it was not granted');

# What it shows is the schema's own, with its descriptions.
my $schema = ask('shop_stranger', '{ __schema { types { name description } queryType { fields { name description } } mutationType { fields { name } } } }')->{__schema};
my %queries = map { $_->{name} => $_->{description} } @{ $schema->{queryType}{fields} };
is(join(' ', sort grep { !/^(node|nodeId|query)$/ } keys %queries),
	'activity allCustomers allTickets card cardGaps cardOfSender cardOfTicket channelOverview findContacts previousTicket ticketHistory userPage', 'what reads is a query');
is(join(' ', sort map { $_->{name} } @{ $schema->{mutationType}{fields} }), 'updateContact', 'what writes is a mutation');
like($queries{card}, qr/userId, written in any form/, 'with a description');
is(join(' ', map { $_->{name} } grep { ($_->{description} || '') =~ /^What an agent sees of a customer/ } @{ $schema->{types} }), 'ContactCard', 'so have the types');

$server->kill_kill;
undef $server;
$node->stop;
done_testing();
