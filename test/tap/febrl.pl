# Febrl 4: the records of 5,000 people as senders of channel web, and 5,000
# corrupted second records of the same people as senders of whatsapp, all
# through identify() by two sessions at once.  By soc_sec_id as the userId
# 4,561 pairs belong together and no two people do; rec_id gives the truth.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{USER360_SHARED_DATA} || '../shared/data';
my %file = (web => "$data/febrl4a.csv", whatsapp => "$data/febrl4b.csv");
for my $file (values %file)
{
	plan skip_all => "$file is not there" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('febrl');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION user360;
SELECT user360.create_bot('febrl', NULL, ARRAY['web', 'whatsapp'], 'AU');
SELECT user360.define_property('febrl', name, 'string')
	FROM unnest(ARRAY['socSecId', 'address', 'postcode', 'state']) AS name;
SELECT user360.set_userid_property('febrl', 'socSecId');

CREATE TABLE record (rec_id text, given_name text, surname text, street_number text, address_1 text,
	address_2 text, suburb text, postcode text, state text, date_of_birth text, soc_sec_id text, channel text);

-- Some of the corrupted dates are none.
CREATE FUNCTION as_date(digits text) RETURNS date LANGUAGE plpgsql AS $$
BEGIN
	RETURN make_date(substr(digits, 1, 4)::int, substr(digits, 5, 2)::int, substr(digits, 7)::int);
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

CREATE PROCEDURE capture_all(channel text) LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM record WHERE record.channel = capture_all.channel
	LOOP
		PERFORM FROM user360.identify('febrl', channel, r.rec_id, jsonb_build_object(
			'socSecId', r.soc_sec_id, 'firstName', r.given_name, 'lastName', r.surname, 'city', r.suburb,
			'address', concat_ws(' ', r.street_number, r.address_1, r.address_2),
			'postcode', r.postcode, 'state', r.state, 'dob', as_date(r.date_of_birth)));
		COMMIT;
	END LOOP;
END
$$;
});

for my $channel (sort keys %file)
{
	$node->safe_psql('postgres', "
\\copy record (rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id) FROM '$file{$channel}' CSV HEADER
UPDATE record SET channel = '$channel', rec_id = btrim(rec_id), given_name = btrim(given_name), surname = btrim(surname),
	suburb = btrim(suburb), soc_sec_id = btrim(soc_sec_id), date_of_birth = btrim(date_of_birth) WHERE channel IS NULL;");
}
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT rec_id) FROM record'),
	'10000|10000', 'all records are read');

my @sessions = map {
	IPC::Run::start(
		[
			'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr('postgres'),
			'-c', "CALL capture_all('$_')"
		],
		'>', \my $out, '2>', \my $error);
} sort keys %file;
my @results = map { $_->finish } @sessions;
is(scalar(grep { $_ } @results), 2, 'every record goes through identify()');

is($node->safe_psql('postgres', "SELECT channel, count(*) FROM user360.sender GROUP BY channel ORDER BY channel"),
	"web|5000\nwhatsapp|5000", 'every record is a sender');

$node->safe_psql(
	'postgres', q{
CREATE VIEW met AS
	SELECT coalesce(p.merged_into, p.profile_id) AS survivor, s.channel,
		split_part(s.sender, '-', 2) AS person, r.soc_sec_id
	FROM user360.sender AS s JOIN user360.profile AS p USING (bot, profile_id)
		JOIN record AS r ON r.channel = s.channel AND r.rec_id = s.sender;
});
is($node->safe_psql('postgres', 'SELECT count(*) FROM user360.profile WHERE merged_into IS NULL'),
	'5439', 'the profiles');
is( $node->safe_psql(
		'postgres', 'SELECT count(*) FROM (SELECT FROM met GROUP BY survivor HAVING count(DISTINCT channel) = 2) AS m'),
	'4561', 'people met on both channels');
is( $node->safe_psql(
		'postgres', 'SELECT count(*) FROM (SELECT FROM met GROUP BY survivor HAVING count(DISTINCT person) > 1) AS m'),
	'0', 'profiles that hold two people');
is( $node->safe_psql(
		'postgres', 'SELECT count(*) FROM (SELECT FROM met GROUP BY soc_sec_id HAVING count(DISTINCT survivor) > 1) AS m'),
	'0', 'userIds on two profiles');
is( $node->safe_psql(
		'postgres', q{SELECT count(*) FROM user360.profile WHERE merged_into IS NULL
			AND (userid IS NULL OR userid <> custom ->> 'socSecId')}),
	'0', 'profiles whose userId property is not their userId');

$node->stop;
done_testing();
