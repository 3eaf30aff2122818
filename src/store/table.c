/*
 * Rows of our tables written without a plan: what the executor does for an INSERT
 * of one row, ON CONFLICT DO NOTHING where an index is named, and for an UPDATE of
 * one row by its key.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_relation.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/probe.h"
#include "store/table.h"

typedef struct PreparedTable
{
	bool		as_made;		/* false: the statement has to do it */
	uint64		changes;		/* the StoreTable's when this was prepared */
	MemoryContext context;
	EState	   *estate;
	ResultRelInfo *relation;
	TupleTableSlot *slot;
	List	   *arbiters;
	Oid		   *index_ids;
	int		   *max_chars;		/* of each column; 0: any number */
} PreparedTable;

static StoreTable *known_tables = NULL;

/* An index that comes or goes changes its table too. */
void
table_on_relation_change(Oid relation)
{
	for (StoreTable *store = known_tables; store != NULL; store = store->next)
	{
		if (!OidIsValid(relation) || relation == store->table_id)
			store->changes++;
	}
}

/* On INSERT or UPDATE, other than the guard. */
static bool
has_triggers(const StoreTable *store, const TriggerDesc *triggers)
{
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if ((trigger->tgtype & (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE)) != 0 &&
			(store->guard_name == NULL || strcmp(trigger->tgname, store->guard_name) != 0))
			return true;
	}
	return false;
}

static bool
columns_are_ours(const StorePlan *statement, TupleDesc descriptor)
{
	if (descriptor->natts != statement->nargs)
		return false;
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(descriptor, i);
		Oid			type = column->atttypid == VARCHAROID ? TEXTOID : column->atttypid;

		if (type != statement->argtypes[i] || column->attidentity != '\0' ||
			(column->atttypmod >= 0 && column->atttypid != VARCHAROID))
			return false;
	}
	return true;
}

static bool
is_users_code(const FormData_pg_depend *dependency)
{
	Oid			class = dependency->refclassid;

	return (class == ProcedureRelationId || class == TypeRelationId ||
			class == OperatorRelationId || class == OperatorClassRelationId) &&
		getExtensionOfObject(class, dependency->refobjid) != get_extension_oid("user360", false);
}

/*
 * Does it call a function, or use a type or operator, of a user's?  PostgreSQL's
 * own are pinned, so no dependency on them is recorded.
 */
static bool
calls_users_code(Oid class, Oid object)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		calls = false;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, lengthof(keys), keys);
	while (!calls && HeapTupleIsValid(tuple = systable_getnext(scan)))
		calls = is_users_code((Form_pg_depend) GETSTRUCT(tuple));
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return calls;
}

static bool
checks_are_plain(Relation table)
{
	const TupleConstr *constraints = RelationGetDescr(table)->constr;

	for (int i = 0; constraints != NULL && i < constraints->num_check; i++)
	{
		Oid			check = get_relation_constraint_oid(RelationGetRelid(table), constraints->check[i].ccname, false);

		if (calls_users_code(ConstraintRelationId, check))
			return false;
	}
	return true;
}

static bool
table_is_as_made(const StoreTable *store, Relation table)
{
	return table->rd_rel->relkind == RELKIND_RELATION && !table->rd_rel->relispartition &&
		table->rd_rules == NULL && !has_triggers(store, table->trigdesc) &&
		columns_are_ours(&store->statement, RelationGetDescr(table)) && checks_are_plain(table);
}

static void
make_range_table(EState *estate, Relation table)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
#if PG_VERSION_NUM >= 160000
	List	   *permissions = NIL;
#endif

	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(table);
	entry->relkind = table->rd_rel->relkind;
	entry->rellockmode = RowExclusiveLock;
#if PG_VERSION_NUM >= 160000
	addRTEPermissionInfo(&permissions, entry);
#endif
#if PG_VERSION_NUM >= 180000
	ExecInitRangeTable(estate, list_make1(entry), permissions, bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
	ExecInitRangeTable(estate, list_make1(entry), permissions);
#else
	ExecInitRangeTable(estate, list_make1(entry));
#endif
}

