/*
 * Look-alikes of existing userIds, by the skeletons of UTS #39.
 *
 * A profile holds the hash of its userId's skeleton, so that one index probe
 * finds who else it could be; what the hash finds is compared in full.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"

#include "identity/lookalike.h"
#include "store/errors.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"
#include "text/domain.h"
#include "text/email.h"
#include "text/identifier.h"
#include "text/lookalike.h"

/* A userId as people read it, and its skeleton, which can be longer. */
#define SHOWN_MAX		Max(IDENTIFIER_MAX, EMAIL_MAX + DOMAIN_UNICODE_MAX)
#define SKELETON_MAX	(4 * SHOWN_MAX)

static StorePlan find_same_skeleton = {
	.sql = "SELECT p.userid FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.skeleton_hash" EQ "$2 LIMIT 20",
	.nargs = 2, .argtypes = {TEXTOID, INT8OID}
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
	rows = store_write(&find_same_skeleton, values, NULL);
	for (uint64 i = 0; i < rows; i++)
	{
		char	   *other = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (other != NULL && strcmp(other, userid) != 0 && lookalike_same(policy, userid, other))
			return psprintf("it looks like \"%s\"", other);
	}
	return NULL;
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
