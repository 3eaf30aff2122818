/*
 * Tombstones.  The key is made with a bot's first one, and without it a digest
 * can't be tried out.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "identity/tombstone.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"

#define KEY_LENGTH	32

/* HMAC in all but name: twice, so that no digest can be continued. */
#define DIGEST(userid) \
	"pg_catalog.sha256(k.key OPERATOR(pg_catalog.||) pg_catalog.sha256(k.key OPERATOR(pg_catalog.||) " \
	"pg_catalog.convert_to(" userid ", 'UTF8')))"

static StorePlan insert_key = {
	.sql = "INSERT INTO user360.tombstone_key (bot, key) VALUES ($1, $2) ON CONFLICT (bot) DO NOTHING",
	.nargs = 2, .argtypes = {TEXTOID, BYTEAOID}
};

static StorePlan insert_tombstones = {
	.sql = "INSERT INTO user360.tombstone AS t (bot, digest, deleted_at, expires_at) "
	"SELECT k.bot, " DIGEST("u.userid") ", $3, $4 FROM user360.tombstone_key AS k, pg_catalog.unnest($2) AS u (userid) "
	"WHERE k.bot" EQ "$1 ON CONFLICT (bot, digest) DO UPDATE SET deleted_at = EXCLUDED.deleted_at, expires_at = EXCLUDED.expires_at",
	.nargs = 4, .argtypes = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID}
};

static StorePlan find_tombstones = {
	.sql = "SELECT u.n FROM user360.tombstone_key AS k, pg_catalog.unnest($2) WITH ORDINALITY AS u (userid, n), "
	"user360.tombstone AS t WHERE k.bot" EQ "$1 AND t.bot" EQ "k.bot AND t.digest" EQ DIGEST("u.userid")
	" AND t.expires_at" GT "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID}
};

static StorePlan take_tombstone = {
	.sql = "DELETE FROM user360.tombstone AS t USING user360.tombstone_key AS k WHERE k.bot" EQ "$1 AND t.bot" EQ "k.bot "
	"AND t.digest" EQ DIGEST("$2") " RETURNING t.expires_at" GT "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TIMESTAMPTZOID}, .rights = PLAN_ERASES
};

static void
make_key(const BotPolicy *policy)
{
	bytea	   *key = palloc(VARHDRSZ + KEY_LENGTH);
	Datum		values[2] = {policy->bot_datum, PointerGetDatum(key)};

	SET_VARSIZE(key, VARHDRSZ + KEY_LENGTH);
	if (!pg_strong_random(VARDATA(key), KEY_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	if (store_write(&insert_key, values, NULL) > 0)
		policy_changed();
}

static Datum
text_array(int n, char **texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

void
tombstone_insert(const BotPolicy *policy, int n, char **userids, TimestampTz at)
{
	Datum		values[4];

	if (n == 0 || policy->options.tombstones == 0)
		return;
	make_key(policy);
	values[0] = policy->bot_datum;
	values[1] = text_array(n, userids);
	values[2] = TimestampTzGetDatum(at);
	values[3] = TimestampTzGetDatum(at + policy->options.tombstones);
	store_write(&insert_tombstones, values, NULL);
}

void
tombstone_find(const BotPolicy *policy, int n, char **userids, TimestampTz at, bool *found)
{
	Datum		values[3];
	uint64		rows;
	bool		isnull;

	memset(found, false, sizeof(bool) * n);
	if (n == 0 || !policy->has_tombstones)
		return;
	values[0] = policy->bot_datum;
	values[1] = text_array(n, userids);
	values[2] = TimestampTzGetDatum(at);
	rows = store_write(&find_tombstones, values, NULL);
	for (uint64 i = 0; i < rows; i++)
		found[DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull)) - 1] = true;
}

void
tombstone_return(const BotPolicy *policy, const pg_uuid_t *profile_id, const char *userid, const char *channel)
{
	Event		event = {.name = "USER_RETURN", .channel = channel, .at = new_moment()};
	Datum		values[3];
	JsonObject	payload;
	bool		isnull;

	if (!policy->has_tombstones)
		return;
	values[0] = policy->bot_datum;
	values[1] = CStringGetTextDatum(userid);
	values[2] = TimestampTzGetDatum(event.at);
	if (store_write(&take_tombstone, values, NULL) == 0 ||
		!DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull)))
		return;
	json_begin(&payload);
	json_add_text(&payload, "userId", userid);
	event.payload = json_end(&payload);
	event_insert(policy, profile_id, &event);
}