/*
 * Where another index is unique, a conflict is one for ON CONFLICT if its columns
 * are the arbiter's, as those of the copy are that REINDEX CONCURRENTLY makes.
 * An index that gets ready for inserts is not announced as a change of its table.
 */
static bool
index_is_plain(const IndexInfo *info, Relation index, bool has_arbiter, bool is_arbiter)
{
	return index->rd_rel->relam == BTREE_AM_OID && info->ii_ReadyForInserts &&
		(!has_arbiter || is_arbiter || !info->ii_Unique || index->rd_index->indisprimary) &&
		!calls_users_code(RelationRelationId, RelationGetRelid(index));
}

/* Leaves the indexes open. */
static void
prepare_indexes(const StoreTable *store, PreparedTable *prepared)
{
	ResultRelInfo *relation = prepared->relation;
	bool		has_arbiter = store->arbiter != NULL;

	ExecOpenIndices(relation, has_arbiter);
	prepared->index_ids = palloc(sizeof(Oid) * Max(relation->ri_NumIndices, 1));
	for (int i = 0; i < relation->ri_NumIndices; i++)
	{
		Relation	index = relation->ri_IndexRelationDescs[i];
		bool		is_arbiter = has_arbiter && strcmp(RelationGetRelationName(index), store->arbiter) == 0;

		prepared->index_ids[i] = RelationGetRelid(index);
		if (is_arbiter)
			prepared->arbiters = list_make1_oid(RelationGetRelid(index));
		if (!index_is_plain(relation->ri_IndexRelationInfo[i], index, has_arbiter, is_arbiter))
			prepared->as_made = false;
	}
	if (has_arbiter && prepared->arbiters == NIL)
		prepared->as_made = false;
}

static int *
column_limits(TupleDesc descriptor)
{
	int		   *limits = palloc0(sizeof(int) * descriptor->natts);

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(descriptor, i);

		if (column->atttypid == VARCHAROID && column->atttypmod > VARHDRSZ)
			limits[i] = column->atttypmod - VARHDRSZ;
	}
	return limits;
}

/* In the executor's memory context, below the current one. */
static PreparedTable *
prepare(StoreTable *store, Relation table)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	PreparedTable *prepared = palloc0(sizeof(PreparedTable));

	prepared->changes = store->changes;
	prepared->context = estate->es_query_cxt;
	prepared->estate = estate;
	prepared->relation = makeNode(ResultRelInfo);
	make_range_table(estate, table);
	InitResultRelInfo(prepared->relation, table, 1, NULL, 0);
	prepared->as_made = table_is_as_made(store, table);
	prepare_indexes(store, prepared);

	/* a copy of the descriptor: the table's own is counted by resource owner */
	prepared->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(table)), &TTSOpsVirtual);
	prepared->max_chars = column_limits(RelationGetDescr(table));
	MemoryContextSwitchTo(old);
	return prepared;
}

static void
open_indexes(PreparedTable *prepared)
{
	for (int i = 0; i < prepared->relation->ri_NumIndices; i++)
		prepared->relation->ri_IndexRelationDescs[i] = index_open(prepared->index_ids[i], RowExclusiveLock);
}

/* The locks of indexes are given up, as the executor does it. */
static void
close_indexes(PreparedTable *prepared)
{
	for (int i = 0; i < prepared->relation->ri_NumIndices; i++)
		index_close(prepared->relation->ri_IndexRelationDescs[i], RowExclusiveLock);
}

static void
forget(PreparedTable *prepared)
{
	MemoryContextDelete(prepared->context);
}

static void
find_table(StoreTable *store)
{
	Oid			found = store_relation(store->table);

	if (!OidIsValid(store->table_id))
	{
		store->next = known_tables;
		known_tables = store;
	}
	store->table_id = found;
}

