/*
 * userIds: from a value to the key.
 */
#ifndef USER360_IDENTITY_USERID_H
#define USER360_IDENTITY_USERID_H

#include "postgres.h"

#include "store/policy.h"
#include "store/problem.h"

/* The canonical userId of a value that is not blank; NULL after a problem
 * was collected. */
extern char *userid_normalize(const BotPolicy *policy, const char *value, Problems *problems);

/* Reports a blocked value: false if it is one. */
extern bool userid_allowed(const BotPolicy *policy, const char *value, Problems *problems);

#endif
