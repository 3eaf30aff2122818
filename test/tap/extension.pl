# DROP and CREATE EXTENSION under sessions that are at work: in the same session
# and in another, committed and rolled back.  Plans, policies and triggers of
# the extension that is gone must not show in the one that came.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('extension');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# A session that stays, and answers rows or the message of an error.
package Session
{
	sub new
	{
		my ($class) = @_;
		my $psql = $node->background_psql('postgres', on_error_stop => 0);

		$psql->query('SET client_min_messages = error; SET client_encoding = UTF8;');
		return bless { psql => $psql }, $class;
	}

	sub ask
	{
		my ($self, $sql) = @_;
		my $answer = $self->{psql}->query($sql);

		my ($error) = ($self->{psql}{stderr} // '') =~ /ERROR:\s+(.*)/;
		$self->{psql}{stderr} = '';
		return $error // $answer;
	}

	sub quit { $_[0]{psql}->quit }
}

my $one = Session->new;
my $other = Session->new;

# What every user of the extension does: all kinds of plans, and the trigger.
sub create
{
	my ($userid_property) = @_;

	return qq{
CREATE EXTENSION user360;
SELECT FROM user360.create_bot('shop', '$userid_property', ARRAY['web', 'whatsapp']);};
}
my $identify = q{SELECT i.userid, i.outcome FROM user360.identify('shop', 'web', 'cookie',
	'{"email": "Ada@Example.com", "phone": "+919000500000", "firstName": "Ada"}') AS i;};
my $card = q{SELECT c.name, c.kind FROM user360.contact_card_for_sender('shop', 'web', 'cookie') AS c;};

sub works
{
	my ($session, $userid, $when) = @_;

	is($session->ask($identify), "$userid|created", "$when: a first capture");
	is($session->ask($identify), "$userid|updated", "$when: and a second one");
	is($session->ask($card), 'Ada|user360', "$when: a card");
}

is($one->ask(create('email') . 'SELECT 1;'), '1', 'created');
works($one, 'ada@example.com', 'first');
$other->ask($card);

# Plans that users keep themselves, of the extension's functions, types and tables.
$other->ask(q{
PREPARE kept AS SELECT c.name, c.kind FROM user360.contact_card_for_sender('shop', 'web', 'cookie') AS c JOIN user360.profile AS p USING (profile_id);
CREATE FUNCTION kept() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	phone text;
BEGIN
	phone := '+91 90005 00000'::user360.phone;
	RETURN (SELECT c.name FROM user360.contact_card_for_sender('shop', 'web', 'cookie') AS c) || ' ' || phone;
END
$$;});
my %kept = ('EXECUTE kept;' => 'Ada|user360', 'SELECT kept();' => 'Ada +919000500000');
is($other->ask($_), $kept{$_}, "a plan that is kept: $_") for sort keys %kept;

# The same session, again and again, each time by another policy.
for my $cycle (1 .. 3)
{
	my ($property, $userid) = $cycle % 2 ? ('phone', '+919000500000') : ('email', 'ada@example.com');

	is($one->ask('DROP EXTENSION user360 CASCADE; SELECT 1;'), '1', "cycle $cycle: dropped");
	like($one->ask($identify), qr/does not exist/, "cycle $cycle: nothing is there");
	like($other->ask($card), qr/does not exist/, "cycle $cycle: nor for another session");
	is($one->ask(create($property) . 'SELECT 1;'), '1', "cycle $cycle: created");
	works($one, $userid, "cycle $cycle");
	is($other->ask($identify), "$userid|updated", "cycle $cycle: another session goes on");
	is($other->ask($card), 'Ada|user360', "cycle $cycle: and sees the card");
	is($other->ask($_), $kept{$_}, "cycle $cycle: and so does a plan that is kept: $_") for sort keys %kept;
}

# Gone and back within one transaction; then rolled back, with what was there.
is($one->ask('BEGIN; DROP EXTENSION user360 CASCADE;' . create('email') . 'SELECT 1;'), '1', 'exchanged within a transaction');
works($one, 'ada@example.com', 'within the transaction');
is($one->ask('ROLLBACK; SELECT 1;'), '1', 'and rolled back');
is($one->ask($identify), '+919000500000|updated', 'what was there is there');
is($other->ask($identify), '+919000500000|updated', 'for another session too');

is($one->ask('BEGIN; DROP EXTENSION user360 CASCADE; ROLLBACK; SELECT 1;'), '1', 'dropped and rolled back');
is($one->ask($card), 'Ada|user360', 'the card is there');
is($one->ask('BEGIN; SAVEPOINT s; DROP EXTENSION user360 CASCADE; ROLLBACK TO s;' . $card), 'Ada|user360', 'within a savepoint too');
$one->ask('COMMIT;');

# Created and rolled back: the plans of this session were made for tables that
# never came to be.
$one->ask('DROP EXTENSION user360 CASCADE;');
is($one->ask('BEGIN;' . create('email') . 'SELECT 1;'), '1', 'created in a transaction');
works($one, 'ada@example.com', 'before the rollback');
$one->ask('ROLLBACK;');
like($one->ask($identify), qr/does not exist/, 'nothing stayed');
is($one->ask(create('email') . 'SELECT 1;'), '1', 'created anew');
works($one, 'ada@example.com', 'after the rollback');

# A ticket table of the user's: DROP takes the triggers, attaching brings them
# back, and another session with the old trigger in its cache follows.
my $ticket = q{INSERT INTO ticket (sender) VALUES ('cookie') RETURNING id;};
my $linked = q{SELECT count(*) FROM user360.ticket;};
my $attach = q{SELECT FROM user360.attach_tickets('ticket');};
$one->ask(q{CREATE TABLE ticket (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bot text DEFAULT 'shop', channel text DEFAULT 'web', sender text);} . $attach);
is($other->ask($ticket), '1', 'a ticket');
is($other->ask($linked), '1', 'is linked');
like($one->ask('DROP EXTENSION user360;'), qr/cannot drop extension user360 because other objects depend on it/, 'no DROP without CASCADE while a table is attached');
$one->ask('DROP EXTENSION user360 CASCADE;');
is($other->ask($ticket), '2', 'a ticket without the extension');
$one->ask(create('email') . $attach);
is($other->ask($ticket), '3', 'a ticket after it came back');
is($other->ask($linked), '1', 'is linked, alone');
is($one->ask($ticket), '4', 'one of the first session');
is($other->ask(q{SELECT p.ticket FROM user360.previous_ticket('shop', 'public.ticket', '4') AS p;}), '3', 'leads to it');

# A mapping changes under a session that has it in its cache, and so does the
# table: columns come, go and change their type.
is($one->ask(q{ALTER TABLE ticket ADD COLUMN mail text, ADD COLUMN junk int; } . q{
SELECT FROM user360.attach_tickets('ticket', 'email=mail'); SELECT 1;}), '1', 'attached with a new column');
is($other->ask(q{INSERT INTO ticket (sender, mail) VALUES ('mailer', 'Grace@Example.com') RETURNING id;}), '5', 'a ticket with it');
is($other->ask(q{SELECT c.userid FROM user360.contact_card_for_ticket('shop', 'public.ticket', 5) AS c;}), 'grace@example.com', 'tells who it is');
$one->ask(q{ALTER TABLE ticket DROP COLUMN junk, ALTER COLUMN sender TYPE varchar(100), ADD COLUMN first_name text;});
is($other->ask(q{INSERT INTO ticket (sender, mail) VALUES ('mailer two', 'GRACE@example.com') RETURNING id;}), '6', 'after ALTER TABLE');
is($other->ask(q{SELECT c.userid FROM user360.contact_card_for_ticket('shop', 'public.ticket', 6) AS c;}), 'grace@example.com', 'it still does');
$one->ask(q{ALTER TABLE ticket DROP COLUMN mail;});
is($other->ask(q{INSERT INTO ticket (sender) VALUES ('mailer two') RETURNING id;}), '7', 'a mapped column is gone, and no insert fails');

# DISCARD ALL, as poolers send it.
is($other->ask('DISCARD ALL; SELECT 1;'), '1', 'DISCARD ALL');
is($other->ask($card), '|contact', 'a card after it');

# A rolled-back change of the policy leaves nothing in the session's cache.
$one->ask(q{BEGIN; SELECT FROM user360.add_channel('shop', 'fax'); SELECT FROM user360.identify('shop', 'fax', '1'); ROLLBACK;});
like($one->ask(q{SELECT FROM user360.identify('shop', 'fax', '1');}), qr/channel "fax" of bot "shop" does not exist/, 'a channel that was rolled back');
$one->ask(q{BEGIN; SAVEPOINT s; SELECT FROM user360.define_property('shop', 'plan', 'string'); ROLLBACK TO s;});
like($one->ask(q{SELECT FROM user360.identify('shop', 'web', 'x', '{"plan": "gold"}');}), qr/property "plan" .*does not exist/, 'a property that was rolled back');
$one->ask('ROLLBACK;');

$_->quit for $one, $other;
$node->stop;
done_testing();
