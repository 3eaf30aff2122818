/*
 * The identifier rule against PRECIS (RFC 8264 and RFC 8265), by the results
 * of another implementation.
 *
 * The profile that it follows is UsernameCasePreserved: both map full- and
 * half-width forms, leave the case, bring to NFC and refuse what a
 * compatibility mapping would still change.  With casefold it is
 * UsernameCaseMapped in the variant that case-folds.  Every case of the two is
 * run.  The table has every difference, how often each profile shows it, and
 * its reason.
 */
#define _POSIX_C_SOURCE 200809L

#include "shared_data.h"

#include "identifier.h"
#include "unicode.h"

#define VALUE_BYTES		2048
#define PROFILE_CASES	325

typedef struct Text
{
	bool		given;			/* false: null */
	char		bytes[VALUE_BYTES];
	size_t		len;
} Text;

typedef struct Result
{
	char		profile[64];
	Text		input;
	Text		output;
	char		error[64];		/* empty: none */
} Result;

typedef struct Profile
{
	const char *name;
	IdentifierPolicy policy;
	int			cases;
} Profile;

static Profile profiles[] = {
	{"UsernameCasePreserved", {false, false}, 0},
	{"UsernameCaseMapped:CaseFold", {true, false}, 0}
};

typedef struct Difference
{
	const char *precis;			/* PRECIS's error; NULL: it accepts */
	const char *ours;			/* a part of our reason; NULL: we accept */
	int			wanted[2];		/* how many, in either profile */
	const char *which;
	const char *reason;
	int			seen[2];
} Difference;

static Difference differences[] = {
	{"DISALLOWED/controls", NULL, {6, 6},
		"a tab, line feed or carriage return at an end",
	"white space at both ends is trimmed: it comes with copying and with files", {0, 0}},
	{"DISALLOWED/spaces", NULL, {10, 10},
		"U+0020 inside, doubled or at an end",
	"customer numbers are written in groups; a run counts as one space", {0, 0}},
	{"DISALLOWED/symbols", NULL, {6, 6},
		"U+265A U+1F15A U+1F17A U+1F1FA U+1F1F8 U+1F47E U+1F49A",
	"nicknames have them; each is visible and has one spelling", {0, 0}},
	{"DISALLOWED/bidi_rule", NULL, {9, 9},
		"letters of both directions, or a sign or digit where RFC 5893 wants a letter",
	"A\u05D0-12 is how such numbers are issued; bidi controls are refused, and the key has one order", {0, 0}},
	{"DISALLOWED/exceptions", NULL, {8, 8},
		"U+0640 U+07FA U+3031 to U+3035 U+303B",
	"marks that only stretch or repeat: odd, but visible and canonical", {0, 0}},
	{"DISALLOWED/middle_dot", NULL, {7, 6},
		"U+00B7 elsewhere than between two small l",
	"a separator like others; with casefold the capital one is allowed by PRECIS too", {0, 0}},
	{"DISALLOWED/greek_keraia", NULL, {1, 1}, "U+0375 alone",
	"context rules are for host names; visible and canonical", {0, 0}},
	{"DISALLOWED/hebrew_punctuation", NULL, {2, 2}, "U+05F3 U+05F4 alone",
	"context rules are for host names; visible and canonical", {0, 0}},
	{"DISALLOWED/katakana_middle_dot", NULL, {1, 1}, "U+30FB alone",
	"context rules are for host names; visible and canonical", {0, 0}},
	{"DISALLOWED/punctuation", NULL, {1, 1}, "U+1806",
	"punctuation outside ASCII is as good as inside", {0, 0}},
	{"DISALLOWED/other_letter_digits", NULL, {1, 1}, "U+19DA",
	"a digit: visible and canonical", {0, 0}},
	{"DISALLOWED/old_hangul_jamo", NULL, {1, 1}, "U+1100 U+0300 U+1161 U+0323",
	"jamo that do not compose stay as they are, in one order", {0, 0}},

	{NULL, "combining mark", {3, 3},
		"a value that begins with a mark: U+0340, U+0B47, U+111C9",
	"it would join whatever stands before it where it is shown", {0, 0}},
	{NULL, "format character", {3, 3},
		"U+200C between joining letters",
	"nobody sees whether it is there: one customer would be two", {0, 0}},
	{NULL, "compatibility character", {0, 1},
		"U+FB01",
	"that variant folds the case before it looks, which hides the ligature", {0, 0}},
	{NULL, NULL, {0, 8},
		"U+00DF, U+0130, and U+1FB7 U+1FC7 U+1FF7",
	"simple case folding keeps one character one; PRECIS takes the full one (ss)", {0, 0}}
};

