# A backend's memory stays flat: over 100,000 mixed captures, cards, looks at
# the timeline, tickets, edits, merges and unmerges, after a warm-up, and within
# one long transaction.  MEMORY_CALLS=1000000 takes a few minutes.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email'], 'IN');
SELECT user360.define_property('shop', 'plan', 'string', 'latest');
CREATE TABLE ticket (id text PRIMARY KEY, bot text DEFAULT 'shop', channel text, sender text, email text, status text DEFAULT 'open', subject text);
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');

-- Some twenty calls of every kind: new, known, changed, identified, merged, switched
-- customers, cards, a ticket that is opened, closed and deleted; events from
-- elsewhere, searches and exports; and what agents and administrators do.
CREATE PROCEDURE twenty_calls(n int) LANGUAGE plpgsql AS $$
DECLARE
	new text := 'new ' || n;
	known text := 'known ' || n % 50;
	address text := n % 1000 || '@example.com';
	one uuid := (user360.contact_card('shop', n % 50 || '@example.org')).profile_id;
	other uuid := (user360.identify('shop', 'web', 'other ' || n % 10, jsonb_build_object('city', 'City ' || n))).profile_id;
	merge uuid;
BEGIN
	one := coalesce(one, other);
	merge := (user360.merge_profiles('shop', other, one, true)).merge_id;
	merge := (user360.merge_profiles('shop', other, one)).merge_id;
	PERFORM user360.update_contact('shop', one, jsonb_build_object('language', n::text, 'gender', NULL));
	PERFORM FROM user360.explain_profile('shop', one);
	PERFORM user360.user_page('shop', other, now());
	IF merge IS NOT NULL THEN
		PERFORM user360.unmerge('shop', merge);
	END IF;
	PERFORM user360.track('shop', one, 'page_seen', jsonb_build_object('n', n));
	PERFORM user360.track('shop', other, 'page_seen', event_id => '00000000-0000-7000-8000-000000000001');
	PERFORM FROM user360.all_activity('shop', other, 5);
	PERFORM FROM user360.find_contacts('shop', 'nam', 5);
	PERFORM FROM user360.find_contacts('shop', address, 5);
	IF n % 100 = 0 THEN
		PERFORM user360.export_user('shop', one);
	END IF;
	PERFORM user360.contact_card('shop', address, now());
	IF n % 10 = 0 THEN
		PERFORM user360.delete_user('shop', (user360.identify('shop', 'web', 'gone', '{"email": "gone@example.net"}')).profile_id);
	END IF;
	PERFORM FROM user360.identify('shop', 'web', new, jsonb_build_object('firstName', 'Name', 'tags', jsonb_build_array('a', n::text)));
	PERFORM FROM user360.identify('shop', 'web', new, jsonb_build_object('email', address, 'plan', n::text));
	PERFORM FROM user360.identify('shop', 'whatsapp', known, jsonb_build_object('email', n % 7 || '@example.org', 'city', n::text));
	PERFORM FROM user360.identify('shop', 'email', n % 50 || '@EXAMPLE.org');
	PERFORM FROM user360.contact_card('shop', address);
	PERFORM FROM user360.contact_card_for_sender('shop', 'web', new);
	PERFORM FROM user360.recent_activity('shop', (user360.contact_card('shop', n % 50 || '@example.org')).profile_id, 5);
	INSERT INTO ticket VALUES (n, 'shop', 'web', known, CASE WHEN n % 3 = 0 THEN 'null' END, 'open', 'subject ' || n);
	UPDATE ticket SET status = 'solved' WHERE id = n::text;
	DELETE FROM ticket WHERE id = n::text AND n % 4 = 0;
END
$$;
-- An error must leave nothing behind either, nor a subtransaction.
CREATE FUNCTION refused(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM user360.identify('shop', 'web', 'refused', jsonb_build_object('email', n || ' is none'));
	RETURN 'not refused';
EXCEPTION WHEN SQLSTATE 'U3008' THEN
	RETURN NULL;
END
$$;
});

