/*
 * identify(): a capture from SQL.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "identity/capture.h"
#include "identity/identify.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/plan.h"
#include "text/unicode.h"

const Channel *
find_channel(BotPolicy **policy, const char *name)
{
	const Channel *channel = policy_channel(*policy, name);

	if (channel == NULL)
	{
		*policy = policy_get_fresh((*policy)->bot);
		channel = policy_channel(*policy, name);
	}
	return channel;
}

Datum
missing_array(int n, const char *const *missing)
{
	Datum		names[3];

	for (int i = 0; i < n; i++)
		names[i] = CStringGetTextDatum(missing[i]);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
profile_missing(const BotPolicy *policy, const Profile *profile)
{
	const Value *values = profile->values.system;
	const char *missing[3];
	int			n = missing_for_card(policy, value_is_given(&values[FIRST_NAME]),
									 value_is_given(&values[PHONE]) || value_is_given(&values[EMAIL]),
									 profile->userid != NULL, missing);

	return missing_array(n, missing);
}

static Datum
identification(FunctionCallInfo fcinfo, MemoryContext context, const BotPolicy *policy,
			   const Capture *result)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = UUIDPGetDatum(&result->survivor->id);
	nulls[1] = result->survivor->userid == NULL;
	values[1] = nulls[1] ? (Datum) 0 : CStringGetTextDatum(result->survivor->userid);
	values[2] = CStringGetTextDatum(result->outcome);
	values[3] = profile_missing(policy, result->survivor);
	nulls[4] = !result->merged;
	values[4] = UUIDPGetDatum(&result->merge_id);
	return composite_result(fcinfo, context, values, nulls);
}

static void
refuse_blank_sender(const char *sender)
{
	if (text_is_blank(sender, strlen(sender)))
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("sender is blank"),
				 errdetail("A blank sender would make one customer of many."),
				 errhint("Give the channel's own id for whoever is talking.")));
}

PG_FUNCTION_INFO_V1(identify);

Datum
identify(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *bot = required_text(fcinfo, 0, "bot");
	BotPolicy  *policy = access_check(bot, ACCESS_CAPTURE);
	char	   *channel_name = required_text(fcinfo, 1, "channel");
	const Channel *channel = find_channel(&policy, channel_name);
	Given		given = {0};
	Capture		result;
	Datum		answer;

	if (channel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_UNKNOWN_CHANNEL),
				 errmsg("channel \"%s\" of bot \"%s\" does not exist",
						clip_value(channel_name, strlen(channel_name)), bot),
				 errhint("Add it with user360.add_channel().")));
	given.raw_sender = required_text(fcinfo, 2, "sender");
	refuse_blank_sender(given.raw_sender);

	store_connect();
	if (!PG_ARGISNULL(3))
		given_add_jsonb(&given, PG_GETARG_JSONB_P(3));
	given_read(&given, policy, channel);
	result = capture(&given);
	answer = identification(fcinfo, caller, given.policy, &result);
	store_finish();
	PG_RETURN_DATUM(answer);
}
