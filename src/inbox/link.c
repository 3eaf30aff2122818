/*
 * link_ticket(): the trigger on a user's ticket table.
 *
 * A ticket insert never fails because of us.  What is wrong with a value goes
 * into the ticket's event; what keeps the ticket from being recorded at all
 * is a warning with its SQLSTATE.  All of the user's own (output functions of
 * column types) runs as the caller, before any plan of ours.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "identity/capture.h"
#include "identity/identify.h"
#include "inbox/link.h"
#include "inbox/mapping.h"
#include "inbox/ticket.h"
#include "store/access.h"
#include "store/bot.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/lock.h"
#include "store/plan.h"
#include "text/unicode.h"

/* The mapping of a trigger, read once a backend. */
typedef struct Link
{
	Oid			trigger;		/* the key */
	Oid			relation;
	bool		valid;
	MemoryContext context;
	Mapping    *mapping;
} Link;

static HTAB *links = NULL;

/* Beyond this many, channels are for an administrator to add: whoever may
 * insert a ticket could fill the table. */
#define MAX_RECORDED_CHANNELS	100

static StorePlan record_channel = {
	.sql = "INSERT INTO user360.channel (bot, channel, kind) VALUES ($1, $2, 'chat') "
	"ON CONFLICT (bot, channel) DO NOTHING",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

/* Columns come and go: the mapping is resolved again at the next row. */
static void
on_relation_change(Datum arg, Oid relation)
{
	HASH_SEQ_STATUS status;
	Link	   *link;

	hash_seq_init(&status, links);
	while ((link = hash_seq_search(&status)) != NULL)
	{
		if (relation == InvalidOid || link->relation == relation)
			link->valid = false;
	}
}

void
link_init(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(Link);
	control.hcxt = TopMemoryContext;
	links = hash_create("user360 links", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
}

static void
warn(TriggerData *trigger, int sqlstate, const char *reason)
{
	ereport(WARNING,
			(errcode(sqlstate),
			 errmsg("a row of \"%s\" is not linked to its customer: %s",
					SPI_getrelname(trigger->tg_relation), reason),
			 errhint("The row itself is stored.")));
}

/* A trigger that was made by hand may have arguments that are no mapping. */
static Mapping *
parse_or_warn(TriggerData *trigger)
{
	MemoryContext context = CurrentMemoryContext;
	Mapping    *volatile mapping = NULL;

	PG_TRY();
	{
		mapping = mapping_parse(trigger->tg_trigger->tgnargs, trigger->tg_trigger->tgargs);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
		mapping = palloc0(sizeof(Mapping));
		warn(trigger, ERRCODE_U360_MAPPING, "the trigger's arguments are no mapping");
	}
	PG_END_TRY();
	return mapping;
}

static const Mapping *
link_mapping(TriggerData *trigger)
{
	Oid			key = trigger->tg_trigger->tgoid;
	MemoryContext old;
	bool		found;
	Link	   *link = hash_search(links, &key, HASH_ENTER, &found);

	if (found && link->valid)
		return link->mapping;

	/* An outer call of the same trigger may still read the old one. */
	if (found && link->context != NULL)
		MemoryContextSetParent(link->context, TopTransactionContext);
	link->valid = false;
	link->relation = RelationGetRelid(trigger->tg_relation);
	link->context = AllocSetContextCreate(TopMemoryContext, "user360 link", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(link->context);
	link->mapping = parse_or_warn(trigger);
	mapping_resolve(link->mapping, trigger->tg_relation, WARNING);
	MemoryContextSwitchTo(old);
	link->valid = true;
	return link->mapping;
}

typedef struct Row
{
	Relation	relation;
	const Mapping *mapping;
	HeapTuple	tuple;
	TupleDesc	descriptor;
} Row;

static char *
row_text(const Row *row, const char *name)
{
	return mapping_text(row->mapping, name, row->tuple, row->descriptor);
}

/* closed:=resolved,1 names the statuses that mean closed. */
static bool
status_is_closed(const Row *row, const char *status)
{
	const MappedName *closed = mapping_find(row->mapping, "closed");
	const char *at = closed != NULL ? closed->constant : NULL;
	size_t		length = status != NULL ? strlen(status) : 0;

	while (at != NULL && length > 0)
	{
		const char *comma = strchr(at, ',');
		size_t		item = comma != NULL ? (size_t) (comma - at) : strlen(at);

		if (item == length && strncmp(at, status, length) == 0)
			return true;
		at = comma != NULL ? comma + 1 : NULL;
	}
	return false;
}

/* Where a trigger was made by hand: the table's name, as attaching takes it. */
static char *
row_source(const Row *row)
{
	char	   *source = row_text(row, "source");

	if (source == NULL)
		source = psprintf("%s.%s", get_namespace_name(RelationGetNamespace(row->relation)),
						  RelationGetRelationName(row->relation));
	return short_key(source);
}

static Ticket
row_ticket(const Row *row)
{
	Ticket		ticket = {0};
	int64		moment;

	ticket.source = row_source(row);
	ticket.key = row_text(row, "ticket");
	ticket.channel = row_text(row, "channel");
	ticket.status = row_text(row, "status");
	ticket.subject = row_text(row, "subject");
	ticket.opened_at = mapping_moment(row->mapping, "opened_at", row->tuple, row->descriptor, &moment) ?
		moment : GetCurrentTransactionStartTimestamp();
	ticket.closed_at = ticket.opened_at;
	if (mapping_moment(row->mapping, "closed_at", row->tuple, row->descriptor, &moment))
	{
		ticket.closed = true;
		ticket.closed_at = moment;
	}
	else if (status_is_closed(row, ticket.status))
	{
		ticket.closed = true;
		ticket.closed_at = Max(ticket.opened_at, GetCurrentTransactionStartTimestamp());
	}
	return ticket;
}

/* What the row says of its sender. */
static void
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
	given->raw_sender = row_text(row, "sender");
}

static bool
row_value_changed(const Row *old, const Row *new, const MappedName *name)
{
	Value		before = mapping_value(name, old->tuple, old->descriptor);
	Value		after = mapping_value(name, new->tuple, new->descriptor);

	return !value_equal(&before, &after);
}

/* Has any of what tells who the customer is changed? */
static bool
customer_changed(const Row *old, const Row *new)
{
	for (int i = 0; i < new->mapping->n; i++)
	{
		const MappedName *name = &new->mapping->names[i];

		if ((!mapping_is_ticket_name(name->name) || strcmp(name->name, "channel") == 0 ||
			 strcmp(name->name, "sender") == 0) && row_value_changed(old, new, name))
			return true;
	}
	return false;
}

static bool
name_changed(const Row *old, const Row *new, const char *name)
{
	const MappedName *mapped = mapping_find(new->mapping, name);

	return mapped != NULL && row_value_changed(old, new, mapped);
}

static bool
sender_changed(const Row *old, const Row *new)
{
	return name_changed(old, new, "channel") || name_changed(old, new, "sender");
}

static bool
state_changed(const Row *old, const Row *new)
{
	return name_changed(old, new, "status") || name_changed(old, new, "subject") ||
		name_changed(old, new, "closed_at");
}

/* Why a row of this bot is not recorded; NULL: it is. */
static const char *
obstacle(TriggerData *trigger, const char *bot, BotPolicy **policy, int *sqlstate)
{
	*sqlstate = ERRCODE_U360_UNKNOWN_BOT;
	if (bot == NULL)
		return "its bot is blank";
	*policy = policy_get(bot);
	if ((*policy)->outdated)
	{
		*sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		return "the extension must be updated";
	}
	if (access_level(*policy, trigger->tg_relation->rd_rel->relowner) < ACCESS_CAPTURE)
	{
		*sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
		return psprintf("permission denied for bot \"%s\"", clip_value(bot, strlen(bot)));
	}
	if (!(*policy)->exists)
		return psprintf("bot \"%s\" does not exist", clip_value(bot, strlen(bot)));
	return NULL;
}

/* The policy of the row's bot, if the table's owner may capture for it. */
static BotPolicy *
row_policy(TriggerData *trigger, const Row *row, bool warns)
{
	BotPolicy  *policy = NULL;
	int			sqlstate;
	const char *reason = obstacle(trigger, row_text(row, "bot"), &policy, &sqlstate);

	if (reason == NULL)
		return policy;
	if (warns)
		warn(trigger, sqlstate, reason);
	return NULL;
}

/* An unknown channel is recorded as a chat channel, unless the bot is strict. */
static const Channel *
row_channel(BotPolicy **policy, const char *name, Problems *problems)
{
	const Channel *channel;
	Problem		problem = {.sqlstate = ERRCODE_U360_UNKNOWN_CHANNEL, .property = "channel"};
	Datum		values[2];

	if (name == NULL)
		return NULL;
	channel = find_channel(policy, name);
	if (channel != NULL)
		return channel;
	if ((*policy)->options.strict_channels || !name_fits(name) ||
		(*policy)->nchannels >= MAX_RECORDED_CHANNELS)
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

/*
 * Recognises the sender of a row and records the ticket under it.  The
 * profile may be erased between the two: then it all begins again.  A ticket
 * that moves from another customer is taken out there only when the new one
 * is known, since profiles are locked before tickets.
 */
static void
capture_ticket(const Row *row, BotPolicy *policy, Ticket *ticket, bool moves, const char *event_name)
{
	for (;;)
	{
		Problems	problems = {0};
		Problems	channel_problems = {0};
		Given		given = {.problems = &problems};
		const Channel *channel = row_channel(&policy, ticket->channel, &channel_problems);
		Capture		customer;

		row_given(row, &given);
		if (channel == NULL)
			given.raw_sender = NULL;
		given_read(&given, policy, channel);
		customer = capture(&given);
		for (int i = 0; i < channel_problems.n; i++)
			problem_report(&problems, channel_problems.list[i]);
		if (ticket->channel != NULL)
			ticket->channel = pnstrdup(ticket->channel,
									   pg_mbcharcliplen(ticket->channel, strlen(ticket->channel), MAX_NAME_CHARS));
		if (moves)
		{
			if (!ticket_hold(given.policy, &customer))
				continue;
			ticket_delete(given.policy, ticket, false);
		}
		if (ticket_insert(given.policy, ticket, &customer, &problems, event_name) ||
			ticket_update(given.policy, ticket, &problems))
			return;
	}
}

static void
link_inserted(TriggerData *trigger, const Row *row)
{
	BotPolicy  *policy = row_policy(trigger, row, true);
	Ticket		ticket;

	if (policy == NULL)
		return;
	ticket = row_ticket(row);
	if (ticket.key == NULL)
	{
		warn(trigger, ERRCODE_U360_MAPPING, "its ticket is blank");
		return;
	}
	store_connect();
	capture_ticket(row, policy, &ticket, false, "TICKET_OPEN");
	store_finish();
}

static void
link_deleted(TriggerData *trigger, const Row *row)
{
	BotPolicy  *policy = row_policy(trigger, row, false);
	Ticket		ticket;

	if (policy == NULL)
		return;
	ticket = row_ticket(row);
	if (ticket.key == NULL)
		return;
	store_connect();
	ticket_delete(policy, &ticket, true);
	store_finish();
}

/* A ticket of another sender moves there; one of the same is followed. */
static void
link_updated(TriggerData *trigger, const Row *old, const Row *new)
{
	bool		customer = customer_changed(old, new);
	BotPolicy  *policy;
	Ticket		ticket;

	if (!customer && !state_changed(old, new))
		return;
	policy = row_policy(trigger, new, true);
	if (policy == NULL)
		return;
	ticket = row_ticket(new);
	if (ticket.key == NULL)
		return;
	store_connect();
	if (customer || !ticket_update(policy, &ticket, NULL))
	{
		bool		exists = ticket_opened_at(policy, &ticket,
											  mapping_find(new->mapping, "opened_at") == NULL ?
											  &ticket.opened_at : NULL);

		capture_ticket(new, policy, &ticket, exists && sender_changed(old, new),
					   exists ? "TICKET_UPDATE" : "TICKET_OPEN");
	}
	store_finish();
}

PG_FUNCTION_INFO_V1(link_ticket);

Datum
link_ticket(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Row			row;
	Row			new;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("link_ticket() must be called by an AFTER ROW trigger"),
				 errhint("Create it with user360.attach_tickets().")));

	if (XactReadOnly)
	{
		/* Temporary tables take rows in a read-only transaction. */
		warn(trigger, ERRCODE_READ_ONLY_SQL_TRANSACTION, "the transaction is read-only");
		return PointerGetDatum(NULL);
	}
	row.relation = trigger->tg_relation;
	row.mapping = link_mapping(trigger);
	row.tuple = trigger->tg_trigtuple;
	row.descriptor = RelationGetDescr(trigger->tg_relation);
	new = row;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		link_inserted(trigger, &row);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		link_deleted(trigger, &row);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		new.tuple = trigger->tg_newtuple;
		if (name_changed(&row, &new, "bot") || name_changed(&row, &new, "ticket") ||
			name_changed(&row, &new, "source"))
		{
			/* profiles are locked before tickets */
			link_inserted(trigger, &new);
			link_deleted(trigger, &row);
		}
		else
			link_updated(trigger, &row, &new);
	}
	return PointerGetDatum(NULL);
}
