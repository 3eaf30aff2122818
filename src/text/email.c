/*
 * E-mail addresses in canonical form.
 *
 * The local part is a dot-atom (RFC 5321, RFC 5322), with what RFC 6532 adds
 * outside ASCII.  Two addresses become one only where nobody could tell them
 * apart: by the case of a letter, by the normal form, or by the spelling of
 * the domain.  Where a character merely looks like an ASCII one the address is
 * refused, since neither joining nor splitting would be right.
 */
#include "email.h"

#include <string.h>

#include <unicode/uchar.h>

#include "email_plain.h"
#include "fold.h"
#include "unicode.h"

/* Far more than what shrinks to EMAIL_MAX and LOCAL_PART_MAX bytes. */
#define EMAIL_INPUT_MAX			4096
#define LOCAL_PART_INPUT_MAX	512

/* Bytes of what one code point becomes at most in NFKC_Casefold. */
#define CASEFOLD_MAX			128

static const char *const gmail = "gmail.com";

static const char *const too_long = "the address is longer than 254 bytes";
static const char *const local_part_too_long =
	"the part before the @ is longer than 64 bytes";
static const char *const quoted =
	"a quoted name before the @ is not accepted";
static const char *const bad_dots =
	"the part before the @ starts or ends with a dot, or has two dots in a row";

static bool
is_atext(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool
is_line_break(int32_t code_point)
{
	return (code_point >= '\n' && code_point <= '\r') || code_point == 0x85 ||
		code_point == 0x2028 || code_point == 0x2029;
}

static bool
has_line_break(const char *in, size_t len)
{
	size_t		pos = 0;

	while (pos < len)
	{
		if (is_line_break(text_next(in, len, &pos)))
			return true;
	}
	return false;
}

/* What no part of an address may have. */
static const char *
check_visible(const char *in, size_t len)
{
	size_t		pos = 0;

	while (pos < len)
	{
		int32_t		code_point = text_next(in, len, &pos);

		if (code_point < 0)
			return text_not_utf8;
		if (!text_is_hidden(code_point))
			continue;
		if (u_charType(code_point) == U_CONTROL_CHAR)
			return "the address has a control character";
		return "the address has an invisible character";
	}
	return NULL;
}

/* KELVIN SIGN, full-width letters, ligatures and the like: a reader, or
 * another program, takes them for ASCII. */
static bool
becomes_ascii(int32_t code_point)
{
	char		source[4];
	char		folded[CASEFOLD_MAX];
	size_t		len;

	len = text_encode(code_point, source);
	if (!text_to_form(TEXT_NFKC_CASEFOLD, source, len, folded, sizeof(folded), &len))
		return true;
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) folded[i] < 0x80)
			return true;
	}
	return false;
}

static const char *
check_atom_character(int32_t code_point)
{
	if (code_point == '"')
		return quoted;
	if (text_is_space(code_point))
		return "the part before the @ has white space in it";
	if (code_point < 0x80)
		return is_atext((char) code_point) ? NULL :
			"the part before the @ has a character that an address can't have there";
	switch (u_charType(code_point))
	{
		case U_UNASSIGNED:
		case U_PRIVATE_USE_CHAR:
			return "the part before the @ has a character without a defined meaning";
		default:
			break;
	}
	if (becomes_ascii(code_point))
		return "the part before the @ has a character that passes for an ASCII one";
	return NULL;
}

