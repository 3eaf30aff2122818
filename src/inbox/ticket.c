/*
 * The tickets of attached tables, and the link from each to the customer's
 * previous one: the newest by (opened_at, key) that is older, among the
 * tickets of the whole merged set at that moment.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "identity/given.h"
#include "inbox/ticket.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/table.h"
#include "store/json.h"
#include "store/plan.h"

#define SUBJECT_CHARS	255

/* Keys that are whole numbers compare as numbers: a shorter one comes first. */
#define TICKET_ORDER(t) \
	"ROW(" t ".opened_at, pg_catalog.octet_length(" t ".ticket), " t ".ticket, " t ".source)"

#define NEWEST_OLDER(of_profile) \
	"SELECT t.profile_id, t.source, t.ticket, t.opened_at FROM user360.ticket AS t " \
	"WHERE t.bot" EQ "$1 AND t.profile_id" EQ of_profile \
	" AND " TICKET_ORDER("t") LT "ROW($5, pg_catalog.octet_length($4), $4, $3) " \
	"ORDER BY t.opened_at DESC, pg_catalog.octet_length(t.ticket) DESC, t.ticket DESC, t.source DESC LIMIT 1"

#define PREVIOUS_OF_MERGED(survivor) \
	"SELECT o.profile_id, o.source, o.ticket FROM (" \
	"SELECT m.profile_id FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.profile_id" EQ survivor " UNION ALL " \
	"SELECT m.profile_id FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.merged_into" EQ survivor ") AS s " \
	"CROSS JOIN LATERAL (" NEWEST_OLDER("s.profile_id") ") AS o " \
	"ORDER BY o.opened_at DESC, pg_catalog.octet_length(o.ticket) DESC, o.ticket DESC, o.source DESC LIMIT 1"

/* The columns of the table. */
enum
{
	COLUMN_BOT,
	COLUMN_SOURCE,
	COLUMN_TICKET,
	COLUMN_PROFILE_ID,
	COLUMN_OPENED_AT,
	COLUMN_CLOSED_AT,
	COLUMN_PREVIOUS_PROFILE_ID,
	COLUMN_PREVIOUS_SOURCE,
	COLUMN_PREVIOUS_TICKET,
	COLUMN_CHANNEL,
	COLUMN_STATUS,
	COLUMN_SUBJECT,
	TICKET_COLUMNS
};

