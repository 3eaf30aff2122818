/*
 * phone_info() and phone_normalize() over any bytes: answers fit and have the
 * form that they should have, both agree, and normalising again changes
 * nothing.  The first byte gives the flags, the next two the region.
 */
#include <stdint.h>
#include <string.h>

#include "phone.h"
#include "require.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER_BYTES	3
#define ALL_FLAGS \
	(PHONE_BARE_CALLING_CODE | PHONE_ALWAYS_INTERNATIONAL | PHONE_MUST_BE_VALID)

/* A plus, no 0, and digits. */
static void
require_e164(const char *number, size_t len)
{
	require(len >= 4 && len <= 21);
	require(number[0] == '+' && number[1] != '0');
	for (size_t i = 1; i < len; i++)
		require(number[i] >= '0' && number[i] <= '9');
}

static void
check_info(const char *value, size_t len, const char *region, PhoneInfo *info)
{
	phone_info(value, len, region, info);
	require(memchr(info->e164, '\0', sizeof(info->e164)) != NULL);
	require(memchr(info->extension, '\0', sizeof(info->extension)) != NULL);
	require(memchr(info->region, '\0', sizeof(info->region)) != NULL);
	require(info->valid == (info->type != PHONE_UNKNOWN));
	if (info->status != PHONE_OK)
	{
		require(info->e164[0] == '\0' && info->extension[0] == '\0' && !info->valid);
		return;
	}
	require_e164(info->e164, strlen(info->e164));
	require(!info->valid || info->possible == PHONE_IS_POSSIBLE ||
			info->possible == PHONE_IS_POSSIBLE_LOCAL_ONLY);
}

static void
check_fixed_point(const char *number, size_t len, const char *region, int flags)
{
	char		out[PHONE_MAX];
	size_t		out_len;

	require(phone_normalize(number, len, region, flags, out, &out_len) == NULL);
	require(out_len == len && memcmp(out, number, len) == 0);
}

static void
check_normalize(const char *value, size_t len, const char *region, int flags,
				const PhoneInfo *info)
{
	char		out[PHONE_MAX];
	size_t		out_len;
	PhoneInfo	again;

	if (phone_normalize(value, len, region, flags, out, &out_len) != NULL)
		return;
	require_e164(out, out_len);
	check_fixed_point(out, out_len, region, flags);
	check_fixed_point(out, out_len, NULL, flags & PHONE_MUST_BE_VALID);
	check_info(out, out_len, NULL, &again);
	require(again.status == PHONE_OK && again.possible == PHONE_IS_POSSIBLE);
	require(strlen(again.e164) == out_len && memcmp(again.e164, out, out_len) == 0);
	require(!(flags & PHONE_MUST_BE_VALID) || again.valid);
	if (flags & ~PHONE_MUST_BE_VALID)
		return;
	require(info->status == PHONE_OK && info->possible == PHONE_IS_POSSIBLE);
	require(info->extension[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		region[HEADER_BYTES] = {0};
	const char *value = (const char *) data + HEADER_BYTES;
	PhoneInfo	info;
	int			flags;

	if (size < HEADER_BYTES)
		return 0;
	flags = data[0] & ALL_FLAGS;
	memcpy(region, data + 1, 2);
	check_info(value, size - HEADER_BYTES, region, &info);
	check_normalize(value, size - HEADER_BYTES, region, flags, &info);
	(void) phone_region(value, size - HEADER_BYTES);
	return 0;
}
