/*
 * Values that are never a userId (null, undefined, n/a, 0000, ...), and the
 * patterns that a bot adds to them.
 */
#ifndef USER360_TEXT_BLOCKED_H
#define USER360_TEXT_BLOCKED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is the value, as a whole, one of those that software writes for "nothing",
 * a template that nobody filled in, or without any letter, symbol or digit
 * but zero?  Compared after trimming, width mapping, case folding and
 * stripping quotes, brackets and punctuation of any script at both ends.
 */
extern bool value_is_blocked(const char *in, size_t len);

/*
 * pattern as in SQL's LIKE: % and _, with \ before a character that stands for
 * itself.  Both are compared in NFC, trimmed, width-mapped and case-folded;
 * one longer than BLOCKED_PATTERN_MAX bytes then matches nothing.
 */
#define BLOCKED_PATTERN_MAX	2048

extern bool value_matches_pattern(const char *in, size_t len,
								  const char *pattern, size_t pattern_len);

#endif
