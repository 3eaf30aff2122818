/*
 * The short cut for plain identifiers: printable ASCII, which is canonical as
 * it is, checked eight bytes at a time while it is copied.
 */
#include "identifier_plain.h"

#include <string.h>

#define WORD				sizeof(uint64_t)
#define EACH_BYTE(value)	(UINT64_C(0x0101010101010101) * (value))
#define HIGH_BITS			EACH_BYTE(0x80)

/* The high bit of each byte that is not printable ASCII; exact for the lowest
 * such byte, hence for the question whether there is one. */
static inline uint64_t
unprintable(uint64_t word)
{
	return (word | (word - EACH_BYTE(0x20)) | (word + EACH_BYTE(0x01))) & HIGH_BITS;
}

/* The high bit of each space, for printable ASCII. */
static inline uint64_t
spaces(uint64_t word)
{
	return ~((word ^ EACH_BYTE(' ')) + EACH_BYTE(0x7F)) & HIGH_BITS;
}

/* Capitals to small letters, for printable ASCII. */
static inline uint64_t
lower_case(uint64_t word)
{
	uint64_t	from_a = word + EACH_BYTE(0x80 - 'A');
	uint64_t	after_z = word + EACH_BYTE(0x80 - 'Z' - 1);

	return word | ((from_a & ~after_z & HIGH_BITS) >> 2);
}

static bool
has_double_space(const char *in, size_t len)
{
	size_t		i;

	for (i = 1; i < len; i++)
	{
		if (in[i - 1] == ' ' && in[i] == ' ')
			return true;
	}
	return false;
}

/* What was seen in the words so far. */
typedef struct Findings
{
	uint64_t	refused;
	uint64_t	spaced;
} Findings;

/* One word, checked, to out; a shorter piece is filled up with letters. */
static inline void
copy_word(const char *in, size_t bytes, bool casefold, char *out, Findings *findings)
{
	uint64_t	word = EACH_BYTE('a');

	memcpy(&word, in, bytes);
	findings->refused |= unprintable(word);
	findings->spaced |= spaces(word);
	if (casefold)
		word = lower_case(word);
	memcpy(out, &word, bytes);
}

/* So many words from either end; they may overlap. */
static inline void
copy_ends(const char *in, size_t len, size_t words, bool casefold, char *out,
		  Findings *findings)
{
	size_t		i;

	for (i = 0; i < words; i++)
	{
		size_t		front = i * WORD;
		size_t		back = len - (i + 1) * WORD;

		copy_word(in + front, WORD, casefold, out + front, findings);
		copy_word(in + back, WORD, casefold, out + back, findings);
	}
}

/*
 * The whole value.  Most identifiers take one of the first branches, which
 * have no loop whose length the processor would have to guess.
 */
static inline void
copy_checked(const char *in, size_t len, bool casefold, char *out, Findings *findings)
{
	size_t		i;

	if (len < WORD)
		copy_word(in, len, casefold, out, findings);
	else if (len <= 2 * WORD)
		copy_ends(in, len, 1, casefold, out, findings);
	else if (len <= 4 * WORD)
		copy_ends(in, len, 2, casefold, out, findings);
	else
	{
		for (i = 0; i < len - WORD; i += WORD)
			copy_word(in + i, WORD, casefold, out + i, findings);
		copy_word(in + len - WORD, WORD, casefold, out + len - WORD, findings);
	}
}

static size_t
drop_separators(char *value, size_t len)
{
	size_t		kept = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		value[kept] = value[i];
		kept += !identifier_is_separator(value[i]);
	}
	return kept;
}

bool
identifier_is_plain(const char *in, size_t len, const IdentifierPolicy *policy,
					char *out, size_t *out_len)
{
	Findings	findings = {0, 0};

	if (len == 0 || len > IDENTIFIER_MAX_CHARS)
		return false;
	if (policy->casefold)
		copy_checked(in, len, true, out, &findings);
	else
		copy_checked(in, len, false, out, &findings);
	if (findings.refused != 0)
		return false;
	if (policy->strip_separators)
		len = drop_separators(out, len);
	else if (findings.spaced != 0 && has_double_space(in, len))
		return false;
	*out_len = len;
	return len > 0;
}
