/*
 * verify(): all profiles and active merges, in one scan that brings those of
 * one merged set together.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "admin/verify.h"
#include "store/id.h"

/* The columns of read_sets before the profile's own, from 1. */
enum
{
	SET_ID = 1,
	SET_BOT,
	SET_SKELETON_HASH,
	SET_MERGE_ID,
	SET_TARGET_ID,
	SET_PLACE,
	SET_PROFILE
};

/* By the id first, which differs early, and by the bot where ids are the same. */
static StorePlan read_sets = {
	.sql = "SELECT COALESCE(p.merged_into, p.profile_id, e.source_id), COALESCE(p.bot, e.bot), p.skeleton_hash, "
	"e.merge_id, e.target_id, e.place, " PROFILE_COLUMNS " "
	"FROM (SELECT p.* FROM user360.profile AS p WHERE " IN_SCOPE("p.bot") ") AS p "
	"FULL JOIN (SELECT m.bot, m.merge_id, m.source_id, m.target_id, m.place FROM user360.merge AS m "
	"WHERE m.undone_at IS NULL AND " IN_SCOPE("m.bot") ") AS e "
	"ON e.bot" EQ "p.bot AND e.source_id" EQ "p.profile_id "
	"ORDER BY 1, 2, p.profile_id, e.place, e.merge_id",
	.nargs = 1, .argtypes = {TEXTOID}
};

static Datum
column(HeapTuple tuple, TupleDesc descriptor, int number, bool *isnull)
{
	return heap_getattr(tuple, number, descriptor, isnull);
}

static bool
bot_is(const MergedSet *set, Datum bot)
{
	text	   *name = DatumGetTextPP(bot);

	return strlen(set->bot) == VARSIZE_ANY_EXHDR(name) &&
		memcmp(set->bot, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0;
}

static void
begin_set(MergedSet *set, const pg_uuid_t *id, Datum bot)
{
	MemoryContext old;

	MemoryContextReset(set->context);
	old = MemoryContextSwitchTo(set->context);
	set->bot = TextDatumGetCString(bot);
	set->max_rows = 4;
	set->rows = palloc(sizeof(SetRow) * set->max_rows);
	MemoryContextSwitchTo(old);
	set->id = *id;
	set->policy = verify_policy(set->verifier, set->bot);
	set->readable = set->policy != NULL;
	set->survivor = NULL;
	set->nrows = 0;
}

static SetRow *
add_row(MergedSet *set, Profile *profile)
{
	SetRow	   *row;

	if (set->nrows == set->max_rows)
	{
		set->max_rows *= 2;
		set->rows = repalloc_huge(set->rows, sizeof(SetRow) * (Size) set->max_rows);
	}
	row = &set->rows[set->nrows++];
	memset(row, 0, sizeof(*row));
	row->profile = profile;
	if (!profile->is_member)
		set->survivor = profile;
	return row;
}

/* The profile of a row, where it is not the same as the row's before. */
static void
take_profile(MergedSet *set, HeapTuple tuple, TupleDesc descriptor)
{
	MemoryContext old = MemoryContextSwitchTo(set->context);
	Profile    *profile = profile_from_tuple(tuple, descriptor, SET_PROFILE - 1);
	bool		isnull;
	int64		skeleton_hash;

	MemoryContextSwitchTo(old);
	add_row(set, profile);
	if (set->policy == NULL)
		return;
	skeleton_hash = DatumGetInt64(column(tuple, descriptor, SET_SKELETON_HASH, &isnull));
	if (!verify_values(set->verifier, set->policy, profile, isnull ? NULL : &skeleton_hash))
		set->readable = false;
}

static void
take_edge(MergedSet *set, HeapTuple tuple, TupleDesc descriptor, const pg_uuid_t *merge_id)
{
	SetRow	   *row = &set->rows[set->nrows - 1];
	bool		isnull;

	if (!row->profile->is_member)
		verify_report(set->verifier, "merge_edge", set->bot, &row->profile->id,
					  "merge %s is active, and its source is not merged", id_text(merge_id));
	row->has_more_edges = row->has_edge;
	row->has_edge = true;
	row->target = *DatumGetUUIDP(column(tuple, descriptor, SET_TARGET_ID, &isnull));
	row->place = DatumGetInt64(column(tuple, descriptor, SET_PLACE, &isnull));
}

static void
take_tuple(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	MergedSet  *set = context;
	bool		has_profile;
	bool		has_edge;
	bool		isnull;
	const pg_uuid_t *id = DatumGetUUIDP(column(tuple, descriptor, SET_ID, &isnull));
	Datum		bot = column(tuple, descriptor, SET_BOT, &isnull);
	Datum		profile_id = column(tuple, descriptor, SET_PROFILE, &isnull);
	Datum		merge_id;

	has_profile = !isnull;
	merge_id = column(tuple, descriptor, SET_MERGE_ID, &isnull);
	has_edge = !isnull;
	if (!has_profile)
	{
		verify_report(set->verifier, "merge_edge", TextDatumGetCString(bot), id,
					  "merge %s is active, and its source is not there", id_text(DatumGetUUIDP(merge_id)));
		return;
	}
	if (set->bot == NULL || !id_equal(&set->id, id) || !bot_is(set, bot))
	{
		verify_set(set);
		begin_set(set, id, bot);
	}
	if (set->nrows == 0 || !id_equal(&set->rows[set->nrows - 1].profile->id, DatumGetUUIDP(profile_id)))
		take_profile(set, tuple, descriptor);
	if (has_edge)
		take_edge(set, tuple, descriptor, DatumGetUUIDP(merge_id));
}

void
verify_profiles(Verifier *verifier)
{
	MergedSet	set = {.verifier = verifier};

	set.context = AllocSetContextCreate(CurrentMemoryContext, "user360 merged set", ALLOCSET_DEFAULT_SIZES);
	verify_scan(verifier, &read_sets, take_tuple, &set);
	verify_set(&set);
	MemoryContextDelete(set.context);
}
