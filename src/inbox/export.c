/*
 * Customers as they leave the store: one with all that is kept of them, or all
 * of a bot as rows for a CSV file that an import reads back.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "identity/members.h"
#include "identity/profile.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"

/* Each part of a person's data as an array; $2 has their profiles, the
 * survivor first. */
#define ARRAY_OF(row, order, source) \
	"COALESCE((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(" row ") ORDER BY " order ") FROM " source "), '[]')"

static StorePlan find_belongings = {
	.sql = "SELECT pg_catalog.jsonb_build_object("
	"'profiles', " ARRAY_OF("'profileId', p.profile_id, 'userId', p.userid, 'mergedInto', p.merged_into, "
							"'createdAt', p.created_at, 'updatedAt', p.updated_at, 'lastSeenAt', p.last_seen_at, 'identifiedAt', p.identified_at, "
							"'properties', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('firstName', p.first_name, 'lastName', p.last_name, "
							"'phone', p.phone, 'email', p.email, 'lastChannel', p.last_channel, 'gender', p.gender, 'country', p.country, 'city', p.city, "
							"'language', p.language, 'timezone', p.timezone, 'dob', p.dob, 'emailOptin', p.email_optin, 'smsOptin', p.sms_optin, "
							"'whatsAppOptin', p.whatsapp_optin, 'tags', p.tags)) OPERATOR(pg_catalog.||) p.custom, "
							"'own', p.own, 'givenAt', p.stamps, 'asTyped', p.as_given, 'skeletonHash', p.skeleton_hash::pg_catalog.text",
							"s.place", "ROWS FROM (pg_catalog.unnest($2)) WITH ORDINALITY AS s(profile_id, place) "
							"JOIN user360.profile AS p ON p.bot" EQ "$1 AND p.profile_id" EQ "s.profile_id") ", "
	"'senders', " ARRAY_OF("'channel', n.channel, 'sender', n.sender, 'profileId', n.profile_id, "
						   "'firstSeenAt', n.first_seen_at, 'lastSeenAt', n.last_seen_at",
						   "n.first_seen_at, n.channel, n.sender",
						   "user360.sender AS n WHERE n.bot" EQ "$1 AND n.profile_id" EQ "ANY ($2)") ", "
	"'tickets', " ARRAY_OF("'source', t.source, 'ticket', t.ticket, 'profileId', t.profile_id, 'channel', t.channel, 'subject', t.subject, "
						   "'status', t.status, 'openedAt', t.opened_at, 'closedAt', t.closed_at, "
						   "'previousSource', t.previous_source, 'previousTicket', t.previous_ticket, 'previousProfileId', t.previous_profile_id",
						   "t.opened_at, pg_catalog.octet_length(t.ticket), t.ticket, t.source",
						   "user360.ticket AS t WHERE t.bot" EQ "$1 AND t.profile_id" EQ "ANY ($2)") ", "
	"'events', " ARRAY_OF("'eventId', e.event_id, 'profileId', e.profile_id, 'at', e.at, 'name', e.name, 'tracked', e.tracked, "
						  "'source', e.source, 'channel', e.channel, 'actor', e.actor, 'payload', e.payload",
						  "e.at, e.event_id",
						  "user360.event AS e WHERE e.bot" EQ "$1 AND e.profile_id" EQ "ANY ($2)") ", "
	"'merges', " ARRAY_OF("'mergeId', m.merge_id, 'sourceId', m.source_id, 'targetId', m.target_id, 'place', m.place, 'mergedAt', m.merged_at, "
						  "'reason', m.reason, 'actor', m.actor, 'undoneAt', m.undone_at, 'undoneBy', m.undone_by",
						  "m.merged_at, m.merge_id",
						  "(SELECT s.* FROM user360.merge AS s WHERE s.bot" EQ "$1 AND s.source_id" EQ "ANY ($2) UNION ALL "
						  "SELECT t.* FROM user360.merge AS t WHERE t.bot" EQ "$1 AND t.target_id" EQ "ANY ($2) "
						  "AND NOT (t.source_id" EQ "ANY ($2))) AS m") ")",
	.nargs = 2, .argtypes = {TEXTOID, UUIDARRAYOID}
};

