/*
 * The helpers that the normalisers share.
 */
#include "check.h"

#include "unicode.h"

typedef struct Trimmed
{
	const char *in;
	const char *out;
} Trimmed;

static const Trimmed trimmed[] = {
	{"", ""},
	{" \t\n\v\f\r", ""},
	{"a", "a"},
	{" a b ", "a b"},
	{"\xC2\x85\xC2\xA0\xE1\x9A\x80\xE2\x80\x80\xE2\x80\x8A" "a\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAF"
	"\xE2\x81\x9F\xE3\x80\x80", "a"},
	/* ZERO WIDTH SPACE and the byte order mark are no White_Space */
	{"\xE2\x80\x8B" "a\xEF\xBB\xBF", "\xE2\x80\x8B" "a\xEF\xBB\xBF"},
	/* nor are broken bytes, whatever stands before or after them */
	{" \x85 ", "\x85"},
	{" \xE3\x80 ", "\xE3\x80"},
	{"\xE3\x80\x80\xE3", "\xE3"},
};

static const char *const broken[] = {
	"\x80", "\xC3", "\xC0\xAF", "\xC1\x81", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF",
	"\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "abcdefgh\xFF", "abcdefghi\xC3z",
};

static void
test_trim(void)
{
	for (size_t i = 0; i < sizeof(trimmed) / sizeof(trimmed[0]); i++)
	{
		const char *in = trimmed[i].in;
		size_t		len = strlen(in);

		check(text_is_blank(in, len) == (trimmed[i].out[0] == '\0'), "blank, row %zu", i);
		text_trim(&in, &len);
		check(len == strlen(trimmed[i].out) && memcmp(in, trimmed[i].out, len) == 0,
			  "trimmed, row %zu", i);
	}
}

/* Every code point, there and back; surrogates are none. */
static void
test_code_points(void)
{
	int			spaces = 0;

	for (int32_t code_point = 0; code_point <= 0x10FFFF; code_point++)
	{
		bool		surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
		char		bytes[4];
		size_t		pos = 0;
		size_t		len = text_encode(code_point, bytes);

		check(text_next(bytes, len, &pos) == (surrogate ? -1 : code_point),
			  "U+%04X is read otherwise", (unsigned) code_point);
		check(surrogate || pos == len, "U+%04X is not read to its end", (unsigned) code_point);
		check(text_is_utf8(bytes, len) == !surrogate, "U+%04X: UTF-8", (unsigned) code_point);
		check(text_is_ascii(bytes, len) == (code_point < 0x80), "U+%04X: ASCII",
			  (unsigned) code_point);
		spaces += text_is_space(code_point);
	}
	check(spaces == 25, "%d characters are White_Space", spaces);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		check(!text_is_utf8(broken[i], strlen(broken[i])), "broken, row %zu", i);
}

static void
test_hidden(void)
{
	static const int32_t hidden[] = {0, 9, 0x1F, 0x7F, 0x85, 0x9F, 0xAD, 0x34F, 0x61C, 0x115F, 0x180E,
	0x200B, 0x200D, 0x200E, 0x202E, 0x2060, 0x2066, 0x2069, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xE0001,
	0xE0100};
	static const int32_t seen[] = {' ', 'a', '~', 0xA0, 0xE9, 0x301, 0x3000, 0x4E2D, 0xFFFD, 0x1F600};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		check(text_is_hidden(hidden[i]), "U+%04X is hidden", (unsigned) hidden[i]);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		check(!text_is_hidden(seen[i]), "U+%04X is seen", (unsigned) seen[i]);
}

static void
check_form(TextForm form, const char *in, const char *expected)
{
	char		out[64];
	size_t		len;

	check(text_to_form(form, in, strlen(in), out, sizeof(out), &len) &&
		  len == strlen(expected) && memcmp(out, expected, len) == 0,
		  "%s in form %d", in, (int) form);
	check(text_is_in_form(form, expected, strlen(expected)), "%s is in form %d",
		  expected, (int) form);
	check(text_is_in_form(form, in, strlen(in)) == (strcmp(in, expected) == 0),
		  "%s: already in form %d", in, (int) form);
}

static void
test_forms(void)
{
	static char long_text[3 * TEXT_FORM_MAX + 3];
	char		out[64];
	size_t		len;

	check_form(TEXT_NFC, "", "");
	check_form(TEXT_NFC, "e\xCC\x81", "\xC3\xA9");
	check_form(TEXT_NFC, "\xEF\xBC\xA1", "\xEF\xBC\xA1");
	check_form(TEXT_NFKC, "\xEF\xBC\xA1", "A");
	check_form(TEXT_NFKC_CASEFOLD, "\xEF\xBC\xA1", "a");
	check_form(TEXT_NFKC_CASEFOLD, "\xE2\x84\xAA", "k");
	check(!text_to_form(TEXT_NFC, "\xC3", 1, out, sizeof(out), &len), "broken bytes have no form");
	check(!text_is_in_form(TEXT_NFC, "\xC3", 1), "broken bytes are in no form");
	check(!text_to_form(TEXT_NFC, "abc", 3, out, 2, &len), "no room");
	memset(long_text, 'a', sizeof(long_text));
	check(text_is_in_form(TEXT_NFC, long_text, TEXT_FORM_MAX), "the longest text");
	check(!text_is_in_form(TEXT_NFC, long_text, TEXT_FORM_MAX + 1), "one byte more");
	check(!text_is_in_form(TEXT_NFC, long_text, sizeof(long_text)), "far too long");
}

int
main(void)
{
	test_trim();
	test_code_points();
	test_hidden();
	test_forms();
	return check_summary("unicode_test");
}