#define DIFFERENCES	(sizeof(differences) / sizeof(differences[0]))

/* One \uXXXX, four hexadecimal digits; -1 where they are not there. */
static int32_t
read_escape(const char *digits)
{
	char		copy[5] = "";

	memcpy(copy, digits, 4);
	return strspn(copy, "0123456789abcdefABCDEF") == 4 ? (int32_t) strtol(copy, NULL, 16) : -1;
}

/* After \u: a code point, of two escapes where the first is a surrogate that
 * has its partner. */
static int32_t
read_code_point(const char **next)
{
	int32_t		first = read_escape(*next);
	int32_t		second;

	*next += 4;
	if (first < 0xD800 || first > 0xDBFF || (*next)[0] != '\\' || (*next)[1] != 'u')
		return first;
	second = read_escape(*next + 2);
	if (second < 0xDC00 || second > 0xDFFF)
		return first;
	*next += 6;
	return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* A JSON string, or null; a surrogate alone becomes bytes that are not UTF-8. */
static void
read_text(const char *next, Text *text)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";

	text->len = 0;
	text->given = *next == '"';
	if (!text->given)
		return;
	for (next++; *next != '"' && *next != '\0' && text->len + 8 < VALUE_BYTES;)
	{
		if (*next != '\\')
			text->bytes[text->len++] = *next++;
		else if (next[1] == 'u')
		{
			next += 2;
			text->len += text_encode(read_code_point(&next), text->bytes + text->len);
		}
		else
		{
			text->bytes[text->len++] = meanings[strchr(escapes, next[1]) - escapes];
			next += 2;
		}
	}
}

static void
read_name(const char *next, char *name)
{
	Text		text;

	read_text(next, &text);
	if (text.len > 63)
		text.len = 63;
	memcpy(name, text.bytes, text.len);
	name[text.len] = '\0';
}

/* The file has one member of an object on each line; false at its end. */
static bool
read_result(FILE *file, Result *result)
{
	char		line[16384];

	memset(result, 0, sizeof(*result));
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *value = strstr(line, "\": ");
		char	   *key = strchr(line, '"');

		if (strchr(line, '}') != NULL && value == NULL)
			return true;
		if (value == NULL || key == NULL)
			continue;
		*value = '\0';
		value += 3;
		if (strcmp(key + 1, "profile") == 0)
			read_name(value, result->profile);
		else if (strcmp(key + 1, "input") == 0)
			read_text(value, &result->input);
		else if (strcmp(key + 1, "output") == 0)
			read_text(value, &result->output);
		else if (strcmp(key + 1, "error") == 0)
			read_name(value, result->error);
	}
	return false;
}

static const char *
normalize(const Text *in, const IdentifierPolicy *policy, Text *out)
{
	const char *reason = identifier_normalize(in->bytes, in->len, policy, out->bytes, &out->len);

	out->given = reason == NULL;
	return reason;
}

static bool
agrees(const Result *result, const Text *ours)
{
	if (!ours->given || !result->output.given)
		return ours->given == result->output.given;
	return ours->len == result->output.len &&
		memcmp(ours->bytes, result->output.bytes, ours->len) == 0;
}

