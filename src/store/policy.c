/*
 * The cache of policies.
 *
 * Every change of bot, channel, property or access sends a relcache
 * invalidation of table bot, which reaches all backends before the lock of
 * the changing transaction is released.  So a caller who holds the bot's lock
 * and has accepted invalidations sees the policy that is in force.  That a
 * bot, a channel or a property is not there is known for a transaction only:
 * rows may come without an announcement, as a restore's do.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "store/plan.h"
#include "store/policy.h"

typedef struct CacheEntry
{
	char		bot[4 * MAX_NAME_CHARS + 1];	/* the key, terminated */
	BotPolicy  *policy;
} CacheEntry;

static HTAB *cache = NULL;

/* Counts invalidations, so that a policy read meanwhile is not kept. */
static uint64 invalidations = 0;

/* Table bot when a policy was last read; only to know its invalidations. */
static Oid	bot_relation = InvalidOid;

/* Counts transactions, for what is known within one only. */
static uint64 transactions = 0;

static StorePlan read_version = {
	.sql = "SELECT e.extversion FROM pg_catalog.pg_extension AS e WHERE e.extname" EQ "'user360'",
};

static StorePlan read_bot = {
	.sql = "SELECT userid_property, default_region, options, "
	"EXISTS (SELECT 1 FROM user360.tombstone_key AS k WHERE k.bot" EQ "$1) FROM user360.bot WHERE bot" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_channels = {
	.sql = "SELECT channel, kind, sender_form FROM user360.channel WHERE bot" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_properties = {
	.sql = "SELECT property, type, merge_rule FROM user360.property WHERE bot" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_access = {
	.sql = "SELECT role, level FROM user360.access WHERE bot" EQ "$1 OR bot" EQ "'*'",
	.nargs = 1, .argtypes = {TEXTOID}
};

static void
mark_all_stale(void)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	invalidations++;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->policy != NULL)
			entry->policy->stale = true;
	}
}

void
policy_on_relation_change(Oid relation)
{
	if (relation == InvalidOid || relation == bot_relation)
		mark_all_stale();
}

/* Roles, memberships and privileges on the schema decide on levels. */
static void
on_role_change(Datum arg, int cache_id, uint32 hash)
{
	mark_all_stale();
}

static void
on_transaction_end(XactEvent event, void *arg)
{
	transactions++;
}

void
policy_init(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(((CacheEntry *) NULL)->bot);
	control.entrysize = sizeof(CacheEntry);
	control.hcxt = TopMemoryContext;
	cache = hash_create("user360 policies", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, on_role_change, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, on_role_change, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, on_role_change, (Datum) 0);
	RegisterXactCallback(on_transaction_end, NULL);
}

static Oid
find_bot_relation(void)
{
	return get_relname_relid("bot", get_namespace_oid("user360", false));
}

void
policy_changed(void)
{
	CacheInvalidateRelcacheByRelid(find_bot_relation());
	CommandCounterIncrement();
}

/* A column of the current SPI result as a string, or NULL. */
static char *
result_text(int row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

static void
read_options(BotOptions *options, Jsonb *stored)
{
	JsonbIterator *iterator = JsonbIteratorInit(&stored->root);
	JsonbValue	element;
	JsonbIteratorToken token;
	char	   *option = NULL;

	options->lookalike = LOOKALIKE_REPORT;
	options->last_seen_resolution = USECS_PER_HOUR;
	options->tombstones = 365 * USECS_PER_DAY;
	while ((token = JsonbIteratorNext(&iterator, &element, false)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			option = pnstrdup(element.val.string.val, element.val.string.len);
		else if (token == WJB_VALUE && element.type == jbvString && option != NULL)
			option_set(options, option, pnstrdup(element.val.string.val, element.val.string.len));
	}
}

static void
read_policy_properties(BotPolicy *policy)
{
	uint64		rows = store_read_latest(&read_properties, &policy->bot_datum, NULL);
	MemoryContext old = MemoryContextSwitchTo(policy->context);

	policy->properties = palloc0(sizeof(Property) * Max(rows, 1));
	for (uint64 i = 0; i < rows; i++)
	{
		Property   *property = &policy->properties[policy->nproperties++];

		property->name = pstrdup(result_text(i, 1));
		property->system = CUSTOM_PROPERTY;
		if (!property_type_from_name(result_text(i, 2), &property->type) ||
			!merge_rule_from_name(result_text(i, 3), &property->rule))
			elog(ERROR, "property \"%s\" has an unknown type or merge rule", property->name);
	}
	MemoryContextSwitchTo(old);
}

static void
read_policy_channels(BotPolicy *policy)
{
	uint64		rows = store_read_latest(&read_channels, &policy->bot_datum, NULL);
	MemoryContext old = MemoryContextSwitchTo(policy->context);

	policy->channels = palloc0(sizeof(Channel) * Max(rows, 1));
	for (uint64 i = 0; i < rows; i++)
	{
		Channel    *channel = &policy->channels[policy->nchannels++];

		channel->name = pstrdup(result_text(i, 1));
		channel->is_email = strcmp(result_text(i, 2), "email") == 0;
		channel->phone_senders = result_text(i, 3) != NULL;
	}
	MemoryContextSwitchTo(old);
}

static void
read_policy_access(BotPolicy *policy)
{
	uint64		rows = store_read_latest(&read_access, &policy->bot_datum, NULL);
	MemoryContext old = MemoryContextSwitchTo(policy->context);

	policy->access = palloc0(sizeof(AccessEntry) * Max(rows, 1));
	for (uint64 i = 0; i < rows; i++)
	{
		AccessEntry *entry = &policy->access[policy->naccess++];

		entry->role = pstrdup(result_text(i, 1));
		entry->level = access_level_from_name(result_text(i, 2));
	}
	MemoryContextSwitchTo(old);
}

static void
read_policy_bot(BotPolicy *policy)
{
	MemoryContext old;
	char	   *userid_property;
	Datum		options;
	bool		isnull;

	policy->exists = store_read_latest(&read_bot, &policy->bot_datum, NULL) == 1;
	if (!policy->exists)
		return;

	options = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &isnull);
	policy->has_tombstones = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4, &isnull));
	userid_property = result_text(0, 1);
	old = MemoryContextSwitchTo(policy->context);
	if (result_text(0, 2) != NULL)
		policy->default_region = pstrdup(result_text(0, 2));
	read_options(&policy->options, DatumGetJsonbP(options));
	MemoryContextSwitchTo(old);

	read_policy_channels(policy);
	read_policy_properties(policy);
	if (userid_property != NULL)
	{
		policy->userid = policy_property(policy, userid_property);
		if (policy->userid == NULL)
			elog(ERROR, "bot \"%s\" has a userId property \"%s\" that does not exist",
				 policy->bot, userid_property);
	}
}

