/*
 * email_normalize() over any bytes: its answer fits, is a fixed point, and is
 * the one of the general path.  The first byte chooses the options.
 */
#include <stdint.h>
#include <string.h>

#include "email.h"
#include "require.h"
#include "unicode.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One @, dots and a top label where they belong, nothing in capitals. */
static void
require_canonical(const char *address, size_t len)
{
	const char *at = memchr(address, '@', len);
	char		domain[DOMAIN_MAX];
	size_t		domain_len;

	require(len <= EMAIL_MAX && text_is_utf8(address, len));
	require(at != NULL && at > address && at - address <= LOCAL_PART_MAX);
	require(domain_normalize(at + 1, len - (size_t) (at + 1 - address),
							 domain, &domain_len) == NULL);
	require_same(domain, domain_len, at + 1, len - (size_t) (at + 1 - address));
	for (size_t i = 0; i < len; i++)
		require(address[i] == text_ascii_lower(address[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EmailPolicy policy;
	char		out[EMAIL_MAX];
	char		again[EMAIL_MAX];
	size_t		len;
	size_t		again_len;
	const char *reason;
	const char *general_reason;

	if (size == 0)
		return 0;
	policy.gmail_dots = (data[0] & 1) != 0;
	policy.plus_tags = (data[0] & 2) != 0;
	reason = email_normalize((const char *) data + 1, size - 1, &policy, out, &len);
	general_reason = email_normalize_general((const char *) data + 1, size - 1, &policy,
											 again, &again_len);
	require(reason == general_reason);
	if (reason != NULL)
		return 0;
	require_same(out, len, again, again_len);
	require_canonical(out, len);
	require(email_normalize(out, len, &policy, again, &again_len) == NULL);
	require_same(out, len, again, again_len);
	return 0;
}
