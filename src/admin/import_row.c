/*
 * What one line of an import gives, by the bot's policy, or why not.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "admin/import.h"
#include "identity/userid.h"
#include "store/json.h"
#include "text/unicode.h"

static bool
is_blank(const Value *value)
{
	if (value->kind == VALUE_TEXT)
		return text_is_blank(value->text, strlen(value->text));
	for (int i = 0; i < value->nitems; i++)
	{
		if (!text_is_blank(value->items[i], strlen(value->items[i])))
			return false;
	}
	return true;
}

/* The item up to the next semicolon; \; and \\ stand for ; and \. */
static char *
next_item(const char **in)
{
	char	   *item = palloc(strlen(*in) + 1);
	char	   *out = item;
	const char *from = *in;

	for (; *from != '\0' && *from != ';'; from++)
	{
		if (from[0] == '\\' && (from[1] == ';' || from[1] == '\\'))
			from++;
		*out++ = *from;
	}
	*out = '\0';
	*in = *from == ';' ? from + 1 : NULL;
	return item;
}

static Value
split_list(const char *text)
{
	Value		list = {.kind = VALUE_LIST};
	int			n = 1;

	for (const char *c = text; *c != '\0'; c++)
		n += *c == ';';
	list.items = palloc(sizeof(char *) * n);
	while (text != NULL)
		list.items[list.nitems++] = next_item(&text);
	return list;
}

/* The row as given: {column: text}. */
static Jsonb *
row_jsonb(const Import *import, const ImportLine *line)
{
	JsonObject	object;

	json_begin(&object);
	for (int i = 0; i < import->source.ncolumns; i++)
	{
		const ImportColumn *column = &import->source.columns[i];
		const Property list = {.name = column->name, .type = PROPERTY_LIST};

		if (line->values[i].kind == VALUE_LIST)
			json_add_value(&object, &list, &line->values[i]);
		else
			json_add_text(&object, column->name, line->values[i].text);
	}
	return json_end(&object);
}

void
import_row_reject(const Import *import, ImportRow *row, const char *property, const char *reason,
				  const char *value, const char *detail)
{
	ImportFault *fault;

	row->faults = row->faults == NULL ? palloc(sizeof(ImportFault)) :
		repalloc(row->faults, sizeof(ImportFault) * (row->nfaults + 1));
	fault = &row->faults[row->nfaults++];
	fault->line = row->line->number;
	fault->no = row->nfaults;
	fault->property = property;
	fault->reason = reason;
	fault->value = value;
	fault->detail = detail;
	fault->userid = row->given.userid;
	fault->row = row->nfaults > 1 ? row->faults[0].row : row_jsonb(import, row->line);
}

static bool
is_userid_name(const BotPolicy *policy, const char *name)
{
	return strcmp(name, "userId") == 0 || (policy->userid != NULL && strcmp(policy->userid->name, name) == 0);
}

/* The text that a problem is about, whole. */
static const char *
value_at_fault(const ImportRow *row, const Problem *problem)
{
	const BotPolicy *policy = row->given.policy;
	bool		is_userid = is_userid_name(policy, problem->property);

	for (int i = 0; i < row->given.nraw; i++)
	{
		const RawValue *raw = &row->given.raw[i];
		const char *clipped = problem->value;

		if (is_userid ? !is_userid_name(policy, raw->name) : strcmp(raw->name, problem->property) != 0)
			continue;
		if (raw->value.kind == VALUE_TEXT &&
			(clipped == NULL || strcmp(clipped, clip_value(raw->value.text, strlen(raw->value.text))) == 0))
			return raw->value.text;
		for (int item = 0; raw->value.kind == VALUE_LIST && item < raw->value.nitems; item++)
		{
			const char *text = raw->value.items[item];

			if (clipped != NULL && strcmp(clipped, clip_value(text, strlen(text))) == 0)
				return text;
		}
	}
	return NULL;
}

static void
collect_problems(const Import *import, ImportRow *row)
{
	for (int i = 0; i < row->problems.n; i++)
	{
		const Problem *problem = &row->problems.list[i];
		const char *value = value_at_fault(row, problem);

		import_row_reject(import, row, problem->property, import_reason(row->given.policy, problem, value),
						  value != NULL ? value : problem->value,
						  problem->detail != NULL ? problem->detail : problem->message);
	}
}

static void
refuse_artefacts(const Import *import, ImportRow *row)
{
	for (int i = 0; i < row->given.nraw; i++)
	{
		const RawValue *raw = &row->given.raw[i];
		bool		is_userid = is_userid_name(row->given.policy, raw->name);
		const char *detail;
		const char *reason;

		if (raw->value.kind != VALUE_TEXT)
			continue;
		reason = import_artefact(raw->value.text, is_userid, &detail);
		if (reason != NULL)
			import_row_reject(import, row, is_userid ? "userId" : raw->name, reason, raw->value.text, detail);
	}
}

