/*
 * The tables that phone_metadata.py makes of libphonenumber's metadata, all
 * constant and without a pointer.
 *
 * Every question that libphonenumber answers by a regular expression over a
 * number's digits is a decision graph here.  phone_graphs holds them all: a
 * graph is known by the place of its first node.  A node is a word of flags
 * and then its targets: bit i is set where digit i + 1 leads elsewhere than
 * digit i does, so that as many bits as are set below digit d give the place
 * of d's target.  The end of the number counts as a digit 10.  Places below
 * phone_graph_leaves are leaves, and the word there is the answer.
 */
#ifndef USER360_TEXT_PHONE_METADATA_H
#define USER360_TEXT_PHONE_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#define PHONE_NATIONAL_MAX	17	/* digits of a national number */
#define PHONE_END_OF_NUMBER	10
#define PHONE_LITERAL_MAX	4	/* digits that a transform rule puts first */
#define PHONE_NO_REGION		255

/* A leaf of a type graph: the region's number and the PhoneType. */
#define PHONE_LEAF_REGION(leaf)		((leaf) >> 4)
#define PHONE_LEAF_TYPE(leaf)		((leaf) & 15)

/*
 * A leaf of a prefix graph: is there a prefix, how many digits does it have,
 * and which of them does the region's transform rule keep.
 */
#define PHONE_LEAF_IS_PREFIX(leaf)	(((leaf) & 0x8000) != 0)
#define PHONE_LEAF_PREFIX(leaf)		(((leaf) >> 8) & 31)
#define PHONE_LEAF_KEPT_FROM(leaf)	(((leaf) >> 4) & 15)
#define PHONE_LEAF_KEPT(leaf)		((leaf) & 15)

typedef struct PhoneRegion
{
	char		id[4];
	uint8_t		calling_code;	/* place in phone_calling_codes */
	uint8_t		literal_length;
	char		literal[PHONE_LITERAL_MAX + 1];
	uint16_t	idd;			/* graph of the international dialling prefix */
	uint16_t	prefix;			/* graph of the national prefix */
	uint16_t	idd_firsts;		/* bit n: a prefix may begin with digit n */
	uint16_t	prefix_firsts;
	uint32_t	lengths;		/* bit n: numbers of n digits are possible */
	uint32_t	local_lengths;	/* the same within one's own area only */
	uint16_t	general[PHONE_NATIONAL_MAX + 1];	/* by length: 1 where the
													 * general pattern matches */
} PhoneRegion;

typedef struct PhoneCallingCode
{
	uint8_t		main_region;	/* whose rules hold for the calling code */
	uint8_t		length;
	char		digits[4];
	uint16_t	value;
	uint16_t	types[PHONE_NATIONAL_MAX + 1];	/* by length: region and type */
} PhoneCallingCode;

extern const char phone_metadata_name[];
extern const PhoneRegion phone_regions[];
extern const PhoneCallingCode phone_calling_codes[];	/* 0: none */
extern const uint8_t phone_code_of_digits[1000];	/* by a number's first three */
extern const uint8_t phone_region_of_letters[26 * 26];
extern const uint16_t phone_graph_leaves;
extern const uint16_t phone_graphs[];

/* How many bits are set in a number of ten bits. */
extern const uint8_t phone_bits_set[1024];

#endif
