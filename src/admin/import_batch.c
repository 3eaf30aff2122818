/*
 * Importing some lines at once.
 *
 * All of it happens in a subtransaction: look, lock, look at what was locked,
 * give, write.  Locks are asked for in the order of store/lock.h: the bot's,
 * then survivors by ascending profile_id, then userIds in the unique index, in
 * their order; after the first of these no profile is waited for.  Where what
 * was decided on has changed meanwhile, the subtransaction gives everything
 * back and the look starts anew.
 *
 * Many lines wait for no profile, so that live traffic never waits for a whole
 * batch that waits for somebody else: those before the first one whose profile
 * is busy are done by themselves, and that line alone then waits.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "admin/import.h"
#include "identity/fold.h"
#include "identity/lookalike.h"
#include "identity/profile_batch.h"
#include "identity/tombstone.h"
#include "store/id.h"
#include "store/json.h"
#include "store/lock.h"
#include "store/subtransaction.h"

/* A survivor, or a profile to be made. */
typedef struct Target
{
	Profile    *profile;
	bool		is_new;
	bool		wanted;			/* somebody changes it */
	bool		locked;
	bool		changed;		/* and not written yet */
	Profile    *before;			/* then: as it was before the first line */
	int			nupdates;		/* and the lines that changed it */
} Target;

/* The lines that mean the same profile: by its userId, or by its id. */
typedef struct LineGroup
{
	const char *userid;			/* NULL: unidentified */
	pg_uuid_t	id;
	int			first;			/* its first row */
	Profile    *named;			/* NULL: none yet */
	Target	   *target;
	const char *refusal;		/* the reason why nobody is made; NULL: none */
	const char *refusal_detail;
	Lookalike	lookalike;		/* of a new userId */
	bool		returns;		/* who was deleted */
	bool		made;
} LineGroup;

typedef struct Batch
{
	Import	   *import;
	BotPolicy  *policy;
	int			nrows;
	ImportRow  *rows;
	LineGroup	  **group_of;		/* a group a row; NULL: blank or at fault */
	int			ngroups;
	LineGroup	   *groups;			/* by userId, then those without by their id */
	int			ntargets;
	Target	  **targets;		/* of groups that are there, by id */
	int			nevents;
	ProfileEvent *events;
	int			nfaults;
	ImportFault *faults;
	ImportCounts counts;
	pg_uuid_t  *new_ids;		/* as many as there are groups */
	MemoryContext scratch;		/* for what a payload takes to be built */
} Batch;

/* What came of a try. */
typedef enum Outcome
{
	BATCH_DONE,
	BATCH_AGAIN,				/* something has changed: look again */
	BATCH_FEWER					/* somebody is busy: only the lines before */
} Outcome;

typedef struct SortedRow
{
	const char *userid;
	pg_uuid_t	id;
	int			row;
} SortedRow;

static int
compare_keys(const char *userid, const pg_uuid_t *id, const char *other_userid, const pg_uuid_t *other_id)
{
	if (userid == NULL || other_userid == NULL)
		return userid == other_userid ? memcmp(id, other_id, UUID_LEN) : (userid == NULL ? 1 : -1);
	return strcmp(userid, other_userid);
}

static int
compare_rows(const void *a, const void *b)
{
	const SortedRow *one = a;
	const SortedRow *other = b;
	int			compared = compare_keys(one->userid, &one->id, other->userid, &other->id);

	return compared != 0 ? compared : one->row - other->row;
}

static int
compare_profiles(const void *a, const void *b)
{
	return memcmp(&(*(Profile *const *) a)->id, &(*(Profile *const *) b)->id, UUID_LEN);
}

