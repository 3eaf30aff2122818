/*
 * The short cut for plain identifiers.
 */
#ifndef USER360_TEXT_IDENTIFIER_PLAIN_H
#define USER360_TEXT_IDENTIFIER_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identifier.h"

/* What strip_separators drops. */
static inline bool
identifier_is_separator(int32_t code_point)
{
	switch (code_point)
	{
		case ' ':
		case '-':
		case '.':
		case '/':
		case '_':
			return true;
		default:
			return false;
	}
}

/*
 * Writes the canonical form of a trimmed value to out.  False for every value
 * but printable ASCII without a space to fold, of which something is left;
 * that one needs the general path, and out may have been written to.
 */
extern bool identifier_is_plain(const char *in, size_t len,
								const IdentifierPolicy *policy,
								char *out, size_t *out_len);

#endif
