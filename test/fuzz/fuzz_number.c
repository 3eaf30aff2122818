/*
 * number_normalize() over any bytes: its answer fits, is a fixed point, has
 * the form of a canonical number, and the value that the C library reads.
 */
#include <stdint.h>
#include <string.h>

#include "number.h"
#include "require.h"
#include "unicode.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
count_digits(const char *in)
{
	size_t		count = 0;

	while (is_digit(in[count]))
		count++;
	return count;
}

/* A sign, an integer without leading zeros, and a fraction without trailing
 * ones; never -0. */
static void
require_canonical(const char *number)
{
	const char *next = number + (*number == '-');
	size_t		integer = count_digits(next);
	size_t		fraction = 0;

	require(integer > 0 && (*next != '0' || integer == 1));
	if (next[integer] == '.')
	{
		fraction = count_digits(next + integer + 1);
		require(fraction > 0 && next[integer + fraction] != '0');
		fraction++;
	}
	require(next[integer + fraction] == '\0');
	require(strcmp(number, "-0") != 0);
	require(integer + fraction <= NUMBER_MAX_DIGITS + 1 + (*next == '0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *) data;
	char		out[NUMBER_MAX];
	char		again[NUMBER_MAX];
	char		text[NUMBER_MAX + 1];
	char		copy[128];
	size_t		len;
	size_t		again_len;

	if (number_normalize(in, size, out, &len) != NULL)
		return 0;
	require(len <= NUMBER_MAX);
	require(number_normalize(out, len, again, &again_len) == NULL);
	require_same(again, again_len, out, len);
	memcpy(text, out, len);
	text[len] = '\0';
	require_canonical(text);
	if (text_is_ascii(in, size) && size < sizeof(copy))
	{
		memcpy(copy, in, size);
		copy[size] = '\0';
		require(strtod(copy, NULL) == strtod(text, NULL));
	}
	return 0;
}
