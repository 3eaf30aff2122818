/*
 * Saved plans over user360's own tables, run as the extension's owner.
 *
 * The user is switched for the execution of one plan and never longer, as
 * the foreign key triggers do it: row security and privileges on our tables
 * are the owner's, and nothing of a user's own runs meanwhile.  An error
 * leaves the way back to the transaction's abort, which restores user and
 * security context.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/plancat.h"
#include "parser/parser.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "store/plan.h"

/* The plan that is running; the guards ask what it may do. */
static StorePlan *running_plan = NULL;

bool
plan_has_right(PlanRight right)
{
	return running_plan != NULL && (running_plan->rights & right) == right;
}

Oid
store_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum("user360"));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"user360\" does not exist"),
				 errhint("Run CREATE EXTENSION user360.")));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

pg_uuid_t *
result_ids(uint64 rows)
{
	pg_uuid_t  *ids = palloc_extended(sizeof(pg_uuid_t) * Max(rows, 1), MCXT_ALLOC_HUGE);
	bool		isnull;

	for (uint64 i = 0; i < rows; i++)
		ids[i] = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return ids;
}

void
plan_set_text(Datum *values, char *nulls, int argument, const char *text)
{
	nulls[argument] = text != NULL ? ' ' : 'n';
	values[argument] = text != NULL ? CStringGetTextDatum(text) : (Datum) 0;
}

