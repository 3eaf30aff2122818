/*
 * Erasing at an administrator's wish: a customer, old unidentified profiles,
 * old events.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "identity/erase.h"
#include "identity/tombstone.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/lock.h"
#include "store/plan.h"

#define BATCH	1000

static StorePlan find_forgotten = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.userid IS NULL "
	"AND p.merged_into IS NULL AND p.last_seen_at" LT "$2",
	.nargs = 2, .argtypes = {TEXTOID, TIMESTAMPTZOID}
};

/*
 * Whoever is in use is left alone, which also means that nothing is waited for
 * with the other locks held.
 */
static StorePlan lock_forgotten = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "ANY ($3) "
	"AND p.userid IS NULL AND p.merged_into IS NULL AND p.last_seen_at" LT "$2 FOR UPDATE OF p SKIP LOCKED",
	.nargs = 3, .argtypes = {TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID}
};

static StorePlan lock_senders = {
	.sql = "SELECT n.profile_id FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY ($2) "
	"FOR UPDATE OF n SKIP LOCKED",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

/* With as many senders as were locked, and nothing else to keep them for. */
static StorePlan find_free = {
	.sql = "SELECT i.id FROM pg_catalog.unnest($2) AS i (id) WHERE "
	"(SELECT pg_catalog.count(*) FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "i.id)" EQ
	"(SELECT pg_catalog.count(*) FROM pg_catalog.unnest($3) AS l (id) WHERE l.id" EQ "i.id) "
	"AND NOT EXISTS (SELECT 1 FROM user360.ticket AS t WHERE t.bot" EQ "$1 AND t.profile_id" EQ "i.id) "
	"AND NOT EXISTS (SELECT 1 FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.merged_into" EQ "i.id)",
	.nargs = 3, .argtypes = {TEXTOID, UUIDARRAYOID, UUIDARRAYOID}
};

static StorePlan move_horizon = {
	.sql = "UPDATE user360.bot SET history_from = GREATEST(history_from, $2) WHERE bot" EQ "$1",
	.nargs = 2, .argtypes = {TEXTOID, TIMESTAMPTZOID}
};

static StorePlan delete_events = {
	.sql = "DELETE FROM user360.event WHERE bot" EQ "$1 AND at" LT "$2",
	.nargs = 2, .argtypes = {TEXTOID, TIMESTAMPTZOID}
};

PG_FUNCTION_INFO_V1(delete_user);

Datum
delete_user(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	Customer	customer;
	TimestampTz at;

	require_argument(fcinfo, 1, "profile_id");
	store_connect();
	policy = bot_lock(policy->bot, false);
	customer = customer_lock(policy, PG_GETARG_UUID_P(1));
	at = new_moment();
	customer_erase(policy, &customer, NULL);
	customer_record_end(policy, &customer, optional_text(fcinfo, 2), NULL, at);
	tombstone_insert(policy, customer.nuserids, customer.userids, at);
	store_finish();
	PG_RETURN_VOID();
}

/* The moment that lies so far back. */
static TimestampTz
moment_before(FunctionCallInfo fcinfo, int argument)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz moment;

	require_argument(fcinfo, argument, "older_than");
	moment = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(now),
													 PG_GETARG_DATUM(argument)));
	if (moment > now)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("older_than lies in the future"),
				 errhint("Give an interval that is not negative, such as 90 days.")));
	return moment;
}

static int64
prune_batch(const BotPolicy *policy, pg_uuid_t *ids, int n, TimestampTz before)
{
	Datum		values[3] = {policy->bot_datum, TimestampTzGetDatum(before), id_array(ids, n)};
	uint64		rows;

	rows = store_write(&lock_forgotten, values, NULL);
	values[1] = id_array(result_ids(rows), (int) rows);
	rows = store_write(&lock_senders, values, NULL);
	values[2] = id_array(result_ids(rows), (int) rows);
	rows = store_read_latest(&find_free, values, NULL);
	ids = result_ids(rows);
	for (uint64 i = 0; i < rows; i++)
	{
		Customer	customer = {.survivor = ids[i], .nprofiles = 1, .profiles = &ids[i]};

		customer_erase(policy, &customer, NULL);
		customer_record_end(policy, &customer, "prune_unidentified", NULL, new_moment());
	}
	return (int64) rows;
}

PG_FUNCTION_INFO_V1(prune_unidentified);

Datum
prune_unidentified(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	TimestampTz before = moment_before(fcinfo, 1);
	Datum		values[2];
	int64		pruned = 0;
	pg_uuid_t  *ids;
	uint64		n;

	store_connect();
	policy = bot_lock(policy->bot, false);
	values[0] = policy->bot_datum;
	values[1] = TimestampTzGetDatum(before);
	n = store_write(&find_forgotten, values, NULL);
	ids = result_ids(n);
	for (uint64 i = 0; i < n; i += BATCH)
	{
		CHECK_FOR_INTERRUPTS();
		store_connect();		/* gives back what one batch took */
		pruned += prune_batch(policy, ids + i, (int) Min(BATCH, n - i), before);
		store_finish();
	}
	store_finish();
	PG_RETURN_INT64(pruned);
}

PG_FUNCTION_INFO_V1(prune_events);

Datum
prune_events(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	TimestampTz before = moment_before(fcinfo, 1);
	Datum		values[2];
	uint64		pruned;

	store_connect();
	values[0] = policy->bot_datum;
	values[1] = TimestampTzGetDatum(before);
	store_write(&move_horizon, values, NULL);
	pruned = store_write(&delete_events, values, NULL);
	store_finish();
	PG_RETURN_INT64((int64) pruned);
}
