/*
 * Rows of our tables, written without a plan.
 */
#ifndef USER360_STORE_TABLE_H
#define USER360_STORE_TABLE_H

#include "postgres.h"

#include "store/plan.h"
#include "store/probe.h"

typedef void (*StoreGuard) (Relation table, HeapTuple old, HeapTuple new);

/*
 * What is prepared for a table is kept from call to call: starting the executor
 * for one row takes longer than storing it, and PostgreSQL parses a table's
 * CHECKs, the expressions of its indexes and their predicates anew for every
 * statement.  The statement does the same; it runs where the table is no longer
 * as we made it: with triggers of others, rules, other columns, indexes that are
 * no B-trees or may conflict as well, CHECKs or indexes with functions of a
 * user's, which may look at what this transaction did, change or come back here.
 */
typedef struct StoreTable
{
	const char *table;
	const char *arbiter;		/* the index in which a conflict leaves the row out; NULL: it is an error */
	bool		looked;			/* whoever calls has looked in that index: a conflict is news */
	StoreGuard	guard;			/* what its trigger of the same name demands of a change; or NULL */
	const char *guard_name;
	StorePlan	statement;		/* its arguments are the columns in their order */

	/* What is prepared; NULL where it is not, or is in use. */
	struct PreparedTable *prepared;
	Oid			table_id;
	uint64		changes;		/* of the table and its indexes */
	struct StoreTable *next;
} StoreTable;

/*
 * Inserts a row as the owner of schema user360, nulls as for a plan; what comes
 * after in the transaction sees it, as after any of these.  False: its
 * key is in the arbiter's index already, by a row that is committed or this
 * transaction's own; whoever is about to insert it is waited for.
 */
extern bool store_insert(StoreTable *store, Datum *values, const char *nulls);

/*
 * Changes the row that is found, in its last version, waiting for whoever holds
 * it, with the rights of a plan that would do the same.  The edit replaces
 * columns, none of those of the key.
 */
typedef void (*StoreEdit) (ProbedRow *row, void *context);

typedef enum StoreChange
{
	ROW_CHANGED,
	ROW_GONE,
	TABLE_NOT_AS_MADE			/* nothing is done: the plan has to do it */
} StoreChange;

extern StoreChange store_change(StoreTable *store, StoreProbe *probe, const Datum *keys, StorePlan *plan,
								StoreEdit edit, void *context);
/*
 * Many rows with what is prepared; source gives the columns of one after the
 * other, in a memory context that is emptied after each.  A conflict is an error
 * in every index, 23505.
 */
typedef void (*StoreSource) (int row, Datum *values, bool *nulls, void *context);
extern void store_insert_many(StoreTable *store, int n, StoreSource source, void *context);

extern void table_on_relation_change(Oid relation);

#endif
