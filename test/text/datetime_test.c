/*
 * Dates, times and moments: every accepted and refused spelling, every day of
 * the calendar, and offsets against the C library's own arithmetic.
 */
#define _DEFAULT_SOURCE

#include "shared_fields.h"

#include <time.h>

#include "datetime.h"

typedef const char *(*Normalizer) (const char *in, size_t len, char *out, size_t *out_len);

typedef struct Case
{
	Normalizer	normalize;
	const char *in;
	const char *out;			/* NULL: refused */
	const char *reason;			/* a part of it */
} Case;

static const Case cases[] = {
	{date_normalize, "2026-11-24", "2026-11-24", NULL},
	{date_normalize, " 2026-11-24\n", "2026-11-24", NULL},
	{date_normalize, "0001-01-01", "0001-01-01", NULL},
	{date_normalize, "9999-12-31", "9999-12-31", NULL},
	{date_normalize, "2024-02-29", "2024-02-29", NULL},
	{date_normalize, "2000-02-29", "2000-02-29", NULL},
	{date_normalize, "", NULL, "blank"},
	{date_normalize, "  ", NULL, "blank"},
	{date_normalize, "2023-02-29", NULL, "no such day"},
	{date_normalize, "1900-02-29", NULL, "no such day"},
	{date_normalize, "2026-04-31", NULL, "no such day"},
	{date_normalize, "2026-01-00", NULL, "no such day"},
	{date_normalize, "2026-01-32", NULL, "no such day"},
	{date_normalize, "2026-00-10", NULL, "month"},
	{date_normalize, "2026-13-10", NULL, "month"},
	{date_normalize, "0000-01-01", NULL, "year"},
	{date_normalize, "24.11.2026", NULL, "not a date"},
	{date_normalize, "11/24/2026", NULL, "not a date"},
	{date_normalize, "2026/11/24", NULL, "not a date"},
	{date_normalize, "20261124", NULL, "not a date"},
	{date_normalize, "2026-1-4", NULL, "not a date"},
	{date_normalize, "26-11-24", NULL, "not a date"},
	{date_normalize, "12026-11-24", NULL, "not a date"},
	{date_normalize, "-2026-11-24", NULL, "not a date"},
	{date_normalize, "2026-W48-2", NULL, "not a date"},
	{date_normalize, "2026-328", NULL, "not a date"},
	{date_normalize, "2026-11", NULL, "not a date"},
	{date_normalize, "2026-11-24x", NULL, "not a date"},
	{date_normalize, "2026-11-24T00:00:00Z", NULL, "not a date"},
	{date_normalize, "today", NULL, "not a date"},
	{date_normalize, "infinity", NULL, "not a date"},
	{date_normalize, "Nov 24, 2026", NULL, "not a date"},
	{date_normalize, "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA6-11-24", NULL, "not a date"},
	{date_normalize, "2026\xE2\x80\x90" "11-24", NULL, "not a date"},
	{date_normalize, "\xFF", NULL, "not a date"},

	{time_normalize, "09:30", "09:30:00", NULL},
	{time_normalize, "9:30", "09:30:00", NULL},
	{time_normalize, "9:30:05", "09:30:05", NULL},
	{time_normalize, "09:30:00", "09:30:00", NULL},
	{time_normalize, "09:30:00.250", "09:30:00.25", NULL},
	{time_normalize, "09:30:00,250", "09:30:00.25", NULL},
	{time_normalize, "09:30:00.000", "09:30:00", NULL},
	{time_normalize, "09:30:00.000000001", "09:30:00.000000001", NULL},
	{time_normalize, "00:00:00", "00:00:00", NULL},
	{time_normalize, "23:59:59.999999999", "23:59:59.999999999", NULL},
	{time_normalize, "", NULL, "blank"},
	{time_normalize, "24:00", NULL, "hour"},
	{time_normalize, "23:60", NULL, "minute"},
	{time_normalize, "23:59:60", NULL, "second"},
	{time_normalize, "0930", NULL, "not a time"},
	{time_normalize, "9", NULL, "not a time"},
	{time_normalize, "009:30", NULL, "not a time"},
	{time_normalize, "09:3", NULL, "not a time"},
	{time_normalize, "09:30:", NULL, "not a time"},
	{time_normalize, "09:30:5", NULL, "not a time"},
	{time_normalize, "09:30:00.", NULL, "not a time"},
	{time_normalize, "09:30.5", NULL, "not a time"},
	{time_normalize, "09:30:00.0000000001", NULL, "nine digits"},
	{time_normalize, "9:30 AM", NULL, "not a time"},
	{time_normalize, "09h30", NULL, "not a time"},
	{time_normalize, "09.30", NULL, "not a time"},
	{time_normalize, "09:30Z", NULL, "not a time"},
	{time_normalize, "09:30+05:30", NULL, "not a time"},
	{time_normalize, "T09:30", NULL, "not a time"},
	{time_normalize, "now", NULL, "not a time"},

	{datetime_normalize, "2026-11-24T04:00:00Z", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24t04:00:00z", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24 04:00", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24T09:30:00+05:30", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24T09:30:00+0530", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24 09:30:00 +0530", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24 04:00:00 Z", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24 04:00:00+00", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24T04:00:00-00:00", "2026-11-24T04:00:00Z", NULL},
	{datetime_normalize, "2026-11-24T01:00:00+02", "2026-11-23T23:00:00Z", NULL},
	{datetime_normalize, "2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z", NULL},
	{datetime_normalize, "2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00Z", NULL},
	{datetime_normalize, "2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z", NULL},
	{datetime_normalize, "2026-11-24T04:00:00.1234567Z", "2026-11-24T04:00:00.1234567Z", NULL},
	{datetime_normalize, "2026-11-24T04:00:00.123456789+15:59", "2026-11-23T12:01:00.123456789Z", NULL},
	{datetime_normalize, "", NULL, "blank"},
	{datetime_normalize, "2026-11-24", NULL, "not a date and time"},
	{datetime_normalize, "2026-11-24T", NULL, "not a time"},
	{datetime_normalize, "2026-11-24T25:00Z", NULL, "hour"},
	{datetime_normalize, "2026-02-30T05:00Z", NULL, "no such day"},
	{datetime_normalize, "2026-11-24  04:00:00", NULL, "not a time"},
	{datetime_normalize, "2026-11-24T04:00:00  Z", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00ZZ", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00 UTC", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00 IST", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00 Asia/Kolkata", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00+5:30", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00+05:3", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00+05:30:00", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00+", NULL, "neither Z nor an offset"},
	{datetime_normalize, "2026-11-24T04:00:00+16:00", NULL, "between -15:59"},
	{datetime_normalize, "2026-11-24T04:00:00+05:60", NULL, "between -15:59"},
	{datetime_normalize, "0001-01-01T00:00:00+01:00", NULL, "years 0001 and 9999"},
	{datetime_normalize, "9999-12-31T23:30:00-01:00", NULL, "years 0001 and 9999"},
	{datetime_normalize, "24/11/2026 09:30", NULL, "not a date"},
	{datetime_normalize, "1795492800", NULL, "not a date"},
	{datetime_normalize, "Tue, 24 Nov 2026 09:30:00 GMT", NULL, "not a date"}
};

