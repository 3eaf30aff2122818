/*
 * immutable_columns(): a trigger by which a user's own table keeps what it was
 * once given, as user360 keeps a userId.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "inbox/column.h"
#include "store/errors.h"
#include "store/problem.h"

static char *
datum_text(Oid type, Datum datum)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, datum);
	return clip_value(text, strlen(text));
}

/* Texts that are blank are as good as NULL. */
static bool
is_blank(Oid type, Datum datum, bool isnull)
{
	char		category;
	bool		preferred;
	Value		value;

	if (isnull)
		return true;
	get_type_category_preferred(getBaseType(type), &category, &preferred);
	if (category != TYPCATEGORY_STRING)
		return false;
	value = value_unless_blank(datum_text(type, datum));
	return value.kind == VALUE_ABSENT;
}

static void
refuse_change(const RowShape *shape, Form_pg_attribute attribute, Datum old, Datum new, bool new_null)
{
	char	   *was = datum_text(attribute->atttypid, old);

	ereport(ERROR,
			(errcode(ERRCODE_U360_USERID_IMMUTABLE),
			 new_null ? errmsg("column \"%s\" of table \"%s\" can't be changed from \"%s\" to null",
							   NameStr(attribute->attname), shape->table, was) :
			 errmsg("column \"%s\" of table \"%s\" can't be changed from \"%s\" to \"%s\"",
					NameStr(attribute->attname), shape->table, was, datum_text(attribute->atttypid, new)),
			 errdetail("The trigger immutable_columns() keeps what the column was once given."),
			 errhint("Insert another row, or leave the column as it is.")));
}

static void
check_column(TriggerData *trigger, const RowShape *shape, const char *name)
{
	AttrNumber	number = column_number(shape->descriptor, name);
	Form_pg_attribute attribute;
	Datum		old,
				new;
	bool		old_null,
				new_null;

	if (number == InvalidAttrNumber)
		column_report_missing(shape, name, ERROR);
	attribute = TupleDescAttr(shape->descriptor, number - 1);
	if (attribute->attgenerated != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("column \"%s\" of table \"%s\" is generated", NameStr(attribute->attname), shape->table),
				 errdetail("Its value is worked out after this trigger has run."),
				 errhint("Name the columns from which it is generated.")));
	old = heap_getattr(trigger->tg_trigtuple, number, shape->descriptor, &old_null);
	if (is_blank(attribute->atttypid, old, old_null))
		return;
	new = heap_getattr(trigger->tg_newtuple, number, shape->descriptor, &new_null);
	if (new_null || !datum_image_eq(old, new, attribute->attbyval, attribute->attlen))
		refuse_change(shape, attribute, old, new, new_null);
}

PG_FUNCTION_INFO_V1(immutable_columns);

Datum
immutable_columns(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	RowShape	shape;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("immutable_columns() must be called by a BEFORE UPDATE ROW trigger"),
				 errhint("Write CREATE TRIGGER … BEFORE UPDATE ON … FOR EACH ROW EXECUTE FUNCTION user360.immutable_columns('column').")));
	shape.table = RelationGetRelationName(trigger->tg_relation);
	shape.descriptor = RelationGetDescr(trigger->tg_relation);
	if (trigger->tg_trigger->tgnargs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_U360_MAPPING),
				 errmsg("immutable_columns() of table \"%s\" names no column", shape.table),
				 errhint("Give it the columns: immutable_columns('email', 'phone').")));
	for (int i = 0; i < trigger->tg_trigger->tgnargs; i++)
		check_column(trigger, &shape, trigger->tg_trigger->tgargs[i]);
	return PointerGetDatum(trigger->tg_newtuple);
}
