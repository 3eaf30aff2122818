/*
 * email_normalize(): what each rule gives and refuses, the short cut against
 * the general path, and that every answer is a fixed point.
 */
#include "check.h"

#include "email.h"
#include "email_plain.h"
#include "unicode.h"

/* The short cut once more, as a machine without SSE2 has it. */
#define EMAIL_PLAIN_PORTABLE
#define email_is_plain	email_is_plain_portable
#include "../../src/text/email_plain.c"
#undef email_is_plain

#define RANDOM_ADDRESSES	2000000
#define SHORT_LENGTH		9
#define SHORT_ALPHABET		"aZ9.-@"

#define REFUSED		""

/* NULL where an option changes nothing. */
typedef struct Accepted
{
	const char *in;
	const char *plain;			/* without options */
	const char *gmail_dots;
	const char *plus_tags;
	const char *both;
} Accepted;

typedef struct Refused
{
	const char *in;
	const char *reason;
} Refused;

static const Accepted accepted[] = {
	{"ann@example.com", "ann@example.com", NULL, NULL, NULL},
	{"Ann.Smith@EXAMPLE.Com", "ann.smith@example.com", NULL, NULL, NULL},
	{"a@b.co", "a@b.co", NULL, NULL, NULL},
	{"  ann@example.com\t", "ann@example.com", NULL, NULL, NULL},
	{"\xC2\xA0" "ann@example.com\xE3\x80\x80", "ann@example.com", NULL, NULL, NULL},
	{"o'neil@example.com", "o'neil@example.com", NULL, NULL, NULL},
	{"!#$%&'*-/=?^_`{|}~@example.com", "!#$%&'*-/=?^_`{|}~@example.com", NULL, NULL, NULL},
	{"+@example.com", "+@example.com", NULL, REFUSED, REFUSED},
	{"ann@a-b.c--d.example", "ann@a-b.c--d.example", NULL, NULL, NULL},
	{"ann@3com.com", "ann@3com.com", NULL, NULL, NULL},
	{"ann@1.2.3.x4", "ann@1.2.3.x4", NULL, NULL, NULL},
	{"-@a.bc.example", "-@a.bc.example", NULL, NULL, NULL},
	/* the options */
	{"A.n.n+Shop@Gmail.com", "a.n.n+shop@gmail.com", "ann+shop@gmail.com",
	"a.n.n@gmail.com", "ann@gmail.com"},
	{"a.n.n@googlemail.com", "a.n.n@googlemail.com", "ann@gmail.com", NULL, "ann@gmail.com"},
	{"a.n+b@example.com", "a.n+b@example.com", NULL, "a.n@example.com", "a.n@example.com"},
	{"a+b+c@example.com", "a+b+c@example.com", NULL, "a@example.com", "a@example.com"},
	{"a.b@mail.gmail.com", "a.b@mail.gmail.com", NULL, NULL, NULL},
	{"a.n+\xD2\x86@gmail.com", "a.n+\xD2\x86@gmail.com", NULL, "a.n@gmail.com", "an@gmail.com"},
	{"a.+b@gmail.com", "a.+b@gmail.com", "a+b@gmail.com", REFUSED, "a@gmail.com"},
	/* no name of Gmail's; without the dot the two letters would compose */
	{"\xE1\x84\x80.\xE1\x85\xA1@gmail.com", "\xE1\x84\x80.\xE1\x85\xA1@gmail.com",
	NULL, NULL, NULL},
	/* beyond ASCII: composed, folded, the domain as A-labels */
	{"J\xC3\x96RG@B\xC3\xBC" "cher.example", "j\xC3\xB6rg@xn--bcher-kva.example", NULL, NULL, NULL},
	{"Jo\xCC\x88rg@bu\xCC\x88" "cher.example", "j\xC3\xB6rg@xn--bcher-kva.example", NULL, NULL, NULL},
	{"ann@xn--BCHER-kva.example", "ann@xn--bcher-kva.example", NULL, NULL, NULL},
	{"ann@stra\xC3\x9F" "e.example", "ann@xn--strae-oqa.example", NULL, NULL, NULL},
	{"ann@\xEF\xBD\x85\xEF\xBD\x98.com", "ann@ex.com", NULL, NULL, NULL},
	{"\xE7\x94\xA8\xE6\x88\xB7@\xE4\xBE\x8B\xE5\xAD\x90\xE3\x80\x82\xE5\xB9\xBF\xE5\x91\x8A",
	"\xE7\x94\xA8\xE6\x88\xB7@xn--fsqu00a.xn--4rr70v", NULL, NULL, NULL},
	{"\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD@example.com", "\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD@example.com",
	NULL, NULL, NULL},
	/* the final sigma is the same letter */
	{"\xCF\x83\xCE\xB1\xCF\x82@example.com", "\xCF\x83\xCE\xB1\xCF\x83@example.com",
	NULL, NULL, NULL},
	{"\xE0\xA4\xA8\xE0\xA4\xBE\xE0\xA4\xAE@example.com",
	"\xE0\xA4\xA8\xE0\xA4\xBE\xE0\xA4\xAE@example.com", NULL, NULL, NULL},
};

