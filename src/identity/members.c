/*
 * Whose rows belong to a customer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "identity/members.h"

static StorePlan find_members = {
	.sql = "SELECT s.profile_id FROM " MEMBERS OF_PROFILE " ORDER BY s.last_seen_at DESC NULLS FIRST",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

pg_uuid_t *
members_read(const BotPolicy *policy, const pg_uuid_t *id, int *n)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(id)};
	uint64		rows = store_read(&find_members, values, NULL);

	*n = (int) rows;
	return result_ids(rows);
}
