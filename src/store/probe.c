/*
 * Single rows by a unique index, without a plan.
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
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/probe.h"

static Oid
find_relation(const char *name)
{
	Oid			relation = get_relname_relid(name, get_namespace_oid("user360", false));

	if (!OidIsValid(relation))
		elog(ERROR, "relation \"user360.%s\" does not exist", name);
	return relation;
}

static void
set_keys(const StoreProbe *probe, const Datum *values, ScanKey keys)
{
	for (int i = 0; i < probe->nkeys; i++)
	{
		bool		is_text = probe->types[i] == TEXTOID;

		ScanKeyEntryInitialize(&keys[i], 0, (AttrNumber) (i + 1), BTEqualStrategyNumber, InvalidOid,
							   is_text ? C_COLLATION_OID : InvalidOid,
							   is_text ? F_TEXTEQ : F_UUID_EQ, values[i]);
	}
}

/* The columns of a copy, since the row's page is given up. */
static void
copy_row(TupleTableSlot *slot, TupleDesc descriptor, ProbedRow *row)
{
	Assert(descriptor->natts <= PROBE_MAX_COLUMNS);
	heap_deform_tuple(ExecCopySlotHeapTuple(slot), descriptor, row->values, row->nulls);
}

bool
store_probe(const StoreProbe *probe, const Datum *values, ProbedRow *row)
{
	Relation	table = table_open(find_relation(probe->table), AccessShareLock);
	Relation	index = index_open(find_relation(probe->index), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	Snapshot	snapshot = GetActiveSnapshot();
	ScanKeyData keys[PROBE_MAX_KEYS];
	IndexScanDesc scan;
	bool		found;

#if PG_VERSION_NUM >= 180000
	scan = index_beginscan(table, index, snapshot, NULL, probe->nkeys, 0);
#else
	scan = index_beginscan(table, index, snapshot, probe->nkeys, 0);
#endif
	set_keys(probe, values, keys);
	index_rescan(scan, keys, probe->nkeys, NULL, 0);
	found = index_getnext_slot(scan, ForwardScanDirection, slot);
	if (found)
		copy_row(slot, RelationGetDescr(table), row);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);

	/* the locks stay to the end of the transaction, as a plan's do */
	index_close(index, NoLock);
	table_close(table, NoLock);
	return found;
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
