/*
 * Guards: what the owner's own statements may not do to the store.
 */
#ifndef USER360_IDENTITY_IMMUTABLE_H
#define USER360_IDENTITY_IMMUTABLE_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/relcache.h"

/* What the trigger guard_profile demands of an update, for one without a
 * statement. */
extern void guard_profile_row(Relation table, HeapTuple old, HeapTuple new);

#endif
