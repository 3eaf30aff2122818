/*
 * Guards: what the owner's own statements may not do to the store.
 *
 * user360's plans pass by their rights; so does the apply worker of a logical
 * subscription, which repeats what the guards let through at the source.  The
 * sessions here are told of a policy that it changes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "replication/logicalworker.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

#include "identity/immutable.h"
#include "store/errors.h"
#include "store/json.h"
#include "store/lock.h"
#include "store/plan.h"
#include "store/policy.h"

static StorePlan find_any_userid = {
	.sql = "SELECT 1 FROM user360.profile AS p WHERE p.userid IS NOT NULL LIMIT 1",
};

static StorePlan find_userid_of_bot = {
	.sql = "SELECT 1 FROM user360.profile AS p WHERE p.bot" EQ "$1 AND p.userid IS NOT NULL LIMIT 1",
	.nargs = 1, .argtypes = {TEXTOID}
};

/* The column of each system property in profile. */
static const char *const system_columns[SYSTEM_PROPERTIES] = {
	[FIRST_NAME] = "first_name",
	[LAST_NAME] = "last_name",
	[PHONE] = "phone",
	[EMAIL] = "email",
	[LAST_CHANNEL] = "last_channel",
	[GENDER] = "gender",
	[COUNTRY] = "country",
	[CITY] = "city",
	[LANGUAGE] = "language",
	[TIMEZONE] = "timezone",
	[DOB] = "dob",
	[EMAIL_OPTIN] = "email_optin",
	[SMS_OPTIN] = "sms_optin",
	[WHATSAPP_OPTIN] = "whatsapp_optin",
	[TAGS] = "tags",
};

static Datum
column(TriggerData *trigger, HeapTuple row, const char *name, bool *isnull)
{
	TupleDesc	descriptor = RelationGetDescr(trigger->tg_relation);
	int			number = SPI_fnumber(descriptor, name);

	if (number <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(trigger->tg_relation), name);
	return heap_getattr(row, number, descriptor, isnull);
}

static bool
column_changed(TriggerData *trigger, const char *name)
{
	TupleDesc	descriptor = RelationGetDescr(trigger->tg_relation);
	Form_pg_attribute attribute = TupleDescAttr(descriptor, SPI_fnumber(descriptor, name) - 1);
	bool		old_null,
				new_null;
	Datum		old = column(trigger, trigger->tg_trigtuple, name, &old_null);
	Datum		new = column(trigger, trigger->tg_newtuple, name, &new_null);

	if (old_null || new_null)
		return old_null != new_null;
	return !datum_image_eq(old, new, attribute->attbyval, attribute->attlen);
}

static bool
column_is_null(TriggerData *trigger, const char *name)
{
	bool		isnull;

	column(trigger, trigger->tg_trigtuple, name, &isnull);
	return isnull;
}

static void
refuse(TriggerData *trigger, const char *what)
{
	bool		isnull;
	Datum		userid = column(trigger, trigger->tg_trigtuple, "userid", &isnull);

	ereport(ERROR,
			(errcode(ERRCODE_U360_USERID_IMMUTABLE),
			 isnull ? errmsg("%s an unidentified profile by hand is refused", what) :
			 errmsg("%s the profile of userId \"%s\" by hand is refused", what, TextDatumGetCString(userid)),
			 errdetail("A userId is given once, by a capture, and never changes."),
			 errhint("Use user360.identify(), which gives a profile its userId.")));
}

static char *
custom_text(TriggerData *trigger, HeapTuple row, const char *property)
{
	bool		isnull;
	Datum		custom = column(trigger, row, "custom", &isnull);

	return isnull ? NULL : json_get_text(DatumGetJsonbP(custom), property);
}

