/*
 * Single rows by an index, without a plan.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/probe.h"

/* Counts the relations that were changed; what was found before may be gone. */
static uint64 changes = 1;

void
probe_on_relation_change(Oid relation)
{
	changes++;
}

Oid
store_relation(const char *name)
{
	Oid			relation = get_relname_relid(name, get_namespace_oid("user360", false));

	if (!OidIsValid(relation))
		elog(ERROR, "relation \"user360.%s\" does not exist", name);
	return relation;
}

static void
find_relations(StoreProbe *probe)
{
	uint64		now = changes;

	if (probe->found_at == now)
		return;
	probe->table_id = store_relation(probe->table);
	probe->index_id = store_relation(probe->index);
	probe->found_at = now;
}

static RegProcedure
equality(Oid type)
{
	switch (type)
	{
		case TEXTOID:
			return F_TEXTEQ;
		case UUIDOID:
			return F_UUID_EQ;
		case BOOLOID:
			return F_BOOLEQ;
		default:
			Assert(type == INT8OID);
			return F_INT8EQ;
	}
}

static RegProcedure
comparison(Oid type)
{
	switch (type)
	{
		case TEXTOID:
			return F_BTTEXTCMP;
		case INT4OID:
			return F_BTINT4CMP;
		case UUIDOID:
			return F_UUID_CMP;
		default:
			Assert(type == TIMESTAMPTZOID);
			return F_TIMESTAMPTZ_CMP;
	}
}

static void
set_key(StoreProbe *probe, int i, int flags, StrategyNumber strategy, RegProcedure function, Datum value, ScanKey key)
{
	ScanKeyEntryInitialize(key, flags, (AttrNumber) (i + 1), strategy, InvalidOid,
						   probe->types[i] == TEXTOID ? C_COLLATION_OID : InvalidOid, function, value);
}

typedef struct ProbeKeys
{
	ScanKeyData keys[PROBE_MAX_KEYS + 2];	/* those equal, the head of those below, the least */
	ScanKeyData below[PROBE_MAX_KEYS];
	int			n;
} ProbeKeys;

static void
set_keys(StoreProbe *probe, const Datum *values, ProbeKeys *keys)
{
	ScanKey		head;

	keys->n = probe->nkeys;
	for (int i = 0; i < probe->nkeys; i++)
		set_key(probe, i, 0, BTEqualStrategyNumber, equality(probe->types[i]), values[i], &keys->keys[i]);
	if (probe->nbelow == 0)
		return;

	/* ROW(...) < ROW(...), as an index has it */
	for (int i = 0; i < probe->nbelow; i++)
	{
		int			column = probe->nkeys + i;

		set_key(probe, column, SK_ROW_MEMBER | (i + 1 == probe->nbelow ? SK_ROW_END : 0), BTLessStrategyNumber,
				comparison(probe->types[column]), values[column], &keys->below[i]);
	}
	head = &keys->keys[keys->n++];
	MemSet(head, 0, sizeof(ScanKeyData));
	head->sk_flags = SK_ROW_HEADER;
	head->sk_attno = keys->below[0].sk_attno;
	head->sk_strategy = BTLessStrategyNumber;
	head->sk_argument = PointerGetDatum(keys->below);
	if (probe->least)
	{
		Assert(probe->types[probe->nkeys] == TIMESTAMPTZOID);
		set_key(probe, probe->nkeys, 0, BTGreaterEqualStrategyNumber, F_TIMESTAMPTZ_GE,
				values[probe->nkeys + probe->nbelow], &keys->keys[keys->n++]);
	}
}

/* The columns of a copy, since the row's page is given up. */
static void
copy_row(TupleTableSlot *slot, TupleDesc descriptor, ProbedRow *row)
{
	heap_deform_tuple(ExecCopySlotHeapTuple(slot), descriptor, row->values, row->nulls);
}

/* Hands over at most so many rows; the answer is how many were taken. */
static int
probe_rows(StoreProbe *probe, const Datum *values, LOCKMODE lock_mode, int max_rows, ProbeTake take, void *context)
{
	Relation	table;
	Relation	index;
	TupleTableSlot *slot;
	Snapshot	snapshot = GetActiveSnapshot();
	ScanDirection direction = probe->last ? BackwardScanDirection : ForwardScanDirection;
	ProbeKeys	keys;
	IndexScanDesc scan;
	int			taken = 0;

	find_relations(probe);
	table = table_open(probe->table_id, lock_mode);
	if (RelationGetNumberOfAttributes(table) > PROBE_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("table \"user360.%s\" has more than %d columns", probe->table, PROBE_MAX_COLUMNS),
				 errhint("Keep columns of your own in a table of your own.")));

	/* Who replaces the index waits from here on for this lock. */
	find_relations(probe);
	index = index_open(probe->index_id, AccessShareLock);
	slot = table_slot_create(table, NULL);
	set_keys(probe, values, &keys);
