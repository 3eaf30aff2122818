/*
 * Profiles: reading, locking and writing their rows.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "identity/immutable.h"
#include "identity/lookalike.h"
#include "identity/profile.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/json.h"
#include "store/problem.h"
#include "store/subtransaction.h"

/* The columns of PROFILE_COLUMNS, from 0. */
enum
{
	COLUMN_ID,
	COLUMN_MERGED_INTO,
	COLUMN_CREATED_AT,
	COLUMN_UPDATED_AT,
	COLUMN_LAST_SEEN_AT,
	COLUMN_IDENTIFIED_AT,
	COLUMN_USERID,
	COLUMN_SYSTEM,				/* the system properties in their order */
	COLUMN_CUSTOM = COLUMN_SYSTEM + SYSTEM_PROPERTIES,
	COLUMN_OWN,
	COLUMN_STAMPS,
	COLUMN_AS_GIVEN
};

StaticAssertDecl(COLUMN_AS_GIVEN + 1 == PROFILE_NCOLUMNS, "columns and their numbers differ");

/* $1 is the bot, then the columns above and the last of the table. */
#define FIRST_COLUMN_ARGUMENT	1
#define SKELETON_ARGUMENT		(FIRST_COLUMN_ARGUMENT + PROFILE_NCOLUMNS)
#define ROW_ARGUMENTS			(SKELETON_ARGUMENT + 1)

#define ROW_ARGTYPES \
	{TEXTOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, \
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, \
	DATEOID, BOOLOID, BOOLOID, BOOLOID, TEXTARRAYOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID, INT8OID}

StoreTable profile_rows = {
	.table = "profile",
	.guard = guard_profile_row,
	.guard_name = "guard_profile",
	.arbiter = "profile_userid",
	.looked = true,
	.statement = {
		.sql = "INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, "
		"updated_at, last_seen_at, identified_at, userid, first_name, last_name, phone, email, "
		"last_channel, gender, country, city, language, timezone, dob, email_optin, sms_optin, "
		"whatsapp_optin, tags, custom, own, stamps, as_given, skeleton_hash) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "
		"$20, $21, $22, $23, $24, $25, $26, $27, $28) "
		"ON CONFLICT (bot, userid) WHERE userid IS NOT NULL DO NOTHING",
		.nargs = ROW_ARGUMENTS, .argtypes = ROW_ARGTYPES
	}
};

#define UPDATE_PROFILE(assignment) \
	"UPDATE user360.profile SET " assignment "created_at = $4, updated_at = $5, " \
	"last_seen_at = $6, identified_at = $7, first_name = $9, last_name = $10, phone = $11, email = $12, " \
	"last_channel = $13, gender = $14, country = $15, city = $16, language = $17, timezone = $18, " \
	"dob = $19, email_optin = $20, sms_optin = $21, whatsapp_optin = $22, tags = $23, custom = $24, " \
	"own = $25, stamps = $26, as_given = $27 WHERE bot" EQ "$1 AND profile_id" EQ "$2 "

static StorePlan update_profile = {
	.sql = UPDATE_PROFILE(""),
	.nargs = ROW_ARGUMENTS, .argtypes = ROW_ARGTYPES
};

static StorePlan assign_userid = {
	.sql = UPDATE_PROFILE("userid = $8, skeleton_hash = $28, "),
	.nargs = ROW_ARGUMENTS, .argtypes = ROW_ARGTYPES, .rights = PLAN_ASSIGNS_USERID
};


StoreProbe profile_probe = {.table = "profile", .index = "profile_pkey", .nkeys = 2, .types = {TEXTOID, UUIDOID}};
StoreProbe profile_userid_probe = {.table = "profile", .index = "profile_userid", .nkeys = 2, .types = {TEXTOID, TEXTOID}};

static char *
date_text(DateADT date)
{
	int			year,
				month,
				day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return psprintf("%04d-%02d-%02d", year, month, day);
}

/* text is canonical: YYYY-MM-DD */
static DateADT
text_date(const char *text)
{
	return date2j(atoi(text), atoi(text + 5), atoi(text + 8)) - POSTGRES_EPOCH_JDATE;
}

static Value
array_value(ArrayType *array)
{
	Value		value = {.kind = VALUE_LIST};
	Datum	   *items;
	bool	   *nulls;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &value.nitems);
	value.items = palloc(sizeof(char *) * Max(value.nitems, 1));
	for (int i = 0; i < value.nitems; i++)
		value.items[i] = nulls[i] ? pstrdup("") : TextDatumGetCString(items[i]);
	return value;
}

