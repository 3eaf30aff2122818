/*
 * verify(): userIds beside each other.  The rows are sorted for it: an index
 * that is not what it should be would hide what it does not hold.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "admin/verify.h"
#include "identity/lookalike.h"
#include "store/id.h"

/* The columns of both scans, from 0. */
enum
{
	USERID_HASH,
	USERID_BOT,
	USERID_USERID,
	USERID_PROFILE,
	USERID_SURVIVOR
};

#define READ_USERIDS(hash, condition) \
	"SELECT " hash ", p.bot, p.userid, p.profile_id, COALESCE(p.merged_into, p.profile_id) FROM user360.profile AS p " \
	"WHERE " condition " AND " IN_SCOPE("p.bot") " ORDER BY 1, 2, 3, 4"

static StorePlan read_by_userid = {
	.sql = READ_USERIDS("pg_catalog.hashtextextended(p.userid, 0::pg_catalog.int8)", "p.userid IS NOT NULL"),
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_by_skeleton = {
	.sql = READ_USERIDS("p.skeleton_hash", "p.userid IS NOT NULL AND p.skeleton_hash IS NOT NULL"),
	.nargs = 1, .argtypes = {TEXTOID}
};

/* The first row of those with one hash. */
typedef struct FirstRow
{
	Verifier   *verifier;
	bool		is_set;
	int64		hash;
	pg_uuid_t	profile_id;
	pg_uuid_t	survivor;
	StringInfoData bot;
	StringInfoData userid;
} FirstRow;

static void
set_text(StringInfo buffer, Datum datum)
{
	text	   *value = DatumGetTextPP(datum);

	resetStringInfo(buffer);
	appendBinaryStringInfo(buffer, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

static bool
is_text(const StringInfoData *buffer, Datum datum)
{
	text	   *value = DatumGetTextPP(datum);

	return (Size) buffer->len == VARSIZE_ANY_EXHDR(value) &&
		memcmp(buffer->data, VARDATA_ANY(value), buffer->len) == 0;
}

static void
set_first(FirstRow *first, const VerifyRow *row)
{
	first->is_set = true;
	first->hash = DatumGetInt64(row->values[USERID_HASH]);
	first->profile_id = *DatumGetUUIDP(row->values[USERID_PROFILE]);
	first->survivor = *DatumGetUUIDP(row->values[USERID_SURVIVOR]);
	set_text(&first->bot, row->values[USERID_BOT]);
	set_text(&first->userid, row->values[USERID_USERID]);
}

/* Of one hash and one bot? */
static bool
is_beside(const FirstRow *first, const VerifyRow *row)
{
	return first->is_set && first->hash == DatumGetInt64(row->values[USERID_HASH]) &&
		is_text(&first->bot, row->values[USERID_BOT]);
}

static void
check_duplicate(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	FirstRow   *first = context;
	VerifyRow	row;

	verify_read_row(tuple, descriptor, &row);
	if (is_beside(first, &row) && is_text(&first->userid, row.values[USERID_USERID]))
		verify_report(first->verifier, "duplicate_userid", first->bot.data, verify_id(&row, USERID_PROFILE),
					  "\"%s\" is the userId of profile %s, too", first->userid.data, id_text(&first->profile_id));
	else
		set_first(first, &row);
}

/* Two that were merged are one customer, whoever takes them for each other. */
static void
check_lookalike(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	FirstRow   *first = context;
	BotPolicy  *policy;
	VerifyRow	row;
	char	   *userid;

	verify_read_row(tuple, descriptor, &row);
	if (!is_beside(first, &row))
	{
		set_first(first, &row);
		return;
	}
	policy = verify_policy(first->verifier, first->bot.data);
	if (policy == NULL || policy->userid == NULL || policy->options.lookalike == LOOKALIKE_OFF ||
		id_equal(&first->survivor, verify_id(&row, USERID_SURVIVOR)) ||
		is_text(&first->userid, row.values[USERID_USERID]))
		return;
	userid = verify_text(&row, USERID_USERID);
	if (lookalike_same(policy, first->userid.data, userid))
		verify_report(first->verifier, "lookalike", first->bot.data, verify_id(&row, USERID_PROFILE),
					  "\"%s\" looks like \"%s\" of profile %s", userid, first->userid.data, id_text(&first->profile_id));
}

static void
scan(Verifier *verifier, const StorePlan *plan, StoreRow callback)
{
	FirstRow	first = {.verifier = verifier};

	initStringInfo(&first.bot);
	initStringInfo(&first.userid);
	verify_scan(verifier, plan, callback, &first);
}

void
verify_userids(Verifier *verifier)
{
	scan(verifier, &read_by_userid, check_duplicate);
	scan(verifier, &read_by_skeleton, check_lookalike);
}
