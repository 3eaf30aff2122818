/*
 * The extension at the end of a written phone number.
 */
#ifndef USER360_TEXT_PHONE_EXTENSION_H
#define USER360_TEXT_PHONE_EXTENSION_H

#include "phone_written.h"

typedef struct Extension
{
	size_t		start;			/* with its label and what is before that */
	size_t		digits;
	size_t		digits_end;
} Extension;

/* The longest end of the value that libphonenumber takes for an extension. */
extern bool extension_find(const Written *written, Extension *extension);

#endif
