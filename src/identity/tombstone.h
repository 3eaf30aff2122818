/*
 * Tombstones: userIds that were deleted, as digests under a key of the bot's.
 */
#ifndef USER360_IDENTITY_TOMBSTONE_H
#define USER360_IDENTITY_TOMBSTONE_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/policy.h"

/* Nothing where the bot has switched them off. */
extern void tombstone_insert(const BotPolicy *policy, int n, char **userids, TimestampTz at);

/* Marks those of the userIds that have a tombstone at this moment. */
extern void tombstone_find(const BotPolicy *policy, int n, char **userids, TimestampTz at, bool *found);

/* Somebody who was deleted is back: takes the tombstone away and records the
 * return under the new profile. */
extern void tombstone_return(const BotPolicy *policy, const pg_uuid_t *profile_id, const char *userid,
							 const char *channel);

#endif
