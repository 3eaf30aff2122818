/*
 * From the digits that were dialled or written to a calling code and a
 * national number: international and national prefixes.
 *
 * The rules and their order are libphonenumber's, also where they look odd:
 * its answers are what the rest of the world stores.
 */
#include "phone_number.h"

#include <string.h>

#define NATIONAL_MIN	2		/* digits of a national number */

static inline unsigned int
value_of(char digit)
{
	return (unsigned int) digit & 0x0F;
}

/* The leaf to which a graph leads. */
static uint16_t
walk(uint16_t graph, PhoneDigits digits)
{
	size_t		i = 0;

	while (graph >= phone_graph_leaves)
	{
		unsigned int digit = i < digits.count ? value_of(digits.first[i++]) : PHONE_END_OF_NUMBER;
		unsigned int below = phone_graphs[graph] & ((1u << digit) - 1);

		graph = phone_graphs[graph + 1u + phone_bits_set[below]];
	}
	return phone_graphs[graph];
}

const PhoneRegion *
phone_find_region(const char *region, size_t len)
{
	unsigned int first;
	unsigned int second;
	unsigned int number;

	if (len != 2)
		return NULL;
	first = (unsigned int) (unsigned char) region[0] - 'A';
	second = (unsigned int) (unsigned char) region[1] - 'A';
	if (first >= 26 || second >= 26)
		return NULL;
	number = phone_region_of_letters[first * 26 + second];
	return number == PHONE_NO_REGION ? NULL : &phone_regions[number];
}

/* Does the region's general pattern match?  Its lengths don't matter. */
static bool
looks_right(const PhoneRegion *region, PhoneDigits digits)
{
	return digits.count <= PHONE_NATIONAL_MAX &&
		walk(region->general[digits.count], digits) != 0;
}

static PhonePossible
judge_length(const PhoneRegion *region, size_t count)
{
	uint32_t	bit = count < 32 ? UINT32_C(1) << count : 0;

	if (bit & region->local_lengths)
		return PHONE_IS_POSSIBLE_LOCAL_ONLY;
	if (bit & region->lengths)
		return PHONE_IS_POSSIBLE;
	if (bit == 0 || bit > region->lengths)
		return PHONE_POSSIBLE_TOO_LONG;
	return (region->lengths & (bit - 1)) == 0 ?
		PHONE_POSSIBLE_TOO_SHORT : PHONE_POSSIBLE_INVALID_LENGTH;
}

/* Most numbers have no prefix, which their first digit tells. */
static bool
may_begin(uint16_t firsts, PhoneDigits digits)
{
	return digits.count > 0 && ((firsts >> value_of(digits.first[0])) & 1) != 0;
}

static PhoneDigits
without_first(PhoneDigits digits, size_t count)
{
	digits.first += count;
	digits.count -= count;
	return digits;
}

/* The prefix and what the region's transform rule makes of it, then the rest. */
static PhoneDigits
transformed(const PhoneRegion *region, PhoneDigits digits, uint16_t leaf,
			char *moved)
{
	size_t		kept = PHONE_LEAF_KEPT(leaf);
	PhoneDigits rest = without_first(digits, PHONE_LEAF_PREFIX(leaf));
	char	   *end = moved;
	PhoneDigits result;

	memcpy(end, region->literal, region->literal_length);
	end += region->literal_length;
	memcpy(end, digits.first + PHONE_LEAF_KEPT_FROM(leaf), kept);
	end += kept;
	memcpy(end, rest.first, rest.count);
	end += rest.count;
	result.first = moved;
	result.count = (size_t) (end - moved);
	return result;
}

/*
 * The number without its national prefix, which stays where a number that
 * looked right would not look so without it.
 */
static PhoneDigits
without_national_prefix(const PhoneRegion *region, PhoneDigits digits,
						char *moved)
{
	PhoneDigits result;
	uint16_t	leaf;

	if (!may_begin(region->prefix_firsts, digits))
		return digits;
	leaf = walk(region->prefix, digits);
	if (!PHONE_LEAF_IS_PREFIX(leaf))
		return digits;
	if (PHONE_LEAF_KEPT(leaf) > 0)
		result = transformed(region, digits, leaf, moved);
	else
		result = without_first(digits, PHONE_LEAF_PREFIX(leaf));
	if (looks_right(region, digits) && !looks_right(region, result))
		return digits;
	return result;
}

/* Takes the international dialling prefix off.  No calling code begins with 0. */
static bool
strip_idd(const PhoneRegion *home, PhoneDigits *digits)
{
	PhoneDigits rest;
	uint16_t	leaf;

	if (!may_begin(home->idd_firsts, *digits))
		return false;
	leaf = walk(home->idd, *digits);
	if (!PHONE_LEAF_IS_PREFIX(leaf))
		return false;
	rest = without_first(*digits, PHONE_LEAF_PREFIX(leaf));
	if (rest.count > 0 && rest.first[0] == '0')
		return false;
	*digits = rest;
	return true;
}

/* Takes the calling code off; NULL where there is none. */
static const PhoneCallingCode *
strip_calling_code(PhoneDigits *digits)
{
	const char *d = digits->first;
	const PhoneCallingCode *code;

	code = &phone_calling_codes[phone_code_of_digits[value_of(d[0]) * 100 +
													 value_of(d[1]) * 10 + value_of(d[2])]];
	if (code->length == 0)
		return NULL;
	*digits = without_first(*digits, code->length);
	return code;
}

