/*
 * What makes two spellings of a word one: width mapping and case folding.
 */
#include "fold.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "unicode.h"

/*
 * Every character whose decomposition is of type wide or narrow stands in the
 * block of half- and full-width forms, except the ideographic space.
 */
static bool
may_have_width(int32_t code_point)
{
	return code_point == 0x3000 || (code_point >= 0xFF00 && code_point <= 0xFFEF);
}

int32_t
fold_width(int32_t code_point)
{
	const UNormalizer2 *rules;
	UErrorCode	error = U_ZERO_ERROR;
	UChar		mapped[4];
	UChar32		first;
	int32_t		units;

	if (!may_have_width(code_point))
		return code_point;
	rules = unorm2_getNFKCInstance(&error);
	if (U_FAILURE(error))
		return code_point;
	units = unorm2_getRawDecomposition(rules, code_point, mapped, 4, &error);
	if (U_FAILURE(error) || units <= 0)
		return code_point;
	U16_GET(mapped, 0, 0, units, first);
	return first;
}

int32_t
fold_case(int32_t code_point)
{
	if (code_point >= 0 && code_point < 0x80)
		return text_ascii_lower((char) code_point);
	return u_foldCase(code_point, U_FOLD_CASE_DEFAULT);
}

static bool
fold_ascii(const char *in, size_t len, char *out, size_t size, size_t *out_len)
{
	size_t		i;

	if (len > size)
		return false;
	for (i = 0; i < len; i++)
		out[i] = text_ascii_lower(in[i]);
	*out_len = len;
	return true;
}

static bool
fold_each(const char *in, size_t len, char *out, size_t size, size_t *out_len)
{
	size_t		pos = 0;
	size_t		written = 0;

	while (pos < len)
	{
		int32_t		code_point = text_next(in, len, &pos);
		char		encoded[4];
		size_t		bytes;
		size_t		i;

		if (code_point < 0)
			return false;
		bytes = text_encode(fold_case(code_point), encoded);
		if (bytes > size - written)
			return false;
		for (i = 0; i < bytes; i++)
			out[written++] = encoded[i];
	}
	*out_len = written;
	return true;
}

/*
 * Folding before the first NFC would tell canonical equivalents apart: a
 * capital I with a combining dot is the dotted capital I, which has no simple
 * folding.
 */
bool
fold_case_text(const char *in, size_t len, char *out, size_t size, size_t *out_len)
{
	char		folded[3 * TEXT_FORM_MAX];
	size_t		folded_len;

	if (text_is_ascii(in, len))
		return fold_ascii(in, len, out, size, out_len);
	return text_to_form(TEXT_NFC, in, len, out, size, out_len) &&
		fold_each(out, *out_len, folded, sizeof(folded), &folded_len) &&
		text_to_form(TEXT_NFC, folded, folded_len, out, size, out_len);
}
