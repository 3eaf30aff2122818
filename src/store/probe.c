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
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/probe.h"

/* Counts the relations that were changed; what was found before may be gone. */
static uint64 changes = 1;

static void
on_relation_change(Datum argument, Oid relation)
{
	changes++;
}

void
probe_init(void)
{
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
}

static Oid
find_relation(const char *name)
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
	probe->table_id = find_relation(probe->table);
	probe->index_id = find_relation(probe->index);
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
		default:
			Assert(type == INT8OID);
			return F_INT8EQ;
	}
}

static void
set_keys(StoreProbe *probe, const Datum *values, ScanKey keys)
{
	for (int i = 0; i < probe->nkeys; i++)
	{
		ScanKeyEntryInitialize(&keys[i], 0, (AttrNumber) (i + 1), BTEqualStrategyNumber, InvalidOid,
							   probe->types[i] == TEXTOID ? C_COLLATION_OID : InvalidOid,
							   equality(probe->types[i]), values[i]);
	}
}

/* The columns of a copy, since the row's page is given up. */
static void
copy_row(TupleTableSlot *slot, TupleDesc descriptor, ProbedRow *row)
{
	Assert(descriptor->natts <= PROBE_MAX_COLUMNS);
	heap_deform_tuple(ExecCopySlotHeapTuple(slot), descriptor, row->values, row->nulls);
}

/* Finds the row; what it then does with it is the caller's. */
typedef bool (*ProbeTake) (Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context);

static bool
probe_row(StoreProbe *probe, const Datum *values, LOCKMODE lock_mode, ProbeTake take, void *context)
{
	Relation	table;
	Relation	index;
	TupleTableSlot *slot;
	Snapshot	snapshot = GetActiveSnapshot();
	ScanKeyData keys[PROBE_MAX_KEYS];
	IndexScanDesc scan;
	bool		taken;

	find_relations(probe);
	table = table_open(probe->table_id, lock_mode);

	/* Who replaces the index waits from here on for this lock. */
	find_relations(probe);
	index = index_open(probe->index_id, AccessShareLock);
	slot = table_slot_create(table, NULL);
#if PG_VERSION_NUM >= 180000
	scan = index_beginscan(table, index, snapshot, NULL, probe->nkeys, 0);
#else
	scan = index_beginscan(table, index, snapshot, probe->nkeys, 0);
#endif
	set_keys(probe, values, keys);
	index_rescan(scan, keys, probe->nkeys, NULL, 0);
	taken = index_getnext_slot(scan, ForwardScanDirection, slot) &&
		take(table, slot, snapshot, context);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);

	/* the locks stay to the end of the transaction, as a plan's do */
	index_close(index, NoLock);
	table_close(table, NoLock);
	return taken;
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
	bool		locked;

	store_look();
	locked = probe_row(probe, keys, RowShareLock, take_lock, &lock);
	store_look_end();
	return locked;
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
