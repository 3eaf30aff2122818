/*
 * userIds: from a value to the key, by the bot's policy.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "identity/userid.h"
#include "store/access.h"
#include "store/errors.h"
#include "text/blocked.h"
#include "text/unicode.h"

static bool
is_blocked(const BotPolicy *policy, const char *value)
{
	if (value_is_blocked(value, strlen(value)))
		return true;
	for (int i = 0; i < policy->options.nblocked; i++)
	{
		const char *pattern = policy->options.blocked_patterns[i];

		if (value_matches_pattern(value, strlen(value), pattern, strlen(pattern)))
			return true;
	}
	return false;
}

bool
userid_allowed(const BotPolicy *policy, const char *value, Problems *problems)
{
	Problem		problem = {.sqlstate = ERRCODE_U360_BLOCKED_VALUE, .property = "userId"};

	if (!is_blocked(policy, value))
		return true;
	problem.value = clip_value(value, strlen(value));
	problem.message = psprintf("value \"%s\" is blocked as a userId", problem.value);
	problem.detail = "Placeholders such as null, test or 0000 would make one customer of many.";
	problem.hint = "Leave the userId out while it is not known.";
	problem_report(problems, problem);
	return false;
}

char *
userid_normalize(const BotPolicy *policy, const char *value, Problems *problems)
{
	Problem		problem = {.sqlstate = 0, .property = "userId"};
	const char *reason;
	char	   *userid = NULL;

	problem.value = clip_value(value, strlen(value));
	if (policy->userid == NULL)
	{
		problem.sqlstate = ERRCODE_U360_NO_USERID_PROPERTY;
		problem.message = psprintf("bot \"%s\" has no userId property", policy->bot);
		problem.hint = "Choose one with user360.set_userid_property().";
		problem_report(problems, problem);
		return NULL;
	}
	if (!userid_allowed(policy, value, problems))
		return NULL;

	reason = property_normalize(policy, policy->userid, value, strlen(value), &userid);
	if (reason != NULL)
	{
		problem.sqlstate = ERRCODE_U360_INVALID_USERID;
		problem.message = psprintf("value \"%s\" can't be a userId", problem.value);
		problem.detail = psprintf("As a value of type %s: %s.", property_type_name(policy->userid->type), reason);
		problem.hint = psprintf("The userIds of this bot are values of its property \"%s\".", policy->userid->name);
		problem_report(problems, problem);
		return NULL;
	}
	return userid_allowed(policy, userid, problems) ? userid : NULL;
}

PG_FUNCTION_INFO_V1(normalize_userid);

Datum
normalize_userid(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy;
	char	   *value;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	policy = access_check(text_to_cstring(PG_GETARG_TEXT_PP(0)), ACCESS_CAPTURE);
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	value = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (text_is_blank(value, strlen(value)))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(userid_normalize(policy, value, NULL)));
}