/* The same for the calling code of home, when it was written without plus or
 * prefix and the number can't be meant otherwise. */
static const PhoneCallingCode *
strip_own_code(const PhoneRegion *home, PhoneDigits *digits, char *moved)
{
	const PhoneCallingCode *code = &phone_calling_codes[home->calling_code];
	PhoneDigits national;

	/* the first digit tells nearly always */
	if (digits->count < code->length || digits->first[0] != code->digits[0] ||
		memcmp(digits->first, code->digits, code->length) != 0)
		return NULL;
	national = without_national_prefix(home, without_first(*digits, code->length),
									   moved);
	if (judge_length(home, digits->count) != PHONE_POSSIBLE_TOO_LONG &&
		(looks_right(home, *digits) || !looks_right(home, national)))
		return NULL;
	*digits = national;
	return code;
}

/*
 * Finds the calling code, if one was written; *code stays NULL otherwise.
 * The digits lose what was in front of the national number.
 */
static PhoneStatus
extract_calling_code(bool plus, const PhoneRegion *home, PhoneDigits *digits,
					 const PhoneCallingCode **code, char *moved)
{
	if (plus || (home != NULL && strip_idd(home, digits)))
	{
		if (digits->count <= NATIONAL_MIN)
			return PHONE_TOO_SHORT_AFTER_IDD;
		*code = strip_calling_code(digits);
		return *code == NULL ? PHONE_INVALID_COUNTRY_CODE : PHONE_OK;
	}
	if (home != NULL)
		*code = strip_own_code(home, digits, moved);
	return PHONE_OK;
}

/* As above; after a plus and no calling code the plus is passed over. */
static PhoneStatus
find_calling_code(const PhoneText *text, const PhoneRegion *home,
				  PhoneDigits *digits, const PhoneCallingCode **code,
				  char *moved)
{
	PhoneStatus status;

	*code = NULL;
	digits->first = text->digits;
	digits->count = text->count;
	status = extract_calling_code(text->plus, home, digits, code, moved);
	if (status != PHONE_INVALID_COUNTRY_CODE || !text->plus)
		return status;
	(void) extract_calling_code(false, home, digits, code, moved);
	return *code == NULL ? PHONE_INVALID_COUNTRY_CODE : PHONE_OK;
}

/*
 * Takes the national prefix off where enough is left to be a number.  False:
 * nothing was taken off.
 */
static bool
strip_national_prefix(const PhoneRegion *region, PhoneDigits *digits,
					  char *moved)
{
	PhoneDigits stripped = without_national_prefix(region, *digits, moved);

	if (stripped.first == digits->first)
		return false;
	switch (judge_length(region, stripped.count))
	{
		case PHONE_POSSIBLE_TOO_SHORT:
		case PHONE_IS_POSSIBLE_LOCAL_ONLY:
		case PHONE_POSSIBLE_INVALID_LENGTH:
			return false;
		default:
			*digits = stripped;
			return true;
	}
}

PhoneStatus
phone_resolve(const PhoneText *text, const PhoneRegion *home, PhoneNumber *number)
{
	const PhoneRegion *region = home;
	PhoneDigits digits;
	PhoneStatus status;

	if (!text->plus && home == NULL)
		return PHONE_INVALID_COUNTRY_CODE;
	status = find_calling_code(text, home, &digits, &number->code,
							   number->without_own_code);
	if (status != PHONE_OK)
		return status;
	if (number->code == NULL)
	{
		number->code = &phone_calling_codes[home->calling_code];
		number->main_region = &phone_regions[number->code->main_region];
	}
	else
		region = number->main_region = &phone_regions[number->code->main_region];
	if (digits.count < NATIONAL_MIN)
		return PHONE_TOO_SHORT;
	(void) strip_national_prefix(region, &digits, number->without_prefix);
	number->national = digits;
	return digits.count > PHONE_NATIONAL_MAX ? PHONE_TOO_LONG : PHONE_OK;
}

bool
phone_settle(PhoneNumber *number)
{
	const PhoneRegion *region = number->main_region;
	PhoneBuffer before;

	for (int round = 0; round < PHONE_NATIONAL_MAX; round++)
	{
		PhoneDigits digits = number->national;

		if (!may_begin(region->prefix_firsts, digits))
			return true;
		memcpy(before, digits.first, digits.count);
		digits.first = before;
		if (!strip_national_prefix(region, &digits, number->without_prefix))
			return true;
		memmove(number->without_prefix, digits.first, digits.count);
		number->national.first = number->without_prefix;
		number->national.count = digits.count;
		if (phone_possible(number) != PHONE_IS_POSSIBLE)
			break;
	}
	return false;
}

PhonePossible
phone_possible(const PhoneNumber *number)
{
	return judge_length(number->main_region, number->national.count);
}

uint16_t
phone_region_and_type(const PhoneNumber *number)
{
	return walk(number->code->types[number->national.count], number->national);
}

size_t
phone_print(const PhoneNumber *number, char *out)
{
	char	   *national = out + 1 + number->code->length;

	/* whole words, of which the last digits may be none */
	out[0] = '+';
	memcpy(out + 1, number->code->digits, sizeof(number->code->digits));
	memcpy(national, number->national.first, PHONE_MAX - 4);
	return (size_t) (national - out) + number->national.count;
}
