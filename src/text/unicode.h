/*
 * What the normalisers share: UTF-8, white space, normal forms, and the blank
 * value.
 */
#ifndef USER360_TEXT_UNICODE_H
#define USER360_TEXT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest value, in UTF-16 units, that text_to_form() takes or gives. */
#define TEXT_FORM_MAX	2048

typedef enum TextForm
{
	TEXT_NFC,
	TEXT_NFKC,
	TEXT_NFKC_CASEFOLD
} TextForm;

/* The reason that every normaliser gives for broken bytes. */
extern const char *const text_not_utf8;

/* No character but Unicode White_Space.  An empty value is blank. */
extern bool text_is_blank(const char *in, size_t len);

/* Narrows the value to what is left without White_Space at both ends. */
extern void text_trim(const char **in, size_t *len);

extern bool text_is_ascii(const char *in, size_t len);
extern bool text_is_utf8(const char *in, size_t len);

/* The code point at *pos, which moves past it; -1 where it is not UTF-8. */
extern int32_t text_next(const char *in, size_t len, size_t *pos);

/* Writes a code point as 1 to 4 bytes and says how many. */
extern size_t text_encode(int32_t code_point, char *out);

/* A to Z become a to z, every other byte stays. */
static inline char
text_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* White_Space, the property. */
extern bool text_is_space(int32_t code_point);

/* Controls, bidi controls and default-ignorable characters: what a reader of
 * the value can't see. */
extern bool text_is_hidden(int32_t code_point);

/*
 * The value in a normal form.  False where the input is not UTF-8 or longer
 * than TEXT_FORM_MAX, or the answer is longer than that or than size bytes.
 */
extern bool text_to_form(TextForm form, const char *in, size_t len,
						 char *out, size_t size, size_t *out_len);

/* Whether text_to_form() would give the value back as it is; false also where
 * text_to_form() would fail. */
extern bool text_is_in_form(TextForm form, const char *in, size_t len);

#endif
