/*
 * backfill(): records the rows that stood in a table before it was attached.
 *
 * Tables are read as the caller, by queries of the session's.  A cursor gives
 * the keys in the order in which the tickets were opened, so that each finds
 * its previous one; it is held over the commits.  Each row is then read
 * afresh, since the app goes on meanwhile, and held against being deleted
 * until the commit of its batch, where the caller may do so.  A ticket that is
 * recorded already is left alone, a known contact only filled where it is blank:
 * the procedure can be called again at any time.
 *
 * Our own plans switch the user for the time of one statement, so at every
 * commit the user is the caller.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "inbox/contact_row.h"
#include "inbox/link.h"
#include "inbox/row.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/plan.h"

#define MAX_BATCH	100000

typedef struct Backfill
{
	Oid			table;
	bool		of_contacts;
	bool		commits;
	bool		holds_rows;
	int			narguments;		/* of the trigger */
	char	  **arguments;
	const MappedName *key;
	const char *name;			/* of the table, quoted */
	Oid		   *key_types;
	const char *read;			/* the query for a row by its key */
	const char *hold;			/* the same, and the row is held */
	MemoryContext row_context;
	int64		recorded;
	int64		skipped;
	int			sqlstate;		/* why the first one was */
	char	   *reason;
} Backfill;

/* What a batch reads by: the mapping for rows as they are now. */
typedef struct Batch
{
	Relation	relation;
	Mapping    *mapping;		/* NULL: before the first row */
	SPIPlanPtr	read;
	SPIPlanPtr	hold;			/* NULL: rows can't be held */
} Batch;

/* The table that stands at an OID, and the trigger that says how to read it. */
static Relation
open_attached(Oid table, const Trigger **trigger, bool *of_contacts)
{
	Relation	relation = try_table_open(table, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table with OID %u does not exist", table)));
	*trigger = row_trigger(relation, "link_ticket");
	*of_contacts = *trigger == NULL;
	if (*trigger == NULL)
		*trigger = row_trigger(relation, "capture_contact");
	if (*trigger == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("table \"%s\" is not attached", RelationGetRelationName(relation)),
				 errhint("Attach it with user360.attach_tickets() or user360.attach_contacts().")));
	return relation;
}

static char **
copy_arguments(const Trigger *trigger)
{
	char	  **arguments = palloc(sizeof(char *) * Max(trigger->tgnargs, 1));

	for (int i = 0; i < trigger->tgnargs; i++)
		arguments[i] = pstrdup(trigger->tgargs[i]);
	return arguments;
}

/* A user without the privilege to hold rows reads them all the same. */
static bool
may_hold_rows(Oid table)
{
	return (pg_class_aclcheck(table, GetUserId(), ACL_UPDATE) == ACLCHECK_OK ||
			pg_attribute_aclcheck_all(table, GetUserId(), ACL_UPDATE, ACLMASK_ANY) == ACLCHECK_OK) &&
		check_enable_rls(table, InvalidOid, true) != RLS_ENABLED;
}

static const MappedName *
backfill_key(const Mapping *mapping, bool of_contacts, const char *table)
{
	const MappedName *key = mapping_find(mapping, of_contacts ? "sender" : "ticket");

	if (key == NULL || key->ncolumns == 0 || key->look_up != NULL || key->npath > 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("rows of table \"%s\" can't be read by their key", table),
				 errdetail("The key is not mapped to columns that are there."),
				 errhint("Attach the table again.")));
	return key;
}

static const char *
column_reference(Relation relation, const Column *column)
{
	return psprintf("new.%s", quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(relation), column->number - 1)->attname)));
}

static const char *
condition(const Mapping *mapping, const char *otherwise)
{
	const MappedName *where = mapping_find(mapping, "where");

	return where != NULL && where->constant != NULL ? psprintf("(%s)", where->constant) : otherwise;
}

