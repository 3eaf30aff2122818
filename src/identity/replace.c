/*
 * replace_userid(): another userId, at the price of what was known.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "identity/erase.h"
#include "identity/lookalike.h"
#include "identity/profile.h"
#include "identity/tombstone.h"
#include "identity/userid.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/json.h"
#include "store/lock.h"
#include "text/unicode.h"

static void
refuse_unidentified(const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("profile \"%s\" has no userId", id_text(id)),
			 errdetail("There is none to replace."),
			 errhint("user360.identify() gives the customer one, and loses nothing.")));
}

static void
refuse_unconfirmed(const char *userid)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_LOSS_NOT_CONFIRMED),
			 errmsg("replacing userId \"%s\" loses all that is stored of the customer", userid),
			 errdetail("Profiles, tickets and events of the whole merged set are erased."),
			 errhint("Say so with lose_previous_data => true, or merge into the profile of the other userId with user360.merge_profiles().")));
}

static char *
read_userid(const BotPolicy *policy, const char *given, const char **suspicion)
{
	char	   *userid;

	if (text_is_blank(given, strlen(given)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_USERID),
				 errmsg("new_userid is blank"),
				 errhint("Give the userId by which the customer is known from now on.")));
	userid = userid_normalize(policy, given, NULL);
	*suspicion = lookalike_find(policy, userid);
	if (*suspicion != NULL && policy->options.lookalike == LOOKALIKE_REFUSE)
		lookalike_refuse(userid, *suspicion, NULL);
	return userid;
}

static Profile *
new_profile(const BotPolicy *policy, char *userid)
{
	Profile    *profile = palloc0(sizeof(Profile));

	profile->id = new_id();
	profile->created_at = profile->updated_at = profile->last_seen_at = profile->identified_at = new_moment();
	profile->userid = userid;
	profile->custom_loaded = true;
	*property_slot(&profile->values, policy->userid, true) = text_value(userid);
	return profile;
}

static void
refuse_taken(const char *userid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("userId \"%s\" is that of another profile", userid),
			 errdetail("A userId is that of one customer."),
			 errhint("Merge the two with user360.merge_profiles() if they are one.")));
}

static void
insert_profile(const BotPolicy *policy, Profile *profile, const Customer *former)
{
	Event		event = {.name = "USER_CREATE", .at = profile->created_at};
	JsonObject	payload;

	json_begin(&payload);
	json_add_text(&payload, "replaces", id_text(&former->survivor));
	profile_add_change(&payload, policy, NULL, profile);
	event.payload = json_end(&payload);
	if (!profile_insert(policy, profile, &event))
		refuse_taken(profile->userid);
}

/* All of it, once it is clear that it can be done. */
static pg_uuid_t
start_anew(const BotPolicy *policy, const Customer *customer, char *userid)
{
	Profile    *profile = new_profile(policy, userid);

	/* Before anything is erased: of two that would take each other's userId
	 * each would wait for the other. */
	if (profile_by_userid(policy, userid) != NULL)
		refuse_taken(userid);
	customer_erase(policy, customer, &profile->id);
	customer_record_end(policy, customer, NULL, &profile->id, profile->created_at);
	insert_profile(policy, profile, customer);
	tombstone_return(policy, &profile->id, userid, NULL);
	return profile->id;
}

PG_FUNCTION_INFO_V1(replace_userid);

Datum
replace_userid(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_ENGAGEMENT_ADMIN);
	char	   *given = required_text(fcinfo, 2, "new_userid");
	bool		confirmed = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	const char *suspicion;
	Customer	customer;
	char	   *userid;

	require_argument(fcinfo, 1, "profile_id");
	store_connect();
	policy = bot_lock(policy->bot, false);
	customer = customer_lock(policy, PG_GETARG_UUID_P(1));
	*result = customer.survivor;
	if (customer.userid == NULL)
		refuse_unidentified(&customer.survivor);
	userid = read_userid(policy, given, &suspicion);
	if (strcmp(userid, customer.userid) != 0)
	{
		if (!confirmed)
			refuse_unconfirmed(customer.userid);
		*result = start_anew(policy, &customer, userid);
		if (suspicion != NULL)
			lookalike_report(policy, result, userid, suspicion, NULL);
	}
	store_finish();
	PG_RETURN_UUID_P(result);
}