#if PG_VERSION_NUM >= 180000
	scan = index_beginscan(table, index, snapshot, NULL, keys.n, 0);
#else
	scan = index_beginscan(table, index, snapshot, keys.n, 0);
#endif
	index_rescan(scan, keys.keys, keys.n, NULL, 0);
	while (taken < max_rows && index_getnext_slot(scan, direction, slot) && take(table, slot, snapshot, context))
		taken++;
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);

	/* the locks stay to the end of the transaction, as a plan's do */
	index_close(index, NoLock);
	table_close(table, NoLock);
	return taken;
}

static bool
probe_row(StoreProbe *probe, const Datum *values, LOCKMODE lock_mode, ProbeTake take, void *context)
{
	return probe_rows(probe, values, lock_mode, 1, take, context) > 0;
}

static bool
take_copy(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	copy_row(slot, RelationGetDescr(table), context);
	return true;
}

bool
store_probe(StoreProbe *probe, const Datum *keys, ProbedRow *row)
{
	return probe_row(probe, keys, AccessShareLock, take_copy, row);
}

static bool
take_next_copy(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	ProbedRow **next = context;

	copy_row(slot, RelationGetDescr(table), (*next)++);
	return true;
}

int
store_probe_rows(StoreProbe *probe, const Datum *keys, ProbedRow *rows, int max_rows)
{
	return probe_rows(probe, keys, AccessShareLock, max_rows, take_next_copy, &rows);
}

typedef struct TakeLock
{
	ProbedRow  *row;
	ProbeAccept accept;
	const void *context;
} TakeLock;

static bool
take_lock(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	TakeLock   *lock = context;
	ItemPointerData tid = slot->tts_tid;
	TM_FailureData failure;
	bool		accepted;

	copy_row(slot, RelationGetDescr(table), lock->row);
	accepted = lock->accept(lock->row, lock->context);
	if (!accepted)
		return false;

	/* as the executor does it for whoever locks by a statement */
	PreventCommandIfReadOnly("SELECT FOR NO KEY UPDATE");
	return table_tuple_lock(table, &tid, snapshot, slot, GetCurrentCommandId(false), LockTupleNoKeyExclusive,
							LockWaitSkip, 0, &failure) == TM_Ok;
}

bool
store_lock(StoreProbe *probe, const Datum *keys, ProbedRow *row, ProbeAccept accept, const void *context)
{
	TakeLock	lock = {row, accept, context};

	return store_probe_take(probe, keys, RowShareLock, take_lock, &lock);
}

bool
store_probe_take(StoreProbe *probe, const Datum *keys, LOCKMODE lock_mode, ProbeTake take, void *context)
{
	bool		taken;

	store_look();
	taken = probe_row(probe, keys, lock_mode, take, context);
	store_look_end();
	return taken;
}

/* As the executor does it for SELECT FOR ... of one row. */
bool
probe_lock(Relation table, TupleTableSlot *slot, Snapshot snapshot, LockTupleMode mode)
{
	ItemPointerData tid = slot->tts_tid;
	TM_FailureData failure;
	uint8		flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS;
	TM_Result	result;

	if (!IsolationUsesXactSnapshot())
		flags |= TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	result = table_tuple_lock(table, &tid, snapshot, slot, GetCurrentCommandId(false), mode, LockWaitBlock, flags,
							  &failure);
	if (result != TM_Ok && IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update")));
	return result == TM_Ok;
}

void
probe_columns(TupleTableSlot *slot, ProbedRow *row)
{
	int			n = slot->tts_tupleDescriptor->natts;

	slot_getallattrs(slot);
	memcpy(row->values, slot->tts_values, sizeof(Datum) * n);
	memcpy(row->nulls, slot->tts_isnull, sizeof(bool) * n);
}

static bool
take_hold(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	PreventCommandIfReadOnly("SELECT FOR KEY SHARE");
	return probe_lock(table, slot, snapshot, LockTupleKeyShare);
}

bool
store_hold(StoreProbe *probe, const Datum *keys)
{
	return store_probe_take(probe, keys, RowShareLock, take_hold, NULL);
}

static bool
take_lock_waiting(Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context)
{
	TakeLock   *lock = context;

	PreventCommandIfReadOnly("SELECT FOR NO KEY UPDATE");
	copy_row(slot, RelationGetDescr(table), lock->row);
	if (!lock->accept(lock->row, lock->context) || !probe_lock(table, slot, snapshot, LockTupleNoKeyExclusive))
		return false;
	copy_row(slot, RelationGetDescr(table), lock->row);
	return lock->accept(lock->row, lock->context);
}

bool
store_lock_waiting(StoreProbe *probe, const Datum *keys, ProbedRow *row, ProbeAccept accept, const void *context)
{
	TakeLock	lock = {row, accept, context};

	return store_probe_take(probe, keys, RowShareLock, take_lock_waiting, &lock);
}

void
store_look(void)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
}

void
store_look_end(void)
{
	PopActiveSnapshot();
}