/* The keys of all rows, in the order in which they are recorded. */
static const char *
keys_query(const Backfill *backfill, const Mapping *mapping, Relation relation)
{
	const MappedName *opened = mapping_find(mapping, "opened_at");
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < backfill->key->ncolumns; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "", column_reference(relation, &backfill->key->columns[i]));
	return psprintf("SELECT %s FROM %s AS new WHERE %s ORDER BY %s%s%s", columns.data, backfill->name,
					condition(mapping, "true"),
					opened != NULL && opened->ncolumns > 0 ? column_reference(relation, &opened->columns[0]) : "",
					opened != NULL && opened->ncolumns > 0 ? ", " : "", columns.data);
}

static SPIPlanPtr
prepare(const char *query, int n, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(query, n, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare of \"%s\" returned %s", query, SPI_result_code_string(SPI_result));
	if (!SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("\"where\" of the mapping is no condition"),
				 errdetail("The query with it would be \"%s\".", query),
				 errhint("Attach the table again.")));
	return plan;
}

/* The operator is named in full: what it is called alone, the search_path could
 * give to somebody else's. */
static void
append_key_equals(StringInfo query, const char *column, Oid type, const char *parameter)
{
	Oid			equals = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;

	if (!OidIsValid(equals))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s", format_type_be(type)),
				 errdetail("Rows are read by their key.")));
	appendStringInfoString(query, " AND ");
	generate_operator_clause(query, column, type, equals, parameter, type);
}

static const char *
row_query(const Backfill *backfill, const Mapping *mapping, Relation relation, const char *ending)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT new.* FROM %s AS new WHERE %s", backfill->name, condition(mapping, "true"));
	for (int i = 0; i < backfill->key->ncolumns; i++)
		append_key_equals(&query, column_reference(relation, &backfill->key->columns[i]), backfill->key_types[i],
						  psprintf("$%d", i + 1));
	appendStringInfoString(&query, ending);
	return query.data;
}

static Oid *
key_types(const MappedName *key, Relation relation)
{
	Oid		   *types = palloc(sizeof(Oid) * key->ncolumns);

	for (int i = 0; i < key->ncolumns; i++)
		types[i] = TupleDescAttr(RelationGetDescr(relation), key->columns[i].number - 1)->atttypid;
	return types;
}

/* Reads the trigger and makes the queries; answers with the cursor. */
static Portal
begin_backfill(Backfill *backfill)
{
	const Trigger *trigger;
	Relation	relation = open_attached(backfill->table, &trigger, &backfill->of_contacts);
	RowShape	shape = {RelationGetRelationName(relation), RelationGetDescr(relation)};
	const MappedName *bot;
	Mapping    *mapping;
	Portal		portal;

	backfill->narguments = trigger->tgnargs;
	backfill->arguments = copy_arguments(trigger);
	mapping = mapping_parse(backfill->narguments, backfill->arguments);
	mapping_resolve(mapping, &shape, WARNING);
	bot = mapping_find(mapping, "bot");
	if (bot != NULL && bot->constant != NULL)
		(void) access_check(bot->constant, ACCESS_CAPTURE);
	backfill->key = backfill_key(mapping, backfill->of_contacts, shape.table);
	backfill->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)), shape.table);
	backfill->holds_rows = may_hold_rows(backfill->table);
	backfill->key_types = key_types(backfill->key, relation);
	backfill->read = row_query(backfill, mapping, relation, "");
	backfill->hold = row_query(backfill, mapping, relation, " FOR KEY SHARE OF new");
	portal = SPI_cursor_open(NULL, prepare(keys_query(backfill, mapping, relation), 0, NULL), NULL, NULL, false);
	table_close(relation, NoLock);
	return portal;
}

static void
skip_row(Backfill *backfill, int sqlstate, const char *reason)
{
	if (backfill->skipped++ > 0)
		return;
	backfill->sqlstate = sqlstate;
	backfill->reason = MemoryContextStrdup(GetMemoryChunkContext(backfill->arguments), reason);
}

