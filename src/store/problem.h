/*
 * What is wrong with a value: raised at once, or collected by a caller who
 * must go on, such as a trigger on ticket inserts.
 */
#ifndef USER360_STORE_PROBLEM_H
#define USER360_STORE_PROBLEM_H

#include "postgres.h"

#include "utils/jsonb.h"

typedef struct Problem
{
	int			sqlstate;
	const char *property;
	const char *value;			/* as given, clipped; NULL: none */
	const char *message;
	const char *detail;			/* or NULL */
	const char *hint;			/* or NULL */
} Problem;

typedef struct Problems
{
	int			n;
	Problem    *list;
} Problems;

/* problems NULL: raises. */
extern void problem_report(Problems *problems, Problem problem);

/* [{"property", "value", "sqlstate", "reason"}, ...] */
extern Jsonb *problems_jsonb(const Problems *problems);

/* A value short enough for a message. */
extern char *clip_value(const char *value, size_t len);

#endif
