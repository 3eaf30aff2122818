/*
 * Timing of one function over many values: the median of several runs, in
 * nanoseconds of this process's own time a value.  The programs that use it
 * define _POSIX_C_SOURCE, for clock_gettime().
 */
#ifndef USER360_BENCH_MEASURE_H
#define USER360_BENCH_MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES			20000
#define SAMPLE_BYTES	128
#define OUT_BYTES		2048
#define ROUNDS			25
#define RUNS			5

typedef struct Sample
{
	char		bytes[SAMPLE_BYTES];
	size_t		len;
} Sample;

/* Gives the length of the answer, 0 for a refusal. */
typedef size_t (*Work) (const Sample *sample, char *out);

static int
compare_runs(const void *a, const void *b)
{
	double		difference = *(const double *) a - *(const double *) b;

	return difference < 0 ? -1 : difference > 0;
}

/* Every answer goes into the sum, so that the compiler leaves out no call. */
static double
measure(Work work, const Sample *samples, size_t *sum)
{
	double		runs[RUNS];
	char		out[OUT_BYTES] = "";

	for (int run = 0; run < RUNS; run++)
	{
		struct timespec start;
		struct timespec end;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		for (int round = 0; round < ROUNDS; round++)
		{
			for (int i = 0; i < SAMPLES; i++)
				*sum += work(&samples[i], out) + (unsigned char) out[i % 8];
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
		runs[run] = ((double) (end.tv_sec - start.tv_sec) * 1e9 +
					 (double) (end.tv_nsec - start.tv_nsec)) / ROUNDS / SAMPLES;
	}
	qsort(runs, RUNS, sizeof(double), compare_runs);
	return runs[RUNS / 2];
}

#endif
