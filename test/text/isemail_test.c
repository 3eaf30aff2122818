/*
 * email_normalize() against the addresses of the isemail project: nothing that
 * it calls an error is accepted, and what RFC 5321 allows but we refuse is
 * listed here with the reason.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "shared_data.h"

#include "email.h"
#include "unicode.h"

#define COLUMNS			5
#define ADDRESS_BYTES	4096
#define FILE_CASES		443

/* One kind of valid address that we refuse. */
typedef struct Refusal
{
	const char *reason;
	const char *why;
	int			cases;
	int			seen;
} Refusal;

static Refusal refusals[] = {
	{"a quoted name before the @ is not accepted",
	"hardly a mail service gives them out, and quoting makes many spellings of one address", 34, 0},
	{"an address literal in brackets is not a domain",
	"a machine's number is no lasting identity", 38, 0},
	{"the domain has no dot",
	"no public mail domain is a single label; a typing error is far likelier", 6, 0},
	{"the last label of the domain is a number, as in an IP address",
	"it would be an IPv4 address or a part of one, never a registered name", 5, 0},
	{"a label of the domain starts with xn-- but does not encode a valid name",
	"UTS #46: isemail does not look into such labels", 1, 0},
};

static const size_t refusal_count = sizeof(refusals) / sizeof(refusals[0]);

static int	errors;
static int	accepted;

static int
hex_value(const char *digits, int count)
{
	char		text[5] = {0};

	memcpy(text, digits, (size_t) count);
	return (int) strtol(text, NULL, 16);
}

/* The escapes of Python's unicode_escape. */
static size_t
unescape(const char *column, char *out)
{
	size_t		len = 0;

	while (*column != '\0')
	{
		if (*column != '\\')
		{
			out[len++] = *column++;
			continue;
		}
		switch (column[1])
		{
			case 'x':
				len += text_encode(hex_value(column + 2, 2), out + len);
				column += 4;
				break;
			case 'u':
				len += text_encode(hex_value(column + 2, 4), out + len);
				column += 6;
				break;
			default:
				out[len++] = column[1] == 'n' ? '\n' : column[1] == 'r' ? '\r' :
					column[1] == 't' ? '\t' : column[1];
				column += 2;
				break;
		}
	}
	return len;
}

static bool
split(char *line, char **columns)
{
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return false;
	for (int i = 0; i < COLUMNS; i++)
	{
		columns[i] = line;
		line += strcspn(line, "\t");
		if (*line == '\t')
			*line++ = '\0';
	}
	return true;
}

static void
count_refusal(const char *name, const char *reason)
{
	for (size_t i = 0; i < refusal_count; i++)
	{
		if (strcmp(refusals[i].reason, reason) == 0)
		{
			refusals[i].seen++;
			return;
		}
	}
	check(false, "%s is valid, but: %s", name, reason);
}

/* Every accepted case is ASCII: the key is the address in lower case, and
 * its own key. */
static void
check_key(const char *name, const char *address, size_t len,
		  const char *key, size_t key_len)
{
	char		again[EMAIL_MAX];
	size_t		again_len;

	check(email_normalize(key, key_len, NULL, again, &again_len) == NULL &&
		  again_len == key_len && memcmp(again, key, key_len) == 0,
		  "%s: the key changes again", name);
	text_trim(&address, &len);
	check(len == key_len, "%s: the key has another length", name);
	for (size_t i = 0; i < len && i < key_len; i++)
		check(text_ascii_lower(address[i]) == key[i], "%s: the key is another", name);
}

static void
test_case(char **columns)
{
	static char address[ADDRESS_BYTES];
	size_t		len = unescape(columns[1], address);
	char		key[EMAIL_MAX];
	size_t		key_len;
	const char *reason = email_normalize(address, len, NULL, key, &key_len);

	if (strcmp(columns[2], "ISEMAIL_ERR") == 0)
	{
		errors++;
		check(reason != NULL, "%s (%s) is accepted", columns[0], columns[3]);
	}
	else if (strcmp(columns[4], "1") == 0 && reason != NULL)
		count_refusal(columns[0], reason);
	if (reason != NULL)
		return;
	accepted++;
	/* beyond RFC 5321 only white space around the address, which is trimmed */
	check(strcmp(columns[4], "1") == 0 || strcmp(columns[3], "ISEMAIL_CFWS_FWS") == 0,
		  "%s (%s) is accepted", columns[0], columns[3]);
	check_key(columns[0], address, len, key, key_len);
}

int
main(void)
{
	FILE	   *file = open_shared_data("email_isemail.tsv");
	static char line[2 * ADDRESS_BYTES];
	char	   *columns[COLUMNS];
	int			cases = 0;

	if (file == NULL)
		return check_summary("isemail_test");
	while (fgets(line, sizeof(line), file) != NULL)
	{
		if (!split(line, columns))
			continue;
		cases++;
		test_case(columns);
	}
	pclose(file);
	check(cases == FILE_CASES, "%d cases were read", cases);
	printf("isemail: %d cases, %d of them errors, %d accepted; valid but refused:\n",
		   cases, errors, accepted);
	for (size_t i = 0; i < refusal_count; i++)
	{
		printf("%5d  %s: %s\n", refusals[i].seen, refusals[i].reason, refusals[i].why);
		check(refusals[i].seen == refusals[i].cases, "%d cases were refused because %s",
			  refusals[i].seen, refusals[i].reason);
	}
	return check_summary("isemail_test");
}
