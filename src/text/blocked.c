/*
 * Values that are never a userId, and the patterns that a bot adds to them.
 *
 * The list sees a value as its shape, one byte a character: small letters,
 * digits and punctuation in ASCII, and two more for what no listed value has.
 */
#include "blocked.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <unicode/uchar.h>

#include "fold.h"
#include "unicode.h"

#define OTHER			'\x7F'
#define MARK			'\x1F'	/* a combining mark, which says nothing by itself */
#define ENCLOSING		'"'		/* every quote and bracket */
#define PUNCTUATION		'.'		/* all that ASCII does not have */
#define MINUS_SIGN		0x2212

/* longer values are on no list */
#define SHAPE_MAX		64

/*
 * Stand in a pattern for % and _, and for these two themselves: controls and a
 * noncharacter, which no identifier has and no folding touches.
 */
#define ANY_RUN			0x01
#define ANY_CHARACTER	0x02
#define NEITHER			0xFFFF

typedef struct Shape
{
	size_t		len;
	bool		unlisted;		/* too long, or has what no listed value has */
	bool		says_something; /* has a letter, a symbol or a digit but zero */
	int32_t		first[2];		/* visible characters at the ends, without quotes */
	int32_t		last[2];
	size_t		count;			/* of visible characters without quotes */
	char		bytes[SHAPE_MAX];
} Shape;

/* Blocked with any punctuation around them. */
static const char *const words[] = {
	"null", "nil", "none", "undefined", "nan",
	"n/a", "n.a", "n\\a", "n / a", "na",
	"not available", "not applicable", "not set", "not provided",
	"unknown", "anonymous", "guest", "test", "true", "false",
	"object object", "object undefined", "object null"
};

/* Blocked with nothing around them but quotes and brackets: a number, COPY's
 * null, and what a spreadsheet shows for a broken formula. */
static const char *const codes[] = {
	"-1", "\\n",
	"#ref!", "#value!", "#name?", "#num!", "#div/0!", "#error!"
};

/* The ends of a template that nobody filled in; a blank one is any character. */
static const char *const templates[][2] = {
	{"{{", "}}"}, {"${", " }"}, {"#{", " }"}, {"%{", " }"}, {"{%", "%}"}, {"<%", "%>"}
};

/* The shape of each ASCII character.  Controls have none. */
static const char ascii_shapes[] =
"\0\0\0\0\0\0\0\0\0     \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
" !\"#$%&\"\"\"*+,-./0123456789:;\"=\"?"
"@abcdefghijklmnopqrstuvwxyz\"\\\"^_"
"\"abcdefghijklmnopqrstuvwxyz\"|\"~\0";

static bool
is_bracket(int32_t code_point)
{
	return code_point > 0 && code_point < 0x80 && strchr("()[]{}<>", code_point) != NULL;
}

/* The shape of a visible character that is not ASCII. */
static char
shape_beyond_ascii(int32_t code_point)
{
	int32_t		digit = u_charDigitValue(code_point);
	int32_t		folded = fold_case(code_point);

	if (digit >= 0)
		return (char) ('0' + digit);
	if (folded < 0x80)
		return (char) folded;
	if (code_point == MINUS_SIGN)
		return '-';
	switch (u_charType(code_point))
	{
		case U_START_PUNCTUATION:
		case U_END_PUNCTUATION:
		case U_INITIAL_PUNCTUATION:
		case U_FINAL_PUNCTUATION:
		case U_MODIFIER_SYMBOL:	/* accents, which serve as quotes */
			return ENCLOSING;
		case U_DASH_PUNCTUATION:
			return '-';
		case U_CONNECTOR_PUNCTUATION:
		case U_OTHER_PUNCTUATION:
		case U_MATH_SYMBOL:
		case U_CURRENCY_SYMBOL:
			return PUNCTUATION;
		case U_NON_SPACING_MARK:
		case U_ENCLOSING_MARK:
		case U_COMBINING_SPACING_MARK:
			return MARK;
		default:
			return OTHER;
	}
}

