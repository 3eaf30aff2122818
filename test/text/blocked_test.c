/*
 * Blocked values: what is blocked, what only looks so, and bots' patterns.
 */
#include "check.h"

#include "blocked.h"
#include "identifier.h"
#include "unicode.h"

static const char *const blocked[] = {
	/* blank */
	"", " ", "\t\r\n", "\u00A0\u3000", "\u200B",
	/* the words, in every dress */
	"null", "NULL", "Null", " null ", "\tnull\n", "(null)", "<null>", "[null]", "{null}",
	"\"null\"", "'null'", "`null`", "«null»", "‹null›", "“null”", "„null“", "‘null’",
	"「null」", "『null』", "《null》", "〈null〉", "【null】", "〔null〕", "（null）", "［null］", "｛null｝",
	"⟨null⟩", "❨null❩", "﴾null﴿", "((null))", "[\"null\"]", "( null )", "'null", "null)",
	"-null-", "null.", "*null*", "_null_", "null?", "¿null?", "null。", "null؟", "¡null!",
	"ｎｕｌｌ", "Ｎ／Ａ", "nu\u200Bll", "\uFEFFnull", "null\u200E", "nu\u00ADll",
	"nil", "NIL", "<nil>", "none", "None", "(none)", "undefined", "UNDEFINED", "\"undefined\"",
	"nan", "NaN", "N/A", "n/a", "(n/a)", "n.a.", "N.A.", "n.a", "#N/A", "n\\a", "N / A", "na", "NA",
	"unknown", "Unknown", "anonymous", "Anonymous", "guest", "GUEST", "\"guest\"",
	"test", "Test", "TEST", "teſt", "true", "True", "FALSE", "false", "(not set)", "not available",
	"Not Applicable", "not  set", "´null´", "(not provided)", "un\u212Anown",
	"[object Object]", "[object object]", "object Object", "[object Undefined]", "[object Null]",
	/* nothing in it */
	"{}", "[]", "()", "<>", "\"\"", "''", "``", "«»", "「」", "“”", "[[]]", "{ }", "[{}]", "\"[]\"",
	"-", "--", "---", "\u2013", "\u2014", "\u2212", ".", "..", "...", "…", "?", "???", "/", "\\", "_",
	"*", "***", "#", "##", "+", "=", "|", ",", ";", ":", "!", "~", "@", "&", "$", "%", "€",
	"、", "。", "؟", "·", "\u2ADC", "=\u0338", "0\u0338",
	/* nothing but zeros */
	"0", "00", "0000000000", "+0000", "-0", "0.0", "0,00", "000-000", "000 000", "(000) 000-0000",
	"00000000-0000-0000-0000-000000000000", "00:00:00:00:00:00", "0.0.0.0", "$0.00", "'0'", "０００",
	"\u0660\u0660\u0660", "\u06F0", "\u0966\u0966", "\U0001D7CE",
	"0000000000000000000000000000000000000000000000000000000000000000000000000000",
	/* codes */
	"-1", "\u2212" "1", "\u2013" "1", "(-1)", "'-1'", "－１", "\\N", "\\n", "#REF!", "#VALUE!", "#NAME?",
	"#NULL!", "#DIV/0!", "#NUM!", "\"#REF!\""
};

static const char *const templates[] = {
	"{{user_id}}", "{{ contact.email }}", "${userId}", "#{user.id}", "%{name}", "{% user %}", "<%= id %>",
	" {{x}} ", "'{{x}}'", "\" ${x} \"", "“{{x}}”", "«{{x}}»", "｛｛x｝｝", "{{}}", "{{Müller}}"
};

