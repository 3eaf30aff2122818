/*
 * Capture.  The decision is made on an unlocked look, then what it stands on
 * is locked in the order of store/lock.h and looked at again; where it has
 * changed, the decision is made anew.  A capture without news ends with the
 * first look.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"

#include "identity/capture.h"
#include "identity/fold.h"
#include "identity/lookalike.h"
#include "identity/merge.h"
#include "identity/tombstone.h"
#include "store/errors.h"
#include "store/id.h"
#include "store/table.h"
#include "store/json.h"
#include "store/lock.h"

typedef enum Action
{
	ACTION_CREATE,
	ACTION_UPDATE,
	ACTION_ASSIGN,
	ACTION_MERGE,
	ACTION_SWITCH
} Action;

/* What a look shows. */
typedef struct View
{
	Profile    *own;			/* the sender's profile; NULL: a new sender */
	Profile    *survivor;		/* of own */
	const char *userid;			/* the one that this capture gives */
	Profile    *named;			/* the profile with that userId; NULL: none */
	Profile    *named_survivor;
	Action		action;
} View;

/* What has been taken of the locks of the sender, and when it all happens. */
typedef struct Progress
{
	bool		bot_locked;
	bool		sender_claimed;
	bool		has_id;
	pg_uuid_t	new_id;			/* for the profile that this capture makes */
	TimestampTz at;
} Progress;

StoreProbe sender_probe = {.table = "sender", .index = "sender_pkey", .nkeys = 3, .types = {TEXTOID, TEXTOID, TEXTOID}};

#define SENDER_PROFILE_ID	3		/* after bot, channel and sender */
#define SENDER_LAST_SEEN_AT	5

static StoreTable sender_rows = {
	.table = "sender",
	.arbiter = "sender_pkey",
	.looked = true,
	.statement = {
		.sql = "INSERT INTO user360.sender (bot, channel, sender, profile_id, first_seen_at, last_seen_at) "
		"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bot, channel, sender) DO NOTHING",
		.nargs = 6, .argtypes = {TEXTOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}
	}
};

/* Makes the sender, or waits for whoever makes or changes it. */
static StorePlan claim_sender = {
	.sql = "INSERT INTO user360.sender AS s (bot, channel, sender, profile_id, first_seen_at, last_seen_at) "
	"VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (bot, channel, sender) "
	"DO UPDATE SET last_seen_at = GREATEST(s.last_seen_at, EXCLUDED.last_seen_at) RETURNING s.profile_id",
	.nargs = 5, .argtypes = {TEXTOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID}
};

static StorePlan map_sender = {
	.sql = "UPDATE user360.sender SET profile_id = $4 WHERE bot" EQ "$1 AND channel" EQ "$2 AND sender" EQ "$3",
	.nargs = 4, .argtypes = {TEXTOID, TEXTOID, TEXTOID, UUIDOID}
};

static void
sender_arguments(const Given *given, Datum *values)
{
	values[0] = given->policy->bot_datum;
	values[1] = CStringGetTextDatum(given->channel->name);
	values[2] = CStringGetTextDatum(given->sender);
}

/* The columns of sender_probe, in its order. */
static void
sender_keys(const Given *given, Datum *keys)
{
	keys[0] = given->policy->bot_datum;
	keys[1] = CStringGetTextDatum(given->sender);
	keys[2] = CStringGetTextDatum(given->channel->name);
}

/* Both rows as of one moment: a sender always has its profile. */
static Profile *
look_up_sender(const Given *given)
{
	Profile    *profile = NULL;
	Datum		keys[3];
	ProbedRow	row;

	if (given->sender == NULL)
		return NULL;
	sender_keys(given, keys);
	store_look();
	if (store_probe(&sender_probe, keys, &row))
		profile = profile_as_seen(given->policy, DatumGetUUIDP(row.values[SENDER_PROFILE_ID]));
	store_look_end();
	return profile;
}

