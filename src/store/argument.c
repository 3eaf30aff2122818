/*
 * Arguments of SQL functions, and composite results.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "store/argument.h"

void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

char *
required_text(FunctionCallInfo fcinfo, int argument, const char *name)
{
	require_argument(fcinfo, argument, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

char *
optional_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* A row type of its own is in the type cache; one of OUT parameters is built once a query. */
static TupleDesc
result_descriptor(FmgrInfo *function, FunctionCallInfo fcinfo)
{
	Oid			type = get_func_rettype(function->fn_oid);
	TupleDesc	descriptor;
	MemoryContext old;

	if (type != RECORDOID)
		return lookup_rowtype_tupdesc(type, -1);
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	old = MemoryContextSwitchTo(function->fn_mcxt);
	function->fn_extra = BlessTupleDesc(CreateTupleDescCopy(descriptor));
	MemoryContextSwitchTo(old);
	return function->fn_extra;
}

Datum
composite_result(FunctionCallInfo fcinfo, MemoryContext context, Datum *values, bool *nulls)
{
	TupleDesc	descriptor = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	Datum		result;

	if (descriptor == NULL)
		descriptor = result_descriptor(fcinfo->flinfo, fcinfo);
	old = MemoryContextSwitchTo(context);
	result = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	MemoryContextSwitchTo(old);
	ReleaseTupleDesc(descriptor);
	return result;
}