static int
compare_profile_userids(const void *a, const void *b)
{
	return strcmp((*(Profile *const *) a)->userid, (*(Profile *const *) b)->userid);
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

static int
compare_events(const void *a, const void *b)
{
	const ProfileEvent *one = a;
	const ProfileEvent *other = b;
	int			compared = memcmp(&one->profile_id, &other->profile_id, UUID_LEN);

	return compared != 0 ? compared : (one->event.at > other->event.at) - (one->event.at < other->event.at);
}

static int
compare_first_rows(const void *a, const void *b)
{
	return (*(LineGroup *const *) a)->first - (*(LineGroup *const *) b)->first;
}

/* The rows that mean somebody, by who that is. */
static int
sort_rows(const Batch *batch, SortedRow *sorted)
{
	int			n = 0;

	for (int i = 0; i < batch->nrows; i++)
	{
		const ImportRow *row = &batch->rows[i];

		if (row->blank || row->nfaults > 0)
			continue;
		memset(&sorted[n], 0, sizeof(SortedRow));
		sorted[n].userid = row->given.userid;
		if (row->given.userid == NULL)
			sorted[n].id = import_row_id(batch->import, row);
		sorted[n++].row = i;
	}
	qsort(sorted, n, sizeof(SortedRow), compare_rows);
	return n;
}

static void
group_rows(Batch *batch)
{
	SortedRow  *sorted = palloc(sizeof(SortedRow) * batch->nrows);
	int			n = sort_rows(batch, sorted);
	LineGroup	   *group = NULL;

	batch->groups = palloc0(sizeof(LineGroup) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (group == NULL || compare_keys(group->userid, &group->id, sorted[i].userid, &sorted[i].id) != 0)
		{
			group = &batch->groups[batch->ngroups++];
			group->userid = sorted[i].userid;
			group->id = sorted[i].id;
			group->first = sorted[i].row;
		}
		batch->group_of[sorted[i].row] = group;
	}
}

static void
read_rows(Batch *batch, const ImportLine *lines)
{
	batch->rows = palloc_extended(sizeof(ImportRow) * batch->nrows, MCXT_ALLOC_HUGE);
	batch->group_of = palloc0(sizeof(LineGroup *) * batch->nrows);
	for (int i = 0; i < batch->nrows; i++)
		import_row_read(batch->import, batch->policy, &lines[i], &batch->rows[i]);
	group_rows(batch);
}

/* Both lists are sorted by userId. */
static void
join_named(Batch *batch, ProfileList found)
{
	int			next = 0;

	qsort(found.profiles, found.n, sizeof(Profile *), compare_profile_userids);
	for (int i = 0; i < batch->ngroups && next < found.n; i++)
	{
		if (batch->groups[i].userid != NULL && strcmp(batch->groups[i].userid, found.profiles[next]->userid) == 0)
			batch->groups[i].named = found.profiles[next++];
	}
}

static Profile *
find_profile(ProfileList sorted, const pg_uuid_t *id)
{
	Profile		key = {.id = *id};
	Profile    *wanted = &key;
	Profile   **found;

	if (sorted.n == 0)
		return NULL;
	found = bsearch(&wanted, sorted.profiles, sorted.n, sizeof(Profile *), compare_profiles);
	return found != NULL ? *found : NULL;
}

/* The profiles that are there, by userId or by id. */
static void
find_named(Batch *batch)
{
	char	  **userids = palloc(sizeof(char *) * Max(batch->ngroups, 1));
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(batch->ngroups, 1));
	int			nuserids = 0;
	int			nids = 0;
	ProfileList found;

	for (int i = 0; i < batch->ngroups; i++)
	{
		if (batch->groups[i].userid != NULL)
			userids[nuserids++] = (char *) batch->groups[i].userid;
		else
			ids[nids++] = batch->groups[i].id;
	}
	join_named(batch, profiles_by_userid(batch->policy, userids, nuserids));
	found = profiles_by_id(batch->policy, ids, nids);
	qsort(found.profiles, found.n, sizeof(Profile *), compare_profiles);
	for (int i = nuserids; i < batch->ngroups; i++)
		batch->groups[i].named = find_profile(found, &batch->groups[i].id);
}

/* Those into whom named profiles were merged. */
static ProfileList
find_survivors(const Batch *batch)
{
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(batch->ngroups, 1));
	int			nids = 0;
	ProfileList found;

	for (int i = 0; i < batch->ngroups; i++)
	{
		if (batch->groups[i].named != NULL && batch->groups[i].named->is_member)
			ids[nids++] = batch->groups[i].named->merged_into;
	}
	found = profiles_by_id(batch->policy, ids, nids);
	qsort(found.profiles, found.n, sizeof(Profile *), compare_profiles);
	return found;
}

