/*
 * The characters of a written phone number.
 */
#ifndef USER360_TEXT_PHONE_WRITTEN_H
#define USER360_TEXT_PHONE_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is looked at: an RFC 3966 context, which is read in front of the
 * number, and the number itself.  Positions count through both.
 */
typedef struct Written
{
	const char *context;
	size_t		context_length;
	const char *number;
	size_t		length;			/* of both */
} Written;

#define WRITTEN_NOWHERE		((size_t) -1)

/* The first place of a word in the bytes. */
extern size_t written_find(const char *in, size_t len, const char *word);

/* Kinds of characters. */
#define WRITTEN_DIGIT		0x01	/* decimal, of any script */
#define WRITTEN_PUNCTUATION	0x02	/* may stand between digits, but see the next */
#define WRITTEN_FILLER		0x04	/* x and *, which libphonenumber takes there too */
#define WRITTEN_LETTER		0x08	/* A to Z of either case, and what folds to one */
#define WRITTEN_PLUS		0x10
#define WRITTEN_SLASH		0x20	/* both */
#define WRITTEN_HASH		0x40
#define WRITTEN_REFUSED		0x80	/* makes libphonenumber refuse all of a value */

extern const uint8_t written_ascii_kinds[128];

/* For characters beyond ASCII, and in the context. */
extern int32_t written_next_decoded(const Written *written, size_t *pos);
extern int32_t written_previous_decoded(const Written *written, size_t *pos);
extern int	written_digit_beyond_ascii(int32_t character);
extern unsigned int written_kind_beyond_ascii(int32_t character);

/*
 * The character at *pos, which moves past it; -1 where it is not UTF-8.  The
 * short ways are for ASCII and for three bytes that can't be wrong.
 */
static inline int32_t
written_next(const Written *written, size_t *pos)
{
	if (*pos >= written->context_length)
	{
		const unsigned char *byte = (const unsigned char *) written->number +
			(*pos - written->context_length);

		if (byte[0] < 0x80)
		{
			(*pos)++;
			return byte[0];
		}
		if (byte[0] > 0xE0 && byte[0] < 0xF0 && byte[0] != 0xED &&
			written->length - *pos >= 3 &&
			(byte[1] & 0xC0) == 0x80 && (byte[2] & 0xC0) == 0x80)
		{
			*pos += 3;
			return (byte[0] & 0x0F) << 12 | (byte[1] & 0x3F) << 6 | (byte[2] & 0x3F);
		}
	}
	return written_next_decoded(written, pos);
}

/* The character before *pos, which moves to it; 0 where there is none. */
static inline int32_t
written_previous(const Written *written, size_t *pos)
{
	if (*pos > written->context_length)
	{
		unsigned char byte = (unsigned char) written->number[*pos - 1 - written->context_length];

		if (byte < 0x80)
		{
			(*pos)--;
			return byte;
		}
	}
	return written_previous_decoded(written, pos);
}

/* 0 to 9 for a decimal digit of any script, else -1. */
static inline int
written_digit(int32_t character)
{
	if (character < 0x80)
		return character >= '0' && character <= '9' ? character - '0' : -1;
	return written_digit_beyond_ascii(character);
}

/* All kinds that a character is of; it may be -1. */
static inline unsigned int
written_kind(int32_t character)
{
	if ((uint32_t) character < 0x80)
		return written_ascii_kinds[character];
	return written_kind_beyond_ascii(character);
}

#endif
