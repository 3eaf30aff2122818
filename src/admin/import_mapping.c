/*
 * Which column of an import's source gives which property.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "admin/import.h"
#include "store/errors.h"
#include "store/json.h"

#define USERID "userId"

/* Where export_users() has what a column of text can't say. */
#define CUSTOM "custom"

/* Letters and digits in lower case: First Name, first_name and firstname are
 * the same.  A byte order mark in front goes with the rest. */
static char *
fold_name(const char *name)
{
	char	   *folded = palloc(strlen(name) + 1);
	char	   *out = folded;

	if (strncmp(name, "\xEF\xBB\xBF", 3) == 0)
		name += 3;
	for (; *name != '\0'; name++)
	{
		unsigned char c = (unsigned char) *name;

		if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			*out++ = (char) (c < 0x80 ? pg_ascii_tolower(c) : c);
	}
	*out = '\0';
	return folded;
}

static bool
near_match(const char *folded, const char *property)
{
	return strcmp(folded, fold_name(property)) == 0;
}

static void
refuse_mapping(const char *message, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_MAPPING),
			 errmsg("%s", message),
			 detail != NULL ? errdetail("%s", detail) : 0,
			 errhint("%s", hint)));
}

/* The property whose name is nearly the column's; NULL: none.  Raises U3017
 * where there are several. */
static const char *
find_near(const BotPolicy *policy, const char *column)
{
	const char *folded = fold_name(column);
	const char *found = near_match(folded, USERID) ? USERID : NULL;

	for (int i = 0; i < SYSTEM_PROPERTIES + policy->nproperties; i++)
	{
		const char *name = i < SYSTEM_PROPERTIES ? system_properties[i].name :
			policy->properties[i - SYSTEM_PROPERTIES].name;

		if (!near_match(folded, name))
			continue;
		if (found != NULL)
			refuse_mapping(psprintf("column \"%s\" could be property \"%s\" or \"%s\"", column, found, name), NULL,
						   "Say in mapping which one it is.");
		found = name;
	}
	return found;
}

static const char *
find_by_name(const BotPolicy *policy, const char *column)
{
	if (strcmp(column, USERID) == 0)
		return USERID;
	if (policy_property(policy, column) != NULL)
		return policy_property(policy, column)->name;
	return find_near(policy, column);
}

static void
refuse_property(const BotPolicy *policy, const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_UNKNOWN_PROPERTY),
			 errmsg("%s", message),
			 errdetail("It is neither a system property nor one that bot \"%s\" has defined.", policy->bot),
			 errhint("Define it with user360.define_property(), or leave the column out: mapping => '{\"column\": null}'.")));
}

/* What mapping says of a column: false where it says nothing, NULL where it
 * leaves the column out. */
static bool
find_explicit(const Import *import, const BotPolicy *policy, const char *column, const char **property)
{
	JsonbValue *found = import->mapping != NULL ? json_find(&import->mapping->root, column) : NULL;

	if (found == NULL)
		return false;
	*property = json_scalar_text(found);
	if (found->type != jbvNull && found->type != jbvString)
		refuse_mapping(psprintf("mapping of column \"%s\" is no name", column), NULL,
					   "Give the name of a property, or null to leave the column out.");
	if (*property != NULL && strcmp(*property, USERID) != 0 && policy_property(policy, *property) == NULL)
		refuse_property(policy, psprintf("property \"%s\" does not exist", *property));
	return true;
}

static bool
is_userid_property(const BotPolicy *policy, const char *property)
{
	return strcmp(property, USERID) == 0 ||
		(policy->userid != NULL && strcmp(property, policy->userid->name) == 0);
}

/* The property of a column; NULL: it is not read. */
static const char *
property_of(const Import *import, const BotPolicy *policy, const char *column)
{
	const char *property = NULL;
	bool		is_explicit = find_explicit(import, policy, column, &property);

	if (import->source.userid_column != NULL && strcmp(column, import->source.userid_column) == 0)
	{
		if (is_explicit && (property == NULL || !is_userid_property(policy, property)))
			refuse_mapping(psprintf("column \"%s\" is the userId", column), NULL,
						   "Leave it out of mapping, or name another userid_column.");
		return USERID;
	}
	if (is_explicit)
		return property;
	if (import->source.line_column != NULL && strcmp(column, import->source.line_column) == 0)
		return NULL;
	property = find_by_name(policy, column);
	if (property == NULL && strcmp(column, CUSTOM) == 0)
		return CUSTOM;
	if (property == NULL)
		refuse_property(policy, psprintf("column \"%s\" of \"%s\" is that of no property", column, import->source_name));
	return property;
}

