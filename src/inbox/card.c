/*
 * The contact card: one probe of a unique index, or two where the customer is
 * asked for by a sender or ticket.  A customer whose profile was merged is read
 * once more, from the survivor.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#include "identity/capture.h"
#include "identity/given.h"
#include "identity/history.h"
#include "identity/identify.h"
#include "identity/userid.h"
#include "inbox/card.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/json.h"
#include "store/plan.h"
#include "text/unicode.h"

/* Where a row of table profile has what a card shows. */
enum
{
	CARD_PROFILE_ID = PROBED_PROFILE_ID,
	CARD_MERGED_INTO = PROBED_MERGED_INTO,
	CARD_USERID = PROBED_USERID,
	CARD_FIRST_NAME = PROBED_SYSTEM + FIRST_NAME,
	CARD_LAST_NAME = PROBED_SYSTEM + LAST_NAME,
	CARD_PHONE = PROBED_SYSTEM + PHONE,
	CARD_EMAIL = PROBED_SYSTEM + EMAIL,
	CARD_LAST_CHANNEL = PROBED_SYSTEM + LAST_CHANNEL,
	CARD_AS_GIVEN = PROBED_AS_GIVEN
};

static StoreProbe ticket_probe = {.table = "ticket", .index = "ticket_pkey", .nkeys = 3, .types = {TEXTOID, TEXTOID, TEXTOID}};

/* Where a sender and a ticket have the profile that they belong to. */
#define OWNER_PROFILE_ID	3

static const char *
kind_of(bool first_name, bool address)
{
	return first_name && address ? "user360" : "contact";
}

