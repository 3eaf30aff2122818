/*
 * The past of a customer, read back from the events.
 */
#ifndef USER360_IDENTITY_HISTORY_H
#define USER360_IDENTITY_HISTORY_H

#include "postgres.h"

#include "identity/profile.h"

/*
 * The customer to whom the profile belonged at that moment, as it was recorded
 * then; NULL where it was not there yet.  Raises U3018 before the bot's kept
 * history.
 */
extern Profile *profile_as_of(const BotPolicy *policy, const pg_uuid_t *id, TimestampTz moment);

/* Raises U3018 for a moment before the bot's kept history. */
extern void history_check(const BotPolicy *policy, TimestampTz moment);

/* The profile's own row at that moment, whomever it belonged to. */
extern Profile *profile_row_as_of(const BotPolicy *policy, const pg_uuid_t *id, TimestampTz moment);

#endif
