/*
 * domain_normalize() against UTS #46: every line of Unicode's IdnaTestV2 file,
 * and ICU's own answers for random ASCII names.
 *
 * A line's expectation is its toAsciiN column: the name must be given back
 * where that column's status is empty, and refused where it is not.  Three
 * rules of ours are stricter than UTS #46.  A line that one of them refuses
 * counts as passed when the name, mended in that one respect alone, gives the
 * column's value mended alike, or is still refused where the status says so.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "shared_data.h"

#include <unicode/uchar.h>
#include <unicode/uidna.h>

#include "domain.h"
#include "unicode.h"

#define COLUMNS			7
#define NAME_MAX_BYTES	4096
#define RANDOM_NAMES	400000
#define FILE_UNICODE	15		/* the version that IdnaTestV2-15.0.0 is of */
#define FILE_LINES		6235

typedef struct Name
{
	char		bytes[NAME_MAX_BYTES];
	size_t		len;
} Name;

/* The rules that are ours, the lines that each refuses first, and why. */
typedef struct StricterRule
{
	const char *reason;
	const char *why;
	int			lines;			/* of those whose status is empty */
	int			seen;
} StricterRule;

static StricterRule stricter_rules[] = {
	{"the domain has no dot",
	"no public mail domain is a single label; a typing error is far likelier", 123, 0},
	{"the domain ends with a dot",
	"RFC 5321 has no such spelling, and a. and a would be two keys for one name", 50, 0},
	{"the last label of the domain is a number, as in an IP address",
	"it would be an IPv4 address or a part of one, never a registered name", 7, 0},
};

/* A later Unicode allows more characters; refused by the file, accepted by us. */
static bool later_unicode;
static int	allowed_later;

static StricterRule *
find_stricter_rule(const char *reason)
{
	size_t		count = sizeof(stricter_rules) / sizeof(stricter_rules[0]);

	for (size_t i = 0; i < count; i++)
	{
		if (strcmp(stricter_rules[i].reason, reason) == 0)
			return &stricter_rules[i];
	}
	return NULL;
}

/* A lone surrogate, which some lines have, becomes three bytes of no UTF-8. */
static size_t
encode(long code_point, char *out)
{
	if (code_point < 0xD800 || code_point > 0xDFFF)
		return text_encode((int32_t) code_point, out);
	out[0] = (char) 0xED;
	out[1] = (char) (0x80 | (code_point >> 6 & 0x3F));
	out[2] = (char) (0x80 | (code_point & 0x3F));
	return 3;
}

/* \uXXXX and \x{XXXX} */
static void
unescape(const char *column, Name *name)
{
	name->len = 0;
	while (*column != '\0')
	{
		char		digits[5] = {0};
		char	   *end;

		if (strncmp(column, "\\u", 2) == 0)
		{
			memcpy(digits, column + 2, 4);
			name->len += encode(strtol(digits, NULL, 16), name->bytes + name->len);
			column += 6;
		}
		else if (strncmp(column, "\\x{", 3) == 0)
		{
			name->len += encode(strtol(column + 3, &end, 16), name->bytes + name->len);
			column = end + 1;
		}
		else
			name->bytes[name->len++] = *column++;
	}
}

