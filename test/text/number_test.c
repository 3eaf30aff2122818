/*
 * Numbers: every accepted and refused spelling, and that the canonical form
 * is its own.
 */
#define _POSIX_C_SOURCE 200809L

#include "shared_fields.h"

#include "number.h"

typedef struct Case
{
	const char *in;
	const char *out;			/* NULL: refused */
	const char *reason;			/* a part of it */
} Case;

static const Case cases[] = {
	{"0", "0", NULL},
	{"7", "7", NULL},
	{"+7", "7", NULL},
	{"-7", "-7", NULL},
	{"-0", "0", NULL},
	{"+0.000", "0", NULL},
	{"-0.0", "0", NULL},
	{"1.50", "1.5", NULL},
	{"100", "100", NULL},
	{"100.000", "100", NULL},
	{"0.5", "0.5", NULL},
	{"-0.5", "-0.5", NULL},
	{"0.050", "0.05", NULL},
	{"1.00000000000000000000000000000000000000000000", "1", NULL},
	{"123456789012345", "123456789012345", NULL},
	{"-123456789012345", "-123456789012345", NULL},
	{"1234567890.12345", "1234567890.12345", NULL},
	{"0.123456789012345", "0.123456789012345", NULL},
	{"-0.123456789012345", "-0.123456789012345", NULL},
	{"0.000000000000001", "0.000000000000001", NULL},
	{"  42\t", "42", NULL},
	{"\xE3\x80\x80" "42\xC2\xA0", "42", NULL},
	{"\xEF\xBC\x94\xEF\xBC\x92", "42", NULL},
	{"\xEF\xBC\x8D\xEF\xBC\x94\xEF\xBC\x8E\xEF\xBC\x95", "-4.5", NULL},
	{"\xEF\xBC\x8B" "4", "4", NULL},

	{"", NULL, "blank"},
	{" \t", NULL, "blank"},
	{"-", NULL, "plain decimal"},
	{"+-1", NULL, "plain decimal"},
	{"--1", NULL, "plain decimal"},
	{".5", NULL, "plain decimal"},
	{"5.", NULL, "no digit after the point"},
	{"-.5", NULL, "plain decimal"},
	{"1.2.3", NULL, "plain decimal"},
	{"007", NULL, "leading zeros"},
	{"00", NULL, "leading zeros"},
	{"-00.5", NULL, "leading zeros"},
	{"1e5", NULL, "exponent"},
	{"1E+5", NULL, "exponent"},
	{"1.5e-3", NULL, "exponent"},
	{"e5", NULL, "plain decimal"},
	{"1,234", NULL, "thousands"},
	{"1.234,5", NULL, "thousands"},
	{"1'234", NULL, "thousands"},
	{"1_234", NULL, "thousands"},
	{"1 234", NULL, "thousands"},
	{"1\xC2\xA0" "234", NULL, "thousands"},
	{"1\xE2\x80\xAF" "234", NULL, "thousands"},
	{"1234567890123456", NULL, "15 digits"},
	{"1000000000000000", NULL, "15 digits"},
	{"0.1234567890123456", NULL, "15 digits"},
	{"0.0000000000000001", NULL, "15 digits"},
	{"12345678901234.56", NULL, "15 digits"},
	{"NaN", NULL, "plain decimal"},
	{"Infinity", NULL, "plain decimal"},
	{"0x1F", NULL, "plain decimal"},
	{"12a", NULL, "plain decimal"},
	{"12%", NULL, "plain decimal"},
	{"$12", NULL, "plain decimal"},
	{"\xE2\x88\x92" "5", NULL, "plain decimal"},	/* MINUS SIGN */
	{"\xD9\xA4\xD9\xA2", NULL, "plain decimal"},	/* Arabic-Indic digits */
	{"\xE0\xA5\xAA\xE0\xA5\xA8", NULL, "plain decimal"},	/* Devanagari digits */
	{"\xC2\xB2", NULL, "plain decimal"},	/* superscript two */
	{"4\xE2\x80\x8B" "2", NULL, "plain decimal"},	/* ZERO WIDTH SPACE */
	{"4\xFF", NULL, "plain decimal"},
	{"\xEF\xBC", NULL, "plain decimal"}
};

static void
check_case(const Case *wanted)
{
	char		out[NUMBER_MAX];
	size_t		out_len = 0;
	const char *reason = number_normalize(wanted->in, strlen(wanted->in), out, &out_len);

	if (wanted->out == NULL)
		check(reason != NULL && strstr(reason, wanted->reason) != NULL,
			  "\"%s\": %s", wanted->in, reason == NULL ? "accepted" : reason);
	else
		check(reason == NULL && out_len == strlen(wanted->out) &&
			  memcmp(out, wanted->out, out_len) == 0,
			  "\"%s\": %s \"%.*s\"", wanted->in, reason == NULL ? "gave" : reason,
			  (int) out_len, out);
}

static void
check_idempotent(const char *in, size_t len)
{
	char		once[NUMBER_MAX];
	char		twice[NUMBER_MAX];
	size_t		once_len;
	size_t		twice_len;

	if (number_normalize(in, len, once, &once_len) != NULL)
		return;
	check(number_normalize(once, once_len, twice, &twice_len) == NULL &&
		  twice_len == once_len && memcmp(once, twice, once_len) == 0,
		  "\"%.*s\" is not stable", (int) once_len, once);
}

/*
 * The value of a number must survive: what printf gives for every integer and
 * fraction near the limits is read back by strtod as the same.
 */
static void
check_value(double value, int places)
{
	char		in[64];
	char		out[NUMBER_MAX + 1];
	size_t		out_len;
	int			len = snprintf(in, sizeof(in), "%.*f", places, value);
	const char *reason = number_normalize(in, (size_t) len, out, &out_len);

	if (reason != NULL)
	{
		check(false, "\"%s\": %s", in, reason);
		return;
	}
	out[out_len] = '\0';
	check(strtod(in, NULL) == strtod(out, NULL), "\"%s\" became \"%s\"", in, out);
	check_idempotent(in, (size_t) len);
}

int
main(void)
{
	size_t		i;
	int			places;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		check_case(&cases[i]);
		check_idempotent(cases[i].in, strlen(cases[i].in));
	}
	for (places = 0; places <= 8; places++)
	{
		for (i = 0; i < 5000; i++)
		{
			check_value((double) i * 1234.5678, places);
			check_value((double) i * -0.000731, places);
		}
	}
	visit_shared_data(check_idempotent);
	return check_summary("number_test");
}