static const Refused refused[] = {
	{"", "the address is blank"},
	{" \t\xE2\x80\x83\n", "the address is blank"},
	{"ann", "the address has no @"},
	{"ann\xEF\xBC\xA0" "example.com", "the address has no @"},
	{"@example.com", "nothing stands before the @"},
	{"ann@", "nothing stands after the @"},
	{"ann@bob@example.com", "the address has more than one @"},
	{"ann@example.com,bob@example.com", "the address has more than one @"},
	{".ann@example.com", "starts or ends with a dot"},
	{"ann.@example.com", "starts or ends with a dot"},
	{"an..n@example.com", "two dots in a row"},
	{"an n@example.com", "white space"},
	{"ann @example.com", "white space"},
	{"an\xE2\x80\x83n@example.com", "white space"},
	{"\"ann\"@example.com", "quoted"},
	{"\"a@b\"@example.com", "quoted"},
	{"Ann <ann@example.com>", "white space"},
	{"<ann@example.com>", "character that an address can't have there"},
	{"mailto:ann@example.com", "character that an address can't have there"},
	{"ann(home)@example.com", "character that an address can't have there"},
	{"a\\b@example.com", "character that an address can't have there"},
	{"a,b@example.com", "character that an address can't have there"},
	{"ann@example.com\n", "line break"},
	{"\r\nann@example.com", "line break"},
	{"ann@example.com\xE2\x80\xA8", "line break"},
	{"an\tn@example.com", "control character"},
	{"ann\x7F@example.com", "control character"},
	{"ann\xC2\x85x@example.com", "control character"},
	{"an\xE2\x80\x8Bn@example.com", "invisible character"},
	{"an\xC2\xADn@example.com", "invisible character"},
	{"ann@exam\xC2\xADple.com", "invisible character"},
	{"ann@exam\xE2\x80\x8Cple.com", "invisible character"},
	{"\xE2\x80\xAE" "ann@example.com", "invisible character"},
	{"ann@\xE2\x80\x8F" "example.com", "invisible character"},
	{"a\xEF\xB8\x8F@example.com", "invisible character"},
	{"\xEF\xBB\xBF" "ann@example.com", "invisible character"},
	/* KELVIN SIGN, LONG S, full-width a, ligature, superscript, sharp s, 1/2 */
	{"\xE2\x84\xAA" "ate@example.com", "passes for an ASCII one"},
	{"\xC5\xBF" "am@example.com", "passes for an ASCII one"},
	{"\xEF\xBD\x81nn@example.com", "passes for an ASCII one"},
	{"o\xEF\xAC\x83" "ce@example.com", "passes for an ASCII one"},
	{"a\xC2\xB2@example.com", "passes for an ASCII one"},
	{"stra\xC3\x9F" "e@example.com", "passes for an ASCII one"},
	{"\xC2\xBD@example.com", "passes for an ASCII one"},
	{"\xC4\xB0pek@example.com", "passes for an ASCII one"},
	{"\xCC\x88nn@example.com", "combining mark"},
	{"a.\xCC\x88nn@example.com", "combining mark"},
	{"a\xEE\x80\x80@example.com", "without a defined meaning"},
	{"a\xEF\xBF\xBE@example.com", "without a defined meaning"},
	{"a\xF0\x90\xBF\xBF@example.com", "without a defined meaning"},
	{"ann\xFF@example.com", "not valid UTF-8"},
	{"ann@ex\xC3mple.com", "not valid UTF-8"},
	{"ann\xED\xA0\x80@example.com", "not valid UTF-8"},
	/* the domain */
	{"ann@localhost", "no dot"},
	{"ann@example.com.", "ends with a dot"},
	{"ann@.example.com", "empty label"},
	{"ann@example..com", "empty label"},
	{"ann@[192.0.2.1]", "address literal"},
	{"ann@[IPv6:2001:db8::1]", "address literal"},
	{"ann@192.0.2.1", "last label of the domain is a number"},
	{"ann@example.\xEF\xBC\x91\xEF\xBC\x92", "last label of the domain is a number"},
	{"ann@-example.com", "starts or ends with a hyphen"},
	{"ann@example-.com", "starts or ends with a hyphen"},
	{"ann@ab--cd.com", "third and fourth"},
	{"ann@exam_ple.com", "character that a domain name can't have"},
	{"ann@exam ple.com", "character that a domain name can't have"},
	{"ann@ example.com", "character that a domain name can't have"},
	{"ann@exam\xE2\x84\x80ple.com", "character that a domain name can't have"},
	{"ann@xn--example.com", "xn--"},
	{"ann@xn--.com", "starts or ends with a hyphen"},
	{"ann@a\xD7\x90.example", "writing directions"},
	{"ann@\xCC\x88" "a.example", "starts with a combining mark"},
};

