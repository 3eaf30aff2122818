/*
 * The fold of a survivor.
 *
 * A survivor's row is fold(own values, member 1, member 2, ...), its members
 * in the order in which they were merged, each of them itself the fold of
 * what was merged into it before.  Adding the last member needs one step
 * only; taking any member out needs the whole fold again, and no history.
 *
 * profile.own is the object of the own values, null for a cleared one.  Keys
 * that start with @, which no property's name does, hold what else of the row
 * was the profile's own:
 *   @created, @identified, @seen	microseconds
 *   @given		e-mail and phone as typed
 *   @stamps	when values of rule latest were given
 *   @after		for a list that was set by hand: the place up to which it
 *				hides what members bring
 *   @edited	when each of them was given, where that was since the first
 *				member came
 * A survivor whose last member is taken out has no own values apart any more.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "identity/fold.h"
#include "store/id.h"
#include "store/json.h"

static StorePlan find_members = {
	.sql = "SELECT " PROFILE_COLUMNS ", m.target_id, m.place FROM user360.profile AS p "
	"JOIN user360.merge AS m ON m.bot" EQ "p.bot AND m.source_id" EQ "p.profile_id AND m.undone_at IS NULL "
	"WHERE p.bot" EQ "$1 AND p.merged_into" EQ "$2 ORDER BY m.target_id, m.place",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan find_last_place = {
	.sql = "SELECT pg_catalog.max(m.place) FROM user360.merge AS m WHERE m.bot" EQ "$1 AND m.target_id" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

/* {key: text, ...} with one key set anew, or taken away where text is NULL. */
static Jsonb *
with_key(Jsonb *object, const char *key, const char *text)
{
	JsonObject	copy;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	char	   *name = NULL;

	if (text == NULL && json_get_text(object, key) == NULL)
		return object;
	json_begin(&copy);
	if (object != NULL)
	{
		iterator = JsonbIteratorInit(&object->root);
		while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
		{
			if (token == WJB_KEY)
				name = pnstrdup(element.val.string.val, element.val.string.len);
			else if (token == WJB_VALUE && name != NULL && strcmp(name, key) != 0)
				json_add_text(&copy, name, json_scalar_text(&element));
		}
	}
	if (text != NULL)
		json_add_text(&copy, key, text);
	return copy.empty ? NULL : json_end(&copy);
}

static int64
get_integer(Jsonb *object, const char *key)
{
	char	   *text = json_get_text(object, key);

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

/* What the row holds, as own values. */
static Jsonb *
own_from(const Profile *profile, Jsonb *after, Jsonb *edited)
{
	JsonObject	own;

	json_begin(&own);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		if (profile->values.system[i].kind != VALUE_ABSENT)
			json_add_value(&own, &system_properties[i], &profile->values.system[i]);
	}
	for (int i = 0; i < profile->values.ncustom; i++)
	{
		if (profile->values.custom[i].value.kind != VALUE_ABSENT)
			json_add_value(&own, profile->values.custom[i].property, &profile->values.custom[i].value);
	}
	json_add_integer(&own, "@created", profile->created_at);
	json_add_integer(&own, "@seen", profile->last_seen_at);
	if (profile->userid != NULL)
		json_add_integer(&own, "@identified", profile->identified_at);
	if (profile->as_given != NULL)
		json_add_json(&own, "@given", profile->as_given);
	if (profile->stamps != NULL)
		json_add_json(&own, "@stamps", profile->stamps);
	if (after != NULL)
		json_add_json(&own, "@after", after);
	if (edited != NULL)
		json_add_json(&own, "@edited", edited);
	return json_end(&own);
}

typedef struct LoadOwn
{
	const BotPolicy *policy;
	Profile    *own;
} LoadOwn;

static const Property *
own_property(const BotPolicy *policy, const char *key)
{
	const Property *property = policy_property(policy, key);

	if (property == NULL)
		property = policy_property(policy_get_fresh(policy->bot), key);
	if (property == NULL)
		elog(ERROR, "own values hold a property \"%s\" that is not defined", key);
	return property;
}

