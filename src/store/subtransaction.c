/*
 * Subtransactions.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "store/subtransaction.h"

Subtransaction
subtransaction_begin(void)
{
	Subtransaction saved = {CurrentMemoryContext, CurrentResourceOwner};

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(saved.context);
	return saved;
}

void
subtransaction_end(const Subtransaction *saved, bool keep)
{
	if (keep)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(saved->context);
	CurrentResourceOwner = saved->owner;
}

ErrorData *
subtransaction_fail(const Subtransaction *saved)
{
	ErrorData  *error;

	/* before the copy, for which there may be no memory: an error that left the
	 * subtransaction open would leave the session in an aborted transaction */
	subtransaction_end(saved, false);
	error = CopyErrorData();
	FlushErrorState();
	return error;
}
