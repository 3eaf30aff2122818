/*
 * Single rows of a user's tables by key: what a look-up leads to, and the
 * contact of a ticket.
 *
 * They are read in the middle of the app's own statement and must not make it
 * fail, so no SQL is run: whether the current user may read the table is
 * asked first, then the row is looked for in a unique index.  What a query
 * would do beyond that (views, row security, rules) is not attempted: such
 * tables have no value here.  Nothing is cached, for tables come and go.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "inbox/column.h"
#include "inbox/keyed.h"
#include "store/errors.h"

const char *
table_name_read(const char **position, TableName *name)
{
	const char *reason = identifier_read(position, &name->schema);

	if (reason == NULL && **position != '.')
		reason = "A table is written with its schema.";
	if (reason != NULL)
		return reason;
	(*position)++;
	return identifier_read(position, &name->table);
}

/* Sets the problem; the answer is false, for callers to pass on. */
static bool
fails(Problem *problem, char *message, const char *detail, const char *hint)
{
	problem->sqlstate = ERRCODE_U360_MAPPING;
	problem->property = NULL;
	problem->value = NULL;
	problem->message = message;
	problem->detail = detail;
	problem->hint = hint;
	return false;
}

static Oid
find_table(const TableName *name)
{
	Oid			schema = get_namespace_oid(name->schema, true);
	Oid			table;

	if (!OidIsValid(schema))
		schema = get_namespace_oid(identifier_folded(name->schema), true);
	if (!OidIsValid(schema))
		return InvalidOid;
	table = get_relname_relid(name->table, schema);
	return OidIsValid(table) ? table : get_relname_relid(identifier_folded(name->table), schema);
}

Relation
keyed_open(const TableName *name, Problem *problem)
{
	Oid			table = find_table(name);
	Relation	relation = OidIsValid(table) ? try_relation_open(table, AccessShareLock) : NULL;

	if (relation == NULL)
	{
		fails(problem, psprintf("table \"%s.%s\" does not exist", name->schema, name->table),
			  "The mapping names a table that is not there.", "Attach the table again with its name as it is now.");
		return NULL;
	}
	if ((relation->rd_rel->relkind == RELKIND_RELATION || relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
		!RELATION_IS_OTHER_TEMP(relation))
		return relation;
	relation_close(relation, AccessShareLock);
	fails(problem, psprintf("\"%s.%s\" is not a table", name->schema, name->table),
		  "Rows are looked up by the key of an ordinary or partitioned table.", NULL);
	return NULL;
}

static bool
may_use_schema(Oid schema)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
}