/* A row has no place for the difference between blank and cleared. */
static void
mark_cleared_pair(const char *key, const JsonbValue *json, void *context)
{
	LoadOwn    *load = context;
	Value	   *value;

	if (key[0] == '@' || json->type != jbvNull)
		return;
	value = property_slot(&load->own->values, own_property(load->policy, key), true);
	if (!value_is_given(value))
		value->kind = VALUE_CLEARED;
}

void
fold_begin(const BotPolicy *policy, Profile *profile)
{
	LoadOwn		load = {policy, profile};

	profile_load_custom(policy, profile);
	if (profile->own == NULL)
		profile->own = own_from(profile, NULL, NULL);
	else
		json_visit(profile->own, mark_cleared_pair, &load);
}

static void
load_own_pair(const char *key, const JsonbValue *json, void *context)
{
	LoadOwn    *load = context;

	if (key[0] != '@')
		*property_slot(&load->own->values, own_property(load->policy, key), true) = json_to_value(json);
}

/* All that it has is its own. */
static Profile *
with_origins(Profile *profile)
{
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		profile->values.system[i].origin = &profile->id;
	for (int i = 0; i < profile->values.ncustom; i++)
		profile->values.custom[i].value.origin = &profile->id;
	return profile;
}

/* The profile as it would be without members. */
static Profile *
own_profile(const BotPolicy *policy, Profile *profile)
{
	Profile    *own;
	LoadOwn		load;

	own = profile_copy(policy, profile);
	load.policy = policy;
	load.own = own;
	if (profile->own == NULL)
		return with_origins(own);
	memset(&own->values, 0, sizeof(own->values));
	json_visit(profile->own, load_own_pair, &load);
	own->created_at = get_integer(profile->own, "@created");
	own->last_seen_at = get_integer(profile->own, "@seen");
	own->identified_at = get_integer(profile->own, "@identified");
	own->as_given = json_get_object(profile->own, "@given");
	own->stamps = json_get_object(profile->own, "@stamps");
	return with_origins(own);
}

static bool
is_given_as_typed(SystemProperty property)
{
	return property == EMAIL || property == PHONE;
}

/* Copies a property from source to target, with what belongs to it. */
static void
take(Profile *target, Profile *source, const Property *property)
{
	Value	   *from = property_slot(&source->values, property, false);

	*property_slot(&target->values, property, true) = *from;
	if (is_given_as_typed(property->system))
		target->as_given = with_key(target->as_given, property->name,
									json_get_text(source->as_given, property->name));
	if (property->rule == MERGE_LATEST)
		target->stamps = with_key(target->stamps, property->name,
								  json_get_text(source->stamps, property->name));
}

static void
add_item(Value *united, const Value *from, int item)
{
	united->origins[united->nitems] = from->origins != NULL ? from->origins[item] : from->origin;
	united->items[united->nitems++] = from->items[item];
}

static void
unite(Value *target, const Value *source)
{
	Value		united = {.kind = VALUE_LIST};

	united.items = palloc(sizeof(char *) * (target->nitems + source->nitems));
	united.origins = palloc(sizeof(pg_uuid_t *) * (target->nitems + source->nitems));
	for (int i = 0; i < target->nitems; i++)
		add_item(&united, target, i);
	for (int i = 0; i < source->nitems; i++)
	{
		if (!list_contains(&united, source->items[i]))
			add_item(&united, source, i);
	}
	*target = united;
}

static void
add_property(Profile *target, Profile *source, const Property *property, int64 place)
{
	Value	   *ours = property_slot(&target->values, property, true);
	Value	   *theirs = property_slot(&source->values, property, false);

	if (theirs == NULL || !value_is_given(theirs))
	{
		/* An address that could not be used fills where nothing is known. */
		if (is_given_as_typed(property->system) && ours->kind == VALUE_ABSENT &&
			json_get_text(target->as_given, property->name) == NULL)
			target->as_given = with_key(target->as_given, property->name,
										json_get_text(source->as_given, property->name));
		return;
	}
	switch (property->rule)
	{
		case MERGE_KEEP:
			if (ours->kind == VALUE_ABSENT)
				take(target, source, property);
			break;
		case MERGE_LATEST:
			if (ours->kind == VALUE_ABSENT ||
				get_integer(source->stamps, property->name) > get_integer(target->stamps, property->name))
				take(target, source, property);
			break;
		case MERGE_UNION:
			if (place > get_integer(json_get_object(target->own, "@after"), property->name))
				unite(ours, theirs);
			break;
		case MERGE_SEEN:
			if (!value_is_given(ours) || source->last_seen_at > target->last_seen_at)
				take(target, source, property);
			break;
		case MERGE_PLACE:
			/* Decided for both together, by add_place(). */
			break;
	}
}

