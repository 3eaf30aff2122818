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
 * Whether there was a tilde is said, since an extension may follow it.
 */
extern bool phone_plain_read_any_script(const char *in, size_t len, PlainStart start,
										PhoneText *text, bool *tilde);

/* A short value of ASCII is read faster; of others this says PLAIN_MAYBE. */
typedef enum PlainAnswer
{
	PLAIN_YES,
	PLAIN_NO,
	PLAIN_MAYBE					/* the general way has to look */
} PlainAnswer;

extern PlainAnswer phone_plain_read_ascii(const char *in, size_t len, PlainStart start,
										  PhoneText *text);

#endif
