/*
 * Identifiers (string userIds and keys) in canonical form.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_IDENTIFIER_H
#define USER360_TEXT_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

#define IDENTIFIER_MAX_CHARS	255
#define IDENTIFIER_MAX			(4 * IDENTIFIER_MAX_CHARS)	/* bytes */

typedef struct IdentifierPolicy
{
	bool		casefold;			/* A-1 and a-1 are one identifier */
	bool		strip_separators;	/* spaces and - . / _ do not count */
} IdentifierPolicy;

/*
 * policy NULL: case and separators stay.  out: IDENTIFIER_MAX bytes.
 *
 * White space at both ends goes, a run of spaces of any kind (Unicode's Zs)
 * becomes one U+0020: nobody issues two keys that differ by the kind or the
 * number of their spaces, but no-break ones come with every copy from a web
 * page.  Tabs and line breaks inside are refused like every control.
 */
extern const char *identifier_normalize(const char *in, size_t len,
										const IdentifierPolicy *policy,
										char *out, size_t *out_len);

/* The same without the short cut for plain values, for tests to compare. */
extern const char *identifier_normalize_general(const char *in, size_t len,
												const IdentifierPolicy *policy,
												char *out, size_t *out_len);

#endif
