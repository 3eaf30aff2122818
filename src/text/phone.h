/*
 * Phone numbers: libphonenumber's answers from constant tables.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_PHONE_H
#define USER360_TEXT_PHONE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of a canonical number: +, 3 digits of calling code and 17 more, which
 * is libphonenumber's E.164 and longer than ITU's (in Japan and Indonesia 19
 * digits are possible), rounded up to whole words.
 */
#define PHONE_MAX		24
#define PHONE_EXT_MAX	80		/* an extension's 20 digits, in any script, as they
								 * were written */

typedef enum PhoneStatus
{
	PHONE_OK,
	PHONE_INVALID_COUNTRY_CODE,
	PHONE_NOT_A_NUMBER,
	PHONE_TOO_SHORT_AFTER_IDD,
	PHONE_TOO_SHORT,
	PHONE_TOO_LONG
} PhoneStatus;

/* libphonenumber's ValidationResult */
typedef enum PhonePossible
{
	PHONE_IS_POSSIBLE,
	PHONE_IS_POSSIBLE_LOCAL_ONLY,
	PHONE_POSSIBLE_INVALID_COUNTRY_CODE,
	PHONE_POSSIBLE_TOO_SHORT,
	PHONE_POSSIBLE_INVALID_LENGTH,
	PHONE_POSSIBLE_TOO_LONG
} PhonePossible;

/* libphonenumber's PhoneNumberType, in its numbering */
typedef enum PhoneType
{
	PHONE_FIXED_LINE,
	PHONE_MOBILE,
	PHONE_FIXED_LINE_OR_MOBILE,
	PHONE_TOLL_FREE,
	PHONE_PREMIUM_RATE,
	PHONE_SHARED_COST,
	PHONE_VOIP,
	PHONE_PERSONAL_NUMBER,
	PHONE_PAGER,
	PHONE_UAN,
	PHONE_VOICEMAIL,
	PHONE_UNKNOWN
} PhoneType;

typedef struct PhoneInfo
{
	PhoneStatus status;
	char		e164[PHONE_MAX + 1];	/* terminated; empty unless status is OK */
	char		extension[PHONE_EXT_MAX + 1];	/* terminated; often empty */
	int			country_code;
	char		region[4];		/* ISO 3166 alpha-2 or 001; empty: none */
	PhoneType	type;
	PhonePossible possible;
	bool		valid;
} PhoneInfo;

/*
 * libphonenumber's Parse, IsPossibleNumberWithReason, IsValidNumber,
 * GetNumberType and GetRegionCodeForNumber over the whole value as they would
 * see it.  region: two capital letters (what follows them is not read), or
 * NULL or empty for an unknown one, as for any other.
 */
extern void phone_info(const char *in, size_t len, const char *region,
					   PhoneInfo *info);

/* flags of phone_normalize() */
#define PHONE_BARE_CALLING_CODE			0x01	/* also read 919000500000: when the national
												 * reading is not possible and + before it
												 * gives a valid number */
#define PHONE_ALWAYS_INTERNATIONAL		0x02	/* read digits without + only so (WhatsApp ids) */
#define PHONE_MUST_BE_VALID				0x04

/*
 * E.164 of a value that is, as a whole, one possible phone number.  Letters
 * and extensions are refused.  The answer is libphonenumber's, except where
 * libphonenumber would read its own answer as another number: then it is the
 * one at which that ends, so that normalising again changes nothing.  (Such
 * first answers are not valid, but for Belarus's premium-rate numbers that begin
 * with 810.)  out: PHONE_MAX bytes.
 */
extern const char *phone_normalize(const char *in, size_t len,
								   const char *region, int flags,
								   char *out, size_t *out_len);

/* The region of a canonical number: ISO 3166 alpha-2, or NULL where it is
 * non-geographic or unknown. */
extern const char *phone_region(const char *e164, size_t len);

/* Is this a region that the metadata knows?  Two capital letters. */
extern bool phone_region_exists(const char *region, size_t len);

/* Of libphonenumber's PhoneNumberMetadata.xml, e.g. "9.0.35". */
extern const char *phone_metadata_version(void);

#endif
