/*
 * The timeline of a customer, over all members of the merged set.
 *
 * Each member's events stand in the index newest first, apart by whether they
 * came through track(); the timeline merges these streams.  A stream is read in
 * portions: a small one at first, and a larger one each time that the timeline
 * gets to its end.  Once as many events were read as are wanted, none that is
 * older than all of them is looked at: an index page that is full of a
 * member's history costs no more than one with little on it.  So what is read
 * grows with the rows asked for and with the members, and not with the history
 * of any of them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "identity/members.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/json.h"
#include "store/plan.h"

#define MAX_ROWS	1000

enum
{
	EVENT_ID,
	EVENT_AT,
	EVENT_NAME,
	EVENT_SOURCE,
	EVENT_CHANNEL,
	EVENT_PAYLOAD,
	EVENT_COLUMNS
};

static StorePlan newest_events = {
	.sql = "SELECT e.event_id, e.at, e.name, e.source, e.channel, e.payload FROM user360.event AS e "
	"WHERE e.bot" EQ "$1 AND e.profile_id" EQ "$2 AND e.tracked" EQ "$3 "
	"AND ROW(e.at, e.event_id)" LT "ROW($4, $5) AND e.at OPERATOR(pg_catalog.>=) $6 "
	"ORDER BY e.at DESC, e.event_id DESC LIMIT $7",
	.nargs = 7, .argtypes = {TEXTOID, UUIDOID, BOOLOID, TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID, INT8OID}
};

/* The events of one member, newest first. */
typedef struct Stream
{
	const pg_uuid_t *profile_id;
	bool		tracked;
	int64		portion;		/* rows that were asked for last */
	SPITupleTable *table;
	uint64		row;
	uint64		rows;
	TimestampTz at;				/* of the current row; of the last one that was */
	pg_uuid_t	event_id;		/* given, while the next portion is asked for */
} Stream;

typedef struct Timeline
{
	const BotPolicy *policy;
	int64		wanted;			/* rows that are still to be given */
	binaryheap *streams;		/* by their current rows */
	binaryheap *newest;			/* the times of the newest rows that were read, as
								 * many as were wanted at first; the oldest first */
} Timeline;

static void
set_current(Stream *stream)
{
	HeapTuple	row = stream->table->vals[stream->row];
	bool		isnull;

	stream->event_id = *DatumGetUUIDP(SPI_getbinval(row, stream->table->tupdesc, EVENT_ID + 1, &isnull));
	stream->at = DatumGetTimestampTz(SPI_getbinval(row, stream->table->tupdesc, EVENT_AT + 1, &isnull));
}

static bool
is_full(const binaryheap *heap)
{
	return heap->bh_size == heap->bh_space;
}

/* The time that an event must have to be given, as far as is known. */
static TimestampTz
horizon(const Timeline *timeline)
{
	return is_full(timeline->newest) ? DatumGetTimestampTz(binaryheap_first(timeline->newest)) : DT_NOBEGIN;
}

static void
note_times(Timeline *timeline, const Stream *stream)
{
	for (uint64 i = 0; i < stream->rows; i++)
	{
		bool		isnull;
		TimestampTz at = DatumGetTimestampTz(SPI_getbinval(stream->table->vals[i], stream->table->tupdesc,
														   EVENT_AT + 1, &isnull));

		if (!is_full(timeline->newest))
			binaryheap_add(timeline->newest, TimestampTzGetDatum(at));
		else if (at > horizon(timeline))
			binaryheap_replace_first(timeline->newest, TimestampTzGetDatum(at));
	}
}

/* False: there are no more. */
static bool
read_portion(Timeline *timeline, Stream *stream, int64 portion)
{
	Datum		values[7];

	values[0] = timeline->policy->bot_datum;
	values[1] = UUIDPGetDatum(stream->profile_id);
	values[2] = BoolGetDatum(stream->tracked);
	values[3] = TimestampTzGetDatum(stream->at);
	values[4] = UUIDPGetDatum(&stream->event_id);
	values[5] = TimestampTzGetDatum(horizon(timeline));
	values[6] = Int64GetDatum(portion);
	stream->portion = portion;
	stream->row = 0;
	stream->rows = store_read(&newest_events, values, NULL);
	stream->table = SPI_tuptable;
	note_times(timeline, stream);
	if (stream->rows > 0)
		set_current(stream);
	else
		SPI_freetuptable(stream->table);
	return stream->rows > 0;
}

/* To the next row. */
static bool
advance(Timeline *timeline, Stream *stream)
{
	if (++stream->row < stream->rows)
	{
		set_current(stream);
		return true;
	}
	SPI_freetuptable(stream->table);
	if (stream->rows < (uint64) stream->portion)
		return false;
	return read_portion(timeline, stream, Min(2 * stream->portion, timeline->wanted));
}

/* The oldest first. */
static int
compare_times(Datum a, Datum b, void *arg)
{
	TimestampTz one = DatumGetTimestampTz(a);
	TimestampTz other = DatumGetTimestampTz(b);

	return one == other ? 0 : (one < other ? 1 : -1);
}

