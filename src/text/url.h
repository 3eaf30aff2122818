/*
 * URLs in canonical form: http or https, scheme and host in lower case (the
 * host as A-labels), the rest as given.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_URL_H
#define USER360_TEXT_URL_H

#include <stddef.h>

#define URL_MAX	1020			/* bytes of a canonical URL */

/* out: URL_MAX bytes. */
extern const char *url_normalize(const char *in, size_t len,
								 char *out, size_t *out_len);

#endif
