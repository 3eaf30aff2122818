/*
 * attach_tickets(), attach_contacts() and detach(): triggers on the user's own
 * tables.
 *
 * Everything here runs as the caller: whoever may create a trigger on a table
 * may attach it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "inbox/contact_row.h"
#include "inbox/keyed.h"
#include "inbox/mapping.h"
#include "inbox/row.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/bot.h"
#include "store/errors.h"
#include "store/plan.h"
#include "text/unicode.h"

#define LINK_TRIGGER	"user360_link"
#define UNLINK_TRIGGER	"user360_unlink"
#define CONTACT_TRIGGER	"user360_contact"

/* What a kind of attached table takes and needs. */
typedef struct AttachKind
{
	const char *const *defaults;	/* names that are a column of the same name
									 * where they are not mapped */
	const char *const *required;
	const char *const *refused;
	const char *key;			/* the primary key where it is not mapped */
} AttachKind;

static const char *const ticket_defaults[] = {"bot", "channel", "sender", "ticket", "status", "subject", "opened_at", NULL};
static const char *const ticket_required[] = {"bot", "channel", "sender", "ticket", NULL};
static const char *const ticket_refused[] = {"contacts_channel", NULL};

static const AttachKind tickets = {ticket_defaults, ticket_required, ticket_refused, "ticket"};

static const char *const contact_defaults[] = {"bot", "sender", "opened_at", NULL};
static const char *const contact_required[] = {"bot", "sender", NULL};
static const char *const contact_refused[] = {"ticket", "status", "closed", "subject", "closed_at", "contact",
	"contacts", "contacts_channel", NULL};

static const AttachKind contacts = {contact_defaults, contact_required, contact_refused, "sender"};

static Relation
open_table(Oid table)
{
	Relation	relation = try_table_open(table, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table with OID %u does not exist", table)));
	return relation;
}

static char **
mapping_arguments(ArrayType *array, int *n)
{
	Datum	   *items;
	bool	   *nulls;
	char	  **arguments;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, n);
	arguments = palloc(sizeof(char *) * (*n + 10));
	for (int i = 0; i < *n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a mapping must not be null")));
		arguments[i] = TextDatumGetCString(items[i]);
	}
	return arguments;
}

static bool
has_column(Relation relation, const char *name)
{
	AttrNumber	number = get_attnum(RelationGetRelid(relation), name);

	return number > 0;
}

/* The column of a one-column primary key, or NULL. */
static char *
key_column(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	Oid			index = RelationGetPrimaryKeyIndex(relation, false);
#else
	Oid			index = RelationGetPrimaryKeyIndex(relation);
#endif
	HeapTuple	tuple;
	char	   *name = NULL;

	if (!OidIsValid(index))
		return NULL;
	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	if (((Form_pg_index) GETSTRUCT(tuple))->indnkeyatts == 1)
		name = get_attname(RelationGetRelid(relation),
						   ((Form_pg_index) GETSTRUCT(tuple))->indkey.values[0], true);
	ReleaseSysCache(tuple);
	return name;
}

static const char *
quoted_column(const char *name)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	appendStringInfoChar(&quoted, '"');
	for (; *name != '\0'; name++)
	{
		if (*name == '"')
			appendStringInfoChar(&quoted, '"');
		appendStringInfoChar(&quoted, *name);
	}
	appendStringInfoChar(&quoted, '"');
	return quoted.data;
}

static char *
qualified_name(Relation relation)
{
	return psprintf("%s.%s", get_namespace_name(RelationGetNamespace(relation)),
					RelationGetRelationName(relation));
}

/* The column that is a name where it is not mapped; NULL: none. */
static const char *
default_column(Relation relation, const AttachKind *kind, const char *name)
{
	const char *column = name;

	if (!has_column(relation, name) && strcmp(name, kind->key) == 0)
		column = key_column(relation);
	else if (!has_column(relation, name) && strcmp(name, "opened_at") == 0)
		column = "created_at";
	return column != NULL && has_column(relation, column) ? column : NULL;
}

/*
 * What is not mapped: a column of the same name, for the ticket and the
 * contact the primary key, and for when it was opened also created_at.
 */
