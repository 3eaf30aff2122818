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

/* Digits and letters of any script, and the hash of an extension. */
static bool
may_end_number(int32_t character)
{
	if (character < 0x80)
		return (written_kind(character) &
				(WRITTEN_DIGIT | WRITTEN_LETTER | WRITTEN_HASH)) != 0;
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

/* Passes over what can't begin a number. */
static bool
find_start(const Written *written, size_t *start)
{
	size_t		pos = 0;

	while (pos < written->length)
	{
		size_t		at = pos;
		unsigned int kind = written_kind(written_next(written, &pos));

		if (kind & WRITTEN_REFUSED)
			return false;
		if (kind & (WRITTEN_DIGIT | WRITTEN_PLUS))
		{
			*start = at;
			return true;
		}
	}
	return false;
}

/* The part that begins and ends as a number does. */
static bool
read_free_text(const char *in, size_t len, Written *written)
{
	size_t		start;
	size_t		pos;
	size_t		end = 0;
	unsigned int kinds = 0;

	written->number = in;
	written->length = len;
	if (!find_start(written, &start))
		return false;
	for (pos = start; pos < len;)
	{
		int32_t		character = written_next(written, &pos);

		kinds |= written_kind(character);
		if (may_end_number(character))
			end = pos;
	}
	if ((kinds & WRITTEN_REFUSED) || end <= start)
		return false;
	written->number = in + start;
	written->length = end - start;
	if (kinds & WRITTEN_SLASH)
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

/* Moves past all characters of these kinds. */
static void
skip(const Written *written, size_t *pos, unsigned int kinds)
{
	size_t		after = *pos;

	while (after < written->length && (written_kind(written_next(written, &after)) & kinds))
		*pos = after;
}

static bool
is_two_digits(const Written *written)
{
	size_t		pos = 0;

	for (int digits = 0; digits < 2; digits++)
	{
		if (pos == written->length ||
			!(written_kind(written_next(written, &pos)) & WRITTEN_DIGIT))
			return false;
	}
	return pos == written->length;
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

	*third_digit = WRITTEN_NOWHERE;
	skip(written, &pos, WRITTEN_PLUS);
	for (int digits = 0; digits < DIGITS_MIN; digits++)
	{
		skip(written, &pos, WRITTEN_PUNCTUATION | WRITTEN_FILLER);
		if (pos == written->length ||
			!(written_kind(written_next(written, &pos)) & WRITTEN_DIGIT))
			return is_two_digits(written);
	}
	*third_digit = pos;
	skip(written, &pos, WRITTEN_DIGIT | WRITTEN_PUNCTUATION | WRITTEN_FILLER | WRITTEN_LETTER);
	return pos == written->length ||
		(extension != NULL && *third_digit <= extension->start && extension->start <= pos);
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
		if (written_kind(character) & WRITTEN_LETTER)
			phone_text_add(text, keypad_digit(character));
		else if (written_kind(character) & WRITTEN_DIGIT)
			phone_text_add(text, character - '0');
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
		unsigned int kind = written_kind(character);

		if (kind & WRITTEN_DIGIT)
			phone_text_add(text, written_digit(character));
		letters += (kind & WRITTEN_LETTER) != 0;
	}
	if (letters >= LETTERS_MIN)
		read_letters_too(written, text);
}

/* Is it a number without extension that needs no closer look? */
static bool
is_plain(const char *in, size_t len, PhoneText *text)
{
	PlainAnswer answer = phone_plain_read_ascii(in, len, PLAIN_AFTER_PUNCTUATION, text);
	bool		tilde;

	if (answer != PLAIN_MAYBE)
		return answer == PLAIN_YES;
	return phone_plain_read_any_script(in, len, PLAIN_AFTER_PUNCTUATION, text, &tilde) &&
		!tilde;
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

	if (is_plain(in, len, text))
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
	text->plus = (written_kind(written_next(&written, &start)) & WRITTEN_PLUS) != 0;
	read_digits(&written, text);
	return true;
}