void
store_connect(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
store_finish(void)
{
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/*
 * Every statement goes by keys, so its generic plan is the plan: planning
 * again for the values of one call would cost more than running it.
 */
static void
prepare(StorePlan *plan)
{
	SPIPlanPtr	prepared = SPI_prepare_cursor(plan->sql, plan->nargs, plan->argtypes,
											  CURSOR_OPT_GENERIC_PLAN);

	if (prepared == NULL)
		elog(ERROR, "SPI_prepare of \"%s\" returned %s", plan->sql,
			 SPI_result_code_string(SPI_result));
	if (SPI_keepplan(prepared) != 0)
		elog(ERROR, "SPI_keepplan failed");
	plan->plan = prepared;
}

/*
 * The planner would take a table that is empty now, or was when it was last
 * analysed, for one of a single page, where no index is worth its while; and
 * the plan that it makes stays.  For our statements every table is a big one.
 */
#define TABLE_PAGES		100000
#define TABLE_TUPLES	5000000.0
#define INDEX_PAGES		25000

static get_relation_info_hook_type next_relation_info_hook = NULL;

static void
enlarge_relation(PlannerInfo *root, Oid relation, bool is_parent, RelOptInfo *info)
{
	ListCell   *cell;

	if (next_relation_info_hook != NULL)
		next_relation_info_hook(root, relation, is_parent, info);
	if (running_plan == NULL)
		return;
	info->pages = Max(info->pages, TABLE_PAGES);
	info->tuples = Max(info->tuples, TABLE_TUPLES);
	foreach(cell, info->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);

		index->pages = Max(index->pages, INDEX_PAGES);
		index->tuples = Max(index->tuples, TABLE_TUPLES);
		index->tree_height = Max(index->tree_height, 2);
	}
}

void
store_init(void)
{
	next_relation_info_hook = get_relation_info_hook;
	get_relation_info_hook = enlarge_relation;
}

/* What of the planner's settings decides on the shape of a plan. */
typedef struct PlannerSettings
{
	bool		seqscan;
	bool		bitmapscan;
	bool		indexscan;
	bool		nestloop;
	bool		hashjoin;
	bool		mergejoin;
	bool		jit;
} PlannerSettings;

/* Our statements read a few rows by an index, whatever a session's settings. */
static const PlannerSettings by_index = {
	.indexscan = true,
	.nestloop = true,
};

/*
 * A look at whole tables; none of the session's settings gets in its way.  A
 * table that was never analysed looks as if a bot had few rows in it: nested
 * loops over all of them would not end.
 */
static const PlannerSettings by_scan = {
	.seqscan = true,
	.bitmapscan = true,
	.indexscan = true,
	.hashjoin = true,
	.mergejoin = true,
};

static PlannerSettings
change_planner(PlannerSettings to)
{
	PlannerSettings from = {enable_seqscan, enable_bitmapscan, enable_indexscan, enable_nestloop,
	enable_hashjoin, enable_mergejoin, jit_enabled};

	enable_seqscan = to.seqscan;
	enable_bitmapscan = to.bitmapscan;
	enable_indexscan = to.indexscan;
	enable_nestloop = to.nestloop;
	enable_hashjoin = to.hashjoin;
	enable_mergejoin = to.mergejoin;
	jit_enabled = to.jit;
	return from;
}

static uint64
run(StorePlan *plan, Datum *values, const char *nulls, Snapshot snapshot, Snapshot crosscheck, bool read_only)
{
	StorePlan  *outer = running_plan;
	PlannerSettings session = change_planner(by_index);
	Oid			user;
	int			context;
	int			result;

	GetUserIdAndSecContext(&user, &context);
	PG_TRY();
	{
		SetUserIdAndSecContext(store_owner(), context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_NOFORCE_RLS);
		running_plan = plan;
		if (plan->plan == NULL)
			prepare(plan);
		result = SPI_execute_snapshot(plan->plan, values, nulls, snapshot,
									  crosscheck, read_only, true, 0);
	}
	PG_FINALLY();
	{
		running_plan = outer;
		change_planner(session);
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, context);

	if (result < 0)
		elog(ERROR, "executing \"%s\" returned %s", plan->sql, SPI_result_code_string(result));
	return SPI_processed;
}

void
store_instead(StorePlan *plan, StoreBody body, void *context)
{
	StorePlan  *outer = running_plan;
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	PG_TRY();
	{
		SetUserIdAndSecContext(store_owner(), security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
		running_plan = plan;
		body(context);
	}
	PG_FINALLY();
	{
		running_plan = outer;
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, security);
}

uint64
store_write(StorePlan *plan, Datum *values, const char *nulls)
{
	return run(plan, values, nulls, InvalidSnapshot, InvalidSnapshot, false);
}

uint64
store_read(StorePlan *plan, Datum *values, const char *nulls)
{
	return run(plan, values, nulls, InvalidSnapshot, InvalidSnapshot, true);
}

uint64
store_read_latest(StorePlan *plan, Datum *values, const char *nulls)
{
	uint64		rows;

	/* A parallel query has its one snapshot, in the leader too. */
	if (IsInParallelMode())
		return store_read(plan, values, nulls);
	PushActiveSnapshot(GetLatestSnapshot());
	rows = run(plan, values, nulls, GetActiveSnapshot(), InvalidSnapshot, true);
	PopActiveSnapshot();
	return rows;
}

/* As the foreign key triggers do it. */
uint64
store_write_latest(StorePlan *plan, Datum *values, const char *nulls)
{
	if (!IsolationUsesXactSnapshot())
		return store_write(plan, values, nulls);
	CommandCounterIncrement();
	return run(plan, values, nulls, GetLatestSnapshot(), GetTransactionSnapshot(), false);
}

/*
 * Executed directly and not as a statement: event triggers would run as the
 * owner too, and a table that one of them names without its schema could be a
 * temporary one of the caller's, with triggers.
 */
void
store_grant(const char *command)
{
	RawStmt    *statement = linitial_node(RawStmt, raw_parser(command, RAW_PARSE_DEFAULT));
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(store_owner(), context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	ExecuteGrantStmt(castNode(GrantStmt, statement->stmt));
	CommandCounterIncrement();
	SetUserIdAndSecContext(user, context);
}

#define SCAN_ROWS	1000

static SPIPlanPtr
prepare_scan(const StorePlan *plan)
{
	SPIPlanPtr	prepared = SPI_prepare_cursor(plan->sql, plan->nargs, (Oid *) plan->argtypes,
											  CURSOR_OPT_CUSTOM_PLAN);

	if (prepared == NULL)
		elog(ERROR, "SPI_prepare of \"%s\" returned %s", plan->sql,
			 SPI_result_code_string(SPI_result));
	return prepared;
}

/* The portal and each of its fetches as the owner, what comes between not. */
void
store_scan(const StorePlan *plan, Datum *values, const char *nulls, StoreRow callback, void *context)
{
	PlannerSettings session;
	MemoryContext rows = AllocSetContextCreate(CurrentMemoryContext, "user360 scan", ALLOCSET_DEFAULT_SIZES);
	Portal		portal = NULL;
	Oid			user;
	int			security;
	uint64		fetched;

	GetUserIdAndSecContext(&user, &security);
	do
	{
		SPITupleTable *table;
		MemoryContext old;

		SetUserIdAndSecContext(store_owner(), security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
		session = change_planner(by_scan);
		PG_TRY();
		{
			if (portal == NULL)
				portal = SPI_cursor_open(NULL, prepare_scan(plan), values, nulls, true);
			SPI_cursor_fetch(portal, true, SCAN_ROWS);
		}
		PG_FINALLY();
		{
			change_planner(session);
		}
		PG_END_TRY();
		SetUserIdAndSecContext(user, security);

		fetched = SPI_processed;
		table = SPI_tuptable;
		old = MemoryContextSwitchTo(rows);
		for (uint64 i = 0; i < fetched; i++)
			callback(table->vals[i], table->tupdesc, context);
		MemoryContextSwitchTo(old);
		MemoryContextReset(rows);
		SPI_freetuptable(table);
		CHECK_FOR_INTERRUPTS();
	} while (fetched > 0);
	SPI_cursor_close(portal);
	MemoryContextDelete(rows);
}
