/*
 * Erasing a customer.
 *
 * The rows are locked in the order of store/lock.h: senders, the survivor, its
 * members, each against KEY SHARE, so that no ticket comes in unseen.  All of
 * it in a subtransaction: where the set has changed on the way, the locks are
 * given back and the look starts anew.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "identity/erase.h"
#include "identity/profile.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"
#include "store/subtransaction.h"

#define SET_OF(survivor) \
	"(SELECT " survivor " UNION ALL SELECT m.profile_id FROM user360.profile AS m " \
	"WHERE m.bot" EQ "$1 AND m.merged_into" EQ survivor ")"

static StorePlan lock_senders = {
	.sql = "SELECT n.channel, n.sender FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY (ARRAY" SET_OF("$2") ") "
	"ORDER BY n.channel, n.sender FOR UPDATE OF n",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan lock_survivor = {
	.sql = "SELECT p.profile_id, p.userid FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2 "
	"AND p.merged_into IS NULL FOR UPDATE OF p",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan lock_members = {
	.sql = "SELECT p.profile_id, p.userid FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.merged_into" EQ "$2 "
	"ORDER BY p.profile_id FOR UPDATE OF p",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

/* Senders that are there, those of them that were locked, and profiles. */
static StorePlan count_set = {
	.sql = "SELECT (SELECT pg_catalog.count(*) FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY (s.ids)), "
	"(SELECT pg_catalog.count(*) FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) AS l (channel, sender) JOIN user360.sender AS n "
	"ON n.bot" EQ "$1 AND n.channel" EQ "l.channel AND n.sender" EQ "l.sender AND n.profile_id" EQ "ANY (s.ids)), "
	"pg_catalog.cardinality(s.ids) FROM (SELECT ARRAY" SET_OF("$2") " AS ids) AS s",
	.nargs = 4, .argtypes = {TEXTOID, UUIDOID, TEXTARRAYOID, TEXTARRAYOID}
};

static StorePlan erase_profiles = {
	.sql = "DELETE FROM user360.profile WHERE bot" EQ "$1 AND profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}, .rights = PLAN_ERASES
};

static StorePlan erase_senders = {
	.sql = "DELETE FROM user360.sender WHERE bot" EQ "$1 AND profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan inherit_senders = {
	.sql = "UPDATE user360.sender AS n SET profile_id = $3 FROM user360.channel AS c WHERE n.bot" EQ "$1 "
	"AND n.profile_id" EQ "ANY ($2) AND c.bot" EQ "n.bot AND c.channel" EQ "n.channel AND c.kind" EQ "'chat'",
	.nargs = 3, .argtypes = {TEXTOID, UUIDARRAYOID, UUIDOID}
};

static StorePlan erase_tickets = {
	.sql = "DELETE FROM user360.ticket WHERE bot" EQ "$1 AND profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan erase_events = {
	.sql = "DELETE FROM user360.event WHERE bot" EQ "$1 AND profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

/* In one order for everybody: two who were merged with each other, either way
 * round, may be erased at once. */
static StorePlan lock_merges = {
	.sql = "SELECT m.merge_id FROM user360.merge AS m WHERE m.bot" EQ "$1 AND m.merge_id" EQ "ANY (ARRAY("
	"SELECT s.merge_id FROM user360.merge AS s WHERE s.bot" EQ "$1 AND s.source_id" EQ "ANY ($2) UNION ALL "
	"SELECT t.merge_id FROM user360.merge AS t WHERE t.bot" EQ "$1 AND t.target_id" EQ "ANY ($2))) "
	"ORDER BY m.merge_id FOR UPDATE OF m",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan erase_merges = {
	.sql = "DELETE FROM user360.merge WHERE bot" EQ "$1 AND merge_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

/* By the userIds that stand in them: a rejected line has no profile. */
static StorePlan erase_import_errors = {
	.sql = "DELETE FROM user360.import_error WHERE bot" EQ "$1 AND userid" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, TEXTARRAYOID}
};

static void
add_profiles(Customer *customer, uint64 rows)
{
	customer->profiles = repalloc(customer->profiles, sizeof(pg_uuid_t) * (customer->nprofiles + rows));
	customer->userids = repalloc(customer->userids, sizeof(char *) * (customer->nuserids + rows));
	for (uint64 i = 0; i < rows; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		char	   *userid = SPI_getvalue(row, SPI_tuptable->tupdesc, 2);
		bool		isnull;

		customer->profiles[customer->nprofiles++] =
			*DatumGetUUIDP(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		if (userid != NULL)
			customer->userids[customer->nuserids++] = userid;
	}
}

/* By what is committed now, whatever the transaction's snapshot shows. */
static bool
is_complete(const BotPolicy *policy, const Customer *customer, const Datum *senders)
{
	Datum		values[4] = {policy->bot_datum, UUIDPGetDatum(&customer->survivor), senders[0], senders[1]};
	HeapTuple	row;
	bool		isnull;

	store_read_latest(&count_set, values, NULL);
	row = SPI_tuptable->vals[0];
	return DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull)) == customer->nsenders &&
		DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull)) == customer->nsenders &&
		DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &isnull)) == customer->nprofiles;
}