/* Splits a line in place; false for a comment or an empty line. */
static bool
split(char *line, char **columns)
{
	char	   *next = line;

	line[strcspn(line, "#\n")] = '\0';
	if (strchr(line, ';') == NULL)
		return false;
	for (int i = 0; i < COLUMNS; i++)
	{
		char	   *end = next + strcspn(next, ";");
		char	   *after = *end == '\0' ? end : end + 1;

		next += strspn(next, " \t");
		while (end > next && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*end = '\0';
		columns[i] = next;
		next = after;
	}
	return true;
}

static void
prepend(Name *name, const char *text)
{
	memmove(name->bytes + strlen(text), name->bytes, name->len);
	memcpy(name->bytes, text, strlen(text));
	name->len += strlen(text);
}

/* Without its last code point. */
static void
shorten(Name *name)
{
	while (name->len > 0 && (name->bytes[--name->len] & 0xC0) == 0x80)
		continue;
}

/* Takes away what the reason is about, from the name and from its A-labels. */
static void
mend(const char *reason, Name *name)
{
	if (strstr(reason, "no dot") != NULL)
		prepend(name, "a.");
	else
	{
		shorten(name);
		if (strstr(reason, "a number") != NULL)
			name->bytes[name->len++] = 'x';
	}
}

static bool
is_answer(const char *out, size_t len, const Name *expected)
{
	return len == expected->len && memcmp(out, expected->bytes, len) == 0;
}

static bool
is_stable(const char *domain, size_t len)
{
	char		out[DOMAIN_MAX];
	size_t		out_len;

	return domain_normalize(domain, len, out, &out_len) == NULL &&
		out_len == len && memcmp(out, domain, len) == 0;
}

/* Whether the line's expectation holds, for the name as it is or mended. */
static bool
line_holds(Name *source, Name *expected, bool valid)
{
	char		out[DOMAIN_MAX];
	size_t		len;
	const char *reason = domain_normalize(source->bytes, source->len, out, &len);
	StricterRule *rule = reason == NULL ? NULL : find_stricter_rule(reason);

	if (rule != NULL && valid)
		rule->seen++;
	/* a name may need each of the three, once */
	for (int mended = 0; rule != NULL && mended < 3; mended++)
	{
		mend(reason, source);
		mend(reason, expected);
		reason = domain_normalize(source->bytes, source->len, out, &len);
		rule = reason == NULL ? NULL : find_stricter_rule(reason);
	}
	if (!valid)
		return reason != NULL;
	return reason == NULL && is_answer(out, len, expected) && is_stable(out, len);
}

/* P1 and V6, alone or together: nothing but a character that Unicode 15.0
 * does not allow. */
static bool
is_only_disallowed(const char *status)
{
	return strcmp(status, "[V6]") == 0 || strcmp(status, "[P1, V6]") == 0;
}

static void
test_line(char **columns)
{
	static Name source;
	static Name expected;
	const char *to_unicode = columns[1][0] != '\0' ? columns[1] : columns[0];
	const char *unicode_status = columns[2][0] != '\0' ? columns[2] : "[]";
	const char *to_ascii = columns[3][0] != '\0' ? columns[3] : to_unicode;
	const char *status = columns[4][0] != '\0' ? columns[4] : unicode_status;
	bool		holds;

	unescape(columns[0], &source);
	unescape(to_ascii, &expected);
	holds = line_holds(&source, &expected, strcmp(status, "[]") == 0);
	if (!holds && later_unicode && is_only_disallowed(status))
	{
		allowed_later++;
		holds = true;
	}
	check(holds, "%s: toAsciiN is %s, status %s", columns[0], to_ascii, status);
}

static void
test_file(void)
{
	FILE	   *file = open_shared_data("IdnaTestV2-15.0.0.txt.gz");
	static char line[2 * NAME_MAX_BYTES];
	char	   *columns[COLUMNS];
	int			lines = 0;
	size_t		rules = sizeof(stricter_rules) / sizeof(stricter_rules[0]);

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
	{
		if (!split(line, columns))
			continue;
		lines++;
		test_line(columns);
	}
	pclose(file);
	printf("IdnaTestV2: %ld of %d lines hold, of them as listed exceptions:\n",
		   check_passed, lines);
	check(lines == FILE_LINES, "%d lines were read", lines);
	for (size_t i = 0; i < rules; i++)
	{
		printf("%5d  %s: %s\n", stricter_rules[i].seen, stricter_rules[i].reason,
			   stricter_rules[i].why);
		check(stricter_rules[i].seen == stricter_rules[i].lines,
			  "%d lines were refused because %s", stricter_rules[i].seen,
			  stricter_rules[i].reason);
	}
	if (later_unicode)
		printf("%5d  have a character that this ICU's Unicode allows, and 15.0 does not\n",
			   allowed_later);
}

/* The next number of a sequence that is the same in every run. */
static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*state >> 33);
}

