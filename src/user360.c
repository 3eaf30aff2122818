/*
 * The module: its magic block, and what is registered when it is loaded.
 */
#include "postgres.h"

#include "fmgr.h"

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

void
_PG_init(void)
{
	store_init();
	policy_init();
	probe_init();
	table_init();
	row_init();
	normalize_init();
}
