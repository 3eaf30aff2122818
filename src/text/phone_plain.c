/*
 * Phone numbers that are written with digits and punctuation alone.
 *
 * Most values are of this kind and in ASCII: they are read in one pass that
 * takes the same way for every byte, so that no branch is mispredicted where a
 * digit follows a separator.
 */
#include "phone_plain.h"

#define DIGITS_MIN		3		/* fewer take a closer look */

/* The kinds of bytes. */
#define DIGIT			0x01	/* adds to the count of digits */
#define BEFORE_NUMBER	0x02	/* space and opening brackets */
#define WITHIN_NUMBER	0x04
#define PLUS			0x08
#define OTHER			0x10
#define O				OTHER

static const uint8_t kinds[256] = {
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	BEFORE_NUMBER, O, O, O, O, O, O, O,
	BEFORE_NUMBER, WITHIN_NUMBER, O, PLUS, O, WITHIN_NUMBER, WITHIN_NUMBER, WITHIN_NUMBER,
	DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, BEFORE_NUMBER, O, WITHIN_NUMBER, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O
};

static bool
read_ascii(const unsigned char *byte, const unsigned char *end, PlainStart start,
		   PhoneText *text)
{
	unsigned int before = start == PLAIN_AFTER_BRACKETS ? BEFORE_NUMBER :
		BEFORE_NUMBER | WITHIN_NUMBER;
	unsigned int seen = 0;
	size_t		count = 0;

	while (byte < end && (kinds[*byte] & before))
		byte++;
	text->plus = byte < end && *byte == '+';
	byte += text->plus;
	for (; byte < end; byte++)
	{
		unsigned int kind = kinds[*byte];

		text->digits[count] = *byte & 0x0F;
		count += kind & DIGIT;
		seen |= kind;
	}
	text->count = count;
	return (seen & (PLUS | OTHER)) == 0 && count >= DIGITS_MIN;
}

static bool
may_come_before(int32_t character, PlainStart start)
{
	if (start == PLAIN_AFTER_PUNCTUATION)
		return written_is_punctuation(character);
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
	bool		plus_may_come = true;

	phone_text_clear(text);
	*tilde = false;
	while (pos < len)
	{
		int32_t		character = written_next(&written, &pos);
		int			digit = written_digit(character);

		if (digit >= 0)
			phone_text_add(text, digit);
		else if (written_is_plus(character))
		{
			if (!plus_may_come)
				return false;
			text->plus = true;
		}
		else if (text->plus || text->count > 0 ?
				 !written_is_punctuation(character) : !may_come_before(character, start))
			return false;
		else
			*tilde = *tilde || character == '~';
		plus_may_come = plus_may_come &&
			(written_is_plus(character) || (!text->plus && text->count == 0));
	}
	return text->count >= DIGITS_MIN;
}

bool
phone_plain_read(const char *in, size_t len, PlainStart start, PhoneText *text)
{
	const unsigned char *bytes = (const unsigned char *) in;
	bool		tilde;

	phone_text_clear(text);
	if (len <= PHONE_DIGITS_MAX && read_ascii(bytes, bytes + len, start, text))
		return true;
	return phone_plain_read_any_script(in, len, start, text, &tilde) && !tilde;
}
