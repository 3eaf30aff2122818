/*
 * unmerge(): taking one edge out and folding both sides again.
 *
 * Links between tickets of the two sides can only have been made since the
 * merge, for nothing else connects them.  A ticket is linked while its
 * profile's row is held with KEY SHARE: with every row of both sides locked
 * against that, no such link is made unseen.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "identity/fold.h"
#include "identity/merge.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/json.h"
#include "store/lock.h"

static StorePlan find_edge = {
	.sql = "SELECT m.source_id, m.target_id, m.merged_at, m.undone_at FROM user360.merge AS m "
	"WHERE m.bot" EQ "$1 AND m.merge_id" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan find_next = {
	.sql = "SELECT m.target_id, m.merged_at FROM user360.merge AS m "
	"WHERE m.bot" EQ "$1 AND m.source_id" EQ "$2 AND m.undone_at IS NULL",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

/* The set of a survivor; true for the profiles below the edge. */
static StorePlan find_sides = {
	.sql = "WITH RECURSIVE side (id) AS (SELECT $3 UNION ALL "
	"SELECT m.source_id FROM side AS s JOIN user360.merge AS m ON m.bot" EQ "$1 AND m.target_id" EQ "s.id AND m.undone_at IS NULL) "
	"SELECT p.profile_id, p.profile_id" EQ "ANY (ARRAY(SELECT s.id FROM side AS s)) FROM ("
	"SELECT $2 AS profile_id UNION ALL SELECT m.profile_id FROM user360.profile AS m "
	"WHERE m.bot" EQ "$1 AND m.merged_into" EQ "$2) AS p ORDER BY p.profile_id",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, UUIDOID}
};

static StorePlan lock_all = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "ANY ($2) "
	"ORDER BY p.profile_id FOR UPDATE OF p",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan detach = {
	.sql = "UPDATE user360.profile SET merged_into = CASE WHEN profile_id" NE "$3 THEN $3 END, updated_at = $4 "
	"WHERE bot" EQ "$1 AND profile_id" EQ "ANY ($2)",
	.nargs = 4, .argtypes = {TEXTOID, UUIDARRAYOID, UUIDOID, TIMESTAMPTZOID}, .rights = PLAN_MERGES
};

static StorePlan end_edge = {
	.sql = "UPDATE user360.merge SET undone_at = $3, undone_by = $4 WHERE bot" EQ "$1 AND merge_id" EQ "$2",
	.nargs = 4, .argtypes = {TEXTOID, UUIDOID, TIMESTAMPTZOID, TEXTOID}
};

static StorePlan clear_links = {
	.sql = "UPDATE user360.ticket SET previous_profile_id = NULL, previous_source = NULL, previous_ticket = NULL "
	"WHERE bot" EQ "$1 AND previous_profile_id" EQ "ANY ($2) AND previous_profile_id" NE "profile_id "
	"AND profile_id" EQ "ANY ($3)",
	.nargs = 3, .argtypes = {TEXTOID, UUIDARRAYOID, UUIDARRAYOID}
};

static StorePlan count_senders = {
	.sql = "SELECT pg_catalog.count(*) FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

typedef struct Edge
{
	pg_uuid_t	merge_id;
	pg_uuid_t	source_id;
	pg_uuid_t	target_id;		/* who took the source in */
	TimestampTz merged_at;
} Edge;

/* The profiles of one survivor. */
typedef struct Sides
{
	int			nparting;
	int			nstaying;
	Datum		parting;		/* arrays of ids */
	Datum		staying;
	Datum		both;
} Sides;

static void
refuse_edge(const BotPolicy *policy, const pg_uuid_t *merge_id, bool undone)
{
	if (undone)
		ereport(ERROR,
				(errcode(ERRCODE_U360_ALREADY_UNDONE),
				 errmsg("merge \"%s\" is undone already", id_text(merge_id)),
				 errhint("Merge the profiles again with user360.merge_profiles() if they are one customer.")));
	ereport(ERROR,
			(errcode(ERRCODE_U360_UNKNOWN_PROFILE),
			 errmsg("merge \"%s\" of bot \"%s\" does not exist", id_text(merge_id), policy->bot),
			 errhint("user360.user_page() lists the merges of a customer.")));
}

static pg_uuid_t
uuid_column(uint64 row, int column)
{
	bool		isnull;

	return *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull));
}

static Edge
read_edge(const BotPolicy *policy, const pg_uuid_t *merge_id)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(merge_id)};
	Edge		edge = {.merge_id = *merge_id};
	bool		isnull;

	if (store_write(&find_edge, values, NULL) == 0)
		refuse_edge(policy, merge_id, false);
	if (SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4) != NULL)
		refuse_edge(policy, merge_id, true);
	edge.source_id = uuid_column(0, 1);
	edge.target_id = uuid_column(0, 2);
	edge.merged_at = DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &isnull));
	return edge;
}

static Sides
read_sides(const BotPolicy *policy, const Profile *survivor, const Edge *edge)
{
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&survivor->id), UUIDPGetDatum(&edge->source_id)};
	uint64		rows = store_write(&find_sides, values, NULL);
	pg_uuid_t  *both = palloc(sizeof(pg_uuid_t) * rows);
	pg_uuid_t  *parting = palloc(sizeof(pg_uuid_t) * rows);
	pg_uuid_t  *staying = palloc(sizeof(pg_uuid_t) * rows);
	Sides		sides = {0};
	bool		isnull;

	for (uint64 i = 0; i < rows; i++)
	{
		both[i] = uuid_column(i, 1);
		if (DatumGetBool(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull)))
			parting[sides.nparting++] = both[i];
		else
			staying[sides.nstaying++] = both[i];
	}
	sides.both = id_array(both, (int) rows);
	sides.parting = id_array(parting, sides.nparting);
	sides.staying = id_array(staying, sides.nstaying);
	return sides;
}