/*
 * Opens table and indexes with what is prepared for them.  While in use it
 * belongs to the current memory context, so that an error takes it along; a call
 * within this one, from a trigger on a row that the statement stores, prepares
 * another.
 */
static PreparedTable *
take_prepared(StoreTable *store, Relation *table)
{
	PreparedTable *prepared = store->prepared;

	store->prepared = NULL;
	if (prepared != NULL && prepared->changes != store->changes)
	{
		forget(prepared);
		prepared = NULL;
	}
	if (prepared == NULL)
		find_table(store);
	*table = table_open(store->table_id, RowExclusiveLock);

	/* nobody changes it from here on */
	if (prepared != NULL && prepared->changes != store->changes)
	{
		forget(prepared);
		prepared = NULL;
	}
	if (prepared == NULL)
		return prepare(store, *table);
	MemoryContextSetParent(prepared->context, CurrentMemoryContext);
	prepared->relation->ri_RelationDesc = *table;
	open_indexes(prepared);
	return prepared;
}

static void
give_back(StoreTable *store, PreparedTable *prepared, Relation table)
{
	ExecClearTuple(prepared->slot);
	ResetPerTupleExprContext(prepared->estate);
	close_indexes(prepared);

	/* the table's lock stays to the end of the transaction */
	table_close(table, NoLock);
	if (store->prepared != NULL)
		forget(prepared);
	else
	{
		MemoryContextSetParent(prepared->context, CacheMemoryContext);
		store->prepared = prepared;
	}
}

/* A text that is longer than its column takes is refused by the statement. */
static bool
texts_fit(const PreparedTable *prepared, const Datum *values, const bool *nulls)
{
	int			ncolumns = prepared->slot->tts_tupleDescriptor->natts;

	for (int i = 0; i < ncolumns; i++)
	{
		text	   *value;
		int			bytes;

		if (prepared->max_chars[i] == 0 || nulls[i])
			continue;
		value = DatumGetTextPP(values[i]);
		bytes = (int) VARSIZE_ANY_EXHDR(value);
		if (bytes > prepared->max_chars[i] &&
			pg_mbstrlen_with_len(VARDATA_ANY(value), bytes) > prepared->max_chars[i])
			return false;
	}
	return true;
}

static void
fill_slot(PreparedTable *prepared, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = prepared->slot;
	int			ncolumns = slot->tts_tupleDescriptor->natts;

	memcpy(slot->tts_values, values, sizeof(Datum) * ncolumns);
	memcpy(slot->tts_isnull, nulls, sizeof(bool) * ncolumns);
	slot->tts_tableOid = RelationGetRelid(prepared->relation->ri_RelationDesc);
	ExecStoreVirtualTuple(slot);
}

static void
check_constraints(PreparedTable *prepared, Relation table)
{
	if (RelationGetDescr(table)->constr != NULL)
		ExecConstraints(prepared->relation, prepared->slot, prepared->estate);
}

static void
insert_into_indexes(PreparedTable *prepared, bool *conflict)
{
	List	   *arbiters = conflict != NULL ? prepared->arbiters : NIL;

#if PG_VERSION_NUM >= 160000
	ExecInsertIndexTuples(prepared->relation, prepared->slot, prepared->estate, false, conflict != NULL, conflict,
						  arbiters, false);
#else
	ExecInsertIndexTuples(prepared->relation, prepared->slot, prepared->estate, false, conflict != NULL, conflict,
						  arbiters);
#endif
}

static bool
has_no_conflict(PreparedTable *prepared)
{
	ItemPointerData at;

#if PG_VERSION_NUM >= 180000
	ItemPointerData none;

	ItemPointerSetInvalid(&none);
	return ExecCheckIndexConstraints(prepared->relation, prepared->slot, prepared->estate, &at, &none, prepared->arbiters);
#else
	return ExecCheckIndexConstraints(prepared->relation, prepared->slot, prepared->estate, &at, prepared->arbiters);
#endif
}

/*
 * The row is there before its index entry tells whether it may be; others that
 * meet it wait for the token, not for our transaction.
 */
