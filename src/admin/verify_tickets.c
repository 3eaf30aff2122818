/*
 * verify(): tickets, and the link from each to the customer's previous one.
 *
 * A ticket that is deleted, moved to another customer or used again is not
 * taken out of the links of others.  So a link to a ticket that is not what it
 * was is a fault only where no event tells of that.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "admin/verify.h"
#include "store/id.h"

/* The order of inbox/ticket.c. */
#define TICKET_ORDER(t) \
	"ROW(" t ".opened_at, pg_catalog.octet_length(" t ".ticket), " t ".ticket, " t ".source)"

/* A link is there whole or not at all, and within the merged set. */
#define IS_PARTIAL \
	"(t.previous_ticket IS NULL)" NE "(t.previous_profile_id IS NULL) OR " \
	"(t.previous_source IS NULL)" NE "(t.previous_profile_id IS NULL)"

#define IS_OUTSIDE \
	"t.previous_profile_id" NE "t.profile_id AND " \
	"(q.profile_id IS NULL OR COALESCE(q.merged_into, q.profile_id)" NE "COALESCE(p.merged_into, p.profile_id))"

#define IS_OLDER	TICKET_ORDER("o") LT TICKET_ORDER("t")

/* The columns of read_tickets, from 0. */
enum
{
	TICKET_BOT,
	TICKET_PROFILE,
	TICKET_SOURCE,
	TICKET_KEY,
	TICKET_HAS_PROFILE,
	TICKET_IS_PARTIAL,
	TICKET_IS_OUTSIDE,
	TICKET_PREVIOUS_PROFILE,
	TICKET_PREVIOUS_SOURCE,
	TICKET_PREVIOUS_KEY,
	TICKET_LINKED_PROFILE
};

static StorePlan read_tickets = {
	.sql = "SELECT t.bot, t.profile_id, t.source, t.ticket, p.profile_id IS NOT NULL, "
	IS_PARTIAL ", " IS_OUTSIDE ", t.previous_profile_id, t.previous_source, t.previous_ticket, "
	"o.profile_id FROM user360.ticket AS t "
	"LEFT JOIN user360.profile AS p ON p.bot" EQ "t.bot AND p.profile_id" EQ "t.profile_id "
	"LEFT JOIN user360.profile AS q ON q.bot" EQ "t.bot AND q.profile_id" EQ
	"CASE WHEN t.previous_profile_id" NE "t.profile_id THEN t.previous_profile_id END "
	"LEFT JOIN user360.ticket AS o ON o.bot" EQ "t.bot AND o.source" EQ "t.previous_source "
	"AND o.ticket" EQ "t.previous_ticket "
	"WHERE " IN_SCOPE("t.bot") " AND (p.profile_id IS NULL OR " IS_PARTIAL " OR " IS_OUTSIDE
	" OR o.profile_id" NE "t.previous_profile_id OR NOT (" IS_OLDER "))",
	.nargs = 1, .argtypes = {TEXTOID}
};

/* What was pruned could have told, however old the tickets are now. */
static StorePlan find_pruned_history = {
	.sql = "SELECT 1 FROM user360.bot AS b WHERE b.bot" EQ "$1 AND b.history_from IS NOT NULL",
	.nargs = 1, .argtypes = {TEXTOID}
};

/*
 * Did a ticket come to this profile more than $5 times?  One that comes is
 * recorded as opened, or, where it moves there from another, as an update,
 * which a change of its status is as well.
 */
static StorePlan find_arrivals = {
	.sql = "SELECT 1 FROM user360.event AS e WHERE e.bot" EQ "$1 AND e.profile_id" EQ "$2 AND NOT e.tracked "
	"AND e.source" EQ "$3 AND e.payload OPERATOR(pg_catalog.->>) 'ticket'" EQ "$4 "
	"AND (e.name" EQ "'TICKET_OPEN' OR e.name" EQ "'TICKET_UPDATE') HAVING pg_catalog.count(*)" GT "$5",
	.nargs = 5, .argtypes = {TEXTOID, UUIDOID, TEXTOID, TEXTOID, INT8OID}
};

/* Was the linked ticket that profile's before it became what it is now, a
 * ticket that came there so many times? */
static bool
events_tell(const VerifyRow *row, int64 arrivals)
{
	Datum		values[5] = {row->values[TICKET_BOT], row->values[TICKET_PREVIOUS_PROFILE],
	row->values[TICKET_PREVIOUS_SOURCE], row->values[TICKET_PREVIOUS_KEY], Int64GetDatum(arrivals)};

	bool		tell;

	store_connect();			/* gives back what one ticket took */
	tell = store_read(&find_pruned_history, values, NULL) > 0 || store_read(&find_arrivals, values, NULL) > 0;
	store_finish();
	return tell;
}

static void
report_link(Verifier *verifier, const VerifyRow *row, const char *fault)
{
	verify_report(verifier, "previous_ticket", verify_text(row, TICKET_BOT), verify_id(row, TICKET_PROFILE),
				  "ticket \"%s\" of \"%s\" is linked to \"%s\" of \"%s\", %s", verify_text(row, TICKET_KEY),
				  verify_text(row, TICKET_SOURCE), verify_text(row, TICKET_PREVIOUS_KEY),
				  verify_text(row, TICKET_PREVIOUS_SOURCE), fault);
}

static void
check_ticket(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	Verifier   *verifier = context;
	VerifyRow	row;

	verify_read_row(tuple, descriptor, &row);
	if (!DatumGetBool(row.values[TICKET_HAS_PROFILE]))
		verify_report(verifier, "ticket_profile", verify_text(&row, TICKET_BOT), verify_id(&row, TICKET_PROFILE),
					  "it is not there, and is that of ticket \"%s\" of \"%s\"",
					  verify_text(&row, TICKET_KEY), verify_text(&row, TICKET_SOURCE));
	else if (DatumGetBool(row.values[TICKET_IS_PARTIAL]))
		verify_report(verifier, "previous_ticket", verify_text(&row, TICKET_BOT), verify_id(&row, TICKET_PROFILE),
					  "the link of ticket \"%s\" of \"%s\" lacks a part",
					  verify_text(&row, TICKET_KEY), verify_text(&row, TICKET_SOURCE));
	else if (DatumGetBool(row.values[TICKET_IS_OUTSIDE]))
		report_link(verifier, &row, psprintf("whose profile %s is not of its merged set",
											 id_text(verify_id(&row, TICKET_PREVIOUS_PROFILE))));
	else if (!id_equal(verify_id(&row, TICKET_LINKED_PROFILE), verify_id(&row, TICKET_PREVIOUS_PROFILE)))
	{
		if (!events_tell(&row, 0))
			report_link(verifier, &row, psprintf("which was never that of profile %s",
												 id_text(verify_id(&row, TICKET_PREVIOUS_PROFILE))));
	}
	else if (!events_tell(&row, 1))
		report_link(verifier, &row, "which is not older");
}

void
verify_tickets(Verifier *verifier)
{
	verify_scan(verifier, &read_tickets, check_ticket, verifier);
}
