/*
 * The short cut for plain identifiers: printable ASCII, which is canonical as
 * it is, checked eight bytes at a time while it is copied.
 */
#include "identifier_plain.h"

#include <string.h>

#define WORD				sizeof(uint64_t)
#define SHORT_WORDS			5	/* a UUID in its usual form */
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

/*
 * The whole value, word by word; the last one overlaps the one before.  Up to
 * SHORT_WORDS words it is always so many, the later ones all the last: a
 * length that the processor guessed wrong would cost more than these do.
 */
static inline void
copy_checked(const char *in, size_t len, bool casefold, char *out, Findings *findings)
{
	size_t		last = len - WORD;
	size_t		i;

	if (len < WORD)
		copy_word(in, len, casefold, out, findings);
	else
	{
		for (i = 0; i < SHORT_WORDS; i++)
		{
			size_t		at = i * WORD < last ? i * WORD : last;

			copy_word(in + at, WORD, casefold, out + at, findings);
		}
		for (i = SHORT_WORDS * WORD; i < len; i += WORD)
		{
			size_t		at = i < last ? i : last;

			copy_word(in + at, WORD, casefold, out + at, findings);
		}
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