/* A column of the current result, as an array. */
static Datum
text_column(uint64 rows, int column)
{
	Datum	   *texts = palloc(sizeof(Datum) * Max(rows, 1));
	bool		isnull;

	for (uint64 i = 0; i < rows; i++)
		texts[i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, column, &isnull);
	return PointerGetDatum(construct_array(texts, (int) rows, TEXTOID, -1, false, TYPALIGN_INT));
}

static bool
lock_all(const BotPolicy *policy, const pg_uuid_t *id, const Profile *survivor, Customer *customer)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(&survivor->id)};
	Datum		senders[2];
	uint64		rows;

	customer->survivor = survivor->id;
	customer->profiles = palloc(sizeof(pg_uuid_t));
	customer->userids = palloc(sizeof(char *));
	customer->nsenders = (int) store_write(&lock_senders, values, NULL);
	senders[0] = text_column(customer->nsenders, 1);
	senders[1] = text_column(customer->nsenders, 2);
	rows = store_write(&lock_survivor, values, NULL);
	if (rows == 0)
		return false;
	add_profiles(customer, rows);
	customer->userid = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	rows = store_write(&lock_members, values, NULL);
	add_profiles(customer, rows);
	return is_complete(policy, customer, senders) && profile_leads_to(policy, id, survivor);
}

static bool
try_lock(const BotPolicy *policy, const pg_uuid_t *id, const Profile *survivor, Customer *customer)
{
	Subtransaction saved = subtransaction_begin();
	volatile bool locked = false;

	PG_TRY();
	{
		locked = lock_all(policy, id, survivor, customer);
		subtransaction_end(&saved, locked);
	}
	PG_CATCH();
	{
		ReThrowError(subtransaction_fail(&saved));
	}
	PG_END_TRY();
	return locked;
}

Customer
customer_lock(const BotPolicy *policy, const pg_uuid_t *id)
{
	for (int round = 0; round < PROFILE_ROUNDS; round++)
	{
		Profile    *survivor = profile_survivor(policy, profile_required(policy, id, profile_by_id));
		Customer	customer = {.nprofiles = 0};

		CHECK_FOR_INTERRUPTS();
		if (survivor != NULL && try_lock(policy, id, survivor, &customer))
			return customer;
		if (IsolationUsesXactSnapshot())
			break;
	}
	profile_unsettled(id);
}

static void
erase_errors(const BotPolicy *policy, const Customer *customer)
{
	Datum	   *userids = palloc(sizeof(Datum) * (customer->nuserids + 1));
	Datum		values[2] = {policy->bot_datum};

	if (customer->nuserids == 0)
		return;
	for (int i = 0; i < customer->nuserids; i++)
		userids[i] = CStringGetTextDatum(customer->userids[i]);
	values[1] = PointerGetDatum(construct_array(userids, customer->nuserids, TEXTOID, -1, false, TYPALIGN_INT));
	store_write_latest(&erase_import_errors, values, NULL);
}

void
customer_erase(const BotPolicy *policy, const Customer *customer, const pg_uuid_t *heir)
{
	StorePlan  *const plans[] = {&erase_profiles, &erase_senders, &erase_tickets, &erase_events};
	Datum		values[3] = {policy->bot_datum, id_array(customer->profiles, customer->nprofiles)};
	uint64		merges;

	if (heir != NULL)
	{
		values[2] = UUIDPGetDatum(heir);
		store_write_latest(&inherit_senders, values, NULL);
	}
	for (int i = 0; i < (int) lengthof(plans); i++)
		store_write_latest(plans[i], values, NULL);
	merges = store_write_latest(&lock_merges, values, NULL);
	values[1] = id_array(result_ids(merges), (int) merges);
	store_write_latest(&erase_merges, values, NULL);
	erase_errors(policy, customer);
}

void
customer_record_end(const BotPolicy *policy, const Customer *customer, const char *reason,
					const pg_uuid_t *replaced_by, TimestampTz at)
{
	const Property profiles = {.name = "profiles", .type = PROPERTY_LIST};
	Value		list = {.kind = VALUE_LIST, .nitems = customer->nprofiles};
	Event		event = {.name = "USER_DELETE", .at = at};
	JsonObject	payload;

	list.items = palloc(sizeof(char *) * customer->nprofiles);
	for (int i = 0; i < customer->nprofiles; i++)
		list.items[i] = id_text(&customer->profiles[i]);
	json_begin(&payload);
	json_add_value(&payload, &profiles, &list);
	if (reason != NULL)
		json_add_text(&payload, "reason", reason);
	if (replaced_by != NULL)
		json_add_text(&payload, "replacedBy", id_text(replaced_by));
	event.payload = json_end(&payload);
	event_insert(policy, &customer->survivor, &event);
}
