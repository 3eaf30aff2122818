/*
 * verify(): every promise, checked again over the stored data.
 *
 * All of it sees one snapshot, the calling statement's, so that what others
 * do meanwhile is no finding.  Bad data is reported and never raised.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "admin/verify.h"
#include "store/access.h"
#include "store/argument.h"

void
verify_read_row(HeapTuple tuple, TupleDesc descriptor, VerifyRow *row)
{
	Assert(descriptor->natts <= VERIFY_COLUMNS);
	heap_deform_tuple(tuple, descriptor, row->values, row->nulls);
}

char *
verify_text(const VerifyRow *row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

const pg_uuid_t *
verify_id(const VerifyRow *row, int column)
{
	return row->nulls[column] ? NULL : DatumGetUUIDP(row->values[column]);
}

void
verify_report(Verifier *verifier, const char *check, const char *bot, const pg_uuid_t *profile_id,
			  const char *detail,...)
{
	StringInfoData text;
	Datum		values[4];
	bool		nulls[4] = {false};

	initStringInfo(&text);
	for (;;)
	{
		va_list		arguments;
		int			needed;

		va_start(arguments, detail);
		needed = appendStringInfoVA(&text, detail, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	values[0] = CStringGetTextDatum(check);
	values[1] = CStringGetTextDatum(bot);
	values[2] = profile_id != NULL ? UUIDPGetDatum(profile_id) : (Datum) 0;
	nulls[2] = profile_id == NULL;
	values[3] = CStringGetTextDatum(text.data);
	tuplestore_putvalues(verifier->result->setResult, verifier->result->setDesc, values, nulls);
}

void
verify_scan(Verifier *verifier, const StorePlan *plan, StoreRow callback, void *context)
{
	store_scan(plan, &verifier->scope, &verifier->scope_null, callback, context);
}

BotPolicy *
verify_policy(Verifier *verifier, const char *bot)
{
	ListCell   *cell;
	BotPolicy  *policy;

	foreach(cell, verifier->unreadable)
	{
		if (strcmp(lfirst(cell), bot) == 0)
			return NULL;
	}
	policy = policy_get(bot);
	return policy->exists ? policy : NULL;
}

/* Reading the policy of one bot can fail, so those who may see every bot get
 * that as a finding before it is read. */
static bool
check_access(const char *bot)
{
	bool		every_bot = access_to_every_bot(GetUserId(), ACCESS_ENGAGEMENT_ADMIN);

	if (bot == NULL && !every_bot)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for every bot"),
				 errdetail("This needs the access level \"engagement_admin\" on bot \"*\".")));
	if (!every_bot)
		access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	return every_bot;
}

PG_FUNCTION_INFO_V1(verify);

Datum
verify(PG_FUNCTION_ARGS)
{
	Verifier	verifier = {.scope_null = 'n'};
	char	   *bot = optional_text(fcinfo, 0);
	bool		every_bot = check_access(bot);

	InitMaterializedSRF(fcinfo, 0);
	verifier.result = (ReturnSetInfo *) fcinfo->resultinfo;
	verifier.context = CurrentMemoryContext;
	if (bot != NULL)
	{
		verifier.scope = CStringGetTextDatum(bot);
		verifier.scope_null = ' ';
	}

	store_connect();
	verify_bots(&verifier);
	if (bot != NULL && every_bot && verifier.unreadable == NIL)
		access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	verify_profiles(&verifier);
	verify_userids(&verifier);
	verify_references(&verifier);
	verify_tickets(&verifier);
	store_finish();
	return (Datum) 0;
}
