/*
 * The rules of phone_normalize() that libphonenumber does not have, and what
 * stands around it.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "shared_fields.h"

#include "phone.h"
#include "phone_plain.h"

typedef struct Accepted
{
	const char *region;
	const char *in;
	int			flags;
	const char *out;
} Accepted;

typedef struct Refused
{
	const char *region;
	const char *in;
	int			flags;
	const char *reason;
} Refused;

static const Accepted accepted[] = {
	/* already canonical, international, national, with a dialling prefix */
	{NULL, "+919000500000", 0, "+919000500000"},
	{"US", "+91 90005 00000", 0, "+919000500000"},
	{"IN", "090005 00000", 0, "+919000500000"},
	{"IN", "9000500000", 0, "+919000500000"},
	{"US", "011 91 90005-00000", 0, "+919000500000"},
	{"AU", "0011 91 9000 500 000", 0, "+919000500000"},
	{"GB", "(020) 7946 0958", 0, "+442079460958"},
	{"GB", "+44 (0)20 7946 0958", 0, "+442079460958"},
	{"GB", "(+44) 20 7946 0958", 0, "+442079460958"},
	{"US", "(415) 555-2671", 0, "+14155552671"},
	{"US", "1-415-555-2671", 0, "+14155552671"},
	{"FR", "01.23.45.67.89", 0, "+33123456789"},
	{"DE", "030/1234567", 0, "+49301234567"},
	{"US", "[415] 555-2671", 0, "+14155552671"},
	/* leading zeros that belong to the number, transform rules, carrier codes */
	{"IT", "06 6982", 0, "+39066982"},
	{"IT", "+39 06 6982", 0, "+39066982"},
	{"AR", "011 15 2345-6789", 0, "+5491123456789"},
	{"BR", "0 15 11 96123-4567", 0, "+5511961234567"},
	{"SM", "0549 886377", 0, "+3780549886377"},
	{"SM", "886377", 0, "+3780549886377"},
	{"BS", "242 365-1234", 0, "+12423651234"},
	{"BS", "365-1234", 0, "+12423651234"},
	/* calling codes without a country */
	{NULL, "+800 1234 5678", 0, "+80012345678"},
	{NULL, "+979 123 456 789", 0, "+979123456789"},
	/* the region's calling code without a plus, where nothing else fits */
	{"IN", "919000500000", 0, "+919000500000"},
	{"US", "14155552671", 0, "+14155552671"},
	/* digits, signs and spaces of other scripts */
	{"IN", "\xE0\xA5\xAF\xE0\xA5\xA6\xE0\xA5\xA6\xE0\xA5\xA6\xE0\xA5\xAB" "00000", 0,
	"+919000500000"},
	{NULL, "+\xD9\xA9\xD9\xA1 \xDB\xB9\xDB\xB0\xDB\xB0\xDB\xB0\xDB\xB5 00000", 0, "+919000500000"},
	{NULL, "\xEF\xBC\x8B\xEF\xBC\x91\xE3\x80\x80\xEF\xBC\x88\xEF\xBC\x96\xEF\xBC\x95\xEF\xBC\x90"
	"\xEF\xBC\x89\xE3\x80\x80" "253\xEF\xBC\x8D" "0000", 0, "+16502530000"},
	{"US", "415\xE2\x80\x91" "555\xE2\x80\x93" "2671", 0, "+14155552671"},
	{"US", "415\xC2\xA0" "555\xC2\xAD" "2671", 0, "+14155552671"},
	/* white space around it, and what address books put there */
	{NULL, "  +1 415 555 2671\t\n", 0, "+14155552671"},
	{NULL, "\xE2\x80\x83+14155552671\xE3\x80\x80", 0, "+14155552671"},
	{NULL, "\xE2\x80\xAA+1 (415) 555-2671\xE2\x80\xAC", 0, "+14155552671"},
	{NULL, "++1 415 555 2671", 0, "+14155552671"},
	{"US", "415-555-2671.", 0, "+14155552671"},
	/* possible, not valid */
	{"US", "123-456-7890", 0, "+11234567890"},
	/* read until it stays the same */
	{"JE", "0183783000", 0, "+44183783000"},
	/* the calling code without a plus */
	{NULL, "919000500000", PHONE_BARE_CALLING_CODE, "+919000500000"},
	{"US", "919000500000", PHONE_BARE_CALLING_CODE, "+919000500000"},
	{"US", "91 90005-00000", PHONE_BARE_CALLING_CODE, "+919000500000"},
	{"US", "4155552671", PHONE_BARE_CALLING_CODE, "+14155552671"},
	{"DE", "919000500000", PHONE_BARE_CALLING_CODE, "+49919000500000"},
	{"DE", "919000500000", PHONE_ALWAYS_INTERNATIONAL, "+919000500000"},
	{NULL, "5491123456789", PHONE_ALWAYS_INTERNATIONAL, "+5491123456789"},
	{"US", "+919000500000", PHONE_ALWAYS_INTERNATIONAL, "+919000500000"},
	{"US", "415-555-2671", PHONE_MUST_BE_VALID, "+14155552671"},
};

