/*
 * Reading what a capture was given.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "identity/given.h"
#include "identity/userid.h"
#include "store/errors.h"
#include "store/json.h"
#include "text/email.h"
#include "text/phone.h"
#include "text/unicode.h"

void
given_add(Given *given, const char *name, Value value)
{
	given->raw = given->raw == NULL ? palloc(sizeof(RawValue)) :
		repalloc(given->raw, sizeof(RawValue) * (given->nraw + 1));
	given->raw[given->nraw].name = name;
	given->raw[given->nraw].value = value;
	given->nraw++;
}

static void
add_pair(const char *key, const JsonbValue *json, void *context)
{
	given_add((Given *) context, key, json_to_value(json));
}

void
given_add_jsonb(Given *given, Jsonb *properties)
{
	if (!JB_ROOT_IS_OBJECT(properties))
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("properties are not a JSON object"),
				 errhint("Give them as {\"firstName\": \"Asha\", \"phone\": \"+919000500000\"}.")));
	json_visit(properties, add_pair, given);
}

char *
short_key(const char *key)
{
	size_t		length = strlen(key);
	bytea	   *digest;
	StringInfoData result;

	if (length <= KEY_BYTES)
		return (char *) key;
	digest = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
												 PointerGetDatum(cstring_to_text(key))));
	initStringInfo(&result);
	appendBinaryStringInfo(&result, key, pg_mbcliplen(key, length, 190));
	appendStringInfoString(&result, "…");
	for (size_t i = 0; i < VARSIZE_ANY_EXHDR(digest); i++)
		appendStringInfo(&result, "%02x", ((unsigned char *) VARDATA_ANY(digest))[i]);
	return result.data;
}

static bool
is_blank(const char *text)
{
	return text_is_blank(text, strlen(text));
}

static void
report_value(Given *given, const Property *property, const char *raw, const char *reason)
{
	Problem		problem = {.sqlstate = ERRCODE_U360_INVALID_VALUE, .property = property->name};

	problem.value = clip_value(raw, strlen(raw));
	problem.message = psprintf("value \"%s\" does not fit property \"%s\"", problem.value, property->name);
	problem.detail = psprintf("As a value of type %s: %s.", property_type_name(property->type), reason);
	problem.hint = "Leave the property out while no value that fits is known.";
	problem_report(given->problems, problem);
}

static bool
differs_from_typed(const char *raw, const char *canonical)
{
	size_t		length = strlen(raw);

	text_trim(&raw, &length);
	return length != strlen(canonical) || strncmp(raw, canonical, length) != 0;
}

static char *
trimmed(const char *raw)
{
	size_t		length = strlen(raw);

	text_trim(&raw, &length);
	return pnstrdup(raw, length);
}

/* The text as it was typed stays known where the value is another, or none. */
static void
remember_typed(Given *given, const Property *property, const char *raw, const char *canonical)
{
	if (property->system != EMAIL && property->system != PHONE)
		return;
	if (canonical == NULL || differs_from_typed(raw, canonical))
	{
		char	   *typed = trimmed(raw);

		/* What could be read is an address and short enough by nature. */
		if (canonical == NULL)
			typed[pg_mbcliplen(typed, strlen(typed), EMAIL_MAX)] = '\0';
		given->as_typed[property->system] = typed;
	}
}

static void
read_text(Given *given, const Property *property, const char *raw)
{
	char	   *canonical = NULL;
	const char *reason;

	if (raw == NULL || is_blank(raw))
		return;
	reason = property_normalize(given->policy, property, raw, strlen(raw), &canonical);
	if (reason != NULL)
		report_value(given, property, raw, reason);
	else
		*property_slot(&given->values, property, true) = text_value(canonical);
	remember_typed(given, property, raw, canonical);
}

/* Blank items and repeated ones are left out; one text is a list of one. */
static void
read_list(Given *given, const Property *property, const Value *raw)
{
	Value		list = {.kind = VALUE_LIST};
	int			n = raw->kind == VALUE_LIST ? raw->nitems : 1;

	if (n > MAX_LIST_ITEMS)
	{
		report_value(given, property, "[…]", psprintf("it has more than %d items", MAX_LIST_ITEMS));
		return;
	}
	list.items = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const char *item = raw->kind == VALUE_LIST ? raw->items[i] : raw->text;
		char	   *canonical = NULL;
		const char *reason;
		bool		repeated = false;

		if (item == NULL || is_blank(item))
			continue;
		reason = property_normalize(given->policy, property, item, strlen(item), &canonical);
		if (reason != NULL)
		{
			report_value(given, property, item, reason);
			continue;
		}
		for (int j = 0; j < list.nitems && !repeated; j++)
			repeated = strcmp(list.items[j], canonical) == 0;
		if (!repeated)
			list.items[list.nitems++] = canonical;
	}
	if (list.nitems > 0)
		*property_slot(&given->values, property, true) = list;
}