/* As a query's would be: by the table, or by each column. */
static bool
may_read_columns(Relation relation, AttrNumber key, const char *column)
{
	Oid			table = RelationGetRelid(relation);
	AttrNumber	number;

	if (pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	if (column == NULL)
		return pg_attribute_aclcheck_all(table, GetUserId(), ACL_SELECT, ACLMASK_ALL) == ACLCHECK_OK;
	number = column_number(RelationGetDescr(relation), column);
	return pg_attribute_aclcheck(table, key, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		pg_attribute_aclcheck(table, number, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static bool
check_access(Relation relation, AttrNumber key, const char *column, Problem *problem)
{
	if (!may_use_schema(RelationGetNamespace(relation)) || !may_read_columns(relation, key, column))
		return fails(problem, psprintf("permission denied for table \"%s\"", RelationGetRelationName(relation)),
					 psprintf("Role \"%s\" may not read what the mapping names.", GetUserNameFromId(GetUserId(), false)),
					 "Grant SELECT on the table to the roles that write the attached one.");
	if (check_enable_rls(RelationGetRelid(relation), InvalidOid, true) == RLS_ENABLED)
		return fails(problem, psprintf("row security of table \"%s\" is on", RelationGetRelationName(relation)),
					 psprintf("Role \"%s\" is subject to its policies, which are not run here.",
							  GetUserNameFromId(GetUserId(), false)), "Attach and write as roles to which its policies do not apply.");
	return true;
}

/* Is it a whole, valid, unique index of this one column? */
static bool
index_fits(Oid index, AttrNumber *column)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		fits;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	fits = form->indisunique && form->indisvalid && form->indisready && form->indislive &&
		form->indnkeyatts == 1 && form->indkey.values[0] > 0 &&
		(*column == InvalidAttrNumber || *column == form->indkey.values[0]) &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	if (fits)
		*column = form->indkey.values[0];
	ReleaseSysCache(tuple);
	return fits;
}

static Oid
unique_index(Relation relation, AttrNumber column)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		if (index_fits(lfirst_oid(cell), &column))
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

static Oid
primary_key_index(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(relation, false);
#else
	return RelationGetPrimaryKeyIndex(relation);
#endif
}

/* The column of the primary key or, without one of one column, of the only
 * unique index that has one. */
static AttrNumber
default_key(Relation relation)
{
	Oid			primary = primary_key_index(relation);
	AttrNumber	key = InvalidAttrNumber;
	ListCell   *cell;

	if (OidIsValid(primary) && index_fits(primary, &key))
		return key;
	foreach(cell, RelationGetIndexList(relation))
	{
		AttrNumber	column = InvalidAttrNumber;

		if (!index_fits(lfirst_oid(cell), &column))
			continue;
		if (key != InvalidAttrNumber && key != column)
			return InvalidAttrNumber;
		key = column;
	}
	return key;
}

/* How a value of this type is compared with the index's column. */
static bool
set_scan_key(Relation index, Oid type, Datum value, ScanKey key)
{
	Oid			family = index->rd_opfamily[0];
	Oid			indexed = index->rd_opcintype[0];
	Oid			column = getBaseType(TupleDescAttr(RelationGetDescr(index), 0)->atttypid);
	Oid			operator;

	if (index->rd_rel->relam != BTREE_AM_OID)
		return false;
	if (type == column || (!IsPolymorphicType(indexed) && IsBinaryCoercible(type, indexed)))
		type = indexed;
	operator = get_opfamily_member(family, indexed, type, BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		return false;
	ScanKeyEntryInitialize(key, 0, 1, BTEqualStrategyNumber, type == indexed ? InvalidOid : type,
						   index->rd_indcollation[0], get_opcode(operator), value);
	return true;
}

static bool
type_fits(Relation relation, Oid index_oid, Oid type, Problem *problem)
{
	Relation	index = index_open(index_oid, AccessShareLock);
	ScanKeyData key;
	bool		fits = set_scan_key(index, type, (Datum) 0, &key);
	Oid			column = TupleDescAttr(RelationGetDescr(index), 0)->atttypid;

	index_close(index, AccessShareLock);
	return fits ||
		fails(problem, psprintf("a value of type %s is no key of table \"%s\"", format_type_be(type),
								RelationGetRelationName(relation)),
			  psprintf("The key is of type %s, and the two can't be compared by its index.", format_type_be(column)), NULL);
}

/* The key's column, where rows can be found as requested. */
static bool
check_request(Relation relation, const KeyedRequest *request, AttrNumber *key, Problem *problem)
{
	const char *table = RelationGetRelationName(relation);
	Oid			index;

	*key = request->key != NULL ? column_number(RelationGetDescr(relation), request->key) : default_key(relation);
	index = *key != InvalidAttrNumber ? unique_index(relation, *key) : InvalidOid;
	if (!OidIsValid(index))
		return fails(problem, psprintf("table \"%s\" has no key of one column", table),
					 "Rows are looked up by the primary key, or by the only unique index, of one column.", NULL);
	if (request->column != NULL && column_number(RelationGetDescr(relation), request->column) == InvalidAttrNumber)
		return fails(problem, psprintf("column \"%s\" of table \"%s\" does not exist", request->column, table),
					 "The mapping names a column that the table does not have.", NULL);
	return check_access(relation, *key, request->column, problem) &&
		type_fits(relation, index, request->type, problem);
}

/* The table of the schema whose name is the most like the one that is missing. */
static void
suggest_table(const TableName *name, Problem *problem)
{
	Oid			schema = get_namespace_oid(name->schema, true);
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	int			least = PG_INT32_MAX;

	ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
	scan = systable_beginscan(catalog, InvalidOid, false, NULL, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL && strlen(name->table) < NAMEDATALEN)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		const char *candidate = NameStr(form->relname);
		int			distance = varstr_levenshtein(name->table, strlen(name->table), candidate, strlen(candidate), 1, 1, 1, true);

		if ((form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE) && distance < least)
		{
			least = distance;
			problem->hint = psprintf("Perhaps you meant \"%s.%s\".", name->schema, candidate);
		}
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

void
keyed_refuse(const TableName *name, Problem *problem)
{
	if (!OidIsValid(find_table(name)))
		suggest_table(name, problem);
	problem_report(NULL, *problem);
	pg_unreachable();
}

void
keyed_check(const KeyedRequest *request)
{
	Problem		problem = {0};
	Relation	relation = keyed_open(request->name, &problem);
	RowShape	shape;
	AttrNumber	key;

	if (relation == NULL)
		keyed_refuse(request->name, &problem);
	shape.table = RelationGetRelationName(relation);
	shape.descriptor = RelationGetDescr(relation);
	if (request->column != NULL)
	{
		Column		column = {.name = pstrdup(request->column)};

		column_resolve(&column, &shape, ERROR);
	}
	if (!check_request(relation, request, &key, &problem))
		problem_report(NULL, problem);
	relation_close(relation, NoLock);
}

#if PG_VERSION_NUM >= 180000
#define begin_index_scan(heap, index, snapshot) index_beginscan(heap, index, snapshot, NULL, 1, 0)
#else
#define begin_index_scan(heap, index, snapshot) index_beginscan(heap, index, snapshot, 1, 0)
#endif

/* The row of one table; NULL: it has none. */
static HeapTuple
search(Relation heap, Oid index_oid, Oid type, Datum value)
{
	Relation	index = index_open(index_oid, AccessShareLock);
	HeapTuple	tuple = NULL;
	ScanKeyData key;

	if (set_scan_key(index, type, value, &key))
	{
		Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
		IndexScanDesc scan = begin_index_scan(heap, index, snapshot);
		TupleTableSlot *slot = table_slot_create(heap, NULL);

		index_rescan(scan, &key, 1, NULL, 0);
		if (index_getnext_slot(scan, ForwardScanDirection, slot))
			tuple = ExecCopySlotHeapTuple(slot);
		if (tuple != NULL && HeapTupleHasExternal(tuple))
			tuple = toast_flatten_tuple(tuple, RelationGetDescr(heap));
		ExecDropSingleTupleTableSlot(slot);
		index_endscan(scan);
		UnregisterSnapshot(snapshot);
	}
	index_close(index, NoLock);
	return tuple;
}

/* Looks in one table, by the column of this name. */
static bool
read_from(Relation relation, const char *column, Oid type, Datum value, KeyedRow *row)
{
	AttrNumber	number = column_number(RelationGetDescr(relation), column);
	Oid			index = number != InvalidAttrNumber ? unique_index(relation, number) : InvalidOid;

	row->relation = relation;
	row->tuple = OidIsValid(index) ? search(relation, index, type, value) : NULL;
	return row->tuple != NULL;
}

/* Which partition has it is not worked out: each one's index is asked. */
static bool
read_from_partitions(Relation root, const char *column, Oid type, Datum value, KeyedRow *row)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(RelationGetRelid(root), AccessShareLock, NULL))
	{
		Relation	partition = table_open(lfirst_oid(cell), NoLock);

		if (partition->rd_rel->relkind == RELKIND_RELATION && read_from(partition, column, type, value, row))
			return true;
		table_close(partition, NoLock);
	}
	return false;
}

bool
keyed_read(const KeyedRequest *request, Datum value, KeyedRow *row)
{
	Problem		problem = {0};
	Relation	relation = keyed_open(request->name, &problem);
	AttrNumber	key;
	bool		found;

	if (relation == NULL || !check_request(relation, request, &key, &problem))
	{
		keyed_warn(&problem);
		if (relation != NULL)
			relation_close(relation, NoLock);
		return false;
	}

	/* What the running statement wrote before, as the app's next would see it. */
	CommandCounterIncrement();
	if (relation->rd_rel->relkind == RELKIND_RELATION)
		found = read_from(relation, get_attname(RelationGetRelid(relation), key, false), request->type, value, row);
	else
		found = read_from_partitions(relation, get_attname(RelationGetRelid(relation), key, false),
									 request->type, value, row);
	if (!found || row->relation != relation)
		relation_close(relation, NoLock);
	return found;
}

void
keyed_close(KeyedRow *row)
{
	relation_close(row->relation, NoLock);
}

void
keyed_warn(const Problem *problem)
{
	static TimestampTz warned_in = 0;

	if (warned_in == GetCurrentStatementStartTimestamp())
		return;
	warned_in = GetCurrentStatementStartTimestamp();
	ereport(WARNING,
			(errcode(problem->sqlstate),
			 errmsg("%s", problem->message),
			 problem->detail != NULL ? errdetail("%s", problem->detail) : 0,
			 problem->hint != NULL ? errhint("%s", problem->hint) : 0));
}