static const char *const letters = "a phone number has no letters";
static const char *const extension =
	"a number with an extension is not one person's; leave the extension out";
static const char *const no_number = "the value is not a phone number";
static const char *const no_code =
	"the number has no calling code, and there is no region to take one from";
static const char *const unknown_code = "the number begins with no known calling code";
static const char *const too_short = "the number has too few digits for its calling code";
static const char *const too_long = "the number has too many digits for its calling code";
static const char *const wrong_length = "no number of its calling code has that many digits";
static const char *const not_valid =
	"the number is not valid in the numbering plan of its calling code";

static const Refused refused[] = {
	{"US", "", 0, no_number},
	{"US", "   ", 0, no_number},
	{"US", "+", 0, no_number},
	{"US", "12", 0, no_number},
	{"US", "()", 0, no_number},
	{"US", "n/a", 0, letters},
	{"US", "1-800-FLOWERS", 0, letters},
	{"US", "415 555 2671 home", 0, letters},
	{"US", "tel:+14155552671", 0, letters},
	{"US", "+1 415 555 2671 \xD0\xBC\xD0\xBE\xD0\xB1", 0, letters},
	{"US", "\xE9\x9B\xBB\xE8\xA9\xB1 415 555 2671", 0, letters},
	{"US", "415x5552671", 0, extension},
	{"US", "415-555-2671 ext. 12", 0, extension},
	{"US", "415-555-2671x12", 0, extension},
	{"US", "415-555-2671 #12", 0, extension},
	{"US", "415-555-2671,,12", 0, extension},
	{"US", "415-555-2671;ext=12", 0, extension},
	{"US", "415-555-2671 ~ 12", 0, extension},
	{"RU", "8 (423) 202-25-11, \xD0\xB4\xD0\xBE\xD0\xB1. 100", 0, extension},
	{"US", "415-555-2671 ext. \xD9\xA1\xD9\xA2", 0, extension},
	{"US", "*31#4155552671", 0, no_number},
	{"US", "415 555 2671?", 0, no_number},
	{"US", "-4155552671", 0, no_number},
	{"US", ".4155552671", 0, no_number},
	{"US", "415+5552671", 0, no_number},
	{"US", "+1+415 555 2671", 0, no_number},
	{"US", "+ +14155552671", 0, no_number},
	{"US", "415\t5552671", 0, no_number},
	{"US", "415\xE2\x80\xAE" "5552671", 0, no_number},
	{"US", "4155552671\x0B", 0, no_number},
	{"US", "\xF0\x9F\x93\x9E 415 555 2671", 0, no_number},
	{"US", "415 555 2671 / 415 555 2672", 0, "the number has too many digits"},
	{"US", "415\xFF" "5552671", 0, "the value is not valid UTF-8"},
	{NULL, "4155552671", 0, no_code},
	{"ZZ", "4155552671", 0, no_code},
	{"us", "4155552671", 0, no_code},
	{NULL, "+0123456789", 0, unknown_code},
	{NULL, "+210123456789", 0, unknown_code},
	{"US", "911", 0, too_short},
	{"US", "555-2671", 0, "the number lacks its area code"},
	{"US", "41555526711", 0, too_long},
	{NULL, "+49 1", 0, "the number has too few digits"},
	{NULL, "+55 119612345678", 0, too_long},
	{NULL, "+7 800123456", 0, too_short},
	{"AT", "+247 1234567", 0, too_long},
	{"IN", "+376 1234567", 0, wrong_length},
	{NULL, "+1234567890123456789012345", 0, "the number has too many digits"},
	{"US", "123-456-7890", PHONE_MUST_BE_VALID, not_valid},
	/* bare calling codes: only where the number is then valid */
	{"US", "910000000000", PHONE_BARE_CALLING_CODE, too_long},
	{NULL, "11234567890", PHONE_BARE_CALLING_CODE, no_code},
	{NULL, "910000000000", PHONE_ALWAYS_INTERNATIONAL | PHONE_MUST_BE_VALID, not_valid},
	{"AT", "919000500000", PHONE_BARE_CALLING_CODE | PHONE_MUST_BE_VALID, not_valid},
	{"US", "4155552671", PHONE_ALWAYS_INTERNATIONAL, too_short},
	{"IN", "09000500000", PHONE_ALWAYS_INTERNATIONAL, unknown_code},
};

