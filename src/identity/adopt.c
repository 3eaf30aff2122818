/*
 * adopt_userids(): giving userIds to profiles that hold the property already.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "identity/fold.h"
#include "identity/lookalike.h"
#include "identity/merge.h"
#include "identity/profile.h"
#include "identity/tombstone.h"
#include "identity/userid.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/json.h"
#include "store/lock.h"

/* Whoever was there first comes first. */
static StorePlan find_unidentified = {
	.sql = "SELECT p.profile_id FROM user360.profile AS p WHERE p.bot" EQ "$1 "
	"AND p.userid IS NULL AND p.merged_into IS NULL ORDER BY p.created_at, p.profile_id",
	.nargs = 1, .argtypes = {TEXTOID}
};

static pg_uuid_t *
read_ids(const BotPolicy *policy, uint64 *n)
{
	Datum		values[1] = {policy->bot_datum};

	*n = store_write(&find_unidentified, values, NULL);
	return result_ids(*n);
}

/* The userId that a profile's own property gives; NULL: none. */
static char *
held_userid(const BotPolicy *policy, Profile *profile)
{
	Problems	ignored = {0};
	const Value *value;

	profile_load_custom(policy, profile);
	value = property_slot(&profile->values, policy->userid, false);
	if (value == NULL || value->kind != VALUE_TEXT)
		return NULL;
	return userid_normalize(policy, value->text, &ignored);
}

typedef struct Adoption
{
	const BotPolicy *policy;
	Profile    *profile;
	const char *userid;
} Adoption;

static Profile *
adoption(void *context, Event *event)
{
	Adoption   *adopt = context;
	const BotPolicy *policy = adopt->policy;
	Profile    *profile = profile_lock(policy, adopt->profile, &adopt->profile->id);
	char	   *held = profile != NULL ? held_userid(policy, profile) : NULL;
	TimestampTz at;
	Profile    *before;
	FoldEdit	edit;
	JsonObject	payload;

	if (held == NULL || strcmp(held, adopt->userid) != 0)
		return NULL;			/* given another value meanwhile */
	at = profile_moment(profile);
	before = profile_copy(policy, profile);
	edit = fold_edit(policy, profile);
	fold_edit_userid(&edit, held, json_get_text(profile->as_given, policy->userid->name), at);
	fold_edit_done(&edit);
	json_begin(&payload);
	profile_add_change(&payload, policy, before, profile);
	event->name = "USER_UPDATE";
	event->channel = NULL;
	event->at = at;
	event->payload = json_end(&payload);
	return profile;
}

static bool
merge(const BotPolicy *policy, Profile *source, Profile *named, Profile *target)
{
	pg_uuid_t	ids[2] = {source->id, target->id};
	pg_uuid_t	of[2] = {source->id, named->id};
	Profile   **locked = profile_lock_two(policy, ids, of);
	MergeRequest request = {.policy = policy, .reason = "adopt_userids"};

	if (locked == NULL || locked[0]->userid != NULL)
		return false;
	request.source = locked[0];
	request.target = locked[1];
	request.under = named->id;
	request.at = merge_moment(request.source, request.target);
	merge_profile(&request, profile_copy(policy, request.target));
	return true;
}

/* One profile; false where it stays as it is. */
static bool
adopt(const BotPolicy *policy, const pg_uuid_t *id)
{
	Adoption	adopt = {.policy = policy};
	const char *suspicion;
	Profile    *named;

	adopt.profile = profile_by_id(policy, id);
	if (adopt.profile == NULL || adopt.profile->is_member || adopt.profile->userid != NULL)
		return false;
	adopt.userid = held_userid(policy, adopt.profile);
	if (adopt.userid == NULL)
		return false;
	named = profile_by_userid(policy, adopt.userid);
	if (named != NULL)
		return merge(policy, adopt.profile, named, profile_survivor(policy, named));
	suspicion = lookalike_find(policy, adopt.userid);
	if (suspicion != NULL && policy->options.lookalike == LOOKALIKE_REFUSE)
		return false;
	if (!profile_assign(policy, adoption, &adopt))
		return false;
	tombstone_return(policy, id, adopt.userid, NULL);
	if (suspicion != NULL)
		lookalike_report(policy, id, adopt.userid, suspicion, NULL);
	return true;
}

PG_FUNCTION_INFO_V1(adopt_userids);

Datum
adopt_userids(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	pg_uuid_t  *ids;
	uint64		n;
	int64		adopted = 0;

	store_connect();
	policy = bot_lock(policy->bot, true);
	if (policy->userid == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_NO_USERID_PROPERTY),
				 errmsg("bot \"%s\" has no userId property", policy->bot),
				 errhint("Choose one with user360.set_userid_property().")));
	ids = read_ids(policy, &n);
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		store_connect();		/* gives back what one profile took */
		if (adopt(policy, &ids[i]))
			adopted++;
		store_finish();
	}
	store_finish();
	PG_RETURN_INT64(adopted);
}