/* Two columns may both give the userId: where they differ the line is at fault. */
static void
refuse_twice(const ImportSource *source, const BotPolicy *policy, const ImportColumn *column)
{
	for (int i = 0; i < source->ncolumns; i++)
	{
		if (strcmp(source->columns[i].property, column->property) == 0 && !is_userid_property(policy, column->property))
			refuse_mapping(psprintf("columns \"%s\" and \"%s\" both give property \"%s\"", source->columns[i].name,
									column->name, column->property), NULL,
						   "Leave one of them out: map it to null.");
	}
}

static void
add_column(Import *import, const BotPolicy *policy, Form_pg_attribute attribute)
{
	ImportSource *source = &import->source;
	ImportColumn column = {.name = pstrdup(NameStr(attribute->attname))};
	Oid			type = getBaseType(attribute->atttypid);

	column.property = property_of(import, policy, column.name);
	if (column.property == NULL)
		return;
	column.is_object = strcmp(column.property, CUSTOM) == 0 && policy_property(policy, CUSTOM) == NULL;
	column.property = pstrdup(column.property);
	column.is_array = type == TEXTARRAYOID || type == VARCHARARRAYOID;
	refuse_twice(source, policy, &column);
	source->columns[source->ncolumns++] = column;
}

static bool
has_column(TupleDesc descriptor, const char *name)
{
	for (int i = 0; i < descriptor->natts; i++)
	{
		if (!TupleDescAttr(descriptor, i)->attisdropped && strcmp(NameStr(TupleDescAttr(descriptor, i)->attname), name) == 0)
			return true;
	}
	return false;
}

static void
require_column(const Import *import, TupleDesc descriptor, const char *name, const char *what)
{
	if (name != NULL && !has_column(descriptor, name))
		refuse_mapping(psprintf("\"%s\" has no column \"%s\"", import->source_name, name),
					   psprintf("It is named by %s.", what), "Give the name of a column as it stands in the table.");
}

static void
require_mapped_columns(const Import *import, TupleDesc descriptor)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (import->mapping == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(import->mapping))
		refuse_mapping("mapping is not a JSON object", NULL, "Give it as {\"column\": \"property\"}.");
	iterator = JsonbIteratorInit(&import->mapping->root);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			require_column(import, descriptor, pnstrdup(element.val.string.val, element.val.string.len), "mapping");
	}
}

static void
check_line_column(const Import *import, TupleDesc descriptor)
{
	const char *name = import->source.line_column;

	for (int i = 0; name != NULL && i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped || strcmp(NameStr(attribute->attname), name) != 0)
			continue;
		if (attribute->atttypid != INT2OID && attribute->atttypid != INT4OID && attribute->atttypid != INT8OID)
			refuse_mapping(psprintf("column \"%s\" can't number the lines", name), "It is not of an integer type.",
						   "Number the lines by a column of type int or bigint.");
	}
}

/* Only a table by itself has a physical order. */
static void
check_order(Import *import, Relation relation)
{
	char		kind = relation->rd_rel->relkind;

	if (import->source.line_column != NULL)
		return;
	if ((kind != RELKIND_RELATION && kind != RELKIND_MATVIEW) || has_subclass(RelationGetRelid(relation)))
		refuse_mapping(psprintf("the lines of \"%s\" have no order", import->source_name),
					   "Only a table without partitions or children has one of its own.",
					   "Name a column that numbers the lines as line_column.");
	import->source_file = relation->rd_rel->relfilenode;
}

void
import_map(Import *import, const BotPolicy *policy)
{
	ImportSource *source = &import->source;
	Relation	relation = relation_open(source->relation, AccessShareLock);
	TupleDesc	descriptor = RelationGetDescr(relation);

	if (relation->rd_rel->relkind == RELKIND_INDEX || relation->rd_rel->relkind == RELKIND_COMPOSITE_TYPE)
		refuse_mapping(psprintf("\"%s\" is no table or view", import->source_name), NULL, "Name what holds the lines.");
	require_column(import, descriptor, source->userid_column, "userid_column");
	require_column(import, descriptor, source->line_column, "line_column");
	require_mapped_columns(import, descriptor);
	check_line_column(import, descriptor);
	check_order(import, relation);
	source->columns = palloc0(sizeof(ImportColumn) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
	{
		if (!TupleDescAttr(descriptor, i)->attisdropped)
			add_column(import, policy, TupleDescAttr(descriptor, i));
	}
	relation_close(relation, NoLock);
}
