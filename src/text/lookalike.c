/*
 * Values that look like another one: UTS #39 through ICU.
 */
#include "lookalike.h"

#include <stdint.h>

#include <unicode/uspoof.h>

#include "unicode.h"

/*
 * Opened once and kept for the life of the process, also after a failure,
 * which is then final: ICU's data is not there.
 */
static const USpoofChecker *
checker(void)
{
	static USpoofChecker *opened = NULL;
	static bool failed = false;
	UErrorCode	error = U_ZERO_ERROR;

	if (opened != NULL || failed)
		return opened;
	opened = uspoof_open(&error);
	uspoof_setChecks(opened, USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS, &error);
	uspoof_setRestrictionLevel(opened, USPOOF_HIGHLY_RESTRICTIVE);
	if (U_FAILURE(error))
	{
		uspoof_close(opened);
		opened = NULL;
		failed = true;
	}
	return opened;
}

bool
lookalike_skeleton(const char *in, size_t len, char *out, size_t out_size, size_t *out_len)
{
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		bytes;

	if (len > INT32_MAX || !text_is_utf8(in, len) || checker() == NULL)
		return false;
	if (out_size > INT32_MAX)
		out_size = INT32_MAX;
	bytes = uspoof_getSkeletonUTF8(checker(), 0, in, (int32_t) len,
								   out, (int32_t) out_size, &error);
	if (U_FAILURE(error))
		return false;
	*out_len = (size_t) bytes;
	return true;
}

const char *
lookalike_scripts(const char *in, size_t len)
{
	UErrorCode	error = U_ZERO_ERROR;
	int32_t		failed;

	if (text_is_ascii(in, len))
		return NULL;
	if (len > INT32_MAX || !text_is_utf8(in, len))
		return text_not_utf8;
	if (checker() == NULL)
		return "the value can't be judged, for ICU has no data on look-alikes";
	failed = uspoof_check2UTF8(checker(), in, (int32_t) len, NULL, &error);
	if (U_FAILURE(error))
		return "the value can't be judged";
	if (failed & USPOOF_RESTRICTION_LEVEL)
		return "the value mixes scripts whose letters can be taken for each other";
	if (failed & USPOOF_MIXED_NUMBERS)
		return "the value mixes digits of several numbering systems";
	return NULL;
}
