/*
 * The access levels, each of which includes those before it.
 */
#ifndef USER360_STORE_LEVEL_H
#define USER360_STORE_LEVEL_H

typedef enum AccessLevel
{
	ACCESS_NONE,
	ACCESS_CAPTURE,
	ACCESS_AGENT,
	ACCESS_ENGAGEMENT_USER,
	ACCESS_ENGAGEMENT_ADMIN
} AccessLevel;

/* ACCESS_NONE: no such level */
extern AccessLevel access_level_from_name(const char *name);

extern const char *access_level_name(AccessLevel level);

#endif