static Datum
value_array(const Value *value)
{
	Datum	   *items = palloc(sizeof(Datum) * Max(value->nitems, 1));

	for (int i = 0; i < value->nitems; i++)
		items[i] = CStringGetTextDatum(value->items[i]);
	return PointerGetDatum(construct_array(items, value->nitems, TEXTOID, -1, false, TYPALIGN_INT));
}

static Value
datum_value(SystemProperty property, Datum datum)
{
	switch (system_properties[property].type)
	{
		case PROPERTY_DATE:
			return text_value(date_text(DatumGetDateADT(datum)));
		case PROPERTY_BOOLEAN:
			return text_value(DatumGetBool(datum) ? "true" : "false");
		case PROPERTY_LIST:
			return array_value(DatumGetArrayTypeP(datum));
		default:
			return text_value(TextDatumGetCString(datum));
	}
}

static Datum
value_datum(SystemProperty property, const Value *value)
{
	switch (system_properties[property].type)
	{
		case PROPERTY_DATE:
			return DateADTGetDatum(text_date(value->text));
		case PROPERTY_BOOLEAN:
			return BoolGetDatum(strcmp(value->text, "true") == 0);
		case PROPERTY_LIST:
			return value_array(value);
		default:
			return CStringGetTextDatum(value->text);
	}
}

static Jsonb *
datum_jsonb(Datum datum, bool isnull)
{
	return isnull ? NULL : DatumGetJsonbPCopy(datum);
}

static Profile *
from_columns(const Datum *values, const bool *nulls)
{
	Profile    *profile = palloc0(sizeof(Profile));

	profile->id = *DatumGetUUIDP(values[COLUMN_ID]);
	profile->is_member = !nulls[COLUMN_MERGED_INTO];
	if (profile->is_member)
		profile->merged_into = *DatumGetUUIDP(values[COLUMN_MERGED_INTO]);
	profile->created_at = DatumGetTimestampTz(values[COLUMN_CREATED_AT]);
	profile->updated_at = DatumGetTimestampTz(values[COLUMN_UPDATED_AT]);
	profile->last_seen_at = DatumGetTimestampTz(values[COLUMN_LAST_SEEN_AT]);
	if (!nulls[COLUMN_IDENTIFIED_AT])
		profile->identified_at = DatumGetTimestampTz(values[COLUMN_IDENTIFIED_AT]);
	if (!nulls[COLUMN_USERID])
		profile->userid = TextDatumGetCString(values[COLUMN_USERID]);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		if (!nulls[COLUMN_SYSTEM + i])
			profile->values.system[i] = datum_value(i, values[COLUMN_SYSTEM + i]);
	}
	profile->custom = datum_jsonb(values[COLUMN_CUSTOM], nulls[COLUMN_CUSTOM]);
	profile->own = datum_jsonb(values[COLUMN_OWN], nulls[COLUMN_OWN]);
	profile->stamps = datum_jsonb(values[COLUMN_STAMPS], nulls[COLUMN_STAMPS]);
	profile->as_given = datum_jsonb(values[COLUMN_AS_GIVEN], nulls[COLUMN_AS_GIVEN]);
	return profile;
}

Profile *
profile_from_row(uint64 row, int first_column)
{
	return profile_from_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, first_column);
}

Profile *
profile_from_tuple(HeapTuple row, TupleDesc descriptor, int first_column)
{
	Datum		values[MaxTupleAttributeNumber / 8];
	bool		nulls[MaxTupleAttributeNumber / 8];

	Assert(descriptor->natts <= lengthof(values));
	heap_deform_tuple(row, descriptor, values, nulls);
	if (nulls[first_column + COLUMN_ID])
		return NULL;
	return from_columns(values + first_column, nulls + first_column);
}

/* In the table the bot comes before the columns. */
StaticAssertDecl(COLUMN_ID + 1 == PROBED_PROFILE_ID && COLUMN_MERGED_INTO + 1 == PROBED_MERGED_INTO &&
				 COLUMN_UPDATED_AT + 1 == PROBED_UPDATED_AT &&
				 COLUMN_USERID + 1 == PROBED_USERID && COLUMN_SYSTEM + 1 == PROBED_SYSTEM &&
				 COLUMN_AS_GIVEN + 1 == PROBED_AS_GIVEN, "columns and their numbers differ");

