/*
 * What the test programs of src/text share.  Each prints what failed and a
 * closing line "N passed, N failed", and exits with 1 where something failed.
 * All are started from the top of the repository.
 */
#ifndef USER360_TEST_CHECK_H
#define USER360_TEST_CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Large test data, which is no part of the repository. */
#define SHARED_DATA	"../shared/data/"

static long check_passed = 0;
static long check_failed = 0;

/* Counts one case; the rest is what to print where it is not right. */
static void
check(bool right, const char *format,...)
{
	va_list		arguments;

	if (right)
	{
		check_passed++;
		return;
	}
	check_failed++;
	if (check_failed > 50)
		return;
	va_start(arguments, format);
	printf("FAILED: ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

/* The answer is main()'s. */
static int
check_summary(const char *program)
{
	printf("%ld passed, %ld failed (%s)\n", check_passed, check_failed, program);
	return check_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