static Target *
make_target(Profile *profile)
{
	Target	   *target = palloc0(sizeof(Target));

	target->profile = profile;
	return target;
}

static int
compare_targets(const void *a, const void *b)
{
	return memcmp(&(*(Target *const *) a)->profile->id, &(*(Target *const *) b)->profile->id, UUID_LEN);
}

/* Two userIds may lead to one survivor. */
static void
join_targets(Batch *batch)
{
	int			n = 0;

	qsort(batch->targets, batch->ntargets, sizeof(Target *), compare_targets);
	for (int i = 0; i < batch->ntargets; i++)
	{
		if (n == 0 || compare_targets(&batch->targets[n - 1], &batch->targets[i]) != 0)
			batch->targets[n++] = batch->targets[i];
	}
	batch->ntargets = n;
	for (int i = 0; i < batch->ngroups && n > 0; i++)
	{
		LineGroup	   *group = &batch->groups[i];

		if (group->target != NULL)
			group->target = *(Target **) bsearch(&group->target, batch->targets, n, sizeof(Target *), compare_targets);
	}
}

/* False: somebody was merged or erased between two looks. */
static bool
find_targets(Batch *batch)
{
	ProfileList survivors = find_survivors(batch);

	batch->targets = palloc(sizeof(Target *) * Max(batch->ngroups, 1));
	for (int i = 0; i < batch->ngroups; i++)
	{
		LineGroup	   *group = &batch->groups[i];
		Profile    *survivor = group->named;

		if (survivor != NULL && survivor->is_member)
			survivor = find_profile(survivors, &survivor->merged_into);
		if (group->named == NULL)
			continue;
		if (survivor == NULL || survivor->is_member)
			return false;
		group->target = batch->targets[batch->ntargets++] = make_target(survivor);
	}
	join_targets(batch);
	return true;
}

/* What is without a userId was made of this very line: there is nothing new. */
static bool
row_changes(const Batch *batch, int i)
{
	const LineGroup *group = batch->group_of[i];

	return group != NULL && group->named != NULL && group->userid != NULL &&
		import_row_give(batch->import, &batch->rows[i], group->target->profile, NULL, 0);
}

static pg_uuid_t *
wanted_ids(Batch *batch, int *n)
{
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(batch->ntargets, 1));

	for (int i = 0; i < batch->nrows; i++)
	{
		if (row_changes(batch, i))
			batch->group_of[i]->target->wanted = true;
	}
	*n = 0;
	for (int i = 0; i < batch->ntargets; i++)
	{
		if (batch->targets[i]->wanted)
			ids[(*n)++] = batch->targets[i]->profile->id;
	}
	return ids;
}

/* Do the locked ones belong to the profiles that were named? */
static bool
still_lead(const Batch *batch)
{
	for (int i = 0; i < batch->ngroups; i++)
	{
		const LineGroup *group = &batch->groups[i];

		if (group->target != NULL && group->target->locked && group->named->is_member &&
			!profile_leads_to(batch->policy, &group->named->id, group->target->profile))
			return false;
	}
	return true;
}

/* The first line that wants a profile which could not be locked. */
static int
first_busy(const Batch *batch)
{
	for (int i = 0; i < batch->nrows; i++)
	{
		const LineGroup *group = batch->group_of[i];

		if (group != NULL && group->target != NULL && group->target->wanted && !group->target->locked)
			return i;
	}
	return 0;
}

/* Locks whoever would be changed and puts the fresh rows in place.  fewer: how
 * many lines can be done without waiting. */
static Outcome
lock_targets(Batch *batch, int *fewer)
{
	bool		alone = batch->nrows == 1;
	int			nwanted;
	pg_uuid_t  *ids = wanted_ids(batch, &nwanted);
	ProfileList locked = profiles_lock(batch->policy, ids, nwanted, alone);
	int			next = 0;

	/* Both are in ascending order. */
	for (int i = 0; i < batch->ntargets && next < locked.n; i++)
	{
		Target	   *target = batch->targets[i];

		if (!target->wanted || !id_equal(&target->profile->id, &locked.profiles[next]->id))
			continue;
		target->profile = locked.profiles[next++];
		target->locked = true;
	}
	if (locked.n < nwanted)
	{
		*fewer = Max(first_busy(batch), 1);
		return alone ? BATCH_AGAIN : BATCH_FEWER;
	}
	return still_lead(batch) ? BATCH_DONE : BATCH_AGAIN;
}

