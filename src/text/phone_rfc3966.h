/*
 * Phone numbers with a context, as RFC 3966 has them in its URIs:
 * tel:2071838750;phone-context=+44
 */
#ifndef USER360_TEXT_PHONE_RFC3966_H
#define USER360_TEXT_PHONE_RFC3966_H

#include "phone_written.h"

extern bool rfc3966_has_context(const char *in, size_t len, size_t *context_at);

/*
 * What has to be read as the number: the context, unless it is a domain name,
 * and what stands before it.  False: the context is not as the RFC wants it.
 */
extern bool rfc3966_read(const char *in, size_t len, size_t context_at,
						 Written *written);

#endif