static bool
same_profile(const Profile *a, const Profile *b)
{
	return a != NULL && b != NULL && id_equal(&a->id, &b->id);
}

/* Table 5.1 of the rules. */
static Action
decide(const View *view)
{
	if (view->survivor == NULL)
		return view->named != NULL ? ACTION_SWITCH : ACTION_CREATE;
	if (view->userid == NULL || same_profile(view->survivor, view->named_survivor))
		return ACTION_UPDATE;
	if (view->survivor->userid == NULL)
		return view->named != NULL ? ACTION_MERGE : ACTION_ASSIGN;
	return view->named != NULL ? ACTION_SWITCH : ACTION_CREATE;
}

static View
look(const Given *given)
{
	View		view = {0};
	const BotPolicy *policy = given->policy;

	view.own = look_up_sender(given);
	view.survivor = profile_survivor(policy, view.own);
	view.userid = given->userid;
	if ((given->userid_from_sender || given->only_fills) && view.survivor != NULL && view.survivor->userid != NULL)
		view.userid = NULL;
	if (view.userid != NULL)
	{
		if (view.survivor != NULL && view.survivor->userid != NULL &&
			strcmp(view.survivor->userid, view.userid) == 0)
			view.named = view.named_survivor = view.survivor;
		else
		{
			view.named = profile_by_userid(policy, view.userid);
			view.named_survivor = profile_survivor(policy, view.named);
		}
	}
	view.action = decide(&view);
	return view;
}

/*
 * Sets what the capture gives to a profile, or only tells whether it would
 * change anything where edit is NULL.
 */
static bool
give_value(const Given *given, Profile *profile, FoldEdit *edit, const Property *property,
		   const Value *value, bool overwrite, TimestampTz at)
{
	const Value *current = property_slot(&profile->values, property, false);
	const char *typed = property->system == CUSTOM_PROPERTY ? NULL : given->as_typed[property->system];

	if (!value_is_given(value))
		return false;
	if (current != NULL && value_is_given(current) &&
		(!overwrite || (value_equal(current, value) && fold_own_is(profile, property, value))))
		return false;
	if (edit != NULL)
		fold_edit_set(edit, property, value, typed, at);
	return true;
}

/* An address that can't be used is kept as given, for want of a better one. */
static bool
give_typed(const Given *given, Profile *profile, FoldEdit *edit, SystemProperty system, TimestampTz at)
{
	const Property *property = &system_properties[system];
	const char *typed = given->as_typed[system];
	const char *known = json_get_text(profile->as_given, property->name);
	Value		absent = {0};

	if (typed == NULL || value_is_given(&given->values.system[system]) ||
		value_is_given(&profile->values.system[system]) ||
		(known != NULL && strcmp(known, typed) == 0))
		return false;
	if (edit != NULL)
		fold_edit_set(edit, property, &absent, typed, at);
	return true;
}

/* How a profile takes what a capture gives. */
typedef enum GiveMode
{
	GIVE_OVER,					/* its own sender's: replaces what is there */
	GIVE_BLANKS,				/* one that the sender is switched to: fills blanks */
	GIVE_MERGED					/* the same, but what the sender itself tells comes
								 * with the profile that is merged */
} GiveMode;

/* The channel on which the customer talks, or NULL. */
static const char *
talk_channel(const Given *given)
{
	if (given->elsewhere)
		return given->seen_on;
	return given->channel != NULL ? given->channel->name : NULL;
}

/* What an app tells of its contact is no visit of the customer's. */
static bool
is_visit(const Given *given)
{
	return !given->elsewhere || given->seen_on != NULL;
}

