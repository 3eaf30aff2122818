/*
 * Columns of a user's table: found by name, read as text.
 */
#ifndef USER360_INBOX_COLUMN_H
#define USER360_INBOX_COLUMN_H

#include "postgres.h"

#include "access/htup.h"
#include "fmgr.h"
#include "utils/rel.h"

#include "store/property.h"

/* A column as a mapping names it, and where it is in a relation. */
typedef struct Column
{
	char	   *name;
	AttrNumber	number;
	Oid			type;			/* the base type */
	Oid			element_type;	/* of an array, else 0 */
	FmgrInfo	output;			/* of the type, or of the array's elements */
	int16		length;			/* of an element */
	bool		by_value;
	char		alignment;
} Column;

/* Rows of a relation, or of a query over it. */
typedef struct RowShape
{
	const char *table;			/* its name, for messages */
	TupleDesc	descriptor;
} RowShape;

/*
 * One identifier at *position, quoted or not; moves past it and the spaces
 * around it.  The answer is NULL, or why it can't be read.
 */
extern const char *identifier_read(const char **position, char **identifier);

/* The name in lower case, as SQL folds one that is not quoted. */
extern char *identifier_folded(const char *name);

/* The number of a column, or InvalidAttrNumber.  A name that is there as it is
 * written is taken so, else as SQL folds it. */
extern AttrNumber column_number(TupleDesc descriptor, const char *name);

/* Finds the column and readies it for reading; false: reported as U3017 at
 * this level. */
extern bool column_resolve(Column *column, const RowShape *shape, int elevel);

/* Reports that there is no such column, with the nearest name as the hint. */
extern void column_report_missing(const RowShape *shape, const char *name, int elevel);

/* What the row has; VALUE_ABSENT where it is blank. */
extern Value column_value(const Column *column, HeapTuple row, TupleDesc descriptor);

/* The same under keys of a jsonb column. */
extern Value column_value_at(const Column *column, char *const *path, int npath,
							 HeapTuple row, TupleDesc descriptor);

/* A text as a value; VALUE_ABSENT where it is blank. */
extern Value value_unless_blank(char *text);

#endif