static Jsonb *
belongings(const BotPolicy *policy, const pg_uuid_t *members, int nmembers)
{
	Datum		values[2] = {policy->bot_datum, id_array(members, nmembers)};
	bool		isnull;

	store_read(&find_belongings, values, NULL);
	return DatumGetJsonbP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
add_belonging(const char *key, const JsonbValue *value, void *context)
{
	json_add_json((JsonObject *) context, key, JsonbValueToJsonb((JsonbValue *) value));
}

static Jsonb *
all_of(const BotPolicy *policy, const pg_uuid_t *members, int nmembers)
{
	Profile    *survivor = profile_read(policy, &members[0]);
	JsonObject	all;

	json_begin(&all);
	json_add_text(&all, "bot", policy->bot);
	json_add_text(&all, "profileId", id_text(&survivor->id));
	json_add_text(&all, "userId", survivor->userid);
	json_add_json(&all, "properties", profile_jsonb(policy, survivor));
	json_visit(belongings(policy, members, nmembers), add_belonging, &all);
	return json_end(&all);
}

PG_FUNCTION_INFO_V1(export_user);

Datum
export_user(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	pg_uuid_t  *members;
	int			nmembers;
	Jsonb	   *result = NULL;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	store_connect();
	members = members_read(policy, PG_GETARG_UUID_P(1), &nmembers);
	if (nmembers > 0)
	{
		Jsonb	   *all = all_of(policy, members, nmembers);

		result = MemoryContextAlloc(caller, VARSIZE(all));
		memcpy(result, all, VARSIZE(all));
	}
	store_finish();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(result);
}

static const StorePlan scan_survivors = {
	.sql = "SELECT " PROFILE_COLUMNS " FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.merged_into IS NULL",
	.nargs = 1, .argtypes = {TEXTOID}
};

/* userId, the system properties in their order, and what is left. */
#define EXPORT_COLUMNS	(SYSTEM_PROPERTIES + 2)

typedef struct Export
{
	const BotPolicy *policy;
	ReturnSetInfo *result;
} Export;

/* Items with semicolons between them; NULL where an item has one itself. */
static char *
joined(const Value *list)
{
	StringInfoData result;

	initStringInfo(&result);
	for (int i = 0; i < list->nitems; i++)
	{
		if (strchr(list->items[i], ';') != NULL)
			return NULL;
		appendStringInfo(&result, "%s%s", i > 0 ? ";" : "", list->items[i]);
	}
	return result.data;
}

/* An address as it was typed, where it is known and reads as this one. */
static const char *
as_typed(const Export *export, const Profile *profile, const Property *property, const char *value)
{
	char	   *typed = json_get_text(profile->as_given, property->name);
	char	   *read;

	if (typed == NULL || strcmp(typed, value) == 0 ||
		property_normalize(export->policy, property, typed, strlen(typed), &read) != NULL || strcmp(read, value) != 0)
		return NULL;
	return typed;
}

/* The text of a system property.  What a text can't say is added to the rest. */
static const char *
exported_text(const Export *export, const Profile *profile, const Property *property, JsonObject *rest)
{
	const Value *value = &profile->values.system[property->system];
	const char *text = value->kind == VALUE_LIST ? joined(value) : value->text;
	const char *typed = property->system == EMAIL || property->system == PHONE ?
		as_typed(export, profile, property, text) : NULL;

	if (text == NULL)
		json_add_value(rest, property, value);
	if (typed != NULL && property->system == PHONE)
		json_add_text(rest, property->name, typed);
	return typed != NULL && property->system == EMAIL ? typed : text;
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text != NULL ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
put_profile(const Export *export, Profile *profile)
{
	Datum		values[EXPORT_COLUMNS];
	bool		nulls[EXPORT_COLUMNS];
	JsonObject	rest;
	bool		nothing_left;

	json_begin(&rest);
	set_text(values, nulls, 0, profile->userid);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		set_text(values, nulls, i + 1, value_is_given(&profile->values.system[i]) ?
				 exported_text(export, profile, &system_properties[i], &rest) : NULL);
	profile_load_custom(export->policy, profile);
	for (int i = 0; i < profile->values.ncustom; i++)
		json_add_value(&rest, profile->values.custom[i].property, &profile->values.custom[i].value);
	nothing_left = rest.empty;
	values[EXPORT_COLUMNS - 1] = JsonbPGetDatum(json_end(&rest));
	nulls[EXPORT_COLUMNS - 1] = nothing_left;
	tuplestore_putvalues(export->result->setResult, export->result->setDesc, values, nulls);
}

static void
export_row(HeapTuple row, TupleDesc descriptor, void *context)
{
	put_profile((Export *) context, profile_from_tuple(row, descriptor, 0));
}

PG_FUNCTION_INFO_V1(export_users);

Datum
export_users(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	Export		export = {policy, (ReturnSetInfo *) fcinfo->resultinfo};
	Datum		arguments[1] = {policy->bot_datum};

	InitMaterializedSRF(fcinfo, 0);
	store_connect();
	store_scan(&scan_survivors, arguments, NULL, export_row, &export);
	store_finish();
	return (Datum) 0;
}
