/*
 * The mapping grammar:
 *
 *   name:=constant        a constant
 *   name=column           a column
 *   name=one||other       columns joined; blank ones are left out, and the
 *                         whole is blank where the last one is
 *   name=column.key.key   a key of a jsonb column
 *
 * A column is written as in SQL: folded to lower case unless it is quoted,
 * though an unquoted name that is there as written is taken as it is.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "inbox/mapping.h"
#include "store/errors.h"
#include "store/json.h"
#include "text/unicode.h"

static const char *const ticket_names[] = {"bot", "source", "channel", "sender", "ticket", "status",
	"closed", "subject", "opened_at", "closed_at", "where"};

bool
mapping_is_ticket_name(const char *name)
{
	for (int i = 0; i < (int) lengthof(ticket_names); i++)
	{
		if (strcmp(ticket_names[i], name) == 0)
			return true;
	}
	return false;
}

static void
refuse(const char *argument, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("mapping \"%s\" can't be read", argument),
			 errdetail("%s", detail),
			 errhint("Write 'name=column', 'name:=constant', 'name=one||other' or 'name=column.key'.")));
}

/* One identifier at *position, quoted or not; moves past it. */
static char *
read_identifier(const char *argument, const char **position)
{
	StringInfoData name;
	const char *at = *position;

	initStringInfo(&name);
	while (*at == ' ')
		at++;
	if (*at == '"')
	{
		for (at++; *at != '\0'; at++)
		{
			if (*at == '"' && *++at != '"')
				break;
			appendStringInfoChar(&name, *at);
		}
		if (at[-1] != '"')
			refuse(argument, "A quoted name does not end.");
	}
	else
	{
		while (*at != '\0' && *at != ' ' && *at != '.' && *at != '|' && *at != '"')
			appendStringInfoChar(&name, *at++);
	}
	while (*at == ' ')
		at++;
	if (name.len == 0)
		refuse(argument, "A column's name is missing.");
	*position = at;
	return name.data;
}

static void
read_path(MappedName *name, const char *argument, const char **position)
{
	name->path = palloc(sizeof(char *) * (strlen(*position) / 2 + 1));
	while (**position == '.')
	{
		(*position)++;
		name->path[name->npath++] = read_identifier(argument, position);
	}
}

static void
read_columns(MappedName *name, const char *argument, const char *position)
{
	name->columns = palloc0(sizeof(MappedColumn) * (strlen(position) / 3 + 1));
	for (;;)
	{
		name->columns[name->ncolumns++].name = read_identifier(argument, &position);
		if (strncmp(position, "||", 2) != 0)
			break;
		position += 2;
	}
	if (*position == '.' && name->ncolumns == 1)
		read_path(name, argument, &position);
	if (*position != '\0')
		refuse(argument, psprintf("\"%s\" is not understood.", position));
}

static MappedName
read_argument(const char *argument)
{
	MappedName	name = {0};
	const char *equals = strchr(argument, '=');

	if (equals == NULL || equals == argument)
		refuse(argument, "It has no name and no value.");
	if (equals[-1] == ':')
	{
		name.name = pnstrdup(argument, equals - 1 - argument);
		name.constant = pstrdup(equals + 1);
	}
	else
	{
		name.name = pnstrdup(argument, equals - argument);
		read_columns(&name, argument, equals + 1);
	}
	if (name.name[0] == '\0')
		refuse(argument, "It has no name.");
	return name;
}

Mapping *
mapping_parse(int n, char **arguments)
{
	Mapping    *mapping = palloc0(sizeof(Mapping));

	mapping->names = palloc0(sizeof(MappedName) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		MappedName	name = read_argument(arguments[i]);

		if (mapping_find(mapping, name.name) != NULL)
			refuse(arguments[i], psprintf("\"%s\" is mapped twice.", name.name));
		mapping->names[mapping->n++] = name;
	}
	return mapping;
}

const MappedName *
mapping_find(const Mapping *mapping, const char *name)
{
	for (int i = 0; i < mapping->n; i++)
	{
		if (strcmp(mapping->names[i].name, name) == 0)
			return &mapping->names[i];
	}
	return NULL;
}

static AttrNumber
find_column(TupleDesc descriptor, const char *name)
{
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (!attribute->attisdropped && namestrcmp(&attribute->attname, name) == 0)
			return attribute->attnum;
	}
	return InvalidAttrNumber;
}

