/*
 * Reading the lines of an import, as the caller: the source may be a view, and
 * its columns may be of types, whose functions are anybody's.
 *
 * A table is read in its physical order, a few blocks at a time, each read a
 * statement of its own, so that nothing is kept over the commits between them.
 * What has a line_column is read by a cursor, which a first commit makes
 * PostgreSQL finish and keep.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/bufmgr.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "admin/import.h"
#include "store/errors.h"

#define BATCH_LINES		1000
#define FIRST_WINDOW	16
#define MAX_WINDOW		4096

/* The places of the line's number or position, and of the first column. */
#define LINE_COLUMN		1
#define FIRST_COLUMN	2

static const char *
quoted_source(const Import *import)
{
	Oid			relation = import->source.relation;
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("\"%s\" is not there any more", import->source_name)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

static void
append_columns(StringInfo sql, const ImportSource *source)
{
	for (int i = 0; i < source->ncolumns; i++)
		appendStringInfo(sql, ", s.%s", quote_identifier(source->columns[i].name));
}

static void
open_cursor(Import *import)
{
	ImportSource *source = &import->source;
	const char *line = quote_identifier(source->line_column);
	Oid			types[1] = {INT8OID};
	Datum		values[1];
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT s.%s::pg_catalog.int8", line);
	append_columns(&sql, source);
	appendStringInfo(&sql, " FROM %s AS s", quoted_source(import));
	if (import->position != NULL)
	{
		values[0] = Int64GetDatum(strtoll(import->position, NULL, 10));
		appendStringInfo(&sql, " WHERE s.%s OPERATOR(pg_catalog.>) $1", line);
	}
	appendStringInfo(&sql, " ORDER BY s.%s", line);
	source->portal = SPI_cursor_open_with_args(NULL, sql.data, import->position != NULL ? 1 : 0, types, values, NULL,
											   false, 0);

	/* A commit makes a pinned portal outlive the transaction. */
	PinPortal(source->portal);
}

void
import_source_open(Import *import)
{
	import->source.window = FIRST_WINDOW;
	if (import->source.line_column != NULL)
		open_cursor(import);
}

void
import_source_close(Import *import)
{
	if (import->source.portal == NULL)
		return;
	UnpinPortal(import->source.portal);
	SPI_cursor_close(import->source.portal);
	import->source.portal = NULL;
}

static int64
counted(int column)
{
	bool		isnull;

	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull));
}

static void
refuse_numbers(const Import *import, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("column \"%s\" does not number the lines: %s", import->source.line_column, what),
			 errdetail("The order of the lines, and where a broken off import goes on, are known by it."),
			 errhint("Give each line a number of its own.")));
}

/* Counts the lines, and sees that each has a number of its own. */
void
import_source_count(Import *import)
{
	const char *line = import->source.line_column;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT pg_catalog.count(*)");
	if (line != NULL)
		appendStringInfo(&sql, ", pg_catalog.count(s.%1$s), pg_catalog.count(DISTINCT s.%1$s)", quote_identifier(line));
	appendStringInfo(&sql, " FROM %s AS s", quoted_source(import));
	if (SPI_execute(sql.data, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "counting the lines failed");
	import->rows_total = counted(1);
	if (line != NULL && counted(2) < import->rows_total)
		refuse_numbers(import, "some have none");
	if (line != NULL && counted(3) < import->rows_total)
		refuse_numbers(import, "some have the same");
	SPI_freetuptable(SPI_tuptable);
}

/* How one column of a result becomes a value. */
typedef struct Reader
{
	bool		is_text;
	bool		is_array;
	Oid			type;
	FmgrInfo	output;
} Reader;

static Reader *
make_readers(const ImportSource *source, TupleDesc descriptor)
{
	Reader	   *readers = palloc(sizeof(Reader) * Max(source->ncolumns, 1));

	for (int i = 0; i < source->ncolumns; i++)
	{
		Oid			type = SPI_gettypeid(descriptor, FIRST_COLUMN + i);
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(type, &output, &is_varlena);
		fmgr_info(output, &readers[i].output);
		readers[i].type = type;
		readers[i].is_text = type == TEXTOID || type == VARCHAROID;
		readers[i].is_array = source->columns[i].is_array;
	}
	return readers;
}

static Value
read_array(Datum datum)
{
	Value		value = {.kind = VALUE_LIST};
	Datum	   *items;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	value.items = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			value.items[value.nitems++] = TextDatumGetCString(items[i]);
	}
	return value;
}

static Value
read_value(Reader *reader, Datum datum)
{
	if (reader->is_array)
		return read_array(datum);
	if (reader->is_text)
		return text_value(TextDatumGetCString(datum));

	/* Whatever the session's DateStyle is, 01-02 is no date to guess at. */
	if (reader->type == DATEOID || reader->type == TIMEOID || reader->type == TIMESTAMPOID || reader->type == TIMESTAMPTZOID)
		return text_value(JsonEncodeDateTime(palloc(MAXDATELEN + 1), datum, reader->type, NULL));
	return text_value(OutputFunctionCall(&reader->output, datum));
}

