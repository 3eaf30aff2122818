/*
 * explain_profile(): where each value of a customer comes from.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "identity/fold.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"

/*
 * The newest event of a profile that gave it these values.  Undoing a merge
 * gives nothing: it lets be seen again what was given before; and a merge gives
 * only what came with the capture that led to it, and nothing else has.
 */
static StorePlan find_giver = {
	.sql = "SELECT e.event_id, e.at, e.channel, e.actor FROM user360.event AS e WHERE e.bot" EQ "$1 "
	"AND e.profile_id" EQ "$2 AND NOT e.tracked AND e.name" NE "'USER_UNMERGE' "
	"AND NOT (e.name" EQ "'USER_UPDATE' AND e.payload OPERATOR(pg_catalog.?) 'mergeId') "
	"AND (e.payload OPERATOR(pg_catalog.->) 'newPayload') OPERATOR(pg_catalog.@>) $3 "
	"ORDER BY e.name" EQ "'USER_MERGE', e.at DESC, e.event_id DESC LIMIT 1",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, JSONBOID}
};

typedef struct Explanation
{
	const BotPolicy *policy;
	ReturnSetInfo *result;
} Explanation;

/* given: {property: value} */
static void
put(const Explanation *explanation, const char *property, const pg_uuid_t *origin, Jsonb *given)
{
	Datum		arguments[3] = {explanation->policy->bot_datum, UUIDPGetDatum(origin), JsonbPGetDatum(given)};
	bool		found = store_read(&find_giver, arguments, NULL) > 0;
	Datum		values[6] = {0};
	bool		nulls[6];

	memset(nulls, true, sizeof(nulls));
	values[0] = CStringGetTextDatum(property);
	values[1] = JsonbPGetDatum(JsonbValueToJsonb(json_find(&given->root, property)));
	nulls[0] = nulls[1] = false;
	if (found)
	{
		HeapTuple	row = SPI_tuptable->vals[0];

		values[5] = SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &nulls[5]);
		values[2] = SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &nulls[2]);
		values[3] = SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &nulls[3]);
		values[4] = SPI_getbinval(row, SPI_tuptable->tupdesc, 4, &nulls[4]);
	}
	tuplestore_putvalues(explanation->result->setResult, explanation->result->setDesc, values, nulls);
}

static void
put_value(const Explanation *explanation, const Property *property, const Value *value, const pg_uuid_t *origin)
{
	JsonObject	given;

	json_begin(&given);
	json_add_value(&given, property, value);
	put(explanation, property->name, origin, json_end(&given));
}

/* One row for each profile that brings items, in their order. */
static void
put_list(const Explanation *explanation, const Property *property, const Value *list)
{
	for (int first = 0; first < list->nitems;)
	{
		Value		part = {.kind = VALUE_LIST, .items = list->items + first};

		while (first + part.nitems < list->nitems &&
			   id_equal(list->origins[first + part.nitems], list->origins[first]))
			part.nitems++;
		put_value(explanation, property, &part, list->origins[first]);
		first += part.nitems;
	}
}

static void
explain(const Explanation *explanation, const Property *property, const Value *value)
{
	if (!value_is_given(value))
		return;
	if (value->origins != NULL)
		put_list(explanation, property, value);
	else
		put_value(explanation, property, value, value->origin);
}

static void
explain_all(const Explanation *explanation, Profile *fold)
{
	JsonObject	userid;

	if (fold->userid != NULL)
	{
		json_begin(&userid);
		json_add_text(&userid, "userId", fold->userid);
		put(explanation, "userId", &fold->id, json_end(&userid));
	}
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		explain(explanation, &system_properties[i], &fold->values.system[i]);
	for (int i = 0; i < fold->values.ncustom; i++)
		explain(explanation, fold->values.custom[i].property, &fold->values.custom[i].value);
}

PG_FUNCTION_INFO_V1(explain_profile);

Datum
explain_profile(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	Explanation explanation = {policy, (ReturnSetInfo *) fcinfo->resultinfo};
	Profile    *survivor;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	store_connect();
	survivor = profile_read(policy, PG_GETARG_UUID_P(1));
	if (survivor != NULL)
		explain_all(&explanation, fold_with_origins(policy, survivor));
	store_finish();
	return (Datum) 0;
}