/* The channel of the last capture, and what a phone number as sender tells. */
static bool
give_sender(const Given *given, Profile *profile, FoldEdit *edit, GiveMode mode, TimestampTz at)
{
	bool		changed = false;
	Value		value;

	if (talk_channel(given) != NULL)
	{
		value = text_value((char *) talk_channel(given));
		changed |= give_value(given, profile, edit, &system_properties[LAST_CHANNEL], &value, true, at);
	}
	if (mode == GIVE_MERGED)
		return changed;
	value = text_value((char *) given->sender_phone);
	changed |= give_value(given, profile, edit, &system_properties[PHONE], &value, false, at);
	value = text_value((char *) given->sender_country);
	changed |= give_value(given, profile, edit, &system_properties[COUNTRY], &value, false, at);
	return changed;
}

static bool
give(const Given *given, Profile *profile, FoldEdit *edit, GiveMode mode, TimestampTz at)
{
	const BotPolicy *policy = given->policy;
	bool		overwrite = mode == GIVE_OVER && !given->only_fills && !policy->options.overwrite_never;
	bool		changed = false;

	if (given->values.ncustom > 0)
		profile_load_custom(policy, profile);
	for (int i = 0; i < SYSTEM_PROPERTIES; i++)
	{
		if (profile->userid == NULL || policy->userid != &system_properties[i])
			changed |= give_value(given, profile, edit, &system_properties[i],
								  &given->values.system[i], overwrite, at);
	}
	for (int i = 0; i < given->values.ncustom; i++)
	{
		const CustomValue *custom = &given->values.custom[i];

		if (profile->userid == NULL || policy->userid == NULL ||
			strcmp(policy->userid->name, custom->property->name) != 0)
			changed |= give_value(given, profile, edit, custom->property, &custom->value, overwrite, at);
	}
	changed |= give_typed(given, profile, edit, EMAIL, at);
	changed |= give_typed(given, profile, edit, PHONE, at);
	changed |= give_sender(given, profile, edit, mode, at);
	return changed;
}

static bool
seen_long_ago(const Given *given, const Profile *profile, TimestampTz at)
{
	return is_visit(given) && at - profile->last_seen_at > given->policy->options.last_seen_resolution;
}

static Jsonb *
change_payload(const BotPolicy *policy, Profile *before, Profile *after)
{
	JsonObject	payload;

	json_begin(&payload);
	profile_add_change(&payload, policy, before, after);
	return json_end(&payload);
}

static const char *
channel_name(const Given *given)
{
	if (given->elsewhere && given->seen_on != NULL)
		return given->seen_on;
	return given->channel != NULL ? given->channel->name : NULL;
}

/* Gives the properties to a locked survivor and writes what that changes. */
static void
give_and_write(const Given *given, Profile *profile, GiveMode mode)
{
	const BotPolicy *policy = given->policy;
	TimestampTz at = profile_moment(profile);
	Profile    *before = profile_copy(policy, profile);
	FoldEdit	edit = fold_edit(policy, profile);
	bool		changed = give(given, profile, &edit, mode, at);
	Event		event = {.name = "USER_UPDATE", .channel = channel_name(given), .at = at};

	if (!changed && !seen_long_ago(given, profile, at))
		return;
	if (is_visit(given))
		fold_edit_seen(&edit, at);
	fold_edit_done(&edit);

	/* A value that a member brought already becomes the profile's own: nothing
	 * that anybody would see. */
	changed = profile_is_changed(policy, before, profile);
	if (changed)
	{
		profile->updated_at = at;
		event.payload = change_payload(policy, before, profile);
	}
	profile_update(policy, profile, changed ? &event : NULL);
}

static bool
perform_update(Given *given, View *view, Progress *progress, Capture *result)
{
	Profile    *survivor = profile_lock(given->policy, view->survivor, &view->own->id);

	/* It may have been identified meanwhile: what is given without a userId is
	 * its all the same. */
	if (survivor == NULL)
		return false;
	give_and_write(given, survivor, GIVE_OVER);
	result->outcome = "updated";
	result->profile_id = view->own->id;
	result->survivor = survivor;
	return true;
}