static bool
insert_unless_conflict(PreparedTable *prepared, Relation table, CommandId command, bool looked)
{
	for (; looked || has_no_conflict(prepared); looked = false)
	{
		uint32		token = SpeculativeInsertionLockAcquire(GetCurrentTransactionId());
		bool		conflict = false;

		table_tuple_insert_speculative(table, prepared->slot, command, 0, NULL, token);
		insert_into_indexes(prepared, &conflict);
		table_tuple_complete_speculative(table, prepared->slot, token, !conflict);
		SpeculativeInsertionLockRelease(GetCurrentTransactionId());
		if (!conflict)
			return true;
		CHECK_FOR_INTERRUPTS();
	}
	return false;
}

static void
insert_or_fail(PreparedTable *prepared, Relation table, CommandId command)
{
	table_tuple_insert(table, prepared->slot, command, 0, NULL);
	insert_into_indexes(prepared, NULL);
}

static bool
insert_row(PreparedTable *prepared, Relation table, bool looked)
{
	CommandId	command = GetCurrentCommandId(true);

	check_constraints(prepared, table);
	if (prepared->arbiters != NIL)
		return insert_unless_conflict(prepared, table, command, looked);
	insert_or_fail(prepared, table, command);
	return true;
}

bool
store_insert(StoreTable *store, Datum *values, const char *nulls)
{
	bool		isnull[PROBE_MAX_COLUMNS] = {false};
	PreparedTable *prepared;
	Relation	table;
	bool		direct;
	bool		inserted = false;
	Oid			user;
	int			context;

	/* A conflict with a row that the snapshot does not show is an error. */
	if (store->arbiter != NULL && IsolationUsesXactSnapshot())
		return store_write(&store->statement, values, nulls) == 1;

	for (int i = 0; nulls != NULL && i < store->statement.nargs; i++)
		isnull[i] = nulls[i] == 'n';
	PreventCommandIfReadOnly("INSERT");
	PreventCommandIfParallelMode("INSERT");
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(store_owner(), context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	prepared = take_prepared(store, &table);
	direct = prepared->as_made && texts_fit(prepared, values, isnull);
	if (direct)
	{
		fill_slot(prepared, values, isnull);
		inserted = insert_row(prepared, table, store->looked);
	}
	CommandCounterIncrement();
	give_back(store, prepared, table);
	SetUserIdAndSecContext(user, context);
	return direct ? inserted : store_write(&store->statement, values, nulls) == 1;
}

typedef struct Rows
{
	StoreTable *store;
	int			n;
	StoreSource source;
	void	   *context;
} Rows;

/* By the statement, one after the other. */
static void
insert_many_by_statement(const Rows *rows, int row, Datum *values, const bool *nulls)
{
	StoreTable *store = rows->store;
	char		blanks[PROBE_MAX_COLUMNS];

	for (int i = 0; i < store->statement.nargs; i++)
		blanks[i] = nulls[i] ? 'n' : ' ';
	if (store_write(&store->statement, values, blanks) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("row %d for table \"user360.%s\" is there already", row + 1, store->table)));
}

static void
insert_many(void *context)
{
	const Rows *rows = context;
	Relation	table;
	PreparedTable *prepared;
	CommandId	command;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "user360 rows", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	Datum		values[PROBE_MAX_COLUMNS];
	bool		nulls[PROBE_MAX_COLUMNS];

	PreventCommandIfReadOnly("INSERT");
	PreventCommandIfParallelMode("INSERT");
	prepared = take_prepared(rows->store, &table);
	command = GetCurrentCommandId(true);
	old = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < rows->n; i++)
	{
		rows->source(i, values, nulls, rows->context);
		if (prepared->as_made && texts_fit(prepared, values, nulls))
		{
			fill_slot(prepared, values, nulls);
			check_constraints(prepared, table);
			insert_or_fail(prepared, table, command);
			ExecClearTuple(prepared->slot);
			ResetPerTupleExprContext(prepared->estate);
		}
		else
			insert_many_by_statement(rows, i, values, nulls);
		MemoryContextReset(scratch);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
	CommandCounterIncrement();
	give_back(rows->store, prepared, table);
	MemoryContextDelete(scratch);
}

