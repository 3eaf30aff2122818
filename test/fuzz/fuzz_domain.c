/*
 * domain_normalize() over any bytes: its answer fits and is a fixed point, and
 * a dot is all that a host name may lack.
 */
#include <stdint.h>
#include <string.h>

#include "domain.h"
#include "require.h"
#include "unicode.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_canonical_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *name = (const char *) data;
	char		out[DOMAIN_MAX];
	char		again[DOMAIN_MAX];
	char		shown[DOMAIN_UNICODE_MAX];
	size_t		len;
	size_t		again_len;
	size_t		shown_len;

	text_trim(&name, &size);
	if (domain_to_ascii(name, size, true, out, &len) != NULL)
	{
		require(domain_normalize(name, size, out, &len) != NULL);
		return 0;
	}
	require(len > 0 && len <= DOMAIN_MAX);
	for (size_t i = 0; i < len; i++)
		require(is_canonical_byte(out[i]));
	require(domain_to_ascii(out, len, true, again, &again_len) == NULL);
	require_same(again, again_len, out, len);
	require(domain_to_unicode(out, len, shown, &shown_len));
	require(domain_to_ascii(shown, shown_len, true, again, &again_len) == NULL);
	require_same(again, again_len, out, len);
	if (domain_normalize(name, size, again, &again_len) == NULL)
		require_same(again, again_len, out, len);
	else
		require(memchr(out, '.', len) == NULL);
	return 0;
}
