/*
 * Bots: creating them and setting their policy.
 *
 * Each change holds the bot's lock exclusively, so that no capture is giving
 * out a userId by the old policy meanwhile.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "store/access.h"
#include "store/argument.h"
#include "store/bot.h"
#include "store/errors.h"
#include "store/lock.h"
#include "store/plan.h"
#include "store/problem.h"
#include "text/phone.h"
#include "text/unicode.h"

static StorePlan insert_bot = {
	.sql = "INSERT INTO user360.bot (bot, platform, default_region) VALUES ($1, $2, $3) "
	"ON CONFLICT (bot) DO NOTHING",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan write_userid_property = {
	.sql = "UPDATE user360.bot SET userid_property = $2 WHERE bot" EQ "$1",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan write_default_region = {
	.sql = "UPDATE user360.bot SET default_region = $2 WHERE bot" EQ "$1",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan write_option = {
	.sql = "UPDATE user360.bot SET options = CASE WHEN $3 IS NULL THEN options OPERATOR(pg_catalog.-) $2 "
	"ELSE options OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object($2, $3) END WHERE bot" EQ "$1",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan insert_channel = {
	.sql = "INSERT INTO user360.channel (bot, channel, kind, sender_form) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (bot, channel) DO NOTHING",
	.nargs = 4, .argtypes = {TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan insert_property = {
	.sql = "INSERT INTO user360.property (bot, property, type, merge_rule) VALUES ($1, $2, $3, $4)",
	.nargs = 4, .argtypes = {TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan find_userid = {
	.sql = "SELECT 1 FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.userid IS NOT NULL LIMIT 1",
	.nargs = 1, .argtypes = {TEXTOID}
};

/* Writes up to four texts; NULL is NULL. */
static uint64
write_texts(StorePlan *plan, const char *a, const char *b, const char *c, const char *d)
{
	const char *texts[4] = {a, b, c, d};
	Datum		values[4];
	char		nulls[4];

	for (int i = 0; i < plan->nargs; i++)
		plan_set_text(values, nulls, i, texts[i]);
	return store_write(plan, values, nulls);
}

/* A change of the bot's own row, which a transaction of old may not see. */
static void
write_bot(StorePlan *plan, const char *bot, const char *b, const char *c)
{
	if (write_texts(plan, bot, b, c, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent change of bot \"%s\"", bot),
				 errhint("Run the transaction again.")));
	policy_changed();
}

bool
name_fits(const char *name)
{
	return pg_mbstrlen(name) <= MAX_NAME_CHARS && !text_is_blank(name, strlen(name)) &&
		strcmp(name, "*") != 0 && name[0] != '@';
}

static void
check_name(const char *name, const char *what)
{
	if (!name_fits(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" can't be the name of a %s", clip_value(name, strlen(name)), what),
				 errdetail("A name has 1 to %d characters, is not \"*\" and does not start with \"@\".", MAX_NAME_CHARS)));
}

static void
refuse_if_userids_exist(const BotPolicy *policy, const char *change)
{
	Datum		values[1] = {policy->bot_datum};

	if (store_read_latest(&find_userid, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_USERIDS_EXIST),
				 errmsg("%s of bot \"%s\" can't be changed", change, policy->bot),
				 errdetail("Profiles of this bot have userIds already, and a userId never changes."),
				 errhint("Choose it while no profile has a userId, or use another bot.")));
}

static bool
has_email_channel(const BotPolicy *policy)
{
	for (int i = 0; i < policy->nchannels; i++)
	{
		if (policy->channels[i].is_email)
			return true;
	}
	return false;
}

static const Property *
existing_property(const BotPolicy *policy, const char *name)
{
	const Property *property = policy_property(policy, name);

	if (property == NULL && strcmp(name, "userId") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_UNKNOWN_PROPERTY),
				 errmsg("property \"%s\" of bot \"%s\" does not exist", name, policy->bot),
				 errhint("Define it with user360.define_property(), then call set_userid_property().")));
	return property;
}

static void
check_userid_property(const BotPolicy *policy, const Property *property, const char *name)
{
	if (property == NULL || !property_type_fits_userid(property->type) ||
		(property->system != CUSTOM_PROPERTY && property->system != EMAIL && property->system != PHONE))
		ereport(ERROR,
				(errcode(ERRCODE_U360_NOT_A_USERID_PROPERTY),
				 errmsg("property \"%s\" can't be the userId", name),
				 errdetail("A userId is email, phone, or a custom property of type string, number, email or phone."),
				 errhint("Define a property of such a type with user360.define_property().")));
	if (has_email_channel(policy) && property->type != PROPERTY_EMAIL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_EMAIL_CHANNEL),
				 errmsg("property \"%s\" can't be the userId of bot \"%s\"", name, policy->bot),
				 errdetail("The bot has an e-mail channel, where the sender's address is the userId."),
				 errhint("Choose a property of type email.")));
}

