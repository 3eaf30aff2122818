/*
 * A row of an attached table: its mapping, its bot, its properties.
 */
#ifndef USER360_INBOX_ROW_H
#define USER360_INBOX_ROW_H

#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#include "identity/given.h"
#include "inbox/mapping.h"
#include "store/policy.h"

typedef struct Row
{
	Relation	relation;
	const Mapping *mapping;
	HeapTuple	tuple;
	TupleDesc	descriptor;
} Row;

extern void row_init(void);
extern void row_on_relation_change(Oid relation);

/* The trigger by which a relation is attached, by the name of its function;
 * NULL: it is not. */
extern const Trigger *row_trigger(Relation relation, const char *function);

/* The arguments of a trigger, read once a backend for each relation. */
extern const Mapping *row_mapping(Relation relation, const Trigger *trigger);

/* A warning that the row is not recorded. */
extern void row_warn(Relation relation, int sqlstate, const char *reason);

/* What the row has for a name, or NULL. */
extern char *row_text(const Row *row, const char *name);

/* The table's name as it was attached, as a key; also for a row that is none
 * in particular. */
extern char *row_source(const Row *row);

/* The properties that the row gives. */
extern void row_given(const Row *row, Given *given);

/* Have the columns of a name changed between the two? */
extern bool row_name_changed(const Row *old, const Row *new, const char *name);

/* Those of any property? */
extern bool row_properties_changed(const Row *old, const Row *new);

/* Why a row of its bot is not recorded for this role; NULL: it is. */
extern const char *row_obstacle(const Row *row, Oid role, BotPolicy **policy, int *sqlstate);

/* The policy of the row's bot, if the table's owner may capture for it; NULL:
 * it may not, which is a warning where that is wanted. */
extern BotPolicy *row_policy(const Row *row, bool warns);

/*
 * The bot's channel of this name, which is recorded as a chat channel where it
 * is unknown.  always: it is so too in a bot with option strict_channels, or
 * with very many channels.  NULL: the problem is reported.
 */
extern const Channel *row_channel(BotPolicy **policy, const char *name, bool always, Problems *problems);

/* Is called as a trigger after a row; false: the transaction is read-only,
 * which is a warning. */
extern bool row_trigger_begins(FunctionCallInfo fcinfo, const char *function, const char *attach, Row *row);

#endif