Profile *
profile_from_probe(const ProbedRow *row)
{
	return from_columns(row->values + PROBED_PROFILE_ID, row->nulls + PROBED_PROFILE_ID);
}

typedef struct LoadCustom
{
	const BotPolicy *policy;
	Profile    *profile;
} LoadCustom;

static void
load_custom_pair(const char *key, const JsonbValue *json, void *context)
{
	LoadCustom *load = context;
	const Property *property = policy_property(load->policy, key);

	/* Defined after this policy was read. */
	if (property == NULL)
		property = policy_property(policy_get_fresh(load->policy->bot), key);
	if (property == NULL)
		elog(ERROR, "profile holds a property \"%s\" that is not defined", key);
	*property_slot(&load->profile->values, property, true) = json_to_value(json);
}

void
profile_load_custom(const BotPolicy *policy, Profile *profile)
{
	LoadCustom	load = {policy, profile};

	if (profile->custom_loaded)
		return;
	profile->custom_loaded = true;
	json_visit(profile->custom, load_custom_pair, &load);
}

Profile *
profile_copy(const BotPolicy *policy, Profile *profile)
{
	Profile    *copy = palloc(sizeof(Profile));

	profile_load_custom(policy, profile);
	*copy = *profile;
	copy->values.max_custom = profile->values.ncustom;
	copy->values.custom = NULL;
	if (profile->values.ncustom > 0)
	{
		copy->values.custom = palloc(sizeof(CustomValue) * profile->values.ncustom);
		memcpy(copy->values.custom, profile->values.custom,
			   sizeof(CustomValue) * profile->values.ncustom);
	}
	return copy;
}

static void
add_if_different(JsonObject *object, const Property *property, const Value *value, const Value *other)
{
	bool		given = value != NULL && value_is_given(value);
	bool		other_given = other != NULL && value_is_given(other);

	if (given && (!other_given || !value_equal(value, other)))
		json_add_value(object, property, value);
	else if (!given && other_given)
		json_add_text(object, property->name, NULL);
}

/* Adds property: value, ... of what differs, as the first state has it. */
static void
add_difference(JsonObject *object, const BotPolicy *policy, Profile *state, Profile *other)
{
	profile_load_custom(policy, state);
	profile_load_custom(policy, other);
	if (state->userid != NULL ? (other->userid == NULL || strcmp(state->userid, other->userid) != 0) :
		other->userid != NULL)
		json_add_text(object, "userId", state->userid);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		add_if_different(object, &system_properties[i], &state->values.system[i],
						 &other->values.system[i]);
	for (int i = 0; i < state->values.ncustom; i++)
	{
		const Property *property = state->values.custom[i].property;

		add_if_different(object, property, &state->values.custom[i].value,
						 property_slot(&other->values, property, false));
	}
	for (int i = 0; i < other->values.ncustom; i++)
	{
		const Property *property = other->values.custom[i].property;

		if (property_slot(&state->values, property, false) == NULL)
			add_if_different(object, property, NULL, &other->values.custom[i].value);
	}
}

static void
add_difference_within(JsonObject *object, const char *key, const BotPolicy *policy, Profile *state, Profile *other)
{
	json_begin_within(object, key);
	add_difference(object, policy, state, other);
	json_end_within(object);
}

Jsonb *
profile_jsonb(const BotPolicy *policy, Profile *profile)
{
	JsonObject	object;

	json_begin(&object);
	add_difference(&object, policy, profile, palloc0(sizeof(Profile)));
	return json_end(&object);
}

bool
profile_is_changed(const BotPolicy *policy, Profile *before, Profile *after)
{
	JsonObject	object;

	json_begin(&object);
	add_difference(&object, policy, after, before);
	return !object.empty || !json_equal(before->as_given, after->as_given);
}

static void
add_as_given(JsonObject *payload, const char *key, Jsonb *as_given)
{
	JsonObject	nothing;

	if (as_given == NULL)
	{
		json_begin(&nothing);
		as_given = json_end(&nothing);
	}
	json_add_json(payload, key, as_given);
}

