/*
 * Numbers in canonical form: plain decimals of at most 15 digits.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_NUMBER_H
#define USER360_TEXT_NUMBER_H

#include <stddef.h>

#define NUMBER_MAX_DIGITS	15	/* not counting a lone zero before the point */
#define NUMBER_MAX			18	/* sign, zero, point, 15 digits */

/*
 * out: NUMBER_MAX bytes.  -0, +7 and 1.50 become 0, 7 and 1.5; full-width
 * digits, signs and points count, other scripts' digits do not.
 */
extern const char *number_normalize(const char *in, size_t len,
									char *out, size_t *out_len);

#endif
