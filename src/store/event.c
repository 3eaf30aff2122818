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
	.sql = "INSERT INTO user360.event (bot, profile_id, event_id, at, name, source, channel, actor, payload) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	.nargs = 9, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

void
event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event)
{
	pg_uuid_t	event_id = new_id();
	char		nulls[] = "         ";
	Datum		values[9];

	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(profile_id);
	values[2] = UUIDPGetDatum(&event_id);
	values[3] = TimestampTzGetDatum(event->at);
	plan_set_text(values, nulls, 4, event->name);
	plan_set_text(values, nulls, 5, event->source);
	plan_set_text(values, nulls, 6, event->channel);
	plan_set_text(values, nulls, 7, GetUserNameFromId(GetUserId(), false));
	values[8] = JsonbPGetDatum(event->payload);
	store_write(&insert_event, values, nulls);
}