static void
edit_mapping(ProbedRow *row, void *context)
{
	row->values[SENDER_PROFILE_ID] = UUIDPGetDatum(context);
}

static void
map_sender_to(const Given *given, pg_uuid_t *profile_id)
{
	Datum		keys[3];
	Datum		values[4];

	if (given->sender == NULL)
		return;
	sender_keys(given, keys);
	if (store_change(&sender_rows, &sender_probe, keys, &map_sender, edit_mapping, profile_id) != TABLE_NOT_AS_MADE)
		return;
	sender_arguments(given, values);
	values[3] = UUIDPGetDatum(profile_id);
	store_write(&map_sender, values, NULL);
}

static bool
perform_create(Given *given, View *view, Progress *progress, Capture *result)
{
	Profile    *profile = palloc0(sizeof(Profile));
	FoldEdit	edit = fold_edit(given->policy, profile);
	Event		event = {.name = "USER_CREATE", .channel = channel_name(given), .at = progress->at};

	profile->id = progress->new_id;
	profile->created_at = profile->updated_at = profile->last_seen_at = progress->at;
	give(given, profile, &edit, GIVE_OVER, progress->at);
	fold_edit_done(&edit);
	if (view->userid != NULL)
	{
		profile->userid = pstrdup(view->userid);
		profile->identified_at = progress->at;
	}
	event.payload = change_payload(given->policy, NULL, profile);
	if (!profile_insert(given->policy, profile, &event))
		return false;			/* the userId is somebody's by now */
	if (view->own != NULL)
		map_sender_to(given, &profile->id);
	result->outcome = "created";
	result->profile_id = profile->id;
	result->survivor = profile;
	return true;
}

typedef struct Assignment
{
	const Given *given;
	const View *view;
	Profile    *survivor;
} Assignment;

static Profile *
assignment(void *context, Event *event)
{
	Assignment *assign = context;
	const Given *given = assign->given;
	const BotPolicy *policy = given->policy;
	Profile    *survivor = profile_lock(policy, assign->view->survivor, &assign->view->own->id);
	Profile    *before;
	FoldEdit	edit;
	const char *typed;
	TimestampTz at;

	if (survivor == NULL || survivor->userid != NULL)
		return NULL;
	at = profile_moment(survivor);
	before = profile_copy(policy, survivor);
	edit = fold_edit(policy, survivor);
	give(given, survivor, &edit, GIVE_OVER, at);

	/* The property is the userId, even where captures overwrite nothing. */
	typed = policy->userid->system == CUSTOM_PROPERTY ? NULL : given->as_typed[policy->userid->system];
	fold_edit_userid(&edit, assign->view->userid, typed, at);
	if (is_visit(given))
		fold_edit_seen(&edit, at);
	fold_edit_done(&edit);
	event->name = "USER_UPDATE";
	event->channel = channel_name(given);
	event->at = at;
	event->payload = change_payload(policy, before, survivor);
	assign->survivor = survivor;
	return survivor;
}

static bool
perform_assign(Given *given, View *view, Progress *progress, Capture *result)
{
	Assignment	assign = {.given = given, .view = view};

	if (!profile_assign(given->policy, assignment, &assign))
		return false;
	result->outcome = "assigned";
	result->profile_id = view->own->id;
	result->survivor = assign.survivor;
	return true;
}

static bool
perform_switch(Given *given, View *view, Progress *progress, Capture *result)
{
	Profile    *survivor = profile_lock(given->policy, view->named_survivor, &view->named->id);

	if (survivor == NULL)
		return false;
	give_and_write(given, survivor, GIVE_BLANKS);
	map_sender_to(given, &view->named->id);
	result->outcome = "switched";
	result->profile_id = view->named->id;
	result->survivor = survivor;
	return true;
}

