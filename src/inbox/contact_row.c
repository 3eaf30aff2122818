/*
 * capture_contact(): the trigger on a user's table of contacts.
 *
 * Each contact is a sender of a channel of its own, by its key.  It gives
 * properties and perhaps a userId as any capture does, but nobody talks on
 * that channel: it never becomes the lastChannel.  The app's own statement
 * never fails; what is wrong with a value is recorded in an event.
 *
 * A contact that the app deletes stays a sender and leads to its profile.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "identity/capture.h"
#include "identity/fold.h"
#include "inbox/contact_row.h"
#include "store/errors.h"
#include "store/event.h"
#include "store/id.h"
#include "store/json.h"
#include "store/plan.h"

static StorePlan find_sender = {
	.sql = "SELECT 1 FROM user360.sender AS s WHERE s.bot" EQ "$1 AND s.channel" EQ "$2 AND s.sender" EQ "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

char *
contact_channel_name(const Mapping *mapping, const char *source)
{
	const MappedName *channel = mapping_find(mapping, "channel");
	const char *name = channel != NULL && channel->constant != NULL ? channel->constant : source;

	return pnstrdup(name, pg_mbcharcliplen(name, strlen(name), MAX_NAME_CHARS));
}

bool
contact_is_known(BotPolicy *policy, const Channel *channel, const char *key)
{
	Problems	ignored = {0};
	Given		given = {.raw_sender = key, .problems = &ignored};
	Datum		values[3];

	given_read(&given, policy, channel);
	values[0] = policy->bot_datum;
	values[1] = CStringGetTextDatum(channel->name);
	values[2] = CStringGetTextDatum(given.sender);
	return store_write(&find_sender, values, NULL) > 0;
}

/* The channel of the row's table; NULL: it can't be that of contacts. */
static const Channel *
channel_of_contact(const Row *row, BotPolicy **policy)
{
	Problems	problems = {0};
	char	   *name = contact_channel_name(row->mapping, row_source(row));
	const Channel *channel = row_channel(policy, name, true, &problems);

	if (channel != NULL && channel_has_keys(channel))
		return channel;
	row_warn(row->relation, ERRCODE_U360_UNKNOWN_CHANNEL,
			 psprintf("channel \"%s\" can't be that of contacts", name));
	return NULL;
}

bool
contact_is_recorded(const Row *row, BotPolicy *policy)
{
	const Channel *channel = policy_channel(policy, contact_channel_name(row->mapping, row_source(row)));
	bool		known;

	if (channel == NULL)
		return false;
	store_connect();
	known = contact_is_known(policy, channel, row_text(row, "sender"));
	store_finish();
	return known;
}

/* Says what was wrong with the values. */
static void
record_problems(const Row *row, const Given *given, const pg_uuid_t *profile_id)
{
	JsonObject	payload;
	Event		event = {.name = "CONTACT_PROBLEM", .channel = given->channel->name};

	if (given->problems->n == 0)
		return;
	json_begin(&payload);
	json_add_text(&payload, "contact", given->sender);
	json_add_json(&payload, "problems", problems_jsonb(given->problems));
	event.source = row_source(row);
	event.at = new_moment();
	event.payload = json_end(&payload);
	event_insert(given->policy, profile_id, &event);
}

static Capture
capture_given(const Row *row, Given *given, BotPolicy *policy, const Channel *channel)
{
	Capture		result;

	given->raw_sender = row_text(row, "sender");
	given->elsewhere = true;
	given_read(given, policy, channel);
	result = capture(given);

	/* What only fills may be repeated, and says nothing twice. */
	if (!given->only_fills)
		record_problems(row, given, &result.profile_id);
	return result;
}

void
contact_capture(const Row *row, BotPolicy *policy)
{
	const Channel *channel;
	Problems	problems = {0};
	Given		given = {.problems = &problems};

	store_connect();
	channel = channel_of_contact(row, &policy);
	if (channel != NULL)
	{
		row_given(row, &given);
		(void) capture_given(row, &given, policy, channel);
	}
	store_finish();
}

bool
contact_fill(const Row *row, BotPolicy *policy)
{
	const Channel *channel;
	Problems	problems = {0};
	Given		given = {.problems = &problems, .only_fills = true};
	bool		changed = false;

	store_connect();
	channel = channel_of_contact(row, &policy);
	if (channel != NULL)
	{
		row_given(row, &given);
		changed = strcmp(capture_given(row, &given, policy, channel).outcome, "updated") != 0;
	}
	store_finish();
	return changed;
}

static bool
is_blank_value(const Value *value)
{
	return value->kind == VALUE_ABSENT || value->kind == VALUE_CLEARED ||
		(value->kind == VALUE_LIST && value->nitems == 0);
}

/* What an update gives: the new values, and the former ones of what became
 * blank. */
