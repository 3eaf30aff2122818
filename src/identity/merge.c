/*
 * Merging: an edge, the source's members pointed to their new survivor, and
 * the target's row folded.  Senders, tickets and events stay where they are.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "identity/fold.h"
#include "identity/merge.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"

#define MERGE_PLACE		4		/* the column, from 0 */
#define MERGE_COLUMNS	10

static StoreTable merge_rows = {
	.table = "merge",
	.statement = {
		.sql = "INSERT INTO user360.merge (bot, merge_id, source_id, target_id, place, merged_at, actor, reason, "
		"undone_at, undone_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		.nargs = MERGE_COLUMNS, .argtypes = {TEXTOID, UUIDOID, UUIDOID, UUIDOID, INT8OID, TIMESTAMPTZOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, TEXTOID}
	}
};

static StoreProbe last_place = {
	.table = "merge", .index = "merge_place", .nkeys = 2, .types = {TEXTOID, UUIDOID}, .last = true
};

static StorePlan point_source = {
	.sql = "UPDATE user360.profile SET merged_into = $3, updated_at = $4 WHERE bot" EQ "$1 AND profile_id" EQ "$2",
	.nargs = 4, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID}, .rights = PLAN_MERGES
};

/* What was merged into the source before; the survivor's lock covers them. */
static StorePlan point_members = {
	.sql = "UPDATE user360.profile SET merged_into = $3, updated_at = $4 WHERE bot" EQ "$1 AND merged_into" EQ "$2",
	.nargs = 4, .argtypes = {TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID}, .rights = PLAN_MERGES
};

/* Members in order before they change. */
static StorePlan lock_members = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.merged_into" EQ "$2 "
	"ORDER BY p.profile_id FOR NO KEY UPDATE OF p",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

/* Safe from others: the survivor's lock is held. */
static int64
next_place(const MergeRequest *request, const Profile *taker)
{
	Datum		keys[2] = {request->policy->bot_datum, UUIDPGetDatum(&request->under)};
	int64		hidden = fold_hidden_up_to(taker);
	ProbedRow	last;
	bool		found;

	store_look();
	found = store_probe(&last_place, keys, &last);
	store_look_end();
	return (found ? Max(DatumGetInt64(last.values[MERGE_PLACE]), hidden) : hidden) + 1;
}

static int64
add_edge(MergeRequest *request, const pg_uuid_t *merge_id, const Profile *taker)
{
	char		nulls[] = "        nn";
	Datum		values[MERGE_COLUMNS];
	int64		place = next_place(request, taker);

	values[0] = request->policy->bot_datum;
	values[1] = UUIDPGetDatum(merge_id);
	values[2] = UUIDPGetDatum(&request->source->id);
	values[3] = UUIDPGetDatum(&request->under);
	values[MERGE_PLACE] = Int64GetDatum(place);
	values[5] = TimestampTzGetDatum(request->at);
	plan_set_text(values, nulls, 6, GetUserNameFromId(GetUserId(), false));
	plan_set_text(values, nulls, 7, request->reason);
	store_insert(&merge_rows, values, nulls);
	return place;
}

static void
edit_source(ProbedRow *row, void *context)
{
	const MergeRequest *request = context;

	row->values[PROBED_MERGED_INTO] = UUIDPGetDatum(&request->target->id);
	row->nulls[PROBED_MERGED_INTO] = false;
	row->values[PROBED_UPDATED_AT] = TimestampTzGetDatum(request->at);
}

static void
point_source_to_target(MergeRequest *request)
{
	Datum		values[4];

	values[0] = request->policy->bot_datum;
	values[1] = UUIDPGetDatum(&request->source->id);
	values[2] = UUIDPGetDatum(&request->target->id);
	values[3] = TimestampTzGetDatum(request->at);
	if (request->source->own != NULL)
	{
		store_write(&lock_members, values, NULL);
		store_write(&point_members, values, NULL);
	}
	if (store_change(&profile_rows, &profile_probe, values, &point_source, edit_source, request) == TABLE_NOT_AS_MADE)
		store_write(&point_source, values, NULL);
}

/* A member that takes somebody in for the first time keeps its own values
 * apart from now on. */
static Profile *
begin_member(MergeRequest *request)
{
	Profile    *member = profile_by_id(request->policy, &request->under);

	if (member->own == NULL)
	{
		fold_begin(request->policy, member);
		profile_update(request->policy, member, NULL);
	}
	return member;
}

static Jsonb *
merge_payload(MergeRequest *request, const pg_uuid_t *merge_id, Profile *before)
{
	JsonObject	payload;

	json_begin(&payload);
	json_add_text(&payload, "mergeId", id_text(merge_id));
	json_add_text(&payload, "source", id_text(&request->source->id));
	json_add_text(&payload, "target", id_text(&request->target->id));
	if (request->reason != NULL)
		json_add_text(&payload, "reason", request->reason);
	profile_add_change(&payload, request->policy, before, request->target);
	return json_end(&payload);
}

static void
record_source(MergeRequest *request, const pg_uuid_t *merge_id)
{
	JsonObject	payload;
	Event		event = {.name = "USER_DELETE", .channel = request->channel, .at = request->at - 1};

	if (request->source->userid != NULL)
		return;
	json_begin(&payload);
	json_add_text(&payload, "mergeId", id_text(merge_id));
	json_add_text(&payload, "mergedInto", id_text(&request->target->id));
	event.payload = json_end(&payload);
	event_insert(request->policy, &request->source->id, &event);
}

TimestampTz
merge_moment(const Profile *source, const Profile *target)
{
	/* the end of the source is recorded a microsecond before */
	return Max(profile_moment(source), target->updated_at + 1) + 1;
}

pg_uuid_t
merge_profile(MergeRequest *request, Profile *target_before)
{
	pg_uuid_t	merge_id = new_id();
	bool		direct = id_equal(&request->under, &request->target->id);
	Profile    *taker = request->target;
	int64		place;
	Event		event = {.name = "USER_MERGE", .channel = request->channel, .at = request->at};

	fold_begin(request->policy, request->target);
	if (!direct)
		taker = begin_member(request);
	place = add_edge(request, &merge_id, taker);
	point_source_to_target(request);
	if (direct)
		fold_add(request->policy, request->target, request->source, place);
	else
		fold_again(request->policy, request->target, &merge_id, request->at);

	record_source(request, &merge_id);
	event.payload = merge_payload(request, &merge_id, target_before);
	request->target->updated_at = request->at;
	profile_update(request->policy, request->target, &event);
	return merge_id;
}
