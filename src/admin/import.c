/*
 * import_users(): customers out of a table or view, in batches.
 *
 * Each batch is a transaction of its own: its lines are read as the caller,
 * written by our plans, and committed with the place where the next one goes
 * on, so that whatever breaks off is resumed exactly there.  Users are
 * switched within single plans only, never across a commit.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "admin/import.h"
#include "catalog/pg_type.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/plan.h"

enum
{
	ARGUMENT_BOT,
	ARGUMENT_SOURCE,
	ARGUMENT_USERID_COLUMN,
	ARGUMENT_MAPPING,
	ARGUMENT_CONFLICT,
	ARGUMENT_MERGE_TAGS,
	ARGUMENT_TAGS,
	ARGUMENT_LINE_COLUMN,
	ARGUMENT_RESUME,
	ARGUMENT_WITHOUT_USERID,
	ARGUMENT_ALLOW_RETURN
};

/* Where the call stands: may it commit, and what lives as long as it does. */
typedef struct Run
{
	Import		import;
	bool		atomic;
	MemoryContext call;
	MemoryContext batch;		/* the lines that were read */
	MemoryContext work;			/* what some of them take to be done */
} Run;

/* The first block of a context stays with it: as large as what a batch takes,
 * memory need not be asked for anew each time. */
#define LINES_SIZE	(2 * 1024 * 1024)
#define WORK_SIZE	(8 * 1024 * 1024)

static bool
is_atomic(FunctionCallInfo fcinfo)
{
	return fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		((CallContext *) fcinfo->context)->atomic || IsSubTransaction();
}

static void
refuse_argument(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message),
			 errhint("%s", hint)));
}

static char *
optional_name(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : pstrdup(NameStr(*PG_GETARG_NAME(argument)));
}

static bool
required_boolean(FunctionCallInfo fcinfo, int argument, const char *name)
{
	require_argument(fcinfo, argument, name);
	return PG_GETARG_BOOL(argument);
}

static bool
creates_unidentified(FunctionCallInfo fcinfo)
{
	char	   *mode = required_text(fcinfo, ARGUMENT_WITHOUT_USERID, "without_userid");

	if (strcmp(mode, "reject") != 0 && strcmp(mode, "create") != 0)
		refuse_argument(psprintf("without_userid can't be \"%s\"", mode), "It is reject or create.");
	return strcmp(mode, "create") == 0;
}

static void
read_conflict(FunctionCallInfo fcinfo, Import *import)
{
	char	   *conflict = required_text(fcinfo, ARGUMENT_CONFLICT, "conflict");

	if (!import_conflict_from_name(conflict, &import->conflict))
		refuse_argument(psprintf("conflict mode \"%s\" does not exist", conflict), "The modes are update, retain and keep.");
}

/* The tag of an import that is given none: its time, to the second, in UTC. */
static char *
time_tag(TimestampTz at)
{
	struct pg_tm time;
	fsec_t		fraction;

	if (timestamp2tm(at, NULL, &time, &fraction, NULL, NULL) != 0)
		elog(ERROR, "the clock shows no time");
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", time.tm_year, time.tm_mon, time.tm_mday,
					time.tm_hour, time.tm_min, time.tm_sec);
}

static void
add_tag(const BotPolicy *policy, Value *tags, const char *given)
{
	char	   *tag = NULL;
	const char *reason = property_normalize(policy, &system_properties[TAGS], given, strlen(given), &tag);

	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("tag \"%s\" can't be given", clip_value(given, strlen(given))),
				 errdetail("As a value of type list: %s.", reason),
				 errhint("Give a shorter one.")));
	if (tag[0] != '\0' && !list_contains(tags, tag))
		tags->items[tags->nitems++] = tag;
}

static void
read_tags(FunctionCallInfo fcinfo, const BotPolicy *policy, Import *import)
{
	Datum	   *items;
	bool	   *nulls;
	int			n;

	import->tags.kind = VALUE_LIST;
	import->tag_is_time = PG_ARGISNULL(ARGUMENT_TAGS);
	if (import->tag_is_time)
	{
		import->tags.items = palloc(sizeof(char *));
		import->tags.items[import->tags.nitems++] = time_tag(import->running_since);
		return;
	}
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARGUMENT_TAGS), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	import->tags.items = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			add_tag(policy, &import->tags, TextDatumGetCString(items[i]));
	}
}

