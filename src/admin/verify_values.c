/*
 * verify(): what one profile holds, by the policy of today.
 */
#include "postgres.h"

#include "admin/verify.h"
#include "identity/lookalike.h"
#include "identity/userid.h"
#include "store/json.h"

typedef struct ValueCheck
{
	Verifier   *verifier;
	const BotPolicy *policy;
	Profile    *profile;
	bool		in_own;			/* among the own values, else in the row */
	bool		readable;
} ValueCheck;

static void
check_userid(ValueCheck *check)
{
	Problems	problems = {0};
	const char *userid = check->profile->userid;
	char	   *today = userid_normalize(check->policy, userid, &problems);

	if (today != NULL && strcmp(today, userid) == 0)
		return;
	if (today != NULL)
		verify_report(check->verifier, "userid", check->policy->bot, &check->profile->id,
					  "\"%s\" would be \"%s\" today", userid, today);
	else
		verify_report(check->verifier, "userid", check->policy->bot, &check->profile->id,
					  "%s: %s", problems.list[0].message, problems.list[0].detail);
}

static bool
is_userid_property(const ValueCheck *check, const Property *property)
{
	return check->profile->userid != NULL && check->policy->userid != NULL &&
		strcmp(check->policy->userid->name, property->name) == 0;
}

/*
 * Phones and addresses.  A userId is judged as such; until it is one, the
 * value of the userId property has the form of any other.
 */
static void
check_canonical(ValueCheck *check, const Property *property, const char *value)
{
	Property	plain = *property;
	char	   *today = NULL;
	const char *reason;

	if (is_userid_property(check, property))
		return;
	plain.name = "";
	reason = property_normalize(check->policy, &plain, value, strlen(value), &today);
	if (reason != NULL)
		verify_report(check->verifier, "value", check->policy->bot, &check->profile->id,
					  "%s \"%s\" is refused today: %s", property->name, value, reason);
	else if (strcmp(today, value) != 0)
		verify_report(check->verifier, "value", check->policy->bot, &check->profile->id,
					  "%s \"%s\" would be \"%s\" today", property->name, value, today);
}

/* The property of a key of custom or own; NULL after it was reported. */
static const Property *
find_property(ValueCheck *check, const char *key)
{
	const Property *property = policy_property(check->policy, key);

	/* Defined after this policy was read. */
	if (property == NULL)
		property = policy_property(policy_get_fresh(check->policy->bot), key);
	if (property != NULL && (check->in_own || property->system == CUSTOM_PROPERTY))
		return property;
	verify_report(check->verifier, "unknown_property", check->policy->bot, &check->profile->id,
				  property != NULL ? "%s\"%s\" is a system property" : "%s\"%s\" is not defined",
				  check->in_own ? "own " : "", key);
	check->readable = false;
	return NULL;
}

static bool
is_address(PropertyType type)
{
	return type == PROPERTY_EMAIL || type == PROPERTY_PHONE;
}

/* As it is stored: the others are not judged. */
static bool
is_of_type(const JsonbValue *json, PropertyType type)
{
	if (type == PROPERTY_NUMBER)
		return json->type == jbvNumeric;
	return !is_address(type) || json->type == jbvString;
}

static void
check_pair(const char *key, const JsonbValue *json, void *context)
{
	ValueCheck *check = context;
	const Property *property;

	if (check->in_own && key[0] == '@')
		return;
	property = find_property(check, key);
	if (property == NULL || (check->in_own && json->type == jbvNull))
		return;
	if (!is_of_type(json, property->type))
	{
		verify_report(check->verifier, "value", check->policy->bot, &check->profile->id,
					  "%s%s is not of type %s", check->in_own ? "own " : "", key, property_type_name(property->type));
		check->readable = false;
	}
	else if (!check->in_own && is_address(property->type))
		check_canonical(check, property, json_scalar_text(json));
}

static void
check_object(ValueCheck *check, Jsonb *object, bool in_own)
{
	if (object == NULL)
		return;
	check->in_own = in_own;
	if (!JB_ROOT_IS_OBJECT(object))
	{
		verify_report(check->verifier, "value", check->policy->bot, &check->profile->id,
					  "its %s values are not a JSON object", in_own ? "own" : "custom");
		check->readable = false;
	}
	else if (JB_ROOT_COUNT(object) > 0)
		json_visit(object, check_pair, check);
}

/* The userId property of an identified profile is its userId. */
static void
check_userid_property(ValueCheck *check)
{
	const Property *property = check->policy->userid;
	const Value *value = property->system != CUSTOM_PROPERTY ? &check->profile->values.system[property->system] : NULL;
	char	   *text = value == NULL ? json_get_text(check->profile->custom, property->name) :
		value->kind == VALUE_TEXT ? value->text : NULL;

	if (text == NULL)
		verify_report(check->verifier, "userid_property", check->policy->bot, &check->profile->id,
					  "userId \"%s\" is not in property %s", check->profile->userid, property->name);
	else if (strcmp(text, check->profile->userid) != 0)
		verify_report(check->verifier, "userid_property", check->policy->bot, &check->profile->id,
					  "userId \"%s\" is \"%s\" in property %s", check->profile->userid, text, property->name);
}

static void
check_lookalike(ValueCheck *check, const int64 *skeleton_hash)
{
	const char *userid = check->profile->userid;
	const char *reason;
	int64		hash = 0;
	bool		has_hash = userid != NULL && lookalike_hash(check->policy, userid, &hash);

	if (has_hash != (skeleton_hash != NULL) || (has_hash && hash != *skeleton_hash))
		verify_report(check->verifier, "skeleton", check->policy->bot, &check->profile->id,
					  "the hash of the userId's skeleton is not what it is today");
	if (!has_hash || check->policy->options.lookalike == LOOKALIKE_OFF)
		return;
	reason = lookalike_mixed(check->policy, userid);
	if (reason != NULL)
		verify_report(check->verifier, "lookalike", check->policy->bot, &check->profile->id,
					  "\"%s\": %s", userid, reason);
}

bool
verify_values(Verifier *verifier, const BotPolicy *policy, Profile *profile, const int64 *skeleton_hash)
{
	static const SystemProperty addresses[] = {PHONE, EMAIL};
	ValueCheck	check = {.verifier = verifier, .policy = policy, .profile = profile, .readable = true};

	for (int i = 0; i < (int) lengthof(addresses); i++)
	{
		const Value *value = &profile->values.system[addresses[i]];

		if (value->kind == VALUE_TEXT)
			check_canonical(&check, &system_properties[addresses[i]], value->text);
	}
	check_object(&check, profile->custom, false);
	check_object(&check, profile->own, true);
	if (policy->userid == NULL)
		return check.readable;
	if (profile->userid != NULL)
	{
		check_userid(&check);
		check_userid_property(&check);
	}
	check_lookalike(&check, skeleton_hash);
	return check.readable;
}
