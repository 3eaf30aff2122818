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

/* An event and whose it is. */
typedef struct ProfileEvent
{
	pg_uuid_t	profile_id;
	Event		event;
} ProfileEvent;

/* Records what has happened, under the user who calls. */
extern void event_insert(const BotPolicy *policy, const pg_uuid_t *profile_id, const Event *event);
extern void events_insert(const BotPolicy *policy, const ProfileEvent *list, int n);

#endif
