/*
 * The lock order, and the lock of a bot.
 *
 * Every function and trigger takes what it needs of these in this order, and
 * then looks again at what it decided on:
 *
 * 1. the bot: an advisory lock of the transaction; shared by captures that
 *    give or look for a userId, exclusive for whoever changes the policy or
 *    adopts userIds;
 * 2. the sender's row (whoever holds a bot's exclusive lock locks none);
 * 3. the surviving profiles, by ascending profile_id: FOR NO KEY UPDATE to
 *    change them, and for a merge both sides;
 * 4. their members, by ascending profile_id: FOR NO KEY UPDATE by a merge of
 *    what has members, and FOR UPDATE, survivor and all, by whoever parts or
 *    erases them;
 * 5. FOR KEY SHARE on a sender's own profile, by a ticket or a tracked event
 *    that is stored under it; a sole ticket of a customer without news and an
 *    event take this only;
 * 6. tickets: the ticket itself, or the links that an unmerge clears;
 * 7. the userId's entry in the unique index, by an INSERT or UPDATE that
 *    waits for another one's end, or a tracked event's in its key: after it,
 *    nothing is waited for.
 *
 * prune_unidentified() locks many profiles and senders in no order: it leaves
 * alone what somebody holds, and so never waits.
 *
 * A survivor's lock covers its members: what is merged, undone or erased
 * among them needs the survivor first.  Where a row that had to be waited for
 * turns out to be no survivor any more, or not that of the profile in question,
 * its lock is given back (it was taken in a subtransaction) before the next is
 * asked for.  So single calls never deadlock with each other.
 */
#ifndef USER360_STORE_LOCK_H
#define USER360_STORE_LOCK_H

#include "postgres.h"

#include "store/policy.h"

/* Returns the policy in force once the lock is held. */
extern BotPolicy *bot_lock(const char *bot, bool exclusive);

#endif
