/*
 * update_contact(): what an agent edits by hand.
 */
#include "postgres.h"

#include "fmgr.h"

#include "identity/fold.h"
#include "identity/given.h"
#include "identity/profile.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/errors.h"
#include "store/event.h"
#include "store/json.h"
#include "store/lock.h"
#include "store/plan.h"

/* The userId comes with a capture; its property is the userId. */
static void
refuse_userid(const BotPolicy *policy, const Given *given)
{
	for (int i = 0; i < given->nraw; i++)
	{
		const char *name = given->raw[i].name;

		if (strcmp(name, "userId") != 0 &&
			(policy->userid == NULL || strcmp(name, policy->userid->name) != 0))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_U360_USERID_IMMUTABLE),
				 errmsg("property \"%s\" can't be edited", name),
				 errdetail("It is the userId of this bot's customers, which is given once and never changes."),
				 errhint("user360.identify() gives a customer the userId; an administrator can use user360.replace_userid().")));
	}
}

/* What is given replaces what is there. */
static void
set_given(FoldEdit *edit, const Given *given, const Property *property, const Value *value, TimestampTz at)
{
	const Value *current = property_slot(&edit->row->values, property, false);
	const char *typed = property->system == CUSTOM_PROPERTY ? NULL : given->as_typed[property->system];

	if (!value_is_given(value) ||
		(current != NULL && value_equal(current, value) && fold_own_is(edit->row, property, value)))
		return;
	fold_edit_set(edit, property, value, typed, at);
}

static void
clear(FoldEdit *edit, const Property *property, TimestampTz at)
{
	const Value *current = property_slot(&edit->row->values, property, false);
	Value		cleared = {.kind = VALUE_CLEARED};

	if (property->system == LAST_CHANNEL)
		ereport(ERROR,
				(errcode(ERRCODE_U360_INVALID_VALUE),
				 errmsg("property \"lastChannel\" can't be cleared"),
				 errdetail("It is the channel of the last capture."),
				 errhint("Leave it out.")));

	/* With nothing to hide there is nothing to clear, but for an address that
	 * could only be kept as it was typed. */
	if ((current != NULL && value_is_given(current)) ||
		json_get_text(edit->row->as_given, property->name) != NULL)
		fold_edit_set(edit, property, &cleared, NULL, at);
}

static void
edit_all(FoldEdit *edit, const Given *given, TimestampTz at)
{
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
		set_given(edit, given, &system_properties[i], &given->values.system[i], at);
	for (int i = 0; i < given->values.ncustom; i++)
		set_given(edit, given, given->values.custom[i].property, &given->values.custom[i].value, at);
	for (int i = 0; i < given->nraw; i++)
	{
		if (given->raw[i].value.kind == VALUE_CLEARED)
			clear(edit, policy_property(given->policy, given->raw[i].name), at);
	}
}

static void
edit_and_write(const Given *given, Profile *survivor)
{
	const BotPolicy *policy = given->policy;
	TimestampTz at = profile_moment(survivor);
	Profile    *before = profile_copy(policy, survivor);
	FoldEdit	edit = fold_edit(policy, survivor);
	Event		event = {.name = "USER_UPDATE", .at = at};
	JsonObject	payload;

	edit_all(&edit, given, at);
	if (!edit.changed)
		return;
	fold_edit_done(&edit);
	if (!profile_is_changed(policy, before, survivor))
	{
		profile_update(policy, survivor, NULL);
		return;
	}
	survivor->updated_at = at;
	json_begin(&payload);
	profile_add_change(&payload, policy, before, survivor);
	event.payload = json_end(&payload);
	profile_update(policy, survivor, &event);
}

PG_FUNCTION_INFO_V1(update_contact);

Datum
update_contact(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Given		given = {0};
	Profile    *survivor;
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));

	require_argument(fcinfo, 1, "profile_id");
	require_argument(fcinfo, 2, "properties");
	store_connect();
	policy = bot_lock(policy->bot, false);
	(void) profile_required(policy, PG_GETARG_UUID_P(1), profile_by_id);
	given_add_jsonb(&given, PG_GETARG_JSONB_P(2));
	refuse_userid(policy, &given);
	given_read(&given, policy, NULL);
	survivor = profile_lock_survivor(given.policy, PG_GETARG_UUID_P(1));
	edit_and_write(&given, survivor);
	*result = survivor->id;
	store_finish();
	PG_RETURN_UUID_P(result);
}
