/*
 * Identifiers: spellings accepted and refused, the plain way against the
 * general one, every code point, and random values of many scripts.
 */
#define _POSIX_C_SOURCE 200809L

#include "shared_fields.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "fold.h"
#include "identifier.h"
#include "identifier_plain.h"
#include "unicode.h"

#define POLICIES		4
#define BUFFER			32768
#define RANDOM_VALUES	300000

static const IdentifierPolicy policies[POLICIES] = {
	{false, false}, {true, false}, {false, true}, {true, true}
};

typedef struct Case
{
	const char *in;
	const char *out[POLICIES];	/* NULL: refused, for every policy */
	const char *reason;			/* a part of it */
} Case;

#define SAME(out)		{out, out, out, out}
#define REFUSED			{NULL, NULL, NULL, NULL}

static const Case cases[] = {
	{"42", SAME("42"), NULL},
	{"007", SAME("007"), NULL},
	{"a", SAME("a"), NULL},
	{" a", SAME("a"), NULL},
	{"a ", SAME("a"), NULL},
	{"\ta 1", {"a 1", "a 1", "a1", "a1"}, NULL},
	{"Cust-0042/B", {"Cust-0042/B", "cust-0042/b", "Cust0042B", "cust0042b"}, NULL},
	{"  Ada  Lovelace\t", {"Ada Lovelace", "ada lovelace", "AdaLovelace", "adalovelace"}, NULL},
	{"AB_12.34-56 78", {"AB_12.34-56 78", "ab_12.34-56 78", "AB12345678", "ab12345678"}, NULL},
	{"3F2504E0-4F89-11D3-9A0C-0305E82C3301",
		{"3F2504E0-4F89-11D3-9A0C-0305E82C3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
		"3F2504E04F8911D39A0C0305E82C3301", "3f2504e04f8911d39a0c0305e82c3301"}, NULL},
	{"~`!@#$%^&*()+[{}]\\|;:'\",<>?", SAME("~`!@#$%^&*()+[{}]\\|;:'\",<>?"), NULL},
	/* spaces of other kinds: NO-BREAK, EM, IDEOGRAPHIC, OGHAM */
	{"12\u00A0" "34", {"12 34", "12 34", "1234", "1234"}, NULL},
	{"12 \u2003\u3000" "34", {"12 34", "12 34", "1234", "1234"}, NULL},
	{"12\u1680" "34", {"12 34", "12 34", "1234", "1234"}, NULL},
	{"\u3000" "12\u00A0", SAME("12"), NULL},
	/* full and half width */
	{"ＡＢ－１２", {"AB-12", "ab-12", "AB12", "ab12"}, NULL},
	{"ﾊﾟｽﾎﾟｰﾄ", SAME("パスポート"), NULL},
	{"￦5", SAME("₩5"), NULL},
	/* one spelling for canonical equivalents */
	{"e\u0301", SAME("é"), NULL},
	{"\u212A" "elvin", {"Kelvin", "kelvin", "Kelvin", "kelvin"}, NULL},
	{"A\u030A", {"Å", "å", "Å", "å"}, NULL},
	{"q\u0307\u0323", SAME("q\u0323\u0307"), NULL},
	{"\u1100\u1161\u11A8", SAME("각"), NULL},
	{"\u0958", SAME("\u0915\u093C"), NULL},
	/* simple case folding: one character stays one */
	{"ÀÉ", {"ÀÉ", "àé", "ÀÉ", "àé"}, NULL},
	{"ΑΣΣς", {"ΑΣΣς", "ασσσ", "ΑΣΣς", "ασσσ"}, NULL},
	{"Straße", {"Straße", "straße", "Straße", "straße"}, NULL},
	{"ẞ", {"ẞ", "ß", "ẞ", "ß"}, NULL},
	{"İIıi", {"İIıi", "İiıi", "İIıi", "İiıi"}, NULL},
	{"I\u0307", SAME("İ"), NULL},
	{"J\u030C", {"J\u030C", "ǰ", "J\u030C", "ǰ"}, NULL},
	{"ЖЮ", {"ЖЮ", "жю", "ЖЮ", "жю"}, NULL},
	{"ﬀ", REFUSED, "compatibility character"},
	/* scripts as they are */
	{"राम-१२", {"राम-१२", "राम-१२", "राम१२", "राम१२"}, NULL},
	{"محمد٤٢", SAME("محمد٤٢"), NULL},
	{"שלום", SAME("שלום"), NULL},
	{"客户０４２", SAME("客户042"), NULL},
	{"🦉", SAME("🦉"), NULL},
	{"\u2010" "5\u2013" "6", SAME("\u2010" "5\u2013" "6"), NULL},
	/* a mark whose separator goes joins what stands before */
	{"A-\u0301", {"A-\u0301", "a-\u0301", "Á", "á"}, NULL},

	{"", REFUSED, "blank"},
	{" \t\r\n", REFUSED, "blank"},
	{"\u00A0\u3000\u2028", REFUSED, "blank"},
	{"a\tb", REFUSED, "control"},
	{"a\nb", REFUSED, "control"},
	{"a\x01", REFUSED, "control"},
	{"a\x7F", REFUSED, "control"},
	{"a\xC2\x80", REFUSED, "control"},
	{"a\u2028" "b", REFUSED, "control"},
	{"a\u2029" "b", REFUSED, "control"},
	{"a\u00AD" "b", REFUSED, "format"},
	{"a\u200B" "b", REFUSED, "format"},
	{"a\u200D" "b", REFUSED, "format"},
	{"\uFEFF" "a", REFUSED, "format"},
	{"a\u202E" "b", REFUSED, "format"},
	{"a\u2066" "b\u2069", REFUSED, "format"},
	{"a\u061C", REFUSED, "format"},
	{"\u0600" "5", REFUSED, "format"},
	{"a\U000E0041", REFUSED, "format"},
	{"a\u034F" "b", REFUSED, "invisible character"},
	{"❤\uFE0F", REFUSED, "invisible character"},
	{"\u115F", REFUSED, "invisible character"},
	{"\u3164", REFUSED, "invisible character"},
	{"\uFFA0", REFUSED, "invisible character"},
	{"\u17B4", REFUSED, "invisible character"},
	{"a\u180B", REFUSED, "invisible character"},
	{"\u2800", REFUSED, "braille"},
	{"M\uFFFDller", REFUSED, "replacement"},
	{"\uFFFC", REFUSED, "replacement"},
	{"a\uE000", REFUSED, "private use"},
	{"a\U0010FFFD", REFUSED, "private use"},
	{"a\u0378", REFUSED, "not assigned"},
	{"a\uFDD0", REFUSED, "not assigned"},
	{"a\U0001FFFE", REFUSED, "not assigned"},
	{"\u0301" "a", REFUSED, "combining mark"},
	{" \u0301" "a", REFUSED, "combining mark"},
	{"\u093E", REFUSED, "combining mark"},
	{"\u20DD", REFUSED, "combining mark"},
	{"\u0345", REFUSED, "combining mark"},
	{"ﾞ", REFUSED, "combining mark"},	/* half-width voiced sound mark */
	{"x²", REFUSED, "compatibility"},
	{"①", REFUSED, "compatibility"},
	{"½", REFUSED, "compatibility"},
	{"Ⅷ", REFUSED, "compatibility"},
	{"™", REFUSED, "compatibility"},
	{"ſ", REFUSED, "compatibility"},
	{"ϐ", REFUSED, "compatibility"},
	{"ﬁ", REFUSED, "compatibility"},
	{"𝐀𝐁", REFUSED, "compatibility"},
	{"㌀", REFUSED, "compatibility"},
	{"ﺃ", REFUSED, "compatibility"},
	{"…", REFUSED, "compatibility"},
	{"\u2011", REFUSED, "compatibility"},	/* NON-BREAKING HYPHEN */
	{"￣", REFUSED, "compatibility"},
	{"ﾡ", REFUSED, "compatibility"},	/* half-width Hangul letter */
	{"a\xFF", REFUSED, "not valid UTF-8"},
	{"a\xC3", REFUSED, "not valid UTF-8"},
	{"\xC0\xAF", REFUSED, "not valid UTF-8"},
	{"a\xED\xA0\x80", REFUSED, "not valid UTF-8"},	/* a surrogate */
	{"\xF4\x90\x80\x80", REFUSED, "not valid UTF-8"},
	{"\xE0\x80\x80", REFUSED, "not valid UTF-8"}
};

