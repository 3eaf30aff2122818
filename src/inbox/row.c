/*
 * Rows of attached tables, as link_ticket() and capture_contact() see them.
 *
 * All of the user's own (output functions of column types) runs as the
 * caller, before any plan of ours.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "identity/identify.h"
#include "inbox/row.h"
#include "store/access.h"
#include "store/bot.h"
#include "store/errors.h"
#include "store/lock.h"
#include "store/plan.h"

/* The mapping of a trigger, read once a backend. */
typedef struct CachedMapping
{
	Oid			trigger;		/* the key */
	Oid			relation;
	bool		valid;
	MemoryContext context;
	Mapping    *mapping;
} CachedMapping;

static HTAB *mappings = NULL;

/* Beyond this many, channels are for an administrator to add: whoever may
 * insert a ticket could fill the table. */
#define MAX_RECORDED_CHANNELS	100

static StorePlan record_channel = {
	.sql = "INSERT INTO user360.channel (bot, channel, kind) VALUES ($1, $2, 'chat') "
	"ON CONFLICT (bot, channel) DO NOTHING",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

/* Columns come and go: the mapping is resolved again at the next row. */
void
row_on_relation_change(Oid relation)
{
	HASH_SEQ_STATUS status;
	CachedMapping *cached;

	hash_seq_init(&status, mappings);
	while ((cached = hash_seq_search(&status)) != NULL)
	{
		if (relation == InvalidOid || cached->relation == relation)
			cached->valid = false;
	}
}

void
row_init(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(CachedMapping);
	control.hcxt = TopMemoryContext;
	mappings = hash_create("user360 mappings", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void
row_warn(Relation relation, int sqlstate, const char *reason)
{
	ereport(WARNING,
			(errcode(sqlstate),
			 errmsg("a row of \"%s\" is not linked to its customer: %s", SPI_getrelname(relation), reason),
			 errhint("The row itself is stored.")));
}

static bool
is_function(Oid function, const char *name)
{
	char	   *found = get_func_name(function);

	return found != NULL && strcmp(found, name) == 0 &&
		get_func_namespace(function) == get_namespace_oid("user360", true);
}

const Trigger *
row_trigger(Relation relation, const char *function)
{
	TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_INSERT(trigger->tgtype) && TRIGGER_FOR_ROW(trigger->tgtype) &&
			is_function(trigger->tgfoid, function))
			return trigger;
	}
	return NULL;
}

/* A trigger that was made by hand may have arguments that are no mapping. */
static Mapping *
parse_or_warn(Relation relation, const Trigger *trigger)
{
	MemoryContext context = CurrentMemoryContext;
	Mapping    *volatile mapping = NULL;

	PG_TRY();
	{
		mapping = mapping_parse(trigger->tgnargs, trigger->tgargs);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
		mapping = palloc0(sizeof(Mapping));
		row_warn(relation, ERRCODE_U360_MAPPING, "the trigger's arguments are no mapping");
	}
	PG_END_TRY();
	return mapping;
}

const Mapping *
row_mapping(Relation relation, const Trigger *trigger)
{
	Oid			key = trigger->tgoid;
	RowShape	shape = {RelationGetRelationName(relation), RelationGetDescr(relation)};
	MemoryContext old;
	bool		found;
	CachedMapping *cached = hash_search(mappings, &key, HASH_ENTER, &found);

	if (found && cached->valid)
		return cached->mapping;

	/* An outer call of the same trigger may still read the old one. */
	if (found && cached->context != NULL)
		MemoryContextSetParent(cached->context, TopTransactionContext);
	cached->valid = false;
	cached->relation = RelationGetRelid(relation);
	cached->context = AllocSetContextCreate(TopMemoryContext, "user360 mapping", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(cached->context);
	cached->mapping = parse_or_warn(relation, trigger);
	mapping_resolve(cached->mapping, &shape, WARNING);
	MemoryContextSwitchTo(old);
	cached->valid = true;
	return cached->mapping;
}

char *
row_text(const Row *row, const char *name)
{
	return mapping_text(row->mapping, name, row->tuple, row->descriptor);
}

/* Where a trigger was made by hand: the table's name, as attaching takes it. */
char *
row_source(const Row *row)
{
	const MappedName *mapped = mapping_find(row->mapping, "source");
	char	   *source = mapped != NULL && (mapped->constant != NULL || row->tuple != NULL) ? row_text(row, "source") : NULL;

	if (source == NULL)
		source = psprintf("%s.%s", get_namespace_name(RelationGetNamespace(row->relation)),
						  RelationGetRelationName(row->relation));
	return short_key(source);
}

void
row_given(const Row *row, Given *given)
{
	for (int i = 0; i < row->mapping->n; i++)
	{
		const MappedName *name = &row->mapping->names[i];

		if (!mapping_is_ticket_name(name->name))
		{
			Value		value = mapping_value(name, row->tuple, row->descriptor);

			if (value_is_given(&value) || value.kind == VALUE_OBJECT)
				given_add(given, name->name, value);
		}
	}
}

static bool
name_differs(const Row *old, const Row *new, const MappedName *name)
{
	return mapping_differs(name, old->tuple, new->tuple, new->descriptor);
}

bool
row_name_changed(const Row *old, const Row *new, const char *name)
{
	const MappedName *mapped = mapping_find(new->mapping, name);

	return mapped != NULL && name_differs(old, new, mapped);
}

bool
row_properties_changed(const Row *old, const Row *new)
{
	for (int i = 0; i < new->mapping->n; i++)
	{
		const MappedName *name = &new->mapping->names[i];

		if (!mapping_is_ticket_name(name->name) && name_differs(old, new, name))
			return true;
	}
	return false;
}

const char *
row_obstacle(const Row *row, Oid role, BotPolicy **policy, int *sqlstate)
{
	char	   *bot = row_text(row, "bot");

	*sqlstate = ERRCODE_U360_UNKNOWN_BOT;
	if (bot == NULL)
		return "its bot is blank";
	*policy = policy_get(bot);
	if ((*policy)->outdated)
	{
		*sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		return "the extension must be updated";
	}
	if (access_level(*policy, role) < ACCESS_CAPTURE)
	{
		*sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
		return psprintf("permission denied for bot \"%s\"", clip_value(bot, strlen(bot)));
	}
	if (!(*policy)->exists)
		return psprintf("bot \"%s\" does not exist", clip_value(bot, strlen(bot)));
	return NULL;
}

BotPolicy *
row_policy(const Row *row, bool warns)
{
	BotPolicy  *policy = NULL;
	int			sqlstate;
	const char *reason = row_obstacle(row, row->relation->rd_rel->relowner, &policy, &sqlstate);

	if (reason == NULL)
		return policy;
	if (warns)
		row_warn(row->relation, sqlstate, reason);
	return NULL;
}

static bool
may_record(const BotPolicy *policy, const char *name, bool always)
{
	return name_fits(name) &&
		(always || (!policy->options.strict_channels && policy->nchannels < MAX_RECORDED_CHANNELS));
}

const Channel *
row_channel(BotPolicy **policy, const char *name, bool always, Problems *problems)
{
	const Channel *channel;
	Problem		problem = {.sqlstate = ERRCODE_U360_UNKNOWN_CHANNEL, .property = "channel"};
	Datum		values[2];

	if (name == NULL)
		return NULL;
	channel = find_channel(policy, name);
	if (channel != NULL)
		return channel;
	if (!may_record(*policy, name, always))
	{
		problem.value = clip_value(name, strlen(name));
		problem.message = psprintf("channel \"%s\" of bot \"%s\" does not exist", problem.value, (*policy)->bot);
		problem_report(problems, problem);
		return NULL;
	}

	/* An administrator may be adding it just now, in another kind. */
	*policy = bot_lock((*policy)->bot, false);
	channel = policy_channel(*policy, name);
	if (channel != NULL)
		return channel;
	values[0] = (*policy)->bot_datum;
	values[1] = CStringGetTextDatum(name);
	store_write(&record_channel, values, NULL);
	policy_changed();
	return find_channel(policy, name);
}

bool
row_trigger_begins(FunctionCallInfo fcinfo, const char *function, const char *attach, Row *row)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s() must be called by an AFTER ROW trigger", function),
				 errhint("Create it with user360.%s().", attach)));

	if (XactReadOnly)
	{
		/* Temporary tables take rows in a read-only transaction. */
		row_warn(trigger->tg_relation, ERRCODE_READ_ONLY_SQL_TRANSACTION, "the transaction is read-only");
		return false;
	}
	row->relation = trigger->tg_relation;
	row->mapping = row_mapping(trigger->tg_relation, trigger->tg_trigger);
	row->tuple = trigger->tg_trigtuple;
	row->descriptor = RelationGetDescr(trigger->tg_relation);
	return true;
}