/* 0: the character does not count, for nobody sees it. */
static char
shape_of(int32_t code_point)
{
	if (code_point < 0)
		return OTHER;
	if (code_point < 0x80)
		return ascii_shapes[code_point];
	if (text_is_space(code_point))
		return ' ';
	if (text_is_hidden(code_point) || u_charType(code_point) == U_FORMAT_CHAR)
		return '\0';
	return shape_beyond_ascii(code_point);
}

static bool
says_something(char shape)
{
	return shape == OTHER || (shape >= 'a' && shape <= 'z') || (shape >= '1' && shape <= '9');
}

/* Remembers a visible character as one of the ends. */
static void
note_end(Shape *shape, int32_t code_point)
{
	if (shape->count < 2)
		shape->first[shape->count] = code_point;
	shape->last[0] = shape->last[1];
	shape->last[1] = code_point;
	shape->count++;
}

/* In its ordinary width; -1 where it is not UTF-8. */
static int32_t
next_character(const char *in, size_t len, size_t *pos)
{
	if ((uint8_t) in[*pos] < 0x80)
		return in[(*pos)++];
	return fold_width(text_next(in, len, pos));
}

/* Is in no listed value but templates. */
static bool
rules_out_list(char shape)
{
	return shape == OTHER || shape == MARK || (shape >= '2' && shape <= '9');
}

static bool
is_end(const int32_t *characters, const char *wanted)
{
	return (wanted[0] == ' ' || characters[0] == wanted[0]) && characters[1] == wanted[1];
}

static bool
is_template(const Shape *shape, bool closed)
{
	size_t		i;

	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
	{
		if (is_end(shape->first, templates[i][0]) &&
			(!closed || is_end(shape->last, templates[i][1])))
			return true;
	}
	return false;
}

static void
add_character(Shape *shape, int32_t code_point, char next)
{
	if (next != ' ' && (next != ENCLOSING || is_bracket(code_point)))
		note_end(shape, code_point);
	if (says_something(next))
		shape->says_something = true;
	if (shape->len == SHAPE_MAX || rules_out_list(next))
		shape->unlisted = true;
	else
		shape->bytes[shape->len++] = next;
}

/* Stops where the value can be neither on the list nor a template. */
static void
take_shape(const char *in, size_t len, Shape *shape)
{
	size_t		pos = 0;
	bool		after_space = false;

	memset(shape, 0, offsetof(Shape, bytes));
	while (pos < len)
	{
		int32_t		code_point = next_character(in, len, &pos);
		char		next = shape_of(code_point);

		if (next == '\0' || (next == ' ' && after_space))
			continue;
		after_space = next == ' ';
		add_character(shape, code_point, next);
		if (shape->unlisted && shape->says_something && shape->count >= 2 &&
			!is_template(shape, false))
			return;
	}
}

static bool
is_wrapping(char shape)
{
	return shape == ENCLOSING || shape == ' ';
}

static bool
is_decoration(char shape)
{
	return is_wrapping(shape) || strchr(".,;:!?-_*#/\\|~=^", shape) != NULL;
}

static void
strip_ends(const char **bytes, size_t *len, bool (*dropped) (char))
{
	while (*len > 0 && dropped((*bytes)[*len - 1]))
		(*len)--;
	while (*len > 0 && dropped(**bytes))
	{
		(*bytes)++;
		(*len)--;
	}
}

static bool
is_listed(const char *bytes, size_t len, const char *const *list, size_t count)
{
	size_t		i;

	for (i = 0; i < count; i++)
	{
		if (list[i][0] == bytes[0] && strlen(list[i]) == len &&
			memcmp(list[i], bytes, len) == 0)
			return true;
	}
	return false;
}

