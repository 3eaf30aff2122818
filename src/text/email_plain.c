/*
 * The short cut for plain addresses: ASCII letters, digits and . - _ + of 8 to
 * 64 bytes.  One pass lower-cases 16 bytes (SSE2) or 8 bytes (any machine) at
 * a time and notes, as a bit for each byte, what the byte is; the rules for
 * dots, hyphens and labels are then a few operations on 64-bit words.
 */
#include "email_plain.h"

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(EMAIL_PLAIN_PORTABLE)
#include <emmintrin.h>
#define USE_SSE2
#endif

/* Bit i tells of byte i. */
typedef struct ByteKinds
{
	uint64_t	dot;
	uint64_t	hyphen;
	uint64_t	at;
	uint64_t	local_only;		/* what only a local part can have: _ and + */
} ByteKinds;

#ifdef USE_SSE2

typedef struct Scan
{
	const char *in;
	char	   *out;
	ByteKinds	kinds;
	__m128i		plain;			/* loses a bit for each byte that is not plain */
} Scan;

/* Bytes above 0x7F are negative, hence in no range of ASCII. */
static inline __m128i
in_range(__m128i bytes, char first, char last)
{
	return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char) (first - 1))),
						 _mm_cmpgt_epi8(_mm_set1_epi8((char) (last + 1)), bytes));
}

