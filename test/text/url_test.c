/*
 * url_normalize(): what each rule gives and refuses.
 */
#include "check.h"

#include "url.h"

typedef struct Accepted
{
	const char *in;
	const char *out;			/* NULL: as given */
} Accepted;

typedef struct Refused
{
	const char *in;
	const char *reason;
} Refused;

static const Accepted accepted[] = {
	{"http://example.com", NULL},
	{"https://example.com/", NULL},
	{"HTTP://Example.COM/Path?Query=A#Part", "http://example.com/Path?Query=A#Part"},
	{" \xC2\xA0https://example.com/a\n", "https://example.com/a"},
	{"http://Example.com:8080", "http://example.com:8080"},
	{"http://Example.com?A", "http://example.com?A"},
	{"http://Example.com#A", "http://example.com#A"},
	{"http://B\xC3\x9C" "cher.example/\xC3\xBC", "http://xn--bcher-kva.example/\xC3\xBC"},
	{"http://\xE4\xBE\x8B\xE5\xAD\x90\xE3\x80\x82\xE5\xB9\xBF\xE5\x91\x8A/x",
	"http://xn--fsqu00a.xn--4rr70v/x"},
	{"http://localhost:3000/x", NULL},
	{"http://Intranet/", "http://intranet/"},
	{"http://192.0.2.255/x", NULL},
	{"http://[2001:DB8::A]:443/X", "http://[2001:db8::a]:443/X"},
	{"http://[::ffff:192.0.2.1]/", NULL},
	{"http://example.com/a%20b/{c}|d^e`", NULL},
	{"http://example.com/a@b:c", NULL},
	{"http://example.com:65535/", NULL},
	{"http://example.com/\xD9\x86\xD8\xA7\xD9\x85\xD9\x87\xE2\x80\x8C\xD8\xA7\xDB\x8C", NULL},
};

static const Refused refused[] = {
	{"", "blank"},
	{" \n", "blank"},
	{"example.com", "does not start with http"},
	{"//example.com/", "does not start with http"},
	{"ftp://example.com/", "does not start with http"},
	{"javascript:alert(1)", "does not start with http"},
	{"http:/example.com", "does not start with http"},
	{"http://", "no host"},
	{"http:///path", "no host"},
	{"http://:80/", "no host"},
	{"http://?x", "no host"},
	{"http://ann@example.com/", "user name or password"},
	{"http://ann:secret@example.com/", "user name or password"},
	{"http://example.com:80@192.0.2.1/", "user name or password"},
	{"http://example.com/a b", "white space"},
	{"http://example.com/\xE3\x80\x80x", "white space"},
	{"http://exa\tmple.com/", "white space"},
	{"http://example.com/\x01", "control or invisible"},
	{"http://example.com/\xE2\x80\x8B", "control or invisible"},
	{"http://example.com/\xE2\x80\xAEgpj.exe", "control or invisible"},
	{"http://example.com/\xF0\x90\xBF\xBF", "without a defined meaning"},
	{"http://example.com/<b>", "%3C"},
	{"http://example.com/\"", "%22"},
	{"http://example.com\\@b.example/", "%5C"},
	{"http://example.com/\xFF", "not valid UTF-8"},
	{"http://example.com:/", "port"},
	{"http://example.com:0/", "port"},
	{"http://example.com:65536/", "port"},
	{"http://example.com:99999999999999999999/", "port"},
	{"http://example.com:8o/", "port"},
	{"http://example.com:80:80/", "port"},
	{"http://exam_ple.com/", "character that a domain name can't have"},
	{"http://-example.com/", "hyphen"},
	{"http://example..com/", "empty label"},
	{"http://example.com./", "ends with a dot"},
	{"http://xn--example.com/", "xn--"},
	{"http://1/", "last label of the domain is a number"},
	{"http://192.0.2/", "last label of the domain is a number"},
	{"http://192.0.2.256/", "last label of the domain is a number"},
	{"http://192.0.2.01/", "last label of the domain is a number"},
	{"http://192.0.2.1.1/", "last label of the domain is a number"},
	{"http://[2001:db8::1/", "brackets"},
	{"http://[2001:db8:::1]/", "brackets"},
	{"http://[]/", "brackets"},
	{"http://[::1%25eth0]/", "brackets"},
	{"http://[192.0.2.1]/", "brackets"},
	{"http://[::1]x/", "brackets"},
};

static void
check_url(const char *in, size_t in_len, const char *expected)
{
	char		out[URL_MAX];
	size_t		len;
	const char *reason = url_normalize(in, in_len, out, &len);

	check(reason == NULL && len == strlen(expected) && memcmp(out, expected, len) == 0,
		  "%.*s: %s", (int) in_len, in, reason == NULL ? "another answer" : reason);
}

static void
check_refused(const char *in, size_t in_len, const char *expected)
{
	char		out[URL_MAX];
	size_t		len;
	const char *reason = url_normalize(in, in_len, out, &len);

	check(reason != NULL && strstr(reason, expected) != NULL, "%.*s: %s, not %s",
		  (int) in_len, in, reason == NULL ? "accepted" : reason, expected);
}

/* The longest URL, and one byte more. */
static void
test_lengths(void)
{
	char		url[URL_MAX + 2];

	memset(url, 'x', sizeof(url));
	memcpy(url, "http://example.com/", 19);
	url[URL_MAX] = '\0';
	check_url(url, URL_MAX, url);
	url[URL_MAX] = 'x';
	check_refused(url, URL_MAX + 1, "longer than 1020 bytes");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
	{
		const char *out = accepted[i].out == NULL ? accepted[i].in : accepted[i].out;

		check_url(accepted[i].in, strlen(accepted[i].in), out);
		check_url(out, strlen(out), out);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(refused[i].in, strlen(refused[i].in), refused[i].reason);
	check_refused("http://a\0b/", 11, "control or invisible");
	test_lengths();
	return check_summary("url_test");
}
