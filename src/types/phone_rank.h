/*
 * Phone numbers of up to 19 digits as 64-bit numbers of the same order.
 *
 * The rank of a number is its place among all strings of up to 19 digits in
 * the order of text, where a string comes before those that it begins.  A
 * digit at place n (from 0) has passed by as many strings for each smaller
 * digit as begin with one string of n + 1 digits: 1 + 10 + ... + 10^(18 - n),
 * which is written as 19 - n ones; and one more for the string that ends
 * before it.  So ranks go from 1 to 11111111111111111110 < 2^64, and digits
 * follow from them by division.  With 20 digits they would not fit.
 */
#ifndef USER360_TYPES_PHONE_RANK_H
#define USER360_TYPES_PHONE_RANK_H

#include <stddef.h>
#include <stdint.h>

/* What the longest possible numbers of libphonenumber have, Japan's and Indonesia's. */
#define PHONE_RANK_DIGITS	19

#define PHONE_RANK_FIRST_STEP	UINT64_C(1111111111111111111)

/* digits: ASCII; count <= PHONE_RANK_DIGITS. */
static inline uint64_t
phone_rank(const char *digits, size_t count)
{
	uint64_t	rank = 0;
	uint64_t	step = PHONE_RANK_FIRST_STEP;

	for (size_t i = 0; i < count; i++, step /= 10)
		rank += (uint64_t) (digits[i] - '0') * step + 1;
	return rank;
}

/* The number of digits.  digits: PHONE_RANK_DIGITS bytes, not terminated. */
static inline size_t
phone_unrank(uint64_t rank, char *digits)
{
	uint64_t	step = PHONE_RANK_FIRST_STEP;
	size_t		count;

	for (count = 0; rank > 0 && count < PHONE_RANK_DIGITS; count++, step /= 10)
	{
		uint64_t	digit = --rank / step;

		digits[count] = (char) ('0' + digit);
		rank -= digit * step;
	}
	return count;
}

#endif
