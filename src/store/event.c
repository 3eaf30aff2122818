/*
 * Events that are recorded by themselves.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/event.h"
#include "store/id.h"
#include "store/plan.h"

static StorePlan insert_event = {
	.sql = "INSERT INTO user360.event (bot, profile_id, event_id, at, name, channel, actor, payload) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	.nargs = 8, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

void
event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event)
{
	pg_uuid_t	event_id = new_id();
	char		nulls[] = "        ";
	Datum		values[8];

	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(profile_id);
	values[2] = UUIDPGetDatum(&event_id);
	values[3] = TimestampTzGetDatum(event->at);
	values[4] = CStringGetTextDatum(event->name);
	values[5] = event->channel != NULL ? CStringGetTextDatum(event->channel) : (Datum) 0;
	if (event->channel == NULL)
		nulls[5] = 'n';
	values[6] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[7] = JsonbPGetDatum(event->payload);
	store_write(&insert_event, values, nulls);
}
