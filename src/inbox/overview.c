/*
 * What goes on in a whole bot, for whoever looks after it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "store/access.h"
#include "store/argument.h"
#include "store/plan.h"

/*
 * A contact is a ticket, or a sender who comes for the first time, if it was
 * not with a ticket: one that was read in later is older than its sender.
 * Since when a customer is known can't be told from the days asked for, nor
 * from the profile alone for the same reason.
 */
static const StorePlan count_contacts = {
	.sql = "WITH contact AS (SELECT t.channel, t.opened_at AS at, t.profile_id, true AS is_ticket FROM user360.ticket AS t WHERE t.bot" EQ "$1 "
	"UNION ALL SELECT n.channel, n.first_seen_at, n.profile_id, false FROM user360.sender AS n WHERE n.bot" EQ "$1 "
	"AND NOT EXISTS (SELECT 1 FROM user360.ticket AS t WHERE t.bot" EQ "$1 AND t.profile_id" EQ "n.profile_id "
	"AND t.channel" EQ "n.channel AND t.opened_at" LE "n.first_seen_at)), "
	"known AS (SELECT c.channel, c.at, c.is_ticket, s.profile_id, s.userid, "
	"LEAST(s.created_at, pg_catalog.min(c.at) OVER (PARTITION BY s.profile_id)) AS since FROM contact AS c "
	"JOIN user360.profile AS p ON p.bot" EQ "$1 AND p.profile_id" EQ "c.profile_id "
	"JOIN user360.profile AS s ON s.bot" EQ "$1 AND s.profile_id" EQ "COALESCE(p.merged_into, p.profile_id)), "
	"counted AS (SELECT k.at::pg_catalog.date AS day, k.channel, pg_catalog.count(*) FILTER (WHERE k.is_ticket) AS tickets, "
	"pg_catalog.count(DISTINCT k.profile_id) AS customers, "
	"pg_catalog.count(DISTINCT k.profile_id) FILTER (WHERE k.since::pg_catalog.date" EQ "k.at::pg_catalog.date) AS new_customers, "
	"pg_catalog.count(DISTINCT k.profile_id) FILTER (WHERE k.userid IS NOT NULL) AS identified FROM known AS k "
	"WHERE ($2 IS NULL OR k.at OPERATOR(pg_catalog.>=) $2) AND ($3 IS NULL OR k.at" LT "$3) GROUP BY 1, 2) "
	"SELECT c.day, c.channel, c.tickets, c.customers, c.new_customers, c.identified, "
	"pg_catalog.round(c.identified OPERATOR(pg_catalog.*) 100.0 OPERATOR(pg_catalog./) c.customers::pg_catalog.numeric, 1) "
	"FROM counted AS c ORDER BY c.day, c.channel",
	.nargs = 3, .argtypes = {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}
};

static const StorePlan count_cards = {
	.sql = "WITH customer AS (SELECT p.userid, p.first_name IS NOT NULL AS named, p.phone IS NOT NULL OR p.email IS NOT NULL AS reachable "
	"FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.merged_into IS NULL), "
	"counted AS (SELECT v.n, v.card, v.missing, pg_catalog.count(c.named) AS customers, pg_catalog.count(c.userid) AS identified "
	"FROM (VALUES (1, 'user360', 'nothing', true, true), (2, 'contact', 'first name', false, true), "
	"(3, 'contact', 'phone or email', true, false), (4, 'contact', 'first name, and phone or email', false, false)) "
	"AS v(n, card, missing, named, reachable) LEFT JOIN customer AS c ON c.named" EQ "v.named AND c.reachable" EQ "v.reachable "
	"GROUP BY v.n, v.card, v.missing), "
	"summed AS (SELECT c.*, pg_catalog.sum(c.customers) OVER () AS all_customers FROM counted AS c) "
	"SELECT c.card, c.missing, c.customers, CASE WHEN c.all_customers" GT "0 THEN "
	"pg_catalog.round(c.customers OPERATOR(pg_catalog.*) 100.0 OPERATOR(pg_catalog./) c.all_customers, 1) END, "
	"c.identified, c.customers OPERATOR(pg_catalog.-) c.identified FROM summed AS c ORDER BY c.n",
	.nargs = 1, .argtypes = {TEXTOID}
};

#define MAX_COLUMNS	7

static void
put_row(HeapTuple row, TupleDesc descriptor, void *context)
{
	ReturnSetInfo *result = context;
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS];

	Assert(descriptor->natts <= MAX_COLUMNS && descriptor->natts == result->setDesc->natts);
	for (int i = 0; i < descriptor->natts; i++)
		values[i] = SPI_getbinval(row, descriptor, i + 1, &nulls[i]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(channel_overview);

Datum
channel_overview(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	Datum		arguments[3];
	char		nulls[3] = {' '};

	InitMaterializedSRF(fcinfo, 0);
	arguments[0] = policy->bot_datum;
	for (int i = 1; i < 3; i++)
	{
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		arguments[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
	}
	store_connect();
	store_scan(&count_contacts, arguments, nulls, put_row, fcinfo->resultinfo);
	store_finish();
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(card_gaps);

Datum
card_gaps(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	Datum		arguments[1] = {policy->bot_datum};

	InitMaterializedSRF(fcinfo, 0);
	store_connect();
	store_scan(&count_cards, arguments, NULL, put_row, fcinfo->resultinfo);
	store_finish();
	return (Datum) 0;
}