static void
add_changes(const Row *old, const Row *new, Given *given, Given *former)
{
	for (int i = 0; i < new->mapping->n; i++)
	{
		const MappedName *name = &new->mapping->names[i];
		Value		value;

		if (mapping_is_ticket_name(name->name) ||
			!mapping_differs(name, old->tuple, new->tuple, new->descriptor))
			continue;
		value = mapping_value(name, new->tuple, new->descriptor);
		if (!is_blank_value(&value))
		{
			given_add(given, name->name, value);
			continue;
		}
		value = mapping_value(name, old->tuple, old->descriptor);
		if (!is_blank_value(&value))
			given_add(former, name->name, value);
	}
}

/* Is what the app's row had the very thing that the profile itself holds? */
static bool
holds_former(Profile *profile, const Given *former, const Property *property)
{
	const Value *current = property_slot(&profile->values, property, false);
	const Value *value = property_slot((PropertySet *) &former->values, property, false);
	const char *typed = property->system == CUSTOM_PROPERTY ? NULL : former->as_typed[property->system];
	const char *known = json_get_text(profile->as_given, property->name);

	if (current != NULL && value_is_given(current))
		return value != NULL && value_equal(current, value) && fold_own_is(profile, property, value);
	return typed != NULL && known != NULL && strcmp(typed, known) == 0;
}

static void
clear_in(Profile *survivor, const Given *former)
{
	const BotPolicy *policy = former->policy;
	TimestampTz at = profile_moment(survivor);
	Profile    *before = profile_copy(policy, survivor);
	FoldEdit	edit = fold_edit(policy, survivor);
	Value		cleared = {.kind = VALUE_CLEARED};
	Event		event = {.name = "USER_UPDATE", .channel = former->channel->name, .at = at};
	JsonObject	payload;

	if (former->values.ncustom > 0)
		profile_load_custom(policy, survivor);
	for (int i = 0; i < former->nraw; i++)
	{
		const Property *property = policy_property(policy, former->raw[i].name);

		if (property == NULL || property->system == LAST_CHANNEL ||
			(survivor->userid != NULL && policy->userid != NULL && strcmp(property->name, policy->userid->name) == 0))
			continue;
		if (holds_former(survivor, former, property))
			fold_edit_set(&edit, property, &cleared, NULL, at);
	}
	if (!edit.changed)
		return;
	fold_edit_done(&edit);
	survivor->updated_at = at;
	json_begin(&payload);
	profile_add_change(&payload, policy, before, survivor);
	event.payload = json_end(&payload);
	profile_update(policy, survivor, &event);
}

/*
 * Clears what became blank in the app's row where nobody else has given
 * another value since.  Locks the survivor, which the capture before may hold
 * already; one that is erased meanwhile holds nothing any more.
 */
static void
clear_former(Given *former, BotPolicy *policy, const Channel *channel, const pg_uuid_t *profile_id)
{
	Problems	ignored = {0};

	former->problems = &ignored;
	given_read(former, policy, channel);
	if (former->policy->options.overwrite_never)
		return;
	for (int round = 0; round < PROFILE_ROUNDS; round++)
	{
		Profile    *survivor = profile_survivor(former->policy, profile_by_id(former->policy, profile_id));
		Profile    *locked;

		if (survivor == NULL)
			return;
		locked = profile_lock(former->policy, survivor, profile_id);
		if (locked != NULL)
		{
			clear_in(locked, former);
			return;
		}
		CHECK_FOR_INTERRUPTS();
	}
	profile_unsettled(profile_id);
}

static void
contact_updated(const Row *old, const Row *new, BotPolicy *policy)
{
	const Channel *channel;
	Problems	problems = {0};
	Given		given = {.problems = &problems};
	Given		former = {0};
	Capture		result;

	store_connect();
	channel = channel_of_contact(new, &policy);
	if (channel != NULL)
	{
		add_changes(old, new, &given, &former);
		result = capture_given(new, &given, policy, channel);

		/* Another customer than before holds nothing of this contact's. */
		if (former.nraw > 0 && strcmp(result.outcome, "updated") == 0)
			clear_former(&former, given.policy, given.channel, &result.profile_id);
	}
	store_finish();
}

PG_FUNCTION_INFO_V1(capture_contact);