/* Up to four labels, most of them valid or nearly so. */
static size_t
random_name(uint64_t *state, char *out)
{
	static const char *const pieces[] = {
		"a", "Z", "9", "0", "com", "mail", "a-b", "x1", "M", "www", "-", "--", "_", " ", ".",
		"xn--", "XN--", "xn--bcher-kva", "xn--strae-oqa", "xn--4gbrim", "xn--zckzah",
		"bcher-kva", "abcdefghijklmnopqrstuvwxyz0123456789",
	};
	size_t		len = 0;

	for (uint32_t labels = 1 + next_random(state) % 4; labels > 0; labels--)
	{
		for (uint32_t left = 1 + next_random(state) % 3; left > 0; left--)
		{
			const char *piece = pieces[next_random(state) % (sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(out + len, piece, strlen(piece));
			len += strlen(piece);
		}
		if (labels > 1)
			out[len++] = '.';
	}
	return len;
}

/* ICU's answer for one name, and whether it has one. */
static bool
ask_icu(const UIDNA *idna, const char *name, size_t len, Name *answer)
{
	UIDNAInfo	info = UIDNA_INFO_INITIALIZER;
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		bytes = uidna_nameToASCII_UTF8(idna, name, (int32_t) len, answer->bytes,
											   NAME_MAX_BYTES, &info, &error);

	answer->len = (size_t) bytes;
	return U_SUCCESS(error) && info.errors == 0;
}

static void
test_against_icu(void)
{
	UErrorCode	error = U_ZERO_ERROR;
	UIDNA	   *idna = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
									   UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII,
									   &error);
	uint64_t	state = 20261124;
	int			accepted = 0;

	check(U_SUCCESS(error), "ICU has no UTS #46");
	if (U_FAILURE(error))
		return;
	for (int i = 0; i < RANDOM_NAMES; i++)
	{
		static Name answer;
		char		name[512];
		size_t		len = random_name(&state, name);
		char		out[DOMAIN_MAX];
		size_t		out_len;
		bool		valid = ask_icu(idna, name, len, &answer);
		const char *reason;

		if (name[0] == ' ' || name[len - 1] == ' ')
			continue;			/* trimmed */
		reason = domain_normalize(name, len, out, &out_len);
		if (reason == NULL)
		{
			accepted++;
			check(valid && is_answer(out, out_len, &answer),
				  "%.*s: ICU says otherwise", (int) len, name);
		}
		else
			check(!valid || find_stricter_rule(reason) != NULL,
				  "%.*s: ICU takes it; %s", (int) len, name, reason);
	}
	uidna_close(idna);
	printf("%d of %d random ASCII names are domains\n", accepted, RANDOM_NAMES);
	check(accepted > RANDOM_NAMES / 20, "too few of the random names are domains");
}

/* Every character inside a label: what it becomes is stable. */
static void
test_characters(void)
{
	int			accepted = 0;

	for (int32_t code_point = 0x80; code_point <= 0x10FFFF; code_point++)
	{
		char		name[16] = "a";
		char		out[DOMAIN_MAX];
		size_t		len = 1;
		size_t		out_len;

		if (code_point >= 0xD800 && code_point <= 0xDFFF)
			continue;
		len += text_encode(code_point, name + len);
		memcpy(name + len, "b.example", 9);
		len += 9;
		if (domain_normalize(name, len, out, &out_len) != NULL)
			continue;
		accepted++;
		check(is_stable(out, out_len), "U+%04X: the answer changes again", (unsigned) code_point);
	}
	check(accepted > 100000, "only %d characters can stand in a label", accepted);
}

int
main(void)
{
	UVersionInfo version;

	u_getUnicodeVersion(version);
	later_unicode = version[0] > FILE_UNICODE;
	if (version[0] >= FILE_UNICODE)
		test_file();
	else
		printf("skipped: IdnaTestV2 is of Unicode %d, this ICU of Unicode %d\n",
			   FILE_UNICODE, version[0]);
	test_against_icu();
	test_characters();
	return check_summary("idna_test");
}