static void
add_defaults(Relation relation, const AttachKind *kind, char **arguments, int *n)
{
	Mapping    *given = mapping_parse(*n, arguments);
	bool		has_contact = mapping_find(given, "contact") != NULL;

	for (int i = 0; kind->defaults[i] != NULL; i++)
	{
		const char *name = kind->defaults[i];
		const char *column = default_column(relation, kind, name);

		if (mapping_find(given, name) != NULL || column == NULL || (has_contact && strcmp(name, "sender") == 0))
			continue;
		arguments[(*n)++] = psprintf("%s=%s", name, quoted_column(column));
	}
	if (mapping_find(given, "source") == NULL)
		arguments[(*n)++] = psprintf("source:=%s", qualified_name(relation));
}

static void
require_name(const Mapping *mapping, const char *name, Relation relation)
{
	if (mapping_find(mapping, name) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"%s\" of table \"%s\" is not mapped", name, RelationGetRelationName(relation)),
				 errdetail("The table has no column of that name."),
				 errhint("Add '%s=column' or '%s:=constant' to the mapping.", name, name)));
}

static void
require_form(const Mapping *mapping, const char *name, bool constant)
{
	const MappedName *mapped = mapping_find(mapping, name);

	if (mapped == NULL || (mapped->constant != NULL) == constant)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("\"%s\" must be a %s", name, constant ? "constant" : "column"),
			 errhint("Write '%s%s…'.", name, constant ? ":=" : "=")));
}

static void
refuse_names(const Mapping *mapping, const AttachKind *kind)
{
	for (int i = 0; kind->refused[i] != NULL; i++)
	{
		if (mapping_find(mapping, kind->refused[i]) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_U360_MAPPING),
					 errmsg("\"%s\" can't be mapped here", kind->refused[i]),
					 errdetail("It is no part of what this kind of table gives."),
					 errhint("Leave it out.")));
	}
}

/* Properties can be checked for a bot that is known. */
static void
check_properties(const Mapping *mapping)
{
	const MappedName *bot = mapping_find(mapping, "bot");
	BotPolicy  *policy;

	if (bot->constant == NULL)
		return;
	policy = access_check(bot->constant, ACCESS_CAPTURE);
	for (int i = 0; i < mapping->n; i++)
	{
		const char *name = mapping->names[i].name;

		if (!mapping_is_ticket_name(name) && strcmp(name, "userId") != 0 &&
			policy_property(policy, name) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_U360_UNKNOWN_PROPERTY),
					 errmsg("property \"%s\" of bot \"%s\" does not exist", name, policy->bot),
					 errhint("Define it with user360.define_property() before attaching.")));
	}
}

static void
check_mapping(Mapping *mapping, Relation relation, const AttachKind *kind)
{
	RowShape	shape = {RelationGetRelationName(relation), RelationGetDescr(relation)};
	const MappedName *source = mapping_find(mapping, "source");

	for (int i = 0; kind->required[i] != NULL; i++)
	{
		if (strcmp(kind->required[i], "sender") != 0 || mapping_find(mapping, "contact") == NULL)
			require_name(mapping, kind->required[i], relation);
	}
	require_form(mapping, "source", true);
	require_form(mapping, "closed", true);
	require_form(mapping, "where", true);
	require_form(mapping, "contacts", true);
	require_form(mapping, "opened_at", false);
	require_form(mapping, "closed_at", false);
	require_form(mapping, "contact", false);
	if (text_is_blank(source->constant, strlen(source->constant)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"source\" is blank"),
				 errhint("Leave it out, or write 'source:=…'.")));
	mapping_resolve(mapping, &shape, ERROR);
	mapping_check_look_ups(mapping);
	check_properties(mapping);
}

static bool
has_contacts(const Mapping *mapping)
{
	bool		contact = mapping_find(mapping, "contact") != NULL;

	if (contact != (mapping_find(mapping, "contacts") != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"%s\" is not mapped", contact ? "contacts" : "contact"),
				 errdetail("A ticket's contact is the key of a row of an attached table of contacts."),
				 errhint("Write 'contact=column' and 'contacts:=schema.table'.")));
	return contact;
}

