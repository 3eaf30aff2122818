/*
 * Single rows by an index, without a plan.
 */
#ifndef USER360_STORE_PROBE_H
#define USER360_STORE_PROBE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/lockoptions.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#define PROBE_MAX_KEYS		6
#define PROBE_MAX_COLUMNS	64

/*
 * A row of one of our tables by the first nkeys columns of one of its indexes,
 * and the next nbelow ones, compared as a row, below those given.
 * This is what every capture and card starts with, and setting up the executor
 * for it would take longer than the look itself.  No privilege is asked for and
 * nothing of a user's runs: the comparisons are PostgreSQL's own.
 */
typedef struct StoreProbe
{
	const char *table;
	const char *index;
	int			nkeys;
	Oid			types[PROBE_MAX_KEYS];	/* TEXTOID, in collation C, UUIDOID, INT8OID or BOOLOID;
										 * those below TEXTOID, UUIDOID, INT4OID or TIMESTAMPTZOID */
	int			nbelow;
	bool		least;			/* another value, for the column after nkeys: at least that */
	bool		last;			/* the last in the index's order, and not the first */

	/* Found by name, and again after any relation was created, dropped or renamed. */
	Oid			table_id;
	Oid			index_id;
	uint64		found_at;
} StoreProbe;

/* A row, its columns in the order of the table. */
typedef struct ProbedRow
{
	Datum		values[PROBE_MAX_COLUMNS];
	bool		nulls[PROBE_MAX_COLUMNS];
} ProbedRow;

/*
 * The row lives in the current memory context; false: there is none.  Seen is
 * what the calling statement sees, as with store_read(); between store_look()
 * and store_look_end() it is what store_write() would see: what is there now,
 * this transaction's own changes included.
 */
extern bool store_probe(StoreProbe *probe, const Datum *keys, ProbedRow *row);
extern int	store_probe_rows(StoreProbe *probe, const Datum *keys, ProbedRow *rows, int max_rows);
extern void store_look(void);
extern void store_look_end(void);
extern void probe_on_relation_change(Oid relation);

/* Finds the row and hands it over, its table locked, as it is seen now; the
 * answer is the callback's.  False: there is none. */
typedef bool (*ProbeTake) (Relation table, TupleTableSlot *slot, Snapshot snapshot, void *context);
extern bool store_probe_take(StoreProbe *probe, const Datum *keys, LOCKMODE lock_mode, ProbeTake take, void *context);

/*
 * Locks that row in its last version, which is in the slot then, waiting for
 * whoever holds it.  False: it is gone.
 */
extern bool probe_lock(Relation table, TupleTableSlot *slot, Snapshot snapshot, LockTupleMode mode);

/* The columns of the row in the slot, which they are a part of. */
extern void probe_columns(TupleTableSlot *slot, ProbedRow *row);

/* One of our relations by its name. */
extern Oid	store_relation(const char *name);

/*
 * Locks the very version of the row that is there now, FOR NO KEY UPDATE, where
 * that can be done at once and the row is acceptable.  False: nothing is held.
 * A plan with SKIP LOCKED would also hold a newer version that it then leaves
 * out.
 */
typedef bool (*ProbeAccept) (const ProbedRow *row, const void *context);

extern bool store_lock(StoreProbe *probe, const Datum *keys, ProbedRow *row,
					   ProbeAccept accept, const void *context);

/* The same, waiting, for the last version; acceptable it must be before and
 * after.  False: it may be held all the same. */
extern bool store_lock_waiting(StoreProbe *probe, const Datum *keys, ProbedRow *row,
							   ProbeAccept accept, const void *context);

/*
 * Locks the row FOR KEY SHARE in its last version, waiting for whoever erases
 * it; the columns of the key must be such as never change.  False: it is gone.
 */
extern bool store_hold(StoreProbe *probe, const Datum *keys);

#endif
