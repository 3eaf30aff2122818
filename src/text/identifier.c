/*
 * Identifiers (string userIds and keys) in canonical form.
 */
#include "identifier.h"

#include <string.h>

#include <unicode/uchar.h>

#include "fold.h"
#include "identifier_plain.h"
#include "unicode.h"

/*
 * Composing takes at most four code points to one, so a longer draft can't
 * become IDENTIFIER_MAX_CHARS.
 */
#define DRAFT_MAX_CHARS		(4 * IDENTIFIER_MAX_CHARS)
#define DRAFT_MAX			(4 * DRAFT_MAX_CHARS)

static const IdentifierPolicy keep_all = {false, false};

static const char *const too_long = "the value is longer than 255 characters";

/* What looks like nothing, or stands for something that was lost. */
static const char *
refuse_symbol(int32_t code_point)
{
	switch (code_point)
	{
		case 0x2800:
			return "the value has a blank braille pattern, which can't be seen";
		case 0xFFFC:
		case 0xFFFD:
			return "the value has a replacement character: a conversion lost what stood there";
		default:
			return NULL;
	}
}

/* Why this character can't be in an identifier wherever it stands, or NULL. */
static const char *
refuse_character(int32_t code_point)
{
	if (code_point >= 0x20 && code_point < 0x7F)
		return NULL;
	switch (u_charType(code_point))
	{
		case U_CONTROL_CHAR:
		case U_LINE_SEPARATOR:
		case U_PARAGRAPH_SEPARATOR:
			return "the value has a control character, a tab or a line break";
		case U_FORMAT_CHAR:
			return "the value has an invisible format character";
		case U_PRIVATE_USE_CHAR:
			return "the value has a private use character";
		case U_UNASSIGNED:
			return "the value has a character that Unicode has not assigned";
		default:
			break;
	}
	if (text_is_hidden(code_point))
		return "the value has an invisible character";
	return refuse_symbol(code_point);
}

/*
 * Character by character: refuse, map the width, fold the spaces, drop the
 * separators.  The value is trimmed, so a space always has a successor.
 */
static const char *
write_draft(const char *in, size_t len, bool strip_separators,
			char *draft, size_t *draft_len)
{
	size_t		pos = 0;
	size_t		chars = 0;
	size_t		written = 0;
	bool		after_space = false;

	while (pos < len)
	{
		int32_t		code_point = text_next(in, len, &pos);
		const char *reason;
		bool		space;

		if (code_point < 0)
			return text_not_utf8;
		reason = refuse_character(code_point);
		if (reason != NULL)
			return reason;
		code_point = fold_width(code_point);
		space = u_charType(code_point) == U_SPACE_SEPARATOR;
		if (space)
			code_point = ' ';
		if (strip_separators ? identifier_is_separator(code_point) : (space && after_space))
			continue;
		if (++chars > DRAFT_MAX_CHARS)
			return too_long;
		written += text_encode(code_point, draft + written);
		after_space = space;
	}
	*draft_len = written;
	return NULL;
}

/* What must hold of the value as a whole, in NFC. */
static const char *
refuse_form(const char *value, size_t len)
{
	size_t		pos = 0;

	if (U_GET_GC_MASK(text_next(value, len, &pos)) & U_GC_M_MASK)
		return "the value begins with a combining mark";
	if (!text_is_in_form(TEXT_NFKC, value, len))
		return "the value has a compatibility character, such as a ligature or a superscript";
	return NULL;
}

static size_t
count_characters(const char *value, size_t len)
{
	size_t		count = 0;
	size_t		i;

	for (i = 0; i < len; i++)
		count += ((uint8_t) value[i] & 0xC0) != 0x80;
	return count;
}

const char *
identifier_normalize_general(const char *in, size_t len, const IdentifierPolicy *policy,
							 char *out, size_t *out_len)
{
	char		draft[DRAFT_MAX];
	char		value[DRAFT_MAX];
	size_t		value_len;
	const char *reason;

	if (policy == NULL)
		policy = &keep_all;
	text_trim(&in, &len);
	if (len == 0)
		return "the value is blank";
	reason = write_draft(in, len, policy->strip_separators, draft, &value_len);
	if (reason != NULL)
		return reason;
	if (value_len == 0)
		return "nothing is left of the value without its separators";
	if (!text_to_form(TEXT_NFC, draft, value_len, value, sizeof(value), &value_len))
		return too_long;
	reason = refuse_form(value, value_len);
	if (reason == NULL && policy->casefold)
	{
		memcpy(draft, value, value_len);
		if (!fold_case_text(draft, value_len, value, sizeof(value), &value_len))
			return too_long;
		reason = refuse_form(value, value_len);
	}
	if (reason != NULL)
		return reason;
	if (count_characters(value, value_len) > IDENTIFIER_MAX_CHARS)
		return too_long;
	memcpy(out, value, value_len);
	*out_len = value_len;
	return NULL;
}

/* Both ends are ASCII, and no white space. */
static bool
is_trimmed(const char *in, size_t len)
{
	return len > 0 && (signed char) in[0] > ' ' && (signed char) in[len - 1] > ' ';
}

const char *
identifier_normalize(const char *in, size_t len, const IdentifierPolicy *policy,
					 char *out, size_t *out_len)
{
	if (policy == NULL)
		policy = &keep_all;
	if (!is_trimmed(in, len))
		text_trim(&in, &len);
	if (identifier_is_plain(in, len, policy, out, out_len))
		return NULL;
	return identifier_normalize_general(in, len, policy, out, out_len);
}
