/*
 * The written form of a phone number: which part of a value is the number,
 * what is its extension, and which digits does it have.
 *
 * libphonenumber's rules, regular expressions there, in the same order.
 */
#include "phone_text.h"

#include <unicode/uchar.h>

#include "phone_extension.h"
#include "phone_plain.h"
#include "phone_rfc3966.h"
#include "phone_written.h"

#define DIGITS_MIN		3		/* before letters or an extension may follow */
#define LETTERS_MIN		3		/* fewer are taken for typing errors */

/* Of all characters libphonenumber refuses these, wherever they are. */
static bool
is_for_interchange(int32_t c)
{
	if (c < 0xA0)
		return (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\f' || c == '\r';
	return (c & 0xFFFE) != 0xFFFE && (c < 0xFDD0 || c > 0xFDEF);
}

static bool
may_end_number(int32_t character)
{
	if (character < 0x80)
		return character == '#' || written_digit(character) >= 0 ||
			written_is_letter(character);
	return (U_MASK(u_charType(character)) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

static bool
is_line_end(int32_t character)
{
	return (character >= 0x0A && character <= 0x0D) || character == 0x85 ||
		character == 0x2028 || character == 0x2029;
}

/*
 * What stands before "/ x" is a number of its own: "1234 x 5/x 6".  Lines
 * without such a mark before the first one with it are dropped; of several
 * marks in one line the last counts.
 */
static void
drop_second_number(Written *written)
{
	size_t		pos = 0;
	size_t		line = 0;
	size_t		mark = WRITTEN_NOWHERE; /* of the slash that only spaces follow so far */
	size_t		end = WRITTEN_NOWHERE;

	while (pos < written->length)
	{
		size_t		at = pos;
		int32_t		character = written_next(written, &pos);

		if (is_line_end(character))
		{
			if (end != WRITTEN_NOWHERE)
				break;
			line = pos;
		}
		if (character == '/' || character == '\\')
			mark = at;
		else if (character == 'x' && mark != WRITTEN_NOWHERE)
			end = mark;
		if (character != '/' && character != '\\' && character != ' ')
			mark = WRITTEN_NOWHERE;
	}
	if (end != WRITTEN_NOWHERE)
	{
		written->number += line;
		written->length = end - line;
	}
}

/* Passes over what can't begin or end a number. */
static bool
read_free_text(const char *in, size_t len, Written *written)
{
	size_t		pos = 0;
	size_t		start = WRITTEN_NOWHERE;
	size_t		end = 0;
	bool		slash = false;

	written->number = in;
	written->length = len;
	while (pos < len)
	{
		size_t		at = pos;
		int32_t		character = written_next(written, &pos);

		if (!is_for_interchange(character))
			return false;
		if (start == WRITTEN_NOWHERE &&
			(written_is_plus(character) || written_digit(character) >= 0))
			start = at;
		if (may_end_number(character))
			end = pos;
		slash = slash || character == '/' || character == '\\';
	}
	if (start == WRITTEN_NOWHERE || end <= start)
		return false;
	written->number = in + start;
	written->length = end - start;
	if (slash)
		drop_second_number(written);
	return true;
}

static void
drop_subaddress(Written *written)
{
	size_t		at = written_find(written->number, written->length - written->context_length,
								  ";isub=");

	if (at != WRITTEN_NOWHERE)
		written->length = written->context_length + at;
}

/* What may follow when so many digits were there. */
static bool
is_number_character(int32_t character, int digits)
{
	return written_is_punctuation(character) || character == '*' ||
		character == 'x' || character == 'X' ||
		(digits >= DIGITS_MIN && written_is_letter(character));
}

/*
 * Does it look like a phone number?  Plus signs, three digits with punctuation
 * before each, then letters too, and perhaps an extension, NULL for none.  Two
 * digits and nothing else will also do.  Where the third digit ends is said.
 */
static bool
is_viable(const Written *written, const Extension *extension, size_t *third_digit)
{
	size_t		pos = 0;
	int			digits = 0;
	bool		only_digits = true;
	bool		only_plus = true;

	*third_digit = WRITTEN_NOWHERE;
	while (pos < written->length)
	{
		size_t		at = pos;
		int32_t		character = written_next(written, &pos);

		if (written_digit(character) >= 0)
		{
			if (++digits == DIGITS_MIN)
				*third_digit = pos;
		}
		else if (is_number_character(character, digits) ||
				 (only_plus && written_is_plus(character)))
			only_digits = false;
		else
			return extension != NULL && *third_digit <= extension->start &&
				extension->start <= at;
		only_plus = only_plus && written_is_plus(character);
	}
	return digits >= DIGITS_MIN || (digits == 2 && only_digits);
}

/*
 * Takes the extension off, if what is left is still a number.  All that comes
 * before the extension of a number that looks right looks right as well, but
 * there may be too few digits.
 */
static void
strip_extension(Written *written, const Extension *extension, size_t third_digit,
				PhoneText *text)
{
	Written		rest = *written;

	rest.length = extension->start;
	if (rest.context_length > rest.length)
		rest.context_length = rest.length;
	if (third_digit > extension->start && !is_viable(&rest, NULL, &third_digit))
		return;
	for (size_t i = extension->digits; i < extension->digits_end; i++)
		text->extension[text->extension_length++] = i < written->context_length ?
			written->context[i] : written->number[i - written->context_length];
	*written = rest;
}

static int
keypad_digit(int32_t letter)
{
	static const char keypad[] = "22233344455566677778889999";

	return keypad[(letter | 0x20) - 'a'] - '0';
}

/* Three letters make letters digits as well, and then only ASCII counts. */
static void
read_letters_too(const Written *written, PhoneText *text)
{
	size_t		pos = 0;

	text->count = 0;
	while (pos < written->length)
	{
		int32_t		character = written_next(written, &pos);

		if (character >= 0x80)
			continue;
		if (written_is_letter(character))
			phone_text_add(text, keypad_digit(character));
		else if (written_digit(character) >= 0)
			phone_text_add(text, written_digit(character));
	}
}

static void
read_digits(const Written *written, PhoneText *text)
{
	size_t		pos = 0;
	int			letters = 0;

	while (pos < written->length)
	{
		int32_t		character = written_next(written, &pos);
		int			digit = written_digit(character);

		if (digit >= 0)
			phone_text_add(text, digit);
		else if (written_is_letter(character) && ++letters == LETTERS_MIN)
		{
			read_letters_too(written, text);
			return;
		}
	}
}

bool
phone_text_find(const char *in, size_t len, PhoneText *text)
{
	Written		written = {0};
	Extension	extension;
	bool		has_extension;
	size_t		context_at;
	size_t		third_digit;
	size_t		start = 0;
	bool		tilde;

	if (phone_plain_read_ascii(in, len, PLAIN_AFTER_PUNCTUATION, text) ||
		(phone_plain_read_any_script(in, len, PLAIN_AFTER_PUNCTUATION, text, &tilde) &&
		 !tilde))
		return true;
	phone_text_clear(text);
	if (rfc3966_has_context(in, len, &context_at) ?
		!rfc3966_read(in, len, context_at, &written) :
		!read_free_text(in, len, &written))
		return false;
	drop_subaddress(&written);
	has_extension = extension_find(&written, &extension);
	if (!is_viable(&written, has_extension ? &extension : NULL, &third_digit))
		return false;
	if (has_extension)
		strip_extension(&written, &extension, third_digit, text);
	text->plus = written_is_plus(written_next(&written, &start));
	read_digits(&written, text);
	return true;
}