static void
check_accepted(void)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
	{
		const Accepted *it = &accepted[i];
		char		out[PHONE_MAX];
		size_t		len = 0;
		const char *reason = phone_normalize(it->in, strlen(it->in), it->region, it->flags,
											 out, &len);

		check(reason == NULL && len == strlen(it->out) && memcmp(out, it->out, len) == 0,
			  "%s \"%s\" %d: %.*s %s, not %s", it->region == NULL ? "" : it->region, it->in,
			  it->flags, reason == NULL ? (int) len : 0, out, reason == NULL ? "" : reason, it->out);
	}
}

static void
check_refused(void)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		const Refused *it = &refused[i];
		char		out[PHONE_MAX];
		size_t		len = 0;
		const char *reason = phone_normalize(it->in, strlen(it->in), it->region, it->flags,
											 out, &len);

		check(reason != NULL && strcmp(reason, it->reason) == 0, "%s \"%s\" %d: %s, not: %s",
			  it->region == NULL ? "" : it->region, it->in, it->flags,
			  reason == NULL ? "accepted" : reason, it->reason);
	}
}

static void
check_region_of(const char *number, const char *expected)
{
	const char *region = phone_region(number, strlen(number));

	check(expected == NULL ? region == NULL : region != NULL && strcmp(region, expected) == 0,
		  "the region of %s is %s, not %s", number, region == NULL ? "none" : region,
		  expected == NULL ? "none" : expected);
}

static void
check_regions(void)
{
	check_region_of("+14155552671", "US");
	check_region_of("+12423651234", "BS");
	check_region_of("+14165550100", "CA");
	check_region_of("+442079460958", "GB");
	check_region_of("+441534456789", "JE");
	check_region_of("+77012345678", "KZ");
	check_region_of("+390669812345", "VA");
	check_region_of("+919000500000", "IN");
	check_region_of("+80012345678", NULL);
	check_region_of("+11234567890", NULL);
	check_region_of("14155552671", NULL);
	check_region_of("+", NULL);
	check(phone_region_exists("IN", 2), "IN is no region");
	check(!phone_region_exists("ZZ", 2), "ZZ is a region");
	check(!phone_region_exists("in", 2), "in is a region");
	check(!phone_region_exists("IND", 3), "IND is a region");
	check(!phone_region_exists("00", 2), "00 is a region");
	check(!phone_region_exists("", 0), "the empty word is a region");
	check(strlen(phone_metadata_version()) > 0, "the metadata has no version");
}

