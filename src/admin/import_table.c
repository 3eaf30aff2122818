/*
 * The tables import and import_error.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "admin/import.h"
#include "store/id.h"
#include "store/plan.h"

static StorePlan insert_import = {
	.sql = "INSERT INTO user360.import (bot, import_id, source, source_file, userid_column, mapping, conflict, merge_tags, "
	"tags, tag_is_time, line_column, without_userid, allow_return, actor, started_at, progress_at, rows_total) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)",
	.nargs = 16, .argtypes = {TEXTOID, UUIDOID, TEXTOID, INT8OID, TEXTOID, JSONBOID, TEXTOID, BOOLOID, TEXTARRAYOID, BOOLOID,
	TEXTOID, TEXTOID, BOOLOID, TEXTOID, TIMESTAMPTZOID, INT8OID}
};

static StorePlan find_import = {
	.sql = "SELECT source, source_file, userid_column, mapping, conflict, merge_tags, tags, tag_is_time, line_column, "
	"without_userid, allow_return, state, position, rows_total, rows_done, new, conflicting, updated, failed, empty "
	"FROM user360.import WHERE bot" EQ "$1 AND import_id" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan find_tags = {
	.sql = "SELECT DISTINCT t.tag FROM user360.import AS i, pg_catalog.unnest(i.tags) AS t (tag) "
	"WHERE i.bot" EQ "$1 AND i.tag_is_time",
	.nargs = 1, .argtypes = {TEXTOID}
};

/* Two sessions that resume the same import would do each line twice. */
static StorePlan claim_import = {
	.sql = "SELECT 1 FROM user360.import AS i WHERE i.bot" EQ "$1 AND i.import_id" EQ "$2 AND i.rows_done" EQ "$3 "
	"FOR UPDATE OF i SKIP LOCKED",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, INT8OID}
};

static StorePlan write_progress = {
	.sql = "UPDATE user360.import SET position = $3, rows_done = $4, percent = $5, rate = $6, progress_at = $7, new = $8, "
	"conflicting = $9, updated = $10, failed = $11, empty = $12 WHERE bot" EQ "$1 AND import_id" EQ "$2",
	.nargs = 12, .argtypes = {TEXTOID, UUIDOID, TEXTOID, INT8OID, FLOAT4OID, FLOAT4OID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID,
	INT8OID, INT8OID}
};

static StorePlan finish_import = {
	.sql = "UPDATE user360.import SET state = 'done', percent = 100, ended_at = $3, progress_at = $3 "
	"WHERE bot" EQ "$1 AND import_id" EQ "$2",
	.nargs = 3, .argtypes = {TEXTOID, UUIDOID, TIMESTAMPTZOID}
};

static StorePlan insert_faults = {
	.sql = "INSERT INTO user360.import_error (bot, import_id, line, no, property, reason, value, detail, userid, \"row\") "
	"SELECT $1, $2, f.* FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), "
	"pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10)) AS f",
	.nargs = 10, .argtypes = {TEXTOID, UUIDOID, INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	TEXTARRAYOID, TEXTARRAYOID, JSONBARRAYOID}
};

static const char *const conflict_names[] = {
	[IMPORT_UPDATE] = "update",
	[IMPORT_RETAIN] = "retain",
	[IMPORT_KEEP] = "keep",
};

const char *
import_conflict_name(ImportConflict conflict)
{
	return conflict_names[conflict];
}

bool
import_conflict_from_name(const char *name, ImportConflict *conflict)
{
	for (int i = 0; i < (int) lengthof(conflict_names); i++)
	{
		if (strcmp(conflict_names[i], name) == 0)
		{
			*conflict = (ImportConflict) i;
			return true;
		}
	}
	return false;
}

