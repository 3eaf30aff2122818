# Customers leave as CSV and come back into an empty bot: as many, each as it
# was, lists with semicolons and quotes in them, addresses as typed, numbers,
# dates and all.  ROUNDTRIP_USERS=100000 takes a minute.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $users = $ENV{ROUNDTRIP_USERS} || 5000;
my $node = PostgreSQL::Test::Cluster->new('roundtrip');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION user360;
SELECT user360.create_bot(b, 'email', ARRAY['web', 'whatsapp'], 'IN') FROM unnest('{from,to}'::text[]) AS b;
SELECT user360.define_property(b, p.name, p.type, p.rule) FROM unnest('{from,to}'::text[]) AS b,
	(VALUES ('plan', 'string', 'latest'), ('labels', 'list', 'union'), ('score', 'number', 'keep'), ('since', 'date', 'keep'), ('met', 'datetime', 'keep'),
		('member', 'boolean', 'keep'), ('site', 'url', 'keep'), ('work', 'phone', 'keep'), ('billing', 'email', 'keep')) AS p(name, type, rule);
SELECT count(user360.identify('from', CASE n % 2 WHEN 0 THEN 'web' ELSE 'whatsapp' END, 's' || n, jsonb_strip_nulls(jsonb_build_object(
	'email', 'Customer.' || n || '\@Example.COM', 'firstName', CASE WHEN n % 3 > 0 THEN 'Asha, "' || n || '"' END, 'lastName', CASE WHEN n % 5 > 0 THEN E'Rao;\\\\n' || n END,
	'phone', CASE n % 3 WHEN 0 THEN '90005 ' || to_char(n % 100000, 'FM00000') WHEN 1 THEN '+4930' || 1000000 + n END, 'gender', CASE WHEN n % 7 = 0 THEN 'f' END,
	'country', 'IN', 'timezone', 'Asia/Kolkata', 'dob', CASE WHEN n % 4 = 0 THEN '1990-02-28' END, 'emailOptin', n % 2 = 0, 'smsOptin', CASE WHEN n % 6 = 0 THEN false END,
	'tags', CASE n % 4 WHEN 0 THEN '["a", "b;c", "d\\\\\\\\e"]'::jsonb WHEN 1 THEN '["vip"]' END, 'plan', CASE WHEN n % 8 > 0 THEN 'plan ' || n % 8 END,
	'labels', CASE WHEN n % 9 = 0 THEN '["x", "y;z", "\\"q\\""]'::jsonb END, 'score', n * 1.5, 'since', '2020-01-31', 'met', '2020-01-31T10:00:00Z', 'member', n % 2 = 1,
	'site', 'https://example.com/' || n, 'work', CASE WHEN n % 10 = 0 THEN '+14155550100' END, 'billing', 'Bills' || n || '\@example.org')))) FROM generate_series(1, $users) AS n;
});

my $file = PostgreSQL::Test::Utils::tempdir . '/customers.csv';
$node->safe_psql('postgres', "\\copy (SELECT * FROM user360.export_users('from')) TO '$file' CSV HEADER");
$node->safe_psql('postgres', q{CREATE TABLE customers ("userId" text, "firstName" text, "lastName" text, phone text, email text, "lastChannel" text, gender text,
	country text, city text, language text, timezone text, dob text, "emailOptin" text, "smsOptin" text, "whatsAppOptin" text, tags text, custom text)});
$node->safe_psql('postgres', "\\copy customers FROM '$file' CSV HEADER");
is( $node->safe_psql('postgres', q{CALL user360.import_users('to', 'customers', 'userId', tags => '{}')}) =~ s/^[^|]*\|//r,
	"$users|$users|0|0|0|0", "$users customers came back");
is($node->safe_psql('postgres', q{SELECT line, property, reason, value FROM user360.import_error LIMIT 5}), '', 'no line was rejected');

my $all = q{SELECT userid, first_name, last_name, phone, email, last_channel, gender, country, city, language, timezone, dob, email_optin, sms_optin,
	whatsapp_optin, tags, custom, as_given FROM user360.profile WHERE bot = };
is($node->safe_psql('postgres', "SELECT * FROM ($all 'from' EXCEPT $all 'to') AS d ORDER BY 1 LIMIT 3"), '', 'each as it was');
is($node->safe_psql('postgres', "SELECT * FROM ($all 'to' EXCEPT $all 'from') AS d ORDER BY 1 LIMIT 3"), '', 'and no other');
is($node->safe_psql('postgres', q{SELECT count(*) FROM user360.verify()}), '0', 'verify() finds nothing');

$node->stop;
done_testing();