/* Where somebody is: a country of one and a timezone of another would be
 * nobody's place. */
static void
add_place(Profile *target, Profile *source)
{
	static const SystemProperty place[] = {COUNTRY, TIMEZONE};

	if (target->values.system[COUNTRY].kind != VALUE_ABSENT ||
		target->values.system[TIMEZONE].kind != VALUE_ABSENT)
		return;
	for (int i = 0; i < (int) lengthof(place); i++)
	{
		if (value_is_given(&source->values.system[place[i]]))
			take(target, source, &system_properties[place[i]]);
	}
}

void
fold_add(const BotPolicy *policy, Profile *target, Profile *source, int64 place)
{
	profile_load_custom(policy, target);
	profile_load_custom(policy, source);

	add_place(target, source);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		/* The userId property of an identified profile is its userId. */
		if (target->userid != NULL && policy->userid == &system_properties[i])
			continue;
		add_property(target, source, &system_properties[i], place);
	}
	for (int i = 0; i < source->values.ncustom; i++)
	{
		const Property *property = source->values.custom[i].property;

		if (target->userid != NULL && policy->userid != NULL &&
			strcmp(policy->userid->name, property->name) == 0)
			continue;
		add_property(target, source, property, place);
	}
	target->created_at = Min(target->created_at, source->created_at);
	target->last_seen_at = Max(target->last_seen_at, source->last_seen_at);
	if (target->userid != NULL && source->userid != NULL)
		target->identified_at = Min(target->identified_at, source->identified_at);
}

static bool
same_custom(const PropertySet *a, const PropertySet *b)
{
	for (int i = 0; i < a->ncustom; i++)
	{
		const Value *other = property_slot((PropertySet *) b, a->custom[i].property, false);

		if (value_is_given(&a->custom[i].value) &&
			(other == NULL || !value_equal(&a->custom[i].value, other)))
			return false;
	}
	return true;
}

static bool
same_row(const Profile *a, const Profile *b)
{
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		const Value *x = &a->values.system[i];
		const Value *y = &b->values.system[i];

		if (value_is_given(x) != value_is_given(y) || (value_is_given(x) && !value_equal(x, y)))
			return false;
	}
	return same_custom(&a->values, &b->values) && same_custom(&b->values, &a->values) &&
		a->created_at == b->created_at && a->last_seen_at == b->last_seen_at &&
		a->identified_at == b->identified_at &&
		json_equal(a->as_given, b->as_given) && json_equal(a->stamps, b->stamps);
}

/* run: store_write(), or store_read() for a function that is STABLE. */
static Members
read_members(const BotPolicy *policy, const Profile *survivor, StoreRun run)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(&survivor->id)};
	Members		members = {0};
	bool		isnull;

	members.n = (int) run(&find_members, values, NULL);
	members.members = palloc(sizeof(Member) * (members.n + 1));
	for (int i = 0; i < members.n; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	descriptor = SPI_tuptable->tupdesc;
		Member	   *member = &members.members[i];

		member->profile = profile_from_row(i, 0);
		member->target = *DatumGetUUIDP(SPI_getbinval(row, descriptor, PROFILE_NCOLUMNS + 1, &isnull));
		member->place = DatumGetInt64(SPI_getbinval(row, descriptor, PROFILE_NCOLUMNS + 2, &isnull));
	}
	return members;
}

/* The fold of one profile over those members that were merged into it; the
 * callback is told of these first. */
