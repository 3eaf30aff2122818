/*
 * The mapping grammar:
 *
 *   name:=constant        a constant
 *   name=column           a column
 *   name=one||other       columns joined; blank ones are left out, and the
 *                         whole is blank where the last one is
 *   name=column.key.key   a key of a jsonb column
 *   name=column->schema.table.column
 *                         a column, or a key of a jsonb one, of the row of
 *                         another table whose key the column has
 *
 * A column is written as in SQL: folded to lower case unless it is quoted,
 * though an unquoted name that is there as written is taken as it is.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "inbox/mapping.h"
#include "store/errors.h"

static const char *const ticket_names[] = {"bot", "source", "channel", "sender", "ticket", "status",
	"closed", "subject", "opened_at", "closed_at", "where", "contact", "contacts", "contacts_channel"};

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
			 errhint("Write 'name=column', 'name:=constant', 'name=one||other', 'name=column.key' or 'name=column->schema.table.column'.")));
}

static char *
read_identifier(const char *argument, const char **position)
{
	char	   *identifier;
	const char *reason = identifier_read(position, &identifier);

	if (reason != NULL)
		refuse(argument, reason);
	return identifier;
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
read_look_up(MappedName *name, const char *argument, const char **position)
{
	const char *reason;

	name->look_up = palloc(sizeof(LookUp));
	reason = table_name_read(position, &name->look_up->table);
	if (reason == NULL && **position != '.')
		reason = "A look-up is written as column->schema.table.column.";
	if (reason != NULL)
		refuse(argument, reason);
	(*position)++;
	name->look_up->column = read_identifier(argument, position);
}

static void
read_columns(MappedName *name, const char *argument, const char *position)
{
	name->columns = palloc0(sizeof(Column) * (strlen(position) / 3 + 1));
	for (;;)
	{
		name->columns[name->ncolumns++].name = read_identifier(argument, &position);
		if (strncmp(position, "||", 2) != 0)
			break;
		position += 2;
	}
	if (name->ncolumns == 1 && strncmp(position, "->", 2) == 0)
	{
		position += 2;
		read_look_up(name, argument, &position);
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

static bool
is_moment(const char *name)
{
	return strcmp(name, "opened_at") == 0 || strcmp(name, "closed_at") == 0;
}

static bool
path_fits(const MappedName *name, const Column *column, const char *table, int elevel)
{
	if (name->npath == 0 || column->type == JSONBOID)
		return true;
	ereport(elevel,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("column \"%s\" of table \"%s\" is not of type jsonb", column->name, table),
			 errdetail("Only a jsonb column has keys.")));
	return false;
}

static bool
moment_fits(const MappedName *name, const RowShape *shape, int elevel)
{
	Oid			type = name->columns[0].type;

	if (!is_moment(name->name) ||
		(name->ncolumns == 1 && name->look_up == NULL && name->npath == 0 &&
		 (type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID)))
		return true;
	ereport(elevel,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("column \"%s\" of table \"%s\" can't be \"%s\"", name->columns[0].name,
					shape->table, name->name),
			 errdetail("It must be of type timestamptz, timestamp or date.")));
	return false;
}

void
mapping_resolve(Mapping *mapping, const RowShape *shape, int elevel)
{
	for (int i = 0; i < mapping->n; i++)
	{
		MappedName *name = &mapping->names[i];
		bool		fits = true;

		if (name->constant != NULL)
			continue;
		for (int j = 0; j < name->ncolumns && fits; j++)
			fits = column_resolve(&name->columns[j], shape, elevel);
		if (fits && name->look_up == NULL)
			fits = path_fits(name, &name->columns[0], shape->table, elevel);
		if (!fits || !moment_fits(name, shape, elevel))
			name->ncolumns = name->npath = 0;
	}
}

/* The row that a name's look-up leads to is asked for by this. */
static KeyedRequest
look_up_request(const MappedName *name)
{
	KeyedRequest request = {.name = &name->look_up->table, .column = name->look_up->column,
	.type = name->columns[0].type};

	return request;
}

/* The column that is looked up, as it is in this relation. */
static bool
look_up_column(const MappedName *name, Relation relation, Column *column, int elevel)
{
	RowShape	shape = {RelationGetRelationName(relation), RelationGetDescr(relation)};

	memset(column, 0, sizeof(Column));
	column->name = name->look_up->column;
	return column_resolve(column, &shape, elevel) && path_fits(name, column, shape.table, elevel);
}

void
mapping_check_look_ups(const Mapping *mapping)
{
	for (int i = 0; i < mapping->n; i++)
	{
		const MappedName *name = &mapping->names[i];
		KeyedRequest request;
		Problem		problem;
		Relation	relation;
		Column		column;

		if (name->look_up == NULL)
			continue;
		request = look_up_request(name);
		keyed_check(&request);
		relation = keyed_open(request.name, &problem);
		if (relation == NULL)
			continue;
		look_up_column(name, relation, &column, ERROR);
		relation_close(relation, NoLock);
	}
}

static Value
looked_up_value(const MappedName *name, HeapTuple row, TupleDesc descriptor)
{
	KeyedRequest request = look_up_request(name);
	Value		value = {0};
	bool		isnull;
	Datum		key = heap_getattr(row, name->columns[0].number, descriptor, &isnull);
	KeyedRow	found;
	Column		column;

	if (isnull || !keyed_read(&request, key, &found))
		return value;
	if (look_up_column(name, found.relation, &column, DEBUG1))
		value = name->npath > 0 ?
			column_value_at(&column, name->path, name->npath, found.tuple, RelationGetDescr(found.relation)) :
			column_value(&column, found.tuple, RelationGetDescr(found.relation));
	keyed_close(&found);
	return value;
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

Value
mapping_value(const MappedName *name, HeapTuple row, TupleDesc descriptor)
{
	Value		absent = {0};

	if (name->constant != NULL)
		return value_unless_blank(name->constant);
	if (name->ncolumns == 0)
		return absent;
	if (name->look_up != NULL)
		return looked_up_value(name, row, descriptor);
	if (name->npath > 0)
		return column_value_at(&name->columns[0], name->path, name->npath, row, descriptor);
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
mapping_differs(const MappedName *name, HeapTuple one, HeapTuple other, TupleDesc descriptor)
{
	MappedName	key = *name;
	Value		a;
	Value		b;

	if (key.look_up != NULL)
	{
		key.look_up = NULL;
		key.npath = 0;
	}
	a = mapping_value(&key, one, descriptor);
	b = mapping_value(&key, other, descriptor);
	return !value_equal(&a, &b);
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