static bool
perform_merge(Given *given, View *view, Progress *progress, Capture *result)
{
	const BotPolicy *policy = given->policy;
	pg_uuid_t	ids[2] = {view->survivor->id, view->named_survivor->id};
	pg_uuid_t	of[2] = {view->own->id, view->named->id};
	Profile   **locked = profile_lock_two(policy, ids, of);
	MergeRequest request = {.policy = policy};
	Profile    *before;
	FoldEdit	edit;

	if (locked == NULL)
		return false;

	/* The sender may have been identified before both rows were held: who it
	 * is now is judged anew, with the two of them held and no other asked for
	 * but those. */
	request.source = locked[0];
	request.target = locked[1];
	if (request.source->userid != NULL)
		return false;

	request.at = merge_moment(request.source, request.target);
	before = profile_copy(policy, request.target);
	edit = fold_edit(policy, request.target);
	give(given, request.target, &edit, GIVE_MERGED, request.at);
	if (is_visit(given))
		fold_edit_seen(&edit, request.at);
	fold_edit_done(&edit);
	request.under = view->named->id;
	request.channel = channel_name(given);
	result->merge_id = merge_profile(&request, before);
	result->merged = true;
	result->outcome = "merged";
	result->profile_id = view->own->id;
	result->survivor = request.target;
	return true;
}

static void
give_id(Progress *progress)
{
	if (!progress->has_id)
		progress->new_id = new_id();
	progress->has_id = true;
}

typedef struct SenderSeen
{
	TimestampTz at;
	pg_uuid_t	profile_id;		/* of whom the row is */
} SenderSeen;

static void
edit_seen(ProbedRow *row, void *context)
{
	SenderSeen *seen = context;

	seen->profile_id = *DatumGetUUIDP(row->values[SENDER_PROFILE_ID]);
	if (DatumGetTimestampTz(row->values[SENDER_LAST_SEEN_AT]) < seen->at)
		row->values[SENDER_LAST_SEEN_AT] = TimestampTzGetDatum(seen->at);
}

/*
 * Takes the sender's row.  False: it is not what the look has shown; the
 * lock stays and the next look shows what is.
 */