/* Rows as the last query gave them, with the mapping found in them once a
 * batch: columns may come and go between two. */
static Row
result_row(const Backfill *backfill, Batch *batch, uint64 n)
{
	Row			row = {.relation = batch->relation, .tuple = SPI_tuptable->vals[n], .descriptor = SPI_tuptable->tupdesc};

	if (batch->mapping == NULL)
	{
		RowShape	shape = {RelationGetRelationName(batch->relation), SPI_tuptable->tupdesc};
		MemoryContext old = MemoryContextSwitchTo(MemoryContextGetParent(backfill->row_context));

		batch->mapping = mapping_parse(backfill->narguments, backfill->arguments);
		mapping_resolve(batch->mapping, &shape, WARNING);
		MemoryContextSwitchTo(old);
	}
	row.mapping = batch->mapping;
	return row;
}

/* Contacts that are senders already may have been so without this row. */
static bool
is_recorded(Backfill *backfill, const Row *row, BotPolicy *policy)
{
	if (!backfill->of_contacts)
		return link_is_recorded(row, policy);
	if (!contact_is_recorded(row, policy))
		return false;
	if (contact_fill(row, policy))
		backfill->recorded++;
	return true;
}

/* The policy of a row that is to be recorded; NULL: it is not. */
static BotPolicy *
judge(Backfill *backfill, const Row *row)
{
	BotPolicy  *policy = NULL;
	int			sqlstate;
	const char *reason = row_obstacle(row, GetUserId(), &policy, &sqlstate);

	if (reason == NULL && row_text(row, backfill->of_contacts ? "sender" : "ticket") == NULL)
	{
		sqlstate = ERRCODE_U360_MAPPING;
		reason = "its key is blank";
	}
	if (reason != NULL)
	{
		skip_row(backfill, sqlstate, reason);
		return NULL;
	}
	return is_recorded(backfill, row, policy) ? NULL : policy;
}

static uint64
read_rows(SPIPlanPtr plan, Datum *key)
{
	int			result = SPI_execute_plan(plan, key, NULL, false, 0);

	if (result < 0)
		elog(ERROR, "reading a row returned %s", SPI_result_code_string(result));
	return SPI_processed;
}

static void
record(Backfill *backfill, Batch *batch, SPITupleTable *rows, uint64 n)
{
	Row			row;
	BotPolicy  *policy;

	SPI_tuptable = rows;
	row = result_row(backfill, batch, n);
	policy = judge(backfill, &row);
	if (policy == NULL)
		return;
	if (backfill->of_contacts)
		contact_capture(&row, policy);
	else
		link_row(&row, policy, true);
	backfill->recorded++;
}

/* Is there anything to do for these rows?  It is not worth holding them else. */
static bool
any_to_record(Backfill *backfill, Batch *batch, SPITupleTable *rows, uint64 nrows)
{
	for (uint64 i = 0; i < nrows; i++)
	{
		Row			row;

		SPI_tuptable = rows;
		row = result_row(backfill, batch, i);
		if (judge(backfill, &row) != NULL)
			return true;
	}
	return false;
}

/* The row of a key, which may be gone, or no longer meant, by now. */
static void
record_key(Backfill *backfill, Batch *batch, HeapTuple keys, TupleDesc descriptor)
{
	int			n = backfill->key->ncolumns;
	Datum	   *key = palloc(sizeof(Datum) * n);
	uint64		nrows;
	SPITupleTable *rows;

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		key[i] = SPI_getbinval(keys, descriptor, i + 1, &isnull);
		if (isnull)
		{
			skip_row(backfill, ERRCODE_U360_MAPPING, "its key is blank");
			return;
		}
	}
	nrows = read_rows(batch->read, key);
	rows = SPI_tuptable;
	if (nrows > 0 && batch->hold != NULL)
	{
		if (!any_to_record(backfill, batch, rows, nrows))
			return;
		nrows = read_rows(batch->hold, key);
		rows = SPI_tuptable;
	}
	for (uint64 i = 0; i < nrows; i++)
		record(backfill, batch, rows, i);
}

