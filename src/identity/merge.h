/*
 * Merging one profile into another.
 */
#ifndef USER360_IDENTITY_MERGE_H
#define USER360_IDENTITY_MERGE_H

#include "postgres.h"

#include "identity/profile.h"

typedef struct MergeRequest
{
	const BotPolicy *policy;
	Profile    *source;			/* a survivor, locked */
	Profile    *target;			/* another survivor, locked */
	pg_uuid_t	under;			/* the profile that takes the source in: the
								 * target, or the member of the target whose
								 * userId was given */
	const char *reason;			/* or NULL */
	const char *channel;		/* or NULL */
	TimestampTz at;
} MergeRequest;

/* The moment of a change to two locked profiles. */
extern TimestampTz merge_moment(const Profile *source, const Profile *target);

/* Merges, writes and records; the target is what it is afterwards. */
extern pg_uuid_t merge_profile(MergeRequest *request, Profile *target_before);

#endif
