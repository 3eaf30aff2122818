/*
 * verify(): a merged set as a whole.  Each member leads to the survivor, by
 * its row and by its merges, and each row is the fold that these make of it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "admin/verify.h"
#include "identity/fold.h"
#include "store/id.h"

static StorePlan find_profile = {
	.sql = "SELECT p.merged_into FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan find_member = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.merged_into" EQ "$2 LIMIT 1",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

/* Does this look find anything?  Its first column, or NULL, is the id. */
static bool
look_up(MergedSet *set, StorePlan *plan, pg_uuid_t *id, bool *isnull)
{
	Datum		values[2];
	bool		found;
	Datum		value;

	store_connect();			/* gives back what one look took */
	values[0] = CStringGetTextDatum(set->bot);
	values[1] = UUIDPGetDatum(id);
	found = store_read(plan, values, NULL) > 0;
	if (found)
	{
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
		if (!*isnull)
			*id = *DatumGetUUIDP(value);
	}
	store_finish();
	return found;
}

static bool
exists(MergedSet *set, StorePlan *plan, const pg_uuid_t *id)
{
	pg_uuid_t	looked_for = *id;
	bool		isnull;

	return look_up(set, plan, &looked_for, &isnull);
}

/* The profile that another one is merged into; false: there is none. */
static bool
step_up(MergedSet *set, pg_uuid_t *id)
{
	bool		isnull;

	return look_up(set, &find_profile, id, &isnull) && !isnull;
}

/*
 * Does a member lead back to itself?  first: by a way on which no smaller id
 * lies, so that one of the circle's members is the one to report it.  A circle
 * that it leads into, and is not part of, is left at the second time round.
 */
static bool
leads_to_itself(MergedSet *set, const pg_uuid_t *member, bool *first)
{
	pg_uuid_t	at = set->id;
	pg_uuid_t	mark = at;
	uint64		next_mark = 2;

	*first = true;
	for (uint64 step = 1; !id_equal(&at, member); step++)
	{
		CHECK_FOR_INTERRUPTS();
		if (memcmp(&at, member, UUID_LEN) < 0)
			*first = false;
		if (!step_up(set, &at) || (id_equal(&at, &mark) && !id_equal(&at, member)))
			return false;
		if (step == next_mark)
		{
			mark = at;
			next_mark *= 2;
		}
	}
	return true;
}

/* Where the members lead is no survivor. */
static void
report_headless(MergedSet *set, bool survivor_exists)
{
	char	   *survivor = id_text(&set->id);

	for (int i = 0; i < set->nrows; i++)
	{
		const pg_uuid_t *member = &set->rows[i].profile->id;
		bool		first;

		if (!survivor_exists)
			verify_report(set->verifier, "merged_into", set->bot, member, "profile %s is not there", survivor);
		else if (!leads_to_itself(set, member, &first))
			verify_report(set->verifier, "merge_chain", set->bot, member, "profile %s is merged itself", survivor);
		else if (first)
			verify_report(set->verifier, "merge_cycle", set->bot, member, "it is merged into profile %s, and that into it",
						  survivor);
	}
}

