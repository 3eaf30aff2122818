/*
 * Look-alikes: pairs that can be taken for each other, pairs that can't, and
 * mixtures of scripts.
 */
#include "check.h"

#include "lookalike.h"

#define SKELETON_BYTES	2048

static const char *const alike[][2] = {
	{"paypal", "p\u0430ypal"},	/* CYRILLIC SMALL A */
	{"scope", "\u0455\u0441\u043E\u0440\u0435"},	/* all Cyrillic */
	{"admin", "adm\u0131n"},	/* DOTLESS I */
	{"cust-100", "cust-l00"},
	{"O0", "00"},
	{"rnaria", "maria"},
	{"cl", "c|"},
	{"a-b", "a\u2010b"},
	{"a b", "a\u00A0b"},
	{"\u03BF", "o"},			/* GREEK SMALL OMICRON */
	{"\u0555", "O"},			/* ARMENIAN CAPITAL OH */
	{"\u13A0", "D"},			/* CHEROKEE LETTER A */
	{"\u00E9", "e\u0301"}
};

static const char *const different[][2] = {
	{"paypal", "paypa1x"},
	{"a", "b"},
	{"cust-100", "cust-200"},
	{"Ada", "ada"},
	{"客户", "客戶"},
	{"u", "\u00FC"}
};

/* NULL: no objection. */
static const char *const scripts[][2] = {
	{"cust-0042", NULL},
	{"", NULL},
	{"Müller 7", NULL},
	{"Иванов-7", NULL},
	{"محمد 42", NULL},
	{"राम", NULL},
	{"客户 A7", NULL},			/* Latin and Han */
	{"パスポート漢字 A7", NULL},	/* Latin and Japanese */
	{"한국 A7", NULL},
	{"ㄅㄆ客 A7", NULL},
	{"Ωμέγα", NULL},
	{"🦉 owl", NULL},
	{"p\u0430ypal", "mixes scripts"},
	{"Ωmega", "mixes scripts"},
	{"Иvan", "mixes scripts"},
	{"राम Ivan", "mixes scripts"},
	{"客户 Иван", "mixes scripts"},
	{"한국ひらがな", "mixes scripts"},
	{"12\u0664" "5", "digits"},
	{"1\u0967", "digits"},
	{"a\xFF", "not valid UTF-8"}
};

/* False where there is no skeleton. */
static bool
same_skeleton(const char *one, const char *other)
{
	char		first[SKELETON_BYTES];
	char		second[SKELETON_BYTES];
	size_t		first_len;
	size_t		second_len;

	return lookalike_skeleton(one, strlen(one), first, sizeof(first), &first_len) &&
		lookalike_skeleton(other, strlen(other), second, sizeof(second), &second_len) &&
		first_len == second_len && memcmp(first, second, first_len) == 0;
}

static void
check_limits(void)
{
	char		out[8];
	size_t		out_len;

	check(lookalike_skeleton("abcdefgh", 8, out, 8, &out_len) && out_len == 8,
		  "a skeleton that just fits");
	check(!lookalike_skeleton("abcdefghi", 9, out, 8, &out_len), "a skeleton that does not fit");
	check(!lookalike_skeleton("mmmmm", 5, out, 8, &out_len), "a skeleton that is longer");
	check(!lookalike_skeleton("a\xFF", 2, out, 8, &out_len), "not UTF-8");
	check(lookalike_skeleton("", 0, out, 8, &out_len) && out_len == 0, "an empty skeleton");
}

int
main(void)
{
	size_t		i;

	for (i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		check(same_skeleton(alike[i][0], alike[i][1]), "\"%s\" and \"%s\"", alike[i][0], alike[i][1]);
	for (i = 0; i < sizeof(different) / sizeof(different[0]); i++)
		check(same_skeleton(different[i][0], different[i][0]) &&
			  !same_skeleton(different[i][0], different[i][1]),
			  "\"%s\" and \"%s\" are alike", different[i][0], different[i][1]);
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
	{
		const char *reason = lookalike_scripts(scripts[i][0], strlen(scripts[i][0]));
		const char *wanted = scripts[i][1];

		check((reason == NULL) == (wanted == NULL) &&
			  (reason == NULL || strstr(reason, wanted) != NULL),
			  "\"%s\": %s", scripts[i][0], reason == NULL ? "no objection" : reason);
	}
	check_limits();
	return check_summary("lookalike_test");
}