static void
find_property(Given *given, const char *name)
{
	const Property *property = policy_property(given->policy, name);
	Problem		problem = {.sqlstate = ERRCODE_U360_UNKNOWN_PROPERTY, .property = name};

	if (property == NULL)
	{
		given->policy = policy_get_fresh(given->policy->bot);
		property = policy_property(given->policy, name);
	}
	if (property == NULL)
	{
		problem.message = psprintf("property \"%s\" does not exist", clip_value(name, strlen(name)));
		problem.detail = psprintf("It is neither a system property nor one that bot \"%s\" has defined.", given->policy->bot);
		problem.hint = "Define it with user360.define_property().";
		problem_report(given->problems, problem);
	}
}

static void
read_value(Given *given, const RawValue *raw)
{
	const Property *property = policy_property(given->policy, raw->name);

	if (property == NULL || raw->value.kind == VALUE_CLEARED)
		return;
	if (raw->value.kind == VALUE_OBJECT)
	{
		Problem		problem = {.sqlstate = ERRCODE_U360_INVALID_VALUE, .property = raw->name};

		problem.message = psprintf("property \"%s\" is an object", raw->name);
		problem.detail = "A property's value is a string, a number, a boolean, null, or an array of these.";
		problem.hint = "Give each part of the object as a property of its own.";
		problem_report(given->problems, problem);
	}
	else if (property->system == LAST_CHANNEL)
	{
		Problem		problem = {.sqlstate = ERRCODE_U360_INVALID_VALUE, .property = raw->name};

		problem.message = "property \"lastChannel\" can't be given";
		problem.detail = "It is the channel of the last capture.";
		problem.hint = "Leave it out.";
		problem_report(given->problems, problem);
	}
	else if (property->type == PROPERTY_LIST)
		read_list(given, property, &raw->value);
	else if (raw->value.kind == VALUE_LIST)
		report_value(given, property, "[…]", "it is a list");
	else
		read_text(given, property, raw->value.text);
}

static void
report_difference(Given *given, int sqlstate, const char *one, const char *other, const char *detail,
				  const char *hint)
{
	Problem		problem = {.sqlstate = sqlstate, .property = "userId"};

	problem.value = clip_value(other, strlen(other));
	problem.message = psprintf("userId \"%s\" and userId \"%s\" are given at once", one, problem.value);
	problem.detail = detail;
	problem.hint = hint;
	problem_report(given->problems, problem);
}

static bool
is_userid_name(const Given *given, const char *name)
{
	return strcmp(name, "userId") == 0 ||
		(given->policy->userid != NULL && strcmp(name, given->policy->userid->name) == 0);
}

/* A blocked value is no address that anybody should see. */
static bool
is_placeholder(const Given *given, const char *value)
{
	Problems	ignored = {0};

	return !userid_allowed(given->policy, value, &ignored);
}

/* userId may come under its own name and under that of the bot's property. */
static void
read_userid(Given *given)
{
	for (int i = 0; i < given->nraw; i++)
	{
		const RawValue *raw = &given->raw[i];
		char	   *userid;

		if (!is_userid_name(given, raw->name))
			continue;
		if (raw->value.kind == VALUE_LIST || raw->value.kind == VALUE_OBJECT)
		{
			Problem		problem = {.sqlstate = ERRCODE_U360_INVALID_USERID, .property = "userId"};

			problem.message = psprintf("%s can't be a userId", raw->value.kind == VALUE_LIST ? "a list" : "an object");
			problem.detail = "A customer has one userId.";
			problem.hint = "Give the one value by which the customer is known.";
			problem_report(given->problems, problem);
			continue;
		}
		if (raw->value.kind != VALUE_TEXT || is_blank(raw->value.text))
			continue;
		userid = userid_normalize(given->policy, raw->value.text, given->problems);
		if (given->policy->userid != NULL && (userid != NULL || !is_placeholder(given, raw->value.text)))
			remember_typed(given, given->policy->userid, raw->value.text, userid);
		if (userid == NULL)
			continue;
		if (given->userid != NULL && strcmp(given->userid, userid) != 0)
		{
			report_difference(given, ERRCODE_U360_INVALID_USERID, given->userid, userid,
							  "The userId and the bot's userId property are one and the same.",
							  "Give one of them, or the same value in both.");
			given->userid = NULL;	/* neither, where it is collected */
			return;
		}
		given->userid = userid;
	}
}

