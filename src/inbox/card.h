/*
 * Cards, for functions that give many.
 */
#ifndef USER360_INBOX_CARD_H
#define USER360_INBOX_CARD_H

#include "postgres.h"

#include "utils/uuid.h"

#include "store/policy.h"

#define CARD_ATTRIBUTES	12

/* The attributes of a survivor's card, in the current memory context; false:
 * the calling statement does not see the profile. */
extern bool card_of_survivor(const BotPolicy *policy, const pg_uuid_t *id, Datum values[CARD_ATTRIBUTES],
							 bool nulls[CARD_ATTRIBUTES]);

#endif