static const char *const allowed[] = {
	"Nil Armstrong", "guest-4711", "guest 1", "guesthouse", "testa", "tester", "test1", "1test",
	"test@example.com", "nullah", "nonesuch", "unknown soldier", "NANCY", "Nan Goldin", "nate", "naan",
	"n/a/1", "true north", "falsetto", "anonymous-7", "undefined1", "nullnull", "null null", "t.est", "n-one",
	"1", "-2", "-10", "- 1", "+1", "1.0", "10", "01", "100", "0001", "0.1", "000-001", "00000000-0000-0000-0000-000000000001",
	"0x0", "0a", "a0", "O", "o", "٠١", "०१", "１", "-1a", "--1",
	"C++", "a", "Z", "ñ", "null\u0301", "nüll", "нет", "なし", "匿名", "ゲスト", "客", "م", "ש",
	"\U0001F989", "\u2460", "©", "\u0E3F\u0E01",
	"ref", "#1", "#value", "N", "{user_id", "user_id}}", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
	"$x", "${x", "$x}", "x{{y}}", "{{x}}-1", "object", "Object Object 2", "[object]",
	"0000000000000000000000000000000000000000000000000000000000000000000000000001",
	"null null null null null null null null null null null null null null null null null",
	"nul\xFF", "\xFF"
};

typedef struct Match
{
	const char *value;
	const char *pattern;
	bool		matches;
} Match;

static const Match patterns[] = {
	{"demo", "demo", true},
	{"DEMO", "demo", true},
	{"demo", "DEMO", true},
	{" demo ", "demo", true},
	{"demo1", "demo", false},
	{"mydemo", "demo", false},
	{"demo1", "demo%", true},
	{"demo", "demo%", true},
	{"mydemo", "%demo", true},
	{"mydemo1", "%demo%", true},
	{"a-demo-demo-x", "%demo-x", true},
	{"a-demo-demo", "%demo-x%", false},
	{"demo12", "demo__", true},
	{"demo1", "demo__", false},
	{"demo123", "demo__", false},
	{"客户1", "__1", true},
	{"🦉", "_", true},
	{"🦉", "__", false},
	{"", "", true},
	{"", "%", true},
	{"", "_", false},
	{"x", "", false},
	{"anything at all", "%", true},
	{"abc", "a%%c", true},
	{"ac", "a%_c", false},
	{"abc", "a%_c", true},
	{"aXbXc", "a%x%c", true},
	{"100%", "100\\%", true},
	{"1000", "100\\%", false},
	{"a_b", "a\\_b", true},
	{"axb", "a\\_b", false},
	{"a\\b", "a\\\\b", true},
	{"a\\", "a\\", true},
	{"ab", "\\a\\b", true},
	{"100％", "100\\%", true},
	{"100%", "100％", true},		/* a full-width sign is no wildcard */
	{"1000", "100％", false},
	{"ＤＥＭＯ", "demo", true},
	{"demo", "ｄｅｍｏ", true},
	{"e\u0301t\u00E9", "\u00E9te\u0301", true},
	{"\u00C9t\u00E9", "_t_", true},
	{"ΣΑΣ", "σας", true},
	{"I\u0307", "\u0130", true},
	{"Straße", "strasse", false},
	{"Straße", "STRAßE", true},
	{"a\uFDD0" "b", "a\uFDD0" "b", true},
	{"a\x01" "b", "a%b", true},
	{"a\x01" "b", "a\x01" "b", false},	/* controls match nothing but a wildcard */
	{"axxxb", "a\x01" "b", false},
	{"axb", "a\x02" "b", false},
	{"axxxb", "a\\\x01" "b", false},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "%a%a%a%a%a%a%a%a%a%c", false},
	{"a\xFF", "a%", false},
	{"ab", "a\xFF", false},
	{"ab", "a\\\xFF", false}
};

/*
 * The dress does not count, whatever it is made of: each blocked word stays
 * blocked, and each allowed value stays allowed, in every pair of brackets.
 */
static void
check_dressed(const char *value, bool wanted)
{
	static const char *const pairs[][2] = {
		{"(", ")"}, {"[", "]"}, {"<", ">"}, {"\"", "\""}, {"«", "»"}, {"「", "」"}, {" “", "” "}
	};
	char		dressed[512];
	size_t		i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		int			len = snprintf(dressed, sizeof(dressed), "%s%s%s", pairs[i][0], value, pairs[i][1]);

		check(value_is_blocked(dressed, (size_t) len) == wanted, "\"%s\": dressed", dressed);
	}
}

