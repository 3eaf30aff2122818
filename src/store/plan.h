/*
 * The one place where user360 runs SQL over its own tables.
 */
#ifndef USER360_STORE_PLAN_H
#define USER360_STORE_PLAN_H

#include "postgres.h"

#include "executor/spi.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#define PLAN_MAX_ARGUMENTS	36

/* What the guards of our tables let a plan do that they refuse to others. */
typedef enum PlanRight
{
	PLAN_WRITES = 0,			/* the default: rows come and change, keys stay */
	PLAN_ASSIGNS_USERID = 1,
	PLAN_MERGES = 2,
	PLAN_ERASES = 4
} PlanRight;

/*
 * A statement over our own tables, prepared at its first use in a backend
 * and kept.  Everything in it is schema-qualified, operators included: it is
 * analysed under whatever search_path the session has.
 */
typedef struct StorePlan
{
	const char *sql;
	int			nargs;
	Oid			argtypes[PLAN_MAX_ARGUMENTS];
	int			rights;
	SPIPlanPtr	plan;
} StorePlan;

/* Shorthands for the qualified operators that statements are full of. */
#define EQ	" OPERATOR(pg_catalog.=) "
#define NE	" OPERATOR(pg_catalog.<>) "
#define LT	" OPERATOR(pg_catalog.<) "
#define LE	" OPERATOR(pg_catalog.<=) "
#define GT	" OPERATOR(pg_catalog.>) "

/*
 * Runs a plan as the owner of schema user360 and switches back.  The result
 * is SPI_tuptable, the answer is SPI_processed.  store_write() sees what this
 * transaction did before, earlier rows of the running statement included, and
 * may write; store_read() sees what the calling statement sees, as a STABLE
 * function must; store_read_latest() sees what is committed now, whatever the
 * transaction's isolation level, and store_write_latest() writes to that: it
 * raises 40001 for a row that the transaction's own snapshot does not show.
 */
extern uint64 store_write(StorePlan *plan, Datum *values, const char *nulls);
extern uint64 store_read(StorePlan *plan, Datum *values, const char *nulls);
extern uint64 store_read_latest(StorePlan *plan, Datum *values, const char *nulls);
extern uint64 store_write_latest(StorePlan *plan, Datum *values, const char *nulls);

typedef uint64 (*StoreRun) (StorePlan *plan, Datum *values, const char *nulls);

/*
 * Reads what may be a whole table: planned anew by the tables as they are, and
 * handed over row by row.  The callback runs outside the switch of the user,
 * in a memory context that is emptied now and then.
 */
typedef void (*StoreRow) (HeapTuple row, TupleDesc descriptor, void *context);

extern void store_scan(const StorePlan *plan, Datum *values, const char *nulls, StoreRow callback, void *context);

/* The first column of the current result, which is given up. */
extern pg_uuid_t *result_ids(uint64 rows);

/* An argument that is a text, or NULL. */
extern void plan_set_text(Datum *values, char *nulls, int argument, const char *text);

/* Runs GRANT or REVOKE on our own objects as their owner. */
extern void store_grant(const char *command);

/*
 * Does by hand what a plan would do: with its rights, as the owner of schema
 * user360.
 */
typedef void (*StoreBody) (void *context);
extern void store_instead(StorePlan *plan, StoreBody body, void *context);

/* Does the running plan hold this right? */
extern bool plan_has_right(PlanRight right);

/* The owner of the extension's schema, as whom plans are run. */
extern Oid	store_owner(void);

extern void store_init(void);
extern void store_connect(void);
extern void store_finish(void);

#endif
