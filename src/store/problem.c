/*
 * Problems with values, raised or collected.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "store/problem.h"

#define CLIP_BYTES	120

char *
clip_value(const char *value, size_t len)
{
	size_t		clipped;

	if (len <= CLIP_BYTES)
		return pnstrdup(value, len);
	clipped = pg_mbcliplen(value, len, CLIP_BYTES);
	return psprintf("%.*s…", (int) clipped, value);
}

void
problem_report(Problems *problems, Problem problem)
{
	if (problems == NULL)
		ereport(ERROR,
				(errcode(problem.sqlstate),
				 errmsg("%s", problem.message),
				 problem.detail != NULL ? errdetail("%s", problem.detail) : 0,
				 problem.hint != NULL ? errhint("%s", problem.hint) : 0));

	problems->list = problems->list == NULL ? palloc(sizeof(Problem)) :
		repalloc(problems->list, sizeof(Problem) * (problems->n + 1));
	problems->list[problems->n++] = problem;
}

static void
push_pair(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = (char *) key;
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
	value.val.string.val = (char *) text;
	value.val.string.len = strlen(text);
	pushJsonbValue(state, WJB_VALUE, &value);
}

Jsonb *
problems_jsonb(const Problems *problems)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < problems->n; i++)
	{
		const Problem *problem = &problems->list[i];

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_pair(&state, "property", problem->property);
		if (problem->value != NULL)
			push_pair(&state, "value", problem->value);
		push_pair(&state, "sqlstate", pstrdup(unpack_sql_state(problem->sqlstate)));
		push_pair(&state, "reason", problem->detail != NULL ?
				  psprintf("%s: %s", problem->message, problem->detail) : problem->message);
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}
