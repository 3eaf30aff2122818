/*
 * Whose rows belong to a customer.
 */
#ifndef USER360_IDENTITY_MEMBERS_H
#define USER360_IDENTITY_MEMBERS_H

#include "postgres.h"

#include "utils/uuid.h"

#include "store/plan.h"
#include "store/policy.h"

/* A row a profile of the merged set to which profile $2 of bot $1 belongs:
 * s.profile_id and, but for the survivor, s.last_seen_at. */
#define MEMBERS \
	"user360.profile AS p CROSS JOIN LATERAL (" \
	"SELECT COALESCE(p.merged_into, p.profile_id) AS profile_id, NULL::pg_catalog.timestamptz AS last_seen_at " \
	"UNION ALL SELECT m.profile_id, m.last_seen_at FROM user360.profile AS m WHERE m.bot" EQ "$1 " \
	"AND m.merged_into" EQ "COALESCE(p.merged_into, p.profile_id)) AS s"
#define OF_PROFILE " WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2"

/*
 * The survivor, then its members, those that were seen last first, as the calling statement sees them: for
 * functions that are STABLE.  n is 0 where there is no such profile.
 */
extern pg_uuid_t *members_read(const BotPolicy *policy, const pg_uuid_t *id, int *n);

#endif
