/*
 * The extension at the end of a written phone number.
 *
 * libphonenumber searches for six forms.  All of them end with digits and
 * perhaps a #, so they are read backwards from there: before the digits come
 * a label or a separator, and before that white space and commas.  Of the
 * forms that fit, the one that begins first counts.
 */
#include "phone_extension.h"

/* Sets of characters. */
#define BLANKS		0x01		/* space, no-break space, tab */
#define SPACE		0x02
#define COMMA		0x04
#define DASH		0x08

/* How many digits an extension may have: the clearer the label, the more. */
#define DIGITS_AFTER_WORD		20
#define DIGITS_AFTER_DIALLING	15
#define DIGITS_AFTER_SIGN		9
#define DIGITS_BEFORE_HASH		6

/* What was read from the end so far. */
typedef struct Tail
{
	const Written *written;
	int			digits;
	bool		hash;			/* the last character is one */
	size_t		digits_start;
	size_t		filler;			/* where spaces, commas and dashes begin */
	size_t		label_end;		/* before a colon or full stop, if there is one */
} Tail;

static bool
is_in(int32_t character, int set)
{
	switch (character)
	{
		case ' ':
			return (set & (BLANKS | SPACE)) != 0;
		case '\t':
		case 0x00A0:
			return (set & BLANKS) != 0;
		case ',':
			return (set & COMMA) != 0;
		case '-':
			return (set & DASH) != 0;
		default:
			return false;
	}
}

/* Where the characters of the set begin that end at pos. */
static size_t
skip_back(const Written *written, size_t pos, int set)
{
	size_t		before = pos;

	while (pos > 0 && is_in(written_previous(written, &before), set))
		pos = before;
	return pos;
}

/* As far as the labels need it. */
static int32_t
fold(int32_t character)
{
	if ((character >= 'A' && character <= 'Z') ||
		(character >= 0xFF21 && character <= 0xFF3A) ||
		(character >= 0x0410 && character <= 0x042F) || character == 0x00D3)
		return character + 0x20;
	switch (character)
	{
		case 0x017F:			/* long s */
			return 's';
		case 0x1C81:			/* Cyrillic long-legged de */
			return 0x0434;
		case 0x1C82:			/* Cyrillic narrow o */
			return 0x043E;
		default:
			return character;
	}
}

/* Steps back over a word, given from its last letter to its first. */
static bool
step_back(const Written *written, size_t *pos, const uint16_t *word)
{
	size_t		before = *pos;

	for (; *word != 0; word++)
	{
		if (before == 0 || fold(written_previous(written, &before)) != *word)
			return false;
	}
	*pos = before;
	return true;
}

/* ext, extn, extension, without e too, also in Spanish and in full width;
 * anexo; the Russian abbreviation. */
static bool
step_back_word(const Written *written, size_t *pos)
{
	static const uint16_t ext_wide[] = {0xFF54, 0xFF58, 0};
	static const uint16_t e_wide[] = {0xFF45, 0};
	static const uint16_t n_wide[] = {0xFF4E, 0};
	static const uint16_t anexo[] = {'o', 'x', 'e', 'n', 'a', 0};
	static const uint16_t dob[] = {0x0431, 0x043E, 0x0434, 0};
	static const uint16_t ext[] = {'t', 'x', 0};
	static const uint16_t ensio[] = {'o', 'i', 's', 'n', 'e', 0};
	static const uint16_t ensio_acute[] = {0x00F3, 'i', 's', 'n', 'e', 0};
	static const uint16_t acute[] = {0x0301, 'o', 'i', 's', 'n', 'e', 0};
	static const uint16_t n[] = {'n', 0};
	static const uint16_t e[] = {'e', 0};
	size_t		start = *pos;

	if (step_back(written, pos, anexo) || step_back(written, pos, dob))
		return true;
	(void) step_back(written, &start, n_wide);
	if (step_back(written, &start, ext_wide))
	{
		(void) step_back(written, &start, e_wide);
		*pos = start;
		return true;
	}
	start = *pos;
	(void) step_back(written, &start, n);
	(void) (step_back(written, &start, ensio) ||
			step_back(written, &start, ensio_acute) ||
			step_back(written, &start, acute));
	if (!step_back(written, &start, ext))
		return false;
	(void) step_back(written, &start, e);
	*pos = start;
	return true;
}