static uint64_t random_state = UINT64_C(0x9E3779B97F4A7C15);

static uint32_t
random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t) (random_state >> 32) % limit;
}

static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static const char *
policy_name(const IdentifierPolicy *policy)
{
	if (policy->casefold)
		return policy->strip_separators ? "both" : "casefold";
	return policy->strip_separators ? "strip_separators" : "none";
}

static bool
says(const char *reason, const char *wanted)
{
	return reason != NULL && strstr(reason, wanted) != NULL;
}

static void
check_case(const Case *wanted, int policy)
{
	char		out[IDENTIFIER_MAX];
	size_t		out_len = 0;
	const char *expected = wanted->out[policy];
	const char *reason = identifier_normalize(wanted->in, strlen(wanted->in),
											  &policies[policy], out, &out_len);

	if (expected == NULL)
		check(says(reason, wanted->reason),
			  "\"%s\": %s", wanted->in, reason == NULL ? "accepted" : reason);
	else
		check(reason == NULL && is_same(out, out_len, expected, strlen(expected)),
			  "\"%s\" with %s: %s \"%.*s\"", wanted->in, policy_name(&policies[policy]),
			  reason == NULL ? "gave" : reason, (int) out_len, out);
}

static void
check_separators_alone(void)
{
	static const char *const values[] = {"-", " - ", "--", "./_", "－", "\u00A0.\u00A0"};
	char		out[IDENTIFIER_MAX];
	size_t		out_len;
	size_t		i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
	{
		const char *reason = identifier_normalize(values[i], strlen(values[i]),
												  &policies[2], out, &out_len);

		check(says(reason, "nothing is left"), "\"%s\" without separators", values[i]);
		check(identifier_normalize(values[i], strlen(values[i]), NULL, out, &out_len) == NULL,
			  "\"%s\" with separators", values[i]);
	}
}

