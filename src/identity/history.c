/*
 * The past of a customer.
 *
 * Every change of a row that anybody sees is an event of that row's profile,
 * with the values before: taking back those that are later than a moment gives
 * the row as it was.  Whose it was then is told by the merges, which keep when
 * they were made and undone.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "identity/history.h"
#include "store/errors.h"
#include "store/json.h"
#include "store/plan.h"

static StorePlan find_horizon = {
	.sql = "SELECT b.history_from FROM user360.bot AS b WHERE b.bot" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan find_target = {
	.sql = "SELECT m.target_id FROM user360.merge AS m WHERE m.bot" EQ "$1 AND m.source_id" EQ "$2 "
	"AND m.merged_at" LE "$3 AND (m.undone_at IS NULL OR m.undone_at" GT "$3)",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, TIMESTAMPTZOID}
};

/* Newest first. */
static StorePlan find_later = {
	.sql = "SELECT e.name, e.payload FROM user360.event AS e WHERE e.bot" EQ "$1 AND e.profile_id" EQ "$2 "
	"AND NOT e.tracked AND e.at" GT "$3 ORDER BY e.at DESC, e.event_id DESC",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, TIMESTAMPTZOID}
};

void
history_check(const BotPolicy *policy, TimestampTz moment)
{
	Datum		values[1] = {policy->bot_datum};
	TimestampTz horizon;
	bool		isnull;

	if (store_read(&find_horizon, values, NULL) == 0)
		return;
	horizon = DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (!isnull && moment < horizon)
		ereport(ERROR,
				(errcode(ERRCODE_U360_BEFORE_HISTORY),
				 errmsg("the history of bot \"%s\" is not known before %s", policy->bot, timestamptz_to_str(horizon)),
				 errdetail("Earlier events were pruned with user360.prune_events()."),
				 errhint("Ask for a later moment.")));
}

/* Whose it was, through all merges that were in force. */
static pg_uuid_t
survivor_as_of(const BotPolicy *policy, const pg_uuid_t *id, TimestampTz moment)
{
	pg_uuid_t	survivor = *id;
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&survivor), TimestampTzGetDatum(moment)};
	bool		isnull;

	while (store_read(&find_target, values, NULL) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		survivor = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	return survivor;
}

typedef struct TakeBack
{
	const BotPolicy *policy;
	Profile    *profile;
} TakeBack;

static void
take_back_pair(const char *key, const JsonbValue *json, void *context)
{
	TakeBack   *back = context;
	const Property *property;
	Value		absent = {0};

	if (strcmp(key, "userId") == 0)
	{
		back->profile->userid = json_scalar_text(json);
		return;
	}
	property = policy_property(back->policy, key);
	if (property == NULL)
		property = policy_property(policy_get_fresh(back->policy->bot), key);
	if (property != NULL)
		*property_slot(&back->profile->values, property, true) =
			json->type == jbvNull ? absent : json_to_value(json);
}

static void
take_back(const BotPolicy *policy, Profile *profile, Jsonb *payload)
{
	TakeBack	back = {policy, profile};
	Jsonb	   *before = json_get_object(payload, "oldPayload");
	Jsonb	   *as_given = json_get_object(payload, "oldAsGiven");

	if (before != NULL)
		json_visit(before, take_back_pair, &back);
	if (as_given != NULL)
		profile->as_given = JB_ROOT_COUNT(as_given) > 0 ? as_given : NULL;
}

/* False: it was made later. */
static bool
take_back_later(const BotPolicy *policy, Profile *profile, TimestampTz moment)
{
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&profile->id), TimestampTzGetDatum(moment)};
	uint64		rows = store_read(&find_later, values, NULL);
	SPITupleTable *events = SPI_tuptable;
	bool		isnull;

	for (uint64 i = 0; i < rows; i++)
	{
		if (strcmp(SPI_getvalue(events->vals[i], events->tupdesc, 1), "USER_CREATE") == 0)
			return false;
		take_back(policy, profile, DatumGetJsonbP(SPI_getbinval(events->vals[i], events->tupdesc, 2, &isnull)));
	}
	return true;
}

Profile *
profile_row_as_of(const BotPolicy *policy, const pg_uuid_t *id, TimestampTz moment)
{
	Profile    *profile;

	history_check(policy, moment);
	profile = profile_as_seen(policy, id);
	if (profile == NULL)
		return NULL;
	profile_load_custom(policy, profile);
	return take_back_later(policy, profile, moment) ? profile : NULL;
}

Profile *
profile_as_of(const BotPolicy *policy, const pg_uuid_t *id, TimestampTz moment)
{
	pg_uuid_t	survivor;

	survivor = survivor_as_of(policy, id, moment);
	return profile_row_as_of(policy, &survivor, moment);
}
