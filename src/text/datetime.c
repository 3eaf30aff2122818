/*
 * Dates, times and moments in canonical form, from ISO 8601's extended form.
 */
#include "datetime.h"

#include <stdbool.h>
#include <string.h>

#include "unicode.h"

#define MAX_FRACTION	9
#define MAX_OFFSET		(15 * 60 + 59)	/* minutes, as PostgreSQL takes them */
#define MINUTES_A_DAY	(24 * 60)

typedef struct Scanner
{
	const char *next;
	const char *end;
} Scanner;

typedef struct Date
{
	int			year;
	int			month;
	int			day;
} Date;

typedef struct Time
{
	int			hour;
	int			minute;
	int			second;
	char		fraction[MAX_FRACTION];
	size_t		fraction_len;	/* without zeros at the end */
} Time;

static const char *const blank = "the value is blank";
static const char *const not_a_date = "the value is not a date such as 2026-11-24";
static const char *const not_a_time = "the value is not a time such as 09:30 or 09:30:00";
static const char *const not_a_moment = "the value is not a date and time such as 2026-11-24T09:30:00Z";
static const char *const not_an_offset = "the value ends in neither Z nor an offset from UTC such as +05:30";

/* Trims the value; false where it is blank. */
static bool
start(Scanner *scanner, const char *in, size_t len)
{
	text_trim(&in, &len);
	scanner->next = in;
	scanner->end = in + len;
	return len > 0;
}

static bool
at_end(const Scanner *scanner)
{
	return scanner->next == scanner->end;
}

static bool
at_digit(const Scanner *scanner)
{
	return !at_end(scanner) && *scanner->next >= '0' && *scanner->next <= '9';
}

static bool
take(Scanner *scanner, char wanted)
{
	if (at_end(scanner) || *scanner->next != wanted)
		return false;
	scanner->next++;
	return true;
}

static bool
take_either(Scanner *scanner, char wanted, char other)
{
	return take(scanner, wanted) || take(scanner, other);
}

/* Exactly so many digits; what follows them is the caller's to judge. */
static bool
take_digits(Scanner *scanner, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--)
	{
		if (!at_digit(scanner))
			return false;
		*value = *value * 10 + (*scanner->next++ - '0');
	}
	return true;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

static const char *
read_date(Scanner *scanner, Date *date)
{
	if (!take_digits(scanner, 4, &date->year) || !take(scanner, '-') ||
		!take_digits(scanner, 2, &date->month) || !take(scanner, '-') ||
		!take_digits(scanner, 2, &date->day))
		return not_a_date;
	if (date->year < 1)
		return "the year is not between 0001 and 9999";
	if (date->month < 1 || date->month > 12)
		return "the month is not between 01 and 12";
	if (date->day < 1 || date->day > days_in_month(date->year, date->month))
		return "the month has no such day";
	return NULL;
}

/* After the point or comma. */
static const char *
read_fraction(Scanner *scanner, Time *time)
{
	size_t		read = 0;

	if (!at_digit(scanner))
		return not_a_time;
	for (; at_digit(scanner); scanner->next++)
	{
		if (read == MAX_FRACTION)
			return "the time has more than nine digits of a second";
		time->fraction[read++] = *scanner->next;
		if (*scanner->next != '0')
			time->fraction_len = read;
	}
	return NULL;
}

/* The hour may have one digit, as people write it. */
static bool
read_hour(Scanner *scanner, int *hour)
{
	if (!take_digits(scanner, 1, hour))
		return false;
	if (at_digit(scanner))
		*hour = *hour * 10 + (*scanner->next++ - '0');
	return true;
}

static const char *
read_time(Scanner *scanner, Time *time)
{
	const char *reason = NULL;

	time->second = 0;
	time->fraction_len = 0;
	if (!read_hour(scanner, &time->hour) || !take(scanner, ':') ||
		!take_digits(scanner, 2, &time->minute))
		return not_a_time;
	if (take(scanner, ':'))
	{
		if (!take_digits(scanner, 2, &time->second))
			return not_a_time;
		if (take_either(scanner, '.', ','))
			reason = read_fraction(scanner, time);
	}
	if (reason != NULL)
		return reason;
	if (time->hour > 23)
		return "the hour is not between 00 and 23";
	if (time->minute > 59)
		return "the minute is not between 00 and 59";
	if (time->second > 59)
		return "the second is not between 00 and 59";
	return NULL;
}