static size_t
count_characters(const char *value, size_t len)
{
	size_t		count = 0;
	size_t		pos = 0;

	for (; pos < len; count++)
		(void) text_next(value, len, &pos);
	return count;
}

/*
 * What must hold of every answer: it is its own canonical form, in NFKC, of 1
 * to 255 characters.  The answer to the question whether there is one.
 */
static bool
check_properties(const char *in, size_t len, const IdentifierPolicy *policy)
{
	char		once[IDENTIFIER_MAX];
	char		twice[IDENTIFIER_MAX];
	size_t		once_len;
	size_t		twice_len;

	if (identifier_normalize(in, len, policy, once, &once_len) != NULL)
		return false;
	check(identifier_normalize(once, once_len, policy, twice, &twice_len) == NULL &&
		  is_same(once, once_len, twice, twice_len),
		  "\"%.*s\" is not stable with %s", (int) once_len, once, policy_name(policy));
	check(once_len > 0 && once_len <= IDENTIFIER_MAX &&
		  count_characters(once, once_len) <= IDENTIFIER_MAX_CHARS &&
		  text_is_in_form(TEXT_NFKC, once, once_len),
		  "\"%.*s\" is not canonical", (int) once_len, once);
	return true;
}

/* With the short cut or without: one answer, and one reason. */
static void
check_plain(const char *in, size_t len, const IdentifierPolicy *policy)
{
	char		plain[IDENTIFIER_MAX];
	char		general[IDENTIFIER_MAX];
	size_t		plain_len = 0;
	size_t		general_len = 0;
	const char *reason = identifier_normalize(in, len, policy, plain, &plain_len);

	check(identifier_normalize_general(in, len, policy, general, &general_len) == reason &&
		  is_same(plain, plain_len, general, general_len),
		  "\"%.*s\" differs with %s", (int) len, in, policy_name(policy));
}

/* Whether the plain way should have taken it, byte by byte. */
static bool
is_plain(const char *in, size_t len, const IdentifierPolicy *policy)
{
	size_t		kept = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (in[i] < 0x20 || in[i] > 0x7E)
			return false;
		if (!policy->strip_separators && i > 0 && in[i] == ' ' && in[i - 1] == ' ')
			return false;
		kept += !(policy->strip_separators && strchr(" -./_", in[i]) != NULL);
	}
	return kept > 0 && len <= IDENTIFIER_MAX_CHARS;
}

static void
check_both_ways(const char *in, size_t len)
{
	char		out[IDENTIFIER_MAX];
	size_t		out_len;
	int			i;

	for (i = 0; i < POLICIES; i++)
		check_plain(in, len, &policies[i]);
	text_trim(&in, &len);
	for (i = 0; i < POLICIES; i++)
	{
		check(identifier_is_plain(in, len, &policies[i], out, &out_len) ==
			  is_plain(in, len, &policies[i]),
			  "the plain way for \"%.*s\"", (int) len, in);
	}
}

/* Every byte at every place of values up to three words long. */
static void
check_bytes(void)
{
	char		value[32];
	size_t		len;
	size_t		place;
	int			byte;

	for (len = 1; len <= 25; len++)
	{
		for (place = 0; place < len; place++)
		{
			for (byte = 0; byte < 256; byte++)
			{
				memset(value, 'M', len);
				value[place] = (char) byte;
				check_both_ways(value, len);
			}
		}
	}
}