static Profile *
fold_tree(const BotPolicy *policy, Profile *node, const Members *members, FoldCallback callback, void *context)
{
	Profile    *fold = own_profile(policy, node);
	bool		has_members = false;

	check_stack_depth();
	for (int i = 0; i < members->n; i++)
	{
		Member	   *member = &members->members[i];

		if (!id_equal(&member->target, &node->id))
			continue;
		if (fold->own == NULL)
			fold_begin(policy, fold);
		fold_add(policy, fold, fold_tree(policy, member->profile, members, callback, context), member->place);
		has_members = true;
	}
	if (!has_members)
		fold->own = NULL;
	callback(policy, node, fold, context);
	return fold;
}

typedef struct Rewrite
{
	const Profile *survivor;
	const pg_uuid_t *merge_id;
	TimestampTz at;
} Rewrite;

/* A member is written here, the survivor by whoever folds it. */
static void
rewrite_member(const BotPolicy *policy, Profile *row, Profile *fold, void *context)
{
	Rewrite    *rewrite = context;
	Event		event = {.name = "USER_UPDATE", .at = rewrite->at};
	JsonObject	payload;

	if (row == rewrite->survivor || (same_row(fold, row) && (fold->own == NULL) == (row->own == NULL)))
		return;
	fold->updated_at = rewrite->at;
	json_begin(&payload);
	if (rewrite->merge_id != NULL)
		json_add_text(&payload, "mergeId", id_text(rewrite->merge_id));
	profile_add_change(&payload, policy, row, fold);
	event.payload = json_end(&payload);
	profile_update(policy, fold, profile_is_changed(policy, row, fold) ? &event : NULL);
}

void
fold_again(const BotPolicy *policy, Profile *survivor, const pg_uuid_t *merge_id, TimestampTz at)
{
	Members		members = read_members(policy, survivor, store_write);
	Rewrite		rewrite = {survivor, merge_id, at};

	*survivor = *fold_tree(policy, survivor, &members, rewrite_member, &rewrite);
}

static void
leave_member(const BotPolicy *policy, Profile *row, Profile *fold, void *context)
{
}

Profile *
fold_with(const BotPolicy *policy, Profile *survivor, Profile *source, const pg_uuid_t *under)
{
	Members		members = read_members(policy, survivor, store_read);
	Member	   *last = &members.members[members.n++];

	/* Its row is a fold already, and its own members are not among these. */
	last->profile = profile_copy(policy, source);
	last->profile->own = NULL;
	last->target = *under;
	last->place = PG_INT64_MAX;
	return fold_tree(policy, survivor, &members, leave_member, NULL);
}