/* The canonical form is its own. */
static void
check_stable(Normalizer normalize, const char *in, size_t len)
{
	char		once[DATETIME_MAX];
	char		twice[DATETIME_MAX];
	size_t		once_len;
	size_t		twice_len;

	if (normalize(in, len, once, &once_len) != NULL)
		return;
	check(normalize(once, once_len, twice, &twice_len) == NULL &&
		  twice_len == once_len && memcmp(once, twice, once_len) == 0,
		  "\"%.*s\" is not stable", (int) once_len, once);
}

static void
check_field(const char *value, size_t len)
{
	check_stable(date_normalize, value, len);
	check_stable(time_normalize, value, len);
	check_stable(datetime_normalize, value, len);
}

static void
check_case(const Case *wanted)
{
	char		out[DATETIME_MAX];
	size_t		out_len = 0;
	const char *reason = wanted->normalize(wanted->in, strlen(wanted->in), out, &out_len);

	if (wanted->out == NULL)
	{
		check(reason != NULL && strstr(reason, wanted->reason) != NULL,
			  "\"%s\": %s", wanted->in, reason == NULL ? "accepted" : reason);
		return;
	}
	check(reason == NULL && out_len == strlen(wanted->out) &&
		  memcmp(out, wanted->out, out_len) == 0,
		  "\"%s\": %s \"%.*s\"", wanted->in, reason == NULL ? "gave" : reason,
		  (int) out_len, out);
	check_stable(wanted->normalize, wanted->in, strlen(wanted->in));
}

/* Over 400 years, which is the calendar's whole cycle: a day exists exactly
 * where the C library's calendar does not shift it. */
static void
check_calendar(void)
{
	int			year;
	int			month;
	int			day;

	for (year = 1800; year < 2200; year++)
	{
		for (month = 0; month <= 13; month++)
		{
			for (day = 0; day <= 32; day++)
			{
				struct tm	shifted = {.tm_year = year - 1900, .tm_mon = month - 1,.tm_mday = day};
				char		in[64];
				char		out[DATETIME_MAX];
				size_t		out_len;
				bool		exists;

				snprintf(in, sizeof(in), "%04d-%02d-%02d", year, month, day);
				(void) timegm(&shifted);
				exists = shifted.tm_mon == month - 1 && shifted.tm_mday == day;
				check((date_normalize(in, strlen(in), out, &out_len) == NULL) == exists,
					  "%s", in);
			}
		}
	}
}

static void
check_moment(int64_t seconds, int offset)
{
	time_t		moment = (time_t) seconds;
	time_t		local = (time_t) (seconds + offset * 60);
	char		in[64];
	char		wanted[64];
	char		out[DATETIME_MAX];
	size_t		out_len = 0;
	struct tm	parts;
	size_t		written;
	const char *reason;

	(void) gmtime_r(&moment, &parts);
	strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &parts);
	(void) gmtime_r(&local, &parts);
	written = strftime(in, sizeof(in), "%Y-%m-%d %H:%M:%S", &parts);
	snprintf(in + written, sizeof(in) - written, "%c%02d:%02d",
			 offset < 0 ? '-' : '+', abs(offset) / 60, abs(offset) % 60);
	reason = datetime_normalize(in, strlen(in), out, &out_len);
	check(reason == NULL && out_len == strlen(wanted) && memcmp(out, wanted, out_len) == 0,
		  "\"%s\": %s \"%.*s\"", in, reason == NULL ? "gave" : reason, (int) out_len, out);
}

int
main(void)
{
	size_t		i;
	int64_t		moment;
	int			offset;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
	check_calendar();

	/* from 1900 to 2100 by a step that hits every hour and many month ends */
	for (moment = INT64_C(-2208988800); moment < INT64_C(4102444800); moment += 1234567)
	{
		for (offset = -15 * 60 - 59; offset <= 15 * 60 + 59; offset += 97)
			check_moment(moment, offset);
	}
	visit_shared_data(check_field);
	return check_summary("datetime_test");
}
