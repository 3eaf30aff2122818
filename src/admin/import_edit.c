/*
 * Giving a line's values to a profile, by the conflict mode.
 */
#include "postgres.h"

#include "admin/import.h"
#include "identity/fold.h"
#include "store/json.h"

/* One line on its way into one profile. */
typedef struct Gift
{
	const Import *import;
	const ImportRow *row;
	Profile    *profile;
	FoldEdit   *edit;			/* NULL: only tell whether anything would change */
	TimestampTz at;
	bool		changed;
} Gift;

static void
set(Gift *gift, const Property *property, const Value *value, const char *typed)
{
	gift->changed = true;
	if (gift->edit != NULL)
		fold_edit_set(gift->edit, property, value, typed, gift->at);
}

static bool
is_known(const Profile *profile, const Property *property, const Value *current)
{
	return (current != NULL && value_is_given(current)) ||
		((property->system == EMAIL || property->system == PHONE) &&
		 json_get_text(profile->as_given, property->name) != NULL);
}

static void
give_value(Gift *gift, const Property *property, const Value *value)
{
	const Value *current = property_slot(&gift->profile->values, property, false);
	const char *typed = property->system == CUSTOM_PROPERTY ? NULL : gift->row->given.as_typed[property->system];
	Value		cleared = {.kind = VALUE_CLEARED};

	if (value == NULL || !value_is_given(value))
	{
		if (gift->import->conflict == IMPORT_RETAIN && is_known(gift->profile, property, current))
			set(gift, property, &cleared, NULL);
		return;
	}
	if (current != NULL && value_is_given(current) &&
		(gift->import->conflict == IMPORT_KEEP ||
		 (value_equal(current, value) && fold_own_is(gift->profile, property, value))))
		return;
	set(gift, property, value, typed);
}

static void
give_last_channel(Gift *gift)
{
	const Value *current = &gift->profile->values.system[LAST_CHANNEL];
	Value		value;

	if (gift->row->last_channel == NULL ||
		(value_is_given(current) && (gift->import->conflict == IMPORT_KEEP ||
									 strcmp(current->text, gift->row->last_channel) == 0)))
		return;
	value = text_value(pstrdup(gift->row->last_channel));
	set(gift, &system_properties[LAST_CHANNEL], &value, NULL);
}

/* The items of the first list, then those of the second that it lacks, but
 * for those that are left out. */
static Value
unite(const Value *one, const Value *other, const Value *without)
{
	Value		united = {.kind = VALUE_LIST};

	united.items = palloc(sizeof(char *) * (one->nitems + other->nitems + 1));
	for (int i = 0; i < one->nitems + other->nitems; i++)
	{
		char	   *item = i < one->nitems ? one->items[i] : other->items[i - one->nitems];

		if (!list_contains(&united, item) && !list_contains(without, item))
			united.items[united.nitems++] = item;
	}
	return united;
}

/* The tags that a line leaves, apart from those of the import. */
static const Value *
tags_of_line(const Gift *gift, const Value *current)
{
	static const Value none = {.kind = VALUE_LIST};
	const Import *import = gift->import;
	const Value *given = &gift->row->given.values.system[TAGS];
	Value	   *united;

	if (import->merge_tags && value_is_given(given))
	{
		united = palloc(sizeof(Value));
		*united = unite(current, given, &none);
		return united;
	}
	if (import->merge_tags || (import->conflict == IMPORT_KEEP && current->nitems > 0))
		return current;
	if (value_is_given(given))
		return given;
	return import->conflict == IMPORT_RETAIN ? &none : current;
}

/*
 * The tags of the import come to what the line leaves.  Where they are only
 * its time, they tell of a change and are none of themselves: or running an
 * import again would change every customer.
 */
static void
give_tags(Gift *gift)
{
	static const Value none = {.kind = VALUE_LIST};
	const Import *import = gift->import;
	const Value *held = &gift->profile->values.system[TAGS];
	const Value *current = held->kind == VALUE_LIST ? held : &none;
	const Value *line = tags_of_line(gift, current);
	const Value *apart = import->tag_is_time ? &import->earlier_tags : &none;
	Value		tags;

	if (line != current)
	{
		Value		before = unite(current, &none, apart);
		Value		after = unite(line, &none, apart);

		if (value_equal(&before, &after))
			line = current;
		else
			gift->changed = true;
	}
	if (import->tag_is_time && !gift->changed)
		return;
	tags = unite(line, &import->tags, &none);
	if (value_equal(&tags, current))
		return;
	if (tags.nitems == 0)
		tags.kind = VALUE_CLEARED;
	set(gift, &system_properties[TAGS], &tags, NULL);
}

/* In mode retain what the line does not give goes, custom properties too. */
static void
clear_custom(Gift *gift)
{
	Profile    *profile = gift->profile;

	for (int i = 0; i < profile->values.ncustom; i++)
	{
		const Property *property = profile->values.custom[i].property;
		const Value *given = property_slot((PropertySet *) &gift->row->given.values, property, false);

		if ((given == NULL || !value_is_given(given)) &&
			(profile->userid == NULL || strcmp(property->name, gift->row->given.policy->userid->name) != 0))
			give_value(gift, property, NULL);
	}
}

bool
import_row_give(const Import *import, const ImportRow *row, Profile *profile, FoldEdit *edit, TimestampTz at)
{
	Gift		gift = {import, row, profile, edit, at, false};
	const BotPolicy *policy = row->given.policy;

	profile_load_custom(policy, profile);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		/* The userId property of an identified profile is its userId. */
		if (i != TAGS && i != LAST_CHANNEL && (profile->userid == NULL || policy->userid != &system_properties[i]))
			give_value(&gift, &system_properties[i], &row->given.values.system[i]);
	}
	for (int i = 0; i < row->given.values.ncustom; i++)
	{
		const CustomValue *custom = &row->given.values.custom[i];

		if (profile->userid == NULL || policy->userid == NULL || strcmp(policy->userid->name, custom->property->name) != 0)
			give_value(&gift, custom->property, &custom->value);
	}
	if (import->conflict == IMPORT_RETAIN)
		clear_custom(&gift);
	give_last_channel(&gift);
	give_tags(&gift);
	return gift.changed;
}