/* The row of a profile of the set, or NULL. */
static SetRow *
find_row(MergedSet *set, const pg_uuid_t *id)
{
	int			low = 0;
	int			high = set->nrows;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = memcmp(&set->rows[middle].profile->id, id, UUID_LEN);

		if (order == 0)
			return &set->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* One active merge, whose target is of the set. */
static bool
edge_is_sound(MergedSet *set, const SetRow *row)
{
	const pg_uuid_t *member = &row->profile->id;

	if (!row->has_edge)
		verify_report(set->verifier, "merge_edge", set->bot, member, "it is merged without an active merge");
	else if (row->has_more_edges)
		verify_report(set->verifier, "merge_edge", set->bot, member, "it is the source of more than one active merge");
	else if (id_equal(&row->target, &set->id) || find_row(set, &row->target) != NULL)
		return true;
	else if (exists(set, &find_profile, &row->target))
		verify_report(set->verifier, "merge_edge", set->bot, member, "its merge's target %s is not of its merged set",
					  id_text(&row->target));
	else
		verify_report(set->verifier, "merge_edge", set->bot, member, "its merge's target %s is not there",
					  id_text(&row->target));
	return false;
}

/* Walks from one member's merge to the next: a circle is what leads back to
 * where this walk has been. */
static bool
walk_is_sound(MergedSet *set, SetRow *row, int walk)
{
	while (row != NULL && row->profile->is_member && row->walk == 0)
	{
		row->walk = walk;
		row = row->has_edge ? find_row(set, &row->target) : NULL;
	}
	if (row == NULL || !row->profile->is_member || row->walk != walk)
		return true;
	verify_report(set->verifier, "merge_edge", set->bot, &row->profile->id, "its merges lead in a circle");
	return false;
}

static bool
edges_are_sound(MergedSet *set)
{
	bool		sound = true;

	for (int i = 0; i < set->nrows; i++)
	{
		SetRow	   *row = &set->rows[i];

		if (!row->profile->is_member)
			sound &= !row->has_edge;	/* which was reported */
		else
			sound &= edge_is_sound(set, row);
	}
	for (int i = 0; i < set->nrows; i++)
		sound &= walk_is_sound(set, &set->rows[i], i + 1);
	return sound;
}

static void
check_identified(MergedSet *set)
{
	if (set->survivor->userid != NULL)
		return;
	for (int i = 0; i < set->nrows; i++)
	{
		if (set->rows[i].profile->userid == NULL)
			continue;
		verify_report(set->verifier, "unidentified_survivor", set->bot, &set->id,
					  "it has no userId, and its member %s has", id_text(&set->rows[i].profile->id));
		return;
	}
}

static int
by_target_and_place(const void *a, const void *b)
{
	const Member *one = a;
	const Member *two = b;
	int			order = memcmp(&one->target, &two->target, UUID_LEN);

	if (order != 0)
		return order;
	return one->place < two->place ? -1 : one->place > two->place;
}

static Members
set_members(MergedSet *set)
{
	Members		members = {0};

	members.members = palloc(sizeof(Member) * set->nrows);
	for (int i = 0; i < set->nrows; i++)
	{
		Member	   *member = &members.members[members.n];

		if (!set->rows[i].profile->is_member)
			continue;
		member->profile = set->rows[i].profile;
		member->target = set->rows[i].target;
		member->place = set->rows[i].place;
		members.n++;
	}
	qsort(members.members, members.n, sizeof(Member), by_target_and_place);
	return members;
}

static void
add_name(const char *key, const JsonbValue *value, void *context)
{
	StringInfo	names = context;

	appendStringInfo(names, "%s%s", names->len > 0 ? ", " : "", key);
}

/* The properties that differ; some of the row's own columns are none. */
static char *
name_differences(const BotPolicy *policy, Profile *row, Profile *fold)
{
	JsonObject	payload;
	Jsonb	   *change;
	JsonbValue *difference;
	StringInfoData names;

	initStringInfo(&names);
	json_begin(&payload);
	profile_add_change(&payload, policy, row, fold);
	change = json_end(&payload);
	difference = json_find(&change->root, "newPayload");
	if (difference != NULL && difference->type == jbvBinary)
		json_visit(JsonbValueToJsonb(difference), add_name, &names);
	return names.len > 0 ? names.data : "its times, or what was given as typed";
}

static void
report_difference(const BotPolicy *policy, Profile *row, Profile *fold, void *context)
{
	MergedSet  *set = context;
	const char *detail;

	/* Members that lead to a member are a merge_chain, and not seen here. */
	if (row->is_member && row->own != NULL && fold->own == NULL && exists(set, &find_member, &row->id))
		return;
	if (row->own == NULL && fold->own != NULL)
		detail = "it has members and no own values";
	else if (row->own != NULL && fold->own == NULL)
		detail = "it has own values and no members";
	else
		detail = psprintf("not what its own values and its members make of it: %s", name_differences(policy, row, fold));
	verify_report(set->verifier, "fold", set->bot, &row->id, "%s", detail);
}

static void
verify_merged(MergedSet *set)
{
	bool		sound;

	if (set->survivor == NULL)
	{
		bool		exists_as_member = exists(set, &find_profile, &set->id);

		report_headless(set, exists_as_member);
		if (exists_as_member)
			edges_are_sound(set);
		return;
	}
	sound = edges_are_sound(set);
	check_identified(set);
	if (sound && set->readable)
	{
		Members		members = set_members(set);

		fold_check(set->policy, set->survivor, &members, report_difference, set);
	}
}

void
verify_set(MergedSet *set)
{
	MemoryContext old;

	/* Most customers are one profile that has never had another. */
	if (set->nrows == 0 || (set->nrows == 1 && set->survivor != NULL && set->survivor->own == NULL))
		return;
	old = MemoryContextSwitchTo(set->context);
	verify_merged(set);
	MemoryContextSwitchTo(old);
}
