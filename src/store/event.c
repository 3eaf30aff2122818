/*
 * Events that are recorded by themselves.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/event.h"
#include "store/id.h"
#include "store/insert.h"

static StoreInsert insert_event = {
	.table = "event",
	.statement = {
		.sql = "INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name, source, channel, actor, payload) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		.nargs = 10, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
	}
};

void
event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event)
{
	pg_uuid_t	event_id = new_id();
	char		nulls[] = "          ";
	Datum		values[10];

	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(profile_id);
	values[2] = UUIDPGetDatum(&event_id);
	values[3] = TimestampTzGetDatum(event->at);
	values[4] = BoolGetDatum(false);
	plan_set_text(values, nulls, 5, event->name);
	plan_set_text(values, nulls, 6, event->source);
	plan_set_text(values, nulls, 7, event->channel);
	plan_set_text(values, nulls, 8, GetUserNameFromId(GetUserId(), false));
	values[9] = JsonbPGetDatum(event->payload);
	store_insert(&insert_event, values, nulls);
}
