/*
 * verify(): senders and events whose profile is not there.  No foreign key
 * holds it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "admin/verify.h"

#define NO_PROFILE(of) \
	"NOT EXISTS (SELECT 1 FROM user360.profile AS p WHERE p.bot" EQ of ".bot AND p.profile_id" EQ of ".profile_id)"

static StorePlan read_senders = {
	.sql = "SELECT s.bot, s.profile_id, s.channel, s.sender FROM user360.sender AS s "
	"WHERE " IN_SCOPE("s.bot") " AND " NO_PROFILE("s"),
	.nargs = 1, .argtypes = {TEXTOID}
};

/* USER_DELETE is what is left of an erased customer. */
static StorePlan read_events = {
	.sql = "SELECT e.bot, e.profile_id, e.name, pg_catalog.count(*) FROM user360.event AS e "
	"WHERE e.name" NE "'USER_DELETE' AND " IN_SCOPE("e.bot") " AND " NO_PROFILE("e") " GROUP BY 1, 2, 3",
	.nargs = 1, .argtypes = {TEXTOID}
};

static void
report_sender(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	VerifyRow	row;

	verify_read_row(tuple, descriptor, &row);
	verify_report(context, "sender_profile", verify_text(&row, 0), verify_id(&row, 1),
				  "it is not there, and is that of sender \"%s\" on channel \"%s\"",
				  verify_text(&row, 3), verify_text(&row, 2));
}

static void
report_events(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	VerifyRow	row;

	verify_read_row(tuple, descriptor, &row);
	verify_report(context, "event_profile", verify_text(&row, 0), verify_id(&row, 1),
				  "it is not there, and has " INT64_FORMAT " of event %s",
				  DatumGetInt64(row.values[3]), verify_text(&row, 2));
}

void
verify_references(Verifier *verifier)
{
	verify_scan(verifier, &read_senders, report_sender, verifier);
	verify_scan(verifier, &read_events, report_events, verifier);
}