static uint64
clear_crossing_links(const BotPolicy *policy, const Sides *sides)
{
	Datum		there[3] = {policy->bot_datum, sides->parting, sides->staying};
	Datum		back[3] = {policy->bot_datum, sides->staying, sides->parting};

	return store_write_latest(&clear_links, there, NULL) + store_write_latest(&clear_links, back, NULL);
}

/*
 * Locks the survivor of the edge and all of its set.  NULL: it is not what the
 * look has shown.
 */
static Profile *
lock_sides(const BotPolicy *policy, const Edge *edge, Sides *sides)
{
	Profile    *source = profile_required(policy, &edge->source_id, profile_by_id);
	Profile    *survivor = source->is_member ? profile_survivor(policy, source) : NULL;
	Datum		values[2] = {policy->bot_datum};

	survivor = survivor != NULL ? profile_lock(policy, survivor, &edge->source_id) : NULL;
	if (survivor == NULL)
		return NULL;
	(void) read_edge(policy, &edge->merge_id);
	*sides = read_sides(policy, survivor, edge);
	values[1] = sides->both;
	store_write(&lock_all, values, NULL);
	return survivor;
}

static void
take_edge_out(const BotPolicy *policy, const Edge *edge, const Sides *sides, TimestampTz at)
{
	Datum		point[4] = {policy->bot_datum, sides->parting, UUIDPGetDatum(&edge->source_id), TimestampTzGetDatum(at)};
	Datum		end[4] = {policy->bot_datum, UUIDPGetDatum(&edge->merge_id), TimestampTzGetDatum(at)};

	end[3] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	store_write(&detach, point, NULL);
	store_write(&end_edge, end, NULL);
}

/* Folds one side again, writes it and records what that has changed. */
static void
fold_side(const BotPolicy *policy, Profile *side, const Edge *edge, const pg_uuid_t *survivor, TimestampTz at)
{
	Profile    *before = profile_copy(policy, side);
	Event		event = {.name = "USER_UNMERGE", .at = at};
	JsonObject	payload;

	fold_again(policy, side, &edge->merge_id, at);
	side->updated_at = at;
	json_begin(&payload);
	json_add_text(&payload, "mergeId", id_text(&edge->merge_id));
	json_add_text(&payload, "source", id_text(&edge->source_id));
	json_add_text(&payload, "target", id_text(survivor));
	profile_add_change(&payload, policy, before, side);
	event.payload = json_end(&payload);
	profile_update(policy, side, &event);
}

static Jsonb *
concatenated(Jsonb *a, Jsonb *b)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(a), JsonbPGetDatum(b)));
}

/*
 * What was given since the merge to those who had the source among their
 * members: whoever took it in, and each one above that, from when the source
 * came to it.
 */
static Jsonb *
what_stays(const BotPolicy *policy, const Profile *survivor, const Edge *edge)
{
	Profile    *holder = profile_required(policy, &edge->target_id, profile_by_id);
	TimestampTz since = edge->merged_at;
	Jsonb	   *stays = fold_edited_since(policy, holder, since);

	while (!id_equal(&holder->id, &survivor->id))
	{
		Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(&holder->id)};
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (store_write(&find_next, values, NULL) == 0)
			elog(ERROR, "a merged profile has no merge");
		since = Max(since, DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull)));
		values[1] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		holder = profile_required(policy, DatumGetUUIDP(values[1]), profile_by_id);
		stays = concatenated(stays, fold_edited_since(policy, holder, since));
	}
	return stays;
}

static Datum
sender_count(const BotPolicy *policy, const Sides *sides)
{
	Datum		values[2] = {policy->bot_datum, sides->parting};
	bool		isnull;

	store_write(&count_senders, values, NULL);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
}

static Datum
unmerge_locked(FunctionCallInfo fcinfo, MemoryContext context, const BotPolicy *policy, const Edge *edge,
			   Profile *survivor, const Sides *sides)
{
	Profile    *source = profile_required(policy, &edge->source_id, profile_by_id);
	TimestampTz at = merge_moment(source, survivor);
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = UUIDPGetDatum(&edge->merge_id);
	values[1] = UUIDPGetDatum(&edge->source_id);
	values[2] = UUIDPGetDatum(&survivor->id);
	values[3] = JsonbPGetDatum(what_stays(policy, survivor, edge));
	values[4] = sender_count(policy, sides);
	values[5] = Int64GetDatum(sides->nparting - 1);

	take_edge_out(policy, edge, sides, at);
	source->is_member = false;
	fold_side(policy, source, edge, &survivor->id, at);
	fold_side(policy, survivor, edge, &survivor->id, at);
	values[6] = Int64GetDatum(clear_crossing_links(policy, sides));
	return composite_result(fcinfo, context, values, nulls);
}

PG_FUNCTION_INFO_V1(unmerge);

Datum
unmerge(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	Profile    *survivor = NULL;
	Sides		sides;
	Edge		edge;
	Datum		result;

	require_argument(fcinfo, 1, "merge_id");
	store_connect();
	policy = bot_lock(policy->bot, false);
	for (int round = 0; survivor == NULL && round < PROFILE_ROUNDS; round++)
	{
		CHECK_FOR_INTERRUPTS();
		edge = read_edge(policy, PG_GETARG_UUID_P(1));
		survivor = lock_sides(policy, &edge, &sides);
	}
	if (survivor == NULL)
		profile_unsettled(&edge.source_id);
	result = unmerge_locked(fcinfo, caller, policy, &edge, survivor, &sides);
	store_finish();
	return result;
}
