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
#include "miscadmin.h"
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

static StorePlan insert_profiles = {
	.sql = "INSERT INTO user360.profile (bot, profile_id, merged_into, created_at, updated_at, last_seen_at, "
	"identified_at, userid, first_name, last_name, phone, email, last_channel, gender, country, city, language, "
	"timezone, dob, email_optin, sms_optin, whatsapp_optin, tags, custom, own, stamps, as_given, skeleton_hash) "
	"SELECT $1, r.profile_id, r.merged_into, r.created_at, r.updated_at, r.last_seen_at, r.identified_at, r.userid, "
	"r.first_name, r.last_name, r.phone, r.email, r.last_channel, r.gender, r.country, r.city, r.language, r.timezone, "
	"r.dob, r.email_optin, r.sms_optin, r.whatsapp_optin, r.tags, r.custom, r.own, r.stamps, r.as_given, "
	"r.skeleton_hash FROM " RECORDS,
	.nargs = 2, .argtypes = {TEXTOID, RECORDARRAYOID}
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

static const struct
{
	const char *name;
	Oid			type;
}			event_columns[] = {
	{"profile_id", UUIDOID}, {"event_id", UUIDOID}, {"at", TIMESTAMPTZOID}, {"name", TEXTOID},
	{"channel", TEXTOID}, {"payload", JSONBOID}
};

static StorePlan insert_events = {
	.sql = "INSERT INTO user360.event (bot, profile_id, event_id, at, name, channel, actor, payload) "
	"SELECT $1, e.profile_id, e.event_id, e.at, e.name, e.channel, $3, e.payload "
	"FROM pg_catalog.unnest($2) AS e (profile_id pg_catalog.uuid, event_id pg_catalog.uuid, at pg_catalog.timestamptz, "
	"name pg_catalog.text, channel pg_catalog.text, payload pg_catalog.jsonb)",
	.nargs = 3, .argtypes = {TEXTOID, RECORDARRAYOID, TEXTOID}
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
static Datum
profile_record(const Profile *profile, const int64 *hash, TupleDesc descriptor, MemoryContext scratch)
{
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Datum		values[NRECORD_COLUMNS];
	char		blanks[NRECORD_COLUMNS];
	bool		nulls[NRECORD_COLUMNS];

	profile_columns(profile, values, blanks);
	for (int i = 0; i < PROFILE_NCOLUMNS; i++)
		nulls[i] = blanks[i] == 'n';
	nulls[PROFILE_NCOLUMNS] = hash == NULL;
	if (hash != NULL)
		values[PROFILE_NCOLUMNS] = Int64GetDatum(*hash);
	return take_record(heap_form_tuple(descriptor, values, nulls), scratch, old);
}

static MemoryContext
make_scratch(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "user360 record", ALLOCSET_DEFAULT_SIZES);
}

static uint64
write_records(StorePlan *plan, const BotPolicy *policy, Datum *records, int n)
{
	Datum		values[2] = {policy->bot_datum};

	values[1] = PointerGetDatum(construct_array(records, n, RECORDOID, -1, false, TYPALIGN_DOUBLE));
	return store_write(plan, values, NULL);
}

void
profiles_insert(const BotPolicy *policy, const NewProfile *profiles, int n)
{
	TupleDesc	descriptor = record_descriptor();
	MemoryContext scratch = make_scratch();
	Datum	   *records = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		records[i] = profile_record(profiles[i].profile, profiles[i].has_hash ? &profiles[i].hash : NULL, descriptor,
									scratch);
	if (n > 0)
		write_records(&insert_profiles, policy, records, n);
}

void
profiles_update(const BotPolicy *policy, Profile **profiles, int n)
{
	TupleDesc	descriptor = record_descriptor();
	MemoryContext scratch = make_scratch();
	Datum	   *records = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		records[i] = profile_record(profiles[i], NULL, descriptor, scratch);
	if (n > 0 && write_records(&update_profiles, policy, records, n) != (uint64) n)
		elog(ERROR, "a locked profile is gone");
}

static TupleDesc
event_descriptor(void)
{
	TupleDesc	descriptor = CreateTemplateTupleDesc(lengthof(event_columns));

	for (int i = 0; i < (int) lengthof(event_columns); i++)
		TupleDescInitEntry(descriptor, i + 1, event_columns[i].name, event_columns[i].type, -1, 0);
	return BlessTupleDesc(descriptor);
}

static Datum
event_record(const ProfileEvent *event, const pg_uuid_t *id, TupleDesc descriptor)
{
	Datum		values[lengthof(event_columns)];
	bool		nulls[lengthof(event_columns)] = {false};

	values[0] = UUIDPGetDatum(&event->profile_id);
	values[1] = UUIDPGetDatum(id);
	values[2] = TimestampTzGetDatum(event->event.at);
	values[3] = CStringGetTextDatum(event->event.name);
	nulls[4] = event->event.channel == NULL;
	values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(event->event.channel);
	values[5] = JsonbPGetDatum(event->event.payload);
	return HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
}

void
profile_events_insert(const BotPolicy *policy, const ProfileEvent *events, int n)
{
	TupleDesc	descriptor = event_descriptor();
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(n, 1));
	Datum	   *records = palloc(sizeof(Datum) * Max(n, 1));
	Datum		values[3] = {policy->bot_datum};

	if (n == 0)
		return;
	new_ids(ids, n);
	for (int i = 0; i < n; i++)
		records[i] = event_record(&events[i], &ids[i], descriptor);
	values[1] = PointerGetDatum(construct_array(records, n, RECORDOID, -1, false, TYPALIGN_DOUBLE));
	values[2] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	store_write(&insert_events, values, NULL);
}