void
profile_add_change(JsonObject *payload, const BotPolicy *policy, Profile *before, Profile *after)
{
	Profile    *nothing = palloc0(sizeof(Profile));

	if (before != NULL)
		add_difference_within(payload, "oldPayload", policy, before, after);
	else
		before = nothing;
	add_difference_within(payload, "newPayload", policy, after, before);
	if (json_equal(before->as_given, after->as_given))
		return;
	if (before != nothing)
		add_as_given(payload, "oldAsGiven", before->as_given);
	add_as_given(payload, "newAsGiven", after->as_given);
}

TimestampTz
profile_moment(const Profile *profile)
{
	return Max(new_moment(), profile->updated_at + 1);
}

static Profile *
probe_seen(StoreProbe *probe, const BotPolicy *policy, Datum key)
{
	Datum		keys[2] = {policy->bot_datum, key};
	ProbedRow	row;

	return store_probe(probe, keys, &row) ? profile_from_probe(&row) : NULL;
}

static Profile *
probe_now(StoreProbe *probe, const BotPolicy *policy, Datum key)
{
	Profile    *profile;

	store_look();
	profile = probe_seen(probe, policy, key);
	store_look_end();
	return profile;
}

Profile *
profile_by_id(const BotPolicy *policy, const pg_uuid_t *id)
{
	return probe_now(&profile_probe, policy, UUIDPGetDatum(id));
}

Profile *
profile_by_userid(const BotPolicy *policy, const char *userid)
{
	return probe_now(&profile_userid_probe, policy, CStringGetTextDatum(userid));
}

Profile *
profile_survivor(const BotPolicy *policy, Profile *profile)
{
	if (profile == NULL || !profile->is_member)
		return profile;
	return profile_by_id(policy, &profile->merged_into);
}

Profile *
profile_as_seen(const BotPolicy *policy, const pg_uuid_t *id)
{
	return probe_seen(&profile_probe, policy, UUIDPGetDatum(id));
}

Profile *
profile_read(const BotPolicy *policy, const pg_uuid_t *id)
{
	Profile    *profile = profile_as_seen(policy, id);

	return profile != NULL && profile->is_member ? profile_as_seen(policy, &profile->merged_into) : profile;
}

bool
profile_leads_to(const BotPolicy *policy, const pg_uuid_t *id, const Profile *survivor)
{
	Profile    *now;

	if (id_equal(id, &survivor->id))
		return true;
	now = profile_by_id(policy, id);
	return now != NULL && now->is_member && id_equal(&now->merged_into, &survivor->id);
}

Profile *
profile_required(const BotPolicy *policy, const pg_uuid_t *id, ProfileLookUp look_up)
{
	Profile    *profile = look_up(policy, id);

	if (profile == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_UNKNOWN_PROFILE),
				 errmsg("profile \"%s\" of bot \"%s\" does not exist", id_text(id), policy->bot),
				 errhint("user360.contact_card() gives the profile of a userId, contact_card_for_sender() that of a sender.")));
	return profile;
}

Profile *
profile_lock_survivor(const BotPolicy *policy, const pg_uuid_t *id)
{
	for (int round = 0; round < PROFILE_ROUNDS; round++)
	{
		Profile    *survivor = profile_survivor(policy, profile_required(policy, id, profile_by_id));
		Profile    *locked = survivor != NULL ? profile_lock(policy, survivor, id) : NULL;

		CHECK_FOR_INTERRUPTS();
		if (locked != NULL)
			return locked;
	}
	profile_unsettled(id);
}

void
profile_unsettled(const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not settle whose profile \"%s\" is", id_text(id)),
			 errdetail("It was changed by others each time it was looked at."),
			 errhint("Run the transaction again.")));
}

static bool
is_survivor(const ProbedRow *row, const void *context)
{
	return row->nulls[PROBED_MERGED_INTO];
}

/* Waits for a row; NULL: it is no survivor any more, or not of that profile. */
static Profile *
lock_and_wait(const BotPolicy *policy, const pg_uuid_t *survivor, const pg_uuid_t *of)
{
	Datum		keys[2] = {policy->bot_datum, UUIDPGetDatum(survivor)};
	ProbedRow	row;
	Profile    *locked;

	if (!store_lock_waiting(&profile_probe, keys, &row, is_survivor, NULL))
		return NULL;
	locked = profile_from_probe(&row);
	return profile_leads_to(policy, of, locked) ? locked : NULL;
}

/*
 * Locks one or two in ascending order, the second only where the first is what
 * it should be: a lock of no use must not be held while another is waited for.
 */