static void
choose_userid_property(BotPolicy *policy, const char *name)
{
	const Property *property = name != NULL ? existing_property(policy, name) : NULL;

	if (policy->userid != NULL && name != NULL && strcmp(policy->userid->name, name) == 0)
		return;
	refuse_if_userids_exist(policy, "the userId property");
	if (name != NULL)
		check_userid_property(policy, property, name);
	else if (has_email_channel(policy))
		ereport(ERROR,
				(errcode(ERRCODE_U360_EMAIL_CHANNEL),
				 errmsg("bot \"%s\" needs a userId property", policy->bot),
				 errdetail("The bot has an e-mail channel, where the sender's address is the userId."),
				 errhint("Choose a property of type email.")));
	write_bot(&write_userid_property, policy->bot, name, NULL);
}

static void
refuse_email_channel(const BotPolicy *policy, const char *channel)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_EMAIL_CHANNEL),
			 errmsg("channel \"%s\" of kind email can't be added to bot \"%s\"", channel, policy->bot),
			 errdetail("On an e-mail channel the sender's address is the userId, and the userId property of this bot is \"%s\".",
					   policy->userid->name),
			 errhint("Add it as a channel of kind chat, or use a bot whose userId property is of type email.")));
}

static void
refuse_channel(const char *bot, const char *channel, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("channel \"%s\" of bot \"%s\" exists already", channel, bot),
			 errdetail("%s", detail),
			 errhint("A channel keeps its kind and the form of its senders; choose another name.")));
}

static void
add_channel_to_bot(const char *bot, const char *channel, bool is_email, bool phone_senders)
{
	BotPolicy  *policy = bot_lock(bot, true);
	const Channel *existing = policy_channel(policy, channel);

	if (existing != NULL)
	{
		if (existing->is_email != is_email || existing->phone_senders != phone_senders)
			refuse_channel(bot, channel, psprintf("It is of kind %s%s.", existing->is_email ? "email" : "chat",
												  existing->phone_senders ? " with phone numbers as senders" : ""));
		return;
	}
	if (is_email && policy->userid != NULL && policy->userid->type != PROPERTY_EMAIL)
		refuse_email_channel(policy, channel);
	if (is_email && policy->userid == NULL)
		choose_userid_property(policy, "email");
	if (write_texts(&insert_channel, bot, channel, is_email ? "email" : "chat", phone_senders ? "phone" : NULL) == 0)
		refuse_channel(bot, channel, "It was added just now.");
	policy_changed();
}

/* kind NULL: a channel called email is of kind email, any other a chat. */
static void
add_channel_of_kind(const char *bot, const char *channel, const char *kind, const char *sender_form)
{
	bool		is_email;

	check_name(channel, "channel");
	if (kind == NULL)
		kind = strcmp(channel, "email") == 0 ? "email" : "chat";
	is_email = strcmp(kind, "email") == 0;
	if (!is_email && strcmp(kind, "chat") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("kind \"%s\" of a channel does not exist", kind),
				 errhint("The kinds are chat and email.")));
	if (sender_form != NULL && (is_email || strcmp(sender_form, "phone") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sender_form \"%s\" does not fit a channel of kind %s", sender_form, kind),
				 errhint("Leave it out, or use phone on a channel of kind chat.")));
	add_channel_to_bot(bot, channel, is_email, sender_form != NULL);
}

static void
check_platform(const char *bot, const char *platform)
{
	if (strcmp(platform, "app") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_APP_PLATFORM),
				 errmsg("bot \"%s\" of platform app can't use user360", bot),
				 errdetail("The integration of Inbox and User360 is for cloud bots."),
				 errhint("Create the bot with platform cloud.")));
	if (strcmp(platform, "cloud") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("platform \"%s\" does not exist", platform),
				 errhint("The platform is cloud.")));
}

static void
check_region(const char *region)
{
	if (!phone_region_exists(region, strlen(region)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("region \"%s\" does not exist", region),
				 errdetail("A region is two capital letters of ISO 3166, such as IN.")));
}

static void
add_channels(const char *bot, ArrayType *channels)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;

	deconstruct_array(channels, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a channel's name must not be null")));
		add_channel_of_kind(bot, TextDatumGetCString(names[i]), NULL, NULL);
	}
}

PG_FUNCTION_INFO_V1(create_bot);

Datum
create_bot(PG_FUNCTION_ARGS)
{
	char	   *bot = required_text(fcinfo, 0, "bot");
	char	   *property = optional_text(fcinfo, 1);
	char	   *region = optional_text(fcinfo, 3);
	char	   *platform = PG_ARGISNULL(4) ? "cloud" : required_text(fcinfo, 4, "platform");

	if (!access_to_every_bot(GetUserId(), ACCESS_ENGAGEMENT_ADMIN))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to create a bot"),
				 errdetail("This needs the access level \"engagement_admin\" on bot \"*\".")));
	check_name(bot, "bot");
	store_connect();
	bot_lock(bot, true);
	if (policy_get_fresh(bot)->exists)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("bot \"%s\" exists already", bot),
				 errhint("Choose another name.")));
	check_platform(bot, platform);
	if (region != NULL)
		check_region(region);

	if (write_texts(&insert_bot, bot, platform, region, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("bot \"%s\" exists already", bot),
				 errhint("Choose another name.")));
	policy_changed();
	if (property != NULL)
		choose_userid_property(policy_get(bot), property);
	if (!PG_ARGISNULL(2))
		add_channels(bot, PG_GETARG_ARRAYTYPE_P(2));
	store_finish();
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(set_userid_property);

