/*
 * The characters of a written phone number.  What a digit is, ICU says.
 */
#include "phone_written.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#define D	WRITTEN_DIGIT
#define P	WRITTEN_PUNCTUATION
#define F	WRITTEN_FILLER
#define L	WRITTEN_LETTER
#define A	WRITTEN_PLUS
#define S	WRITTEN_SLASH
#define H	WRITTEN_HASH
#define R	WRITTEN_REFUSED

const uint8_t written_ascii_kinds[128] = {
	R, R, R, R, R, R, R, R, R, 0, 0, R, 0, 0, R, R,
	R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R,
	P, 0, 0, H, 0, 0, 0, 0, P, P, F, A, 0, P, P, P | S,
	D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0,
	0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L | F, L, L, P, S, P, 0, 0,
	0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L | F, L, L, 0, 0, 0, P, R
};

int32_t
written_next_decoded(const Written *written, size_t *pos)
{
	bool		in_context = *pos < written->context_length;
	const char *part = in_context ? written->context : written->number;
	size_t		before = in_context ? 0 : written->context_length;
	size_t		length = (in_context ? written->context_length : written->length) - before;
	size_t		i = *pos - before;
	UChar32		character;

	U8_NEXT((const uint8_t *) part, i, length, character);
	*pos = before + i;
	return character;
}

int32_t
written_previous_decoded(const Written *written, size_t *pos)
{
	bool		in_context = *pos <= written->context_length;
	const char *part = in_context ? written->context : written->number;
	size_t		end = in_context ? *pos : *pos - written->context_length;
	size_t		window = end < U8_MAX_LENGTH ? end : U8_MAX_LENGTH;
	const uint8_t *start;
	int32_t		i = (int32_t) window;
	UChar32		character;

	if (end == 0)
		return 0;
	start = (const uint8_t *) part + (end - window);
	U8_PREV(start, 0, i, character);
	*pos -= window - (size_t) i;
	return character;
}

int
written_digit_beyond_ascii(int32_t character)
{
	static const int32_t common_zeros[] = {
		0xFF10,					/* full width */
		0x0660,					/* Arabic-Indic */
		0x06F0,					/* Persian and Urdu */
		0x0966,					/* Devanagari */
		0x09E6					/* Bengali */
	};

	/* most punctuation is in between, and no digit */
	if (character >= 0x2000 && character < 0xA000)
		return -1;
	for (size_t i = 0; i < sizeof(common_zeros) / sizeof(common_zeros[0]); i++)
	{
		if (character >= common_zeros[i] && character <= common_zeros[i] + 9)
			return character - common_zeros[i];
	}
	return u_charDigitValue(character);
}

static bool
is_punctuation_beyond_ascii(int32_t character)
{
	switch (character)
	{
		case 0x00A0:			/* no-break space */
		case 0x00AD:			/* soft hyphen */
		case 0x200B:			/* zero width space */
		case 0x2010:			/* hyphens and dashes */
		case 0x2011:
		case 0x2012:
		case 0x2013:
		case 0x2014:
		case 0x2015:
		case 0x2053:			/* swung dash */
		case 0x2060:			/* word joiner */
		case 0x2212:			/* minus */
		case 0x223C:			/* tilde operator */
		case 0x3000:			/* ideographic space */
		case 0x30FC:			/* katakana length mark */
		case 0xFF08:			/* full-width ( ) - . / [ ] */
		case 0xFF09:
		case 0xFF0D:
		case 0xFF0E:
		case 0xFF0F:
		case 0xFF3B:
		case 0xFF3D:
			return true;
		default:
			return false;
	}
}

/* Non-characters and the C1 controls. */
static bool
is_refused_beyond_ascii(int32_t character)
{
	return character < 0xA0 || (character & 0xFFFE) == 0xFFFE ||
		(character >= 0xFDD0 && character <= 0xFDEF);
}

unsigned int
written_kind_beyond_ascii(int32_t character)
{
	if (is_punctuation_beyond_ascii(character))
		return WRITTEN_PUNCTUATION;
	if (written_digit_beyond_ascii(character) >= 0)
		return WRITTEN_DIGIT;
	if (character == 0xFF0B)
		return WRITTEN_PLUS;
	/* the long s and the Kelvin sign */
	if (character == 0x017F || character == 0x212A)
		return WRITTEN_LETTER;
	return is_refused_beyond_ascii(character) ? WRITTEN_REFUSED : 0;
}

size_t
written_find(const char *in, size_t len, const char *word)
{
	size_t		word_len = strlen(word);
	const char *at = in;

	while (len - (size_t) (at - in) >= word_len)
	{
		at = memchr(at, word[0], len - (size_t) (at - in) - word_len + 1);
		if (at == NULL)
			return WRITTEN_NOWHERE;
		if (memcmp(at, word, word_len) == 0)
			return (size_t) (at - in);
		at++;
	}
	return WRITTEN_NOWHERE;
}
