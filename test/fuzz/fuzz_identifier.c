/*
 * identifier_normalize() over any bytes: its answer fits, is a fixed point and
 * in NFKC, and is the one of the general path.  The first byte chooses the
 * options.
 */
#include <stdint.h>
#include <string.h>

#include "identifier.h"
#include "require.h"
#include "unicode.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 1 to 255 characters, no two spaces in a row, none at the ends. */
static void
require_canonical(const char *value, size_t len)
{
	size_t		count = 0;
	size_t		pos = 0;
	bool		after_space = true;

	require(len <= IDENTIFIER_MAX && text_is_utf8(value, len));
	require(text_is_in_form(TEXT_NFKC, value, len));
	for (; pos < len; count++)
	{
		int32_t		code_point = text_next(value, len, &pos);

		require(!text_is_hidden(code_point));
		require(code_point == ' ' ? !after_space : !text_is_space(code_point));
		after_space = code_point == ' ';
	}
	require(!after_space && count >= 1 && count <= IDENTIFIER_MAX_CHARS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	IdentifierPolicy policy;
	char		out[IDENTIFIER_MAX];
	char		again[IDENTIFIER_MAX];
	size_t		len;
	size_t		again_len;
	const char *value = (const char *) data + 1;
	const char *reason;

	if (size == 0)
		return 0;
	size--;
	policy.casefold = (data[0] & 1) != 0;
	policy.strip_separators = (data[0] & 2) != 0;
	reason = identifier_normalize(value, size, &policy, out, &len);
	require(reason == identifier_normalize_general(value, size, &policy, again, &again_len));
	if (reason != NULL)
		return 0;
	require_same(again, again_len, out, len);
	require_canonical(out, len);
	require(identifier_normalize(out, len, &policy, again, &again_len) == NULL);
	require_same(again, again_len, out, len);

	/* what the options take away was acceptable, too, unless it was too long */
	reason = identifier_normalize(value, size, NULL, again, &again_len);
	require(reason == NULL || strstr(reason, "255") != NULL || policy.strip_separators);
	return 0;
}
