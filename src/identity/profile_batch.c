/*
 * Many profiles at once.
 *
 * Rows go to a statement as one array of records, which unnest() turns back
 * into columns: 27 arrays side by side would cost twice as much.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "identity/profile_batch.h"
#include "store/id.h"

#define NRECORD_COLUMNS (PROFILE_NCOLUMNS + 1)

/* PROFILE_COLUMNS and the hash of the skeleton. */
static const struct
{
	const char *name;
	Oid			type;
}			record_columns[] = {
	{"profile_id", UUIDOID}, {"merged_into", UUIDOID}, {"created_at", TIMESTAMPTZOID},
	{"updated_at", TIMESTAMPTZOID}, {"last_seen_at", TIMESTAMPTZOID}, {"identified_at", TIMESTAMPTZOID},
	{"userid", TEXTOID}, {"first_name", TEXTOID}, {"last_name", TEXTOID}, {"phone", TEXTOID},
	{"email", TEXTOID}, {"last_channel", TEXTOID}, {"gender", TEXTOID}, {"country", TEXTOID},
	{"city", TEXTOID}, {"language", TEXTOID}, {"timezone", TEXTOID}, {"dob", DATEOID},
	{"email_optin", BOOLOID}, {"sms_optin", BOOLOID}, {"whatsapp_optin", BOOLOID}, {"tags", TEXTARRAYOID},
	{"custom", JSONBOID}, {"own", JSONBOID}, {"stamps", JSONBOID}, {"as_given", JSONBOID},
	{"skeleton_hash", INT8OID}
};

StaticAssertDecl(lengthof(record_columns) == NRECORD_COLUMNS, "columns and their types differ");

#define RECORDS \
	"pg_catalog.unnest($2) AS r (profile_id pg_catalog.uuid, merged_into pg_catalog.uuid, " \
	"created_at pg_catalog.timestamptz, updated_at pg_catalog.timestamptz, last_seen_at pg_catalog.timestamptz, " \
	"identified_at pg_catalog.timestamptz, userid pg_catalog.text, first_name pg_catalog.text, " \
	"last_name pg_catalog.text, phone pg_catalog.text, email pg_catalog.text, last_channel pg_catalog.text, " \
	"gender pg_catalog.text, country pg_catalog.text, city pg_catalog.text, language pg_catalog.text, " \
	"timezone pg_catalog.text, dob pg_catalog.date, email_optin pg_catalog.bool, sms_optin pg_catalog.bool, " \
	"whatsapp_optin pg_catalog.bool, tags pg_catalog.text[], custom pg_catalog.jsonb, own pg_catalog.jsonb, " \
	"stamps pg_catalog.jsonb, as_given pg_catalog.jsonb, skeleton_hash pg_catalog.int8)"

static StorePlan find_by_userids = {
	.sql = "SELECT " PROFILE_COLUMNS " FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.userid" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, TEXTARRAYOID}
};

