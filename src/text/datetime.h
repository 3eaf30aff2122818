/*
 * Dates, times and moments in canonical form, from ISO 8601's extended form
 * only: anything else would depend on a session's DateStyle or TimeZone, and
 * eight bare digits are read as day, month, year by half of the world.
 * The conventions of this folder are in email.h.
 */
#ifndef USER360_TEXT_DATETIME_H
#define USER360_TEXT_DATETIME_H

#include <stddef.h>

#define DATETIME_MAX	32		/* bytes, for each of the three */

/* 2026-11-24.  Years 0001 to 9999. */
extern const char *date_normalize(const char *in, size_t len,
								  char *out, size_t *out_len);

/*
 * 09:30:00 or 09:30:00.25; from 9:30, 09:30, 09:30:00, 09:30:00.250.  At most
 * nine digits of a second; neither 24:00 nor a leap second, which no clock of
 * the database shows.
 */
extern const char *time_normalize(const char *in, size_t len,
								  char *out, size_t *out_len);

/*
 * 2026-11-24T04:00:00Z: in UTC, from a date, T or space, a time, and Z or an
 * offset (+05:30, +0530, +05, after at most one space); without an offset it
 * is UTC already.
 */
extern const char *datetime_normalize(const char *in, size_t len,
									  char *out, size_t *out_len);

#endif
