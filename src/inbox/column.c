/*
 * Columns of a user's table.
 *
 * They are found by name in each relation, since partitions number them
 * differently.  Output functions of their types run as whoever calls.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "inbox/column.h"
#include "store/errors.h"
#include "store/json.h"
#include "text/unicode.h"

static void
skip_spaces(const char **position)
{
	while (**position == ' ')
		(*position)++;
}

static bool
ends_identifier(const char *at)
{
	return *at == '\0' || strchr(" .|\"", *at) != NULL || strncmp(at, "->", 2) == 0;
}

const char *
identifier_read(const char **position, char **identifier)
{
	StringInfoData name;
	const char *at;

	initStringInfo(&name);
	skip_spaces(position);
	at = *position;
	if (*at == '"')
	{
		for (at++; *at != '\0'; at++)
		{
			if (*at == '"' && *++at != '"')
				break;
			appendStringInfoChar(&name, *at);
		}
		if (at[-1] != '"')
			return "A quoted name does not end.";
	}
	else
	{
		while (!ends_identifier(at))
			appendStringInfoChar(&name, *at++);
	}
	*position = at;
	skip_spaces(position);
	*identifier = name.data;
	return name.len > 0 ? NULL : "A column's name is missing.";
}

char *
identifier_folded(const char *name)
{
	char	   *lower = pstrdup(name);

	for (char *at = lower; *at != '\0'; at++)
		*at = pg_ascii_tolower((unsigned char) *at);
	return lower;
}

static AttrNumber
exact_number(TupleDesc descriptor, const char *name)
{
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (!attribute->attisdropped && namestrcmp(&attribute->attname, name) == 0)
			return attribute->attnum;
	}
	return InvalidAttrNumber;
}

AttrNumber
column_number(TupleDesc descriptor, const char *name)
{
	AttrNumber	number = exact_number(descriptor, name);

	return number != InvalidAttrNumber ? number : exact_number(descriptor, identifier_folded(name));
}

static const char *
nearest_column(TupleDesc descriptor, const char *name)
{
	const char *nearest = NULL;
	int			least = PG_INT32_MAX;

	if (strlen(name) > NAMEDATALEN)
		return NULL;
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		const char *candidate = NameStr(attribute->attname);
		int			distance;

		if (attribute->attisdropped)
			continue;
		distance = varstr_levenshtein(name, strlen(name), candidate, strlen(candidate), 1, 1, 1, true);
		if (distance < least)
		{
			least = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

void
column_report_missing(const RowShape *shape, const char *name, int elevel)
{
	const char *nearest = nearest_column(shape->descriptor, name);

	ereport(elevel,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("column \"%s\" of table \"%s\" does not exist", name, shape->table),
			 errdetail("The mapping names a column that the table does not have."),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
}

bool
column_resolve(Column *column, const RowShape *shape, int elevel)
{
	Oid			output;
	bool		varlena;

	column->number = column_number(shape->descriptor, column->name);
	if (column->number == InvalidAttrNumber)
	{
		column_report_missing(shape, column->name, elevel);
		return false;
	}

#if PG_VERSION_NUM >= 180000
	/* A trigger's row has no value of it. */
	if (TupleDescAttr(shape->descriptor, column->number - 1)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
	{
		ereport(elevel,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("column \"%s\" of table \"%s\" is a virtual generated column", column->name, shape->table),
				 errhint("Map what it is generated from, or make it STORED.")));
		return false;
	}
#endif
	column->type = getBaseType(TupleDescAttr(shape->descriptor, column->number - 1)->atttypid);
	column->element_type = get_element_type(column->type);
	if (OidIsValid(column->element_type))
		get_typlenbyvalalign(column->element_type, &column->length, &column->by_value, &column->alignment);
	getTypeOutputInfo(OidIsValid(column->element_type) ? column->element_type : column->type,
					  &output, &varlena);
	fmgr_info_cxt(output, &column->output, CurrentMemoryContext);
	return true;
}

Value
value_unless_blank(char *text)
{
	if (text == NULL || text_is_blank(text, strlen(text)))
		text = NULL;
	return text_value(text);
}

static char *
without_padding(char *text)
{
	size_t		length = strlen(text);

	while (length > 0 && text[length - 1] == ' ')
		text[--length] = '\0';
	return text;
}

/* Dates and times in ISO 8601 and UTC, whatever the session's DateStyle and
 * TimeZone. */
static char *
datum_text(const Column *column, Oid type, Datum datum)
{
	char		buffer[MAXDATELEN + 1];
	int			utc = 0;

	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(datum);
		case BPCHAROID:
			return without_padding(TextDatumGetCString(datum));
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return pstrdup(JsonEncodeDateTime(buffer, datum, type, &utc));
		default:
			return OutputFunctionCall((FmgrInfo *) &column->output, datum);
	}
}

static Value
array_items(const Column *column, Datum datum)
{
	Value		value = {.kind = VALUE_LIST};
	Datum	   *items;
	bool	   *nulls;

	deconstruct_array(DatumGetArrayTypeP(datum), column->element_type, column->length, column->by_value,
					  column->alignment, &items, &nulls, &value.nitems);
	value.items = palloc0(sizeof(char *) * Max(value.nitems, 1));
	for (int i = 0; i < value.nitems; i++)
	{
		value.items[i] = nulls[i] ? pstrdup("") :
			datum_text(column, column->element_type, items[i]);
	}
	return value;
}

Value
column_value(const Column *column, HeapTuple row, TupleDesc descriptor)
{
	Value		absent = {0};
	bool		isnull;
	Datum		datum = heap_getattr(row, column->number, descriptor, &isnull);

	if (isnull)
		return absent;
	if (OidIsValid(column->element_type))
		return array_items(column, datum);
	return value_unless_blank(datum_text(column, column->type, datum));
}

Value
column_value_at(const Column *column, char *const *path, int npath, HeapTuple row, TupleDesc descriptor)
{
	Value		absent = {0};
	bool		isnull;
	Datum		datum = heap_getattr(row, column->number, descriptor, &isnull);
	JsonbValue *found = NULL;
	JsonbContainer *container;
	Value		value;

	if (isnull)
		return absent;
	container = &DatumGetJsonbP(datum)->root;
	for (int i = 0; i < npath; i++)
	{
		found = json_find(container, path[i]);
		if (found == NULL)
			return absent;
		if (i < npath - 1)
		{
			if (found->type != jbvBinary)
				return absent;
			container = found->val.binary.data;
		}
	}
	value = json_to_value(found);
	return value.kind == VALUE_TEXT ? value_unless_blank(value.text) : value;
}
