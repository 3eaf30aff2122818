/*
 * The lock of a bot.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/inval.h"

#include "store/lock.h"

/* Beside 1 and 2, with which PostgreSQL marks the advisory locks of users. */
#define USER360_LOCK_SPACE	360

BotPolicy *
bot_lock(const char *bot, bool exclusive)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) bot, strlen(bot), 0);
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash,
						 USER360_LOCK_SPACE);
	LockAcquire(&tag, exclusive ? ExclusiveLock : ShareLock, false, false);

	/* What was changed under the lock we waited for has been announced. */
	AcceptInvalidationMessages();
	return policy_get(bot);
}
