/*
 * Names of people, as they are looked for.
 */
#include "name.h"

#include <string.h>

#include "fold.h"
#include "unicode.h"

/* A key's worth of characters, however many bytes each has. */
#define SINGLE_SPACED_MAX	(4 * NAME_KEY_MAX)

static size_t
single_spaced(const char *in, size_t len, char *out)
{
	size_t		pos = 0;
	size_t		written = 0;
	int			space = 0;

	while (pos < len && written + 5 <= SINGLE_SPACED_MAX)
	{
		int32_t		code_point = text_next(in, len, &pos);

		if (code_point < 0)
			break;
		if (text_is_space(code_point))
		{
			space = written > 0;
			continue;
		}
		if (space)
			out[written++] = ' ';
		space = 0;
		written += text_encode(code_point, out + written);
	}
	return written;
}

size_t
name_key(const char *in, size_t len, char *out)
{
	char		single[SINGLE_SPACED_MAX];
	char		folded[3 * SINGLE_SPACED_MAX];
	size_t		single_len = single_spaced(in, len, single);
	size_t		folded_len;
	size_t		key_len;

	if (!fold_case_text(single, single_len, folded, sizeof(folded), &folded_len))
	{
		memcpy(folded, single, single_len);
		folded_len = single_len;
	}
	key_len = folded_len < NAME_KEY_MAX ? folded_len : NAME_KEY_MAX;
	while (key_len > 0 && key_len < folded_len && (folded[key_len] & 0xC0) == 0x80)
		key_len--;
	memcpy(out, folded, key_len);
	return key_len;
}
