/*
 * Look-alikes of existing userIds, by the skeletons of UTS #39.
 *
 * A profile holds the hash of its userId's skeleton, so that one index probe
 * finds who else it could be; what the hash finds is compared in full.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "identity/lookalike.h"
#include "store/errors.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"
#include "store/probe.h"
#include "text/domain.h"
#include "text/email.h"
#include "text/identifier.h"
#include "text/lookalike.h"
#include "text/unicode.h"

/* A userId as people read it, and its skeleton, which can be longer. */
#define SHOWN_MAX		Max(IDENTIFIER_MAX, EMAIL_MAX + DOMAIN_UNICODE_MAX)
#define SKELETON_MAX	(4 * SHOWN_MAX)

static StoreProbe skeleton_probe = {.table = "profile", .index = "profile_skeleton", .nkeys = 2, .types = {TEXTOID, INT8OID}};

static StorePlan find_same_skeleton = {
	.sql = "SELECT p.userid FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.skeleton_hash" EQ "$2 LIMIT 20",
	.nargs = 2, .argtypes = {TEXTOID, INT8OID}
};

static StorePlan find_skeletons = {
	.sql = "SELECT p.skeleton_hash FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.skeleton_hash" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, INT8ARRAYOID}
};

/* The domain of an address is kept with A-labels, which nobody reads. */
static size_t
as_shown(const BotPolicy *policy, const char *userid, char *shown)
{
	size_t		length = strlen(userid);
	const char *at = policy->userid->type == PROPERTY_EMAIL ? strrchr(userid, '@') : NULL;
	size_t		before = at == NULL ? 0 : (size_t) (at + 1 - userid);
	size_t		domain_length;

	if (at != NULL && strstr(at, "xn--") != NULL &&
		domain_to_unicode(userid + before, length - before, shown + before, &domain_length))
	{
		memcpy(shown, userid, before);
		return before + domain_length;
	}
	memcpy(shown, userid, length);
	return length;
}

static bool
skeleton_of(const BotPolicy *policy, const char *userid, char *skeleton, size_t *length)
{
	char		shown[SHOWN_MAX];
	size_t		shown_length = as_shown(policy, userid, shown);

	return lookalike_skeleton(shown, shown_length, skeleton, SKELETON_MAX, length);
}

bool
lookalike_hash(const BotPolicy *policy, const char *userid, int64 *hash)
{
	char		skeleton[SKELETON_MAX];
	size_t		length;

	if (policy->userid == NULL || policy->userid->type == PROPERTY_PHONE ||
		policy->userid->type == PROPERTY_NUMBER || !skeleton_of(policy, userid, skeleton, &length))
		return false;
	*hash = (int64) hash_bytes_extended((const unsigned char *) skeleton, length, 0);
	return true;
}

bool
lookalike_same(const BotPolicy *policy, const char *userid, const char *other)
{
	char		one[SKELETON_MAX];
	char		two[SKELETON_MAX];
	size_t		one_length;
	size_t		two_length;

	return skeleton_of(policy, userid, one, &one_length) && skeleton_of(policy, other, two, &two_length) &&
		one_length == two_length && memcmp(one, two, one_length) == 0;
}

/*
 * The scripts of an identifier as a whole; of an address the name and each
 * label of the domain for itself, since a Latin name at a Cyrillic domain is
 * nothing unusual.
 */
const char *
lookalike_mixed(const BotPolicy *policy, const char *userid)
{
	char		shown[SHOWN_MAX];
	size_t		length = as_shown(policy, userid, shown);
	size_t		start = 0;
	bool		in_domain = false;

	if (policy->userid->type != PROPERTY_EMAIL)
		return lookalike_scripts(shown, length);
	for (size_t i = 0; i <= length; i++)
	{
		const char *reason;

		if (i < length && shown[i] != '@' && !(in_domain && shown[i] == '.'))
			continue;
		reason = lookalike_scripts(shown + start, i - start);
		if (reason != NULL)
			return reason;
		in_domain = true;
		start = i + 1;
	}
	return NULL;
}

/* What nearly every new userId needs. */
static bool
skeleton_is_new(Datum *bot_and_hash)
{
	ProbedRow	row;
	bool		found;

	store_look();
	found = store_probe(&skeleton_probe, bot_and_hash, &row);
	store_look_end();
	return !found;
}