/* The key is one column, by which rows can be found. */
static const MappedName *
require_one_column(const Mapping *mapping, const char *name)
{
	const MappedName *mapped = mapping_find(mapping, name);

	if (mapped == NULL || mapped->ncolumns != 1 || mapped->look_up != NULL || mapped->npath > 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"%s\" must be one column", name),
				 errdetail("It is the key of a row of the table of contacts.")));
	return mapped;
}

static const Mapping *
attached_contacts(Relation relation)
{
	const Trigger *trigger = row_trigger(relation, "capture_contact");

	if (trigger == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("table \"%s\" is not attached", RelationGetRelationName(relation)),
				 errhint("Attach it with user360.attach_contacts() first.")));
	return row_mapping(relation, trigger);
}

/*
 * Checks that the contacts of tickets can be found, and answers with the
 * channel on which they are senders: it goes into the trigger, so that a known
 * contact is found without a look at its table, and stays what it is when that
 * is renamed.
 */
static char *
check_contacts(const Mapping *mapping)
{
	const MappedName *contact = require_one_column(mapping, "contact");
	const char *position = mapping_find(mapping, "contacts")->constant;
	const Mapping *of_contacts;
	TableName	name;
	const char *reason = table_name_read(&position, &name);
	Problem		problem = {0};
	Relation	relation;
	KeyedRequest request = {.name = &name, .type = contact->columns[0].type};
	Row			row = {0};
	char	   *channel;

	if (reason != NULL || *position != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"%s\" is no table", mapping_find(mapping, "contacts")->constant),
				 errhint("Write 'contacts:=schema.table'.")));
	relation = keyed_open(&name, &problem);
	if (relation == NULL)
		keyed_refuse(&name, &problem);
	of_contacts = attached_contacts(relation);
	request.key = require_one_column(of_contacts, "sender")->columns[0].name;
	keyed_check(&request);
	row.relation = relation;
	row.mapping = of_contacts;
	channel = contact_channel_name(of_contacts, row_source(&row));
	relation_close(relation, NoLock);
	return channel;
}

/* A channel of contacts has keys as senders, whatever the bot's policy is. */
static void
check_contact_channel(const Mapping *mapping)
{
	const MappedName *bot = mapping_find(mapping, "bot");
	char	   *name = contact_channel_name(mapping, mapping_find(mapping, "source")->constant);
	const Channel *channel = bot->constant != NULL ? policy_channel(policy_get(bot->constant), name) : NULL;

	require_form(mapping, "channel", true);
	require_form(mapping, "sender", false);
	if (!name_fits(name) || (channel != NULL && !channel_has_keys(channel)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"%s\" can't be the channel of contacts", name),
				 errdetail("It is a channel of kind chat, on which the keys of the contacts are the senders."),
				 errhint("Leave it out, or write 'channel:=…' with a name of its own.")));
}

static uint64
execute(const char *command)
{
	int			result = SPI_execute(command, false, 0);

	if (result < 0)
		elog(ERROR, "executing \"%s\" returned %s", command, SPI_result_code_string(result));
	return SPI_processed;
}

static char *
trigger_arguments(int n, char **arguments)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(arguments[i]));
	return list.data;
}

static const char *
quoted_table(Relation relation)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									  RelationGetRelationName(relation));
}

/* The trigger for rows that come and change.  The condition is the trigger's,
 * and one of its arguments too, for backfill(). */
static void
create_trigger(Relation relation, const char *trigger, const char *function, const Mapping *mapping, const char *list)
{
	const MappedName *where = mapping_find(mapping, "where");

	execute(psprintf("CREATE OR REPLACE TRIGGER %s AFTER INSERT OR UPDATE ON %s "
					 "FOR EACH ROW %s%s%s EXECUTE FUNCTION user360.%s(%s)", trigger, quoted_table(relation),
					 where != NULL ? "WHEN (" : "", where != NULL ? where->constant : "",
					 where != NULL ? ")" : "", function, list));
}

