/*
 * What the benchmark needs inside a backend: a function that only copies its
 * text, which no function from text to text can undercut, and the processor
 * time of the backend, which other work on the machine does not count into.
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(copy_text);

Datum
copy_text(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	size_t		length = VARSIZE_ANY_EXHDR(value);
	text	   *result = (text *) palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), VARDATA_ANY(value), length);
	PG_RETURN_TEXT_P(result);
}

PG_FUNCTION_INFO_V1(processor_time);

/* In nanoseconds, since the backend started. */
Datum
processor_time(PG_FUNCTION_ARGS)
{
	struct timespec time;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read the processor time: %m")));
	PG_RETURN_INT64((int64) time.tv_sec * INT64CONST(1000000000) + time.tv_nsec);
}