static bool
argument_is_given(FunctionCallInfo fcinfo, int argument)
{
	text	   *value;

	if (PG_ARGISNULL(argument))
		return false;
	value = PG_GETARG_TEXT_PP(argument);
	return !text_is_blank(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

PG_FUNCTION_INFO_V1(card_kind);

Datum
card_kind(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(kind_of(argument_is_given(fcinfo, 0),
											 argument_is_given(fcinfo, 1) || argument_is_given(fcinfo, 2))));
}

/* "First Last", or what there is of it. */
static Datum
full_name(const Datum *columns, const bool *nulls, bool *isnull)
{
	*isnull = nulls[CARD_FIRST_NAME] && nulls[CARD_LAST_NAME];
	if (nulls[CARD_LAST_NAME])
		return columns[CARD_FIRST_NAME];
	if (nulls[CARD_FIRST_NAME])
		return columns[CARD_LAST_NAME];
	return CStringGetTextDatum(psprintf("%s %s", TextDatumGetCString(columns[CARD_FIRST_NAME]),
										TextDatumGetCString(columns[CARD_LAST_NAME])));
}

/* The address as the customer typed it: a better one to show than the key,
 * or the only one there is. */
static void
prefer_typed(Datum *value, bool *isnull, const Datum *columns, const bool *nulls, const char *property)
{
	char	   *typed;

	if (nulls[CARD_AS_GIVEN])
		return;
	typed = json_get_text(DatumGetJsonbP(columns[CARD_AS_GIVEN]), property);
	if (typed == NULL)
		return;
	*value = CStringGetTextDatum(typed);
	*isnull = false;
}

static void
form_attributes(const BotPolicy *policy, const Datum *columns, const bool *nulls, Datum values[CARD_ATTRIBUTES],
				bool is_null[CARD_ATTRIBUTES])
{
	bool		first_name = !nulls[CARD_FIRST_NAME];
	bool		address = !nulls[CARD_PHONE] || !nulls[CARD_EMAIL];
	bool		identified = !nulls[CARD_USERID];
	const char *missing[3];

	memset(is_null, false, sizeof(bool) * CARD_ATTRIBUTES);
	values[0] = CStringGetTextDatum(kind_of(first_name, address));
	values[1] = full_name(columns, nulls, &is_null[1]);
	values[2] = columns[CARD_FIRST_NAME];
	is_null[2] = nulls[CARD_FIRST_NAME];
	values[3] = columns[CARD_LAST_NAME];
	is_null[3] = nulls[CARD_LAST_NAME];
	values[4] = columns[CARD_USERID];
	is_null[4] = nulls[CARD_USERID];
	values[5] = columns[CARD_PHONE];
	is_null[5] = nulls[CARD_PHONE];
	if (nulls[CARD_PHONE])
		prefer_typed(&values[5], &is_null[5], columns, nulls, "phone");
	values[6] = columns[CARD_EMAIL];
	is_null[6] = nulls[CARD_EMAIL];
	prefer_typed(&values[6], &is_null[6], columns, nulls, "email");
	values[7] = columns[CARD_PROFILE_ID];
	values[8] = BoolGetDatum(identified);
	values[9] = BoolGetDatum(first_name && address);
	values[10] = missing_array(missing_for_card(policy, first_name, address, identified, missing), missing);
	values[11] = columns[CARD_LAST_CHANNEL];
	is_null[11] = nulls[CARD_LAST_CHANNEL];
}

static Datum
form_card(FunctionCallInfo fcinfo, MemoryContext context, const BotPolicy *policy,
		  const Datum *columns, const bool *nulls)
{
	Datum		values[CARD_ATTRIBUTES];
	bool		is_null[CARD_ATTRIBUTES];

	form_attributes(policy, columns, nulls, values, is_null);
	return composite_result(fcinfo, context, values, is_null);
}

/* The card of the customer to whom this profile belongs. */
static Datum
card_of_row(FunctionCallInfo fcinfo, const BotPolicy *policy, ProbedRow *row)
{
	if (!row->nulls[CARD_MERGED_INTO])
	{
		Datum		keys[2] = {policy->bot_datum, row->values[CARD_MERGED_INTO]};

		if (!store_probe(&profile_probe, keys, row))
			PG_RETURN_NULL();
	}
	return form_card(fcinfo, CurrentMemoryContext, policy, row->values, row->nulls);
}

bool
card_of_survivor(const BotPolicy *policy, const pg_uuid_t *id, Datum values[CARD_ATTRIBUTES],
				 bool nulls[CARD_ATTRIBUTES])
{
	Datum		keys[2] = {policy->bot_datum, UUIDPGetDatum(id)};
	ProbedRow	row;

	if (!store_probe(&profile_probe, keys, &row))
		return false;
	form_attributes(policy, row.values, row.nulls, values, nulls);
	return true;
}

/* NULL for nobody. */
static Datum
card_by(FunctionCallInfo fcinfo, const BotPolicy *policy, StoreProbe *probe, Datum key)
{
	Datum		keys[2] = {policy->bot_datum, key};
	ProbedRow	row;

	if (!store_probe(probe, keys, &row))
		PG_RETURN_NULL();
	return card_of_row(fcinfo, policy, &row);
}

/* The same by a sender or a ticket, which has three keys. */
static Datum
card_by_owned(FunctionCallInfo fcinfo, const BotPolicy *policy, StoreProbe *probe, Datum first, Datum second)
{
	Datum		keys[3] = {policy->bot_datum, first, second};
	ProbedRow	row;

	if (!store_probe(probe, keys, &row))
		PG_RETURN_NULL();
	return card_by(fcinfo, policy, &profile_probe, row.values[OWNER_PROFILE_ID]);
}

static void
set_column(Datum *columns, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	columns[column] = text != NULL ? CStringGetTextDatum(text) : (Datum) 0;
}

static const char *
system_text(const Profile *profile, SystemProperty property)
{
	const Value *value = &profile->values.system[property];

	return value_is_given(value) ? value->text : NULL;
}

/* The card at some moment of the past. */
static Datum
card_as_of(FunctionCallInfo fcinfo, MemoryContext caller, const BotPolicy *policy, const pg_uuid_t *profile_id,
		   TimestampTz moment)
{
	Datum		columns[PROBE_MAX_COLUMNS] = {0};
	bool		nulls[PROBE_MAX_COLUMNS];
	Profile    *profile = profile_as_of(policy, profile_id, moment);
	Datum		card = (Datum) 0;

	if (profile == NULL)
		fcinfo->isnull = true;
	else
	{
		columns[CARD_PROFILE_ID] = UUIDPGetDatum(&profile->id);
		set_column(columns, nulls, CARD_USERID, profile->userid);
		set_column(columns, nulls, CARD_FIRST_NAME, system_text(profile, FIRST_NAME));
		set_column(columns, nulls, CARD_LAST_NAME, system_text(profile, LAST_NAME));
		set_column(columns, nulls, CARD_PHONE, system_text(profile, PHONE));
		set_column(columns, nulls, CARD_EMAIL, system_text(profile, EMAIL));
		set_column(columns, nulls, CARD_LAST_CHANNEL, system_text(profile, LAST_CHANNEL));
		nulls[CARD_AS_GIVEN] = profile->as_given == NULL;
		columns[CARD_AS_GIVEN] = JsonbPGetDatum(profile->as_given);
		card = form_card(fcinfo, caller, policy, columns, nulls);
	}
	store_finish();
	return card;
}

/* Of whom the one who had the userId then belonged to. */
static Datum
card_of_userid_as_of(FunctionCallInfo fcinfo, MemoryContext caller, const BotPolicy *policy, Datum userid,
					 TimestampTz moment)
{
	Datum		keys[2] = {policy->bot_datum, userid};
	Profile    *profile = NULL;
	ProbedRow	row;

	/* Who is not there now may have been there then. */
	store_connect();
	history_check(policy, moment);
	if (store_probe(&profile_userid_probe, keys, &row))
		profile = profile_row_as_of(policy, DatumGetUUIDP(row.values[CARD_PROFILE_ID]), moment);
	if (profile != NULL && profile->userid != NULL)
		return card_as_of(fcinfo, caller, policy, &profile->id, moment);
	store_finish();
	fcinfo->isnull = true;
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(contact_card);

Datum
contact_card(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Problems	ignored = {0};
	char	   *given = optional_text(fcinfo, 1);
	char	   *userid;

	if (given == NULL || text_is_blank(given, strlen(given)))
		PG_RETURN_NULL();
	userid = userid_normalize(policy, given, &ignored);
	if (userid == NULL)
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(2))
		return card_of_userid_as_of(fcinfo, caller, policy, CStringGetTextDatum(userid), PG_GETARG_TIMESTAMPTZ(2));
	return card_by(fcinfo, policy, &profile_userid_probe, CStringGetTextDatum(userid));
}

PG_FUNCTION_INFO_V1(contact_card_for_profile);

Datum
contact_card_for_profile(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(2))
		return card_by(fcinfo, policy, &profile_probe, PG_GETARG_DATUM(1));
	store_connect();
	return card_as_of(fcinfo, caller, policy, PG_GETARG_UUID_P(1), PG_GETARG_TIMESTAMPTZ(2));
}

