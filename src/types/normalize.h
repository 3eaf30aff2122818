/*
 * The pure normalisers as SQL functions.
 */
#ifndef USER360_TYPES_NORMALIZE_H
#define USER360_TYPES_NORMALIZE_H

/*
 * ICU reads its data when a value beyond ASCII first comes.  This does it when
 * the library is loaded, not in somebody's call: where it is preloaded, once
 * for all backends.
 */
extern void normalize_init(void);

#endif
