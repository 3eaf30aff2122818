/*
 * E-mail addresses in canonical form.
 *
 * Like every function of src/text: bytes and a length in (UTF-8, not
 * terminated), canonical bytes out.  The answer is NULL when the value could
 * be normalised, else the reason as a static sentence in lower case, without
 * a full stop.  out holds the answer only after a NULL, and does not overlap
 * in.  Nothing is allocated, PostgreSQL is unknown here.
 */
#ifndef USER360_TEXT_EMAIL_H
#define USER360_TEXT_EMAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "domain.h"

#define EMAIL_MAX		254		/* bytes of a canonical address */
#define LOCAL_PART_MAX	64		/* bytes before its @ */

typedef struct EmailPolicy
{
	bool		gmail_dots;		/* gmail.com ignores dots in the local part */
	bool		plus_tags;		/* what follows a + in the local part is dropped */
} EmailPolicy;

/* policy NULL: dots and tags stay.  out: EMAIL_MAX bytes. */
extern const char *email_normalize(const char *in, size_t len,
								   const EmailPolicy *policy,
								   char *out, size_t *out_len);

/* The same answer without the short cut for plain addresses. */
extern const char *email_normalize_general(const char *in, size_t len,
										   const EmailPolicy *policy,
										   char *out, size_t *out_len);

#endif
