/*
 * The access levels by name.
 */
#include "postgres.h"

#include "store/level.h"

static const char *const level_names[] = {
	[ACCESS_NONE] = "none",
	[ACCESS_CAPTURE] = "capture",
	[ACCESS_AGENT] = "agent",
	[ACCESS_ENGAGEMENT_USER] = "engagement_user",
	[ACCESS_ENGAGEMENT_ADMIN] = "engagement_admin",
};

AccessLevel
access_level_from_name(const char *name)
{
	for (int level = ACCESS_CAPTURE; level <= ACCESS_ENGAGEMENT_ADMIN; level++)
	{
		if (strcmp(level_names[level], name) == 0)
			return (AccessLevel) level;
	}
	return ACCESS_NONE;
}

const char *
access_level_name(AccessLevel level)
{
	return level_names[level];
}