PG_FUNCTION_INFO_V1(contact_card_for_sender);

Datum
contact_card_for_sender(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Problems	ignored = {0};
	Given		given = {.problems = &ignored};
	const Channel *channel;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	channel = find_channel(&policy, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (channel == NULL)
		PG_RETURN_NULL();

	/* The sender's key, as a capture would make it. */
	given.raw_sender = text_to_cstring(PG_GETARG_TEXT_PP(2));
	given_read(&given, policy, channel);
	if (given.sender == NULL)
		PG_RETURN_NULL();
	return card_by_owned(fcinfo, policy, &sender_probe, CStringGetTextDatum(given.sender),
						 CStringGetTextDatum(channel->name));
}

static Datum
card_of_ticket(FunctionCallInfo fcinfo, const char *ticket)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);

	if (PG_ARGISNULL(1) || ticket == NULL)
		PG_RETURN_NULL();
	return card_by_owned(fcinfo, policy, &ticket_probe, PG_GETARG_DATUM(1), CStringGetTextDatum(short_key(ticket)));
}

PG_FUNCTION_INFO_V1(contact_card_for_ticket);

Datum
contact_card_for_ticket(PG_FUNCTION_ARGS)
{
	return card_of_ticket(fcinfo, optional_text(fcinfo, 2));
}

PG_FUNCTION_INFO_V1(contact_card_for_numbered_ticket);

Datum
contact_card_for_numbered_ticket(PG_FUNCTION_ARGS)
{
	return card_of_ticket(fcinfo, PG_ARGISNULL(2) ? NULL : psprintf(INT64_FORMAT, PG_GETARG_INT64(2)));
}
