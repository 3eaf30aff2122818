/*
 * Properties to and from jsonb.
 */
#ifndef USER360_STORE_JSON_H
#define USER360_STORE_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "store/property.h"

/* An object under construction. */
typedef struct JsonObject
{
	JsonbParseState *state;
	bool		empty;
} JsonObject;

extern void json_begin(JsonObject *object);
extern void json_add_text(JsonObject *object, const char *key, const char *text);	/* NULL: null */
extern void json_add_integer(JsonObject *object, const char *key, int64 number);
extern void json_add_json(JsonObject *object, const char *key, Jsonb *value);
extern void json_add_value(JsonObject *object, const Property *property, const Value *value);
extern Jsonb *json_end(JsonObject *object);

/* An object under a key: what is added between the two goes into it. */
extern void json_begin_within(JsonObject *object, const char *key);
extern void json_end_within(JsonObject *object);

/* NULL is equal to NULL only. */
extern bool json_equal(Jsonb *a, Jsonb *b);

/* A scalar as its text; NULL for null and for arrays and objects. */
extern char *json_scalar_text(const JsonbValue *value);

/* What stands under a key; NULL where there is none, or no object. */
extern JsonbValue *json_find(JsonbContainer *container, const char *key);

/* The text under a key of an object, or NULL. */
extern char *json_get_text(Jsonb *object, const char *key);

/* The object or array under a key of an object, or NULL. */
extern Jsonb *json_get_object(Jsonb *object, const char *key);

/* The canonical value of a stored property. */
extern Value json_to_value(const JsonbValue *json);

/* Calls back with each pair of an object. */
typedef void (*JsonPairCallback) (const char *key, const JsonbValue *value, void *context);
extern void json_visit(Jsonb *object, JsonPairCallback callback, void *context);

#endif