# The bytes that the backend has, at the start and after each of the steps, and
# those of each context, to tell which one grew.
my $measure = 'SELECT json_object_agg(name, bytes) FROM (SELECT name, sum(total_bytes) AS bytes FROM pg_backend_memory_contexts GROUP BY name) AS c;';

sub memory_over
{
	my @steps = @_;
	my @lines = split /\n/, $node->safe_psql('postgres', join "\n", $measure, map { ($_, $measure) } @steps);

	return map { { /"([^"]+)" : (\d+)/g } } grep { /^\{/ } @lines;
}

sub flat
{
	my ($before, $after, $limit, $name) = @_;
	my %growth = map { $_ => $after->{$_} - ($before->{$_} // 0) } keys %$after;
	my $sum = 0;

	$sum += $_ for values %growth;
	cmp_ok($sum, '<', $limit, "$name: $sum bytes");
	note map { "  $_: $growth{$_}\n" } grep { $growth{$_} > 0 } sort keys %growth;
}

# Committed every 100 rounds, with a refusal before.
sub rounds
{
	my ($from, $to) = @_;

	return "DO \$\$ BEGIN FOR n IN $from..$to LOOP CALL twenty_calls(n); IF n % 100 = 0 THEN "
	  . "PERFORM refused(n); COMMIT; END IF; END LOOP; END \$\$;";
}

my $rounds = ($ENV{MEMORY_CALLS} || 100_000) / 20;
my $middle = int($rounds / 2);
my ($start, $warm, $half, $end) = memory_over(rounds(1, 500), rounds(501, $middle), rounds($middle + 1, $rounds));
flat($start, $warm, 8 * 1024 * 1024, 'the first 10,000 calls');
# PostgreSQL's own caches of the catalogue still take a block in the first half.
flat($warm, $half, 2 * 1024 * 1024, 'up to ' . $middle * 20 . ' calls');
flat($half, $end, 64 * 1024, 'and up to ' . $rounds * 20);

# Within one transaction, what it holds on to is its own (locks, its row
# versions' subtransactions), so calls without news must leave nothing.
my $known = q{
DO $$ BEGIN FOR n IN 1..5000 LOOP
	PERFORM FROM user360.identify('shop', 'web', 'long', '{"email": "LONG@example.com"}');
	PERFORM FROM user360.contact_card('shop', 'long@example.com');
END LOOP; END $$;};
my @known = memory_over(qq{
SELECT FROM user360.identify('shop', 'web', 'long', '{"email": "long\@example.com"}');
BEGIN;$known}, $known, "$known COMMIT;");
flat($known[1], $known[3], 64 * 1024, '20,000 calls without news in one transaction');

# Tickets as a client sends them, a statement each, in one transaction; some
# for a bot that is not there, with a value that is none, or moved.
sub tickets
{
	my ($from, $to) = @_;

	return join '', map { "
INSERT INTO ticket (id, channel, sender) VALUES ('t$_', 'web', 'long');
INSERT INTO ticket (id, bot, channel, sender) VALUES ('u$_', 'nobody', 'web', 'long');
INSERT INTO ticket (id, channel, sender, email) VALUES ('v$_', 'web', 'longer', 'null');
UPDATE ticket SET sender = 'long' WHERE id = 'v$_';" } $from .. $to;
}
my @tickets = memory_over("SET client_min_messages = error; BEGIN;" . tickets(1, 500), tickets(501, 1000), tickets(1001, 1500) . 'COMMIT;');
flat($tickets[1], $tickets[3], 128 * 1024, '4,000 statements for tickets in one transaction');

# What reads a whole bot plans anew each time, by the statistics, which it keeps.
my $whole = q{
DO $$ BEGIN FOR n IN 1..30 LOOP
	PERFORM FROM user360.export_users('shop');
	PERFORM FROM user360.channel_overview('shop', NULL, NULL);
	PERFORM FROM user360.card_gaps('shop');
END LOOP; END $$;};
$node->safe_psql('postgres', 'VACUUM ANALYZE');
my @whole = memory_over($whole, $whole, $whole);
flat($whole[1], $whole[3], 64 * 1024, 'whole bots, read 180 times');

$node->stop;
done_testing();