/* A library that was replaced before ALTER EXTENSION ... UPDATE knows tables
 * and columns that are not there yet. */
static bool
version_fits(void)
{
	return store_read_latest(&read_version, NULL, NULL) == 1 &&
		strcmp(result_text(0, 1), USER360_VERSION) == 0;
}

static BotPolicy *
read_policy(const char *bot)
{
	MemoryContext context = AllocSetContextCreate(TopTransactionContext, "user360 policy",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	BotPolicy  *policy = palloc0(sizeof(BotPolicy));

	policy->context = context;
	policy->bot = pstrdup(bot);
	policy->bot_datum = CStringGetTextDatum(bot);
	MemoryContextSwitchTo(old);

	policy->read_in = transactions;
	bot_relation = find_bot_relation();
	store_connect();
	policy->outdated = !version_fits();
	if (!policy->outdated)
	{
		read_policy_bot(policy);
		read_policy_access(policy);
	}
	store_finish();
	return policy;
}

/* A policy that callers may still hold goes away with the transaction. */
static void
retire(BotPolicy *policy)
{
	MemoryContextSetParent(policy->context, TopTransactionContext);
}

static BotPolicy *
cached_policy(const char *bot)
{
	CacheEntry *entry = hash_search(cache, bot, HASH_FIND, NULL);
	BotPolicy  *policy = entry != NULL ? entry->policy : NULL;

	if (policy == NULL || policy->stale || (!policy->exists && policy->read_in != transactions))
		return NULL;
	return policy;
}

static void
keep_policy(BotPolicy *policy)
{
	bool		found;
	CacheEntry *entry = hash_search(cache, policy->bot, HASH_ENTER, &found);

	if (found && entry->policy != NULL)
		retire(entry->policy);
	MemoryContextSetParent(policy->context, TopMemoryContext);
	entry->policy = policy;
}

BotPolicy *
policy_get(const char *bot)
{
	char		name[sizeof(((CacheEntry *) NULL)->bot)];
	BotPolicy  *policy;
	uint64		before;

	/* What is longer names no bot, and neither does its beginning. */
	strlcpy(name, strlen(bot) < sizeof(name) ? bot : "", sizeof(name));
	policy = cached_policy(name);
	if (policy != NULL)
		return policy;

	before = invalidations;
	policy = read_policy(name);
	if (invalidations != before || policy->outdated || IsInParallelMode())
		policy->stale = true;
	else
		keep_policy(policy);
	return policy;
}

BotPolicy *
policy_get_fresh(const char *bot)
{
	BotPolicy  *policy = policy_get(bot);

	if (policy->read_in == transactions && !policy->stale)
		return policy;
	policy->stale = true;
	return policy_get(bot);
}

/*
 * A refusal must not tell by its time whether the bot is there: what is not
 * there is looked for once a transaction.
 */
void
policy_deny(BotPolicy *policy)
{
	bool		was_looked_for = policy->read_in == transactions || policy->denied_in == transactions;

	policy->denied_in = transactions;
	if (was_looked_for)
		return;
	store_connect();
	version_fits();
	store_read_latest(&read_bot, &policy->bot_datum, NULL);
	store_read_latest(&read_access, &policy->bot_datum, NULL);
	store_finish();
}

const Channel *
policy_channel(const BotPolicy *policy, const char *name)
{
	for (int i = 0; i < policy->nchannels; i++)
	{
		if (strcmp(policy->channels[i].name, name) == 0)
			return &policy->channels[i];
	}
	return NULL;
}

const Property *
policy_property(const BotPolicy *policy, const char *name)
{
	for (int i = 0; i < policy->nproperties; i++)
	{
		if (strcmp(policy->properties[i].name, name) == 0)
			return &policy->properties[i];
	}
	return system_property(name);
}
