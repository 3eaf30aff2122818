/*
 * domain_normalize(): what each rule gives and refuses.  idna_test.c compares
 * it with UTS #46.
 */
#include "check.h"

#include "domain.h"

typedef struct Accepted
{
	const char *in;
	const char *out;
} Accepted;

typedef struct Refused
{
	const char *in;
	const char *reason;
} Refused;

static const Accepted accepted[] = {
	{"example.com", "example.com"},
	{" \xE3\x80\x80" "WWW.Example.COM\r\n", "www.example.com"},
	{"a.b", "a.b"},
	{"a-b.c--d.x1", "a-b.c--d.x1"},
	{"1.2.3.4x", "1.2.3.4x"},
	{"B\xC3\xBC" "cher.example", "xn--bcher-kva.example"},
	{"bu\xCC\x88" "cher.example", "xn--bcher-kva.example"},
	{"XN--Bcher-KVA.example", "xn--bcher-kva.example"},
	{"stra\xC3\x9F" "e.example", "xn--strae-oqa.example"},
	{"ex\xC2\xAD" "ample.com", "example.com"},
	{"\xEF\xBD\x85\xEF\xBD\x98\xEF\xBC\x8E\xEF\xBD\x83\xEF\xBD\x8F\xEF\xBD\x8D", "ex.com"},
	{"\xE4\xBE\x8B\xE5\xAD\x90\xE3\x80\x82\xE6\xB5\x8B\xE8\xAF\x95", "xn--fsqu00a.xn--0zwm56d"},
	{"\xD7\x93\xD7\x95\xD7\x92\xD7\x9E\xD7\x94.\xD7\x98\xD7\xA2\xD7\xA1\xD7\x98",
	"xn--6dbbec0c.xn--deba0ad"},
	{"\xE0\xA4\x89\xE0\xA4\xA6\xE0\xA4\xBE\xE0\xA4\xB9\xE0\xA4\xB0\xE0\xA4\xA3.example",
	"xn--p1b6ci4b4b3a.example"},
};

static const Refused refused[] = {
	{"", "the domain is empty"},
	{" \n", "the domain is empty"},
	{".", "ends with a dot"},
	{"localhost", "no dot"},
	{"\xE4\xBE\x8B\xE5\xAD\x90", "no dot"},
	{"example.com.", "ends with a dot"},
	{"example.com\xE3\x80\x82", "ends with a dot"},
	{".example.com", "empty label"},
	{"example..com", "empty label"},
	{"\xC2\xAD.example.com", "empty label"},
	{"[192.0.2.1]", "address literal"},
	{"192.0.2.1", "a number"},
	{"example.\xD9\xA1", "writing directions"},
	{"example.\xEF\xBC\x91", "a number"},
	{"-a.example", "hyphen"},
	{"a-.example", "hyphen"},
	{"a.-", "hyphen"},
	{"\xC3\xBC-.example", "hyphen"},
	{"ab--c.example", "third and fourth"},
	{"\xC3\xBC" "b--c.example", "third and fourth"},
	{"_dmarc.example.com", "character that a domain name can't have"},
	{"a b.example", "character that a domain name can't have"},
	{"a/b.example", "character that a domain name can't have"},
	{"a@b.example", "character that a domain name can't have"},
	{"\xC3\xBC_.example", "character that a domain name can't have"},
	{"a\xE2\x80\xAE.example", "character that a domain name can't have"},
	{"a\xEE\x80\x80.example", "character that a domain name can't have"},
	{"xn--a.example", "xn--"},
	{"xn--bcher-kva8.example", "xn--"},
	{"\xCC\x88.example", "combining mark"},
	{"a\xD7\x90.example", "writing directions"},
	{"a\xE2\x80\x8D" "b.example", "joiner"},
	{"a\xC3.example", "not valid UTF-8"},
	{"a\xED\xA0\x80.example", "not valid UTF-8"},
};