/* Minutes east of UTC; 0 where nothing follows. */
static const char *
read_offset(Scanner *scanner, int *offset)
{
	bool		west;
	int			hours;
	int			minutes = 0;

	*offset = 0;
	if (at_end(scanner))
		return NULL;
	(void) take(scanner, ' ');
	if (take_either(scanner, 'Z', 'z'))
		return at_end(scanner) ? NULL : not_an_offset;
	west = take(scanner, '-');
	if ((!west && !take(scanner, '+')) || !take_digits(scanner, 2, &hours))
		return not_an_offset;
	if (!at_end(scanner))
	{
		(void) take(scanner, ':');
		if (!take_digits(scanner, 2, &minutes) || !at_end(scanner))
			return not_an_offset;
	}
	*offset = hours * 60 + minutes;
	if (minutes > 59 || *offset > MAX_OFFSET)
		return "the offset from UTC is not between -15:59 and +15:59";
	if (west)
		*offset = -*offset;
	return NULL;
}

static void
next_day(Date *date)
{
	if (++date->day <= days_in_month(date->year, date->month))
		return;
	date->day = 1;
	if (++date->month <= 12)
		return;
	date->month = 1;
	date->year++;
}

static void
previous_day(Date *date)
{
	if (--date->day >= 1)
		return;
	if (--date->month < 1)
	{
		date->month = 12;
		date->year--;
	}
	date->day = days_in_month(date->year, date->month);
}

static void
to_utc(Date *date, Time *time, int offset)
{
	int			minutes = time->hour * 60 + time->minute - offset;

	if (minutes < 0)
	{
		minutes += MINUTES_A_DAY;
		previous_day(date);
	}
	else if (minutes >= MINUTES_A_DAY)
	{
		minutes -= MINUTES_A_DAY;
		next_day(date);
	}
	time->hour = minutes / 60;
	time->minute = minutes % 60;
}

static char *
write_digits(char *out, int count, int value)
{
	int			i;

	for (i = count - 1; i >= 0; i--)
	{
		out[i] = (char) ('0' + value % 10);
		value /= 10;
	}
	return out + count;
}

static char *
write_date(char *out, const Date *date)
{
	out = write_digits(out, 4, date->year);
	*out++ = '-';
	out = write_digits(out, 2, date->month);
	*out++ = '-';
	return write_digits(out, 2, date->day);
}

static char *
write_time(char *out, const Time *time)
{
	out = write_digits(out, 2, time->hour);
	*out++ = ':';
	out = write_digits(out, 2, time->minute);
	*out++ = ':';
	out = write_digits(out, 2, time->second);
	if (time->fraction_len > 0)
		*out++ = '.';
	memcpy(out, time->fraction, time->fraction_len);
	return out + time->fraction_len;
}

const char *
date_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	Scanner		scanner;
	Date		date;
	const char *reason;

	if (!start(&scanner, in, len))
		return blank;
	reason = read_date(&scanner, &date);
	if (reason == NULL && !at_end(&scanner))
		reason = not_a_date;
	if (reason == NULL)
		*out_len = (size_t) (write_date(out, &date) - out);
	return reason;
}

const char *
time_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	Scanner		scanner;
	Time		time;
	const char *reason;

	if (!start(&scanner, in, len))
		return blank;
	reason = read_time(&scanner, &time);
	if (reason == NULL && !at_end(&scanner))
		reason = not_a_time;
	if (reason == NULL)
		*out_len = (size_t) (write_time(out, &time) - out);
	return reason;
}

const char *
datetime_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	Scanner		scanner;
	Date		date;
	Time		time;
	int			offset;
	char	   *end;
	const char *reason;

	if (!start(&scanner, in, len))
		return blank;
	reason = read_date(&scanner, &date);
	if (reason == NULL && !take_either(&scanner, 'T', 't') && !take(&scanner, ' '))
		reason = not_a_moment;
	if (reason == NULL)
		reason = read_time(&scanner, &time);
	if (reason == NULL)
		reason = read_offset(&scanner, &offset);
	if (reason != NULL)
		return reason;
	to_utc(&date, &time, offset);
	if (date.year < 1 || date.year > 9999)
		return "the moment is not between the years 0001 and 9999 in UTC";
	end = write_date(out, &date);
	*end++ = 'T';
	end = write_time(end, &time);
	*end++ = 'Z';
	*out_len = (size_t) (end - out);
	return NULL;
}