static void
check_random_ascii(void)
{
	static const char alphabet[] = "AZaz09@[`{~!/.-_  \t\x7F\x1F";
	char		value[300];
	long		i;

	for (i = 0; i < RANDOM_VALUES; i++)
	{
		size_t		len = 1 + random_below(i % 8 == 0 ? 299 : 40);
		size_t		j;
		uint32_t	letters = i % 3 == 0 ? sizeof(alphabet) - 1 : 17;

		for (j = 0; j < len; j++)
			value[j] = alphabet[random_below(letters)];
		check_both_ways(value, len);
	}
}

/* What the rules say of one character alone, written down a second time. */
static bool
character_is_allowed(int32_t code_point)
{
	UErrorCode	error = U_ZERO_ERROR;
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&error);
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&error);
	UChar		source[2];
	UChar		canonical[32];
	UChar		compatible[32];
	int32_t		units = 0;
	int32_t		canonical_units;
	int32_t		compatible_units;
	int			width = u_getIntPropertyValue(code_point, UCHAR_DECOMPOSITION_TYPE);

	if (U_GET_GC_MASK(code_point) & (U_GC_C_MASK | U_GC_Z_MASK))
		return code_point == ' ';
	if (u_hasBinaryProperty(code_point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
		code_point == 0x2800 || code_point == 0xFFFC || code_point == 0xFFFD)
		return false;
	U16_APPEND_UNSAFE(source, units, code_point);
	if (width == U_DT_WIDE || width == U_DT_NARROW)
		units = unorm2_getRawDecomposition(nfkc, code_point, source, 2, &error);
	canonical_units = unorm2_normalize(nfc, source, units, canonical, 32, &error);
	compatible_units = unorm2_normalize(nfkc, source, units, compatible, 32, &error);
	return U_SUCCESS(error) && canonical_units == compatible_units &&
		memcmp(canonical, compatible, (size_t) canonical_units * sizeof(UChar)) == 0;
}

static void
check_code_point(int32_t code_point)
{
	char		value[8] = "M";
	char		out[IDENTIFIER_MAX];
	size_t		out_len;
	size_t		len = 1 + text_encode(code_point, value + 1);
	int			i;

	value[len++] = 'm';
	check((identifier_normalize(value, len, NULL, out, &out_len) == NULL) ==
		  (character_is_allowed(code_point) || u_charType(code_point) == U_SPACE_SEPARATOR),
		  "U+%04X between letters", (unsigned) code_point);
	for (i = 0; i < POLICIES; i++)
	{
		bool		inside = check_properties(value, len, &policies[i]);
		bool		alone = check_properties(value + 1, len - 2, &policies[i]);

		/* no option refuses a character that is good without it */
		check(inside == (identifier_normalize(value, len, NULL, out, &out_len) == NULL),
			  "U+%04X with %s", (unsigned) code_point, policy_name(&policies[i]));
		check(inside || !alone, "U+%04X alone only", (unsigned) code_point);
	}
}

static void
check_code_points(void)
{
	int32_t		code_point;

	for (code_point = 0; code_point <= 0x10FFFF; code_point++)
	{
		int			type = u_getIntPropertyValue(code_point, UCHAR_DECOMPOSITION_TYPE);

		if (U_IS_SURROGATE(code_point))
			continue;
		check_code_point(code_point);

		/* width mapping looks at one block only: prove that it suffices */
		check((type == U_DT_WIDE || type == U_DT_NARROW) == (fold_width(code_point) != code_point),
			  "the width of U+%04X", (unsigned) code_point);
	}
}

/* A code point of a kind that matters: marks, capitals, jamo, and so on. */
static int32_t
random_code_point(void)
{
	static const struct
	{
		int32_t		first;
		uint32_t	count;
	}			ranges[] = {
		{0x20, 0x5F}, {0xA0, 0x160}, {0x300, 0x70}, {0x345, 1}, {0x370, 0x90}, {0x400, 0x60},
		{0x591, 0x60}, {0x620, 0x50}, {0x900, 0x80}, {0x9BE, 0x1A}, {0xB47, 0x10}, {0xF71, 0x14},
		{0x1100, 0x12}, {0x1161, 0x15}, {0x11A8, 0x1B}, {0x1E00, 0x100}, {0x1F00, 0x100},
		{0x2000, 0x10}, {0x3040, 0x60}, {0x3099, 2}, {0xAC00, 0x60}, {0xFF01, 0xEE},
		{0x10400, 0x50}, {0x11131, 2}, {0x1D15E, 0x10}, {0x1D400, 0x20}
	};
	size_t		range = random_below(sizeof(ranges) / sizeof(ranges[0]));

	return ranges[range].first + (int32_t) random_below(ranges[range].count);
}

