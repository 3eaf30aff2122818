/*
 * phone_info() and phone_normalize() against what libphonenumber itself
 * answered: a million numbers in every written form, and every decision that
 * the patterns of its metadata can make.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "shared_data.h"

#include "phone.h"

#define LINE_BYTES		8192
#define COLUMNS			10

/* libphonenumber's name for an unknown region */
#define NO_REGION		"ZZ"

typedef enum Column
{
	CATEGORY, REGION, INPUT, STATUS, E164, EXTENSION, POSSIBLE, VALID, TYPE, FOUND
} Column;

static long normalized;
static long settled;
static long refused;

/* Splits a line at its tabs; columns that are not there are empty. */
static void
split(char *line, char *columns[COLUMNS])
{
	static char none[] = "";

	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < COLUMNS; i++)
	{
		char	   *tab = line == NULL ? NULL : strchr(line, '\t');

		columns[i] = line == NULL ? none : line;
		if (tab != NULL)
			*tab++ = '\0';
		line = tab;
	}
}

static PhoneStatus
status_of(const char *column)
{
	return strcmp(column, "OK") == 0 ? PHONE_OK : (PhoneStatus) atoi(column + 1);
}

static bool
agrees(const PhoneInfo *info, char *columns[COLUMNS])
{
	const char *region = info->region[0] == '\0' ? NO_REGION : info->region;

	if (info->status != status_of(columns[STATUS]))
		return false;
	if (info->status != PHONE_OK)
		return info->e164[0] == '\0' && info->extension[0] == '\0' && !info->valid;
	return strcmp(info->e164, columns[E164]) == 0 &&
		strcmp(info->extension, columns[EXTENSION]) == 0 &&
		(int) info->possible == atoi(columns[POSSIBLE]) &&
		info->valid == (atoi(columns[VALID]) != 0) &&
		(int) info->type == atoi(columns[TYPE]) &&
		strcmp(region, columns[FOUND]) == 0;
}

static bool
is_plain_byte(unsigned char byte)
{
	return byte >= 0x80 || (byte >= '0' && byte <= '9') || strchr("+ -./()[]~", byte) != NULL;
}

/* Digits, spaces and punctuation: what phone_normalize() has to accept when
 * it is possible. */
static bool
is_plain(const char *input)
{
	for (; *input != '\0'; input++)
	{
		if (!is_plain_byte((unsigned char) *input))
			return false;
	}
	return true;
}

static bool
is_fixed_point(const char *number, size_t len, const char *region)
{
	char		out[PHONE_MAX];
	size_t		out_len;

	return phone_normalize(number, len, region, 0, out, &out_len) == NULL &&
		out_len == len && memcmp(out, number, len) == 0;
}

/* Reads a number until that changes nothing, as phone_normalize() promises. */
static void
settle(char *number)
{
	PhoneInfo	info;

	phone_info(number, strlen(number), NULL, &info);
	if (strcmp(info.e164, number) == 0)
		return;
	settled++;
	do
	{
		strcpy(number, info.e164);
		phone_info(number, strlen(number), NULL, &info);
	} while (strcmp(info.e164, number) != 0);
}

/*
 * What changes by being read again was not valid, or was one of Belarus's
 * premium-rate numbers that begin with 810, where the national prefix is 8.
 */
static bool
is_nobodys_number(char *columns[COLUMNS])
{
	return atoi(columns[VALID]) == 0 ||
		(strncmp(columns[E164], "+375810", strlen("+375810")) == 0 &&
		 atoi(columns[TYPE]) == PHONE_PREMIUM_RATE);
}

/* phone_normalize() gives the oracle's number or none at all. */
static bool
normalizes(char *columns[COLUMNS])
{
	bool		possible = status_of(columns[STATUS]) == PHONE_OK &&
		atoi(columns[POSSIBLE]) == PHONE_IS_POSSIBLE && columns[EXTENSION][0] == '\0';
	char		out[PHONE_MAX + 1];
	char		expected[PHONE_MAX + 1];
	size_t		len;

	if (phone_normalize(columns[INPUT], strlen(columns[INPUT]), columns[REGION], 0,
						out, &len) != NULL)
	{
		refused++;
		return !possible || !is_plain(columns[INPUT]);
	}
	normalized++;
	if (!possible)
		return false;
	out[len] = '\0';
	strcpy(expected, columns[E164]);
	settle(expected);
	return strcmp(out, expected) == 0 && is_fixed_point(out, len, columns[REGION]) &&
		(strcmp(expected, columns[E164]) == 0 || is_nobodys_number(columns));
}

static void
check_line(char *line)
{
	char	   *columns[COLUMNS];
	PhoneInfo	info;

	split(line, columns);
	phone_info(columns[INPUT], strlen(columns[INPUT]), columns[REGION], &info);
	check(agrees(&info, columns),
		  "%s %s \"%s\": status %d %s ext \"%s\" possible %d valid %d type %d region %s, "
		  "not %s %s ext \"%s\" possible %s valid %s type %s region %s",
		  columns[CATEGORY], columns[REGION], columns[INPUT], info.status, info.e164,
		  info.extension, info.possible, info.valid, info.type, info.region,
		  columns[STATUS], columns[E164], columns[EXTENSION], columns[POSSIBLE],
		  columns[VALID], columns[TYPE], columns[FOUND]);
	check(normalizes(columns), "normalize %s %s \"%s\": not %s", columns[CATEGORY],
		  columns[REGION], columns[INPUT], columns[E164]);
}

static void
check_oracle(const char *name)
{
	static char line[LINE_BYTES];
	FILE	   *file = open_shared_data(name);

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
	{
		if (line[0] != '#')
			check_line(line);
	}
	pclose(file);
}

int
main(void)
{
	check_oracle("phone_oracle_v9.0.35_1M.tsv.gz");
	check_oracle("phone_oracle_v9.0.35_dfa_edges_246k.tsv.gz");
	printf("phone_normalize: %ld accepted, of which %ld had to be read again; %ld refused\n",
		   normalized, settled, refused);
	return check_summary("phone_oracle_test");
}