/* The groups of userIds that nobody has, in the order of the lines. */
static LineGroup **
new_groups(Batch *batch, int *n)
{
	LineGroup	  **groups = palloc(sizeof(LineGroup *) * Max(batch->ngroups, 1));

	*n = 0;
	for (int i = 0; i < batch->ngroups; i++)
	{
		if (batch->groups[i].named == NULL && batch->groups[i].userid != NULL)
			groups[(*n)++] = &batch->groups[i];
	}
	qsort(groups, *n, sizeof(LineGroup *), compare_first_rows);
	return groups;
}

/* New userIds: those that were deleted, and those that look like others. */
static void
judge_new(Batch *batch)
{
	int			n;
	LineGroup	  **groups = new_groups(batch, &n);
	char	  **userids = palloc(sizeof(char *) * Max(n, 1));
	bool	   *deleted = palloc(sizeof(bool) * Max(n, 1));
	Lookalike  *lookalikes = palloc(sizeof(Lookalike) * Max(n, 1));

	for (int i = 0; i < n; i++)
		userids[i] = (char *) groups[i]->userid;
	tombstone_find(batch->policy, n, userids, GetCurrentTimestamp(), deleted);
	lookalike_find_many(batch->policy, userids, n, lookalikes);
	for (int i = 0; i < n; i++)
	{
		groups[i]->returns = deleted[i];
		groups[i]->lookalike = lookalikes[i];
		if (deleted[i] && !batch->import->allow_return)
		{
			groups[i]->refusal = "deleted";
			groups[i]->refusal_detail = "The customer was deleted; allow_return lets the line in.";
		}
		else if (lookalikes[i].reason != NULL && batch->policy->options.lookalike == LOOKALIKE_REFUSE)
		{
			groups[i]->refusal = "lookalike";
			groups[i]->refusal_detail = psprintf("It can be taken for another userId: %s.", lookalikes[i].reason);
		}
	}
}

static Event *
add_event(Batch *batch, const Profile *profile, const char *name, TimestampTz at)
{
	ProfileEvent *event = &batch->events[batch->nevents++];

	memset(event, 0, sizeof(ProfileEvent));
	event->profile_id = profile->id;
	event->event.name = name;
	event->event.at = at;
	return &event->event;
}

/* Building one takes many times what it is. */
static Jsonb *
change_payload(const Batch *batch, Profile *before, Profile *after)
{
	MemoryContext old = MemoryContextSwitchTo(batch->scratch);
	JsonObject	object;
	Jsonb	   *payload;

	json_begin(&object);
	profile_add_change(&object, batch->policy, before, after);
	payload = json_end(&object);
	MemoryContextSwitchTo(old);
	payload = memcpy(palloc(VARSIZE(payload)), payload, VARSIZE(payload));
	MemoryContextReset(batch->scratch);
	return payload;
}

static bool
is_changed(const Batch *batch, Profile *before, Profile *after)
{
	MemoryContext old = MemoryContextSwitchTo(batch->scratch);
	bool		changed = profile_is_changed(batch->policy, before, after);

	MemoryContextSwitchTo(old);
	MemoryContextReset(batch->scratch);
	return changed;
}

static void
make_profile(Batch *batch, LineGroup *group, const ImportRow *row)
{
	Profile    *profile = palloc0(sizeof(Profile));
	TimestampTz at = new_moment();
	FoldEdit	edit;

	profile->id = group->userid != NULL ? batch->new_ids[group - batch->groups] : group->id;
	profile->created_at = profile->updated_at = profile->last_seen_at = at;
	profile->custom_loaded = true;
	edit = fold_edit(batch->policy, profile);
	import_row_give(batch->import, row, profile, &edit, at);
	fold_edit_done(&edit);
	if (group->userid != NULL)
	{
		profile->userid = pstrdup(group->userid);
		profile->identified_at = at;
	}
	add_event(batch, profile, "USER_CREATE", at)->payload = change_payload(batch, NULL, profile);
	group->target = make_target(profile);
	group->target->is_new = true;
	group->made = true;
}

