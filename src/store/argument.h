/*
 * Arguments of SQL functions, and composite results.
 */
#ifndef USER360_STORE_ARGUMENT_H
#define USER360_STORE_ARGUMENT_H

#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"

/* An argument that must not be NULL, as a string. */
extern char *required_text(FunctionCallInfo fcinfo, int argument, const char *name);

/* NULL for NULL */
extern char *optional_text(FunctionCallInfo fcinfo, int argument);

extern void require_argument(FunctionCallInfo fcinfo, int argument, const char *name);

/* A composite Datum of the function's result type, in the given context. */
extern Datum composite_result(FunctionCallInfo fcinfo, MemoryContext context,
							  Datum *values, bool *nulls);

#endif