static const EmailPolicy policies[] = {
	{false, false}, {true, false}, {false, true}, {true, true},
};

static void
check_accepted(const Accepted *row, const EmailPolicy *policy, const char *expected)
{
	char		out[EMAIL_MAX];
	size_t		len;
	const char *reason = email_normalize(row->in, strlen(row->in), policy, out, &len);

	if (expected == NULL)
		expected = row->plain;
	check((reason != NULL) == (expected[0] == '\0'), "%s: %s", row->in,
		  reason == NULL ? "accepted" : reason);
	if (reason != NULL)
		return;
	check(len == strlen(expected) && memcmp(out, expected, len) == 0,
		  "%s gives %.*s, not %s", row->in, (int) len, out, expected);
	reason = email_normalize(expected, strlen(expected), policy, out, &len);
	check(reason == NULL && len == strlen(expected) && memcmp(out, expected, len) == 0,
		  "%s is not stable", expected);
}

static void
check_refused(const char *in, size_t in_len, const EmailPolicy *policy, const char *expected)
{
	char		out[EMAIL_MAX];
	size_t		len;
	const char *reason = email_normalize(in, in_len, policy, out, &len);

	check(reason != NULL && strstr(reason, expected) != NULL, "%.*s: %s, not %s",
		  (int) in_len, in, reason == NULL ? "accepted" : reason, expected);
}

static void
test_tables(void)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
	{
		check_accepted(&accepted[i], NULL, accepted[i].plain);
		check_accepted(&accepted[i], &policies[0], accepted[i].plain);
		check_accepted(&accepted[i], &policies[1], accepted[i].gmail_dots);
		check_accepted(&accepted[i], &policies[2], accepted[i].plus_tags);
		check_accepted(&accepted[i], &policies[3], accepted[i].both);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(refused[i].in, strlen(refused[i].in), NULL, refused[i].reason);
	check_refused("a\0b@example.com", 15, NULL, "control character");
	check_refused("+shop@example.com", 17, &policies[2], "nothing stands before the +");
	check_refused("a.+shop@example.com", 19, &policies[2], "a dot stands right before the +");
	check_refused("+@gmail.com", 11, &policies[3], "nothing stands before the +");
	check_refused(".+a@gmail.com", 13, &policies[3], "starts or ends with a dot");
}

