/*
 * Numbers in canonical form: plain decimals of at most 15 digits.
 */
#include "number.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fold.h"
#include "unicode.h"

static const char *const grouped =
	"the value has a thousands separator or a decimal comma; use a string property for such values";

/* What was read so far, and the digits that count. */
typedef struct Decimal
{
	const char *in;
	size_t		len;
	size_t		pos;			/* of the character to come */
	bool		negative;
	char		digits[NUMBER_MAX_DIGITS];
	size_t		before_point;	/* digits before the point: 0 for a lone zero */
	size_t		count;			/* of all digits */
	bool		too_many;
} Decimal;

/* The character to come in its ordinary width; -1 at the end. */
static int32_t
peek(const Decimal *decimal, size_t *after)
{
	*after = decimal->pos;
	if (decimal->pos == decimal->len)
		return -1;
	if ((uint8_t) decimal->in[decimal->pos] < 0x80)
		return decimal->in[(*after)++];
	return fold_width(text_next(decimal->in, decimal->len, after));
}

static bool
take(Decimal *decimal, int32_t wanted)
{
	size_t		after;

	if (peek(decimal, &after) != wanted)
		return false;
	decimal->pos = after;
	return true;
}

/* The digit to come, -1 where there is none. */
static int32_t
take_digit(Decimal *decimal)
{
	size_t		after;
	int32_t		found = peek(decimal, &after);

	if (found < '0' || found > '9')
		return -1;
	decimal->pos = after;
	return found;
}

static void
keep_digit(Decimal *decimal, int32_t digit)
{
	if (decimal->count == NUMBER_MAX_DIGITS)
		decimal->too_many = true;
	else
		decimal->digits[decimal->count++] = (char) digit;
}

/* Why the character to come can't stand in a number. */
static const char *
refuse_next(const Decimal *decimal)
{
	size_t		after;
	int32_t		found = peek(decimal, &after);

	if (text_is_space(found))
		return grouped;
	switch (found)
	{
		case 'e':
		case 'E':
			if (decimal->pos > 0)
				return "the value has an exponent; use a string property for such values";
			break;
		case ',':
		case '\'':
		case '_':
			return grouped;
		default:
			break;
	}
	return "the value is not a plain decimal number; use a string property for such values";
}

static const char *
read_integer(Decimal *decimal)
{
	int32_t		first = take_digit(decimal);
	int32_t		digit;

	if (first < 0)
		return refuse_next(decimal);
	if (first != '0')
		keep_digit(decimal, first);
	while ((digit = take_digit(decimal)) >= 0)
	{
		if (first == '0')
			return "the value has leading zeros, which a number loses; use a string property for such values";
		keep_digit(decimal, digit);
	}
	decimal->before_point = decimal->count;
	return NULL;
}

/* Zeros count only once another digit follows them. */
static const char *
read_fraction(Decimal *decimal)
{
	size_t		zeros = 0;
	size_t		start = decimal->pos;
	int32_t		digit;

	while ((digit = take_digit(decimal)) >= 0)
	{
		if (digit == '0')
		{
			zeros++;
			continue;
		}
		for (; zeros > 0 && !decimal->too_many; zeros--)
			keep_digit(decimal, '0');
		keep_digit(decimal, digit);
	}
	if (decimal->pos == start)
		return "the value has no digit after the point";
	return NULL;
}

static const char *
read_decimal(Decimal *decimal)
{
	const char *reason;

	if (take(decimal, '-'))
		decimal->negative = true;
	else
		(void) take(decimal, '+');
	reason = read_integer(decimal);
	if (reason == NULL && take(decimal, '.'))
		reason = read_fraction(decimal);
	if (reason != NULL)
		return reason;
	if (decimal->pos < decimal->len)
		return refuse_next(decimal);
	if (decimal->count == 0)
		decimal->negative = false;	/* there is one zero only */
	if (decimal->too_many)
		return "the value has more than 15 digits; use a string property for such values";
	return NULL;
}

static size_t
write_decimal(const Decimal *decimal, char *out)
{
	size_t		after_point = decimal->count - decimal->before_point;
	size_t		written = 0;

	if (decimal->negative)
		out[written++] = '-';
	if (decimal->before_point == 0)
		out[written++] = '0';
	memcpy(out + written, decimal->digits, decimal->before_point);
	written += decimal->before_point;
	if (after_point > 0)
		out[written++] = '.';
	memcpy(out + written, decimal->digits + decimal->before_point, after_point);
	return written + after_point;
}

const char *
number_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	Decimal		decimal = {0};
	const char *reason;

	text_trim(&in, &len);
	if (len == 0)
		return "the value is blank";
	decimal.in = in;
	decimal.len = len;
	reason = read_decimal(&decimal);
	if (reason == NULL)
		*out_len = write_decimal(&decimal, out);
	return reason;
}
