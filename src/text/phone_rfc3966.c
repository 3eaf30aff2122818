/*
 * Phone numbers with a context, as RFC 3966 has them in its URIs.
 */
#include "phone_rfc3966.h"

#include <string.h>

static const char scheme[] = "tel:";
static const char context_parameter[] = ";phone-context=";

static bool
is_ascii_letter(int32_t character)
{
	return character < 0x80 && (written_kind(character) & WRITTEN_LETTER) != 0;
}

/* + and digits, at least one, with - . ( ) anywhere. */
static bool
is_global_number(const Written *context)
{
	size_t		pos = 0;
	bool		has_digit = false;

	if (context->length == 0 || written_next(context, &pos) != '+')
		return false;
	while (pos < context->length)
	{
		int32_t		character = written_next(context, &pos);

		if (written_digit(character) >= 0)
			has_digit = true;
		else if (character != '-' && character != '.' && character != '(' &&
				 character != ')')
			return false;
	}
	return has_digit;
}

/* Labels of letters, digits and inner hyphens; the last begins with a letter. */
static bool
is_domain(const Written *context)
{
	size_t		pos = 0;
	int32_t		previous = '.';
	int32_t		first = 0;		/* of the label */

	while (pos < context->length)
	{
		int32_t		character = written_next(context, &pos);

		if (character == '.')
		{
			if (previous == '.' || previous == '-')
				return false;
		}
		else if (character == '-')
		{
			if (previous == '.')
				return false;
		}
		else if (!is_ascii_letter(character) && written_digit(character) < 0)
			return false;
		else if (previous == '.')
			first = character;
		previous = character;
	}
	return previous != '-' && is_ascii_letter(first);
}

bool
rfc3966_has_context(const char *in, size_t len, size_t *context_at)
{
	*context_at = written_find(in, len, context_parameter);
	return *context_at != WRITTEN_NOWHERE;
}

bool
rfc3966_read(const char *in, size_t len, size_t context_at, Written *written)
{
	Written		context = {0};
	size_t		number_at = written_find(in, len, scheme);
	const char *end;

	context.number = in + context_at + strlen(context_parameter);
	context.length = (size_t) (in + len - context.number);
	end = memchr(context.number, ';', context.length);
	if (end != NULL)
		context.length = (size_t) (end - context.number);
	if (!is_global_number(&context) && !is_domain(&context))
		return false;
	if (context.number[0] == '+')
	{
		written->context = context.number;
		written->context_length = context.length;
	}
	number_at = number_at == WRITTEN_NOWHERE ? 0 : number_at + strlen(scheme);
	written->number = in + number_at;
	/* libphonenumber takes all that follows a "tel:" behind the context */
	written->length = written->context_length +
		(number_at <= context_at ? context_at : len) - number_at;
	return true;
}
