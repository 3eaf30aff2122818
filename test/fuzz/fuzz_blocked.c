/*
 * value_is_blocked() and value_matches_pattern() over any bytes.  The first
 * byte says how many of the others are the pattern; the rest is the value.
 */
#include <stdint.h>
#include <string.h>

#include <unicode/uchar.h>

#include "blocked.h"
#include "identifier.h"
#include "require.h"
#include "unicode.h"

/* Values up to here stay within what the list looks at when they are dressed. */
#define SHORT_VALUE		48

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_mark(const char *value, size_t len)
{
	size_t		pos = 0;

	while (pos < len)
	{
		if (U_GET_GC_MASK(text_next(value, len, &pos)) & U_GC_M_MASK)
			return true;
	}
	return false;
}

/*
 * Brackets around a value change nothing, nor does bringing it to the form of
 * an identifier, unless that puts a mark on a symbol or takes it off.
 */
static void
require_robust(const char *value, size_t len)
{
	bool		blocked = value_is_blocked(value, len);
	char		canonical[IDENTIFIER_MAX];
	char		dressed[SHORT_VALUE + 2];

	if (len > SHORT_VALUE)
		return;
	dressed[0] = '"';
	memcpy(dressed + 1, value, len);
	dressed[len + 1] = '"';
	require(value_is_blocked(dressed, len + 2) == blocked);
	if (text_is_in_form(TEXT_NFC, value, len) && !has_mark(value, len) &&
		identifier_normalize(value, len, NULL, canonical, &len) == NULL)
		require(value_is_blocked(canonical, len) == blocked);
}

/* A value matches itself with its special characters escaped, and a run. */
static void
require_reflexive(const char *value, size_t len)
{
	char		escaped[2 * IDENTIFIER_MAX];
	char		canonical[IDENTIFIER_MAX];
	size_t		canonical_len;
	size_t		escaped_len = 0;
	size_t		i;

	if (identifier_normalize(value, len, NULL, canonical, &canonical_len) != NULL)
		return;
	for (i = 0; i < canonical_len; i++)
	{
		if (strchr("%_\\", canonical[i]) != NULL)
			escaped[escaped_len++] = '\\';
		escaped[escaped_len++] = canonical[i];
	}
	if (escaped_len + 4 > BLOCKED_PATTERN_MAX)
		return;
	require(value_matches_pattern(canonical, canonical_len, escaped, escaped_len));
	require(value_matches_pattern(value, len, "%", 1));
	require(!value_matches_pattern("", 0, escaped, escaped_len));
}

/* What matches still does with a run behind the pattern, which takes nothing. */
static void
require_monotonic(const char *value, size_t len, const char *pattern, size_t pattern_len)
{
	char		longer[256];

	text_trim(&pattern, &pattern_len);
	if (pattern_len == sizeof(longer) || memchr(pattern, '\\', pattern_len) != NULL ||
		!value_matches_pattern(value, len, pattern, pattern_len))
		return;
	memcpy(longer, pattern, pattern_len);
	longer[pattern_len] = '%';
	require(value_matches_pattern(value, len, longer, pattern_len + 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t		pattern_len;
	const char *pattern = (const char *) data + 1;
	const char *value;

	if (size == 0)
		return 0;
	size--;
	pattern_len = data[0] < size ? data[0] : size;
	value = pattern + pattern_len;
	size -= pattern_len;
	require_robust(value, size);
	require_reflexive(value, size);

	require_monotonic(value, size, pattern, pattern_len);
	return 0;
}