/* A canonical form is blocked exactly where the value is. */
static void
check_canonical(const char *value, bool wanted)
{
	char		out[IDENTIFIER_MAX];
	size_t		out_len;

	if (identifier_normalize(value, strlen(value), NULL, out, &out_len) == NULL)
		check(value_is_blocked(out, out_len) == wanted, "\"%s\": canonical", value);
}

/* A character before, behind or instead of a listed value: what is blocked is
 * so in its canonical form, too, and the other way round. */
static void
check_code_points(void)
{
	static const char *const values[][2] = {{"", ""}, {"null", ""}, {"", "null"}, {"-1", ""}, {"", "00"}};
	int32_t		code_point;
	size_t		i;

	for (code_point = 1; code_point <= 0x10FFFF; code_point++)
	{
		char		character[5] = "";
		char		value[16];

		/* a symbol that is, in NFC, another one with a mark on it */
		if (code_point == 0x2ADC || (code_point >= 0xD800 && code_point <= 0xDFFF))
			continue;
		(void) text_encode(code_point, character);
		for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		{
			snprintf(value, sizeof(value), "%s%s%s", values[i][0], character, values[i][1]);
			check_canonical(value, value_is_blocked(value, strlen(value)));
		}
	}
}

/* LIKE, in the plainest way there is, for ASCII without escapes. */
static bool
naive_match(const char *value, const char *pattern)
{
	if (*pattern == '\0')
		return *value == '\0';
	if (*pattern == '%')
		return naive_match(value, pattern + 1) || (*value != '\0' && naive_match(value + 1, pattern));
	return *value != '\0' && (*pattern == '_' || *pattern == *value) &&
		naive_match(value + 1, pattern + 1);
}

/* The number written with the digits of an alphabet. */
static void
write_word(unsigned number, const char *alphabet, char *word)
{
	unsigned	base = (unsigned) strlen(alphabet);

	for (; number > 0; number /= base)
		*word++ = alphabet[number % base];
	*word = '\0';
}

/* Every value of a and b against every pattern of a, b, % and _. */
static void
check_every_pattern(void)
{
	char		value[16];
	char		pattern[16];
	unsigned	i;
	unsigned	j;

	for (i = 0; i < 729; i++)
	{
		write_word(i, "cab", value);
		for (j = 0; j < 3125; j++)
		{
			write_word(j, "b%a_c", pattern);
			check(value_matches_pattern(value, strlen(value), pattern, strlen(pattern)) ==
				  naive_match(value, pattern), "\"%s\" LIKE \"%s\"", value, pattern);
		}
	}
}

static void
check_long_patterns(void)
{
	static char long_value[3 * BLOCKED_PATTERN_MAX];

	memset(long_value, 'x', sizeof(long_value));
	check(value_matches_pattern(long_value, 1000, long_value, 1000), "long and equal");
	check(value_matches_pattern(long_value, 1000, "%x", 2), "long and matched");
	check(!value_matches_pattern(long_value, sizeof(long_value), "%", 1), "a value too long");
	check(!value_matches_pattern("x", 1, long_value, sizeof(long_value)), "a pattern too long");
}

int
main(void)
{
	size_t		i;

	for (i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++)
	{
		check(value_is_blocked(blocked[i], strlen(blocked[i])), "\"%s\" is not blocked", blocked[i]);
		check_canonical(blocked[i], true);
		check_dressed(blocked[i], true);
	}
	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
	{
		check(value_is_blocked(templates[i], strlen(templates[i])), "\"%s\" is not blocked", templates[i]);
		check_canonical(templates[i], true);
	}
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
	{
		check(!value_is_blocked(allowed[i], strlen(allowed[i])), "\"%s\" is blocked", allowed[i]);
		check_canonical(allowed[i], false);
		check_dressed(allowed[i], false);
	}
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		check(value_matches_pattern(patterns[i].value, strlen(patterns[i].value),
									patterns[i].pattern, strlen(patterns[i].pattern)) ==
			  patterns[i].matches, "\"%s\" LIKE \"%s\"", patterns[i].value, patterns[i].pattern);
	check_code_points();
	check_every_pattern();
	check_long_patterns();
	return check_summary("blocked_test");
}
