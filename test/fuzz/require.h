/*
 * What a fuzzer demands of every answer; a broken demand ends the process.
 */
#ifndef USER360_FUZZ_REQUIRE_H
#define USER360_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline void
require(bool holds)
{
	if (!holds)
		abort();
}

static inline void
require_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	require(a_len == b_len && memcmp(a, b, a_len) == 0);
}

#endif
