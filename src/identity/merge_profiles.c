/*
 * merge_profiles(): merging by hand, or only asking what it would do.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "identity/fold.h"
#include "identity/merge.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/json.h"
#include "store/lock.h"

/* What a call names, as a look shows it. */
typedef struct Pair
{
	Profile    *source;
	Profile    *named;			/* the target, or a member of it */
	Profile    *target;			/* its survivor */
	int64		senders;
	int64		members;
} Pair;

static StorePlan count_along = {
	.sql = "SELECT (SELECT pg_catalog.count(*) FROM user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY (s.ids)), "
	"pg_catalog.cardinality(s.ids) FROM (SELECT ARRAY(SELECT $2 UNION ALL "
	"SELECT m.profile_id FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.merged_into" EQ "$2) AS ids) AS s",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static bool
same_customer(const Pair *pair)
{
	return id_equal(&pair->source->id, &pair->named->id) || id_equal(&pair->source->id, &pair->target->id);
}

static void
refuse_merge(const Pair *pair)
{
	if (pair->source->is_member)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MERGE_REFUSED),
				 errmsg("profile \"%s\" is merged already", id_text(&pair->source->id)),
				 errdetail("It belongs to profile \"%s\".", id_text(&pair->source->merged_into)),
				 errhint("Merge that one, or undo the merge with user360.unmerge().")));
	if (pair->source->userid != NULL && pair->target->userid == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MERGE_REFUSED),
				 errmsg("profile \"%s\" has a userId and profile \"%s\" has none",
						id_text(&pair->source->id), id_text(&pair->target->id)),
				 errdetail("The userId would be that of a profile that nobody sees any more."),
				 errhint("Merge them the other way round.")));
}

static Pair
look(const BotPolicy *policy, const pg_uuid_t *source_id, const pg_uuid_t *target_id, ProfileLookUp look_up)
{
	Pair		pair = {0};

	/* The survivor may be erased between one row and the next. */
	do
	{
		CHECK_FOR_INTERRUPTS();
		pair.source = profile_required(policy, source_id, look_up);
		pair.named = profile_required(policy, target_id, look_up);
		pair.target = pair.named->is_member ? look_up(policy, &pair.named->merged_into) : pair.named;
	} while (pair.target == NULL);
	if (!same_customer(&pair))
		refuse_merge(&pair);
	return pair;
}

/* A member takes the source in itself, and along when it parts from its
 * survivor; but a userId goes to a profile that has one. */
static const pg_uuid_t *
taker(const Pair *pair)
{
	return pair->source->userid != NULL && pair->named->userid == NULL ?
		&pair->target->id : &pair->named->id;
}

/* Locks both sides; false: they are not what the look has shown. */
static bool
lock(const BotPolicy *policy, Pair *pair)
{
	pg_uuid_t	survivors[2] = {pair->source->id, pair->target->id};
	pg_uuid_t	of[2] = {pair->source->id, pair->named->id};
	Profile   **locked = profile_lock_two(policy, survivors, of);

	if (locked == NULL)
		return false;
	pair->source = locked[0];
	pair->target = locked[1];

	/* A capture may have identified the source before it was locked. */
	refuse_merge(pair);
	return true;
}

typedef struct Report
{
	JsonObject	fills;
	JsonObject	unions;
	JsonObject	loses;
} Report;

static const Value *
given_value(Profile *profile, const Property *property)
{
	const Value *value = property_slot(&profile->values, property, false);

	return value != NULL && value_is_given(value) ? value : NULL;
}

static bool
is_same(const Value *a, const Value *b)
{
	return a == NULL || b == NULL ? a == b : value_equal(a, b);
}

/* The items of a list that another one lacks. */
static Value
lacking(const Value *list, const Value *other)
{
	Value		lost = {.kind = VALUE_LIST, .items = palloc(sizeof(char *) * Max(list->nitems, 1))};

	for (int i = 0; i < list->nitems; i++)
	{
		if (other == NULL || !list_contains(other, list->items[i]))
			lost.items[lost.nitems++] = list->items[i];
	}
	return lost;
}

static void
report_list(Report *report, const Property *property, const Value *source, const Value *before, const Value *after)
{
	Value		lost = lacking(source, after);

	if (!is_same(before, after))
		json_add_value(before != NULL ? &report->unions : &report->fills, property, after);
	if (lost.nitems > 0)
		json_add_value(&report->loses, property, &lost);
}