static bool
lock_in_order(const BotPolicy *policy, const pg_uuid_t *survivors, const pg_uuid_t *of, int n, Profile **locked)
{
	int			first = n == 2 && memcmp(&survivors[1], &survivors[0], UUID_LEN) < 0 ? 1 : 0;

	for (int i = 0; i < n; i++)
	{
		int			next = i == 0 ? first : 1 - first;

		locked[next] = lock_and_wait(policy, &survivors[next], &of[next]);
		if (locked[next] == NULL)
			return false;
	}
	return true;
}

static Profile **
lock_in_subtransaction(const BotPolicy *policy, const pg_uuid_t *survivors, const pg_uuid_t *of, int n)
{
	Profile   **profiles = palloc0(sizeof(Profile *) * n);
	Subtransaction saved = subtransaction_begin();
	volatile bool locked = false;

	PG_TRY();
	{
		locked = lock_in_order(policy, survivors, of, n, profiles);
		subtransaction_end(&saved, locked);
	}
	PG_CATCH();
	{
		ReThrowError(subtransaction_fail(&saved));
	}
	PG_END_TRY();
	return locked ? profiles : NULL;
}

/* Whoever merges or parts profiles moves updated_at. */
static bool
is_as_seen(const ProbedRow *row, const void *context)
{
	const Profile *survivor = context;

	return row->nulls[PROBED_MERGED_INTO] &&
		DatumGetTimestampTz(row->values[PROBED_UPDATED_AT]) == survivor->updated_at;
}

Profile *
profile_lock(const BotPolicy *policy, const Profile *survivor, const pg_uuid_t *of)
{
	Datum		keys[2] = {policy->bot_datum, UUIDPGetDatum(&survivor->id)};
	ProbedRow	row;
	Profile   **locked;

	/*
	 * The usual case needs no subtransaction: nobody holds the row, and it is
	 * as it was when the profile was seen to belong to it.  One that is busy
	 * may be merged or parted when its holder ends: then its lock must be
	 * given back before another is asked for.
	 */
	if (profile_leads_to(policy, of, survivor) &&
		store_lock(&profile_probe, keys, &row, is_as_seen, survivor))
		return profile_from_probe(&row);
	locked = lock_in_subtransaction(policy, &survivor->id, of, 1);
	return locked != NULL ? locked[0] : NULL;
}

Profile **
profile_lock_two(const BotPolicy *policy, const pg_uuid_t survivors[2], const pg_uuid_t of[2])
{
	return lock_in_subtransaction(policy, survivors, of, 2);
}

static void
set_jsonb(Datum *values, char *nulls, int argument, Jsonb *jsonb)
{
	nulls[argument] = jsonb != NULL ? ' ' : 'n';
	values[argument] = jsonb != NULL ? JsonbPGetDatum(jsonb) : (Datum) 0;
}

static Jsonb *
custom_jsonb(const Profile *profile)
{
	JsonObject	object;

	if (!profile->custom_loaded && profile->custom != NULL)
		return profile->custom;
	json_begin(&object);
	for (int i = 0; i < profile->values.ncustom; i++)
	{
		const CustomValue *custom = &profile->values.custom[i];

		if (value_is_given(&custom->value))
			json_add_value(&object, custom->property, &custom->value);
	}
	return json_end(&object);
}

void
profile_columns(const Profile *profile, Datum *columns, char *nulls)
{
	memset(nulls, ' ', PROFILE_NCOLUMNS);
	columns[COLUMN_ID] = UUIDPGetDatum(&profile->id);
	columns[COLUMN_MERGED_INTO] = UUIDPGetDatum(&profile->merged_into);
	nulls[COLUMN_MERGED_INTO] = profile->is_member ? ' ' : 'n';
	columns[COLUMN_CREATED_AT] = TimestampTzGetDatum(profile->created_at);
	columns[COLUMN_UPDATED_AT] = TimestampTzGetDatum(profile->updated_at);
	columns[COLUMN_LAST_SEEN_AT] = TimestampTzGetDatum(profile->last_seen_at);
	columns[COLUMN_IDENTIFIED_AT] = TimestampTzGetDatum(profile->identified_at);
	nulls[COLUMN_IDENTIFIED_AT] = profile->userid != NULL ? ' ' : 'n';
	plan_set_text(columns, nulls, COLUMN_USERID, profile->userid);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		const Value *value = &profile->values.system[i];
		int			column = COLUMN_SYSTEM + i;

		nulls[column] = value_is_given(value) ? ' ' : 'n';
		columns[column] = value_is_given(value) ? value_datum(i, value) : (Datum) 0;
	}
	set_jsonb(columns, nulls, COLUMN_CUSTOM, custom_jsonb(profile));
	set_jsonb(columns, nulls, COLUMN_OWN, profile->own);
	set_jsonb(columns, nulls, COLUMN_STAMPS, profile->stamps);
	set_jsonb(columns, nulls, COLUMN_AS_GIVEN, profile->as_given);
}

