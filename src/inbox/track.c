/*
 * track(): events from elsewhere on a customer's timeline.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "identity/members.h"
#include "identity/profile.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/plan.h"
#include "store/problem.h"
#include "text/unicode.h"

/* Whoever sends an event again may know the customer by another profile since. */
static StorePlan find_event = {
	.sql = "SELECT 1 FROM " MEMBERS " JOIN user360.event AS e ON e.bot" EQ "$1 AND e.profile_id" EQ "s.profile_id "
	"AND e.event_id" EQ "$3" OF_PROFILE,
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, UUIDOID}
};

/* The profile is held against being erased, as for a ticket. */
static StorePlan insert_tracked = {
	.sql = "WITH owner AS (SELECT p.profile_id FROM user360.profile AS p" OF_PROFILE " FOR KEY SHARE OF p) "
	"INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name, source, actor, payload) "
	"SELECT $1, w.profile_id, $3, $4, true, $5, $6, $7, $8 FROM owner AS w "
	"ON CONFLICT (bot, profile_id, event_id) DO NOTHING",
	.nargs = 8, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

static void
refuse_name(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_INVALID_VALUE),
			 errmsg("\"%s\" can't be the name of an event", clip_value(name, strlen(name))),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static void
check_name(const char *name)
{
	if (text_is_blank(name, strlen(name)) || pg_mbstrlen(name) > MAX_NAME_CHARS)
		refuse_name(name, psprintf("A name has 1 to %d characters.", MAX_NAME_CHARS),
					"Name what happened, such as cart_filled; the rest is for the payload.");
	if (strncmp(name, "USER_", 5) == 0 || strncmp(name, "TICKET_", 7) == 0)
		refuse_name(name, "Names that begin with USER_ or TICKET_ are those of what user360 itself records.",
					"Choose another name; lower case will do.");
}

static char *
event_source(FunctionCallInfo fcinfo)
{
	char	   *source = optional_text(fcinfo, 4);

	if (source == NULL || text_is_blank(source, strlen(source)))
		return "custom";
	if (pg_mbstrlen(source) > MAX_NAME_CHARS)
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("\"%s\" can't be the source of an event", clip_value(source, strlen(source))),
				 errdetail("A source has 1 to %d characters.", MAX_NAME_CHARS),
				 errhint("Name the system from which the event comes.")));
	return source;
}

static Datum
event_payload(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(3))
		return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	if (!JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(3)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("the payload of event \"%s\" is not a JSON object", text_to_cstring(PG_GETARG_TEXT_PP(2))),
				 errhint("Give it as {\"cart\": 3, \"total\": 41.5}.")));
	return PG_GETARG_DATUM(3);
}

static TimestampTz
event_moment(FunctionCallInfo fcinfo)
{
	TimestampTz at = PG_ARGISNULL(5) ? GetCurrentTransactionStartTimestamp() : PG_GETARG_TIMESTAMPTZ(5);

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("\"%s\" can't be the time of an event", timestamptz_to_str(at)),
				 errhint("Leave it out where it is not known.")));
	return at;
}

/* Nothing is written for an event that is there, not even a lock. */
static void
record(const BotPolicy *policy, Datum *values, bool may_be_repeated)
{
	pg_uuid_t  *profile_id = DatumGetUUIDP(values[1]);

	if (may_be_repeated && store_write(&find_event, values, NULL) > 0)
		return;
	if (store_write(&insert_tracked, values, NULL) == 1)
		return;

	/* Erased, or sent by somebody else at the same moment. */
	(void) profile_required(policy, profile_id, profile_by_id);
	if (store_read_latest(&find_event, values, NULL) == 0)
		profile_unsettled(profile_id);
}

PG_FUNCTION_INFO_V1(track);

Datum
track(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_CAPTURE);
	pg_uuid_t  *event_id = palloc(sizeof(pg_uuid_t));
	Datum		values[8];

	require_argument(fcinfo, 1, "profile_id");
	check_name(required_text(fcinfo, 2, "name"));
	*event_id = PG_ARGISNULL(6) ? new_id() : *PG_GETARG_UUID_P(6);
	values[0] = policy->bot_datum;
	values[1] = PG_GETARG_DATUM(1);
	values[2] = UUIDPGetDatum(event_id);
	values[3] = TimestampTzGetDatum(event_moment(fcinfo));
	values[4] = PG_GETARG_DATUM(2);
	values[5] = CStringGetTextDatum(event_source(fcinfo));
	values[6] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[7] = event_payload(fcinfo);

	store_connect();
	record(policy, values, !PG_ARGISNULL(6));
	store_finish();
	PG_RETURN_UUID_P(event_id);
}
