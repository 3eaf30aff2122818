# A backend's memory stays flat: over 100,000 mixed captures, cards, looks at
# the timeline and tickets, after a warm-up, and within one long transaction.

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
SELECT user360.set_option('shop', 'last_seen_resolution', '0');
CREATE TABLE ticket (id text PRIMARY KEY, bot text DEFAULT 'shop', channel text, sender text, email text, status text DEFAULT 'open', subject text);
SELECT user360.attach_tickets('ticket', 'email=email', 'closed:=solved');

-- Ten calls of every kind: new, known, changed, identified, merged, switched and
-- refused customers, cards, and a ticket that is opened, closed and deleted.
CREATE PROCEDURE ten_calls(n int) LANGUAGE plpgsql AS $$
DECLARE
	new text := 'new ' || n;
	known text := 'known ' || n % 50;
	address text := n % 1000 || '@example.com';
BEGIN
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

# What the backend has, first line, and after each of the statements.
sub memory_over
{
	my @statements = @_;
	my $measure = 'SELECT sum(total_bytes) FROM pg_backend_memory_contexts;';

	return split /\n/, $node->safe_psql('postgres', "$measure\n" . join '', map { "$_\n$measure\n" } @statements);
}

# Committed every 100 rounds; refusals among them.
sub rounds
{
	my ($from, $to) = @_;

	return "DO \$\$ BEGIN FOR n IN $from..$to LOOP CALL ten_calls(n); IF n % 100 = 0 THEN "
	  . "PERFORM refused(n); COMMIT; END IF; END LOOP; END \$\$;";
}

my ($start, $warm, $half, $end) = memory_over(rounds(1, 1000), rounds(1001, 6000), rounds(6001, 11000));
note "bytes at the start $start, warm $warm, after 50,000 calls $half, after 100,000 $end";
cmp_ok($half - $warm, '<', 65_536, 'flat over 50,000 calls');
cmp_ok($end - $half, '<', 65_536, 'flat over 50,000 more');
cmp_ok($warm - $start, '<', 16 * 1024 * 1024, 'and not much in the whole');

# One transaction: what it holds on to is its own (locks, open subtransactions),
# so captures without news and cards must leave nothing.
my @within = split /\n/, $node->safe_psql('postgres', q{
SELECT FROM user360.identify('shop', 'web', 'long', '{"email": "long@example.com"}');
BEGIN;
} . q{
DO $$ BEGIN FOR n IN 1..10000 LOOP
	PERFORM FROM user360.identify('shop', 'web', 'long', '{"email": "LONG@example.com"}');
	PERFORM FROM user360.contact_card('shop', 'long@example.com');
END LOOP; END $$;
SELECT sum(total_bytes) FROM pg_backend_memory_contexts;
} x 3 . 'COMMIT;');
cmp_ok($within[-1] - $within[0], '<', 65_536, 'flat within one transaction, over 40,000 calls without news');

# Each statement on its own within a transaction, as a client sends them.
my $tickets = join '', map { "INSERT INTO ticket (id, channel, sender) VALUES ('t$_', 'web', 'long');\n" } 1 .. 2000;
my $more = $tickets =~ s/'t/'u/gr;
@within = split /\n/, $node->safe_psql('postgres', "BEGIN;
$tickets SELECT sum(total_bytes) FROM pg_backend_memory_contexts;
$more SELECT sum(total_bytes) FROM pg_backend_memory_contexts;
COMMIT;");
cmp_ok($within[1] - $within[0], '<', 262_144, 'flat within one transaction, over 2,000 tickets');

$node->stop;
done_testing();