/* The first of the members that this profile took in, if it did any. */
static int
first_member(const Members *members, const pg_uuid_t *target)
{
	int			low = 0;
	int			high = members->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (memcmp(&members->members[middle].target, target, UUID_LEN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

Profile *
fold_with_origins(const BotPolicy *policy, Profile *survivor)
{
	Members		members = read_members(policy, survivor, store_read);

	return fold_tree(policy, survivor, &members, leave_member, NULL);
}

static void
check_row(const BotPolicy *policy, Profile *row, const Members *members, FoldCallback differs, void *context)
{
	int			first = first_member(members, &row->id);
	bool		has_members = first < members->n && id_equal(&members->members[first].target, &row->id);
	Profile    *fold;

	/* Then the row is all there is. */
	if (!has_members && row->own == NULL)
		return;
	fold = own_profile(policy, row);
	if (has_members)
		fold_begin(policy, fold);
	else
		fold->own = NULL;
	for (int i = first; i < members->n && id_equal(&members->members[i].target, &row->id); i++)
		fold_add(policy, fold, members->members[i].profile, members->members[i].place);
	if (!same_row(fold, row) || (fold->own == NULL) != (row->own == NULL))
		differs(policy, row, fold, context);
}

void
fold_check(const BotPolicy *policy, Profile *survivor, const Members *members,
		   FoldCallback differs, void *context)
{
	check_row(policy, survivor, members, differs, context);
	for (int i = 0; i < members->n; i++)
		check_row(policy, members->members[i].profile, members, differs, context);
}

Jsonb *
fold_edited_since(const BotPolicy *policy, Profile *profile, TimestampTz since)
{
	JsonObject	edited;
	Profile    *own = own_profile(policy, profile);
	Jsonb	   *times = json_get_object(profile->own, "@edited");

	json_begin(&edited);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		if (get_integer(times, system_properties[i].name) > since)
			json_add_value(&edited, &system_properties[i], &own->values.system[i]);
	}
	for (int i = 0; i < own->values.ncustom; i++)
	{
		const Property *property = own->values.custom[i].property;

		if (get_integer(times, property->name) > since)
			json_add_value(&edited, property, &own->values.custom[i].value);
	}
	return json_end(&edited);
}

bool
fold_own_is(const Profile *profile, const Property *property, const Value *value)
{
	JsonbValue *found;
	Value		own;

	if (profile->own == NULL)
		return true;
	found = json_find(&profile->own->root, property->name);
	if (found == NULL)
		return false;
	own = json_to_value(found);
	return value_equal(&own, value);
}

static void
highest_place_pair(const char *key, const JsonbValue *json, void *context)
{
	int64	   *place = context;
	char	   *text = json_scalar_text(json);

	*place = Max(*place, text != NULL ? strtoll(text, NULL, 10) : 0);
}

int64
fold_hidden_up_to(const Profile *profile)
{
	Jsonb	   *after = json_get_object(profile->own, "@after");
	int64		place = 0;

	if (after != NULL)
		json_visit(after, highest_place_pair, &place);
	return place;
}

FoldEdit
fold_edit(const BotPolicy *policy, Profile *profile)
{
	FoldEdit	edit = {.policy = policy, .row = profile};

	profile_load_custom(policy, profile);
	if (profile->own != NULL)
	{
		edit.own = own_profile(policy, profile);
		edit.after = json_get_object(profile->own, "@after");
		edit.edited = json_get_object(profile->own, "@edited");
	}
	return edit;
}

/* The highest place among the members of a profile. */
static int64
last_place(const BotPolicy *policy, const Profile *profile)
{
	Datum		values[2] = {policy->bot_datum, UUIDPGetDatum(&profile->id)};
	bool		isnull;
	Datum		place;

	store_write(&find_last_place, values, NULL);
	place = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? 0 : DatumGetInt64(place);
}

static void
set_value(Profile *profile, const Property *property, const Value *value, const char *given,
		  TimestampTz at)
{
	*property_slot(&profile->values, property, true) = *value;
	if (is_given_as_typed(property->system))
		profile->as_given = with_key(profile->as_given, property->name, given);
	if (property->rule == MERGE_LATEST)
		profile->stamps = with_key(profile->stamps, property->name, psprintf(INT64_FORMAT, at));
}

void
fold_edit_set(FoldEdit *edit, const Property *property, const Value *value, const char *given,
			  TimestampTz at)
{
	edit->changed = true;
	set_value(edit->row, property, value, given, at);
	if (edit->own == NULL)
		return;
	set_value(edit->own, property, value, given, at);
	edit->edited = with_key(edit->edited, property->name, psprintf(INT64_FORMAT, at));
	if (property->rule == MERGE_UNION)
		edit->after = with_key(edit->after, property->name,
							   psprintf(INT64_FORMAT, last_place(edit->policy, edit->row)));

	/* A place of its own, or a value taken back, changes what members fill. */
	if (property->rule == MERGE_PLACE || !value_is_given(value))
		edit->fold_again = true;
}

/* The userId, and the property that always equals it. */
void
fold_edit_userid(FoldEdit *edit, const char *userid, const char *given, TimestampTz at)
{
	Value		value = text_value(pstrdup(userid));

	fold_edit_set(edit, edit->policy->userid, &value, given, at);
	edit->row->userid = value.text;
	edit->row->identified_at = edit->row->updated_at = at;
	if (edit->own != NULL)
	{
		edit->own->userid = value.text;
		edit->own->identified_at = at;
	}
}

void
fold_edit_seen(FoldEdit *edit, TimestampTz at)
{
	edit->row->last_seen_at = Max(edit->row->last_seen_at, at);
	if (edit->own != NULL)
		edit->own->last_seen_at = Max(edit->own->last_seen_at, at);
}

void
fold_edit_done(FoldEdit *edit)
{
	if (edit->own == NULL)
		return;
	edit->row->own = own_from(edit->own, edit->after, edit->edited);
	if (edit->fold_again)
		fold_again(edit->policy, edit->row, NULL, edit->row->updated_at);
}
