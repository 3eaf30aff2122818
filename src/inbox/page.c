/*
 * user_page(): all that is known of one customer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "identity/history.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"

/*
 * Whoever belongs to a survivor at a moment, infinity for now, with the merge
 * that brought them, and what they did until then.  A userId that came later
 * was given by a later event.
 */
static StorePlan find_belongings = {
	.sql = "WITH RECURSIVE member (profile_id, merge_id, into_id, merged_at, reason, actor) AS ("
	"SELECT $2, NULL::pg_catalog.uuid, NULL::pg_catalog.uuid, NULL::pg_catalog.timestamptz, NULL::pg_catalog.text, NULL::pg_catalog.text COLLATE pg_catalog.\"C\" "
	"UNION ALL SELECT m.source_id, m.merge_id, m.target_id, m.merged_at, m.reason, m.actor "
	"FROM member AS o JOIN user360.merge AS m ON m.bot" EQ "$1 AND m.target_id" EQ "o.profile_id "
	"AND m.merged_at" LE "$3 AND (m.undone_at IS NULL OR m.undone_at" GT "$3)), "
	"ticket AS (SELECT t.source, t.ticket, t.channel, t.subject, t.status, t.opened_at, t.profile_id, "
	"CASE WHEN t.closed_at" LE "$3 THEN t.closed_at END AS closed_at "
	"FROM member AS o JOIN user360.ticket AS t ON t.bot" EQ "$1 AND t.profile_id" EQ "o.profile_id AND t.opened_at" LE "$3), "
	"newest AS (SELECT t.source, t.ticket, t.channel, t.subject, t.opened_at, t.closed_at, "
	"CASE WHEN $3" EQ "'infinity' THEN t.status ELSE (SELECT e.payload OPERATOR(pg_catalog.->>) 'status' FROM user360.event AS e "
	"WHERE e.bot" EQ "$1 AND e.profile_id" EQ "t.profile_id AND NOT e.tracked AND e.at" LE "$3 AND e.source" EQ "t.source "
	"AND (e.payload OPERATOR(pg_catalog.->>) 'ticket')" EQ "t.ticket ORDER BY e.at DESC, e.event_id DESC LIMIT 1) END AS status "
	"FROM ticket AS t ORDER BY t.opened_at DESC, pg_catalog.octet_length(t.ticket) DESC, t.ticket DESC, t.source DESC LIMIT 1) "
	"SELECT pg_catalog.jsonb_build_object("
	"'senders', COALESCE((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('channel', n.channel, 'sender', n.sender, "
	"'profileId', n.profile_id, 'firstSeenAt', n.first_seen_at) ORDER BY n.first_seen_at, n.channel, n.sender) "
	"FROM member AS o JOIN user360.sender AS n ON n.bot" EQ "$1 AND n.profile_id" EQ "o.profile_id AND n.first_seen_at" LE "$3), '[]'), "
	"'members', COALESCE((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('profileId', o.profile_id, "
	"'userId', CASE WHEN NOT EXISTS (SELECT 1 FROM user360.event AS e WHERE e.bot" EQ "$1 AND e.profile_id" EQ "o.profile_id AND NOT e.tracked "
	"AND e.at" GT "$3 AND (e.payload OPERATOR(pg_catalog.->) 'newPayload') OPERATOR(pg_catalog.?) 'userId') THEN p.userid END, "
	"'mergeId', o.merge_id, 'mergedInto', o.into_id, 'mergedAt', o.merged_at, 'reason', o.reason, 'actor', o.actor) "
	"ORDER BY o.merged_at, o.merge_id) FROM member AS o JOIN user360.profile AS p ON p.bot" EQ "$1 AND p.profile_id" EQ "o.profile_id "
	"WHERE o.merge_id IS NOT NULL), '[]'), "
	"'tickets', (SELECT pg_catalog.jsonb_build_object('total', pg_catalog.count(*), 'open', pg_catalog.count(*) FILTER (WHERE t.closed_at IS NULL), "
	"'closed', pg_catalog.count(t.closed_at)) FROM ticket AS t), "
	"'lastTicket', (SELECT pg_catalog.to_jsonb(v) FROM (SELECT w.source, w.ticket, w.channel, w.subject, w.status, "
	"w.opened_at AS \"openedAt\", w.closed_at AS \"closedAt\" FROM newest AS w) AS v))",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, TIMESTAMPTZOID}
};

static void
add_moment(JsonObject *page, const char *key, TimestampTz moment)
{
	char	   *text = moment == 0 ? NULL : JsonEncodeDateTime(NULL, TimestampTzGetDatum(moment), TIMESTAMPTZOID, NULL);

	json_add_text(page, key, text);
}

/* How much of what this bot can know of a customer is known; the last channel
 * comes by itself. */
static Jsonb *
completeness(const BotPolicy *policy, Profile *profile)
{
	JsonObject	object;
	int			given = 0;

	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		given += i != LAST_CHANNEL && value_is_given(&profile->values.system[i]);
	for (int i = 0; i < profile->values.ncustom; i++)
		given += value_is_given(&profile->values.custom[i].value);
	json_begin(&object);
	json_add_integer(&object, "known", given);
	json_add_integer(&object, "of", SYSTEM_PROPERTIES - 1 + policy->nproperties);
	return json_end(&object);
}

static Jsonb *
belongings(const BotPolicy *policy, const Profile *profile, TimestampTz moment)
{
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&profile->id), TimestampTzGetDatum(moment)};
	bool		isnull;

	store_read(&find_belongings, values, NULL);
	return DatumGetJsonbP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static Jsonb *
form_page(const BotPolicy *policy, Profile *profile, TimestampTz moment)
{
	JsonObject	page;
	bool		now = moment == DT_NOEND;

	profile_load_custom(policy, profile);
	json_begin(&page);
	json_add_text(&page, "profileId", id_text(&profile->id));
	json_add_text(&page, "userId", profile->userid);
	if (now)
	{
		add_moment(&page, "createdAt", profile->created_at);
		add_moment(&page, "identifiedAt", profile->identified_at);
		add_moment(&page, "lastSeenAt", profile->last_seen_at);
	}
	json_add_json(&page, "properties", profile_jsonb(policy, profile));
	json_add_json(&page, "completeness", completeness(policy, profile));
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(json_end(&page)),
											  JsonbPGetDatum(belongings(policy, profile, moment))));
}

PG_FUNCTION_INFO_V1(user_page);

Datum
user_page(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_USER);
	TimestampTz moment = PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(2);
	Profile    *profile;
	Jsonb	   *page = NULL;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	store_connect();
	profile = PG_ARGISNULL(2) ? profile_read(policy, PG_GETARG_UUID_P(1)) :
		profile_as_of(policy, PG_GETARG_UUID_P(1), moment);
	if (profile != NULL)
	{
		Jsonb	   *formed = form_page(policy, profile, moment);

		page = MemoryContextAlloc(caller, VARSIZE(formed));
		memcpy(page, formed, VARSIZE(formed));
	}
	store_finish();
	if (page == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(page);
}