/*
 * A survivor with members is written at once, since its members are, too; the
 * others once all lines are given.
 */
static void
change_profile(Batch *batch, Target *target, const ImportRow *row)
{
	Profile    *profile = target->profile;
	TimestampTz at = profile_moment(profile);
	Profile    *before = profile_copy(batch->policy, profile);
	FoldEdit	edit = fold_edit(batch->policy, profile);
	Event		event = {.name = "USER_UPDATE", .at = at};
	bool		visible;

	if (!import_row_give(batch->import, row, profile, &edit, at))
		return;
	if (target->before == NULL)
		target->before = before;
	fold_edit_done(&edit);
	visible = is_changed(batch, before, profile);
	if (visible)
	{
		profile->updated_at = at;
		event.payload = change_payload(batch, before, profile);
		batch->counts.updated++;
		target->nupdates++;
	}
	if (profile->own != NULL)
		profile_update(batch->policy, profile, visible ? &event : NULL);
	else
	{
		target->changed = true;
		if (visible)
			*add_event(batch, profile, event.name, at) = event;
	}
}

/* Of who was deleted nothing is kept but that there was a line. */
static void
reject(Batch *batch, const LineGroup *group, ImportRow *row)
{
	bool		deleted = strcmp(group->refusal, "deleted") == 0;

	import_row_reject(batch->import, row, "userId", group->refusal, deleted ? NULL : group->userid, group->refusal_detail);
	if (deleted)
	{
		JsonObject	nothing;

		json_begin(&nothing);
		row->faults[0].row = json_end(&nothing);
		row->faults[0].userid = NULL;
	}
}

static void
add_faults(Batch *batch, const ImportRow *row)
{
	batch->faults = batch->faults == NULL ? palloc(sizeof(ImportFault) * row->nfaults) :
		repalloc_huge(batch->faults, sizeof(ImportFault) * (batch->nfaults + row->nfaults));
	memcpy(&batch->faults[batch->nfaults], row->faults, sizeof(ImportFault) * row->nfaults);
	batch->nfaults += row->nfaults;
}

static void
give_row(Batch *batch, int i)
{
	ImportRow  *row = &batch->rows[i];
	LineGroup	   *group = batch->group_of[i];

	batch->counts.total++;
	if (row->blank)
	{
		batch->counts.empty++;
		return;
	}
	if (group != NULL && group->refusal != NULL)
		reject(batch, group, row);
	if (row->nfaults > 0)
	{
		batch->counts.failed++;
		add_faults(batch, row);
	}
	else if (group->target == NULL)
	{
		make_profile(batch, group, row);
		batch->counts.new++;
	}
	else
	{
		batch->counts.conflicting++;
		if (group->target->is_new || group->target->locked)
			change_profile(batch, group->target, row);
	}
}

/* Several lines of one customer, the last of which says what was known before
 * the first: nothing has happened. */
static void
forget_updates(Batch *batch, const Target *target)
{
	int			n = 0;

	for (int i = 0; i < batch->nevents; i++)
	{
		if (!id_equal(&batch->events[i].profile_id, &target->profile->id))
			batch->events[n++] = batch->events[i];
	}
	batch->nevents = n;
	batch->counts.updated -= target->nupdates;
}

static void
update_changed(Batch *batch)
{
	Profile   **profiles = palloc(sizeof(Profile *) * Max(batch->ntargets, 1));
	int			n = 0;

	for (int i = 0; i < batch->ntargets; i++)
	{
		Target	   *target = batch->targets[i];

		if (!target->changed)
			continue;
		if (target->nupdates > 1 && !is_changed(batch, target->before, target->profile))
			forget_updates(batch, target);
		else
			profiles[n++] = target->profile;
	}
	profiles_update(batch->policy, profiles, n);
}

/* In the order of their userIds. */
static void
insert_new(Batch *batch)
{
	NewProfile *profiles = palloc(sizeof(NewProfile) * Max(batch->ngroups, 1));
	int			n = 0;

	for (int i = 0; i < batch->ngroups; i++)
	{
		const LineGroup *group = &batch->groups[i];

		if (!group->made)
			continue;
		profiles[n].profile = group->target->profile;
		profiles[n].has_hash = group->lookalike.has_hash;
		profiles[n++].hash = group->lookalike.hash;
	}
	profiles_insert(batch->policy, profiles, n);
}

