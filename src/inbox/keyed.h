/*
 * Single rows of a user's other tables, by key.
 */
#ifndef USER360_INBOX_KEYED_H
#define USER360_INBOX_KEYED_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

#include "store/noreturn.h"
#include "store/problem.h"

/* A table as a mapping names it. */
typedef struct TableName
{
	char	   *schema;
	char	   *table;
} TableName;

/* What is looked for. */
typedef struct KeyedRequest
{
	const TableName *name;
	const char *key;			/* a column; NULL: that of the primary key, or of the
								 * only unique index, of one column */
	const char *column;			/* the one that is read; NULL: all */
	Oid			type;			/* the base type of the value to look for */
} KeyedRequest;

/* A row, in the relation that holds it: a table, or a partition of one. */
typedef struct KeyedRow
{
	Relation	relation;
	HeapTuple	tuple;
} KeyedRow;

/* schema.table at *position; moves past it.  The answer is NULL, or why it
 * can't be read. */
extern const char *table_name_read(const char **position, TableName *name);

/* The table, open and locked AccessShareLock; NULL: there is none, and the
 * problem is set. */
extern Relation keyed_open(const TableName *name, Problem *problem);

/* Raises what keyed_open() found, with the nearest name as the hint. */
pg_noreturn extern void keyed_refuse(const TableName *name, Problem *problem);

/* Raises U3017 unless rows can be found as requested, by the current user. */
extern void keyed_check(const KeyedRequest *request);

/*
 * Reads the row as the current user, as it is committed now or was left by
 * this transaction.  False: there is none, or it can't be read, which is a
 * warning once a statement.  Never raises an error of its own.  The caller
 * closes what is found.
 */
extern bool keyed_read(const KeyedRequest *request, Datum key, KeyedRow *row);

extern void keyed_close(KeyedRow *row);

/* A warning of U3017, once a statement at most. */
extern void keyed_warn(const Problem *problem);

#endif