static char *
qualified_name(Oid relation)
{
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	return psprintf("%s.%s", get_namespace_name(get_rel_namespace(relation)), name);
}

static void
require_userid_property(const BotPolicy *policy, const Import *import)
{
	if (import->source.userid_column == NULL && !import->create_unidentified)
		refuse_argument("userid_column is not given", "Name the column of the userIds, or let customers without one in: without_userid => 'create'.");
	if (import->source.userid_column != NULL && policy->userid == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_NO_USERID_PROPERTY),
				 errmsg("bot \"%s\" has no userId property", policy->bot),
				 errhint("Choose one with user360.set_userid_property().")));
}

/* A new import, as its arguments say; nothing is written before all of them
 * are looked at. */
static void
start(FunctionCallInfo fcinfo, const BotPolicy *policy, Import *import)
{
	import->source.userid_column = optional_name(fcinfo, ARGUMENT_USERID_COLUMN);
	import->source.line_column = optional_name(fcinfo, ARGUMENT_LINE_COLUMN);
	if (!PG_ARGISNULL(ARGUMENT_MAPPING))
		import->mapping = (Jsonb *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(ARGUMENT_MAPPING));
	read_conflict(fcinfo, import);
	import->merge_tags = required_boolean(fcinfo, ARGUMENT_MERGE_TAGS, "merge_tags");
	import->create_unidentified = creates_unidentified(fcinfo);
	import->allow_return = required_boolean(fcinfo, ARGUMENT_ALLOW_RETURN, "allow_return");
	read_tags(fcinfo, policy, import);
	import->source_name = qualified_name(import->source.relation);
	require_userid_property(policy, import);
	import_map(import, policy);
	import_source_count(import);
	import->id = new_id();
	import_insert(policy, import);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* An argument that says something else than the import that is resumed. */
static void
refuse_other(const Import *import, const char *argument, bool differs)
{
	if (differs)
		refuse_argument(psprintf("%s is not that of import \"%s\"", argument, id_text(&import->id)),
						"Leave it out: what is resumed goes on as it was started.");
}

static bool
other_tags(FunctionCallInfo fcinfo, const BotPolicy *policy, const Import *import)
{
	Import		given = {.source = {0}};

	if (PG_ARGISNULL(ARGUMENT_TAGS))
		return false;
	read_tags(fcinfo, policy, &given);
	return !value_equal(&given.tags, &import->tags);
}

static void
compare_arguments(FunctionCallInfo fcinfo, const BotPolicy *policy, const Import *import)
{
	char	   *conflict = required_text(fcinfo, ARGUMENT_CONFLICT, "conflict");
	bool		create = creates_unidentified(fcinfo);

	refuse_other(import, "source", !same_text(qualified_name(import->source.relation), import->source_name));
	refuse_other(import, "userid_column", !same_text(optional_name(fcinfo, ARGUMENT_USERID_COLUMN), import->source.userid_column));
	refuse_other(import, "line_column", !PG_ARGISNULL(ARGUMENT_LINE_COLUMN) &&
				 !same_text(optional_name(fcinfo, ARGUMENT_LINE_COLUMN), import->source.line_column));
	refuse_other(import, "conflict", strcmp(conflict, "update") != 0 &&
				 strcmp(conflict, import_conflict_name(import->conflict)) != 0);
	refuse_other(import, "merge_tags", !PG_ARGISNULL(ARGUMENT_MERGE_TAGS) && PG_GETARG_BOOL(ARGUMENT_MERGE_TAGS) && !import->merge_tags);
	refuse_other(import, "without_userid", create && !import->create_unidentified);
	refuse_other(import, "allow_return", !PG_ARGISNULL(ARGUMENT_ALLOW_RETURN) && PG_GETARG_BOOL(ARGUMENT_ALLOW_RETURN) && !import->allow_return);
	refuse_other(import, "mapping", !PG_ARGISNULL(ARGUMENT_MAPPING) &&
				 !json_equal(PG_GETARG_JSONB_P(ARGUMENT_MAPPING), import->mapping));
	refuse_other(import, "tags", other_tags(fcinfo, policy, import));
}

/* The import that broke off.  Lines of a table that was rewritten meanwhile
 * are not where they were. */
static void
go_on(FunctionCallInfo fcinfo, const BotPolicy *policy, Import *import)
{
	int64		source_file;

	import->id = *PG_GETARG_UUID_P(ARGUMENT_RESUME);
	if (!import_find(policy, import))
		refuse_argument(psprintf("import \"%s\" of bot \"%s\" does not exist", id_text(&import->id), policy->bot),
						"Table user360.import has the imports of each bot.");
	compare_arguments(fcinfo, policy, import);
	import->resumed_at = import->counts.total;
	if (import->done)
		return;
	source_file = import->source_file;
	import_map(import, policy);
	if (import->source_file != source_file)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" was rewritten since import \"%s\" was started", import->source_name, id_text(&import->id)),
				 errdetail("Its lines are not where they were."),
				 errhint("Import it anew: what is there already does not change by it.")));
}

