/*
 * Domain names in canonical form: UTS #46 to A-labels in lower case.
 *
 * A plain ASCII name is checked and copied here; ICU sees a name only when it
 * has a character outside ASCII or a label that starts with xn--.  What ICU
 * answers then goes through the same checks, since some rules are ours: a dot
 * inside, none at the end, and no top label of digits.
 */
#include "domain.h"

#include <string.h>

#include <unicode/uidna.h>

#include "unicode.h"

/* Far more than any name that shrinks to DOMAIN_MAX bytes; a bound for ICU. */
#define DOMAIN_INPUT_MAX	4096

static const char *const too_long =
	"the domain is longer than 253 bytes";
static const char *const bad_character =
	"the domain has a character that a domain name can't have";
static const char *const bad_ace_label =
	"a label of the domain starts with xn-- but does not encode a valid name";
static const char *const unavailable =
	"the tables for international domain names are not available";

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_ace_label(const char *label, size_t len)
{
	return len >= 4 && text_ascii_lower(label[0]) == 'x' && text_ascii_lower(label[1]) == 'n' &&
		label[2] == '-' && label[3] == '-';
}

static const char *
check_label(const char *label, size_t len)
{
	if (len == 0)
		return "the domain has an empty label";
	if (len > LABEL_MAX)
		return "a label of the domain is longer than 63 bytes";
	for (size_t i = 0; i < len; i++)
	{
		if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '-')
			return bad_character;
	}
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label of the domain starts or ends with a hyphen";
	if (len >= 4 && label[2] == '-' && label[3] == '-' && !is_ace_label(label, len))
		return "a label of the domain has hyphens in its third and fourth place";
	return NULL;
}

static bool
all_digits(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (!is_digit(label[i]))
			return false;
	}
	return true;
}

/* The rules of an ASCII name.  has_ace: a label has to be decoded as well. */
static const char *
check_labels(const char *name, size_t len, bool dotless, bool *has_ace)
{
	size_t		start = 0;

	*has_ace = false;
	if (len == 0)
		return "the domain is empty";
	if (name[len - 1] == '.')
		return "the domain ends with a dot";
	if (len > DOMAIN_MAX)
		return too_long;
	for (;;)
	{
		const char *label = name + start;
		const char *dot = memchr(label, '.', len - start);
		size_t		label_len = dot == NULL ? len - start : (size_t) (dot - label);
		const char *reason = check_label(label, label_len);

		if (reason != NULL)
			return reason;
		if (is_ace_label(label, label_len))
			*has_ace = true;
		if (dot != NULL)
		{
			start += label_len + 1;
			continue;
		}
		if (start == 0 && !dotless)
			return "the domain has no dot";
		if (all_digits(label, label_len))
			return "the last label of the domain is a number, as in an IP address";
		return NULL;
	}
}

static const char *
idna_reason(uint32_t errors)
{
	if (errors & (UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL |
				  UIDNA_ERROR_LABEL_HAS_DOT))
		return bad_ace_label;
	if (errors & UIDNA_ERROR_DISALLOWED)
		return bad_character;
	if (errors & UIDNA_ERROR_EMPTY_LABEL)
		return "the domain has an empty label";
	if (errors & UIDNA_ERROR_LABEL_TOO_LONG)
		return "a label of the domain is longer than 63 bytes";
	if (errors & UIDNA_ERROR_DOMAIN_NAME_TOO_LONG)
		return too_long;
	if (errors & (UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN))
		return "a label of the domain starts or ends with a hyphen";
	if (errors & UIDNA_ERROR_HYPHEN_3_4)
		return "a label of the domain has hyphens in its third and fourth place";
	if (errors & UIDNA_ERROR_LEADING_COMBINING_MARK)
		return "a label of the domain starts with a combining mark";
	if (errors & UIDNA_ERROR_BIDI)
		return "the domain mixes writing directions in a way that can't be read safely";
	if (errors & UIDNA_ERROR_CONTEXTJ)
		return "the domain has a joiner between characters that do not join";
	return "the domain is not a valid international domain name";
}

/* Opened by the first name that needs it, and kept for the process's life. */
static const UIDNA *
idna(void)
{
	static UIDNA *opened = NULL;

	if (opened == NULL)
	{
		UErrorCode	error = U_ZERO_ERROR;

		opened = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
								 UIDNA_CHECK_CONTEXTJ |
								 UIDNA_NONTRANSITIONAL_TO_ASCII |
								 UIDNA_NONTRANSITIONAL_TO_UNICODE, &error);
	}
	return opened;
}

/* out: one byte more than DOMAIN_MAX, for a dot at the end. */
static const char *
idna_to_ascii(const char *in, size_t len, char *out, size_t *out_len)
{
	const UIDNA *rules = idna();
	UIDNAInfo	info = UIDNA_INFO_INITIALIZER;
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		bytes;

	if (rules == NULL)
		return unavailable;
	bytes = uidna_nameToASCII_UTF8(rules, in, (int32_t) len,
								   out, DOMAIN_MAX + 1, &info, &error);
	if (info.errors != 0)
		return idna_reason(info.errors);
	if (error == U_BUFFER_OVERFLOW_ERROR)
		return too_long;
	if (U_FAILURE(error))
		return unavailable;
	*out_len = (size_t) bytes;
	return NULL;
}

const char *
domain_to_ascii(const char *in, size_t len, bool dotless,
				char *out, size_t *out_len)
{
	char		ascii[DOMAIN_MAX + 1];
	size_t		ascii_len;
	bool		is_ascii = text_is_ascii(in, len);
	bool		has_ace = false;
	const char *reason = NULL;

	if (len > 0 && in[0] == '[')
		return "an address literal in brackets is not a domain";
	if (len > DOMAIN_INPUT_MAX)
		return too_long;
	if (is_ascii)
		reason = check_labels(in, len, dotless, &has_ace);
	else if (!text_is_utf8(in, len))
		reason = text_not_utf8;
	if (reason != NULL)
		return reason;
	if (!is_ascii || has_ace)
	{
		reason = idna_to_ascii(in, len, ascii, &ascii_len);
		if (reason == NULL)
			reason = check_labels(ascii, ascii_len, dotless, &has_ace);
		if (reason != NULL)
			return reason;
		in = ascii;
		len = ascii_len;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = text_ascii_lower(in[i]);
	*out_len = len;
	return NULL;
}

const char *
domain_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	text_trim(&in, &len);
	return domain_to_ascii(in, len, false, out, out_len);
}

bool
domain_to_unicode(const char *in, size_t len, char *out, size_t *out_len)
{
	const UIDNA *rules = idna();
	UIDNAInfo	info = UIDNA_INFO_INITIALIZER;
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		bytes;

	if (rules == NULL || len > DOMAIN_MAX)
		return false;
	bytes = uidna_nameToUnicodeUTF8(rules, in, (int32_t) len,
									out, DOMAIN_UNICODE_MAX, &info, &error);
	if (info.errors != 0 || U_FAILURE(error))
		return false;
	*out_len = (size_t) bytes;
	return true;
}