/* The hash is that of a userId which the profile has from now on. */
static void
row_arguments(const BotPolicy *policy, const Profile *profile, bool new_userid, Datum *values, char *nulls)
{
	int64		skeleton_hash = 0;

	values[0] = policy->bot_datum;
	nulls[0] = ' ';
	profile_columns(profile, values + FIRST_COLUMN_ARGUMENT, nulls + FIRST_COLUMN_ARGUMENT);
	nulls[SKELETON_ARGUMENT] = new_userid && profile->userid != NULL &&
		lookalike_hash(policy, profile->userid, &skeleton_hash) ? ' ' : 'n';
	values[SKELETON_ARGUMENT] = Int64GetDatum(skeleton_hash);
}

typedef struct RowEdit
{
	const Datum *values;
	const char *nulls;
	bool		new_userid;
} RowEdit;

static void
set_column(ProbedRow *row, const RowEdit *edit, int column)
{
	row->values[column] = edit->values[column];
	row->nulls[column] = edit->nulls[column] == 'n';
}

/* What the statements of UPDATE_PROFILE set. */
static void
edit_row(ProbedRow *row, void *context)
{
	const RowEdit *edit = context;

	for (int column = FIRST_COLUMN_ARGUMENT + COLUMN_CREATED_AT; column < SKELETON_ARGUMENT; column++)
	{
		if (column != PROBED_USERID)
			set_column(row, edit, column);
	}
	if (edit->new_userid)
	{
		set_column(row, edit, PROBED_USERID);
		set_column(row, edit, SKELETON_ARGUMENT);
	}
}

static void
write_profile(StorePlan *plan, const BotPolicy *policy, Profile *profile, const Event *event)
{
	Datum		values[ROW_ARGUMENTS];
	char		nulls[ROW_ARGUMENTS];
	Datum		keys[2] = {policy->bot_datum, UUIDPGetDatum(&profile->id)};
	RowEdit		edit = {values, nulls, plan == &assign_userid};
	StoreChange change;

	row_arguments(policy, profile, edit.new_userid, values, nulls);
	change = store_change(&profile_rows, &profile_probe, keys, plan, edit_row, &edit);
	if (change == ROW_GONE || (change == TABLE_NOT_AS_MADE && store_write(plan, values, nulls) != 1))
		elog(ERROR, "a locked profile is gone");
	if (event != NULL)
		event_insert(policy, &profile->id, event);
}

bool
profile_insert(const BotPolicy *policy, Profile *profile, const Event *event)
{
	Datum		values[ROW_ARGUMENTS];
	char		nulls[ROW_ARGUMENTS];

	row_arguments(policy, profile, true, values, nulls);
	if (!store_insert(&profile_rows, values, nulls))
		return false;
	event_insert(policy, &profile->id, event);
	return true;
}

void
profile_update(const BotPolicy *policy, Profile *profile, const Event *event)
{
	write_profile(&update_profile, policy, profile, event);
}

/*
 * Nothing but the unique index can tell whether an open transaction is giving
 * away the same userId, and an UPDATE has no ON CONFLICT.
 */
bool
profile_assign(const BotPolicy *policy, ProfileAssignment assignment, void *context)
{
	Subtransaction saved = subtransaction_begin();
	volatile bool assigned = false;

	PG_TRY();
	{
		Event		event = {0};
		Profile    *profile = assignment(context, &event);

		if (profile != NULL)
		{
			write_profile(&assign_userid, policy, profile, &event);
			assigned = true;
		}
		subtransaction_end(&saved, assigned);
	}
	PG_CATCH();
	{
		ErrorData  *error = subtransaction_fail(&saved);

		if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
			ReThrowError(error);
		if (IsolationUsesXactSnapshot())
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to a concurrent capture of the same userId"),
					 errhint("Run the transaction again.")));
		assigned = false;
	}
	PG_END_TRY();
	return assigned;
}
