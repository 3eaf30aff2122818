/*
 * Properties: what a profile can hold, and values that fit.
 */
#ifndef USER360_STORE_PROPERTY_H
#define USER360_STORE_PROPERTY_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define MAX_CUSTOM_PROPERTIES	300
#define MAX_NAME_CHARS			63
#define MAX_VALUE_CHARS			255
#define MAX_LIST_ITEMS			1000

typedef enum PropertyType
{
	PROPERTY_STRING,
	PROPERTY_NUMBER,
	PROPERTY_TIME,
	PROPERTY_DATE,
	PROPERTY_DATETIME,
	PROPERTY_LIST,
	PROPERTY_BOOLEAN,
	PROPERTY_PHONE,
	PROPERTY_URL,
	PROPERTY_EMAIL
} PropertyType;

/* How a merge decides between the target's value and the source's. */
typedef enum MergeRule
{
	MERGE_KEEP,					/* the target's value; the source fills a blank */
	MERGE_LATEST,				/* the one that was given later */
	MERGE_UNION,				/* lists: the target's items, then the source's */
	MERGE_PLACE,				/* country and timezone: fill only when both are blank */
	MERGE_SEEN					/* lastChannel: of the one that was seen later */
} MergeRule;

/* The system properties, which are columns of profile, in a fixed order. */
typedef enum SystemProperty
{
	FIRST_NAME,
	LAST_NAME,
	PHONE,
	EMAIL,
	LAST_CHANNEL,
	GENDER,
	COUNTRY,
	CITY,
	LANGUAGE,
	TIMEZONE,
	DOB,
	EMAIL_OPTIN,
	SMS_OPTIN,
	WHATSAPP_OPTIN,
	TAGS,
	SYSTEM_PROPERTIES,			/* how many there are */
	CUSTOM_PROPERTY = SYSTEM_PROPERTIES
} SystemProperty;

typedef struct Property
{
	const char *name;
	PropertyType type;
	MergeRule	rule;
	SystemProperty system;		/* CUSTOM_PROPERTY: it stands in profile.custom */
} Property;

typedef enum ValueKind
{
	VALUE_ABSENT,
	VALUE_CLEARED,				/* an explicit null, which hides what members have */
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_OBJECT				/* of JSON: given, and no value of any property */
} ValueKind;

/* A canonical value.  Numbers and booleans are their text. */
typedef struct Value
{
	ValueKind	kind;
	char	   *text;
	char	  **items;
	int			nitems;
	const pg_uuid_t *origin;	/* in a fold: the profile that was given it, or */
	const pg_uuid_t **origins;	/* that of each item of a united list */
} Value;

typedef struct CustomValue
{
	const Property *property;
	Value		value;
} CustomValue;

/* A value a property; custom ones in no particular order. */
typedef struct PropertySet
{
	Value		system[SYSTEM_PROPERTIES];
	int			ncustom;
	int			max_custom;
	CustomValue *custom;
} PropertySet;

struct BotPolicy;

extern const Property system_properties[SYSTEM_PROPERTIES];

/* NULL: no such system property */
extern const Property *system_property(const char *name);

extern bool property_type_from_name(const char *name, PropertyType *type);
extern const char *property_type_name(PropertyType type);
extern bool property_type_fits_userid(PropertyType type);
extern bool merge_rule_from_name(const char *name, MergeRule *rule);
extern const char *merge_rule_name(MergeRule rule);

extern bool value_equal(const Value *a, const Value *b);
extern bool list_contains(const Value *list, const char *item);
extern Value text_value(char *text);

#define value_is_given(v)	((v)->kind == VALUE_TEXT || (v)->kind == VALUE_LIST)

/* The place of a property in a set; made where it was absent if add is set,
 * else NULL where a custom property is absent. */
extern Value *property_slot(PropertySet *set, const Property *property, bool add);

/*
 * Brings one value into the canonical form of its property.  The answer is
 * NULL, or the reason why it does not fit.
 */
extern const char *property_normalize(const struct BotPolicy *policy,
									  const Property *property,
									  const char *in, size_t len, char **out);

#endif