/* libphonenumber's parser takes more than phone_normalize(). */
static void
check_info(void)
{
	PhoneInfo	info;
	const char *value = "tel:2071838750;phone-context=+44;isub=12";

	phone_info(value, strlen(value), NULL, &info);
	check(info.status == PHONE_OK && strcmp(info.e164, "+442071838750") == 0 &&
		  info.country_code == 44 && info.valid && strcmp(info.region, "GB") == 0 &&
		  info.type == PHONE_FIXED_LINE && info.possible == PHONE_IS_POSSIBLE,
		  "\"%s\": %d %s", value, info.status, info.e164);
	value = "call 1-800-FLOWERS ext \xD9\xA1\xD9\xA2, thanks";
	phone_info(value, strlen(value), "US", &info);
	check(info.status == PHONE_NOT_A_NUMBER, "\"%s\": %d %s", value, info.status, info.e164);
	value = "call 1-800-FLOWERS ext \xD9\xA1\xD9\xA2";
	phone_info(value, strlen(value), "US", &info);
	check(info.status == PHONE_OK && strcmp(info.e164, "+18003569377") == 0 &&
		  strcmp(info.extension, "\xD9\xA1\xD9\xA2") == 0 && info.type == PHONE_TOLL_FREE,
		  "\"%s\": %d %s", value, info.status, info.e164);
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*state >> 33);
}

static long answers[3];

static bool
texts_are_equal(const PhoneText *a, const PhoneText *b)
{
	return a->plus == b->plus && a->count == b->count &&
		memcmp(a->digits, b->digits, a->count) == 0;
}

static void
check_both_ways(const char *in, size_t len, PlainStart start)
{
	PhoneText	fast;
	PhoneText	general;
	bool		tilde;
	PlainAnswer answer = phone_plain_read_ascii(in, len, start, &fast);
	bool		is_plain = phone_plain_read_any_script(in, len, start, &general, &tilde);

	answers[answer]++;
	if (answer == PLAIN_YES)
		check(is_plain && !tilde && texts_are_equal(&fast, &general),
			  "the short cut took \"%.*s\"", (int) len, in);
	else if (answer == PLAIN_NO)
		check(!is_plain, "the short cut refused \"%.*s\"", (int) len, in);
}

/* The short cut for ASCII and the general way take and give the same. */
static void
check_short_cut(void)
{
	static const char bytes[] =
		"01234567890123456789012345678901234567890123456789 -().+/[]~x,\xC2\t\x80";
	uint64_t	state = 7;
	char		in[72];

	for (int i = 0; i < 600000; i++)
	{
		size_t		len = next_random(&state) % (i % 5 == 0 ? sizeof(in) : 22);
		size_t		choices = i % 3 == 0 ? 50 : i % 3 == 1 ? 58 : sizeof(bytes);

		for (size_t j = 0; j < len; j++)
			in[j] = bytes[next_random(&state) % choices];
		if (len > 0 && i % 7 == 0)
			in[0] = '+';
		check_both_ways(in, len, i % 2 == 0 ? PLAIN_AFTER_BRACKETS : PLAIN_AFTER_PUNCTUATION);
	}
	printf("short cut: %ld taken, %ld refused, %ld for the general way\n", answers[PLAIN_YES],
		   answers[PLAIN_NO], answers[PLAIN_MAYBE]);
	check(answers[PLAIN_YES] > 100000, "the short cut was hardly taken");
}

/* Normalising again changes nothing, whatever the region and the flags. */
static void
check_idempotence(const char *value, size_t len)
{
	static const char *const regions[] = {NULL, "US", "JE", "BR", "DE"};

	for (int i = 0; i < 5; i++)
	{
		int			flags = i == 4 ? PHONE_BARE_CALLING_CODE : 0;
		char		out[PHONE_MAX];
		char		again[PHONE_MAX];
		size_t		out_len;
		size_t		again_len;

		if (phone_normalize(value, len, regions[i], flags, out, &out_len) != NULL)
			continue;
		check(phone_normalize(out, out_len, regions[i], flags, again, &again_len) == NULL &&
			  again_len == out_len && memcmp(out, again, out_len) == 0,
			  "%.*s of \"%.*s\" changes", (int) out_len, out, (int) len, value);
	}
}

int
main(void)
{
	check_accepted();
	check_refused();
	check_regions();
	check_info();
	check_short_cut();
	visit_shared_data(check_idempotence);
	return check_summary("phone_normalize_test");
}
