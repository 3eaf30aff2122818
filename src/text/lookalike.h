/*
 * Values that look like another one: UTS #39 through ICU.  These judge new
 * userIds only, and are never part of a key: what they answer moves with
 * Unicode's data.
 */
#ifndef USER360_TEXT_LOOKALIKE_H
#define USER360_TEXT_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Two values that can be taken for each other have one skeleton.  False where
 * the input is not UTF-8, the skeleton takes more than out_size bytes, or ICU
 * has no data.
 */
extern bool lookalike_skeleton(const char *in, size_t len,
							   char *out, size_t out_size, size_t *out_len);

/*
 * NULL where the value is at least "highly restrictive" (one script, or Latin
 * with the scripts of Chinese, Japanese or Korean) and has the digits of one
 * numbering system; else the reason, like a normaliser's.
 */
extern const char *lookalike_scripts(const char *in, size_t len);

#endif
