/*
 * Who may do what with a bot.
 */
#ifndef USER360_STORE_ACCESS_H
#define USER360_STORE_ACCESS_H

#include "postgres.h"

#include "store/policy.h"

/* The best level that a role has on the bot of this policy. */
extern AccessLevel access_level(BotPolicy *policy, Oid role);

/* Superusers, the owner, and roles with this level on every bot. */
extern bool access_to_every_bot(Oid role, AccessLevel level);

/*
 * The policy of a bot on which the caller has the level.  Raises 42501, with
 * the same text for a bot that is missing; U3001 only for callers who may see
 * every bot.
 */
extern BotPolicy *access_check(const char *bot, AccessLevel level);

#endif