/* The userId property of an identified profile is its userId. */
static bool
userid_property_changed(TriggerData *trigger)
{
	bool		isnull;
	BotPolicy  *policy;
	char	   *old,
			   *new;

	if (column_is_null(trigger, "userid"))
		return false;
	policy = policy_get(TextDatumGetCString(column(trigger, trigger->tg_trigtuple, "bot", &isnull)));
	if (policy->userid == NULL)
		return false;
	if (policy->userid->system != CUSTOM_PROPERTY)
		return column_changed(trigger, system_columns[policy->userid->system]);
	old = custom_text(trigger, trigger->tg_trigtuple, policy->userid->name);
	new = custom_text(trigger, trigger->tg_newtuple, policy->userid->name);
	return old == NULL || new == NULL || strcmp(old, new) != 0;
}

static void
guard_profile_update(TriggerData *trigger)
{
	if (column_changed(trigger, "bot") || column_changed(trigger, "profile_id"))
		refuse(trigger, "changing the key of");
	if (column_changed(trigger, "userid") &&
		!(plan_has_right(PLAN_ASSIGNS_USERID) && column_is_null(trigger, "userid")))
		refuse(trigger, "changing the userId of");
	if (column_changed(trigger, "merged_into") && !plan_has_right(PLAN_MERGES))
		refuse(trigger, "changing the survivor of");
	if (!plan_has_right(PLAN_WRITES) && userid_property_changed(trigger))
		refuse(trigger, "changing the userId property of");
}

void
guard_profile_row(Relation table, HeapTuple old, HeapTuple new)
{
	TriggerData row = {.tg_relation = table, .tg_trigtuple = old, .tg_newtuple = new};

	guard_profile_update(&row);
}

PG_FUNCTION_INFO_V1(guard_profile);

Datum
guard_profile(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("guard_profile() must be called by a trigger")));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		if (!plan_has_right(PLAN_ERASES) && !IsLogicalWorker())
			ereport(ERROR,
					(errcode(ERRCODE_U360_USERID_IMMUTABLE),
					 errmsg("truncating the profiles is refused"),
					 errdetail("A userId is given once, by a capture, and never changes."),
					 errhint("DROP EXTENSION user360 gives up the whole store.")));
		return PointerGetDatum(NULL);
	}
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		if (!plan_has_right(PLAN_ERASES) && !IsLogicalWorker())
			refuse(trigger, "deleting");
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	if (!IsLogicalWorker())
		guard_profile_update(trigger);
	return PointerGetDatum(trigger->tg_newtuple);
}

static bool
has_userids(TriggerData *trigger)
{
	uint64		rows;
	bool		isnull;

	store_connect();
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		rows = store_read_latest(&find_any_userid, NULL, NULL);
	else
	{
		Datum		bot = column(trigger, trigger->tg_trigtuple, "bot", &isnull);

		rows = store_read_latest(&find_userid_of_bot, &bot, NULL);
	}
	store_finish();
	return rows > 0;
}

/* No capture gives out a userId by the old policy meanwhile. */
static void
lock_policy(TriggerData *trigger)
{
	bool		isnull;

	if (!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		bot_lock(TextDatumGetCString(column(trigger, trigger->tg_trigtuple, "bot", &isnull)), true);
}

PG_FUNCTION_INFO_V1(guard_policy);

Datum
guard_policy(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const char *table;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("guard_policy() must be called by a trigger")));
	table = RelationGetRelationName(trigger->tg_relation);
	if (!plan_has_right(PLAN_WRITES))
	{
		if (!IsLogicalWorker())
		{
			lock_policy(trigger);
			if (strcmp(table, "access") != 0 && has_userids(trigger))
				ereport(ERROR,
						(errcode(ERRCODE_U360_USERIDS_EXIST),
						 errmsg("table \"%s\" can't be changed by hand while userIds exist", table),
						 errdetail("The policy of a bot gives its userIds their form."),
						 errhint("Use user360.set_option(), add_channel() and define_property().")));
		}
		policy_changed();
	}
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		return PointerGetDatum(NULL);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
						   trigger->tg_newtuple : trigger->tg_trigtuple);
}
