/*
 * Properties to and from jsonb.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "store/json.h"

void
json_begin(JsonObject *object)
{
	object->state = NULL;
	object->empty = true;
	pushJsonbValue(&object->state, WJB_BEGIN_OBJECT, NULL);
}

static JsonbValue
json_string(const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = (char *) text;
	value.val.string.len = strlen(text);
	return value;
}

static JsonbValue
json_null(void)
{
	JsonbValue	value;

	memset(&value, 0, sizeof(value));
	value.type = jbvNull;
	return value;
}

static void
push_key(JsonObject *object, const char *key)
{
	JsonbValue	value = json_string(key);

	object->empty = false;
	pushJsonbValue(&object->state, WJB_KEY, &value);
}

static void
push_numeric(JsonObject *object, const char *text)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
															ObjectIdGetDatum(InvalidOid),
															Int32GetDatum(-1)));
	pushJsonbValue(&object->state, WJB_VALUE, &value);
}

void
json_add_text(JsonObject *object, const char *key, const char *text)
{
	JsonbValue	value = text != NULL ? json_string(text) : json_null();

	push_key(object, key);
	pushJsonbValue(&object->state, WJB_VALUE, &value);
}

void
json_add_integer(JsonObject *object, const char *key, int64 number)
{
	push_key(object, key);
	push_numeric(object, psprintf(INT64_FORMAT, number));
}

void
json_add_json(JsonObject *object, const char *key, Jsonb *json)
{
	JsonbValue	value;

	push_key(object, key);
	value.type = jbvBinary;
	value.val.binary.data = &json->root;
	value.val.binary.len = VARSIZE(json) - VARHDRSZ;
	pushJsonbValue(&object->state, WJB_VALUE, &value);
}

void
json_add_value(JsonObject *object, const Property *property, const Value *value)
{
	if (value->kind == VALUE_LIST)
	{
		push_key(object, property->name);
		pushJsonbValue(&object->state, WJB_BEGIN_ARRAY, NULL);
		for (int i = 0; i < value->nitems; i++)
		{
			JsonbValue	item = json_string(value->items[i]);

			pushJsonbValue(&object->state, WJB_ELEM, &item);
		}
		pushJsonbValue(&object->state, WJB_END_ARRAY, NULL);
	}
	else if (value->kind != VALUE_TEXT)
		json_add_text(object, property->name, NULL);
	else if (property->type == PROPERTY_BOOLEAN)
	{
		JsonbValue	boolean;

		boolean.type = jbvBool;
		boolean.val.boolean = strcmp(value->text, "true") == 0;
		push_key(object, property->name);
		pushJsonbValue(&object->state, WJB_VALUE, &boolean);
	}
	else if (property->type == PROPERTY_NUMBER)
	{
		push_key(object, property->name);
		push_numeric(object, value->text);
	}
	else
		json_add_text(object, property->name, value->text);
}

Jsonb *
json_end(JsonObject *object)
{
	return JsonbValueToJsonb(pushJsonbValue(&object->state, WJB_END_OBJECT, NULL));
}

void
json_begin_within(JsonObject *object, const char *key)
{
	push_key(object, key);
	pushJsonbValue(&object->state, WJB_BEGIN_OBJECT, NULL);
}

void
json_end_within(JsonObject *object)
{
	pushJsonbValue(&object->state, WJB_END_OBJECT, NULL);
}

bool
json_equal(Jsonb *a, Jsonb *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

char *
json_scalar_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

JsonbValue *
json_find(JsonbContainer *container, const char *key)
{
	JsonbValue	name = json_string(key);

	if (!JsonContainerIsObject(container))
		return NULL;
	return findJsonbValueFromContainer(container, JB_FOBJECT, &name);
}

char *
json_get_text(Jsonb *object, const char *key)
{
	JsonbValue *found = object != NULL ? json_find(&object->root, key) : NULL;

	return found != NULL ? json_scalar_text(found) : NULL;
}

static Value
json_array_to_value(JsonbContainer *array)
{
	Value		value = {.kind = VALUE_LIST};
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	element;

	value.items = palloc(sizeof(char *) * Max(JsonContainerSize(array), 1));
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM || element.type == jbvNull)
			continue;
		if (element.type == jbvBinary)
			value.kind = VALUE_OBJECT;	/* arrays and objects within */
		else
			value.items[value.nitems++] = json_scalar_text(&element);
	}
	return value;
}

Jsonb *
json_get_object(Jsonb *object, const char *key)
{
	JsonbValue *found = object != NULL ? json_find(&object->root, key) : NULL;

	if (found == NULL || found->type != jbvBinary)
		return NULL;
	return JsonbValueToJsonb(found);
}

Value
json_to_value(const JsonbValue *json)
{
	if (json->type == jbvNull)
	{
		Value		cleared = {.kind = VALUE_CLEARED};

		return cleared;
	}
	if (json->type == jbvBinary && JsonContainerIsArray(json->val.binary.data))
		return json_array_to_value(json->val.binary.data);
	if (json->type == jbvBinary)
	{
		Value		object = {.kind = VALUE_OBJECT};

		return object;
	}
	return text_value(json_scalar_text(json));
}

void
json_visit(Jsonb *object, JsonPairCallback callback, void *context)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	char	   *key = NULL;

	if (object == NULL)
		return;
	iterator = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(element.val.string.val, element.val.string.len);
		else if (token == WJB_VALUE && key != NULL)
			callback(key, &element, context);
	}
}
