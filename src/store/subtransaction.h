/*
 * Subtransactions: what they take and write can be given back.
 */
#ifndef USER360_STORE_SUBTRANSACTION_H
#define USER360_STORE_SUBTRANSACTION_H

#include "postgres.h"

#include "utils/resowner.h"

/* Where to come back to. */
typedef struct Subtransaction
{
	MemoryContext context;
	ResourceOwner owner;
} Subtransaction;

extern Subtransaction subtransaction_begin(void);

/* Ends it; without keep, its locks and writes are given back. */
extern void subtransaction_end(const Subtransaction *saved, bool keep);

/* The error that ended it; the subtransaction is rolled back. */
extern ErrorData *subtransaction_fail(const Subtransaction *saved);

#endif
