/*
 * Names of people, as they are looked for.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_NAME_H
#define USER360_TEXT_NAME_H

#include <stddef.h>

#define NAME_KEY_MAX	128

/*
 * The key of a name: case-folded, without white space at its ends and with
 * single spaces within, and no more of it than fits into NAME_KEY_MAX bytes.
 * The key of a name's beginning is the beginning of its key.  Says how many
 * bytes it has.
 */
extern size_t name_key(const char *in, size_t len, char *out);

#endif
