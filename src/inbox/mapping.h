/*
 * The mapping from a user's table to what user360 takes from a row.
 */
#ifndef USER360_INBOX_MAPPING_H
#define USER360_INBOX_MAPPING_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

#include "inbox/column.h"
#include "inbox/keyed.h"
#include "store/property.h"

/* Where the value of a column leads: schema.table.column. */
typedef struct LookUp
{
	TableName	table;
	char	   *column;
} LookUp;

typedef struct MappedName
{
	char	   *name;			/* bot, channel, ..., or a property */
	char	   *constant;		/* name:=constant; NULL: columns */
	int			ncolumns;		/* more than one: joined */
	Column	   *columns;
	LookUp	   *look_up;		/* by the one column; or NULL */
	int			npath;			/* keys into a jsonb column */
	char	  **path;
} MappedName;

typedef struct Mapping
{
	int			n;
	MappedName *names;
} Mapping;

/*
 * Reads the arguments of an attach function or a trigger.  Raises U3017 for a
 * bad one, in the current memory context.
 */
extern Mapping *mapping_parse(int n, char **arguments);

/*
 * Finds the columns in rows of this shape.  One that is not there, or not of a
 * type that fits, is reported as U3017 at this level; after a WARNING its name
 * is as if it were blank.
 */
extern void mapping_resolve(Mapping *mapping, const RowShape *shape, int elevel);

/* Raises U3017 for a look-up that leads nowhere, or that the current user may
 * not follow. */
extern void mapping_check_look_ups(const Mapping *mapping);

extern const MappedName *mapping_find(const Mapping *mapping, const char *name);

/* Is this name one of the ticket or contact itself, and no property? */
extern bool mapping_is_ticket_name(const char *name);

/* What the row has for a name; VALUE_ABSENT where it is blank. */
extern Value mapping_value(const MappedName *name, HeapTuple row, TupleDesc descriptor);

/* The same as a text, or NULL. */
extern char *mapping_text(const Mapping *mapping, const char *name, HeapTuple row, TupleDesc descriptor);

/* Do two rows differ in the columns of a name?  What a look-up leads to is
 * not read. */
extern bool mapping_differs(const MappedName *name, HeapTuple one, HeapTuple other, TupleDesc descriptor);

/* A moment from a date or timestamp column; false: it is NULL or not mapped. */
extern bool mapping_moment(const Mapping *mapping, const char *name, HeapTuple row,
						   TupleDesc descriptor, int64 *moment);

#endif
