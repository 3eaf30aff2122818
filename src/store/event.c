/*
 * Events that are recorded by themselves.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/event.h"
#include "store/id.h"
#include "store/table.h"

#define EVENT_COLUMNS	10

static StoreTable event_rows = {
	.table = "event",
	.statement = {
		.sql = "INSERT INTO user360.event (bot, profile_id, event_id, at, tracked, name, source, channel, actor, payload) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		.nargs = EVENT_COLUMNS, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
	}
};

static const char *
actor(void)
{
	return GetUserNameFromId(GetUserId(), false);
}

/* event_id lives as long as the row is needed. */
static void
event_columns(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event, const pg_uuid_t *event_id,
			  const char *by, Datum *values, char *nulls)
{
	memset(nulls, ' ', EVENT_COLUMNS);
	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(profile_id);
	values[2] = UUIDPGetDatum(event_id);
	values[3] = TimestampTzGetDatum(event->at);
	values[4] = BoolGetDatum(false);
	plan_set_text(values, nulls, 5, event->name);
	plan_set_text(values, nulls, 6, event->source);
	plan_set_text(values, nulls, 7, event->channel);
	plan_set_text(values, nulls, 8, by);
	values[9] = JsonbPGetDatum(event->payload);
}

void
event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event)
{
	pg_uuid_t	event_id = new_id();
	Datum		values[EVENT_COLUMNS];
	char		nulls[EVENT_COLUMNS];

	event_columns(policy, profile_id, event, &event_id, actor(), values, nulls);
	store_insert(&event_rows, values, nulls);
}

typedef struct Events
{
	const BotPolicy *policy;
	const ProfileEvent *list;
	const pg_uuid_t *ids;
	const char *by;				/* who calls: the rows are written as the owner */
} Events;

static void
event_row(int row, Datum *values, bool *isnull, void *context)
{
	const Events *events = context;
	char		nulls[EVENT_COLUMNS];

	event_columns(events->policy, &events->list[row].profile_id, &events->list[row].event, &events->ids[row],
				  events->by, values, nulls);
	for (int i = 0; i < EVENT_COLUMNS; i++)
		isnull[i] = nulls[i] == 'n';
}

void
events_insert(const BotPolicy *policy, const ProfileEvent *list, int n)
{
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(n, 1));
	Events		events = {policy, list, ids, actor()};

	new_ids(ids, n);
	store_insert_many(&event_rows, n, event_row, &events);
	pfree(ids);
}
