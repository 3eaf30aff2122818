/*
 * The timeline of a customer, over all members of the merged set.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/access.h"
#include "store/argument.h"
#include "store/json.h"
#include "store/plan.h"

#define MAX_ROWS	1000

/* Each member's newest rows from its part of the index, then the newest. */
static StorePlan recent_events = {
	.sql = "SELECT e.event_id, e.at, e.name, e.source, e.channel, e.payload FROM ("
	"SELECT m.profile_id FROM user360.profile AS p JOIN user360.profile AS m ON m.bot" EQ "p.bot "
	"AND m.profile_id" EQ "COALESCE(p.merged_into, p.profile_id) WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2 "
	"UNION ALL "
	"SELECT m.profile_id FROM user360.profile AS p JOIN user360.profile AS m ON m.bot" EQ "p.bot "
	"AND m.merged_into" EQ "COALESCE(p.merged_into, p.profile_id) WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2"
	") AS s CROSS JOIN LATERAL ("
	"SELECT e.event_id, e.at, e.name, e.source, e.channel, e.payload FROM user360.event AS e "
	"WHERE e.bot" EQ "$1 AND e.profile_id" EQ "s.profile_id AND NOT e.tracked "
	"AND ROW(e.at, e.event_id)" LT "ROW($4, $5) "
	"ORDER BY e.at DESC, e.event_id DESC LIMIT $3) AS e "
	"ORDER BY e.at DESC, e.event_id DESC LIMIT $3",
	.nargs = 5, .argtypes = {TEXTOID, UUIDOID, INT8OID, TIMESTAMPTZOID, UUIDOID}
};

static const char *
kind_of(const char *name)
{
	if (strncmp(name, "TICKET_", 7) == 0)
		return "ticket";
	if (strcmp(name, "USER_MERGE") == 0 || strcmp(name, "USER_UNMERGE") == 0)
		return "merge";
	return strncmp(name, "USER_", 5) == 0 ? "profile" : "event";
}

static void
put_activity(ReturnSetInfo *result, uint64 row)
{
	HeapTuple	tuple = SPI_tuptable->vals[row];
	TupleDesc	descriptor = SPI_tuptable->tupdesc;
	Datum		columns[6];
	bool		column_nulls[6];
	Datum		values[8];
	bool		nulls[8] = {false};
	char	   *ref;

	heap_deform_tuple(tuple, descriptor, columns, column_nulls);
	ref = json_get_text(DatumGetJsonbP(columns[5]), "ticket");
	values[0] = columns[0];
	values[1] = columns[1];
	values[2] = CStringGetTextDatum(kind_of(TextDatumGetCString(columns[2])));
	values[3] = columns[2];
	values[4] = columns[3];
	nulls[4] = column_nulls[3];
	values[5] = columns[4];
	nulls[5] = column_nulls[4];
	values[6] = ref != NULL ? CStringGetTextDatum(ref) : (Datum) 0;
	nulls[6] = ref == NULL;
	values[7] = columns[5];
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static int64
row_limit(FunctionCallInfo fcinfo)
{
	int32		rows = PG_ARGISNULL(2) ? 20 : PG_GETARG_INT32(2);

	if (rows < 1 || rows > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows is %d", rows),
				 errdetail("It is from 1 to %d.", MAX_ROWS)));
	return rows;
}

PG_FUNCTION_INFO_V1(recent_activity);

Datum
recent_activity(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	pg_uuid_t	first_id = {{0}};
	Datum		arguments[5];
	uint64		rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	arguments[0] = policy->bot_datum;
	arguments[1] = PG_GETARG_DATUM(1);
	arguments[2] = Int64GetDatum(row_limit(fcinfo));
	arguments[3] = PG_ARGISNULL(3) ? TimestampTzGetDatum(DT_NOEND) : PG_GETARG_DATUM(3);
	arguments[4] = PG_ARGISNULL(4) ? UUIDPGetDatum(&first_id) : PG_GETARG_DATUM(4);

	store_connect();
	rows = store_read(&recent_events, arguments, NULL);
	for (uint64 i = 0; i < rows; i++)
		put_activity(result, i);
	store_finish();
	return (Datum) 0;
}