static Datum
text_array(char **texts, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

void
import_insert(const BotPolicy *policy, const Import *import)
{
	Datum		values[16];
	char		nulls[] = "                ";

	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(&import->id);
	plan_set_text(values, nulls, 2, import->source_name);
	values[3] = Int64GetDatum(import->source_file);
	nulls[3] = import->source_file != 0 ? ' ' : 'n';
	plan_set_text(values, nulls, 4, import->source.userid_column);
	values[5] = import->mapping != NULL ? JsonbPGetDatum(import->mapping) : (Datum) 0;
	nulls[5] = import->mapping != NULL ? ' ' : 'n';
	plan_set_text(values, nulls, 6, import_conflict_name(import->conflict));
	values[7] = BoolGetDatum(import->merge_tags);
	values[8] = text_array(import->tags.items, import->tags.nitems);
	values[9] = BoolGetDatum(import->tag_is_time);
	plan_set_text(values, nulls, 10, import->source.line_column);
	plan_set_text(values, nulls, 11, import->create_unidentified ? "create" : "reject");
	values[12] = BoolGetDatum(import->allow_return);
	plan_set_text(values, nulls, 13, GetUserNameFromId(GetUserId(), false));
	values[14] = TimestampTzGetDatum(import->running_since);
	values[15] = Int64GetDatum(import->rows_total);
	store_write(&insert_import, values, nulls);
}

static Value
array_list(Datum datum)
{
	Value		list = {.kind = VALUE_LIST};
	Datum	   *items;

	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &list.nitems);
	list.items = palloc(sizeof(char *) * Max(list.nitems, 1));
	for (int i = 0; i < list.nitems; i++)
		list.items[i] = TextDatumGetCString(items[i]);
	return list;
}

static char *
column_text(Datum *values, bool *nulls, int column)
{
	return nulls[column] ? NULL : TextDatumGetCString(values[column]);
}

/* False: there is none.  What it says lives in the current context of before
 * SPI. */
bool
import_find(const BotPolicy *policy, Import *import)
{
	Datum		arguments[2] = {policy->bot_datum, UUIDPGetDatum(&import->id)};
	Datum		values[20];
	bool		nulls[20];

	if (store_write(&find_import, arguments, NULL) == 0)
		return false;
	heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, values, nulls);
	import->source_name = column_text(values, nulls, 0);
	import->source_file = nulls[1] ? 0 : DatumGetInt64(values[1]);
	import->source.userid_column = column_text(values, nulls, 2);
	import->mapping = nulls[3] ? NULL : DatumGetJsonbPCopy(values[3]);
	import_conflict_from_name(column_text(values, nulls, 4), &import->conflict);
	import->merge_tags = DatumGetBool(values[5]);
	import->tags = array_list(values[6]);
	import->tag_is_time = DatumGetBool(values[7]);
	import->source.line_column = column_text(values, nulls, 8);
	import->create_unidentified = strcmp(column_text(values, nulls, 9), "create") == 0;
	import->allow_return = DatumGetBool(values[10]);
	import->done = strcmp(column_text(values, nulls, 11), "done") == 0;
	import->position = column_text(values, nulls, 12);
	import->rows_total = DatumGetInt64(values[13]);
	import->counts.total = DatumGetInt64(values[14]);
	import->counts.new = DatumGetInt64(values[15]);
	import->counts.conflicting = DatumGetInt64(values[16]);
	import->counts.updated = DatumGetInt64(values[17]);
	import->counts.failed = DatumGetInt64(values[18]);
	import->counts.empty = DatumGetInt64(values[19]);
	return true;
}

void
import_read_earlier_tags(const BotPolicy *policy, Import *import)
{
	Datum		values[1] = {policy->bot_datum};
	uint64		rows = store_write(&find_tags, values, NULL);
	Value	   *list = &import->earlier_tags;

	list->kind = VALUE_LIST;
	list->items = palloc(sizeof(char *) * Max(rows, 1));
	for (uint64 i = 0; i < rows; i++)
		list->items[list->nitems++] = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
}

