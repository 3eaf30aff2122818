/*
 * Whose rows belong to a customer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "identity/members.h"
#include "identity/profile.h"

static StorePlan find_members = {
	.sql = "SELECT s.profile_id FROM " MEMBERS OF_PROFILE " ORDER BY s.last_seen_at DESC NULLS FIRST",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

pg_uuid_t *
members_read(const BotPolicy *policy, const pg_uuid_t *id, int *n)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(id)};
	Profile    *profile = profile_as_seen(policy, id);
	uint64		rows;

	if (profile != NULL && !profile->is_member && profile->own == NULL)
	{
		pg_uuid_t  *sole = palloc(sizeof(pg_uuid_t));

		*sole = profile->id;
		*n = 1;
		return sole;
	}
	rows = store_read(&find_members, values, NULL);
	*n = (int) rows;
	return result_ids(rows);
}