static bool
gives(const char *in, size_t in_len, const char *expected)
{
	char		out[DOMAIN_MAX];
	size_t		len;

	return domain_normalize(in, in_len, out, &len) == NULL &&
		len == strlen(expected) && memcmp(out, expected, len) == 0;
}

/* expected: a part of the reason. */
static void
check_refused(const char *in, size_t in_len, const char *expected)
{
	char		out[DOMAIN_MAX];
	size_t		len;
	const char *reason = domain_normalize(in, in_len, out, &len);

	check(reason != NULL && strstr(reason, expected) != NULL, "%.*s: %s, not %s",
		  (int) in_len, in, reason == NULL ? "accepted" : reason, expected);
}

/* Labels and names at the limit, and one byte more. */
static void
test_lengths(void)
{
	static char name[5000];
	char		label[65];
	size_t		len;

	memset(label, 'd', sizeof(label));
	len = (size_t) sprintf(name, "%.63s.com", label);
	check(gives(name, len, name), "a label of 63 bytes");
	len = (size_t) sprintf(name, "%.64s.com", label);
	check_refused(name, len, "longer than 63 bytes");
	len = (size_t) sprintf(name, "\xC3\xBC%.63s.com", label);
	check_refused(name, len, "longer than 63 bytes");
	len = (size_t) sprintf(name, "%.63s.%.63s.%.63s.%.61s", label, label, label, label);
	check(len == DOMAIN_MAX && gives(name, len, name), "a name of 253 bytes");
	len = (size_t) sprintf(name, "%.63s.%.63s.%.63s.%.62s", label, label, label, label);
	check_refused(name, len, "longer than 253 bytes");
	len = (size_t) sprintf(name, "\xC3\xBC.%.63s.%.63s.%.63s.%.60s", label, label, label, label);
	check_refused(name, len, "longer than 253 bytes");
	memset(name, 'a', sizeof(name));
	check_refused(name, sizeof(name), "longer than 253 bytes");
}

/* A host name, unlike a mail domain, may do without a dot; spaces are the
 * caller's. */
static void
test_host_names(void)
{
	char		out[DOMAIN_MAX];
	size_t		len;

	check(domain_to_ascii("LocalHost", 9, true, out, &len) == NULL && len == 9 &&
		  memcmp(out, "localhost", 9) == 0, "a host name without a dot");
	check(domain_to_ascii("\xC3\xBC", 2, true, out, &len) == NULL && len == 7 &&
		  memcmp(out, "xn--tda", 7) == 0, "a host name beyond ASCII without a dot");
	check(domain_to_ascii("localhost", 9, false, out, &len) != NULL, "a domain without a dot");
	check(domain_to_ascii("127", 3, true, out, &len) != NULL, "a number");
	check(domain_to_ascii("", 0, true, out, &len) != NULL, "nothing");
	check(domain_to_ascii(" a.example", 10, true, out, &len) != NULL, "a space");
}

/* What people read leads back to the name. */
static void
check_shown(const char *name, const char *expected)
{
	char		shown[DOMAIN_UNICODE_MAX];
	size_t		len;

	check(domain_to_unicode(name, strlen(name), shown, &len) && len == strlen(expected) &&
		  memcmp(shown, expected, len) == 0, "%s is not shown as %s", name, expected);
	check(gives(shown, len, name), "%s does not lead back to %s", expected, name);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
	{
		const char *out = accepted[i].out;

		check(gives(accepted[i].in, strlen(accepted[i].in), out), "%s: not %s", accepted[i].in, out);
		check(gives(out, strlen(out), out), "%s is not stable", out);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(refused[i].in, strlen(refused[i].in), refused[i].reason);
	check_refused("a\0b.example", 11, "character that a domain name can't have");
	test_lengths();
	test_host_names();
	check_shown("example.com", "example.com");
	check_shown("xn--bcher-kva.example", "b\xC3\xBC" "cher.example");
	check_shown("a.xn--80a1acny.xn--p1ai", "a.\xD0\xBF\xD0\xBE\xD1\x87\xD1\x82\xD0\xB0.\xD1\x80\xD1\x84");
	return check_summary("domain_test");
}