static void
commit(const Run *run)
{
	if (run->atomic)
		return;
	SPI_commit();
	EnsurePortalSnapshotExists();
}

/* Some lines in a transaction; how many. */
static int
import_some(Run *run, const ImportLine *lines, int n)
{
	Import	   *import = &run->import;
	BotPolicy  *policy = access_check(import->bot, ACCESS_CAPTURE);
	int			done;

	store_connect();
	MemoryContextSwitchTo(run->work);
	import_claim(policy, import);
	done = import_lines(import, policy, lines, n);
	if (import->position != NULL)
		pfree((char *) import->position);
	import->position = MemoryContextStrdup(run->call, lines[done - 1].position);
	import_write_progress(policy, import);
	store_finish();
	MemoryContextReset(run->work);
	commit(run);
	return done;
}

static void
import_all(Run *run)
{
	Import	   *import = &run->import;
	ImportLines lines;

	import_source_open(import);
	MemoryContextSwitchTo(run->batch);
	while (import_source_read(import, run->batch, &lines))
	{
		for (int done = 0; done < lines.n;)
			done += import_some(run, lines.lines + done, lines.n - done);
		MemoryContextReset(run->batch);
	}
	MemoryContextSwitchTo(run->call);
	import_source_close(import);
	store_connect();
	import_finish(access_check(import->bot, ACCESS_CAPTURE), import);
	store_finish();
}

static Datum
report(FunctionCallInfo fcinfo, MemoryContext context, const Import *import)
{
	const ImportCounts *counts = &import->counts;
	bool		nulls[7] = {false};
	Datum		values[7];

	values[0] = UUIDPGetDatum(&import->id);
	values[1] = Int64GetDatum(counts->total);
	values[2] = Int64GetDatum(counts->new);
	values[3] = Int64GetDatum(counts->conflicting);
	values[4] = Int64GetDatum(counts->updated);
	values[5] = Int64GetDatum(counts->failed);
	values[6] = Int64GetDatum(counts->empty);
	return composite_result(fcinfo, context, values, nulls);
}

static void
prepare(FunctionCallInfo fcinfo, Run *run)
{
	Import	   *import = &run->import;
	BotPolicy  *policy = access_check(import->bot, ACCESS_CAPTURE);

	import->running_since = GetCurrentTimestamp();
	require_argument(fcinfo, ARGUMENT_SOURCE, "source");
	import->source.relation = PG_GETARG_OID(ARGUMENT_SOURCE);
	if (PG_ARGISNULL(ARGUMENT_RESUME))
		start(fcinfo, policy, import);
	else
		go_on(fcinfo, policy, import);
	import_read_earlier_tags(policy, import);
}

PG_FUNCTION_INFO_V1(import_users);

Datum
import_users(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Run		   *run = palloc0(sizeof(Run));
	Datum		answer;

	run->import.bot = required_text(fcinfo, ARGUMENT_BOT, "bot");
	access_check(run->import.bot, ACCESS_CAPTURE);
	run->atomic = is_atomic(fcinfo);
	if (SPI_connect_ext(run->atomic ? 0 : SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect_ext failed");
	run->call = CurrentMemoryContext;
	run->batch = AllocSetContextCreate(run->call, "user360 import lines", LINES_SIZE, LINES_SIZE, WORK_SIZE);
	run->work = AllocSetContextCreate(run->call, "user360 import", WORK_SIZE, WORK_SIZE, WORK_SIZE);
	prepare(fcinfo, run);
	if (run->atomic)
		ereport(NOTICE,
				(errmsg("import_users does not commit in a transaction block"),
				 errdetail("All of it is committed, or rolled back, with the transaction.")));
	commit(run);
	if (!run->import.done)
		import_all(run);
	answer = report(fcinfo, caller, &run->import);
	SPI_finish();
	return answer;
}