static int64
count_rows(Relation relation)
{
	bool		isnull;

	execute(psprintf("SELECT pg_catalog.count(*) FROM %s", quoted_table(relation)));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* The whole mapping, checked: what was given, then what is added. */
static Mapping *
read_mapping(Relation relation, const AttachKind *kind, char **arguments, int *n)
{
	Mapping    *mapping;

	refuse_names(mapping_parse(*n, arguments), kind);
	add_defaults(relation, kind, arguments, n);
	mapping = mapping_parse(*n, arguments);
	check_mapping(mapping, relation, kind);
	return mapping;
}

PG_FUNCTION_INFO_V1(attach_tickets);

Datum
attach_tickets(PG_FUNCTION_ARGS)
{
	Relation	relation;
	Mapping    *mapping;
	char	  **arguments;
	const char *list;
	int			n;
	int64		rows;

	require_argument(fcinfo, 0, "ticket_table");
	require_argument(fcinfo, 1, "mapping");
	arguments = mapping_arguments(PG_GETARG_ARRAYTYPE_P(1), &n);
	relation = open_table(PG_GETARG_OID(0));
	mapping = read_mapping(relation, &tickets, arguments, &n);
	if (has_contacts(mapping))
		arguments[n++] = psprintf("contacts_channel:=%s", check_contacts(mapping));

	store_connect();
	list = trigger_arguments(n, arguments);
	create_trigger(relation, LINK_TRIGGER, "link_ticket", mapping, list);
	execute(psprintf("CREATE OR REPLACE TRIGGER " UNLINK_TRIGGER " AFTER DELETE ON %s "
					 "FOR EACH ROW EXECUTE FUNCTION user360.link_ticket(%s)", quoted_table(relation), list));
	rows = count_rows(relation);
	store_finish();
	table_close(relation, NoLock);
	PG_RETURN_INT64(rows);
}

PG_FUNCTION_INFO_V1(attach_contacts);

Datum
attach_contacts(PG_FUNCTION_ARGS)
{
	Relation	relation;
	Mapping    *mapping;
	char	  **arguments;
	int			n;
	int64		rows;

	require_argument(fcinfo, 0, "contact_table");
	require_argument(fcinfo, 1, "mapping");
	arguments = mapping_arguments(PG_GETARG_ARRAYTYPE_P(1), &n);
	relation = open_table(PG_GETARG_OID(0));
	mapping = read_mapping(relation, &contacts, arguments, &n);
	check_contact_channel(mapping);

	store_connect();
	create_trigger(relation, CONTACT_TRIGGER, "capture_contact", mapping, trigger_arguments(n, arguments));
	rows = count_rows(relation);
	store_finish();
	table_close(relation, NoLock);
	PG_RETURN_INT64(rows);
}

static bool
is_owner(Oid table)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, table, GetUserId());
#else
	return pg_class_ownercheck(table, GetUserId());
#endif
}

/*
 * DROP TRIGGER by itself locks the partitions of a table before the table, and
 * whoever writes locks them the other way round.  Whoever may not drop it gets
 * no lock, and is told so by DROP TRIGGER.
 */
static void
lock_before_partitions(Oid table)
{
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(table)) && is_owner(table))
		LockRelationOid(table, AccessExclusiveLock);
}

PG_FUNCTION_INFO_V1(detach);

Datum
detach(PG_FUNCTION_ARGS)
{
	static const char *const triggers[] = {LINK_TRIGGER, UNLINK_TRIGGER, CONTACT_TRIGGER};
	Relation	relation;

	require_argument(fcinfo, 0, "attached_table");
	PreventCommandIfReadOnly("DROP TRIGGER");
	lock_before_partitions(PG_GETARG_OID(0));
	relation = open_table(PG_GETARG_OID(0));
	store_connect();
	for (int i = 0; i < (int) lengthof(triggers); i++)
	{
		if (OidIsValid(get_trigger_oid(RelationGetRelid(relation), triggers[i], true)))
			execute(psprintf("DROP TRIGGER %s ON %s", triggers[i], quoted_table(relation)));
	}
	store_finish();
	table_close(relation, NoLock);
	PG_RETURN_VOID();
}
