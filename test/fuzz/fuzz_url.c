/*
 * url_normalize() over any bytes: its answer fits and is a fixed point.
 */
#include <stdint.h>
#include <string.h>

#include "require.h"
#include "unicode.h"
#include "url.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		out[URL_MAX];
	char		again[URL_MAX];
	size_t		len;
	size_t		again_len;

	if (url_normalize((const char *) data, size, out, &len) != NULL)
		return 0;
	require(len > strlen("http://") && len <= URL_MAX && text_is_utf8(out, len));
	require(memcmp(out, "http://", 7) == 0 || memcmp(out, "https://", 8) == 0);
	require(url_normalize(out, len, again, &again_len) == NULL);
	require_same(again, again_len, out, len);
	return 0;
}
