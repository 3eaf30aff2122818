/*
 * attach_tickets() and detach(): triggers on the user's own tables.
 *
 * Everything here runs as the caller: whoever may create a trigger on a table
 * may attach it.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "inbox/mapping.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/plan.h"
#include "text/unicode.h"

#define LINK_TRIGGER	"user360_link"
#define UNLINK_TRIGGER	"user360_unlink"

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
	arguments = palloc(sizeof(char *) * (*n + 8));
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

/*
 * What is not mapped: a column of the same name, for the ticket the primary
 * key, and for when it was opened also created_at.
 */
static void
add_defaults(Relation relation, char **arguments, int *n)
{
	static const char *const names[] = {"bot", "channel", "sender", "ticket", "status", "subject", "opened_at"};
	Mapping    *given = mapping_parse(*n, arguments);

	for (int i = 0; i < (int) lengthof(names); i++)
	{
		const char *column = names[i];

		if (mapping_find(given, names[i]) != NULL)
			continue;
		if (!has_column(relation, column) && strcmp(column, "ticket") == 0)
			column = key_column(relation);
		else if (!has_column(relation, column) && strcmp(column, "opened_at") == 0)
			column = "created_at";
		if (column != NULL && has_column(relation, column))
			arguments[(*n)++] = psprintf("%s=%s", names[i], quoted_column(column));
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
check_mapping(Mapping *mapping, Relation relation)
{
	static const char *const required[] = {"bot", "channel", "sender", "ticket"};
	const MappedName *bot;
	const MappedName *source;

	for (int i = 0; i < (int) lengthof(required); i++)
		require_name(mapping, required[i], relation);
	require_form(mapping, "source", true);
	require_form(mapping, "closed", true);
	require_form(mapping, "where", true);
	require_form(mapping, "opened_at", false);
	require_form(mapping, "closed_at", false);
	source = mapping_find(mapping, "source");
	if (text_is_blank(source->constant, strlen(source->constant)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"source\" is blank"),
				 errhint("Leave it out, or write 'source:=…'.")));
	mapping_resolve(mapping, relation, ERROR);

	bot = mapping_find(mapping, "bot");
	if (bot->constant != NULL)
	{
		BotPolicy  *policy = access_check(bot->constant, ACCESS_CAPTURE);

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
	{
		if (strncmp(arguments[i], "where:=", 7) == 0)
			continue;
		appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", quote_literal_cstr(arguments[i]));
	}
	return list.data;
}

static void
create_triggers(Relation relation, const Mapping *mapping, int n, char **arguments)
{
	const char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												   RelationGetRelationName(relation));
	const MappedName *where = mapping_find(mapping, "where");
	const char *list = trigger_arguments(n, arguments);

	execute(psprintf("CREATE OR REPLACE TRIGGER " LINK_TRIGGER " AFTER INSERT OR UPDATE ON %s "
					 "FOR EACH ROW %s%s%s EXECUTE FUNCTION user360.link_ticket(%s)", table,
					 where != NULL ? "WHEN (" : "", where != NULL ? where->constant : "",
					 where != NULL ? ")" : "", list));
	execute(psprintf("CREATE OR REPLACE TRIGGER " UNLINK_TRIGGER " AFTER DELETE ON %s "
					 "FOR EACH ROW EXECUTE FUNCTION user360.link_ticket(%s)", table, list));
}

static int64
count_rows(Relation relation)
{
	const char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												   RelationGetRelationName(relation));
	bool		isnull;

	execute(psprintf("SELECT pg_catalog.count(*) FROM %s", table));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

PG_FUNCTION_INFO_V1(attach_tickets);

Datum
attach_tickets(PG_FUNCTION_ARGS)
{
	Relation	relation;
	Mapping    *mapping;
	char	  **arguments;
	int			n;
	int64		rows;

	require_argument(fcinfo, 0, "ticket_table");
	require_argument(fcinfo, 1, "mapping");
	arguments = mapping_arguments(PG_GETARG_ARRAYTYPE_P(1), &n);
	relation = open_table(PG_GETARG_OID(0));
	add_defaults(relation, arguments, &n);
	mapping = mapping_parse(n, arguments);
	check_mapping(mapping, relation);

	store_connect();
	create_triggers(relation, mapping, n, arguments);
	rows = count_rows(relation);
	store_finish();
	table_close(relation, NoLock);
	PG_RETURN_INT64(rows);
}

PG_FUNCTION_INFO_V1(detach);

Datum
detach(PG_FUNCTION_ARGS)
{
	Relation	relation;
	const char *table;

	require_argument(fcinfo, 0, "attached_table");
	relation = open_table(PG_GETARG_OID(0));
	table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									   RelationGetRelationName(relation));
	store_connect();
	execute(psprintf("DROP TRIGGER IF EXISTS " LINK_TRIGGER " ON %s", table));
	execute(psprintf("DROP TRIGGER IF EXISTS " UNLINK_TRIGGER " ON %s", table));
	store_finish();
	table_close(relation, NoLock);
	PG_RETURN_VOID();
}