/* Addresses at the limits, and one byte beyond. */
static void
test_lengths(void)
{
	char		address[400];
	char		local[70];
	char		label[70];
	char		out[EMAIL_MAX];
	size_t		len;

	memset(local, 'L', 65);
	memset(label, 'd', 64);
	for (int extra = 0; extra < 2; extra++)
	{
		len = (size_t) sprintf(address, "%.*s@example.com", 64 + extra, local);
		check((email_normalize(address, len, NULL, out, &len) == NULL) == (extra == 0),
			  "a local part of %d bytes", 64 + extra);
		len = (size_t) sprintf(address, "a@%.*s.com", 63 + extra, label);
		check((email_normalize(address, len, NULL, out, &len) == NULL) == (extra == 0),
			  "a label of %d bytes", 63 + extra);
		len = (size_t) sprintf(address, "%.*s@%.63s.%.63s.%.58s.com", 63 + extra,
							   local, label, label, label);
		check((email_normalize(address, len, NULL, out, &len) == NULL) == (extra == 0),
			  "an address of %d bytes", 254 + extra);
	}
	/* judged after folding: 32 letters of two bytes, typed as three each */
	len = 0;
	for (int i = 0; i < 32; i++)
		len += (size_t) sprintf(address + len, "O\xCC\x88");
	len += (size_t) sprintf(address + len, "@example.com");
	check(email_normalize(address, len, NULL, out, &len) == NULL && len == 76,
		  "64 bytes after composing");
	len = (size_t) sprintf(address, "%.*s", 300, "");
	check_refused(address, len, NULL, "blank");
}

/* What the short cut is meant for; whether it is an address is another question. */
static bool
plain_bytes_only(const char *in, size_t len)
{
	if (len < EMAIL_PLAIN_MIN || len > EMAIL_PLAIN_MAX || (in[len - 1] >= '0' && in[len - 1] <= '9'))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+@",
				   in[i]) == NULL || in[i] == '\0')
			return false;
		if (i + 4 <= len && (memcmp(in + i, "xn--", 4) == 0 || memcmp(in + i, "XN--", 4) == 0))
			return false;
	}
	return true;
}

/*
 * Both short cuts agree; what they give is the general path's answer; and they
 * miss no address that they are meant for.
 */
static bool
check_paths(const char *in, size_t in_len)
{
	char		fast[EMAIL_PLAIN_MAX] = {0};
	char		portable[EMAIL_PLAIN_MAX] = {0};
	char		general[EMAIL_MAX];
	size_t		len;
	bool		is_plain = email_is_plain(in, in_len, fast);
	const char *reason;

	check(email_is_plain_portable(in, in_len, portable) == is_plain,
		  "%.*s: the short cuts differ", (int) in_len, in);
	reason = email_normalize_general(in, in_len, NULL, general, &len);
	if (is_plain)
		check(reason == NULL && len == in_len && memcmp(fast, general, len) == 0 &&
			  memcmp(portable, general, len) == 0,
			  "%.*s: the general path says otherwise", (int) in_len, in);
	else
		check(reason != NULL || !plain_bytes_only(in, in_len),
			  "%.*s: the short cut misses it", (int) in_len, in);
	return is_plain;
}

/* Every string of one length over the bytes that the rules are about. */
static void
test_paths_exhaustively(void)
{
	const size_t letters = strlen(SHORT_ALPHABET);
	char		address[SHORT_LENGTH];
	long		count = 1;
	long		plain = 0;

	for (int i = 0; i < SHORT_LENGTH; i++)
		count *= (long) letters;
	for (long number = 0; number < count; number++)
	{
		long		rest = number;

		for (int i = 0; i < SHORT_LENGTH; i++)
		{
			address[i] = SHORT_ALPHABET[rest % (long) letters];
			rest /= (long) letters;
		}
		plain += check_paths(address, SHORT_LENGTH);
	}
	printf("short cut and general path: %ld of %ld strings of %d bytes are plain\n",
		   plain, count, SHORT_LENGTH);
	check(plain > count / 200, "too few are plain");
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*state >> 33);
}

