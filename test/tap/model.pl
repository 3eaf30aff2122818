# Thousands of random calls on a few bots against a model of the rules: who a
# capture is, what overwrites what, how a survivor is folded from its members,
# what an unmerge gives back.  After each call all profiles, senders and merges
# of the bot and the call's answer must be those of the model.  Now and then
# everything is unmerged in a random order, for good or to be rolled back, and
# at the end the cards of recorded moments are asked for again.
#
# The seed is printed; USER360_SEED and USER360_STEPS set it and the length.

use strict;
use warnings;

# The rules.  A bot is a hash:
#   property, overwrite, rules	its policy; a rule is keep unless given
#   profiles	name => { own, userid, created, identified, seen }
#   senders		"channel sender" => profile
#   edges		source => { merge, source, target, at }
#   undone		merges that were undone: merge => edge
#   spans		profile => { profile below it => "from-to from-to ..." }
#   folds		what is derived, until something changes
# own holds what a profile itself was given: property => { value, typed, at },
# typed where it is an address that was written in another way.  Without a
# value it is one that is known only as typed, or, without that either, cleared.
# Every moment is the number of a step.
package Model;

use List::Util qw(max min);

# As PostgreSQL writes jsonb.
sub json
{
	my ($value) = @_;

	return 'null' unless defined $value;
	return '[' . join(', ', map { json($_) } @$value) . ']' if ref $value eq 'ARRAY';
	return '{' . join(', ', map { "\"$_\": " . json($value->{$_}) } sort { length $a <=> length $b || $a cmp $b } keys %$value) . '}'
		if ref $value;
	return $value =~ /^(?:true|false|-?\d+(?:\.\d+)?)$/ ? $value : "\"$value\"";
}

sub same
{
	my ($one, $other) = @_;

	return defined $one && defined $other && json($one) eq json($other);
}

sub value_of
{
	my ($entry) = @_;

	return $entry ? $entry->{value} : undef;
}

sub survivor
{
	my ($bot, $profile) = @_;

	return (way_up($bot->{edges}, $profile))[-1];
}

# The profiles through which one belongs to its survivor.
sub way_up
{
	my ($edges, $profile) = @_;
	my $edge = $edges->{$profile};

	return ($profile, $edge ? way_up($edges, $edge->{target}) : ());
}

# A profile and all that was merged into it, directly or through others.
sub below
{
	my ($bot, $profile) = @_;

	return ($profile, map { below($bot, $_->{source}) } edges_into($bot, $profile));
}

sub edges_into
{
	my ($bot, $profile) = @_;

	return sort { $a->{at} <=> $b->{at} } grep { $_->{target} eq $profile } values %{ $bot->{edges} };
}

sub has_members
{
	my ($bot, $profile) = @_;

	return scalar grep { $_->{target} eq $profile } values %{ $bot->{edges} };
}

sub forget
{
	my ($bot, $profile) = @_;

	delete $bot->{folds}{$_} for below($bot, survivor($bot, $profile));
}

sub unite
{
	my ($ours, $theirs) = @_;
	my %has = map { $_ => 1 } @$ours;

	return [ @$ours, grep { !$has{$_} } @$theirs ];
}

# Which entry a profile has once a member's is there too.
sub choose
{
	my ($rule, $ours, $theirs) = @_;

	return $theirs unless $ours;
	return $ours unless defined $theirs->{value};
	return $theirs->{at} > $ours->{at} ? $theirs : $ours if $rule eq 'latest';
	return defined $ours->{typed} && !defined $ours->{value} ? $theirs : $ours;
}

