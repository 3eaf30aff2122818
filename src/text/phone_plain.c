/*
 * Phone numbers that are written with digits and punctuation alone.
 *
 * Most values are of this kind and in ASCII: eight digits are read at once, and
 * among separators one pass takes the same way for every byte, so that no
 * branch is mispredicted where a digit follows a separator.
 */
#include "phone_plain.h"

#include <string.h>

#define EACH(byte)		(UINT64_C(0x0101010101010101) * (byte))

#define DIGITS_MIN		3		/* fewer take a closer look */

/* The kinds of bytes. */
#define DIGIT			0x01	/* adds to the count of digits */
#define BEFORE_NUMBER	0x02	/* space and opening brackets */
#define WITHIN_NUMBER	0x04
#define UNCLEAR			0x08	/* plus and tilde: it depends on where they are */
#define OTHER			0x10
#define O				OTHER
#define N				0x20	/* not ASCII */

static const uint8_t kinds[256] = {
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	BEFORE_NUMBER, O, O, O, O, O, O, O,
	BEFORE_NUMBER, WITHIN_NUMBER, O, UNCLEAR, O, WITHIN_NUMBER, WITHIN_NUMBER, WITHIN_NUMBER,
	DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, BEFORE_NUMBER, O, WITHIN_NUMBER, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, UNCLEAR, O,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N
};

/* Are these eight bytes ASCII digits? */
static bool
are_digits(uint64_t bytes)
{
	return (bytes & EACH(0xF0)) == EACH(0x30) &&
		((bytes + EACH(0x06)) & EACH(0xF0)) == EACH(0x30);
}

/*
 * Eight to sixteen digits and nothing else: the first eight bytes and the last
 * eight, which may overlap.
 */
static bool
read_digits(const char *in, size_t len, PhoneText *text)
{
	uint64_t	first;
	uint64_t	last;

	if (len < sizeof(first) || len > 2 * sizeof(first))
		return false;
	memcpy(&first, in, sizeof(first));
	memcpy(&last, in + len - sizeof(last), sizeof(last));
	if (!are_digits(first) || !are_digits(last))
		return false;
	memcpy(text->digits, &first, sizeof(first));
	memcpy(text->digits + len - sizeof(last), &last, sizeof(last));
	text->count = len;
	return true;
}

PlainAnswer
phone_plain_read_ascii(const char *in, size_t len, PlainStart start, PhoneText *text)
{
	const unsigned char *byte = (const unsigned char *) in;
	const unsigned char *end = byte + len;
	unsigned int before = start == PLAIN_AFTER_BRACKETS ? BEFORE_NUMBER :
		BEFORE_NUMBER | WITHIN_NUMBER;
	unsigned int seen = 0;
	size_t		count = 0;

	phone_text_clear(text);
	if (len == 0 || len > PHONE_DIGITS_MAX || (end[-1] & 0x80))
		return PLAIN_MAYBE;
	while (byte < end && (kinds[*byte] & before))
		byte++;
	text->plus = byte < end && *byte == '+';
	byte += text->plus;
	if (read_digits((const char *) byte, (size_t) (end - byte), text))
		return PLAIN_YES;
	if (!text->plus && (byte == end || !(kinds[*byte] & DIGIT)))
		return PLAIN_MAYBE;
	for (; byte < end; byte++)
	{
		unsigned int kind = kinds[*byte];

		text->digits[count] = (char) *byte;
		count += kind & DIGIT;
		seen |= kind;
	}
	text->count = count;
	if (seen & (UNCLEAR | N))
		return PLAIN_MAYBE;
	return (seen & OTHER) == 0 && count >= DIGITS_MIN ? PLAIN_YES : PLAIN_NO;
}

static bool
may_come_before(int32_t character, PlainStart start)
{
	if (start == PLAIN_AFTER_PUNCTUATION)
		return (written_kind(character) & WRITTEN_PUNCTUATION) != 0;
	return character == ' ' || character == '(' || character == '[' ||
		character == 0x00A0 || character == 0x3000 || character == 0xFF08 ||
		character == 0xFF3B;
}

bool
phone_plain_read_any_script(const char *in, size_t len, PlainStart start,
							PhoneText *text, bool *tilde)
{
	Written		written = {NULL, 0, in, len};
	size_t		pos = 0;
	size_t		count = 0;
	int32_t		character = ' ';

	phone_text_clear(text);
	*tilde = false;
	while (pos < len && may_come_before(character, start))
		character = written_next(&written, &pos);
	while (pos < len && (written_kind(character) & WRITTEN_PLUS))
	{
		text->plus = true;
		character = written_next(&written, &pos);
	}
	if (!text->plus && written_digit(character) < 0)
		return false;
	for (;;)
	{
		int			digit = written_digit(character);

		if (digit >= 0)
		{
			text->digits[count] = (char) ('0' + digit);
			count += count < PHONE_DIGITS_MAX;
		}
		else if (!(written_kind(character) & WRITTEN_PUNCTUATION))
			return false;
		else if (character == '~')
			*tilde = true;
		if (pos == len)
			break;
		character = written_next(&written, &pos);
	}
	text->count = count;
	return count >= DIGITS_MIN;
}