static void
read_line(const Import *import, Reader *readers, HeapTuple row, TupleDesc descriptor, ImportLine *line)
{
	const ImportSource *source = &import->source;
	Datum	   *values = palloc(sizeof(Datum) * descriptor->natts);
	bool	   *nulls = palloc(sizeof(bool) * descriptor->natts);

	heap_deform_tuple(row, descriptor, values, nulls);
	if (source->line_column != NULL)
	{
		line->number = DatumGetInt64(values[LINE_COLUMN - 1]);
		line->position = psprintf(INT64_FORMAT, line->number);
	}
	else
	{
		ItemPointer tid = (ItemPointer) DatumGetPointer(values[LINE_COLUMN - 1]);

		line->position = psprintf("(%u,%u)", ItemPointerGetBlockNumber(tid), ItemPointerGetOffsetNumber(tid));
	}
	line->values = palloc0(sizeof(Value) * Max(source->ncolumns, 1));
	for (int i = 0; i < source->ncolumns; i++)
	{
		if (!nulls[FIRST_COLUMN - 1 + i])
			line->values[i] = read_value(&readers[i], values[FIRST_COLUMN - 1 + i]);
	}
	pfree(values);
	pfree(nulls);
}

/* Copies the current result out of SPI. */
static void
take_lines(const Import *import, MemoryContext context, ImportLines *lines)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Reader	   *readers = make_readers(&import->source, SPI_tuptable->tupdesc);

	lines->n = (int) SPI_processed;
	lines->lines = palloc0(sizeof(ImportLine) * Max(lines->n, 1));
	for (int i = 0; i < lines->n; i++)
	{
		read_line(import, readers, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, &lines->lines[i]);
		if (import->source.line_column == NULL)
			lines->lines[i].number = import->counts.total + i + 1;
	}
	SPI_freetuptable(SPI_tuptable);
	MemoryContextSwitchTo(old);
}

static BlockNumber
blocks_of(Oid relation_id)
{
	Relation	relation = relation_open(relation_id, AccessShareLock);
	BlockNumber blocks = RelationGetNumberOfBlocks(relation);

	relation_close(relation, NoLock);
	return blocks;
}

static void
position_tid(const char *position, ItemPointer tid)
{
	unsigned int block = 0;
	unsigned int offset = 0;

	if (position != NULL && sscanf(position, "(%u,%u)", &block, &offset) != 2)
		elog(ERROR, "\"%s\" is no position in a table", position);
	ItemPointerSet(tid, block, (OffsetNumber) offset);
}

/* Lines behind after and before a block. */
static void
read_window(Import *import, MemoryContext context, ItemPointer after, BlockNumber end, ImportLines *lines)
{
	ItemPointerData before;
	Oid			types[2] = {TIDOID, TIDOID};
	Datum		values[2];
	StringInfoData sql;

	ItemPointerSet(&before, end, 0);
	values[0] = PointerGetDatum(after);
	values[1] = PointerGetDatum(&before);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT s.ctid");
	append_columns(&sql, &import->source);
	appendStringInfo(&sql, " FROM %s AS s WHERE s.ctid OPERATOR(pg_catalog.>) $1 AND s.ctid OPERATOR(pg_catalog.<) $2 "
					 "ORDER BY s.ctid", quoted_source(import));
	if (SPI_execute_with_args(sql.data, 2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the lines failed");
	take_lines(import, context, lines);
}

/* Windows of about as many lines as a batch should have. */
static void
adapt_window(ImportSource *source, int n)
{
	if (n < BATCH_LINES / 2 && source->window < MAX_WINDOW)
		source->window *= 2;
	else if (n > 2 * BATCH_LINES && source->window > 1)
		source->window /= 2;
}

static bool
read_table(Import *import, MemoryContext context, ImportLines *lines)
{
	BlockNumber blocks = blocks_of(import->source.relation);
	ItemPointerData after;

	position_tid(import->position, &after);
	while (ItemPointerGetBlockNumberNoCheck(&after) < blocks)
	{
		BlockNumber end = Min(blocks, ItemPointerGetBlockNumberNoCheck(&after) + import->source.window);

		read_window(import, context, &after, end, lines);
		adapt_window(&import->source, lines->n);
		if (lines->n > 0)
			return true;
		ItemPointerSet(&after, end, 0);
	}
	return false;
}

bool
import_source_read(Import *import, MemoryContext context, ImportLines *lines)
{
	if (import->source.line_column == NULL)
		return read_table(import, context, lines);
	SPI_cursor_fetch(import->source.portal, true, BATCH_LINES);
	if (SPI_processed == 0)
		return false;
	take_lines(import, context, lines);
	return true;
}