static void
report_property(Report *report, const Property *property, const Value *source, const Value *before, const Value *after)
{
	if (source == NULL)
		return;
	if (property->rule == MERGE_UNION)
		report_list(report, property, source, before, after);
	else if (is_same(before, after))
	{
		if (!is_same(source, after))
			json_add_value(&report->loses, property, source);
	}
	else
	{
		json_add_value(&report->fills, property, after);
		if (before != NULL)
			json_add_value(&report->loses, property, before);
	}
}

/* What becomes of each value that the source has. */
static void
compare(const BotPolicy *policy, Report *report, Profile *source, Profile *before, Profile *after)
{
	profile_load_custom(policy, source);
	profile_load_custom(policy, before);
	profile_load_custom(policy, after);
	json_begin(&report->fills);
	json_begin(&report->unions);
	json_begin(&report->loses);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		report_property(report, &system_properties[i], given_value(source, &system_properties[i]),
						given_value(before, &system_properties[i]), given_value(after, &system_properties[i]));
	for (int i = 0; i < source->values.ncustom; i++)
	{
		const Property *property = source->values.custom[i].property;

		report_property(report, property, given_value(source, property),
						given_value(before, property), given_value(after, property));
	}
}

/* How many senders and members come along with the source. */
static void
count(const BotPolicy *policy, Pair *pair, StoreRun run)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(&pair->source->id)};
	HeapTuple	row;
	bool		isnull;

	run(&count_along, values, NULL);
	row = SPI_tuptable->vals[0];
	pair->senders = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
	pair->members = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull)) - 1;
}

static Datum
merge_report(FunctionCallInfo fcinfo, MemoryContext context, const BotPolicy *policy, const Pair *pair,
			 const pg_uuid_t *merge_id, Profile *before, Profile *after)
{
	Datum		values[9];
	bool		nulls[9] = {false};
	Report		report;

	compare(policy, &report, pair->source, before, after);
	nulls[0] = merge_id == NULL;
	values[0] = UUIDPGetDatum(merge_id);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = UUIDPGetDatum(&after->id);
	values[3] = JsonbPGetDatum(profile_jsonb(policy, after));
	values[4] = JsonbPGetDatum(json_end(&report.fills));
	values[5] = JsonbPGetDatum(json_end(&report.unions));
	values[6] = JsonbPGetDatum(json_end(&report.loses));
	values[7] = Int64GetDatum(pair->senders);
	values[8] = Int64GetDatum(pair->members);
	return composite_result(fcinfo, context, values, nulls);
}

/* Locked, looked at again, and merged; *pair is what it was just before.
 * False: they are one customer by now. */
static bool
merge_locked(const BotPolicy *policy, Pair *pair, Profile **before, const char *reason, pg_uuid_t *merge_id)
{
	for (int round = 0; round < PROFILE_ROUNDS && !same_customer(pair); round++)
	{
		if (lock(policy, pair))
		{
			MergeRequest request = {.policy = policy, .source = pair->source, .target = pair->target,
			.under = *taker(pair), .reason = reason, .at = merge_moment(pair->source, pair->target)};

			count(policy, pair, store_write);
			*before = profile_copy(policy, pair->target);
			*merge_id = merge_profile(&request, *before);
			return true;
		}
		CHECK_FOR_INTERRUPTS();
		*pair = look(policy, &pair->source->id, &pair->named->id, profile_by_id);
	}
	if (!same_customer(pair))
		profile_unsettled(&pair->source->id);
	return false;
}

PG_FUNCTION_INFO_V1(merge_profiles);

Datum
merge_profiles(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	bool		dry_run = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	pg_uuid_t	merge_id;
	bool		merged = false;
	Profile    *before;
	Profile    *after;
	Pair		pair;
	Datum		result;

	require_argument(fcinfo, 1, "source_id");
	require_argument(fcinfo, 2, "target_id");
	store_connect();
	if (!dry_run)
		policy = bot_lock(policy->bot, false);

	/* What would happen is judged by one snapshot, without a lock. */
	pair = look(policy, PG_GETARG_UUID_P(1), PG_GETARG_UUID_P(2), dry_run ? profile_as_seen : profile_by_id);
	if (!dry_run)
		merged = merge_locked(policy, &pair, &before, optional_text(fcinfo, 4), &merge_id);
	after = pair.target;
	if (same_customer(&pair))
		before = pair.source = after;
	else if (dry_run)
	{
		count(policy, &pair, store_read);
		before = pair.target;
		after = fold_with(policy, pair.target, pair.source, taker(&pair));
	}
	result = merge_report(fcinfo, caller, policy, &pair, merged ? &merge_id : NULL, before, after);
	store_finish();
	return result;
}