/* Our own calls read with a snapshot of their own; what is the user's needs
 * one too. */
static void
record_batch(Backfill *backfill, SPITupleTable *keys, uint64 n)
{
	Batch		batch = {0};
	const Trigger *trigger;
	bool		of_contacts;
	MemoryContext batch_context = AllocSetContextCreate(CurrentMemoryContext, "user360 backfill", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(batch_context);

	backfill->row_context = AllocSetContextCreate(batch_context, "user360 backfill row", ALLOCSET_DEFAULT_SIZES);
	PushActiveSnapshot(GetTransactionSnapshot());
	batch.relation = open_attached(backfill->table, &trigger, &of_contacts);
	batch.read = prepare(backfill->read, backfill->key->ncolumns, backfill->key_types);
	if (backfill->holds_rows)
		batch.hold = prepare(backfill->hold, backfill->key->ncolumns, backfill->key_types);
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		store_connect();
		MemoryContextSwitchTo(backfill->row_context);
		record_key(backfill, &batch, keys->vals[i], keys->tupdesc);
		store_finish();
		MemoryContextReset(backfill->row_context);
	}
	SPI_freeplan(batch.read);
	if (batch.hold != NULL)
		SPI_freeplan(batch.hold);
	table_close(batch.relation, NoLock);
	PopActiveSnapshot();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(batch_context);
}

static void
run_backfill(Backfill *backfill, int batch)
{
	Portal		portal = begin_backfill(backfill);
	uint64		n;

	if (backfill->commits)
		PinPortal(portal);		/* a commit holds it, then */
	do
	{
		SPITupleTable *keys;

		SPI_cursor_fetch(portal, true, batch);
		n = SPI_processed;
		keys = SPI_tuptable;
		if (n > 0)
			record_batch(backfill, keys, n);
		SPI_freetuptable(keys);
		if (backfill->commits)
			SPI_commit();
	} while (n > 0);
	if (backfill->commits)
		UnpinPortal(portal);
	SPI_cursor_close(portal);
}

static int
batch_size(FunctionCallInfo fcinfo)
{
	int32		batch;

	require_argument(fcinfo, 1, "batch");
	batch = PG_GETARG_INT32(1);
	if (batch < 1 || batch > MAX_BATCH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("batch is %d", batch),
				 errdetail("It is from 1 to %d rows.", MAX_BATCH)));
	return batch;
}

PG_FUNCTION_INFO_V1(backfill);

Datum
backfill(PG_FUNCTION_ARGS)
{
	Backfill	state = {0};
	bool		atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		((CallContext *) fcinfo->context)->atomic;
	int			batch = batch_size(fcinfo);

	require_argument(fcinfo, 0, "attached");
	state.table = PG_GETARG_OID(0);
	state.commits = !atomic;
	if (SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (atomic)
		ereport(NOTICE,
				(errmsg("backfill() runs inside a transaction block and commits nothing"),
				 errhint("Call it outside of one, and each batch is committed.")));
	run_backfill(&state, batch);
	if (state.skipped > 0)
		ereport(WARNING,
				(errcode(state.sqlstate),
				 errmsg_plural("%lld row of %s is not recorded: %s", "%lld rows of %s are not recorded: %s",
							   (unsigned long) state.skipped, (long long) state.skipped, state.name, state.reason)));
	ereport(NOTICE,
			(errmsg_plural("%lld row of %s is recorded now", "%lld rows of %s are recorded now",
						   (unsigned long) state.recorded, (long long) state.recorded, state.name)));
	store_finish();
	PG_RETURN_VOID();
}