static void
tell_of_new(Batch *batch)
{
	for (int i = 0; i < batch->ngroups; i++)
	{
		const LineGroup *group = &batch->groups[i];

		if (!group->made || group->userid == NULL)
			continue;
		if (group->returns)
			tombstone_return(batch->policy, &group->target->profile->id, group->userid, NULL);
		if (group->lookalike.reason != NULL)
			lookalike_report(batch->policy, &group->target->profile->id, group->userid, group->lookalike.reason, NULL);
	}
}

/* In ascending order, as the rows are written: an index takes what comes at
 * its end without looking for the place. */
static void
make_ids(Batch *batch)
{
	batch->new_ids = palloc(sizeof(pg_uuid_t) * Max(batch->ngroups, 1));
	new_ids(batch->new_ids, batch->ngroups);
	qsort(batch->new_ids, batch->ngroups, sizeof(pg_uuid_t), compare_ids);
}

static Outcome
try_lines(Batch *batch, const ImportLine *lines, int *fewer)
{
	Outcome		outcome;

	read_rows(batch, lines);
	find_named(batch);
	if (!find_targets(batch))
		return BATCH_AGAIN;
	outcome = lock_targets(batch, fewer);
	if (outcome != BATCH_DONE)
		return outcome;
	judge_new(batch);
	make_ids(batch);
	batch->scratch = AllocSetContextCreate(CurrentMemoryContext, "user360 import payload", ALLOCSET_DEFAULT_SIZES);
	batch->events = palloc_extended(sizeof(ProfileEvent) * batch->nrows, MCXT_ALLOC_HUGE);
	for (int i = 0; i < batch->nrows; i++)
		give_row(batch, i);
	update_changed(batch);
	insert_new(batch);
	qsort(batch->events, batch->nevents, sizeof(ProfileEvent), compare_events);
	events_insert(batch->policy, batch->events, batch->nevents);
	tell_of_new(batch);
	import_write_faults(batch->policy, batch->import, batch->faults, batch->nfaults);
	return BATCH_DONE;
}

static void
refuse_unless_taken(ErrorData *error)
{
	if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
		ReThrowError(error);
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent capture of the same userId"),
				 errhint("Run the transaction again.")));
}

static Outcome
try_in_subtransaction(Batch *batch, const ImportLine *lines, int *fewer)
{
	Subtransaction saved = subtransaction_begin();
	volatile Outcome outcome = BATCH_AGAIN;

	PG_TRY();
	{
		outcome = try_lines(batch, lines, fewer);
		subtransaction_end(&saved, outcome == BATCH_DONE);
	}
	PG_CATCH();
	{
		/*
		 * Somebody gave away one of the userIds since we looked.  ON CONFLICT
		 * would tell it without an error, at the price of a second probe of
		 * each index for every line.
		 */
		refuse_unless_taken(subtransaction_fail(&saved));
		outcome = BATCH_AGAIN;
	}
	PG_END_TRY();
	return outcome;
}

static void
add_counts(ImportCounts *sum, const ImportCounts *counts)
{
	sum->total += counts->total;
	sum->new += counts->new;
	sum->conflicting += counts->conflicting;
	sum->updated += counts->updated;
	sum->failed += counts->failed;
	sum->empty += counts->empty;
}

int
import_lines(Import *import, BotPolicy *policy, const ImportLine *lines, int n)
{
	for (int round = 0; round < PROFILE_ROUNDS; round++)
	{
		Batch		batch = {.import = import, .nrows = n};
		int			fewer = n;

		CHECK_FOR_INTERRUPTS();
		batch.policy = bot_lock(policy->bot, false);
		switch (try_in_subtransaction(&batch, lines, &fewer))
		{
			case BATCH_DONE:
				add_counts(&import->counts, &batch.counts);
				return n;
			case BATCH_FEWER:
				n = fewer;
				break;
			case BATCH_AGAIN:
				break;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not settle whose line " INT64_FORMAT " is", lines[0].number),
			 errdetail("Its profile was changed by others each time it was looked at."),
			 errhint("Resume the import.")));
}