/* Mostly good addresses of up to 80 bytes, one in two with a byte changed. */
static size_t
random_address(uint64_t *state, char *out)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t		local = 1 + next_random(state) % 38;
	size_t		len = local + 1 + 4 + next_random(state) % 36;

	for (size_t i = 0; i < len; i++)
	{
		uint32_t	kind = next_random(state) % 16;

		if (kind == 0)
			out[i] = i < local ? '.' : "..-"[next_random(state) % 3];
		else if (kind == 1 && i < local)
			out[i] = "_+-"[next_random(state) % 3];
		else
			out[i] = alphabet[next_random(state) % (sizeof(alphabet) - 1)];
	}
	out[local] = '@';
	out[local + 2 + next_random(state) % (len - local - 3)] = '.';
	if (next_random(state) % 2 == 0)
		out[next_random(state) % len] = (char) next_random(state);
	return len;
}

static void
test_paths_at_random(void)
{
	uint64_t	state = 3;
	long		plain = 0;

	for (int i = 0; i < RANDOM_ADDRESSES; i++)
	{
		char		address[128];
		size_t		len = random_address(&state, address);

		plain += check_paths(address, len);
	}
	printf("short cut and general path: %ld of %d random addresses are plain\n",
		   plain, RANDOM_ADDRESSES);
	check(plain > RANDOM_ADDRESSES / 8, "too few are plain");
}

/* A byte of each value at each place of an address of each length. */
static void
test_every_byte(void)
{
	char		address[EMAIL_PLAIN_MAX + 1];

	for (size_t len = EMAIL_PLAIN_MIN - 1; len <= sizeof(address); len++)
	{
		for (size_t place = 0; place < len; place++)
		{
			for (int byte = 0; byte < 256; byte++)
			{
				memset(address, 'a', len);
				address[len / 2] = '@';
				address[len - 2] = '.';
				address[place] = (char) byte;
				check_paths(address, len);
			}
		}
	}
}

static void
check_stable(const char *in, size_t in_len, int32_t code_point, int *good)
{
	char		out[EMAIL_MAX];
	char		again[EMAIL_MAX];
	size_t		len;
	size_t		again_len;

	if (email_normalize(in, in_len, NULL, out, &len) != NULL)
		return;
	(*good)++;
	check(email_normalize(out, len, NULL, again, &again_len) == NULL && again_len == len &&
		  memcmp(out, again, len) == 0, "U+%04X: the key changes again", (unsigned) code_point);
}

/* Every character in a local part, alone and under marks that compose. */
static void
test_characters(void)
{
	static const char *const marks[] = {"", "\xCC\x81", "\xCC\x87", "\xCC\xB8", "\xCD\x85",
	"\xCD\x85\xCC\x81", "\xE3\x82\x99", "\xE1\x85\xA1", "\xCE\xB9"};
	int			good = 0;

	for (int32_t code_point = 0x80; code_point <= 0x10FFFF; code_point++)
	{
		if (code_point >= 0xD800 && code_point <= 0xDFFF)
			continue;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		{
			char		address[64] = "a";
			size_t		len = 1;

			len += text_encode(code_point, address + len);
			len += (size_t) sprintf(address + len, "%s@example.com", marks[i]);
			check_stable(address, len, code_point, &good);
		}
	}
	printf("%d local parts beyond ASCII are stable\n", good);
	check(good > 1000000, "only %d characters can stand in a local part", good);
}

int
main(void)
{
	test_tables();
	test_lengths();
	test_paths_exhaustively();
	test_paths_at_random();
	test_every_byte();
	test_characters();
	return check_summary("email_test");
}
