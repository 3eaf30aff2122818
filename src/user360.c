/*
 * The module: its magic block, and what is registered when it is loaded.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/inval.h"

#include "inbox/row.h"
#include "store/table.h"
#include "store/plan.h"
#include "store/policy.h"
#include "store/probe.h"
#include "types/normalize.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "user360");
#else
PG_MODULE_MAGIC;
#endif

void		_PG_init(void);

/* The server has few places for such callbacks: one is for all. */
static void
on_relation_change(Datum argument, Oid relation)
{
	policy_on_relation_change(relation);
	probe_on_relation_change(relation);
	table_on_relation_change(relation);
	row_on_relation_change(relation);
}

void
_PG_init(void)
{
	store_init();
	policy_init();
	row_init();
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
	normalize_init();
}
