/*
 * phone_info() against every input of libphonenumber's own parse tests, with
 * the answers that libphonenumber gives to them with its real metadata.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "shared_data.h"

#include "phone.h"

#define LINE_BYTES		4096
#define INPUT_BYTES		1024

typedef enum Column
{
	REGION, INPUT, TEST_STATUS, TEST_E164, TEST_EXTENSION, TEST_POSSIBLE, TEST_VALID,
	REAL, COLUMNS
} Column;

static void
split(char *line, char separator, char **columns, int count)
{
	static char none[] = "";

	for (int i = 0; i < count; i++)
	{
		char	   *end = line == NULL ? NULL : strchr(line, separator);

		columns[i] = line == NULL ? none : line;
		if (end != NULL)
			*end++ = '\0';
		line = end;
	}
}

/* \xNN is a byte. */
static size_t
unescape(const char *in, char *out)
{
	size_t		len = 0;

	while (*in != '\0' && len < INPUT_BYTES)
	{
		char		digits[3] = {0};

		if (in[0] != '\\' || in[1] != 'x')
		{
			out[len++] = *in++;
			continue;
		}
		memcpy(digits, in + 2, 2);
		out[len++] = (char) strtol(digits, NULL, 16);
		in += 4;
	}
	return len;
}

/* "OK,+33123456,,3,0" or "E2" */
static bool
agrees(const PhoneInfo *info, char *answer)
{
	char	   *parts[5];

	split(answer, ',', parts, 5);
	if (strcmp(parts[0], "OK") != 0)
		return (int) info->status == atoi(parts[0] + 1);
	return info->status == PHONE_OK && strcmp(info->e164, parts[1]) == 0 &&
		strcmp(info->extension, parts[2]) == 0 &&
		(int) info->possible == atoi(parts[3]) && info->valid == (atoi(parts[4]) != 0);
}

/* The answer with the metadata of libphonenumber's tests, in the same form. */
static void
test_answer(char *columns[COLUMNS], char *answer, size_t size)
{
	snprintf(answer, size, "%s,%s,%s,%s,%s", columns[TEST_STATUS], columns[TEST_E164],
			 columns[TEST_EXTENSION], columns[TEST_POSSIBLE], columns[TEST_VALID]);
}

static void
check_line(char *line)
{
	char	   *columns[COLUMNS];
	char		input[INPUT_BYTES];
	char		answer[LINE_BYTES];
	size_t		len;
	PhoneInfo	info;

	split(line, '\t', columns, COLUMNS);
	len = unescape(columns[INPUT], input);
	/* an input with a tab could not be run; both metadata have its answer */
	if (columns[REAL][0] == '(')
		test_answer(columns, answer, sizeof(answer));
	else
		snprintf(answer, sizeof(answer), "%s", columns[REAL]);
	phone_info(input, len, columns[REGION], &info);
	check(agrees(&info, answer), "%s \"%s\": status %d %s ext \"%s\" possible %d valid %d, not %s",
		  columns[REGION], columns[INPUT], info.status, info.e164, info.extension,
		  info.possible, info.valid, columns[REAL]);
}

int
main(void)
{
	static char line[LINE_BYTES];
	FILE	   *file = open_shared_data("phone_unit_parse_cases.tsv");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			check_line(line);
	}
	if (file != NULL)
		pclose(file);
	return check_summary("phone_parse_test");
}
