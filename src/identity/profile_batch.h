/*
 * Many profiles at once: a statement for each step, not for each profile.
 */
#ifndef USER360_IDENTITY_PROFILE_BATCH_H
#define USER360_IDENTITY_PROFILE_BATCH_H

#include "postgres.h"

#include "identity/profile.h"

typedef struct ProfileList
{
	int			n;
	Profile   **profiles;
} ProfileList;

/* Those that are there, in no particular order. */
extern ProfileList profiles_by_userid(const BotPolicy *policy, char **userids, int n);
extern ProfileList profiles_by_id(const BotPolicy *policy, const pg_uuid_t *ids, int n);

/*
 * Locks survivors for change, by ascending profile_id, and reads them afresh,
 * in that order.  Left out is what is no survivor any more and, unless wait,
 * what somebody holds.
 */
extern ProfileList profiles_lock(const BotPolicy *policy, const pg_uuid_t *ids, int n, bool wait);

/* A profile to be made, with the hash of its userId's skeleton. */
typedef struct NewProfile
{
	Profile    *profile;
	bool		has_hash;
	int64		hash;
} NewProfile;

/* Raises 23505 where a userId, or an id, is taken by now: the caller has looked. */
extern void profiles_insert(const BotPolicy *policy, const NewProfile *profiles, int n);

/* Everything but the userId, of locked profiles. */
extern void profiles_update(const BotPolicy *policy, Profile **profiles, int n);

#endif
