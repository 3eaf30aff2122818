/*
 * What the normalisers share: UTF-8, white space, normal forms, and the blank
 * value.  Character properties and normal forms are ICU's.
 */
#include "unicode.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#define HIGH_BITS	UINT64_C(0x8080808080808080)

const char *const text_not_utf8 = "the value is not valid UTF-8";

bool
text_is_space(int32_t code_point)
{
	if (code_point < 0x80)
		return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
	return u_isUWhiteSpace(code_point);
}

bool
text_is_hidden(int32_t code_point)
{
	if (code_point < 0x80)
		return code_point < 0x20 || code_point == 0x7F;
	return u_charType(code_point) == U_CONTROL_CHAR ||
		u_hasBinaryProperty(code_point, UCHAR_BIDI_CONTROL) ||
		u_hasBinaryProperty(code_point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

int32_t
text_next(const char *in, size_t len, size_t *pos)
{
	size_t		i = *pos;
	UChar32		code_point;

	U8_NEXT((const uint8_t *) in, i, len, code_point);
	*pos = i;
	return code_point;
}

size_t
text_encode(int32_t code_point, char *out)
{
	size_t		len = 0;

	U8_APPEND_UNSAFE((uint8_t *) out, len, code_point);
	return len;
}

/* The last code point, -1 where it is not UTF-8, and how many bytes it takes. */
static int32_t
last_code_point(const char *in, size_t len, size_t *bytes)
{
	size_t		window = len < U8_MAX_LENGTH ? len : U8_MAX_LENGTH;
	const uint8_t *start = (const uint8_t *) in + len - window;
	int32_t		pos = (int32_t) window;
	UChar32		code_point;

	U8_PREV(start, 0, pos, code_point);
	*bytes = window - (size_t) pos;
	return code_point;
}

/* Bytes that are not UTF-8 are no white space, and stay. */
void
text_trim(const char **in, size_t *len)
{
	size_t		pos = 0;
	size_t		bytes;

	while (pos < *len && text_is_space(text_next(*in, *len, &pos)))
	{
		*in += pos;
		*len -= pos;
		pos = 0;
	}
	while (*len > 0 && text_is_space(last_code_point(*in, *len, &bytes)))
		*len -= bytes;
}

bool
text_is_blank(const char *in, size_t len)
{
	text_trim(&in, &len);
	return len == 0;
}

bool
text_is_ascii(const char *in, size_t len)
{
	uint64_t	seen = 0;
	size_t		i = 0;

	for (; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t))
	{
		uint64_t	word;

		memcpy(&word, in + i, sizeof(word));
		seen |= word;
	}
	for (; i < len; i++)
		seen |= (uint8_t) in[i];
	return (seen & HIGH_BITS) == 0;
}

bool
text_is_utf8(const char *in, size_t len)
{
	size_t		pos = 0;

	if (text_is_ascii(in, len))
		return true;
	while (pos < len)
	{
		if (text_next(in, len, &pos) < 0)
			return false;
	}
	return true;
}

/* ICU keeps each of these for the life of the process; NULL: its data is not
 * there. */
static const UNormalizer2 *
normalizer(TextForm form)
{
	UErrorCode	error = U_ZERO_ERROR;
	const UNormalizer2 *found;

	switch (form)
	{
		case TEXT_NFKC:
			found = unorm2_getNFKCInstance(&error);
			break;
		case TEXT_NFKC_CASEFOLD:
			found = unorm2_getNFKCCasefoldInstance(&error);
			break;
		case TEXT_NFC:
		default:
			found = unorm2_getNFCInstance(&error);
			break;
	}
	return U_FAILURE(error) ? NULL : found;
}

/* -1 where the value is too long or not UTF-8. */
static int32_t
to_utf16(const char *in, size_t len, UChar *out, int32_t capacity)
{
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		units;

	/* a UTF-16 unit never comes from more than three bytes */
	if (len > (size_t) capacity * 3)
		return -1;
	u_strFromUTF8(out, capacity, &units, in, (int32_t) len, &error);
	return U_FAILURE(error) ? -1 : units;
}

bool
text_to_form(TextForm form, const char *in, size_t len,
			 char *out, size_t size, size_t *out_len)
{
	const UNormalizer2 *rules = normalizer(form);
	UErrorCode	error = U_ZERO_ERROR;
	UChar		source[TEXT_FORM_MAX];
	UChar		target[TEXT_FORM_MAX];
	int32_t		units = to_utf16(in, len, source, TEXT_FORM_MAX);
	int32_t		bytes;

	if (rules == NULL || units < 0)
		return false;
	units = unorm2_normalize(rules, source, units, target, TEXT_FORM_MAX, &error);
	if (U_FAILURE(error))
		return false;
	u_strToUTF8(out, size > INT32_MAX ? INT32_MAX : (int32_t) size, &bytes,
				target, units, &error);
	if (U_FAILURE(error))
		return false;
	*out_len = (size_t) bytes;
	return true;
}

bool
text_is_in_form(TextForm form, const char *in, size_t len)
{
	const UNormalizer2 *rules = normalizer(form);
	UErrorCode	error = U_ZERO_ERROR;
	UChar		source[TEXT_FORM_MAX];
	int32_t		units = to_utf16(in, len, source, TEXT_FORM_MAX);

	return rules != NULL && units >= 0 &&
		unorm2_isNormalized(rules, source, units, &error) && U_SUCCESS(error);
}