sub add_member
{
	my ($bot, $fold, $profile, $edge) = @_;
	my $member = fold($bot, $edge->{source});
	my $values = $fold->{values};
	my $has_place = $values->{country} || $values->{timezone};

	for my $name (keys %{ $member->{values} })
	{
		my $theirs = $member->{values}{$name};
		my $rule = $bot->{rules}{$name} // 'keep';

		next unless defined $theirs->{value} || defined $theirs->{typed};
		next if $name eq $bot->{property} && defined $profile->{userid};
		if ($rule eq 'place')
		{
			$values->{$name} = $theirs unless $has_place;
		}
		elsif ($rule eq 'seen')
		{
			$values->{$name} = $theirs if $member->{seen} > $fold->{seen};
		}
		elsif ($rule eq 'union')
		{
			my $own = $profile->{own}{$name};

			# Set after the merge, a list hides what the member brought.
			$values->{$name} = { value => unite(value_of($values->{$name}) // [], $theirs->{value}) }
				unless $own && $own->{at} > $edge->{at};
		}
		else
		{
			$values->{$name} = choose($rule, $values->{$name}, $theirs);
		}
	}
	$fold->{created} = min($fold->{created}, $member->{created});
	$fold->{seen} = max($fold->{seen}, $member->{seen});
	$fold->{identified} = min($fold->{identified}, $member->{identified})
		if defined $fold->{identified} && defined $member->{identified};
}

sub alone
{
	my ($profile) = @_;

	return { values => { %{ $profile->{own} } }, map { $_ => $profile->{$_} } qw(created seen identified) };
}

# Own values, then those of the members in the order of the merges, each a fold
# of what was merged into it.
sub fold
{
	my ($bot, $name) = @_;

	return $bot->{folds}{$name} if $bot->{folds}{$name};
	my $profile = $bot->{profiles}{$name};
	my $fold = alone($profile);
	add_member($bot, $fold, $profile, $_) for edges_into($bot, $name);
	return $bot->{folds}{$name} = $fold;
}

sub properties
{
	my ($fold) = @_;
	my $values = $fold->{values};

	return map { $_ => $values->{$_}{value} } grep { defined $values->{$_}{value} } keys %$values;
}

# How the store should show a profile of such values.
sub row
{
	my ($bot, $name, $fold) = @_;
	my $values = $fold->{values};
	my %typed = map { $_ => $values->{$_}{typed} } grep { defined $values->{$_}{typed} } keys %$values;
	my %row = properties($fold);

	$row{userId} = $bot->{profiles}{$name}{userid} // undef;
	$row{asGiven} = %typed ? \%typed : undef;
	$row{createdAt} = "step $fold->{created}";
	$row{lastSeenAt} = "step $fold->{seen}";
	$row{identifiedAt} = "step $fold->{identified}" if defined $fold->{identified};
	$row{mergedInto} = survivor($bot, $name) if $bot->{edges}{$name};
	$row{hasOwn} = has_members($bot, $name) ? 'true' : 'false';
	return "$name " . json({ map { $_ => $row{$_} } grep { defined $row{$_} } keys %row });
}

# All that the store should hold of a bot.
sub lines
{
	my ($bot) = @_;
	my @lines;

	for my $name (keys %{ $bot->{profiles} })
	{
		my $fold = fold($bot, $name);

		push @lines, $fold->{line} //= row($bot, $name, $fold);
	}
	push @lines, map { "$_ $bot->{senders}{$_}" } keys %{ $bot->{senders} };
	push @lines, map { "$_->{merge} $_->{source} $_->{target}" } values %{ $bot->{edges} };
	return sort @lines;
}

sub missing
{
	my ($bot, $survivor) = @_;
	my $values = fold($bot, $survivor)->{values};

	return [
		(value_of($values->{firstName}) ? () : 'firstName'),
		(value_of($values->{phone}) || value_of($values->{email}) ? () : 'phone or email'),
		(defined $bot->{profiles}{$survivor}{userid} ? () : 'userId')
	];
}

sub card
{
	my ($bot, $profile) = @_;
	my $survivor = survivor($bot, $profile);
	my $values = fold($bot, $survivor)->{values};
	my ($first, $last, $phone) = map { value_of($values->{$_}) } qw(firstName lastName phone);
	my $email = $values->{email} ? $values->{email}{typed} // $values->{email}{value} : undef;
	my $userid = $bot->{profiles}{$survivor}{userid};
	my $full = defined $first && (defined $phone || defined value_of($values->{email}));

	return {
		kind => $full ? 'user360' : 'contact',
		name => join(' ', grep { defined } $first, $last) || undef,
		first_name => $first,
		last_name => $last,
		userid => $userid,
		phone => $phone,
		email => $email,
		profile_id => $survivor,
		identified => defined $userid ? 'true' : 'false',
		view_recent_activity => $full ? 'true' : 'false',
		missing => missing($bot, $survivor),
		last_channel => value_of($values->{lastChannel})
	};
}

sub profile_of_userid
{
	my ($bot, $userid) = @_;
	my @found = grep { ($bot->{profiles}{$_}{userid} // '') eq $userid } keys %{ $bot->{profiles} };

	return $found[0];
}

# What a capture gives to a profile; mine: its sender was its own before.
sub give
{
	my ($bot, $name, $given, $mine, $step) = @_;
	my $profile = $bot->{profiles}{$name};
	my $values = fold($bot, $name)->{values};
	my $changed = 0;

	for my $property (keys %$given)
	{
		my ($new, $seen, $own) = ($given->{$property}, $values->{$property}, $profile->{own}{$property});
		my $replaces = $property eq 'lastChannel' || ($mine && $bot->{overwrite} eq 'own');

		next if $property eq $bot->{property} && defined $profile->{userid};
		if (!defined $new->{value})
		{
			next if defined value_of($seen) || ($seen && ($seen->{typed} // '') eq $new->{typed});
		}
		elsif (defined value_of($seen))
		{
			next if !$replaces || (same($seen->{value}, $new->{value}) && same(value_of($own), $new->{value}));
		}
		$profile->{own}{$property} = { %$new, at => $step };
		$changed = 1;
	}
	$profile->{seen} = $step if $changed;
	forget($bot, $name);
}

sub new_profile
{
	my ($bot, $name, $given, $step) = @_;

	$bot->{profiles}{$name} = { own => {}, created => $step, seen => $step };
	give($bot, $name, $given, 1, $step);
	return $name;
}

sub name_profile
{
	my ($bot, $name, $userid, $step) = @_;

	@{ $bot->{profiles}{$name} }{qw(userid identified seen)} = ($userid, $step, $step);
	forget($bot, $name);
}

# Who belonged to whom at which time.
sub note_span
{
	my ($bot, $source, $target, $moment) = @_;

	for my $above (way_up($bot->{edges}, $target))
	{
		$bot->{spans}{$above}{$_} .= $moment for below($bot, $source);
	}
}

sub add_edge
{
	my ($bot, $source, $target, $step) = @_;

	forget($bot, $source);
	$bot->{edges}{$source} = { merge => "m$step", source => $source, target => $target, at => $step };
	forget($bot, $source);
	note_span($bot, $source, $target, " $step-");
}

# The table of captures.  userid stands in given too, under its property.
sub capture
{
	my ($bot, $sender, $userid, $given, $step) = @_;
	my $own = $bot->{senders}{$sender};
	my $mine = defined $own ? survivor($bot, $own) : undef;
	my $named = defined $userid ? profile_of_userid($bot, $userid) : undef;
	my $theirs = defined $named ? survivor($bot, $named) : undef;
	my ($customer, $outcome, $merge);

	if (defined $mine && (!defined $userid || ($theirs // '') eq $mine))
	{
		($customer, $outcome) = ($mine, 'updated');
		give($bot, $customer, $given, 1, $step);
	}
	elsif (defined $mine && !defined $bot->{profiles}{$mine}{userid})
	{
		if (defined $named)
		{
			($customer, $outcome, $merge) = ($theirs, 'merged', "m$step");
			give($bot, $customer, $given, 0, $step);
			$bot->{profiles}{$customer}{seen} = $step;
			add_edge($bot, $mine, $named, $step);
		}
		else
		{
			($customer, $outcome) = ($mine, 'assigned');
			give($bot, $customer, $given, 1, $step);
			$bot->{profiles}{$customer}{own}{ $bot->{property} } = { %{ $given->{ $bot->{property} } }, at => $step };
			name_profile($bot, $customer, $userid, $step);
		}
	}
	elsif (defined $named)
	{
		($customer, $outcome) = ($theirs, 'switched');
		give($bot, $customer, $given, 0, $step);
		$bot->{senders}{$sender} = $named;
	}
	else
	{
		($customer, $outcome) = (new_profile($bot, "p$step", $given, $step), 'created');
		name_profile($bot, $customer, $userid, $step) if defined $userid;
		$bot->{senders}{$sender} = $customer;
	}
	return {
		profile_id => $customer,
		userid => $bot->{profiles}{$customer}{userid},
		outcome => $outcome,
		missing => missing($bot, $customer),
		merge_id => $merge
	};
}

# An edit by hand: a value sets, undef clears what is seen.
sub edit
{
	my ($bot, $name, $given, $step) = @_;
	my $survivor = survivor($bot, $name);
	my $own = $bot->{profiles}{$survivor}{own};
	my $values = fold($bot, $survivor)->{values};

	for my $property (keys %$given)
	{
		my ($new, $seen) = ($given->{$property}, $values->{$property});

		if (defined $new)
		{
			$own->{$property} = { %$new, at => $step }
				unless same(value_of($seen), $new->{value}) && same(value_of($own->{$property}), $new->{value});
		}
		elsif (defined value_of($seen) || ($seen && defined $seen->{typed}))
		{
			$own->{$property} = { at => $step };
			delete $own->{$property} unless has_members($bot, $survivor);
		}
	}
	forget($bot, $survivor);
	return $survivor;
}

# What becomes of the source's values: they fill, are united, or are not seen
# any more, as what they take the place of.
sub compare
{
	my ($bot, $report, $source, $before, $after) = @_;

	for my $name (keys %$source)
	{
		my ($theirs, $then, $now) = ($source->{$name}, $before->{$name}, $after->{$name});
		my $union = ($bot->{rules}{$name} // 'keep') eq 'union';
		my $changed = defined $now && !same($then, $now);
		my $lost = $changed ? $then : same($theirs, $now) ? undef : $theirs;

		if ($union)
		{
			my %seen = map { $_ => 1 } @{ $now // [] };
			my @hidden = grep { !$seen{$_} } @$theirs;

			$lost = @hidden ? \@hidden : undef;
		}
		$report->{ $union && defined $then ? 'unions' : 'fills' }{$name} = $now if $changed;
		$report->{loses}{$name} = $lost if defined $lost;
	}
}

sub senders_of
{
	my ($bot, @profiles) = @_;
	my %is = map { $_ => 1 } @profiles;

	return scalar grep { $is{$_} } values %{ $bot->{senders} };
}

sub shown
{
	my ($bot, $name) = @_;
	my %properties = properties(fold($bot, $name));

	$properties{userId} = $bot->{profiles}{$name}{userid} if defined $bot->{profiles}{$name}{userid};
	return %properties;
}

# Answers the SQLSTATE and the report.
sub merge
{
	my ($bot, $source, $named, $step) = @_;

	return 'U3014' if grep { !$bot->{profiles}{$_} } $source, $named;
	my $target = survivor($bot, $named);
	my %report = (merge_id => undef, source_id => $source, target_id => $target, fills => {}, unions => {}, loses => {}, senders => 0, members => 0);
	my ($theirs, $ours) = map { $bot->{profiles}{$_}{userid} } $source, $target;

	if ($source ne $named && $source ne $target)
	{
		return 'U3015' if $bot->{edges}{$source} || (defined $theirs && !defined $ours);
		my @along = below($bot, $source);
		my %source = properties(fold($bot, $source));
		my %before = properties(fold($bot, $target));
		my $under = defined $theirs && !defined $bot->{profiles}{$named}{userid} ? $target : $named;

		$report{senders} = senders_of($bot, @along);
		$report{members} = @along - 1;
		$report{merge_id} = "m$step";
		add_edge($bot, $source, $under, $step);
		compare($bot, \%report, \%source, \%before, { properties(fold($bot, $target)) });
	}
	$report{profile} = { shown($bot, $target) };
	return ('00000', \%report);
}

# What the profiles on the way up were given while the source belonged to them.
sub stays
{
	my ($bot, $edge) = @_;
	my ($name, $since) = @$edge{qw(target at)};
	my %stays;

	while (1)
	{
		my $own = $bot->{profiles}{$name}{own};

		$stays{$_} = $own->{$_}{value} for grep { $own->{$_}{at} > $since } keys %$own;
		my $up = $bot->{edges}{$name} or return \%stays;
		($name, $since) = ($up->{target}, max($since, $up->{at}));
	}
}

sub unmerge
{
	my ($bot, $merge, $step) = @_;

	return 'U3020' if $bot->{undone}{$merge};
	my ($edge) = grep { $_->{merge} eq $merge } values %{ $bot->{edges} };
	return 'U3014' unless $edge;
	my ($source, $target) = @$edge{qw(source target)};
	my @parting = below($bot, $source);
	my %report = (
		merge_id => $merge,
		source_id => $source,
		target_id => survivor($bot, $source),
		stays => stays($bot, $edge),
		senders => senders_of($bot, @parting),
		members => @parting - 1,
		links => 0);

	forget($bot, $source);
	note_span($bot, $source, $target, $step);
	$bot->{undone}{$merge} = delete $bot->{edges}{$source};

	# Without members there is nothing that a cleared value would hide.
	my $own = $bot->{profiles}{$target}{own};
	if (!has_members($bot, $target))
	{
		delete $own->{$_} for grep { !defined $own->{$_}{value} && !defined $own->{$_}{typed} } keys %$own;
	}
	forget($bot, $_) for $source, $target;
	return ('00000', \%report);
}

sub erase
{
	my ($bot, $name) = @_;

	return 'U3014' unless $bot->{profiles}{$name};
	my %gone = map { $_ => 1 } below($bot, survivor($bot, $name));

	for my $edges (@$bot{qw(edges undone)})
	{
		delete $edges->{$_} for grep { $gone{ $edges->{$_}{source} } || $gone{ $edges->{$_}{target} } } keys %$edges;
	}
	delete @{ $bot->{senders} }{ grep { $gone{ $bot->{senders}{$_} } } keys %{ $bot->{senders} } };
	delete @$_{ keys %gone } for @$bot{qw(profiles folds spans)};
	$bot->{gone} = (sort keys %gone)[0];
	return '00000';
}

package main;

use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Storable qw(dclone);
use Test::More;

my $seed = $ENV{USER360_SEED} // int(rand(2**31));
my $steps = $ENV{USER360_STEPS} // 10_000;
my $batch_size = 500;
srand($seed);
diag("USER360_SEED=$seed USER360_STEPS=$steps");

my %rules = (
	lastChannel => 'seen', country => 'place', timezone => 'place', tags => 'union',
	tier => 'latest', score => 'latest', wishes => 'latest', interests => 'union');
my %values = (
	firstName => [qw(Asha Ben Chen)], lastName => [qw(Rao Diaz)], city => [qw(Pune Lyon Oslo)],
	country => [qw(IN FR NO)], timezone => [qw(Asia/Kolkata Europe/Paris Europe/Oslo)],
	language => [qw(en fr hi)], dob => [qw(1990-01-31 1985-12-01)], emailOptin => [qw(true false)],
	plan => [qw(basic gold)], tier => [qw(red green blue)], score => [qw(1 2.5 30)]);
my %lists = map { $_ => [qw(a b c d e)] } qw(tags wishes interests sizes);

# Each as typed and as it is stored.
my %addresses = (
	email => [ map { [ "Person$_\@Example.com", "person$_\@example.com" ], [ "person$_\@example.com" ] } 1 .. 20 ],
	phone => [ map { [ "+91 90005 000$_", "+9190005000$_" ], [ "+9190005000$_" ] } 11 .. 30 ],
	loyalty => [ map { ["L-$_"] } 1 .. 20 ]);

my %bots = map {
	my ($name, $property, $overwrite, @channels) = @$_;
	$name => {
		name => $name, property => $property, overwrite => $overwrite, channels => \@channels, rules => \%rules,
		map { $_ => {} } qw(profiles senders edges undone folds spans)
	}
} [ 'shop', 'email', 'own', qw(web whatsapp email) ], [ 'desk', 'phone', 'never', qw(web whatsapp) ], [ 'club', 'loyalty', 'own', qw(web app) ];

my $node = PostgreSQL::Test::Cluster->new('model');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('shop', 'email', ARRAY['web', 'whatsapp', 'email']);
SELECT user360.create_bot('desk', 'phone', ARRAY['web', 'whatsapp']);
SELECT user360.set_option('desk', 'overwrite', 'never');
SELECT user360.create_bot('club', NULL, ARRAY['web', 'app']);
SELECT user360.define_property('club', 'loyalty', 'string'), user360.set_userid_property('club', 'loyalty');
SELECT user360.define_property(bot, property, type, rule) FROM unnest(ARRAY['shop', 'desk', 'club']) AS bot, (VALUES
	('plan', 'string', 'keep'), ('sizes', 'list', 'keep'), ('tier', 'string', 'latest'), ('score', 'number', 'latest'),
	('wishes', 'list', 'latest'), ('interests', 'list', 'union')) AS p (property, type, rule);
CREATE VIEW state AS
SELECT bot, profile_id || ' ' || jsonb_strip_nulls(custom || jsonb_build_object('userId', userid, 'mergedInto', merged_into,
	'createdAt', created_at, 'lastSeenAt', last_seen_at, 'identifiedAt', identified_at, 'hasOwn', own IS NOT NULL,
	'asGiven', as_given, 'firstName', first_name, 'lastName', last_name, 'phone', phone, 'email', email,
	'lastChannel', last_channel, 'gender', gender, 'country', country, 'city', city, 'language', language,
	'timezone', timezone, 'dob', dob, 'emailOptin', email_optin, 'smsOptin', sms_optin,
	'whatsAppOptin', whatsapp_optin, 'tags', to_jsonb(tags)))::text AS line
FROM user360.profile
UNION ALL SELECT bot, channel || ' ' || sender || ' ' || profile_id FROM user360.sender
UNION ALL SELECT bot, merge_id || ' ' || source_id || ' ' || target_id FROM user360.merge WHERE undone_at IS NULL;
});

sub pick
{
	return $_[ rand @_ ];
}

# One of a hash's keys, by what the seed alone decides.
sub pick_key
{
	my ($hash) = @_;

	return pick(sort keys %$hash);
}

sub pick_profile
{
	my ($bot) = @_;

	return rand() < 0.02 && $bot->{gone} ? $bot->{gone} : pick_key($bot->{profiles});
}

sub pick_address
{
	my ($property) = @_;
	my ($typed, $stored) = @{ pick(@{ $addresses{$property} }) };

	return defined $stored ? { raw => $typed, value => $stored, typed => $typed } : { raw => $typed, value => $typed };
}

sub pick_list
{
	my ($property) = @_;
	my %items = map { $_ => rand() } @{ $lists{$property} };
	my @items = sort { $items{$a} <=> $items{$b} } sort keys %items;

	return [ @items[ 0 .. rand 3 ] ];
}

sub pick_value
{
	my ($property) = @_;

	return pick_address($property) if $addresses{$property};
	my $value = $lists{$property} ? pick_list($property) : pick(@{ $values{$property} });
	return { raw => $value, value => $value };
}

sub editable
{
	my ($bot) = @_;

	return sort(keys %values, keys %lists, grep { $_ ne $bot->{property} } qw(email phone));
}

# The properties of a call as they are written: raw, or null.
sub write_properties
{
	my ($given) = @_;

	return "'" . Model::json({ map { $_ => defined $given->{$_} ? $given->{$_}{raw} : undef } keys %$given }) . "'";
}

# A step: the bot, the SQL of one row with a column "result", what is expected,
# and the names of the profile and the merge that it makes.  Names stand for
# uuids, in the SQL as variables of psql.
my (@batch, %uuid, %name_of, %step_of, %count, @moments);
my $step = 0;

sub add_step
{
	my ($bot, $kind, $sql, $sqlstate, $result, %made) = @_;

	$count{$kind}++;
	push @batch, {
		number => $step, bot => $bot->{name}, sql => $sql, sqlstate => $sqlstate, result => Model::json($result),
		lines => join("\n", Model::lines($bot)), %made
	};
}

sub capture
{
	my ($bot) = @_;
	my $channel = pick(@{ $bot->{channels} });
	my $sender = ucfirst($channel) . ' ' . int(1 + rand 9);
	my $key = $sender;
	my %written = map { $_ => pick_value($_) } grep { rand() < 0.15 } editable($bot);
	my $userid;

	if ($channel eq 'email')
	{
		$userid = rand() < 0.8 ? pick_address('email') : undef;
		($sender, $key) = ($userid->{raw}, $userid->{value}) if $userid;
	}
	elsif (rand() < 0.35)
	{
		$userid = pick_address($bot->{property});
	}
	my %given = (%written, lastChannel => { value => $channel });
	$given{ $bot->{property} } = $userid if $userid;
	$given{email} = { typed => $sender } if $channel eq 'email' && !$userid;
	$written{ rand() < 0.5 ? 'userId' : $bot->{property} } = $userid if $userid && $channel ne 'email';

	# Blanks say nothing.
	$written{$_} //= { raw => pick(' ', undef) } for grep { rand() < 0.03 } sort keys %values;

	my $result = Model::capture($bot, "$channel $key", $userid ? $userid->{value} : undef, \%given, $step);
	add_step(
		$bot, $result->{outcome},
		"SELECT to_jsonb(i) AS result, i.profile_id AS profile, i.merge_id AS merge FROM user360.identify('$bot->{name}', '$channel', '$sender', "
			. write_properties(\%written) . ") AS i",
		'00000', $result,
		profile => $result->{outcome} eq 'created' ? $result->{profile_id} : undef,
		merge => $result->{merge_id});
}

sub edit
{
	my ($bot, $kind) = @_;
	my $profile = pick_profile($bot) or return capture($bot);
	my @properties = editable($bot);
	my %written =
		$kind eq 'clear' ? map { $_ => undef } grep { rand() < 0.2 } @properties
		: $kind eq 'list' ? map { $_ => rand() < 0.8 ? pick_value($_) : undef } pick_key(\%lists)
		: map { $_ => pick_value($_) } grep { rand() < 0.15 } @properties;
	my $sqlstate = $bot->{profiles}{$profile} ? '00000' : 'U3014';

	if ($kind eq 'userid')
	{
		$written{ pick('userId', $bot->{property}) } = rand() < 0.5 ? pick_address($bot->{property}) : undef;
		$sqlstate = 'U3007' if $sqlstate eq '00000';
	}
	my $result = $sqlstate eq '00000' ? Model::edit($bot, $profile, {%written}, $step) : undef;

	# Blank texts are left out.
	exists $written{$_} or $written{$_} = { raw => ' ' } for grep { rand() < 0.03 } sort keys %values;
	add_step($bot, $kind, "SELECT to_jsonb(user360.update_contact('$bot->{name}', :'$profile', " . write_properties(\%written) . ')) AS result',
		$sqlstate, $result);
}

sub merge
{
	my ($bot) = @_;
	my ($source, $target) = (pick_profile($bot), pick_profile($bot));

	return capture($bot) unless defined $source;
	$source = Model::survivor($bot, $source) if rand() < 0.9;
	$target = pick_key($bot->{edges}) if rand() < 0.3 && %{ $bot->{edges} };
	my $call = "SELECT to_jsonb(r) AS result, r.merge_id AS merge FROM user360.merge_profiles('$bot->{name}', :'$source', :'$target'";

	# Asked before, it says what will be.
	if (rand() < 0.3)
	{
		my ($sqlstate, $report) = Model::merge(dclone($bot), $source, $target, $step);

		$report->{merge_id} = undef if $report;
		add_step($bot, 'dry run', "$call, true) AS r", $sqlstate, $report);
	}
	my ($sqlstate, $report) = Model::merge($bot, $source, $target, $step);
	add_step(
		$bot, $sqlstate ne '00000' ? 'merge refused' : $report->{merge_id} ? 'merge' : 'merge of one',
		"$call, false, 'model') AS r", $sqlstate, $report, merge => $report ? $report->{merge_id} : undef);
}

sub unmerge
{
	my ($bot, $merge) = @_;
	my ($edge) = grep { $_->{merge} eq $merge } values %{ $bot->{edges} };
	my $up = $edge && $bot->{edges}{ $edge->{target} };
	my $kind = !$edge ? 'unmerge refused' : $up ? 'unmerge from a member' : 'unmerge';

	$count{'three merges deep'}++ if $up && $bot->{edges}{ $up->{target} };
	my ($sqlstate, $report) = Model::unmerge($bot, $merge, $step);
	$count{'something stays'}++ if $report && %{ $report->{stays} };
	$count{'members part'}++ if $report && $report->{members};
	add_step($bot, $kind, "SELECT to_jsonb(r) AS result FROM user360.unmerge('$bot->{name}', :'$merge') AS r", $sqlstate, $report);
}

sub unmerge_one
{
	my ($bot) = @_;
	my $merge = rand() < 0.05 && %{ $bot->{undone} } ? pick_key($bot->{undone}) : pick(sort map { $_->{merge} } values %{ $bot->{edges} });

	return defined $merge ? unmerge($bot, $merge) : merge($bot);
}

sub erase
{
	my ($bot) = @_;
	my $profile = pick_profile($bot) or return capture($bot);

	add_step($bot, 'delete', "SELECT to_jsonb(user360.delete_user('$bot->{name}', :'$profile')::text) AS result", Model::erase($bot, $profile), '');
}

# All merges of a bot in a random order; kept: for good.
sub unmerge_all
{
	my ($bot, $kept) = @_;
	my $before = dclone($bot);

	push @batch, { script => 'BEGIN;' } unless $kept;
	while (%{ $bot->{edges} })
	{
		$step++;
		unmerge($bot, $bot->{edges}{ pick_key($bot->{edges}) }{merge});
	}
	my @alone = map { Model::row($bot, $_, Model::alone($bot->{profiles}{$_})) } keys %{ $bot->{profiles} };
	push @alone, map { "$_ $bot->{senders}{$_}" } keys %{ $bot->{senders} };
	$count{$kept ? 'all unmerged' : 'all unmerged, rolled back'}++;
	push @batch, { number => $step, bot => $bot->{name}, lines => join("\n", sort @alone) };
	return if $kept;
	%$bot = %$before;
	push @batch, { script => 'ROLLBACK;' };
	push @batch, { number => $step, bot => $bot->{name}, lines => join("\n", Model::lines($bot)) };
}

# Who everybody is now, to be asked for again at the end.
sub record_moment
{
	my ($bot) = @_;
	my @profiles = keys %{ $bot->{profiles} };
	my $moment = {
		bot => $bot,
		step => $step,
		cards => { map { $_ => Model::card($bot, $_) } @profiles },
		userids => { map { $_ => $bot->{profiles}{$_}{userid} } @profiles },
		edges => { %{ $bot->{edges} } }
	};

	push @moments, $moment;
	push @batch, { number => $step, moment => $moment, sql => 'SELECT clock_timestamp() AS result', sqlstate => '00000' };
}

sub uuids_to_names
{
	my ($text) = @_;

	$text =~ s/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21})/$name_of{$1} \/\/ $1/ge;
	return $text;
}

# A moment that was not seen before is that of the step.
my %translated;

sub translate
{
	my ($line, $number) = @_;

	return $translated{$line} //= uuids_to_names($line) =~ s/"(\d{4}-\d\d-\d\dT[^"]+)"/'"step ' . ($step_of{$1} \/\/= $number) . '"'/ger;
}

sub batch_script
{
	my $script = join('', map { "\\set $_ $uuid{$_}\n" } sort keys %uuid);

	for my $entry (@batch)
	{
		$script .= "$entry->{script}\n" if $entry->{script};
		$script .= "$entry->{sql} \\gset\n\\echo = :SQLSTATE :result\n" if $entry->{sql};
		$script .= "\\echo :profile\n\\set $entry->{profile} :profile\n" if $entry->{profile};
		$script .= "\\echo :merge\n\\set $entry->{merge} :merge\n" if $entry->{merge};
		$script .= "SELECT line FROM state WHERE bot = '$entry->{bot}';\n\\echo .\n" if defined $entry->{lines};
	}
	return $script;
}

sub learn
{
	my ($name, $uuid) = @_;

	$uuid{$name} = $uuid;
	$name_of{$uuid} = $name;
}

# The first thing in which a step's outcome differs from what is expected, or
# nothing.
sub difference
{
	my ($entry, $output) = @_;

	if ($entry->{sql})
	{
		my ($sqlstate, $result) = (shift(@$output) // '') =~ /^= (\w+) (.*)$/ or return 'no answer';

		learn($entry->{profile}, shift @$output) if $entry->{profile};
		learn($entry->{merge}, shift @$output) if $entry->{merge};
		return "SQLSTATE $sqlstate, not $entry->{sqlstate}" if $sqlstate ne $entry->{sqlstate};
		$entry->{moment}{at} = $result if $entry->{moment};
		$result = uuids_to_names($result);
		return "the answer is\n$result\nnot\n$entry->{result}"
			if $entry->{result} && $sqlstate eq '00000' && $result ne $entry->{result};
	}
	return unless defined $entry->{lines};
	my @lines;
	while (@$output && $output->[0] ne '.')
	{
		push @lines, translate(shift @$output, $entry->{number});
	}
	shift @$output;
	return if join("\n", sort @lines) eq $entry->{lines};
	my %stored = map { $_ => 1 } @lines;
	my %expected = map { $_ => 1 } split /\n/, $entry->{lines};
	return join("\n", 'stored', (grep { !$expected{$_} } sort keys %stored), 'expected', grep { !$stored{$_} } sort keys %expected);
}

# The names that a call may use.
sub names_of
{
	my ($bot) = @_;

	return ($bot->{gone} // (), keys %{ $bot->{profiles} }, keys %{ $bot->{undone} }, map { $_->{merge} } values %{ $bot->{edges} });
}

# Every call, to be run again by hand up to one that went wrong.
my $script_file = "$PostgreSQL::Test::Utils::tmp_check/model.sql";
unlink $script_file;

sub run_batch
{
	my ($what) = @_;
	my $script = batch_script();
	my ($out, $error) = ('', '');

	append_to_file($script_file, $script);
	$node->psql('postgres', $script, stdout => \$out, stderr => \$error, on_error_stop => 0);
	my @output = split /\n/, $out;
	for my $entry (@batch)
	{
		next if $entry->{script};
		my $difference = difference($entry, \@output);

		next unless defined $difference;
		fail($what);
		diag("USER360_SEED=$seed, step $entry->{number}, bot $entry->{bot}\n" . ($entry->{sql} // 'all unmerged') . "\n$difference");
		diag("all calls: $script_file");
		$node->stop;
		done_testing();
		exit 1;
	}
	pass($what);
	my %needed = map { $_ => 1 } map { names_of($_) } values %bots;
	delete @uuid{ grep { !$needed{$_} } keys %uuid };
	@batch = ();
	%translated = ();
}

my @kinds = (
	(\&capture) x 52,
	(sub { edit($_[0], 'edit') }) x 9,
	(sub { edit($_[0], 'clear') }) x 7,
	(sub { edit($_[0], 'list') }) x 7,
	sub { edit($_[0], 'userid') },
	(\&merge) x 11,
	(\&unmerge_one) x 12,
	(\&erase) x 2);

my $started = time;
while ($step < $steps)
{
	my $first = $step + 1;

	while (@batch < $batch_size && $step < $steps)
	{
		$step++;
		my $bot = $bots{ pick_key(\%bots) };

		pick(@kinds)->($bot);
		record_moment($bot) if $step % 150 == 0;
		unmerge_all($bot, rand() < 0.3) if $step % 400 == 0;
	}
	run_batch("steps $first to $step");
}

# In the end everybody is alone again.
for my $name (sort keys %bots)
{
	record_moment($bots{$name});
	unmerge_all($bots{$name}, 1);
	run_batch("all profiles of $name are what they were given");
}

# Whoever was erased since is not there in the past either, and what others had
# of them while they were merged need not be.
sub is_recorded
{
	my ($moment, $profile) = @_;
	my $bot = $moment->{bot};
	my @way = Model::way_up($moment->{edges}, $profile);
	my $spans = $bot->{spans}{ $way[-1] };

	return 0 if grep { !$bot->{profiles}{$_} } @way;
	for my $erased (grep { !$bot->{profiles}{$_} } keys %$spans)
	{
		return 0 if grep { /(\d+)-(\d+)/ && $1 <= $moment->{step} && $moment->{step} < $2 } split / /, $spans->{$erased};
	}
	return 1;
}

# Calls for the cards of a moment, each with what it should answer.  A userId
# is only that of who had it then.
sub cards_of
{
	my ($moment) = @_;
	my $bot = $moment->{bot};
	my $now = $bot->{profiles};
	my @known = grep { is_recorded($moment, $_) } sort keys %{ $moment->{cards} };
	my %known = map { $_ => 1 } @known;
	my @cards = map { [ "contact_card_for_profile('$bot->{name}', :'$_', '$moment->{at}')", $moment->{cards}{$_} ] } @known;

	for my $profile (grep { defined $now->{$_}{userid} } sort keys %$now)
	{
		my $userid = $now->{$profile}{userid};
		my $then = ($moment->{userids}{$profile} // '') eq $userid;

		push @cards, [ "contact_card('$bot->{name}', '$userid', '$moment->{at}')", $then ? $moment->{cards}{$profile} : undef ]
			if $known{$profile} || !$then;
	}
	return @cards;
}

my @wrong;
for my $moment (@moments)
{
	my @cards = cards_of($moment) or next;
	my $script = join('', (map { "\\set $_ $uuid{$_}\n" } sort keys %{ $moment->{bot}{profiles} }),
		map { "SELECT coalesce(to_jsonb(user360.$_->[0]), 'null');\n" } @cards);
	my @answers = split /\n/, uuids_to_names($node->safe_psql('postgres', $script));

	$count{'cards of the past'} += @cards;
	push @wrong, map { $answers[$_] eq Model::json($cards[$_][1]) ? () : "$cards[$_][0] is\n$answers[$_]\nnot\n" . Model::json($cards[$_][1]) } 0 .. $#cards;
}
is(scalar @wrong, 0, 'the past is as it was recorded') or diag(join("\n", @wrong[ 0 .. min(9, $#wrong) ]));
is($node->safe_psql('postgres', 'SELECT * FROM user360.verify()'), '', 'the store is sound');

note(join(', ', map { "$count{$_} $_" } sort keys %count) . sprintf('; %d seconds', time - $started));
cmp_ok($count{$_} // 0, '>', $steps / 2000, "there were: $_")
	for qw(created updated assigned merged switched edit clear list userid merge unmerge delete), 'merge of one', 'merge refused', 'dry run',
	'unmerge from a member', 'unmerge refused', 'something stays', 'members part', 'cards of the past';
cmp_ok($count{$_} // 0, '>', 0, "there were: $_") for 'three merges deep', 'all unmerged', 'all unmerged, rolled back';

$node->stop;
done_testing();