/* Newest first; a uuid's order is that of its bytes. */
static int
compare_streams(Datum a, Datum b, void *arg)
{
	const Stream *one = (const Stream *) DatumGetPointer(a);
	const Stream *other = (const Stream *) DatumGetPointer(b);

	if (one->at != other->at)
		return one->at > other->at ? 1 : -1;
	return memcmp(&one->event_id, &other->event_id, UUID_LEN);
}

static const char *
kind_of(const char *name)
{
	if (strncmp(name, "TICKET_", 7) == 0)
		return "ticket";
	if (strcmp(name, "USER_MERGE") == 0 || strcmp(name, "USER_UNMERGE") == 0)
		return "merge";
	return strncmp(name, "USER_", 5) == 0 ? "profile" : "event";
}

static void
put_activity(ReturnSetInfo *result, const Stream *stream)
{
	Datum		columns[EVENT_COLUMNS];
	bool		column_nulls[EVENT_COLUMNS];
	Datum		values[8];
	bool		nulls[8] = {false};
	char	   *ref;

	heap_deform_tuple(stream->table->vals[stream->row], stream->table->tupdesc, columns, column_nulls);
	ref = json_get_text(DatumGetJsonbP(columns[EVENT_PAYLOAD]), "ticket");
	values[0] = columns[EVENT_ID];
	values[1] = columns[EVENT_AT];
	values[2] = CStringGetTextDatum(kind_of(TextDatumGetCString(columns[EVENT_NAME])));
	values[3] = columns[EVENT_NAME];
	values[4] = columns[EVENT_SOURCE];
	nulls[4] = column_nulls[EVENT_SOURCE];
	values[5] = columns[EVENT_CHANNEL];
	nulls[5] = column_nulls[EVENT_CHANNEL];
	values[6] = ref != NULL ? CStringGetTextDatum(ref) : (Datum) 0;
	nulls[6] = ref == NULL;
	values[7] = columns[EVENT_PAYLOAD];
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Gives each stream its first portion.  Until as many rows are read as are
 * wanted they may all be of one stream; then a fair share will mostly do.
 */
static void
open_streams(Timeline *timeline, const pg_uuid_t *members, int nstreams, bool tracked_too, const Stream *start)
{
	Stream	   *streams = palloc(sizeof(Stream) * nstreams);
	int64		share = (timeline->wanted + nstreams - 1) / nstreams;
	int64		missing = timeline->wanted;

	for (int i = 0; i < nstreams; i++)
	{
		Stream	   *stream = &streams[i];

		CHECK_FOR_INTERRUPTS();
		*stream = *start;
		stream->profile_id = &members[tracked_too ? i / 2 : i];
		stream->tracked = tracked_too && i % 2 == 1;
		if (!read_portion(timeline, stream, Max(missing, share)))
			continue;
		missing -= stream->rows;
		binaryheap_add_unordered(timeline->streams, PointerGetDatum(stream));
	}
	binaryheap_build(timeline->streams);
}

static void
put_timeline(Timeline *timeline, ReturnSetInfo *result)
{
	while (!binaryheap_empty(timeline->streams))
	{
		Stream	   *newest = (Stream *) DatumGetPointer(binaryheap_first(timeline->streams));

		put_activity(result, newest);
		if (--timeline->wanted == 0)
			break;
		if (advance(timeline, newest))
			binaryheap_replace_first(timeline->streams, PointerGetDatum(newest));
		else
			binaryheap_remove_first(timeline->streams);
	}
}

static int64
row_limit(FunctionCallInfo fcinfo)
{
	int32		rows = PG_ARGISNULL(2) ? 20 : PG_GETARG_INT32(2);

	if (rows < 1 || rows > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows is %d", rows),
				 errdetail("It is from 1 to %d.", MAX_ROWS)));
	return rows;
}

static Datum
activity(FunctionCallInfo fcinfo, AccessLevel level, bool tracked_too)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), level);
	Timeline	timeline = {.policy = policy};
	Stream		start = {0};
	pg_uuid_t  *members;
	int			nstreams;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	timeline.wanted = row_limit(fcinfo);
	start.at = PG_ARGISNULL(3) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(3);
	if (!PG_ARGISNULL(4))
		start.event_id = *PG_GETARG_UUID_P(4);

	store_connect();
	members = members_read(policy, PG_GETARG_UUID_P(1), &nstreams);
	if (nstreams > 0)
	{
		nstreams *= tracked_too ? 2 : 1;
		timeline.streams = binaryheap_allocate(nstreams, compare_streams, NULL);
		timeline.newest = binaryheap_allocate((int) timeline.wanted, compare_times, NULL);
		open_streams(&timeline, members, nstreams, tracked_too, &start);
		put_timeline(&timeline, (ReturnSetInfo *) fcinfo->resultinfo);
	}
	store_finish();
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(recent_activity);

Datum
recent_activity(PG_FUNCTION_ARGS)
{
	return activity(fcinfo, ACCESS_AGENT, false);
}

PG_FUNCTION_INFO_V1(all_activity);

Datum
all_activity(PG_FUNCTION_ARGS)
{
	return activity(fcinfo, ACCESS_ENGAGEMENT_USER, true);
}
