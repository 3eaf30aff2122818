/*
 * The written form of a phone number: which part of a value is the number,
 * what is its extension, and which digits does it have.
 */
#ifndef USER360_TEXT_PHONE_TEXT_H
#define USER360_TEXT_PHONE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phone.h"

/*
 * More than any prefix and national number together: of a longer number the
 * first ones are kept, and every question about it has the same answer.
 */
#define PHONE_DIGITS_MAX	64

/* So many bytes behind the digits may be read, whatever they are. */
#define PHONE_DIGITS_SLACK	24

/* What a value says before any region's rules are applied. */
typedef struct PhoneText
{
	bool		plus;			/* it begins with a plus sign */
	size_t		count;
	char		digits[PHONE_DIGITS_MAX + PHONE_DIGITS_SLACK];	/* ASCII */
	size_t		extension_length;
	char		extension[PHONE_EXT_MAX];	/* as written; not terminated */
} PhoneText;

/* Makes text a number without digits. */
static inline void
phone_text_clear(PhoneText *text)
{
	text->plus = false;
	text->count = 0;
	text->extension_length = 0;
}

static inline void
phone_text_add(PhoneText *text, int digit)
{
	if (text->count < PHONE_DIGITS_MAX)
		text->digits[text->count++] = (char) ('0' + digit);
}

/*
 * Reads a value as libphonenumber does: junk around the number is passed over,
 * RFC 3966 and letters of a keypad are understood.  False: there is no number.
 */
extern bool phone_text_find(const char *in, size_t len, PhoneText *text);

/*
 * Reads a value that is nothing but a number: digits, plus, spaces and
 * punctuation, without extension.  The answer is NULL or the reason.
 */
extern const char *phone_text_read(const char *in, size_t len, PhoneText *text);

#endif
