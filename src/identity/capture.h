/*
 * Capture: the rules of who a sender is.
 */
#ifndef USER360_IDENTITY_CAPTURE_H
#define USER360_IDENTITY_CAPTURE_H

#include "postgres.h"

#include "identity/given.h"
#include "identity/profile.h"

typedef struct Capture
{
	const char *outcome;		/* created, updated, assigned, merged, switched */
	pg_uuid_t	profile_id;		/* the sender's own profile, under which what it
								 * does is stored */
	Profile    *survivor;		/* whom it belongs to, as it is now */
	bool		merged;
	pg_uuid_t	merge_id;
} Capture;

/* A sender by its key. */
extern StoreProbe sender_probe;

/* Runs a capture to its end: at the caller's commit it is all there. */
extern Capture capture(Given *given);

/* What keeps the card away, and the userId where it is recommended. */
extern int	missing_for_card(const BotPolicy *policy, bool has_first_name, bool has_address,
							 bool identified, const char *missing[3]);

#endif
