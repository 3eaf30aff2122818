/*
 * date_normalize(), time_normalize() and datetime_normalize() over any bytes:
 * each answer fits and is a fixed point, and a moment is a date, T, a time
 * and Z.
 */
#include <stdint.h>
#include <string.h>

#include "datetime.h"
#include "require.h"

#define DATE_LENGTH	10

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef const char *(*Normalizer) (const char *in, size_t len, char *out, size_t *out_len);

/* False where the value is refused. */
static bool
run(Normalizer normalize, const char *in, size_t size, char *out, size_t *len)
{
	char		again[DATETIME_MAX];
	size_t		again_len;

	if (normalize(in, size, out, len) != NULL)
		return false;
	require(*len <= DATETIME_MAX);
	require(normalize(out, *len, again, &again_len) == NULL);
	require_same(again, again_len, out, *len);
	return true;
}

static void
require_moment(const char *moment, size_t len)
{
	const char *time = moment + DATE_LENGTH + 1;
	char		part[DATETIME_MAX];
	size_t		part_len;

	require(len > DATE_LENGTH + 2 && time[-1] == 'T' && moment[len - 1] == 'Z');
	require(date_normalize(moment, DATE_LENGTH, part, &part_len) == NULL);
	require_same(part, part_len, moment, DATE_LENGTH);
	require(time_normalize(time, len - DATE_LENGTH - 2, part, &part_len) == NULL);
	require_same(part, part_len, time, len - DATE_LENGTH - 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *) data;
	char		out[DATETIME_MAX];
	size_t		len;

	if (run(date_normalize, in, size, out, &len))
		require(len == DATE_LENGTH);
	(void) run(time_normalize, in, size, out, &len);
	if (run(datetime_normalize, in, size, out, &len))
		require_moment(out, len);
	return 0;
}
