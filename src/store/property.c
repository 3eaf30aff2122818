/*
 * The system properties, the types, and the canonical form of a value.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "store/policy.h"
#include "store/property.h"
#include "text/datetime.h"
#include "text/email.h"
#include "text/identifier.h"
#include "text/number.h"
#include "text/phone.h"
#include "text/unicode.h"
#include "text/url.h"

const Property system_properties[SYSTEM_PROPERTIES] = {
	[FIRST_NAME] = {"firstName", PROPERTY_STRING, MERGE_KEEP, FIRST_NAME},
	[LAST_NAME] = {"lastName", PROPERTY_STRING, MERGE_KEEP, LAST_NAME},
	[PHONE] = {"phone", PROPERTY_PHONE, MERGE_KEEP, PHONE},
	[EMAIL] = {"email", PROPERTY_EMAIL, MERGE_KEEP, EMAIL},
	[LAST_CHANNEL] = {"lastChannel", PROPERTY_STRING, MERGE_SEEN, LAST_CHANNEL},
	[GENDER] = {"gender", PROPERTY_STRING, MERGE_KEEP, GENDER},
	[COUNTRY] = {"country", PROPERTY_STRING, MERGE_PLACE, COUNTRY},
	[CITY] = {"city", PROPERTY_STRING, MERGE_KEEP, CITY},
	[LANGUAGE] = {"language", PROPERTY_STRING, MERGE_KEEP, LANGUAGE},
	[TIMEZONE] = {"timezone", PROPERTY_STRING, MERGE_PLACE, TIMEZONE},
	[DOB] = {"dob", PROPERTY_DATE, MERGE_KEEP, DOB},
	[EMAIL_OPTIN] = {"emailOptin", PROPERTY_BOOLEAN, MERGE_KEEP, EMAIL_OPTIN},
	[SMS_OPTIN] = {"smsOptin", PROPERTY_BOOLEAN, MERGE_KEEP, SMS_OPTIN},
	[WHATSAPP_OPTIN] = {"whatsAppOptin", PROPERTY_BOOLEAN, MERGE_KEEP, WHATSAPP_OPTIN},
	[TAGS] = {"tags", PROPERTY_LIST, MERGE_UNION, TAGS},
};

static const char *const type_names[] = {
	[PROPERTY_STRING] = "string",
	[PROPERTY_NUMBER] = "number",
	[PROPERTY_TIME] = "time",
	[PROPERTY_DATE] = "date",
	[PROPERTY_DATETIME] = "datetime",
	[PROPERTY_LIST] = "list",
	[PROPERTY_BOOLEAN] = "boolean",
	[PROPERTY_PHONE] = "phone",
	[PROPERTY_URL] = "url",
	[PROPERTY_EMAIL] = "email",
};

/* Only these three are for users; the others belong to system properties. */
static const char *const rule_names[] = {
	[MERGE_KEEP] = "keep",
	[MERGE_LATEST] = "latest",
	[MERGE_UNION] = "union",
};

const Property *
system_property(const char *name)
{
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		if (strcmp(system_properties[i].name, name) == 0)
			return &system_properties[i];
	}
	return NULL;
}

bool
property_type_from_name(const char *name, PropertyType *type)
{
	for (int i = 0; i < (int) lengthof(type_names); i++)
	{
		if (strcmp(type_names[i], name) == 0)
		{
			*type = (PropertyType) i;
			return true;
		}
	}
	return false;
}

const char *
property_type_name(PropertyType type)
{
	return type_names[type];
}

bool
property_type_fits_userid(PropertyType type)
{
	return type == PROPERTY_STRING || type == PROPERTY_NUMBER ||
		type == PROPERTY_EMAIL || type == PROPERTY_PHONE;
}

bool
merge_rule_from_name(const char *name, MergeRule *rule)
{
	for (int i = 0; i < (int) lengthof(rule_names); i++)
	{
		if (strcmp(rule_names[i], name) == 0)
		{
			*rule = (MergeRule) i;
			return true;
		}
	}
	return false;
}

const char *
merge_rule_name(MergeRule rule)
{
	return rule_names[rule];
}

bool
list_contains(const Value *list, const char *item)
{
	for (int i = 0; i < list->nitems; i++)
	{
		if (strcmp(list->items[i], item) == 0)
			return true;
	}
	return false;
}