static char *
folded(const char *name)
{
	char	   *lower = pstrdup(name);

	for (char *at = lower; *at != '\0'; at++)
		*at = pg_ascii_tolower((unsigned char) *at);
	return lower;
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

static void
report_column(Relation relation, const char *name, int elevel)
{
	const char *nearest = nearest_column(RelationGetDescr(relation), name);

	ereport(elevel,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("column \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(relation)),
			 errdetail("The mapping names a column that the table does not have."),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
}

static bool
resolve_column(MappedColumn *column, Relation relation, int elevel)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	Oid			output;
	bool		varlena;

	column->number = find_column(descriptor, column->name);
	if (column->number == InvalidAttrNumber)
		column->number = find_column(descriptor, folded(column->name));
	if (column->number == InvalidAttrNumber)
	{
		report_column(relation, column->name, elevel);
		return false;
	}

#if PG_VERSION_NUM >= 180000
	/* A trigger's row has no value of it. */
	if (TupleDescAttr(descriptor, column->number - 1)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
	{
		ereport(elevel,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("column \"%s\" of table \"%s\" is a virtual generated column", column->name,
						RelationGetRelationName(relation)),
				 errhint("Map what it is generated from, or make it STORED.")));
		return false;
	}
#endif
	column->type = getBaseType(TupleDescAttr(descriptor, column->number - 1)->atttypid);
	column->element_type = get_element_type(column->type);
	if (OidIsValid(column->element_type))
		get_typlenbyvalalign(column->element_type, &column->length, &column->by_value, &column->alignment);
	getTypeOutputInfo(OidIsValid(column->element_type) ? column->element_type : column->type,
					  &output, &varlena);
	fmgr_info_cxt(output, &column->output, CurrentMemoryContext);
	return true;
}

static bool
is_moment(const char *name)
{
	return strcmp(name, "opened_at") == 0 || strcmp(name, "closed_at") == 0;
}

static bool
types_fit(const MappedName *name, Relation relation, int elevel)
{
	Oid			type = name->columns[0].type;

	if (name->npath > 0 && type != JSONBOID)
	{
		ereport(elevel,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("column \"%s\" of table \"%s\" is not of type jsonb", name->columns[0].name,
						RelationGetRelationName(relation)),
				 errdetail("Only a jsonb column has keys.")));
		return false;
	}
	if (is_moment(name->name) &&
		(name->ncolumns > 1 || (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)))
	{
		ereport(elevel,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("column \"%s\" of table \"%s\" can't be \"%s\"", name->columns[0].name,
						RelationGetRelationName(relation), name->name),
				 errdetail("It must be of type timestamptz, timestamp or date.")));
		return false;
	}
	return true;
}

void
mapping_resolve(Mapping *mapping, Relation relation, int elevel)
{
	for (int i = 0; i < mapping->n; i++)
	{
		MappedName *name = &mapping->names[i];
		bool		fits = true;

		if (name->constant != NULL)
			continue;
		for (int j = 0; j < name->ncolumns && fits; j++)
			fits = resolve_column(&name->columns[j], relation, elevel);
		if (!fits || !types_fit(name, relation, elevel))
			name->ncolumns = name->npath = 0;
	}
}

static Value
given_text(char *text)
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
datum_text(const MappedColumn *column, Oid type, Datum datum)
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
array_items(const MappedColumn *column, Datum datum)
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

static Value
column_value(const MappedColumn *column, HeapTuple row, TupleDesc descriptor)
{
	Value		absent = {0};
	bool		isnull;
	Datum		datum = heap_getattr(row, column->number, descriptor, &isnull);

	if (isnull)
		return absent;
	if (OidIsValid(column->element_type))
		return array_items(column, datum);
	return given_text(datum_text(column, column->type, datum));
}

static Value
joined_value(const MappedName *name, HeapTuple row, TupleDesc descriptor)
{
	StringInfoData joined;
	Value		value = {0};

	initStringInfo(&joined);
	for (int i = 0; i < name->ncolumns; i++)
	{
		value = column_value(&name->columns[i], row, descriptor);
		if (value.kind == VALUE_TEXT)
			appendStringInfoString(&joined, value.text);
	}
	return value.kind == VALUE_TEXT ? text_value(joined.data) : value;
}

static Value
jsonb_value(const MappedName *name, HeapTuple row, TupleDesc descriptor)
{
	const MappedColumn *column = &name->columns[0];
	Value		absent = {0};
	bool		isnull;
	Datum		datum = heap_getattr(row, column->number, descriptor, &isnull);
	JsonbValue *found = NULL;
	JsonbContainer *container;
	Value		value;

	if (isnull)
		return absent;
	container = &DatumGetJsonbP(datum)->root;
	for (int i = 0; i < name->npath; i++)
	{
		found = json_find(container, name->path[i]);
		if (found == NULL)
			return absent;
		if (i < name->npath - 1)
		{
			if (found->type != jbvBinary)
				return absent;
			container = found->val.binary.data;
		}
	}
	value = json_to_value(found);
	return value.kind == VALUE_TEXT ? given_text(value.text) : value;
}

Value
mapping_value(const MappedName *name, HeapTuple row, TupleDesc descriptor)
{
	Value		absent = {0};

	if (name->constant != NULL)
		return given_text(name->constant);
	if (name->ncolumns == 0)
		return absent;
	if (name->npath > 0)
		return jsonb_value(name, row, descriptor);
	if (name->ncolumns > 1)
		return joined_value(name, row, descriptor);
	return column_value(&name->columns[0], row, descriptor);
}

char *
mapping_text(const Mapping *mapping, const char *name, HeapTuple row, TupleDesc descriptor)
{
	const MappedName *mapped = mapping_find(mapping, name);
	Value		value;

	if (mapped == NULL)
		return NULL;
	value = mapping_value(mapped, row, descriptor);
	return value.kind == VALUE_TEXT ? value.text : NULL;
}

bool
mapping_moment(const Mapping *mapping, const char *name, HeapTuple row, TupleDesc descriptor,
			   int64 *moment)
{
	const MappedName *mapped = mapping_find(mapping, name);
	Datum		datum;
	bool		isnull;
	int			overflow = 0;

	if (mapped == NULL || mapped->constant != NULL || mapped->ncolumns == 0)
		return false;
	datum = heap_getattr(row, mapped->columns[0].number, descriptor, &isnull);
	if (isnull)
		return false;
	switch (mapped->columns[0].type)
	{
		case TIMESTAMPOID:
			*moment = timestamp2timestamptz_opt_overflow(DatumGetTimestamp(datum), &overflow);
			break;
		case DATEOID:
			*moment = date2timestamptz_opt_overflow(DatumGetDateADT(datum), &overflow);
			break;
		default:
			*moment = DatumGetTimestampTz(datum);
			break;
	}
	return overflow == 0 && !TIMESTAMP_NOT_FINITE(*moment);
}
