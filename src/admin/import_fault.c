/*
 * What is wrong with a value of an import, by name: a spreadsheet's doings are
 * called what they are.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "admin/import.h"
#include "store/errors.h"
#include "text/email.h"
#include "text/identifier.h"
#include "text/phone.h"
#include "text/unicode.h"
#include "text/url.h"

#define BYTE_ORDER_MARK	"\xEF\xBB\xBF"

static const char *
skip_digits(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return text;
}

/* 9.19E+11, as a spreadsheet shows a long number. */
static bool
has_exponent(const char *text)
{
	const char *end;

	if (*text == '+' || *text == '-')
		text++;
	end = skip_digits(text);
	if (end == text)
		return false;
	if (*end == '.' || *end == ',')
		end = skip_digits(end + 1);
	if (*end != 'E' && *end != 'e')
		return false;
	end++;
	if (*end == '+' || *end == '-')
		end++;
	return *end != '\0' && *skip_digits(end) == '\0';
}

static bool
is_all_digits(const char *text)
{
	return *text != '\0' && *skip_digits(text) == '\0';
}

/* A number that its region writes with a zero in front, which is not there. */
static bool
has_lost_zero(const BotPolicy *policy, const char *text)
{
	char		phone[PHONE_MAX];
	size_t		length;
	char	   *with_zero = psprintf("0%s", text);

	return is_all_digits(text) && policy->default_region != NULL &&
		phone_normalize(with_zero, strlen(with_zero), policy->default_region,
						policy->options.require_valid_phone ? PHONE_MUST_BE_VALID : 0, phone, &length) == NULL;
}

static bool
has_hard_space(const char *text)
{
	return strstr(text, "\xC2\xA0") != NULL || strstr(text, "\xE2\x80\xAF") != NULL ||
		strstr(text, "\xE2\x80\x87") != NULL;
}

static size_t
longest(PropertyType type)
{
	switch (type)
	{
		case PROPERTY_URL:
			return URL_MAX;
		case PROPERTY_EMAIL:
			return EMAIL_MAX;
		default:
			return MAX_VALUE_CHARS;
	}
}

static const char *
spreadsheet_reason(const BotPolicy *policy, const Property *property, const char *text)
{
	if (strstr(text, BYTE_ORDER_MARK) != NULL)
		return "byteOrderMark";
	if (has_exponent(text))
		return "scientificNotation";
	if (property->type == PROPERTY_PHONE && has_lost_zero(policy, text))
		return "lostLeadingZeros";
	if (property->type == PROPERTY_NUMBER && text[0] == '0' && is_all_digits(text))
		return "leadingZeros";
	if (has_hard_space(text))
		return "nonBreakingSpace";
	return NULL;
}

static char *
trimmed(const char *value)
{
	size_t		length = strlen(value);

	text_trim(&value, &length);
	return pnstrdup(value, length);
}

static const char *
value_reason(const BotPolicy *policy, const Problem *problem, const char *value)
{
	bool		is_userid = strcmp(problem->property, "userId") == 0;
	const Property *property = is_userid ? policy->userid : policy_property(policy, problem->property);
	const char *otherwise = is_userid ? "invalidUserId" : "invalidDataType";
	const char *reason;

	if (property == NULL || value == NULL)
		return property != NULL && property->type == PROPERTY_LIST ? "tooManyItems" : otherwise;
	reason = spreadsheet_reason(policy, property, trimmed(value));
	if (reason != NULL)
		return reason;
	if ((size_t) pg_mbstrlen(value) > longest(property->type))
		return "tooLong";
	return otherwise;
}

const char *
import_reason(const BotPolicy *policy, const Problem *problem, const char *value)
{
	switch (problem->sqlstate)
	{
		case ERRCODE_U360_BLOCKED_VALUE:
			return "blockedValue";
		case ERRCODE_U360_UNKNOWN_PROPERTY:
			return "invalidProperty";
		default:
			return value_reason(policy, problem, value);
	}
}

const char *
import_artefact(const char *value, bool is_userid, const char **detail)
{
	if (strncmp(value, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
	{
		*detail = "It starts with a byte order mark.";
		return "byteOrderMark";
	}
	if (is_userid && strstr(value, "E+") != NULL && has_exponent(value))
	{
		*detail = "It is a number that was rounded.";
		return "scientificNotation";
	}
	return NULL;
}
