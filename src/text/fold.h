/*
 * What makes two spellings of a word one: width mapping and case folding.
 */
#ifndef USER360_TEXT_FOLD_H
#define USER360_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ordinary character for a full- or half-width one, else the same. */
extern int32_t fold_width(int32_t code_point);

/*
 * Unicode's simple case folding: one character stays one.  The sharp s and
 * the Turkish dotted capital I, whose folding takes two, stay as they are.
 */
extern int32_t fold_case(int32_t code_point);

/*
 * A value in NFC, case-folded and in NFC again: folding the answer changes
 * nothing more.  False where the input is not UTF-8, or it or the answer takes
 * more than size bytes.
 */
extern bool fold_case_text(const char *in, size_t len,
						   char *out, size_t size, size_t *out_len);

#endif