/* Canonical equivalents are one identifier. */
static void
check_equivalent(const char *in, size_t len, const IdentifierPolicy *policy)
{
	UErrorCode	error = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&error);
	UChar		source[TEXT_FORM_MAX];
	UChar		apart[TEXT_FORM_MAX];
	char		decomposed[BUFFER];
	char		out[IDENTIFIER_MAX];
	char		other[IDENTIFIER_MAX];
	size_t		out_len;
	size_t		other_len;
	int32_t		units;

	if (identifier_normalize(in, len, policy, out, &out_len) != NULL)
		return;
	u_strFromUTF8(source, TEXT_FORM_MAX, &units, in, (int32_t) len, &error);
	units = unorm2_normalize(nfd, source, units, apart, TEXT_FORM_MAX, &error);
	u_strToUTF8(decomposed, BUFFER, &units, apart, units, &error);
	check(U_SUCCESS(error) &&
		  identifier_normalize(decomposed, (size_t) units, policy, other, &other_len) == NULL &&
		  is_same(out, out_len, other, other_len),
		  "\"%.*s\" and its decomposition differ with %s", (int) len, in, policy_name(policy));
}

static void
check_random_unicode(void)
{
	char		value[256];
	long		accepted = 0;
	long		i;

	for (i = 0; i < RANDOM_VALUES; i++)
	{
		size_t		count = 1 + random_below(6);
		size_t		len = 0;
		int			policy = (int) random_below(POLICIES);

		for (; count > 0; count--)
			len += text_encode(random_code_point(), value + len);
		accepted += check_properties(value, len, &policies[policy]);
		check_equivalent(value, len, &policies[policy]);
	}
	check(accepted > RANDOM_VALUES / 20, "only %ld random values were accepted", accepted);
}

/* So many copies of a piece between two ends. */
static const char *
normalize_repeated(const char *piece, size_t count, const IdentifierPolicy *policy)
{
	char		value[BUFFER];
	char		out[IDENTIFIER_MAX];
	size_t		out_len;
	size_t		bytes = strlen(piece);
	size_t		i;

	for (i = 0; i < count; i++)
		memcpy(value + i * bytes, piece, bytes);
	return identifier_normalize(value, count * bytes, policy, out, &out_len);
}

static void
check_lengths(void)
{
	static const char *const pieces[] = {
		"x", "é", "客", "🦉", "e\u0301", "\u1100\u1161\u11A8", "\u03B1\u0313\u0300\u0345", "J\u030C"
	};
	size_t		i;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
	{
		const IdentifierPolicy *policy = &policies[1];	/* which composes the last */

		check(normalize_repeated(pieces[i], 255, policy) == NULL, "255 times %s", pieces[i]);
		check(says(normalize_repeated(pieces[i], 256, policy), "longer than 255"), "256 times %s", pieces[i]);
	}
	check(says(normalize_repeated("J\u030C", 128, NULL), "longer than 255"), "capitals with carons");
	check(normalize_repeated("J\u030C", 127, NULL) == NULL, "fewer capitals with carons");
	check(normalize_repeated("a-", 255, &policies[2]) == NULL, "separators do not count");
	check(normalize_repeated("a  ", 128, NULL) == NULL, "255 characters after folding");
	check(says(normalize_repeated("a  ", 129, NULL), "longer than 255"), "257 characters after folding");
	check(says(normalize_repeated(" ", 2000, NULL), "blank"), "many spaces");
	check(says(normalize_repeated("e\u0301", 2000, NULL), "longer than 255"), "far too long");
}

/* Without options and with both, for there are many. */
static void
check_field(const char *value, size_t len)
{
	int			i;

	for (i = 0; i < POLICIES; i += POLICIES - 1)
	{
		check_plain(value, len, &policies[i]);
		(void) check_properties(value, len, &policies[i]);
	}
}

int
main(void)
{
	size_t		i;
	int			policy;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		for (policy = 0; policy < POLICIES; policy++)
		{
			check_case(&cases[i], policy);
			(void) check_properties(cases[i].in, strlen(cases[i].in), &policies[policy]);
		}
	}
	check_separators_alone();
	check_bytes();
	check_random_ascii();
	check_code_points();
	check_random_unicode();
	check_lengths();
	visit_shared_data(check_field);
	return check_summary("identifier_test");
}
