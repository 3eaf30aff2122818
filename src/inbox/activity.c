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

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "identity/members.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/json.h"
#include "store/plan.h"
#include "store/probe.h"

#define MAX_ROWS	1000

/* Columns of the table. */
enum
{
	EVENT_ID = 2,
	EVENT_AT = 3,
	EVENT_NAME = 5,
	EVENT_SOURCE = 6,
	EVENT_CHANNEL = 7,
	EVENT_PAYLOAD = 9
};

static StoreProbe newest_events = {
	.table = "event", .index = "event_timeline", .nkeys = 3, .nbelow = 2, .least = true, .last = true,
	.types = {TEXTOID, UUIDOID, BOOLOID, TIMESTAMPTZOID, UUIDOID}
};

/* The events of one member, newest first. */
typedef struct Stream
{
	const pg_uuid_t *profile_id;
	bool		tracked;
	int			portion;		/* rows that were asked for last */
	MemoryContext context;		/* of the rows that were read last */
	ProbedRow  *row;			/* the current one */
	int			left;			/* rows, the current one among them */
	bool		ended;			/* there are no more than those */
	TimestampTz at;				/* of the current row; of the last one that was */
	pg_uuid_t	event_id;		/* given, while the next portion is asked for */
} Stream;

typedef struct Timeline
{
	const BotPolicy *policy;
	int			wanted;			/* rows that are still to be given */
	binaryheap *streams;		/* by their current rows */
	binaryheap *newest;			/* the times of the newest rows that were read, as
								 * many as were wanted at first; the oldest first */
} Timeline;

static void
set_current(Stream *stream)
{
	stream->event_id = *DatumGetUUIDP(stream->row->values[EVENT_ID]);
	stream->at = DatumGetTimestampTz(stream->row->values[EVENT_AT]);
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
	for (int i = 0; i < stream->left; i++)
	{
		TimestampTz at = DatumGetTimestampTz(stream->row[i].values[EVENT_AT]);

		if (!is_full(timeline->newest))
			binaryheap_add(timeline->newest, TimestampTzGetDatum(at));
		else if (at > horizon(timeline))
			binaryheap_replace_first(timeline->newest, TimestampTzGetDatum(at));
	}
}

/* False: there are no more. */
static bool
read_portion(Timeline *timeline, Stream *stream, int portion)
{
	Datum		keys[6];
	MemoryContext old;

	keys[0] = timeline->policy->bot_datum;
	keys[1] = UUIDPGetDatum(stream->profile_id);
	keys[2] = BoolGetDatum(stream->tracked);
	keys[3] = TimestampTzGetDatum(stream->at);
	keys[4] = UUIDPGetDatum(&stream->event_id);
	keys[5] = TimestampTzGetDatum(horizon(timeline));
	stream->portion = portion;
	stream->context = AllocSetContextCreate(CurrentMemoryContext, "user360 events", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(stream->context);
	stream->row = palloc(sizeof(ProbedRow) * portion);
	stream->left = store_probe_rows(&newest_events, keys, stream->row, portion);
	MemoryContextSwitchTo(old);
	stream->ended = stream->left < portion;
	note_times(timeline, stream);
	if (stream->left > 0)
		set_current(stream);
	else
		MemoryContextDelete(stream->context);
	return stream->left > 0;
}

/* To the next row. */
static bool
advance(Timeline *timeline, Stream *stream)
{
	if (--stream->left > 0)
	{
		stream->row++;
		set_current(stream);
		return true;
	}
	MemoryContextDelete(stream->context);
	if (stream->ended)
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
	const Datum *columns = stream->row->values;
	const bool *column_nulls = stream->row->nulls;
	Datum		values[8];
	bool		nulls[8] = {false};
	char	   *ref;

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
	int			share = (timeline->wanted + nstreams - 1) / nstreams;
	int			missing = timeline->wanted;

	for (int i = 0; i < nstreams; i++)
	{
		Stream	   *stream = &streams[i];

		CHECK_FOR_INTERRUPTS();
		*stream = *start;
		stream->profile_id = &members[tracked_too ? i / 2 : i];
		stream->tracked = tracked_too && i % 2 == 1;
		if (!read_portion(timeline, stream, Max(missing, share)))
			continue;
		missing -= stream->left;
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

static int32
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
