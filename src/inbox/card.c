/*
 * The contact card: one plan, whichever way the customer is asked for.  A
 * customer whose profile was merged is read a second time, from the survivor:
 * a join to it in the one plan would cost everybody half as much again.
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
#include "store/access.h"
#include "store/argument.h"
#include "store/json.h"
#include "store/plan.h"
#include "text/unicode.h"

enum
{
	CARD_PROFILE_ID,
	CARD_USERID,
	CARD_FIRST_NAME,
	CARD_LAST_NAME,
	CARD_PHONE,
	CARD_EMAIL,
	CARD_LAST_CHANNEL,
	CARD_AS_GIVEN,
	CARD_MERGED_INTO,
	CARD_COLUMNS
};

#define SELECT_CARD \
	"SELECT p.profile_id, p.userid, p.first_name, p.last_name, p.phone, p.email, p.last_channel, " \
	"p.as_given, p.merged_into FROM "

static StorePlan card_by_userid = {
	.sql = SELECT_CARD "user360.profile AS p WHERE p.bot" EQ "$1 AND p.userid" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan card_by_profile = {
	.sql = SELECT_CARD "user360.profile AS p WHERE p.bot" EQ "$1 AND p.profile_id" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, UUIDOID}
};

static StorePlan card_by_sender = {
	.sql = SELECT_CARD "user360.sender AS n JOIN user360.profile AS p ON p.bot" EQ "n.bot "
	"AND p.profile_id" EQ "n.profile_id WHERE n.bot" EQ "$1 AND n.channel" EQ "$2 AND n.sender" EQ "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan card_by_ticket = {
	.sql = SELECT_CARD "user360.ticket AS t JOIN user360.profile AS p ON p.bot" EQ "t.bot "
	"AND p.profile_id" EQ "t.profile_id WHERE t.bot" EQ "$1 AND t.source" EQ "$2 AND t.ticket" EQ "$3",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

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

static Datum
form_card(FunctionCallInfo fcinfo, MemoryContext context, const BotPolicy *policy,
		  const Datum *columns, const bool *nulls)
{
	bool		first_name = !nulls[CARD_FIRST_NAME];
	bool		address = !nulls[CARD_PHONE] || !nulls[CARD_EMAIL];
	bool		identified = !nulls[CARD_USERID];
	const char *missing[3];
	Datum		values[12];
	bool		is_null[12] = {false};

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
	return composite_result(fcinfo, context, values, is_null);
}

static bool
read_columns(StorePlan *plan, Datum *arguments, Datum *columns, bool *nulls)
{
	if (store_read(plan, arguments, NULL) == 0)
		return false;
	heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, columns, nulls);
	return true;
}

/* Runs a card's plan; the answer is SQL NULL for nobody. */
static Datum
card_from(FunctionCallInfo fcinfo, MemoryContext caller, const BotPolicy *policy, StorePlan *plan,
		  Datum *arguments)
{
	Datum		columns[CARD_COLUMNS];
	bool		nulls[CARD_COLUMNS];
	Datum		card = (Datum) 0;
	bool		found = read_columns(plan, arguments, columns, nulls);

	if (found && !nulls[CARD_MERGED_INTO])
	{
		arguments[1] = columns[CARD_MERGED_INTO];
		found = read_columns(&card_by_profile, arguments, columns, nulls);
	}
	if (found)
		card = form_card(fcinfo, caller, policy, columns, nulls);
	else
		fcinfo->isnull = true;
	store_finish();
	return card;
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
	Datum		columns[CARD_COLUMNS] = {0};
	bool		nulls[CARD_COLUMNS];
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
card_of_userid_as_of(FunctionCallInfo fcinfo, MemoryContext caller, const BotPolicy *policy, Datum *arguments,
					 TimestampTz moment)
{
	Datum		columns[CARD_COLUMNS];
	bool		nulls[CARD_COLUMNS];
	Profile    *profile = NULL;
	pg_uuid_t	profile_id;

	/* Who is not there now may have been there then. */
	history_check(policy, moment);
	if (read_columns(&card_by_userid, arguments, columns, nulls))
	{
		profile_id = *DatumGetUUIDP(columns[CARD_PROFILE_ID]);
		profile = profile_row_as_of(policy, &profile_id, moment);
	}
	if (profile != NULL && profile->userid != NULL)
		return card_as_of(fcinfo, caller, policy, &profile_id, moment);
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
	Datum		arguments[2];

	if (given == NULL || text_is_blank(given, strlen(given)))
		PG_RETURN_NULL();
	userid = userid_normalize(policy, given, &ignored);
	if (userid == NULL)
		PG_RETURN_NULL();
	store_connect();
	arguments[0] = policy->bot_datum;
	arguments[1] = CStringGetTextDatum(userid);
	if (!PG_ARGISNULL(2))
		return card_of_userid_as_of(fcinfo, caller, policy, arguments, PG_GETARG_TIMESTAMPTZ(2));
	return card_from(fcinfo, caller, policy, &card_by_userid, arguments);
}

PG_FUNCTION_INFO_V1(contact_card_for_profile);

Datum
contact_card_for_profile(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Datum		arguments[2];

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	store_connect();
	if (!PG_ARGISNULL(2))
		return card_as_of(fcinfo, caller, policy, PG_GETARG_UUID_P(1), PG_GETARG_TIMESTAMPTZ(2));
	arguments[0] = policy->bot_datum;
	arguments[1] = PG_GETARG_DATUM(1);
	return card_from(fcinfo, caller, policy, &card_by_profile, arguments);
}

PG_FUNCTION_INFO_V1(contact_card_for_sender);

Datum
contact_card_for_sender(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Problems	ignored = {0};
	Given		given = {.problems = &ignored};
	const Channel *channel;
	Datum		arguments[3];

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
	store_connect();
	arguments[0] = policy->bot_datum;
	arguments[1] = CStringGetTextDatum(channel->name);
	arguments[2] = CStringGetTextDatum(given.sender);
	return card_from(fcinfo, caller, policy, &card_by_sender, arguments);
}

static Datum
card_of_ticket(FunctionCallInfo fcinfo, const char *ticket)
{
	MemoryContext caller = CurrentMemoryContext;
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	Datum		arguments[3];

	if (PG_ARGISNULL(1) || ticket == NULL)
		PG_RETURN_NULL();
	store_connect();
	arguments[0] = policy->bot_datum;
	arguments[1] = PG_GETARG_DATUM(1);
	arguments[2] = CStringGetTextDatum(short_key(ticket));
	return card_from(fcinfo, caller, policy, &card_by_ticket, arguments);
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
