/*
 * A bot's policy: its userId property, options, channels, properties and who
 * may use it, cached in the backend.
 */
#ifndef USER360_STORE_POLICY_H
#define USER360_STORE_POLICY_H

#include "postgres.h"

#include "store/level.h"
#include "store/option.h"
#include "store/property.h"

typedef struct Channel
{
	char	   *name;
	bool		is_email;
	bool		phone_senders;
} Channel;

typedef struct AccessEntry
{
	char	   *role;
	AccessLevel level;
} AccessEntry;

typedef struct BotPolicy
{
	MemoryContext context;
	bool		exists;			/* false: nothing but the access of roles to every bot */
	bool		outdated;		/* the library is newer than the extension's objects */
	bool		stale;
	uint64		read_in;		/* the transaction, counted by this backend */
	uint64		denied_in;
	char	   *bot;
	Datum		bot_datum;
	const Property *userid;		/* NULL: no userId property chosen */
	char	   *default_region; /* NULL: none */
	BotOptions	options;
	bool		has_tombstones; /* somebody was deleted, at some time */
	int			nchannels;
	Channel    *channels;
	int			nproperties;
	Property   *properties;		/* custom ones */
	int			naccess;
	AccessEntry *access;
	Oid			checked_role;	/* the role whose level was last worked out */
	AccessLevel checked_level;
} BotPolicy;

extern void policy_init(void);
extern void policy_on_relation_change(Oid relation);

/*
 * The policy of a bot.  It stays as it is until the end of the transaction,
 * though a later call may give a newer one.
 */
extern BotPolicy *policy_get(const char *bot);

/* Takes the time that it takes to find that there is no such bot. */
extern void policy_deny(BotPolicy *policy);

/* The same, as it is in this transaction: for a channel or property that was
 * not found. */
extern BotPolicy *policy_get_fresh(const char *bot);

/* Tells every backend, at commit, that a policy or an access has changed. */
extern void policy_changed(void);

/* NULL: not there */
extern const Channel *policy_channel(const BotPolicy *policy, const char *name);
extern const Property *policy_property(const BotPolicy *policy, const char *name);

#endif