/* The channel of the last capture comes with an export. */
static void
read_last_channel(const Import *import, ImportRow *row, const Value *value)
{
	const char *name = value->kind == VALUE_TEXT ? value->text : "";
	size_t		length = strlen(name);

	text_trim(&name, &length);
	row->last_channel = pnstrdup(name, length);
	if (policy_channel(row->given.policy, row->last_channel) == NULL)
		import_row_reject(import, row, "lastChannel", "invalidProperty", row->last_channel, "It is no channel of the bot.");
}

static void
take_pair(const char *key, const JsonbValue *json, void *context)
{
	Given	   *given = context;
	Value		value = json_to_value(json);

	for (int i = 0; i < given->nraw; i++)
	{
		if (strcmp(given->raw[i].name, key) == 0)
		{
			given->raw[i].value = value;
			return;
		}
	}
	given_add(given, key, value);
}

/* NULL: it is no JSON object.  Nothing is left behind by jsonb_in() failing. */
static Jsonb *
read_object(const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile object = NULL;

	PG_TRY();
	{
		object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	}
	PG_CATCH();
	{
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return object != NULL && JB_ROOT_IS_OBJECT(object) ? object : NULL;
}

/* Properties by name, which go before columns of their own. */
static void
take_object(const Import *import, ImportRow *row, const Value *value)
{
	Jsonb	   *object = value->kind == VALUE_TEXT ? read_object(value->text) : NULL;

	if (object == NULL)
		import_row_reject(import, row, "custom", "invalidDataType", value->text, "It is no JSON object of properties.");
	else
		json_visit(object, take_pair, &row->given);
}

/* Every value that is not blank. */
static void
take_values(const Import *import, const BotPolicy *policy, ImportRow *row)
{
	const ImportSource *source = &import->source;
	Given	   *given = &row->given;

	given->raw = palloc(sizeof(RawValue) * Max(source->ncolumns, 1));
	for (int i = 0; i < source->ncolumns; i++)
	{
		const char *name = source->columns[i].property;
		const Value *value = &row->line->values[i];
		const Property *property = policy_property(policy, name);

		if (value->kind == VALUE_ABSENT || is_blank(value))
			continue;
		row->blank = false;
		if (source->columns[i].is_object || (property != NULL && property->system == LAST_CHANNEL))
			continue;
		given->raw[given->nraw].name = name;
		given->raw[given->nraw].value = *value;
		if (value->kind == VALUE_TEXT && property != NULL && property->type == PROPERTY_LIST)
			given->raw[given->nraw].value = split_list(value->text);
		given->nraw++;
	}
}

void
import_row_read(const Import *import, BotPolicy *policy, const ImportLine *line, ImportRow *row)
{
	memset(row, 0, sizeof(ImportRow));
	row->line = line;
	row->blank = true;
	row->given.problems = &row->problems;
	take_values(import, policy, row);
	if (row->blank)
		return;
	for (int i = 0; i < import->source.ncolumns; i++)
	{
		if (import->source.columns[i].is_object && line->values[i].kind != VALUE_ABSENT && !is_blank(&line->values[i]))
			take_object(import, row, &line->values[i]);
	}
	given_read(&row->given, policy, NULL);
	if (row->problems.n > 0)
		collect_problems(import, row);
	else
		refuse_artefacts(import, row);
	for (int i = 0; i < import->source.ncolumns; i++)
	{
		if (strcmp(import->source.columns[i].property, "lastChannel") == 0 && line->values[i].kind != VALUE_ABSENT &&
			!is_blank(&line->values[i]))
			read_last_channel(import, row, &line->values[i]);
	}
	if (row->given.userid == NULL && row->nfaults == 0 && !import->create_unidentified)
		import_row_reject(import, row, "userId", "propertiesRequired", NULL, "The line has no userId.");
}

/*
 * The id of a profile without a userId: the same for the same line of the same
 * source, so that an import that is run twice does not make it twice.  It is a
 * uuid of version 8 by RFC 9562.
 */
pg_uuid_t
import_row_id(const Import *import, const ImportRow *row)
{
	StringInfoData what;
	bytea	   *digest;
	pg_uuid_t	id;

	initStringInfo(&what);
	appendStringInfo(&what, "%s" "%c" INT64_FORMAT, import->source_name, 0, row->line->number);
	for (int i = 0; i < import->source.ncolumns; i++)
	{
		const Value *value = &row->line->values[i];

		for (int item = 0; item < value->nitems; item++)
			appendStringInfo(&what, "%c%d%s", 1, (int) strlen(value->items[item]), value->items[item]);
		if (value->kind == VALUE_TEXT)
			appendStringInfo(&what, "%c%d%s", 2, (int) strlen(value->text), value->text);
		appendStringInfoChar(&what, 0);
	}
	digest = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
												 PointerGetDatum(cstring_to_text_with_len(what.data, what.len))));
	memcpy(id.data, VARDATA_ANY(digest), UUID_LEN);
	id.data[6] = (id.data[6] & 0x0f) | 0x80;
	id.data[8] = (id.data[8] & 0x3f) | 0x80;
	return id;
}