/* Another userId beside the sender's address, whether or not it is a good one. */
static void
refuse_other_userid(Given *given, const char *address)
{
	Problems	ignored = {0};

	for (int i = 0; i < given->nraw; i++)
	{
		const RawValue *raw = &given->raw[i];
		char	   *userid;

		if (!is_userid_name(given, raw->name) || raw->value.kind == VALUE_CLEARED ||
			(raw->value.kind == VALUE_TEXT && is_blank(raw->value.text)))
			continue;
		userid = raw->value.kind == VALUE_TEXT ?
			userid_normalize(given->policy, raw->value.text, &ignored) : NULL;
		if (address == NULL || userid == NULL || strcmp(address, userid) != 0)
			report_difference(given, ERRCODE_U360_EMAIL_CHANNEL, clip_value(given->sender, strlen(given->sender)),
							  raw->value.kind == VALUE_TEXT ? raw->value.text : "[…]",
							  "On an e-mail channel the sender's address is the userId.",
							  "Leave the userId out, or capture it on the channel where it was given.");
	}
}

/* On a channel of kind e-mail the sender is the userId. */
static void
read_email_sender(Given *given, const char *raw)
{
	Problems	ignored = {0};
	char	   *address;

	given->sender = trimmed(raw);
	if (given->policy->userid == NULL)
		return;

	/* Not raised: an address that can't be used stays an unidentified sender. */
	address = userid_normalize(given->policy, raw,
							   given->problems != NULL ? given->problems : &ignored);
	refuse_other_userid(given, address);
	if (address != NULL || !is_placeholder(given, raw))
		remember_typed(given, &system_properties[EMAIL], raw, address);
	if (address == NULL)
		return;
	given->sender = address;
	given->userid = address;
	given->values.system[EMAIL] = text_value(address);
}

static void
read_phone_sender(Given *given, const char *raw)
{
	char		phone[PHONE_MAX];
	size_t		length;
	const char *region;
	Problems	ignored = {0};

	given->sender = trimmed(raw);

	/* Digits without a plus are a number with its calling code only where
	 * that makes a valid one. */
	if (phone_normalize(raw, strlen(raw), NULL,
						PHONE_ALWAYS_INTERNATIONAL | (strchr(raw, '+') == NULL ? PHONE_MUST_BE_VALID : 0),
						phone, &length) != NULL)
		return;
	given->sender_phone = given->sender = pnstrdup(phone, length);
	region = phone_region(phone, length);
	if (region != NULL)
		given->sender_country = region;

	/* Where the phone is the userId, a sender by phone has it. */
	if (given->policy->userid == &system_properties[PHONE] && given->userid == NULL &&
		userid_allowed(given->policy, given->sender_phone, &ignored))
	{
		given->userid = given->sender_phone;
		given->userid_from_sender = true;
	}
}

/* Refusals come in their order: what does not exist, then what an e-mail
 * channel does not take, then values. */
static void
read_identity(Given *given)
{
	const char *raw = given->raw_sender;

	for (int i = 0; i < given->nraw; i++)
	{
		if (strcmp(given->raw[i].name, "userId") != 0)
			find_property(given, given->raw[i].name);
	}
	if (raw != NULL && is_blank(raw))
		raw = NULL;
	if (raw != NULL && given->channel != NULL && given->channel->is_email)
		read_email_sender(given, raw);
	else
		read_userid(given);
	if (raw != NULL && given->channel != NULL && given->channel->phone_senders)
		read_phone_sender(given, raw);
	else if (raw != NULL && given->sender == NULL)
		given->sender = trimmed(raw);
	if (given->sender != NULL)
		given->sender = short_key(given->sender);
}

void
given_read(Given *given, BotPolicy *policy, const Channel *channel)
{
	given->policy = policy;
	given->channel = channel;
	given->sender = given->userid = given->sender_phone = given->sender_country = NULL;
	given->userid_from_sender = false;
	memset(&given->values, 0, sizeof(given->values));
	memset(given->as_typed, 0, sizeof(given->as_typed));
	if (given->problems != NULL)
		given->problems->n = 0;

	read_identity(given);
	for (int i = 0; i < given->nraw; i++)
	{
		if (!is_userid_name(given, given->raw[i].name))
			read_value(given, &given->raw[i]);
	}
	if (given->userid != NULL)
		*property_slot(&given->values, given->policy->userid, true) = text_value((char *) given->userid);
}