static bool
claim(const Given *given, const View *view, Progress *progress)
{
	Datum		values[6];
	Datum		keys[3];
	SenderSeen	seen = {.at = progress->at};
	bool		isnull;

	give_id(progress);
	if (given->sender == NULL || progress->sender_claimed)
		return true;
	sender_arguments(given, values);
	values[3] = UUIDPGetDatum(&progress->new_id);
	values[4] = values[5] = TimestampTzGetDatum(progress->at);
	progress->sender_claimed = true;
	if (view->own == NULL && store_insert(&sender_rows, values, NULL))
		return true;
	sender_keys(given, keys);
	if (store_change(&sender_rows, &sender_probe, keys, &claim_sender, edit_seen, &seen) != ROW_CHANGED)
	{
		store_write(&claim_sender, values, NULL);
		seen.profile_id = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	return id_equal(&seen.profile_id, view->own != NULL ? &view->own->id : &progress->new_id);
}

static bool
gives_new_userid(const View *view)
{
	return view->userid != NULL && (view->action == ACTION_CREATE || view->action == ACTION_ASSIGN);
}

/*
 * A userId that is new and suspect is refused or reported, as the bot wants
 * it.  False: it was refused and collected; the capture goes on without it.
 */
static bool
judge_lookalike(Given *given, const char *userid, const char **suspicion)
{
	const Property *property = given->policy->userid;
	Value		absent = {0};

	*suspicion = lookalike_find(given->policy, userid);
	if (*suspicion == NULL || given->policy->options.lookalike != LOOKALIKE_REFUSE)
		return true;
	lookalike_refuse(userid, *suspicion, given->problems);
	*property_slot(&given->values, property, true) = absent;
	if (property->system == EMAIL && given->as_typed[EMAIL] == NULL)
		given->as_typed[EMAIL] = userid;
	given->userid = NULL;
	*suspicion = NULL;
	return false;
}

static bool
perform(Given *given, View *view, Progress *progress, Capture *result)
{
	switch (view->action)
	{
		case ACTION_CREATE:
			return perform_create(given, view, progress, result);
		case ACTION_UPDATE:
			return perform_update(given, view, progress, result);
		case ACTION_ASSIGN:
			return perform_assign(given, view, progress, result);
		case ACTION_MERGE:
			return perform_merge(given, view, progress, result);
		case ACTION_SWITCH:
			return perform_switch(given, view, progress, result);
	}
	return false;
}

/* A look is all it takes where the customer is known and nothing is new. */
static bool
without_news(const Given *given, const View *view, const Progress *progress, Capture *result)
{
	if (view->action != ACTION_UPDATE ||
		give(given, view->survivor, NULL, GIVE_OVER, progress->at) ||
		seen_long_ago(given, view->survivor, progress->at))
		return false;
	result->outcome = "updated";
	result->profile_id = view->own->id;
	result->survivor = view->survivor;
	return true;
}

/* A profile was erased between one row of the look and the next. */
static bool
is_torn(const View *view)
{
	return (view->own != NULL && view->survivor == NULL) ||
		(view->named != NULL && view->named_survivor == NULL);
}

/* Reads the capture again where the policy is another one by now. */
static bool
follow_policy(Given *given, BotPolicy *policy)
{
	if (policy == given->policy)
		return false;
	given_read(given, policy, given->channel != NULL ?
			   policy_channel(policy, given->channel->name) : NULL);
	return true;
}

/*
 * Whoever was identified under a newer policy than ours was so after that
 * policy was announced: a look that shows such a profile finds the
 * announcement waiting.
 */
static bool
policy_is_stale(Given *given)
{
	AcceptInvalidationMessages();
	return given->policy->stale && follow_policy(given, policy_get(given->policy->bot));
}

/*
 * The policy is what gives a userId its form, so it must stay.  Where it is still
 * the one that the capture was read under, the look holds: all else that it shows
 * is judged anew by the keys of sender and profile and under the profiles' locks.
 */
static bool
lock_policy(Given *given, Progress *progress)
{
	progress->bot_locked = true;
	return !follow_policy(given, bot_lock(given->policy->bot, false));
}

Capture
capture(Given *given)
{
	Capture		result = {0};
	Progress	progress = {.at = new_moment()};

	for (int round = 0; round < PROFILE_ROUNDS; round++)
	{
		View		view = look(given);
		const char *suspicion = NULL;

		CHECK_FOR_INTERRUPTS();
		if (is_torn(&view) || policy_is_stale(given))
			continue;
		if (without_news(given, &view, &progress, &result))
			return result;
		if (view.userid != NULL && view.action != ACTION_UPDATE && !progress.bot_locked &&
			!lock_policy(given, &progress))
			continue;
		if (gives_new_userid(&view) && !judge_lookalike(given, view.userid, &suspicion))
			continue;
		if (claim(given, &view, &progress) && perform(given, &view, &progress, &result))
		{
			if (gives_new_userid(&view))
				tombstone_return(given->policy, &result.profile_id, view.userid, channel_name(given));
			if (suspicion != NULL)
				lookalike_report(given->policy, &result.profile_id, result.survivor->userid, suspicion,
								 channel_name(given));
			return result;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not settle who sender \"%s\" is", given->sender != NULL ? given->sender : ""),
			 errdetail("It was changed by others each time it was looked at."),
			 errhint("Run the transaction again.")));
}

int
missing_for_card(const BotPolicy *policy, bool has_first_name, bool has_address,
				 bool identified, const char *missing[3])
{
	int			n = 0;

	if (!has_first_name)
		missing[n++] = "firstName";
	if (!has_address)
		missing[n++] = "phone or email";
	if (!identified && policy->userid != NULL)
		missing[n++] = "userId";
	return n;
}