void
store_insert_many(StoreTable *store, int n, StoreSource source, void *context)
{
	Rows		rows = {store, n, source, context};

	if (n > 0)
		store_instead(&store->statement, insert_many, &rows);
}

typedef struct Change
{
	StoreTable *store;
	StoreProbe *probe;
	const Datum *keys;
	StoreEdit	edit;
	void	   *context;
	PreparedTable *prepared;
	StoreChange result;
} Change;

static void
check_guard(const Change *change, Relation table, TupleTableSlot *old_slot)
{
	HeapTuple	old;
	HeapTuple	new;
	bool		free_new;

	if (change->store->guard == NULL)
		return;
	old = ExecFetchSlotHeapTuple(old_slot, false, NULL);
	new = ExecFetchSlotHeapTuple(change->prepared->slot, false, &free_new);
	change->store->guard(table, old, new);
	if (free_new)
		heap_freetuple(new);
}

/*
 * The row is locked: nobody else changes it.  All of its indexes are told that
 * its keys are unchanged, a hint to clear away old versions before a page is
 * split; where one has changed, that is looked for in vain.
 */
static void
update_row(PreparedTable *prepared, Relation table, ItemPointer tid, Snapshot snapshot)
{
	TM_FailureData failure;
	LockTupleMode lock_mode;
#if PG_VERSION_NUM >= 160000
	TU_UpdateIndexes indexes;
#else
	bool		indexes;
#endif

	if (table_tuple_update(table, tid, prepared->slot, GetCurrentCommandId(true), snapshot, InvalidSnapshot, true,
						   &failure, &lock_mode, &indexes) != TM_Ok)
		elog(ERROR, "a locked row of table \"%s\" was changed", RelationGetRelationName(table));
	if (!indexes)
		return;
#if PG_VERSION_NUM >= 160000
	ExecInsertIndexTuples(prepared->relation, prepared->slot, prepared->estate, true, false, NULL, NIL, false);
#else
	ExecInsertIndexTuples(prepared->relation, prepared->slot, prepared->estate, true, false, NULL, NIL);
#endif
}

static bool
take_change(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	Change	   *change = context;
	ItemPointerData tid;
	ProbedRow	row;

	if (!probe_lock(table, slot, snapshot, LockTupleNoKeyExclusive))
		return false;
	change->result = ROW_CHANGED;
	tid = slot->tts_tid;
	probe_columns(slot, &row);
	change->edit(&row, change->context);
	if (!texts_fit(change->prepared, row.values, row.nulls))
	{
		change->result = TABLE_NOT_AS_MADE;
		return true;
	}
	fill_slot(change->prepared, row.values, row.nulls);
	check_guard(change, table, slot);
	check_constraints(change->prepared, table);
	update_row(change->prepared, table, &tid, snapshot);
	return true;
}

static void
change_row(void *context)
{
	Change	   *change = context;
	Relation	table;

	PreventCommandIfReadOnly("UPDATE");
	PreventCommandIfParallelMode("UPDATE");
	change->prepared = take_prepared(change->store, &table);
	change->result = change->prepared->as_made ? ROW_GONE : TABLE_NOT_AS_MADE;
	if (change->prepared->as_made)
	{
		CheckCmdReplicaIdentity(table, CMD_UPDATE);
		store_probe_take(change->probe, change->keys, RowExclusiveLock, take_change, change);
		CommandCounterIncrement();
	}
	give_back(change->store, change->prepared, table);
}

StoreChange
store_change(StoreTable *store, StoreProbe *probe, const Datum *keys, StorePlan *plan, StoreEdit edit, void *context)
{
	Change		change = {.store = store, .probe = probe, .keys = keys, .edit = edit, .context = context};

	store_instead(plan, change_row, &change);
	return change.result;
}
