/*
 * From the digits that were dialled or written to a calling code and a
 * national number: international and national prefixes.
 */
#ifndef USER360_TEXT_PHONE_NUMBER_H
#define USER360_TEXT_PHONE_NUMBER_H

#include "phone.h"
#include "phone_metadata.h"
#include "phone_text.h"

/* ASCII digits, with PHONE_DIGITS_SLACK bytes behind them. */
typedef struct PhoneDigits
{
	const char *first;
	size_t		count;
} PhoneDigits;

/* For digits that a transform rule moves. */
typedef char PhoneBuffer[PHONE_LITERAL_MAX + PHONE_DIGITS_MAX + PHONE_DIGITS_SLACK];

typedef struct PhoneNumber
{
	const PhoneCallingCode *code;
	const PhoneRegion *main_region;	/* of the calling code: its rules hold */
	PhoneDigits national;		/* in the text, or in one of the next two */
	PhoneBuffer without_own_code;
	PhoneBuffer without_prefix;
} PhoneNumber;

/* NULL where there is no such region; two capital letters. */
extern const PhoneRegion *phone_find_region(const char *region, size_t len);

/*
 * The number that the digits mean when they are written in region home, NULL
 * for an unknown one.  number lives no longer than text.
 */
extern PhoneStatus phone_resolve(const PhoneText *text, const PhoneRegion *home,
								 PhoneNumber *number);

/*
 * libphonenumber may read its own answer differently: +440183783000, which is
 * what it makes of 0183783000 in Jersey, becomes +44183783000.  Reads the
 * possible number again until it stays the same; false where it never does.
 */
extern bool phone_settle(PhoneNumber *number);

/* By its length alone. */
extern PhonePossible phone_possible(const PhoneNumber *number);

/* A leaf of a type graph. */
extern uint16_t phone_region_and_type(const PhoneNumber *number);

/* E.164 with its plus, not terminated.  All PHONE_MAX bytes may be written. */
extern size_t phone_print(const PhoneNumber *number, char *out);

#endif