Value
text_value(char *text)
{
	Value		value = {0};

	if (text != NULL)
	{
		value.kind = VALUE_TEXT;
		value.text = text;
	}
	return value;
}

bool
value_equal(const Value *a, const Value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == VALUE_TEXT)
		return strcmp(a->text, b->text) == 0;
	if (a->kind == VALUE_LIST)
	{
		if (a->nitems != b->nitems)
			return false;
		for (int i = 0; i < a->nitems; i++)
		{
			if (strcmp(a->items[i], b->items[i]) != 0)
				return false;
		}
	}
	return true;
}

Value *
property_slot(PropertySet *set, const Property *property, bool add)
{
	CustomValue *custom;

	if (property->system != CUSTOM_PROPERTY)
		return &set->system[property->system];

	for (int i = 0; i < set->ncustom; i++)
	{
		if (strcmp(set->custom[i].property->name, property->name) == 0)
			return &set->custom[i].value;
	}
	if (!add)
		return NULL;

	if (set->ncustom == set->max_custom)
	{
		set->max_custom = Max(8, 2 * set->max_custom);
		set->custom = set->custom == NULL ?
			palloc(set->max_custom * sizeof(CustomValue)) :
			repalloc(set->custom, set->max_custom * sizeof(CustomValue));
	}
	custom = &set->custom[set->ncustom++];
	memset(custom, 0, sizeof(*custom));
	custom->property = property;
	return &custom->value;
}

static const char *
normalize_string(const char *in, size_t len, char *out, size_t *out_len)
{
	text_trim(&in, &len);
	if (pg_mbstrlen_with_len(in, len) > MAX_VALUE_CHARS)
		return "it is longer than 255 characters";
	memcpy(out, in, len);
	*out_len = len;
	return NULL;
}

static const char *
normalize_boolean(const char *in, size_t len, char *out, size_t *out_len)
{
	bool		value;

	text_trim(&in, &len);
	if (!parse_bool_with_len(in, len, &value))
		return "it is not a boolean such as true or false";
	*out_len = strlen(strcpy(out, value ? "true" : "false"));
	return NULL;
}

/* The bot's userId property has the form of its userIds: options of the key
 * apply to it and to no other property. */
static const char *
normalize_email_property(const BotPolicy *policy, bool is_userid,
						 const char *in, size_t len, char *out, size_t *out_len)
{
	EmailPolicy options = {policy->options.gmail_dots, policy->options.plus_tags};

	return email_normalize(in, len, is_userid ? &options : NULL, out, out_len);
}

const char *
property_normalize(const BotPolicy *policy, const Property *property,
				   const char *in, size_t len, char **out)
{
	char		buffer[Max(URL_MAX, IDENTIFIER_MAX) + 1];
	size_t		out_len = 0;
	bool		is_userid = policy->userid != NULL && strcmp(policy->userid->name, property->name) == 0;
	const char *reason = NULL;

	switch (property->type)
	{
		case PROPERTY_STRING:
		case PROPERTY_LIST:
			if (is_userid)
			{
				IdentifierPolicy options = {policy->options.casefold, policy->options.strip_separators};

				reason = identifier_normalize(in, len, &options, buffer, &out_len);
			}
			else
				reason = normalize_string(in, len, buffer, &out_len);
			break;
		case PROPERTY_NUMBER:
			reason = number_normalize(in, len, buffer, &out_len);
			break;
		case PROPERTY_TIME:
			reason = time_normalize(in, len, buffer, &out_len);
			break;
		case PROPERTY_DATE:
			reason = date_normalize(in, len, buffer, &out_len);
			break;
		case PROPERTY_DATETIME:
			reason = datetime_normalize(in, len, buffer, &out_len);
			break;
		case PROPERTY_BOOLEAN:
			reason = normalize_boolean(in, len, buffer, &out_len);
			break;
		case PROPERTY_PHONE:
			reason = phone_normalize(in, len, policy->default_region,
									 PHONE_BARE_CALLING_CODE |
									 (policy->options.require_valid_phone ? PHONE_MUST_BE_VALID : 0),
									 buffer, &out_len);
			break;
		case PROPERTY_URL:
			reason = url_normalize(in, len, buffer, &out_len);
			break;
		case PROPERTY_EMAIL:
			reason = normalize_email_property(policy, is_userid, in, len, buffer, &out_len);
			break;
	}
	if (reason == NULL)
		*out = pnstrdup(buffer, out_len);
	return reason;
}