const char *
lookalike_find(const BotPolicy *policy, const char *userid)
{
	Datum		values[2] = {policy->bot_datum};
	const char *reason;
	int64		hash;
	uint64		rows;

	if (policy->options.lookalike == LOOKALIKE_OFF || !lookalike_hash(policy, userid, &hash))
		return NULL;
	reason = lookalike_mixed(policy, userid);
	if (reason != NULL)
		return reason;
	values[1] = Int64GetDatum(hash);
	if (skeleton_is_new(values))
		return NULL;
	rows = store_write(&find_same_skeleton, values, NULL);
	for (uint64 i = 0; i < rows; i++)
	{
		char	   *other = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (other != NULL && strcmp(other, userid) != 0 && lookalike_same(policy, userid, other))
			return psprintf("it looks like \"%s\"", other);
	}
	return NULL;
}

typedef struct HashedUserid
{
	int64		hash;
	int			place;			/* among those that were given */
} HashedUserid;

static int
compare_hashed(const void *a, const void *b)
{
	const HashedUserid *one = a;
	const HashedUserid *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->place < other->place ? -1 : one->place > other->place;
}

static int
hash_all(const BotPolicy *policy, char **userids, int n, Lookalike *answers, HashedUserid *hashed)
{
	int			nhashed = 0;

	for (int i = 0; i < n; i++)
	{
		answers[i].has_hash = lookalike_hash(policy, userids[i], &answers[i].hash);
		if (!answers[i].has_hash)
			continue;
		hashed[nhashed].hash = answers[i].hash;
		hashed[nhashed++].place = i;
	}
	qsort(hashed, nhashed, sizeof(HashedUserid), compare_hashed);
	return nhashed;
}

/* Marks what shares its hash with a profile that is there. */
static void
mark_taken(const BotPolicy *policy, const HashedUserid *hashed, int nhashed, bool *suspect)
{
	Datum	   *hashes = palloc(sizeof(Datum) * nhashed);
	Datum		values[2] = {policy->bot_datum};
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < nhashed; i++)
		hashes[i] = Int64GetDatum(hashed[i].hash);
	values[1] = PointerGetDatum(construct_array(hashes, nhashed, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	rows = store_write(&find_skeletons, values, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		int64		taken = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull));

		for (int i = 0; i < nhashed; i++)
		{
			if (hashed[i].hash == taken)
				suspect[hashed[i].place] = true;
		}
	}
}

/* A userId that comes before it and can be taken for it, or NULL. */
static const char *
earlier_twin(const BotPolicy *policy, char **userids, const HashedUserid *hashed, int at)
{
	for (int i = at - 1; i >= 0 && hashed[i].hash == hashed[at].hash; i--)
	{
		const char *other = userids[hashed[i].place];

		if (strcmp(other, userids[hashed[at].place]) != 0 && lookalike_same(policy, userids[hashed[at].place], other))
			return other;
	}
	return NULL;
}

void
lookalike_find_many(const BotPolicy *policy, char **userids, int n, Lookalike *answers)
{
	HashedUserid *hashed = palloc(sizeof(HashedUserid) * Max(n, 1));
	bool	   *suspect = palloc0(sizeof(bool) * Max(n, 1));
	int			nhashed;

	memset(answers, 0, sizeof(Lookalike) * n);
	nhashed = hash_all(policy, userids, n, answers, hashed);
	if (policy->options.lookalike == LOOKALIKE_OFF)
		return;
	if (nhashed > 0)
		mark_taken(policy, hashed, nhashed, suspect);
	for (int i = 0; i < nhashed; i++)
	{
		int			place = hashed[i].place;
		const char *userid = userids[place];
		const char *twin;

		/* Scripts can mix only beyond ASCII, an A-label hides some. */
		if (suspect[place] || strstr(userid, "xn--") != NULL || !text_is_ascii(userid, strlen(userid)))
			answers[place].reason = lookalike_find(policy, userid);
		if (answers[place].reason != NULL)
			continue;
		twin = earlier_twin(policy, userids, hashed, i);
		if (twin != NULL)
			answers[place].reason = psprintf("it looks like \"%s\"", twin);
	}
}

void
lookalike_refuse(const char *userid, const char *reason, Problems *problems)
{
	Problem		problem = {.sqlstate = ERRCODE_U360_LOOKALIKE, .property = "userId"};

	problem.value = clip_value(userid, strlen(userid));
	problem.message = psprintf("userId \"%s\" can be taken for another one", problem.value);
	problem.detail = psprintf("Reason: %s.", reason);
	problem.hint = "Ask the customer to check it, or set option lookalike to report.";
	problem_report(problems, problem);
}

void
lookalike_report(const BotPolicy *policy, const pg_uuid_t *profile_id, const char *userid,
				 const char *reason, const char *channel)
{
	JsonObject	payload;
	Event		event = {.name = "USER_LOOKALIKE", .channel = channel, .at = new_moment()};

	json_begin(&payload);
	json_add_text(&payload, "userId", userid);
	json_add_text(&payload, "reason", reason);
	event.payload = json_end(&payload);
	event_insert(policy, profile_id, &event);
}
