/*
 * Events: what is recorded beside every change.
 */
#ifndef USER360_STORE_EVENT_H
#define USER360_STORE_EVENT_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/policy.h"

typedef struct Event
{
	const char *name;
	const char *source;			/* of a ticket; or NULL */
	const char *channel;		/* or NULL */
	TimestampTz at;
	Jsonb	   *payload;
} Event;

/* Records an event that no other statement of ours brings along. */
extern void event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event);

#endif