static StoreTable ticket_rows = {
	.table = "ticket",
	.arbiter = "ticket_pkey",
	.statement = {
		.sql = "INSERT INTO user360.ticket (bot, source, ticket, profile_id, opened_at, closed_at, "
		"previous_profile_id, previous_source, previous_ticket, channel, status, subject) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (bot, source, ticket) DO NOTHING",
		.nargs = TICKET_COLUMNS, .argtypes = {TEXTOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	}
};

/* By TICKET_ORDER, among the tickets of one profile. */
static StoreProbe newest_older = {
	.table = "ticket", .index = "ticket_timeline", .nkeys = 2, .nbelow = 4, .last = true,
	.types = {TEXTOID, UUIDOID, TIMESTAMPTZOID, INT4OID, TEXTOID, TEXTOID}
};

#define SURVIVOR_OF_OWNER \
	"(SELECT COALESCE(c.merged_into, c.profile_id) " \
	"FROM user360.profile AS c WHERE c.bot" EQ "$1 AND c.profile_id" EQ "$2)"

static StorePlan find_previous_of_merged = {
	.sql = PREVIOUS_OF_MERGED(SURVIVOR_OF_OWNER),
	.nargs = 5, .argtypes = {TEXTOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

/* Under a snapshot that may be older than an unmerge: are they one still? */
static StorePlan find_parted = {
	.sql = "SELECT 1 FROM user360.ticket AS t JOIN user360.profile AS p ON p.bot" EQ "t.bot AND p.profile_id" EQ "t.profile_id "
	"LEFT JOIN user360.profile AS v ON v.bot" EQ "t.bot AND v.profile_id" EQ "t.previous_profile_id "
	"WHERE t.bot" EQ "$1 AND t.source" EQ "$2 AND t.ticket" EQ "$3 AND t.previous_profile_id IS NOT NULL "
	"AND NOT COALESCE(COALESCE(v.merged_into, v.profile_id)" EQ "COALESCE(p.merged_into, p.profile_id), false)",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

/* The next one of the customer's tickets, whose previous one is this. */
static StorePlan link_next = {
	.sql = "WITH next AS (SELECT o.source, o.ticket FROM ("
	"SELECT m.profile_id FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.profile_id" EQ SURVIVOR_OF_OWNER " UNION ALL "
	"SELECT m.profile_id FROM user360.profile AS m WHERE m.bot" EQ "$1 AND m.merged_into" EQ SURVIVOR_OF_OWNER ") AS s "
	"CROSS JOIN LATERAL (SELECT t.source, t.ticket, t.opened_at FROM user360.ticket AS t "
	"WHERE t.bot" EQ "$1 AND t.profile_id" EQ "s.profile_id "
	"AND " TICKET_ORDER("t") GT "ROW($5, pg_catalog.octet_length($4), $4, $3) "
	"ORDER BY t.opened_at, pg_catalog.octet_length(t.ticket), t.ticket, t.source LIMIT 1) AS o "
	"ORDER BY o.opened_at, pg_catalog.octet_length(o.ticket), o.ticket, o.source LIMIT 1) "
	"UPDATE user360.ticket AS t SET previous_profile_id = $2, previous_source = $3, previous_ticket = $4 "
	"FROM next AS n WHERE t.bot" EQ "$1 AND t.source" EQ "n.source AND t.ticket" EQ "n.ticket",
	.nargs = 5, .argtypes = {TEXTOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

static StorePlan find_ticket = {
	.sql = "SELECT t.profile_id, t.status, t.subject, t.closed_at, t.opened_at FROM user360.ticket AS t "
	"WHERE t.bot" EQ "$1 AND t.source" EQ "$2 AND t.ticket" EQ "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan update_ticket = {
	.sql = "WITH written AS (UPDATE user360.ticket SET status = $4, subject = $5, closed_at = $6 "
	"WHERE bot" EQ "$1 AND source" EQ "$2 AND ticket" EQ "$3 RETURNING profile_id, channel) "
	"INSERT INTO user360.event (bot, profile_id, event_id, at, name, source, channel, actor, payload) "
	"SELECT $1, w.profile_id, $7, $8, $9, $2, w.channel, $10, $11 FROM written AS w",
	.nargs = 11, .argtypes = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
	UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, JSONBOID}
};

static StorePlan delete_ticket = {
	.sql = "DELETE FROM user360.ticket AS t WHERE t.bot" EQ "$1 AND t.source" EQ "$2 AND t.ticket" EQ "$3 "
	"RETURNING t.profile_id, t.channel",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

/*
 * A ticket that is deleted, or moved to another customer, is not taken out of
 * the links of others, which would lock their rows: where a link leads to none
 * that is still that profile's and older, the timeline tells which ticket is the
 * previous one now.
 */
static StorePlan find_previous = {
	.sql = "SELECT t.previous_source, t.previous_ticket, t.opened_at, COALESCE(p.merged_into, p.profile_id), "
	"EXISTS (SELECT 1 FROM user360.ticket AS o WHERE o.bot" EQ "t.bot AND o.source" EQ "t.previous_source "
	"AND o.ticket" EQ "t.previous_ticket AND o.profile_id" EQ "t.previous_profile_id "
	"AND " TICKET_ORDER("o") LT TICKET_ORDER("t") ") FROM user360.ticket AS t "
	"JOIN user360.profile AS p ON p.bot" EQ "t.bot AND p.profile_id" EQ "t.profile_id "
	"WHERE t.bot" EQ "$1 AND t.source" EQ "$2 AND t.ticket" EQ "$3 AND t.previous_ticket IS NOT NULL",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan find_newest_older = {
	.sql = "SELECT v.source, v.ticket FROM (" PREVIOUS_OF_MERGED("$2") ") AS v",
	.nargs = 5, .argtypes = {TEXTOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

static Datum
result_column(int column)
{
	bool		isnull;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
}

/* What is kept of a text that may be of any length; the user's own table has
 * the whole. */
static char *
shortened(const char *text)
{
	size_t		bytes;

	if (text == NULL || pg_mbstrlen(text) <= SUBJECT_CHARS)
		return (char *) text;
	bytes = pg_mbcharcliplen(text, strlen(text), SUBJECT_CHARS);
	return psprintf("%.*s…", (int) bytes, text);
}

static Jsonb *
ticket_payload(const Ticket *ticket, const Problems *problems)
{
	JsonObject	payload;

	json_begin(&payload);
	json_add_text(&payload, "ticket", short_key(ticket->key));
	if (ticket->subject != NULL)
		json_add_text(&payload, "subject", shortened(ticket->subject));
	if (ticket->status != NULL)
		json_add_text(&payload, "status", shortened(ticket->status));
	if (problems != NULL && problems->n > 0)
		json_add_json(&payload, "problems", problems_jsonb(problems));
	return json_end(&payload);
}

static void
key_arguments(const BotPolicy *policy, const Ticket *ticket, Datum *values)
{
	values[0] = policy->bot_datum;
	values[1] = CStringGetTextDatum(ticket->source);
	values[2] = CStringGetTextDatum(short_key(ticket->key));
}

bool
ticket_opened_at(const BotPolicy *policy, const Ticket *ticket, TimestampTz *opened_at)
{
	Datum		values[3];

	key_arguments(policy, ticket, values);
	if (store_write(&find_ticket, values, NULL) == 0)
		return false;
	if (opened_at != NULL)
		*opened_at = DatumGetTimestampTz(result_column(5));
	return true;
}

/* Holds the profile against being erased. */
bool
ticket_hold(const BotPolicy *policy, const Capture *customer)
{
	Datum		keys[2] = {policy->bot_datum, UUIDPGetDatum(&customer->profile_id)};

	return store_hold(&profile_probe, keys);
}

/* A survivor without members is all there is of its customer. */
static void
set_previous_of_one(Datum *values, char *nulls)
{
	Datum		keys[6] = {values[COLUMN_BOT], values[COLUMN_PROFILE_ID], values[COLUMN_OPENED_AT],
		Int32GetDatum((int32) VARSIZE_ANY_EXHDR(DatumGetPointer(values[COLUMN_TICKET]))),
	values[COLUMN_TICKET], values[COLUMN_SOURCE]};
	ProbedRow	previous;
	bool		found;

	store_look();
	found = store_probe(&newest_older, keys, &previous);
	store_look_end();
	if (!found)
		return;
	values[COLUMN_PREVIOUS_PROFILE_ID] = previous.values[COLUMN_PROFILE_ID];
	values[COLUMN_PREVIOUS_SOURCE] = previous.values[COLUMN_SOURCE];
	values[COLUMN_PREVIOUS_TICKET] = previous.values[COLUMN_TICKET];
	memset(nulls + COLUMN_PREVIOUS_PROFILE_ID, ' ', 3);
}

/*
 * Among several profiles an unmerge may part the two that a link would join:
 * it waits for whoever holds one of them, or is over when the profile is held,
 * and a statement that starts then sees it.
 */
static void
set_previous_of_merged(Datum *values, char *nulls)
{
	Datum		arguments[5] = {values[COLUMN_BOT], values[COLUMN_PROFILE_ID], values[COLUMN_SOURCE],
	values[COLUMN_TICKET], values[COLUMN_OPENED_AT]};

	if (store_write(&find_previous_of_merged, arguments, NULL) == 0)
		return;
	for (int i = 0; i < 3; i++)
		values[COLUMN_PREVIOUS_PROFILE_ID + i] = result_column(i + 1);
	memset(nulls + COLUMN_PREVIOUS_PROFILE_ID, ' ', 3);
}

static void
check_not_parted(const BotPolicy *policy, const Ticket *ticket)
{
	Datum		key[3];

	key_arguments(policy, ticket, key);
	if (store_read_latest(&find_parted, key, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent unmerge"),
				 errhint("Run the transaction again.")));
}

static void
link_next_ticket(const Datum *values)
{
	Datum		arguments[5] = {values[COLUMN_BOT], values[COLUMN_PROFILE_ID], values[COLUMN_SOURCE],
	values[COLUMN_TICKET], values[COLUMN_OPENED_AT]};

	store_write(&link_next, arguments, NULL);
}

bool
ticket_insert(const BotPolicy *policy, const Ticket *ticket, const Capture *customer,
			  const Problems *problems, const char *event_name)
{
	bool		merged = customer->survivor->own != NULL;
	Event		event = {.name = event_name, .source = ticket->source, .channel = ticket->channel};
	Datum		values[TICKET_COLUMNS];
	char		nulls[TICKET_COLUMNS];

	memset(nulls, ' ', sizeof(nulls));
	key_arguments(policy, ticket, values);
	values[COLUMN_PROFILE_ID] = UUIDPGetDatum(&customer->profile_id);
	values[COLUMN_OPENED_AT] = TimestampTzGetDatum(ticket->opened_at);
	values[COLUMN_CLOSED_AT] = TimestampTzGetDatum(ticket->closed_at);
	nulls[COLUMN_CLOSED_AT] = ticket->closed ? ' ' : 'n';
	memset(nulls + COLUMN_PREVIOUS_PROFILE_ID, 'n', 3);
	plan_set_text(values, nulls, COLUMN_CHANNEL, ticket->channel);
	plan_set_text(values, nulls, COLUMN_STATUS, shortened(ticket->status));
	plan_set_text(values, nulls, COLUMN_SUBJECT, shortened(ticket->subject));
	if (!ticket_hold(policy, customer))
		return false;
	if (merged)
		set_previous_of_merged(values, nulls);
	else
		set_previous_of_one(values, nulls);
	if (!store_insert(&ticket_rows, values, nulls))
		return false;
	if (merged && IsolationUsesXactSnapshot())
		check_not_parted(policy, ticket);
	event.at = new_moment();
	event.payload = ticket_payload(ticket, problems);
	event_insert(policy, &customer->profile_id, &event);
	if (ticket->late)
		link_next_ticket(values);
	return true;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
ticket_update(const BotPolicy *policy, const Ticket *ticket, const Problems *problems)
{
	Datum		values[11];
	char		nulls[11];
	HeapTuple	row;
	bool		was_open;
	pg_uuid_t	event_id = new_id();
	const char *status = shortened(ticket->status);
	const char *subject = shortened(ticket->subject);

	memset(nulls, ' ', sizeof(nulls));
	key_arguments(policy, ticket, values);
	if (store_write(&find_ticket, values, NULL) == 0)
		return false;
	row = SPI_tuptable->vals[0];
	was_open = SPI_getvalue(row, SPI_tuptable->tupdesc, 4) == NULL;
	if (same_text(SPI_getvalue(row, SPI_tuptable->tupdesc, 2), status) &&
		same_text(SPI_getvalue(row, SPI_tuptable->tupdesc, 3), subject) &&
		was_open != ticket->closed && (problems == NULL || problems->n == 0))
		return true;

	plan_set_text(values, nulls, 3, status);
	plan_set_text(values, nulls, 4, subject);
	values[5] = TimestampTzGetDatum(ticket->closed_at);
	nulls[5] = ticket->closed ? ' ' : 'n';
	values[6] = UUIDPGetDatum(&event_id);
	values[7] = TimestampTzGetDatum(new_moment());
	plan_set_text(values, nulls, 8, was_open && ticket->closed ? "TICKET_CLOSE" : "TICKET_UPDATE");
	plan_set_text(values, nulls, 9, GetUserNameFromId(GetUserId(), false));
	values[10] = JsonbPGetDatum(ticket_payload(ticket, problems));
	store_write(&update_ticket, values, nulls);
	return true;
}

void
ticket_delete(const BotPolicy *policy, const Ticket *ticket, bool recorded)
{
	Datum		values[3];
	pg_uuid_t	profile_id;
	char	   *channel;
	JsonObject	payload;
	Event		event = {.name = "TICKET_CLOSE", .source = ticket->source};

	key_arguments(policy, ticket, values);
	if (store_write(&delete_ticket, values, NULL) == 0 || !recorded)
		return;
	profile_id = *DatumGetUUIDP(result_column(1));
	channel = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	json_begin(&payload);
	json_add_text(&payload, "ticket", short_key(ticket->key));
	json_add_text(&payload, "reason", "deleted");
	event.channel = channel;
	event.at = new_moment();
	event.payload = json_end(&payload);
	event_insert(policy, &profile_id, &event);
}

/* Leaves the previous ticket's source and key as the result; false: none. */
static bool
look_up_previous(const BotPolicy *policy, Datum source, Datum ticket)
{
	Datum		arguments[5] = {policy->bot_datum, source, ticket};

	if (store_read(&find_previous, arguments, NULL) == 0)
		return false;
	if (DatumGetBool(result_column(5)))
		return true;
	arguments[1] = result_column(4);
	arguments[4] = result_column(3);
	arguments[2] = source;
	arguments[3] = ticket;
	return store_read(&find_newest_older, arguments, NULL) > 0;
}

PG_FUNCTION_INFO_V1(previous_ticket);

Datum
previous_ticket(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Datum		values[2];
	bool		nulls[2] = {false};
	Datum		result = (Datum) 0;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	store_connect();
	if (look_up_previous(policy, PG_GETARG_DATUM(1),
						 CStringGetTextDatum(short_key(text_to_cstring(PG_GETARG_TEXT_PP(2))))))
	{
		values[0] = result_column(1);
		values[1] = result_column(2);
		result = composite_result(fcinfo, caller, values, nulls);
	}
	else
		fcinfo->isnull = true;
	store_finish();
	return result;
}
