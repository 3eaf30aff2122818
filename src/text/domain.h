/*
 * Domain names in canonical form: UTS #46 to A-labels in lower case.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_DOMAIN_H
#define USER360_TEXT_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#define DOMAIN_MAX		253		/* bytes of a canonical domain name */
#define LABEL_MAX		63		/* bytes of one of its labels */
#define DOMAIN_UNICODE_MAX	(4 * DOMAIN_MAX)	/* bytes of it as people read it */

/* out: DOMAIN_MAX bytes. */
extern const char *domain_normalize(const char *in, size_t len,
									char *out, size_t *out_len);

/*
 * domain_normalize() without the trimming, for a domain that is part of a
 * longer value.  A host name may also be dotless, as localhost is.
 */
extern const char *domain_to_ascii(const char *in, size_t len, bool dotless,
								   char *out, size_t *out_len);

/* A canonical name as people read it, without A-labels. */
extern bool domain_to_unicode(const char *in, size_t len, char *out, size_t *out_len);

#endif
