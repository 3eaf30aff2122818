/*
 * The short cut for plain addresses.
 */
#ifndef USER360_TEXT_EMAIL_PLAIN_H
#define USER360_TEXT_EMAIL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#define EMAIL_PLAIN_MIN	8
#define EMAIL_PLAIN_MAX	64

/*
 * Writes the canonical address, of the same length, to out.  False for every
 * address that is not plainly good, which then needs the general path; out
 * may have been written to.
 */
extern bool email_is_plain(const char *in, size_t len, char *out);

#endif