/* x, #, ~, and int, also in full width */
static bool
step_back_sign(const Written *written, size_t *pos)
{
	static const uint16_t in[] = {'t', 'n', 'i', 0};
	static const uint16_t in_wide[] = {0xFF54, 0xFF4E, 0xFF49, 0};
	size_t		before = *pos;

	switch (fold(written_previous(written, &before)))
	{
		case 'x':
		case '#':
		case '~':
		case 0xFF58:
		case 0xFF03:
		case 0xFF5E:
			*pos = before;
			return true;
		default:
			return step_back(written, pos, in) || step_back(written, pos, in_wide);
	}
}

/* The digits, the # after them and the filler before them. */
static bool
read_tail(const Written *written, Tail *tail, Extension *extension)
{
	size_t		pos = written->length;
	size_t		before = pos;
	int32_t		character;

	tail->written = written;
	tail->digits = 0;
	tail->hash = pos > 0 && written_previous(written, &before) == '#';
	if (tail->hash)
		pos = before;
	extension->digits_end = before = pos;
	while (pos > 0 && written_digit(written_previous(written, &before)) >= 0)
	{
		pos = before;
		if (++tail->digits > DIGITS_AFTER_WORD)
			return false;
	}
	tail->digits_start = extension->digits = pos;
	tail->filler = skip_back(written, pos, BLANKS | COMMA | DASH);
	tail->label_end = before = tail->filler;
	character = written_previous(written, &before);
	if (character == ':' || character == '.' || character == 0xFF0E)
		tail->label_end = before;
	return tail->digits > 0;
}

/* ;ext= */
static size_t
start_of_rfc3966(const Tail *tail)
{
	static const uint16_t label[] = {'=', 't', 'x', 'e', ';', 0};
	size_t		pos = tail->digits_start;

	if (tail->hash || !step_back(tail->written, &pos, label))
		return tail->digits_start;
	return pos;
}

/* Most values have no label: their last character rules it out. */
static bool
may_end_label(const Written *written, size_t pos)
{
	int32_t		character = fold(written_previous(written, &pos));

	return character == 't' || character == 'n' || character == 'o' ||
		character == 'x' || character == '#' || character == '~' || character >= 0x80;
}

static size_t
start_of_label(const Tail *tail)
{
	size_t		pos = tail->label_end;

	if (!may_end_label(tail->written, pos))
		return tail->digits_start;
	if (step_back_word(tail->written, &pos) ||
		(tail->digits <= DIGITS_AFTER_SIGN && step_back_sign(tail->written, &pos)))
		return skip_back(tail->written, pos, BLANKS | COMMA);
	return tail->digits_start;
}

/* As Americans write it: - 503# */
static size_t
start_of_hashed(const Tail *tail)
{
	if (!tail->hash || tail->digits > DIGITS_BEFORE_HASH)
		return tail->digits_start;
	return skip_back(tail->written, tail->digits_start, SPACE | DASH);
}

/* The first place in the filler with so many commas side by side. */
static size_t
find_commas(const Tail *tail, int wanted)
{
	size_t		pos = tail->filler;
	int			commas = 0;

	while (pos < tail->digits_start)
	{
		commas = written_next(tail->written, &pos) == ',' ? commas + 1 : 0;
		if (commas == wanted)
			return skip_back(tail->written, pos - (size_t) wanted, BLANKS);
	}
	return tail->digits_start;
}

/* A semicolon or two commas, for the pauses of automatic dialling. */
static size_t
start_of_dialling(const Tail *tail)
{
	static const uint16_t semicolon[] = {';', 0};
	static const uint16_t commas[] = {',', ',', 0};
	size_t		pos = tail->label_end;

	if (tail->digits > DIGITS_AFTER_DIALLING)
		return tail->digits_start;
	if (step_back(tail->written, &pos, semicolon) ||
		(pos < tail->filler && step_back(tail->written, &pos, commas)))
		return skip_back(tail->written, pos, BLANKS);
	return find_commas(tail, 2);
}

/* Any number of commas. */
static size_t
start_of_commas(const Tail *tail)
{
	size_t		pos = tail->label_end;

	if (tail->digits > DIGITS_AFTER_SIGN)
		return tail->digits_start;
	if (pos < tail->filler)
	{
		pos = skip_back(tail->written, pos, COMMA);
		if (pos < tail->label_end)
			return skip_back(tail->written, pos, BLANKS);
	}
	return find_commas(tail, 1);
}

static size_t
earlier(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool
extension_find(const Written *written, Extension *extension)
{
	Tail		tail;
	size_t		start;

	if (!read_tail(written, &tail, extension))
		return false;
	start = earlier(start_of_rfc3966(&tail), start_of_label(&tail));
	start = earlier(start, start_of_hashed(&tail));
	start = earlier(start, start_of_dialling(&tail));
	start = earlier(start, start_of_commas(&tail));
	extension->start = start;
	return start < tail.digits_start;
}
