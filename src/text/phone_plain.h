/*
 * Phone numbers that are written with digits and punctuation alone.
 */
#ifndef USER360_TEXT_PHONE_PLAIN_H
#define USER360_TEXT_PHONE_PLAIN_H

#include "phone_text.h"
#include "phone_written.h"

/* What may stand before the first digit or plus. */
typedef enum PlainStart
{
	PLAIN_AFTER_BRACKETS,		/* spaces and opening brackets */
	PLAIN_AFTER_PUNCTUATION		/* all that may also stand between digits */
} PlainStart;

/*
 * Reads a value of digits, spaces and punctuation, with or without a plus in
 * front.  False: it is not of that kind, which says nothing about what it is.
 */
extern bool phone_plain_read_any_script(const char *in, size_t len, PlainStart start,
										PhoneText *text, bool *tilde);

/*
 * The same and faster for a short value of ASCII.  A tilde is not taken, since
 * an extension may follow it; the other says whether there was one.
 */
extern bool phone_plain_read_ascii(const char *in, size_t len, PlainStart start,
								   PhoneText *text);

#endif
