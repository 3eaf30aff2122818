/*
 * Look-alikes: new userIds that can be taken for another one.
 */
#ifndef USER360_IDENTITY_LOOKALIKE_H
#define USER360_IDENTITY_LOOKALIKE_H

#include "postgres.h"

#include "utils/uuid.h"

#include "store/policy.h"
#include "store/problem.h"

/* The hash of a userId's skeleton; false where there is nothing to compare:
 * numbers and phone numbers are made of digits. */
extern bool lookalike_hash(const BotPolicy *policy, const char *userid, int64 *hash);

/*
 * Why a new userId is suspect, or NULL.  Two that come at the same moment do
 * not see each other: this is a warning sign, and no rule that an index
 * guarantees.
 */
extern const char *lookalike_find(const BotPolicy *policy, const char *userid);

/* Why a userId that has a skeleton is suspect by itself, or NULL. */
extern const char *lookalike_mixed(const BotPolicy *policy, const char *userid);

/* Can one of two userIds be taken for the other? */
extern bool lookalike_same(const BotPolicy *policy, const char *userid, const char *other);

/* Of many that come at once: the hash, and why it is suspect, or NULL. */
typedef struct Lookalike
{
	bool		has_hash;
	int64		hash;
	const char *reason;
} Lookalike;

/* The same for many, in their order: a later one is also compared with those
 * before it. */
extern void lookalike_find_many(const BotPolicy *policy, char **userids, int n, Lookalike *answers);

/* Records the suspicion as an event. */
extern void lookalike_report(const BotPolicy *policy, const pg_uuid_t *profile_id, const char *userid,
							 const char *reason, const char *channel);

extern void lookalike_refuse(const char *userid, const char *reason, Problems *problems);

#endif
