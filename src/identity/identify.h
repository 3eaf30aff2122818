/*
 * What identify() shares with other ways to capture.
 */
#ifndef USER360_IDENTITY_IDENTIFY_H
#define USER360_IDENTITY_IDENTIFY_H

#include "postgres.h"

#include "store/policy.h"

/* NULL: the bot has no such channel, not even one added a moment ago. */
extern const Channel *find_channel(BotPolicy **policy, const char *name);

/* A text[] of what missing_for_card() names. */
extern Datum missing_array(int n, const char *const *missing);

#endif
