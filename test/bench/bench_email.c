/*
 * How long email_normalize() takes, in nanoseconds an address: medians of 5
 * runs, beside a copy of the same bytes.
 */
#define _POSIX_C_SOURCE 200809L

#include "measure.h"

#include "email.h"

static const EmailPolicy both_options = {true, true};

static size_t
copy(const Sample *address, char *out)
{
	memcpy(out, address->bytes, address->len);
	return address->len;
}

static size_t
normalize(const Sample *address, char *out)
{
	size_t		len;

	return email_normalize(address->bytes, address->len, NULL, out, &len) == NULL ? len : 0;
}

static size_t
normalize_with_options(const Sample *address, char *out)
{
	size_t		len;

	return email_normalize(address->bytes, address->len, &both_options, out, &len) == NULL ? len : 0;
}

static size_t
normalize_generally(const Sample *address, char *out)
{
	size_t		len;

	return email_normalize_general(address->bytes, address->len, NULL, out, &len) == NULL ? len : 0;
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*state >> 33);
}

static const char *
pick(uint64_t *state, const char *const *words, size_t count)
{
	return words[next_random(state) % count];
}

/* Addresses as customers have them, 12 to 45 bytes. */
static void
fill(Sample *addresses, const char *const *domains, size_t domain_count, const char *accent)
{
	static const char *const first_names[] = {"ann", "Priya", "mohamed", "Li", "JOHN",
	"oleksandr", "maria", "sven", "Fatima", "guillermo"};
	static const char *const last_names[] = {"smith", "Kumar", "garcia", "wu", "Papadopoulos",
	"lee", "schmidt", "o", "Venkataraman", "silva"};
	static const char *const separators[] = {".", "_", "", "-", ".", "+"};
	uint64_t	state = 42;

	for (int i = 0; i < SAMPLES; i++)
	{
		int			len = snprintf(addresses[i].bytes, SAMPLE_BYTES, "%s%s%s%s%u@%s",
								   pick(&state, first_names, 10), pick(&state, separators, 6),
								   accent, pick(&state, last_names, 10),
								   next_random(&state) % 1000,
								   pick(&state, domains, domain_count));

		addresses[i].len = (size_t) len;
	}
}

int
main(void)
{
	static const char *const ascii_domains[] = {"gmail.com", "Example.COM", "yahoo.co.in",
	"mail.example.org", "support.big-company.example", "outlook.com", "qq.com"};
	static const char *const other_domains[] = {"b\xC3\xBC" "cher.example",
	"\xE4\xBE\x8B\xE5\xAD\x90.\xE5\xB9\xBF\xE5\x91\x8A"};
	static const char *const ace_domains[] = {"xn--bcher-kva.example"};
	static Sample addresses[SAMPLES];
	size_t		sum = 0;

	fill(addresses, ascii_domains, 7, "");
	printf("%-44s %8.1f\n", "copy", measure(copy, addresses, &sum));
	printf("%-44s %8.1f\n", "ASCII", measure(normalize, addresses, &sum));
	printf("%-44s %8.1f\n", "ASCII, gmail_dots and plus_tags",
		   measure(normalize_with_options, addresses, &sum));
	printf("%-44s %8.1f\n", "ASCII, by the general path",
		   measure(normalize_generally, addresses, &sum));
	fill(addresses, ace_domains, 1, "");
	printf("%-44s %8.1f\n", "ASCII with an A-label", measure(normalize, addresses, &sum));
	fill(addresses, ascii_domains, 7, "\xC3\x9C");
	printf("%-44s %8.1f\n", "local part beyond ASCII", measure(normalize, addresses, &sum));
	fill(addresses, other_domains, 2, "");
	printf("%-44s %8.1f\n", "domain beyond ASCII", measure(normalize, addresses, &sum));
	printf("nanoseconds an address (checksum %zu)\n", sum);
	return 0;
}