static Difference *
find_difference(const Result *result, const char *reason)
{
	size_t		i;

	for (i = 0; i < DIFFERENCES; i++)
	{
		Difference *difference = &differences[i];
		bool		precis_fits = difference->precis == NULL ? result->error[0] == '\0' :
			strcmp(result->error, difference->precis) == 0;
		bool		ours_fits = difference->ours == NULL ? reason == NULL :
			reason != NULL && strstr(reason, difference->ours) != NULL;

		if (precis_fits && ours_fits)
			return difference;
	}
	return NULL;
}

static void
run_case(const Result *result, int profile)
{
	Text		ours;
	Text		again;
	const char *reason = normalize(&result->input, &profiles[profile].policy, &ours);
	Difference *difference;

	profiles[profile].cases++;
	if (reason == NULL)
		check(normalize(&ours, &profiles[profile].policy, &again) == NULL &&
			  again.len == ours.len && memcmp(again.bytes, ours.bytes, ours.len) == 0,
			  "\"%.*s\" is not stable", (int) ours.len, ours.bytes);
	if (agrees(result, &ours))
	{
		check(true, "agreement");
		return;
	}
	difference = find_difference(result, reason);
	check(difference != NULL, "%s of \"%.*s\": PRECIS says %s, we say %s", result->profile,
		  (int) result->input.len, result->input.bytes,
		  result->output.given ? "yes" : result->error, reason == NULL ? "yes" : reason);
	if (difference != NULL)
		difference->seen[profile]++;
}

/* In how many of its cases each profile agrees with the rule as it is without
 * options: the one that it follows must lead. */
typedef struct Agreement
{
	char		profile[64];
	int			count;
} Agreement;

static Agreement agreements[32];

static void
count_agreement(const Result *result)
{
	Text		ours;
	size_t		i = 0;

	(void) normalize(&result->input, &profiles[0].policy, &ours);
	while (i < 31 && agreements[i].profile[0] != '\0' &&
		   strcmp(agreements[i].profile, result->profile) != 0)
		i++;
	memcpy(agreements[i].profile, result->profile, sizeof(result->profile));
	agreements[i].count += agrees(result, &ours);
}

static void
report_agreements(void)
{
	size_t		i;
	int			most = 0;
	const char *closest = "none";

	for (i = 0; i < 32 && agreements[i].profile[0] != '\0'; i++)
	{
		printf("%5d of %d cases alike in %s\n", agreements[i].count, PROFILE_CASES,
			   agreements[i].profile);
		if (agreements[i].count > most)
		{
			most = agreements[i].count;
			closest = agreements[i].profile;
		}
	}
	check(strcmp(closest, profiles[0].name) == 0, "the closest profile is %s", closest);
}

static void
report_differences(void)
{
	size_t		i;
	int			profile;

	for (i = 0; i < DIFFERENCES; i++)
	{
		const Difference *row = &differences[i];

		printf("%3d %3d  PRECIS: %s; ours: %s\n         %s: %s\n", row->seen[0], row->seen[1],
			   row->precis == NULL ? "yes" : row->precis, row->ours == NULL ? "yes" : row->ours,
			   row->which, row->reason);
		for (profile = 0; profile < 2; profile++)
			check(row->seen[profile] == row->wanted[profile],
				  "%s: %d differences", row->which, row->seen[profile]);
	}
	for (profile = 0; profile < 2; profile++)
		check(profiles[profile].cases == PROFILE_CASES, "%d cases of %s",
			  profiles[profile].cases, profiles[profile].name);
}

int
main(void)
{
	static Result result;
	FILE	   *file = open_shared_data("precis_golden.json.gz");
	int			profile;

	if (file == NULL)
		return check_summary("precis_test");
	while (read_result(file, &result))
	{
		count_agreement(&result);
		for (profile = 0; profile < 2; profile++)
		{
			if (strcmp(result.profile, profiles[profile].name) == 0)
				run_case(&result, profile);
		}
	}
	pclose(file);
	report_agreements();
	report_differences();
	return check_summary("precis_test");
}
