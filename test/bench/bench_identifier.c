/*
 * How long normalising identifiers takes, beside a copy of the same bytes, and
 * numbers, moments, the list of blocked values and the look-alikes.
 */
#define _POSIX_C_SOURCE 200809L

#include "measure.h"

#include "blocked.h"
#include "datetime.h"
#include "identifier.h"
#include "lookalike.h"
#include "number.h"

typedef int (*Writer) (char *out, size_t size, unsigned number);

static const IdentifierPolicy fold_only = {true, false};
static const IdentifierPolicy both_options = {true, true};

static size_t
copy(const Sample *sample, char *out)
{
	memcpy(out, sample->bytes, sample->len);
	return sample->len;
}

static size_t
normalize(const Sample *sample, char *out)
{
	size_t		len;

	return identifier_normalize(sample->bytes, sample->len, NULL, out, &len) == NULL ? len : 0;
}

static size_t
normalize_folded(const Sample *sample, char *out)
{
	size_t		len;

	return identifier_normalize(sample->bytes, sample->len, &fold_only, out, &len) == NULL ? len : 0;
}

static size_t
normalize_with_both(const Sample *sample, char *out)
{
	size_t		len;

	return identifier_normalize(sample->bytes, sample->len, &both_options, out, &len) == NULL ? len : 0;
}

static size_t
normalize_generally(const Sample *sample, char *out)
{
	size_t		len;

	return identifier_normalize_general(sample->bytes, sample->len, NULL, out, &len) == NULL ? len : 0;
}

static size_t
number(const Sample *sample, char *out)
{
	size_t		len;

	return number_normalize(sample->bytes, sample->len, out, &len) == NULL ? len : 0;
}

static size_t
moment(const Sample *sample, char *out)
{
	size_t		len;

	return datetime_normalize(sample->bytes, sample->len, out, &len) == NULL ? len : 0;
}

static size_t
blocked(const Sample *sample, char *out)
{
	(void) out;
	return value_is_blocked(sample->bytes, sample->len);
}

static size_t
pattern(const Sample *sample, char *out)
{
	(void) out;
	return value_matches_pattern(sample->bytes, sample->len, "demo%", 5);
}

static size_t
skeleton(const Sample *sample, char *out)
{
	size_t		len;

	return lookalike_skeleton(sample->bytes, sample->len, out, OUT_BYTES, &len) ? len : 0;
}

static size_t
scripts(const Sample *sample, char *out)
{
	(void) out;
	return lookalike_scripts(sample->bytes, sample->len) == NULL;
}

/* Identifiers as shops and help desks issue them, 5 to 36 bytes. */
static int
write_ascii(char *out, size_t size, unsigned number)
{
	switch (number % 4)
	{
		case 0:
			return snprintf(out, size, "%u", 10000 + number % 90000000);
		case 1:
			return snprintf(out, size, "CUST-%07u", number % 10000000);
		case 2:
			return snprintf(out, size, "%08x-%04x-4%03x-a%03x-%012x", number * 2654435761u,
							number % 65536, number % 4096, number % 4095, number * 40503u);
		default:
			return snprintf(out, size, "Acme.Corp/%u_%c", number, 'A' + (char) (number % 26));
	}
}

static int
write_spaced(char *out, size_t size, unsigned number)
{
	return snprintf(out, size, " AB %03u %04u", number % 1000, number % 10000);
}

static int
write_beyond_ascii(char *out, size_t size, unsigned number)
{
	return snprintf(out, size, number % 2 == 0 ? "客户-%u" : "Müller-%u", number);
}

static int
write_number(char *out, size_t size, unsigned number)
{
	return snprintf(out, size, "%u.%02u", number, number % 100);
}

static int
write_moment(char *out, size_t size, unsigned number)
{
	return snprintf(out, size, "20%02u-%02u-%02uT%02u:%02u:00+05:30", number % 100,
					1 + number % 12, 1 + number % 28, number % 24, number % 60);
}

static void
fill(Sample *samples, Writer writer)
{
	uint64_t	state = 42;

	for (int i = 0; i < SAMPLES; i++)
	{
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		samples[i].len = (size_t) writer(samples[i].bytes, SAMPLE_BYTES, (unsigned) (state >> 33));
	}
}

int
main(void)
{
	static const struct
	{
		const char *name;
		Writer		writer;
		Work		work;
	}			lines[] = {
		{"copy", write_ascii, copy},
		{"identifier, ASCII", write_ascii, normalize},
		{"identifier, ASCII, casefold", write_ascii, normalize_folded},
		{"identifier, ASCII, both options", write_ascii, normalize_with_both},
		{"identifier, ASCII, by the general path", write_ascii, normalize_generally},
		{"identifier with single spaces, trimmed", write_spaced, normalize},
		{"identifier beyond ASCII", write_beyond_ascii, normalize},
		{"identifier beyond ASCII, both options", write_beyond_ascii, normalize_with_both},
		{"is it blocked, ASCII", write_ascii, blocked},
		{"is it blocked, beyond ASCII", write_beyond_ascii, blocked},
		{"does it match a pattern", write_ascii, pattern},
		{"number", write_number, number},
		{"date and time", write_moment, moment},
		{"skeleton, ASCII", write_ascii, skeleton},
		{"skeleton, beyond ASCII", write_beyond_ascii, skeleton},
		{"scripts, beyond ASCII", write_beyond_ascii, scripts}
	};
	static Sample samples[SAMPLES];
	size_t		sum = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
	{
		fill(samples, lines[i].writer);
		printf("%-42s %8.1f\n", lines[i].name, measure(lines[i].work, samples, &sum));
	}
	printf("nanoseconds a value, median of %d runs (checksum %zu)\n", RUNS, sum);
	return 0;
}