bool
value_is_blocked(const char *in, size_t len)
{
	Shape		shape;
	const char *bytes = shape.bytes;

	take_shape(in, len, &shape);
	if (!shape.says_something || (shape.count > 3 && is_template(&shape, true)))
		return true;
	if (shape.unlisted)
		return false;
	len = shape.len;
	strip_ends(&bytes, &len, is_wrapping);
	if (is_listed(bytes, len, codes, sizeof(codes) / sizeof(codes[0])))
		return true;
	strip_ends(&bytes, &len, is_decoration);
	return is_listed(bytes, len, words, sizeof(words) / sizeof(words[0]));
}

/* The next character of a pattern, or the mark of a wildcard. */
static int32_t
next_wanted(const char *in, size_t len, size_t *pos)
{
	int32_t		code_point = text_next(in, len, pos);

	if (code_point == '%')
		return ANY_RUN;
	if (code_point == '_')
		return ANY_CHARACTER;
	if (code_point == '\\' && *pos < len)
		code_point = text_next(in, len, pos);
	if (code_point == ANY_RUN || code_point == ANY_CHARACTER)
		return NEITHER;
	return fold_width(code_point);
}

/* Character by character as next says, then folded.  False: not UTF-8 or too
 * long. */
static bool
fold_with(int32_t (*next) (const char *in, size_t len, size_t *pos),
		  const char *in, size_t len, char *out, size_t *out_len)
{
	char		draft[BLOCKED_PATTERN_MAX];
	size_t		draft_len = 0;
	size_t		pos = 0;

	while (pos < len)
	{
		int32_t		code_point = next(in, len, &pos);

		if (code_point < 0 || draft_len + 4 > BLOCKED_PATTERN_MAX)
			return false;
		if (code_point < 0x80)
			draft[draft_len++] = (char) code_point;
		else
			draft_len += text_encode(code_point, draft + draft_len);
	}
	return fold_case_text(draft, draft_len, out, BLOCKED_PATTERN_MAX, out_len);
}

/*
 * Both in UTF-8.  Where the rest does not match, only the last run needs to
 * take one character more: an earlier one could not do better.
 */
static bool
matches(const char *value, size_t len, const char *pattern, size_t pattern_len)
{
	size_t		pos = 0;
	size_t		pattern_pos = 0;
	size_t		retry_pos = 0;
	size_t		retry_pattern = 0;	/* after the last run; 0: none yet */

	while (pos < len)
	{
		size_t		next = pos;
		size_t		pattern_next = pattern_pos;
		int32_t		code_point = text_next(value, len, &next);
		int32_t		wanted = -1;

		if (pattern_pos < pattern_len)
			wanted = text_next(pattern, pattern_len, &pattern_next);
		if (wanted == ANY_RUN)
		{
			retry_pos = pos;
			retry_pattern = pattern_pos = pattern_next;
		}
		else if (wanted == ANY_CHARACTER || wanted == code_point)
		{
			pos = next;
			pattern_pos = pattern_next;
		}
		else if (retry_pattern > 0)
		{
			(void) text_next(value, len, &retry_pos);
			pos = retry_pos;
			pattern_pos = retry_pattern;
		}
		else
			return false;
	}
	while (pattern_pos < pattern_len)
	{
		if (text_next(pattern, pattern_len, &pattern_pos) != ANY_RUN)
			return false;
	}
	return true;
}

bool
value_matches_pattern(const char *in, size_t len, const char *pattern, size_t pattern_len)
{
	char		value[BLOCKED_PATTERN_MAX];
	char		wanted[BLOCKED_PATTERN_MAX];
	size_t		value_len;
	size_t		wanted_len;

	text_trim(&in, &len);
	text_trim(&pattern, &pattern_len);
	return fold_with(next_character, in, len, value, &value_len) &&
		fold_with(next_wanted, pattern, pattern_len, wanted, &wanted_len) &&
		matches(value, value_len, wanted, wanted_len);
}