void
import_claim(const BotPolicy *policy, const Import *import)
{
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&import->id), Int64GetDatum(import->counts.total)};

	if (store_write(&claim_import, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("import \"%s\" is run by another session", id_text(&import->id)),
				 errhint("Table user360.import shows how far it is.")));
}

void
import_write_progress(const BotPolicy *policy, const Import *import)
{
	const ImportCounts *counts = &import->counts;
	TimestampTz now = GetCurrentTimestamp();
	double		seconds = (double) (now - import->running_since) / USECS_PER_SEC;
	char		nulls[] = "            ";
	Datum		values[12];

	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(&import->id);
	plan_set_text(values, nulls, 2, import->position);
	values[3] = Int64GetDatum(counts->total);
	values[4] = Float4GetDatum(import->rows_total > 0 ?
							   (float4) Min(100.0, 100.0 * counts->total / import->rows_total) : 100.0f);
	values[5] = Float4GetDatum(seconds > 0 ? (float4) ((counts->total - import->resumed_at) / seconds) : 0);
	values[6] = TimestampTzGetDatum(now);
	values[7] = Int64GetDatum(counts->new);
	values[8] = Int64GetDatum(counts->conflicting);
	values[9] = Int64GetDatum(counts->updated);
	values[10] = Int64GetDatum(counts->failed);
	values[11] = Int64GetDatum(counts->empty);
	store_write(&write_progress, values, nulls);
}

void
import_finish(const BotPolicy *policy, const Import *import)
{
	Datum		values[3] = {policy->bot_datum, UUIDPGetDatum(&import->id), TimestampTzGetDatum(GetCurrentTimestamp())};

	store_write(&finish_import, values, NULL);
}

/* One text of each fault. */
typedef const char *(*FaultText) (const ImportFault *fault);

static const char *
fault_property(const ImportFault *fault)
{
	return fault->property;
}

static const char *
fault_reason(const ImportFault *fault)
{
	return fault->reason;
}

static const char *
fault_value(const ImportFault *fault)
{
	return fault->value;
}

static const char *
fault_detail(const ImportFault *fault)
{
	return fault->detail;
}

static const char *
fault_userid(const ImportFault *fault)
{
	return fault->userid;
}

static Datum
fault_texts(const ImportFault *faults, int n, FaultText text)
{
	Datum	   *elements = palloc(sizeof(Datum) * n);
	bool	   *nulls = palloc(sizeof(bool) * n);
	int			dimensions[1] = {n};
	int			bounds[1] = {1};

	for (int i = 0; i < n; i++)
	{
		const char *one = text(&faults[i]);

		nulls[i] = one == NULL;
		elements[i] = one != NULL ? CStringGetTextDatum(one) : (Datum) 0;
	}
	return PointerGetDatum(construct_md_array(elements, nulls, 1, dimensions, bounds, TEXTOID, -1, false, TYPALIGN_INT));
}

void
import_write_faults(const BotPolicy *policy, const Import *import, const ImportFault *faults, int n)
{
	static const FaultText texts[] = {fault_property, fault_reason, fault_value, fault_detail, fault_userid};
	Datum	   *lines = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *numbers = palloc(sizeof(Datum) * Max(n, 1));
	Datum	   *rows = palloc(sizeof(Datum) * Max(n, 1));
	Datum		values[10];

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
	{
		lines[i] = Int64GetDatum(faults[i].line);
		numbers[i] = Int32GetDatum(faults[i].no);
		rows[i] = JsonbPGetDatum(faults[i].row);
	}
	values[0] = policy->bot_datum;
	values[1] = UUIDPGetDatum(&import->id);
	values[2] = PointerGetDatum(construct_array(lines, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] = PointerGetDatum(construct_array(numbers, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	for (int i = 0; i < (int) lengthof(texts); i++)
		values[4 + i] = fault_texts(faults, n, texts[i]);
	values[9] = PointerGetDatum(construct_array(rows, n, JSONBOID, -1, false, TYPALIGN_INT));
	store_write(&insert_faults, values, NULL);
}