/* A dot-atom, of any length. */
static const char *
check_dot_atom(const char *local, size_t len)
{
	bool		after_dot = true;
	size_t		pos = 0;

	while (pos < len)
	{
		int32_t		code_point = text_next(local, len, &pos);
		const char *reason;

		if (code_point == '.' && after_dot)
			return bad_dots;
		if (after_dot && code_point >= 0x80 && (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0)
			return "the part before the @ has a combining mark with nothing to stand on";
		after_dot = code_point == '.';
		if (after_dot)
			continue;
		reason = check_atom_character(code_point);
		if (reason != NULL)
			return reason;
	}
	return after_dot ? bad_dots : NULL;
}

/* Checked twice: the characters as typed, and those that end up in the key. */
static const char *
fold_local_part(const char *local, size_t len, char *out, size_t *out_len)
{
	char		folded[LOCAL_PART_INPUT_MAX];
	size_t		folded_len;
	const char *reason = check_dot_atom(local, len);

	if (reason != NULL)
		return reason;
	if (!fold_case_text(local, len, folded, sizeof(folded), &folded_len))
		return local_part_too_long;
	reason = check_dot_atom(folded, folded_len);
	if (reason != NULL)
		return reason;
	if (folded_len > LOCAL_PART_MAX)
		return local_part_too_long;
	memcpy(out, folded, folded_len);
	*out_len = folded_len;
	return NULL;
}

static const char *
ascii_local_part(const char *local, size_t len, char *out, size_t *out_len)
{
	const char *reason = check_dot_atom(local, len);

	if (reason != NULL)
		return reason;
	if (len > LOCAL_PART_MAX)
		return local_part_too_long;
	for (size_t i = 0; i < len; i++)
		out[i] = text_ascii_lower(local[i]);
	*out_len = len;
	return NULL;
}

/* The canonical address of a trimmed value, before the bot's options. */
static const char *
normalize_parts(const char *in, size_t len, char *out, size_t *out_len)
{
	const char *at = memchr(in, '@', len);
	size_t		local_len;
	size_t		domain_len;
	char		domain[DOMAIN_MAX];
	const char *reason;

	if (at == NULL)
		return "the address has no @";
	local_len = (size_t) (at - in);
	domain_len = len - local_len - 1;
	if (local_len == 0)
		return "nothing stands before the @";
	if (domain_len == 0)
		return "nothing stands after the @";
	if (memchr(at + 1, '@', domain_len) != NULL)
		return in[0] == '"' ? quoted : "the address has more than one @";
	if (text_is_ascii(in, local_len))
		reason = ascii_local_part(in, local_len, out, &local_len);
	else
		reason = fold_local_part(in, local_len, out, &local_len);
	if (reason == NULL)
		reason = domain_to_ascii(at + 1, domain_len, false, domain, &domain_len);
	if (reason != NULL)
		return reason;
	if (local_len + 1 + domain_len > EMAIL_MAX)
		return too_long;
	out[local_len] = '@';
	memcpy(out + local_len + 1, domain, domain_len);
	*out_len = local_len + 1 + domain_len;
	return NULL;
}

/* Gmail's names are ASCII; in others, joining the neighbours of a dot could
 * compose them. */
static bool
is_gmail(const char *address, size_t local_len, const char *domain, size_t domain_len)
{
	static const char *const old_name = "googlemail.com";

	return text_is_ascii(address, local_len) &&
		(is_same(domain, domain_len, gmail, strlen(gmail)) ||
		 is_same(domain, domain_len, old_name, strlen(old_name)));
}

/* Gives the length of what is left. */
static size_t
drop_dots(char *local, size_t len)
{
	size_t		kept = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (local[i] != '.')
			local[kept++] = local[i];
	}
	return kept;
}

/*
 * The bot's options, on a canonical address.  The tag goes first, since what
 * is left decides whether it is a name of Gmail's; there, a.+b is a with a tag.
 */
static const char *
apply_policy(const EmailPolicy *policy, char *address, size_t *len)
{
	const char *at = memchr(address, '@', *len);
	const char *domain = at + 1;
	size_t		local_len = (size_t) (at - address);
	size_t		domain_len = *len - local_len - 1;
	const char *plus = policy->plus_tags ? memchr(address, '+', local_len) : NULL;

	if (plus == address)
		return "nothing stands before the +";
	if (plus != NULL)
		local_len = (size_t) (plus - address);
	if (policy->gmail_dots && is_gmail(address, local_len, domain, domain_len))
	{
		local_len = drop_dots(address, local_len);
		domain = gmail;
		domain_len = strlen(gmail);
	}
	if (address[local_len - 1] == '.')
		return "a dot stands right before the +";
	address[local_len] = '@';
	memmove(address + local_len + 1, domain, domain_len);
	*len = local_len + 1 + domain_len;
	return NULL;
}

static inline bool
policy_is_empty(const EmailPolicy *policy)
{
	return policy == NULL || (!policy->gmail_dots && !policy->plus_tags);
}

const char *
email_normalize_general(const char *in, size_t len, const EmailPolicy *policy,
						char *out, size_t *out_len)
{
	const char *trimmed = in;
	size_t		trimmed_len = len;
	size_t		before;
	const char *reason;

	text_trim(&trimmed, &trimmed_len);
	before = (size_t) (trimmed - in);
	if (trimmed_len == 0)
		return "the address is blank";
	/* one that ends in a line is no address (RFC 5322), and often an attack */
	if (has_line_break(in, before) ||
		has_line_break(trimmed + trimmed_len, len - before - trimmed_len))
		return "the address has a line break";
	if (trimmed_len > EMAIL_INPUT_MAX)
		return too_long;
	reason = check_visible(trimmed, trimmed_len);
	if (reason == NULL)
		reason = normalize_parts(trimmed, trimmed_len, out, out_len);
	if (reason != NULL || policy_is_empty(policy))
		return reason;
	return apply_policy(policy, out, out_len);
}

const char *
email_normalize(const char *in, size_t len, const EmailPolicy *policy,
				char *out, size_t *out_len)
{
	if (!email_is_plain(in, len, out))
		return email_normalize_general(in, len, policy, out, out_len);
	*out_len = len;
	return policy_is_empty(policy) ? NULL : apply_policy(policy, out, out_len);
}
