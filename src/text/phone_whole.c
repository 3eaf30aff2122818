/*
 * Values that are nothing but a phone number.
 */
#include <unicode/uchar.h>

#include "phone_extension.h"
#include "phone_plain.h"
#include "phone_text.h"
#include "unicode.h"

static const char *const not_a_number = "the value is not a phone number";
static const char *const has_letters = "a phone number has no letters";
static const char *const has_extension =
	"a number with an extension is not one person's; leave the extension out";

/*
 * White space, but for two characters that libphonenumber does not pass over,
 * and the direction marks that address books put around a number when it is
 * copied out of them.
 */
static bool
may_be_trimmed(int32_t character)
{
	if (text_is_space(character))
		return character != 0x0B && character != 0x85;
	return character == 0x200E || character == 0x202A || character == 0x202C ||
		character == 0x2066 || character == 0x2069;
}

/* Narrows the value to what may be a number. */
static void
trim(const char **in, size_t *len)
{
	Written		written = {NULL, 0, *in, *len};
	size_t		start = 0;
	size_t		pos = 0;

	while (pos < written.length && may_be_trimmed(written_next(&written, &pos)))
		start = pos;
	pos = written.length;
	while (pos > start && may_be_trimmed(written_previous(&written, &pos)))
		written.length = pos;
	*in += start;
	*len = written.length - start;
}

/* Why a value is refused that has other characters than a number. */
static const char *
reason_for(const char *in, size_t len)
{
	Written		written = {NULL, 0, in, len};
	Extension	extension;
	size_t		pos = 0;
	bool		letters = false;

	while (pos < len)
	{
		int32_t		character = written_next(&written, &pos);

		if (character < 0)
			return text_not_utf8;
		letters = letters || (written_kind(character) & WRITTEN_LETTER) ||
			(character >= 0x80 && u_isalpha(character));
	}
	if (extension_find(&written, &extension) && extension.start > 0)
		return has_extension;
	return letters ? has_letters : not_a_number;
}

/* A tilde announces an extension where libphonenumber takes it for that. */
static bool
has_extension_after_tilde(const char *in, size_t len)
{
	PhoneText	found;

	return phone_text_find(in, len, &found) && found.extension_length > 0;
}

const char *
phone_text_read(const char *in, size_t len, PhoneText *text)
{
	PlainAnswer answer = phone_plain_read_ascii(in, len, PLAIN_AFTER_BRACKETS, text);
	bool		tilde = false;
	size_t		whole = len;

	if (answer == PLAIN_YES)
		return NULL;
	if (answer == PLAIN_NO ||
		!phone_plain_read_any_script(in, len, PLAIN_AFTER_BRACKETS, text, &tilde))
	{
		trim(&in, &len);
		if (len == whole ||
			!phone_plain_read_any_script(in, len, PLAIN_AFTER_BRACKETS, text, &tilde))
			return reason_for(in, len);
	}
	return tilde && has_extension_after_tilde(in, len) ? has_extension : NULL;
}