Datum
capture_contact(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	BotPolicy  *policy;
	Row			old;
	Row			new;
	bool		same;

	if (!row_trigger_begins(fcinfo, "capture_contact", "attach_contacts", &old) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(NULL);
	new = old;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		new.tuple = trigger->tg_newtuple;
	same = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !row_name_changed(&old, &new, "bot") &&
		!row_name_changed(&old, &new, "sender");
	if (same && !row_properties_changed(&old, &new))
		return PointerGetDatum(NULL);
	policy = row_policy(&new, true);
	if (policy == NULL)
		return PointerGetDatum(NULL);
	if (row_text(&new, "sender") == NULL)
	{
		row_warn(new.relation, ERRCODE_U360_MAPPING, "its sender is blank");
		return PointerGetDatum(NULL);
	}
	if (same && contact_is_recorded(&new, policy))
		contact_updated(&old, &new, policy);
	else
		contact_capture(&new, policy);
	return PointerGetDatum(NULL);
}

static bool
gives_userid(const Given *given, const BotPolicy *policy)
{
	for (int i = 0; i < given->nraw; i++)
	{
		if (strcmp(given->raw[i].name, "userId") == 0 ||
			(policy->userid != NULL && strcmp(given->raw[i].name, policy->userid->name) == 0))
			return true;
	}
	return false;
}

static bool
gives(const Given *given, const char *name)
{
	for (int i = 0; i < given->nraw; i++)
	{
		if (strcmp(given->raw[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Adds what the contact gives and the ticket does not. */
static void
add_given_of_contact(const Row *contact, const BotPolicy *policy, Given *given)
{
	Given		of_contact = {0};
	bool		has_userid = gives_userid(given, policy);

	row_given(contact, &of_contact);
	for (int i = 0; i < of_contact.nraw; i++)
	{
		Given		one = {.nraw = 1, .raw = &of_contact.raw[i]};

		if (!gives(given, one.raw->name) && !(has_userid && gives_userid(&one, policy)))
			given_add(given, one.raw->name, one.raw->value);
	}
}

/* The mapping of the table of contacts, which may be a partition of it. */
static const Mapping *
mapping_of_contacts(Relation relation)
{
	const Trigger *trigger = row_trigger(relation, "capture_contact");
	Problem		problem = {.sqlstate = ERRCODE_U360_MAPPING, .hint = "Attach it with user360.attach_contacts()."};

	if (trigger != NULL)
		return row_mapping(relation, trigger);
	problem.message = psprintf("table \"%s\" is not attached", RelationGetRelationName(relation));
	keyed_warn(&problem);
	return NULL;
}

/* By which column of which table the ticket's contact is found; false: it
 * can't be, which is a warning. */
static bool
request_contact(const Row *ticket, const MappedName *contact, TableName *name, KeyedRequest *request)
{
	const MappedName *contacts = mapping_find(ticket->mapping, "contacts");
	const char *position = contacts != NULL ? contacts->constant : NULL;
	Problem		problem;
	Relation	relation;
	const Mapping *mapping;
	const MappedName *key;

	if (position == NULL || table_name_read(&position, name) != NULL)
		return false;
	relation = keyed_open(name, &problem);
	if (relation == NULL)
	{
		keyed_warn(&problem);
		return false;
	}
	mapping = mapping_of_contacts(relation);
	key = mapping != NULL ? mapping_find(mapping, "sender") : NULL;
	relation_close(relation, NoLock);
	if (key == NULL || key->ncolumns != 1 || key->look_up != NULL || key->npath > 0)
		return false;
	request->name = name;
	request->key = key->columns[0].name;
	request->column = NULL;
	request->type = contact->columns[0].type;
	return true;
}

/* Another tenant's contact gives nothing. */
static void
add_contact_row(const Row *ticket, const MappedName *contact, const BotPolicy *policy, Given *given)
{
	TableName	name;
	KeyedRequest request;
	KeyedRow	found;
	Row			row;
	bool		isnull;
	Datum		key = heap_getattr(ticket->tuple, contact->columns[0].number, ticket->descriptor, &isnull);
	const char *bot;

	if (isnull || !request_contact(ticket, contact, &name, &request) || !keyed_read(&request, key, &found))
		return;
	row.relation = found.relation;
	row.tuple = found.tuple;
	row.descriptor = RelationGetDescr(found.relation);
	row.mapping = mapping_of_contacts(found.relation);
	bot = row.mapping != NULL ? row_text(&row, "bot") : NULL;
	if (bot != NULL && strcmp(bot, policy->bot) == 0)
		add_given_of_contact(&row, policy, given);
	keyed_close(&found);
}

const Channel *
contact_of_ticket(const Row *ticket, BotPolicy **policy, Given *given, Problems *problems)
{
	const MappedName *contact = mapping_find(ticket->mapping, "contact");
	char	   *key = row_text(ticket, "contact");
	char	   *name = row_text(ticket, "contacts_channel");
	const Channel *channel;

	given->raw_sender = NULL;
	if (key == NULL || name == NULL)
		return NULL;
	channel = row_channel(policy, name, true, problems);
	if (channel == NULL || !channel_has_keys(channel))
		return NULL;
	given->raw_sender = key;
	if (contact->ncolumns == 1 && contact->look_up == NULL && contact->npath == 0 &&
		!contact_is_known(*policy, channel, key))
		add_contact_row(ticket, contact, *policy, given);
	return channel;
}