Datum
set_userid_property(PG_FUNCTION_ARGS)
{
	char	   *bot = required_text(fcinfo, 0, "bot");
	char	   *property = optional_text(fcinfo, 1);

	access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	store_connect();
	choose_userid_property(bot_lock(bot, true), property);
	store_finish();
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(add_channel);

Datum
add_channel(PG_FUNCTION_ARGS)
{
	char	   *bot = required_text(fcinfo, 0, "bot");
	char	   *channel = required_text(fcinfo, 1, "channel");

	access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	store_connect();
	add_channel_of_kind(bot, channel, optional_text(fcinfo, 2), optional_text(fcinfo, 3));
	store_finish();
	PG_RETURN_VOID();
}

static void
check_definition(const char *name, PropertyType type, const char *type_name, const char *rule_name)
{
	MergeRule	rule;

	check_name(name, "property");
	if (strcmp(name, "userId") == 0 || system_property(name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("property \"%s\" is a system property", name),
				 errhint("Choose another name.")));
	if (!merge_rule_from_name(rule_name, &rule) || (rule == MERGE_UNION && type != PROPERTY_LIST))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("merge rule \"%s\" does not fit a property of type %s", rule_name, type_name),
				 errhint("The rules are keep, latest and, for lists, union.")));
}

/* True where it is defined just so already. */
static bool
is_defined(const BotPolicy *policy, const char *name, const char *type_name, const char *rule_name)
{
	const Property *existing = policy_property(policy, name);

	if (existing == NULL)
		return false;
	if (strcmp(property_type_name(existing->type), type_name) != 0 ||
		strcmp(merge_rule_name(existing->rule), rule_name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("property \"%s\" of bot \"%s\" is of type %s with merge rule %s", name, policy->bot,
						property_type_name(existing->type), merge_rule_name(existing->rule)),
				 errdetail("A property's type and merge rule never change."),
				 errhint("Define another property.")));
	return true;
}

PG_FUNCTION_INFO_V1(define_property);

Datum
define_property(PG_FUNCTION_ARGS)
{
	char	   *bot = required_text(fcinfo, 0, "bot");
	char	   *name = required_text(fcinfo, 1, "property");
	char	   *type_name = required_text(fcinfo, 2, "type");
	char	   *rule_name = PG_ARGISNULL(3) ? "keep" : required_text(fcinfo, 3, "merge_rule");
	PropertyType type;
	BotPolicy  *policy;

	access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	if (!property_type_from_name(type_name, &type))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type \"%s\" of a property does not exist", type_name),
				 errhint("The types are string, number, time, date, datetime, list, boolean, phone, url and email.")));
	check_definition(name, type, type_name, rule_name);

	store_connect();
	policy = bot_lock(bot, true);
	if (!is_defined(policy, name, type_name, rule_name))
	{
		if (policy->nproperties >= MAX_CUSTOM_PROPERTIES)
			ereport(ERROR,
					(errcode(ERRCODE_U360_TOO_MANY_PROPERTIES),
					 errmsg("bot \"%s\" has %d custom properties already", bot, policy->nproperties),
					 errdetail("A bot has at most %d.", MAX_CUSTOM_PROPERTIES),
					 errhint("Use one of those that it has.")));
		write_texts(&insert_property, bot, name, type_name, rule_name);
		policy_changed();
	}
	store_finish();
	PG_RETURN_VOID();
}

static void
check_option_value(const char *option, const char *value)
{
	BotOptions	scratch = {0};

	if (!option_set(&scratch, option, value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value \"%s\" does not fit option \"%s\"", value, option),
				 errhint("It takes %s.", option_values(option))));
}

PG_FUNCTION_INFO_V1(set_option);

Datum
set_option(PG_FUNCTION_ARGS)
{
	char	   *bot = required_text(fcinfo, 0, "bot");
	char	   *option = required_text(fcinfo, 1, "option");
	char	   *value = optional_text(fcinfo, 2);
	BotPolicy  *policy;

	access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	if (!option_exists(option))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" does not exist", option),
				 errhint("The options are listed by the comment on user360.set_option().")));
	store_connect();
	policy = bot_lock(bot, true);
	if (option_shapes_key(option))
		refuse_if_userids_exist(policy, psprintf("option \"%s\"", option));
	if (value != NULL)
		check_option_value(option, value);
	if (strcmp(option, "default_region") == 0)
		write_bot(&write_default_region, bot, value, NULL);
	else
		write_bot(&write_option, bot, option, value);
	store_finish();
	PG_RETURN_VOID();
}
