/*
 * Phone numbers: libphonenumber's answers from constant tables.
 */
#include "phone.h"

#include <string.h>

#include "phone_number.h"

static const PhoneRegion *
home_region(const char *region)
{
	return region == NULL || region[0] == '\0' ? NULL : phone_find_region(region, 2);
}

/* The region of a leaf of a type graph, terminated; empty for none. */
static const char *
region_of(uint16_t leaf)
{
	unsigned int number = PHONE_LEAF_REGION(leaf);

	return number == PHONE_NO_REGION ? "" : phone_regions[number].id;
}

void
phone_info(const char *in, size_t len, const char *region, PhoneInfo *info)
{
	PhoneText	text;
	PhoneNumber number;
	uint16_t	leaf;

	memset(info, 0, sizeof(*info));
	info->type = PHONE_UNKNOWN;
	info->possible = PHONE_POSSIBLE_INVALID_COUNTRY_CODE;
	info->status = PHONE_NOT_A_NUMBER;
	if (!phone_text_find(in, len, &text))
		return;
	info->status = phone_resolve(&text, home_region(region), &number);
	if (info->status != PHONE_OK)
		return;
	info->e164[phone_print(&number, info->e164)] = '\0';
	memcpy(info->extension, text.extension, text.extension_length);
	info->country_code = number.code->value;
	info->possible = phone_possible(&number);
	leaf = phone_region_and_type(&number);
	info->type = (PhoneType) PHONE_LEAF_TYPE(leaf);
	info->valid = info->type != PHONE_UNKNOWN;
	strcpy(info->region, region_of(leaf));
}

static const char *
reason_of_status(PhoneStatus status, const PhoneText *text)
{
	switch (status)
	{
		case PHONE_INVALID_COUNTRY_CODE:
			return text->plus ? "the number begins with no known calling code" :
				"the number has no calling code, and there is no region to take one from";
		case PHONE_TOO_LONG:
			return "the number has too many digits";
		default:
			return "the number has too few digits";
	}
}

static const char *
reason_of_length(PhonePossible possible)
{
	switch (possible)
	{
		case PHONE_IS_POSSIBLE_LOCAL_ONLY:
			return "the number lacks its area code";
		case PHONE_POSSIBLE_TOO_LONG:
			return "the number has too many digits for its calling code";
		case PHONE_POSSIBLE_INVALID_LENGTH:
			return "no number of its calling code has that many digits";
		default:
			return "the number has too few digits for its calling code";
	}
}

static bool
is_valid(const PhoneNumber *number)
{
	return PHONE_LEAF_TYPE(phone_region_and_type(number)) != PHONE_UNKNOWN;
}

/* The possible number that the text means in region home, or why it means
 * none. */
static const char *
understand(const PhoneText *text, const PhoneRegion *home, PhoneNumber *number)
{
	PhoneStatus status = phone_resolve(text, home, number);
	PhonePossible possible;

	if (status != PHONE_OK)
		return reason_of_status(status, text);
	possible = phone_possible(number);
	if (possible != PHONE_IS_POSSIBLE)
		return reason_of_length(possible);
	return phone_settle(number) ? NULL : "the number can be read in more than one way";
}

/*
 * The same for digits that may begin with a calling code although there is no
 * plus.  They are a valid number then, and impossible in the region: what is
 * valid changes with the metadata, so that it must not decide between the two.
 */
static const char *
understand_bare(PhoneText *text, const PhoneRegion *home, PhoneNumber *number)
{
	const char *reason = understand(text, home, number);

	if (reason == NULL)
		return NULL;
	text->plus = true;
	return understand(text, NULL, number) == NULL && is_valid(number) ? NULL : reason;
}

const char *
phone_normalize(const char *in, size_t len, const char *region, int flags,
				char *out, size_t *out_len)
{
	const PhoneRegion *home = home_region(region);
	const char *reason;
	PhoneText	text;
	PhoneNumber number;

	reason = phone_text_read(in, len, &text);
	if (reason != NULL)
		return reason;
	if (!text.plus && (flags & PHONE_ALWAYS_INTERNATIONAL))
	{
		text.plus = true;
		home = NULL;
	}
	if (!text.plus && (flags & PHONE_BARE_CALLING_CODE))
		reason = understand_bare(&text, home, &number);
	else
		reason = understand(&text, home, &number);
	if (reason == NULL && (flags & PHONE_MUST_BE_VALID) && !is_valid(&number))
		reason = "the number is not valid in the numbering plan of its calling code";
	if (reason != NULL)
		return reason;
	*out_len = phone_print(&number, out);
	return NULL;
}

const char *
phone_region(const char *e164, size_t len)
{
	PhoneText	text;
	PhoneNumber number;
	uint16_t	leaf;

	if (phone_text_read(e164, len, &text) != NULL || !text.plus ||
		phone_resolve(&text, NULL, &number) != PHONE_OK)
		return NULL;
	leaf = phone_region_and_type(&number);
	return strlen(region_of(leaf)) == 2 ? region_of(leaf) : NULL;
}

bool
phone_region_exists(const char *region, size_t len)
{
	return phone_find_region(region, len) != NULL;
}

const char *
phone_metadata_version(void)
{
	return phone_metadata_name;
}