static inline __m128i
equal(__m128i bytes, char c)
{
	return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

static inline uint64_t
bits(__m128i mask)
{
	return (uint64_t) (uint32_t) _mm_movemask_epi8(mask);
}

/* Gives the bytes in lower case. */
static inline __m128i
classify(__m128i bytes, ByteKinds *kinds, __m128i *plain)
{
	__m128i		case_bit = _mm_set1_epi8(0x20);
	__m128i		letter = in_range(_mm_or_si128(bytes, case_bit), 'a', 'z');
	__m128i		digit = in_range(bytes, '0', '9');
	__m128i		dot = equal(bytes, '.');
	__m128i		hyphen = equal(bytes, '-');
	__m128i		at = equal(bytes, '@');
	__m128i		local_only = _mm_or_si128(equal(bytes, '_'), equal(bytes, '+'));
	__m128i		any = _mm_or_si128(_mm_or_si128(_mm_or_si128(letter, digit),
												_mm_or_si128(dot, hyphen)),
								   _mm_or_si128(at, local_only));

	*plain = _mm_and_si128(*plain, any);
	kinds->dot = bits(dot);
	kinds->hyphen = bits(hyphen);
	kinds->at = bits(at);
	kinds->local_only = bits(local_only);
	return _mm_or_si128(bytes, _mm_and_si128(letter, case_bit));
}

/* Scans the 16 bytes at offset; some may have been scanned before. */
static inline void
scan_vector(Scan *scan, size_t offset)
{
	ByteKinds	kinds;
	__m128i		bytes = _mm_loadu_si128((const __m128i *) (scan->in + offset));
	__m128i		lower = classify(bytes, &kinds, &scan->plain);

	_mm_storeu_si128((__m128i *) (scan->out + offset), lower);
	scan->kinds.dot |= kinds.dot << offset;
	scan->kinds.hyphen |= kinds.hyphen << offset;
	scan->kinds.at |= kinds.at << offset;
	scan->kinds.local_only |= kinds.local_only << offset;
}

/* The lower 8 bits tell of the first 8 bytes, the others of those at offset. */
static inline uint64_t
spread(uint64_t mask, size_t offset)
{
	return (mask & 0xFF) | mask >> 8 << offset;
}

/* 8 to 15 bytes: both ends as one vector. */
static inline void
scan_short(Scan *scan, size_t len)
{
	size_t		offset = len - 8;
	ByteKinds	kinds;
	__m128i		first = _mm_loadl_epi64((const __m128i *) scan->in);
	__m128i		last = _mm_loadl_epi64((const __m128i *) (scan->in + offset));
	__m128i		lower = classify(_mm_unpacklo_epi64(first, last), &kinds, &scan->plain);

	_mm_storel_epi64((__m128i *) scan->out, lower);
	_mm_storel_epi64((__m128i *) (scan->out + offset), _mm_unpackhi_epi64(lower, lower));
	scan->kinds.dot = spread(kinds.dot, offset);
	scan->kinds.hyphen = spread(kinds.hyphen, offset);
	scan->kinds.at = spread(kinds.at, offset);
	scan->kinds.local_only = spread(kinds.local_only, offset);
}

/* False where a byte is not plain.  Overlapping vectors instead of a loop: its
 * end would be hard to predict. */
static inline bool
scan_bytes(const char *in, size_t len, char *out, ByteKinds *kinds)
{
	Scan		scan = {in, out, {0, 0, 0, 0}, _mm_set1_epi8(-1)};

	if (len < 16)
		scan_short(&scan, len);
	else
	{
		scan_vector(&scan, 0);
		scan_vector(&scan, len - 16);
	}
	if (len > 32)
	{
		scan_vector(&scan, 16);
		scan_vector(&scan, len - 32);
	}
	*kinds = scan.kinds;
	return _mm_movemask_epi8(scan.plain) == 0xFFFF;
}

#else							/* no SSE2 */

#define EACH_BYTE(b)	(UINT64_C(0x0101010101010101) * (uint64_t) (b))
#define HIGH_BITS		EACH_BYTE(0x80)

/* The first byte in memory becomes the lowest byte of the word. */
static inline uint64_t
load_word(const char *in)
{
	uint64_t	word;

	memcpy(&word, in, sizeof(word));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline void
store_word(char *out, uint64_t word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(out, &word, sizeof(word));
}

/* The high bit of each byte that is in the range.  Every byte is ASCII, so no
 * sum carries into the next byte. */
static inline uint64_t
in_range(uint64_t word, int first, int last)
{
	return (word + EACH_BYTE(0x80 - first)) & ~(word + EACH_BYTE(0x7F - last)) & HIGH_BITS;
}

static inline uint64_t
equal(uint64_t word, int c)
{
	return ~((word ^ EACH_BYTE(c)) + EACH_BYTE(0x7F)) & HIGH_BITS;
}

/* The eight high bits, side by side. */
static inline uint64_t
bits(uint64_t mask)
{
	return ((mask >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline bool
scan_bytes(const char *in, size_t len, char *out, ByteKinds *kinds)
{
	memset(kinds, 0, sizeof(*kinds));
	for (size_t next = 0, i = 0; next < len; next = i + 8)
	{
		uint64_t	word;
		uint64_t	letter;
		uint64_t	digit;
		uint64_t	dot;
		uint64_t	hyphen;
		uint64_t	at;
		uint64_t	local_only;

		/* the last word overlaps the one before */
		i = next + 8 <= len ? next : len - 8;
		word = load_word(in + i);
		if ((word & HIGH_BITS) != 0)
			return false;
		letter = in_range(word | EACH_BYTE(0x20), 'a', 'z');
		digit = in_range(word, '0', '9');
		dot = equal(word, '.');
		hyphen = equal(word, '-');
		at = equal(word, '@');
		local_only = equal(word, '_') | equal(word, '+');
		if ((letter | digit | dot | hyphen | at | local_only) != HIGH_BITS)
			return false;
		store_word(out + i, word | letter >> 2);
		kinds->dot |= bits(dot) << i;
		kinds->hyphen |= bits(hyphen) << i;
		kinds->at |= bits(at) << i;
		kinds->local_only |= bits(local_only) << i;
	}
	return true;
}

#endif							/* no SSE2 */

/*
 * Dot-atom before one @, and after it at least two labels of letters, digits
 * and inner hyphens.  Lengths need no look: no part of 64 bytes is too long.
 */
static inline bool
rules_hold(const ByteKinds *kinds, size_t len)
{
	uint64_t	at = kinds->at;
	uint64_t	dot = kinds->dot;
	uint64_t	last = UINT64_C(1) << (len - 1);
	uint64_t	all = last | (last - 1);
	uint64_t	domain = all & ~(at | (at - 1));
	uint64_t	separator = dot | at;
	uint64_t	label_start = separator << 1 | 1;
	uint64_t	label_end = separator >> 1 | last;
	uint64_t	hyphen = kinds->hyphen & domain;
	uint64_t	faults;

	/* exactly one @, and a dot after it */
	if (at == 0 || (at & (at - 1)) != 0 || (dot & domain) == 0)
		return false;
	faults = separator & (label_start | last);
	faults |= kinds->local_only & domain;
	faults |= hyphen & (label_start | label_end);
	/* xn-- needs decoding, and no other label may have hyphens there */
	faults |= hyphen & hyphen >> 1 & label_start << 2;
	return faults == 0;
}

bool
email_is_plain(const char *in, size_t len, char *out)
{
	ByteKinds	kinds;

	if (len < EMAIL_PLAIN_MIN || len > EMAIL_PLAIN_MAX)
		return false;
	/* the top label may be a number */
	if (in[len - 1] <= '9')
		return false;
	return scan_bytes(in, len, out, &kinds) && rules_hold(&kinds, len);
}