static StorePlan find_by_ids = {
	.sql = "SELECT " PROFILE_COLUMNS " FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

#define LOCK_PROFILES \
	"SELECT " PROFILE_COLUMNS " FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "ANY ($2) " \
	"AND p.merged_into IS NULL ORDER BY p.profile_id FOR NO KEY UPDATE OF p"

static StorePlan lock_waiting = {
	.sql = LOCK_PROFILES,
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan lock_available = {
	.sql = LOCK_PROFILES " SKIP LOCKED",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static StorePlan update_profiles = {
	.sql = "UPDATE user360.profile AS p SET created_at = r.created_at, updated_at = r.updated_at, "
	"last_seen_at = r.last_seen_at, identified_at = r.identified_at, first_name = r.first_name, "
	"last_name = r.last_name, phone = r.phone, email = r.email, last_channel = r.last_channel, gender = r.gender, "
	"country = r.country, city = r.city, language = r.language, timezone = r.timezone, dob = r.dob, "
	"email_optin = r.email_optin, sms_optin = r.sms_optin, whatsapp_optin = r.whatsapp_optin, tags = r.tags, "
	"custom = r.custom, own = r.own, stamps = r.stamps, as_given = r.as_given FROM " RECORDS " "
	"WHERE p.bot" EQ "$1 AND p.profile_id" EQ "r.profile_id",
	.nargs = 2, .argtypes = {TEXTOID, RECORDARRAYOID}
};

static ProfileList
read_list(uint64 rows)
{
	ProfileList list = {(int) rows, palloc(sizeof(Profile *) * Max(rows, 1))};

	for (uint64 i = 0; i < rows; i++)
		list.profiles[i] = profile_from_row(i, 0);
	SPI_freetuptable(SPI_tuptable);
	return list;
}

ProfileList
profiles_by_userid(const BotPolicy *policy, char **userids, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));
	Datum		values[2] = {policy->bot_datum};

	if (n == 0)
		return (ProfileList) {0, NULL};
	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(userids[i]);
	values[1] = PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
	return read_list(store_write(&find_by_userids, values, NULL));
}

ProfileList
profiles_by_id(const BotPolicy *policy, const pg_uuid_t *ids, int n)
{
	Datum		values[2] = {policy->bot_datum};

	if (n == 0)
		return (ProfileList) {0, NULL};
	values[1] = id_array(ids, n);
	return read_list(store_write(&find_by_ids, values, NULL));
}

ProfileList
profiles_lock(const BotPolicy *policy, const pg_uuid_t *ids, int n, bool wait)
{
	Datum		values[2] = {policy->bot_datum};

	if (n == 0)
		return (ProfileList) {0, NULL};
	values[1] = id_array(ids, n);
	return read_list(store_write(wait ? &lock_waiting : &lock_available, values, NULL));
}

static TupleDesc
record_descriptor(void)
{
	TupleDesc	descriptor = CreateTemplateTupleDesc(NRECORD_COLUMNS);

	for (int i = 0; i < NRECORD_COLUMNS; i++)
		TupleDescInitEntry(descriptor, i + 1, record_columns[i].name, record_columns[i].type, -1, 0);
	return BlessTupleDesc(descriptor);
}

/* Takes a tuple out of the context in which it was made, and empties that. */
static Datum
take_record(HeapTuple tuple, MemoryContext scratch, MemoryContext old)
{
	HeapTupleHeader record;

	MemoryContextSwitchTo(old);
	record = memcpy(palloc(tuple->t_len), tuple->t_data, tuple->t_len);
	MemoryContextReset(scratch);
	return PointerGetDatum(record);
}

/* hash NULL: there is none. */
static void
record_columns_of(const Profile *profile, const int64 *hash, Datum *values, bool *nulls)
{
	char		blanks[NRECORD_COLUMNS];

	profile_columns(profile, values, blanks);
	for (int i = 0; i < PROFILE_NCOLUMNS; i++)
		nulls[i] = blanks[i] == 'n';
	nulls[PROFILE_NCOLUMNS] = hash == NULL;
	if (hash != NULL)
		values[PROFILE_NCOLUMNS] = Int64GetDatum(*hash);
}

static Datum
profile_record(const Profile *profile, TupleDesc descriptor, MemoryContext scratch)
{
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Datum		values[NRECORD_COLUMNS];
	bool		nulls[NRECORD_COLUMNS];

	record_columns_of(profile, NULL, values, nulls);
	return take_record(heap_form_tuple(descriptor, values, nulls), scratch, old);
}

typedef struct NewProfiles
{
	const BotPolicy *policy;
	const NewProfile *profiles;
} NewProfiles;

static void
new_profile_row(int row, Datum *values, bool *nulls, void *context)
{
	const NewProfiles *new = context;
	const NewProfile *profile = &new->profiles[row];

	values[0] = new->policy->bot_datum;
	nulls[0] = false;
	record_columns_of(profile->profile, profile->has_hash ? &profile->hash : NULL, values + 1, nulls + 1);
}

void
profiles_insert(const BotPolicy *policy, const NewProfile *profiles, int n)
{
	NewProfiles new = {policy, profiles};

	store_insert_many(&profile_rows, n, new_profile_row, &new);
}

void
profiles_update(const BotPolicy *policy, Profile **profiles, int n)
{
	TupleDesc	descriptor = record_descriptor();
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "user360 record", ALLOCSET_DEFAULT_SIZES);
	Datum	   *records = palloc(sizeof(Datum) * Max(n, 1));
	Datum		values[2] = {policy->bot_datum};

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
		records[i] = profile_record(profiles[i], descriptor, scratch);
	values[1] = PointerGetDatum(construct_array(records, n, RECORDOID, -1, false, TYPALIGN_DOUBLE));
	if (store_write(&update_profiles, values, NULL) != (uint64) n)
		elog(ERROR, "a locked profile is gone");
}
