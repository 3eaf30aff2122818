/*
 * Arguments of SQL functions, and composite results.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/builtins.h"

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

Datum
composite_result(FunctionCallInfo fcinfo, MemoryContext context, Datum *values, bool *nulls)
{
	TupleDesc	descriptor = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	Datum		result;

	if (descriptor == NULL)
	{
		if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		descriptor = BlessTupleDesc(CreateTupleDescCopy(descriptor));
		fcinfo->flinfo->fn_extra = descriptor;
		MemoryContextSwitchTo(old);
	}
	old = MemoryContextSwitchTo(context);
	result = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	MemoryContextSwitchTo(old);
	return result;
}
