/*
 * find_contacts(): from what an agent types to the customers it may mean.
 *
 * Each look goes by an index and takes no more than it can show: exact ones
 * first, by userId, e-mail, phone and sender; then names, whose index gives
 * equal ones before longer ones.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "identity/given.h"
#include "identity/userid.h"
#include "inbox/card.h"
#include "store/access.h"
#include "store/argument.h"
#include "store/id.h"
#include "store/plan.h"
#include "text/email.h"
#include "text/name.h"
#include "text/phone.h"
#include "text/unicode.h"

#define MAX_ROWS	100

/* So many profiles of one address are looked through: they may be few
 * customers, or all of an office. */
#define SHARED_BY	"1000"

#define OF_BOT "user360.profile AS p WHERE p.bot" EQ "$1 AND "
#define SELECT_CUSTOMER "SELECT COALESCE(p.merged_into, p.profile_id) FROM "

static StorePlan find_by_userid = {
	.sql = SELECT_CUSTOMER OF_BOT "p.userid" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

/* What equals the userId is not in these indexes. */
#define OTHER_THAN_USERID(column) \
	column " IS NOT NULL AND (p.userid IS NULL OR p.userid" NE column ") AND " column EQ "$2 LIMIT " SHARED_BY

static StorePlan find_by_email = {
	.sql = SELECT_CUSTOMER OF_BOT OTHER_THAN_USERID("p.email"),
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan find_by_phone = {
	.sql = SELECT_CUSTOMER OF_BOT OTHER_THAN_USERID("p.phone"),
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan find_by_sender = {
	.sql = SELECT_CUSTOMER "user360.channel AS c JOIN user360.sender AS n ON n.bot" EQ "c.bot AND n.channel" EQ "c.channel "
	"JOIN user360.profile AS p ON p.bot" EQ "n.bot AND p.profile_id" EQ "n.profile_id "
	"WHERE c.bot" EQ "$1 AND n.sender" EQ "ANY ($2)",
	.nargs = 2, .argtypes = {TEXTOID, TEXTARRAYOID}
};

/* Beyond every text that begins with the key. */
#define KEY_END	"\xF4\x8F\xBF\xBF"

/* In the order of the index: asha, asha rao, ashaben. */
#define FIND_BY_NAME(given, key) \
	"SELECT p.profile_id, " key EQ "$2 OR pg_catalog.starts_with(" key ", $2 OPERATOR(pg_catalog.||) ' ') " \
	"FROM " OF_BOT "p.merged_into IS NULL AND " given " IS NOT NULL AND " \
	key " OPERATOR(pg_catalog.>=) $2 AND " key LT "$3 ORDER BY " key " LIMIT $4"

static StorePlan find_by_first_name = {
	.sql = FIND_BY_NAME("p.first_name", "user360.name_key(p.first_name, p.last_name)"),
	.nargs = 4, .argtypes = {TEXTOID, TEXTOID, TEXTOID, INT8OID}
};

static StorePlan find_by_last_name = {
	.sql = FIND_BY_NAME("p.last_name", "user360.name_key(p.last_name)"),
	.nargs = 4, .argtypes = {TEXTOID, TEXTOID, TEXTOID, INT8OID}
};

/* The customers that were found, each once, in the order of the finds. */
typedef struct Finds
{
	const BotPolicy *policy;
	const char *query;			/* trimmed */
	size_t		length;
	int			max;
	int			n;
	pg_uuid_t	ids[MAX_ROWS];
	ArrayBuildState *senders;	/* as which channels may know the query */
} Finds;

static void
add_find(Finds *finds, const pg_uuid_t *id)
{
	for (int i = 0; i < finds->n; i++)
	{
		if (id_equal(&finds->ids[i], id))
			return;
	}
	if (finds->n < finds->max)
		finds->ids[finds->n++] = *id;
}

static const pg_uuid_t *
found_id(const SPITupleTable *table, uint64 row)
{
	bool		isnull;

	return DatumGetUUIDP(SPI_getbinval(table->vals[row], table->tupdesc, 1, &isnull));
}

static void
find_exactly(Finds *finds, StorePlan *plan, Datum value)
{
	Datum		arguments[2] = {finds->policy->bot_datum, value};
	uint64		rows = finds->n < finds->max ? store_read(plan, arguments, NULL) : 0;

	for (uint64 i = 0; i < rows; i++)
		add_find(finds, found_id(SPI_tuptable, i));
}

static void
add_sender(Finds *finds, const char *sender)
{
	finds->senders = accumArrayResult(finds->senders, CStringGetTextDatum(sender), false, TEXTOID,
									  CurrentMemoryContext);
}

static void
find_userid(Finds *finds)
{
	Problems	ignored = {0};
	char	   *userid = userid_normalize(finds->policy, finds->query, &ignored);

	if (userid != NULL)
		find_exactly(finds, &find_by_userid, CStringGetTextDatum(userid));
}

/* An address that is the userId is in that index and in no other. */
static void
find_address(Finds *finds, StorePlan *plan, const char *address, size_t length)
{
	char	   *canonical = pnstrdup(address, length);

	find_exactly(finds, &find_by_userid, CStringGetTextDatum(canonical));
	find_exactly(finds, plan, CStringGetTextDatum(canonical));
	add_sender(finds, canonical);
}

/* With the options of a userId and without: profiles that are older than the
 * choice of e-mail as the userId have it so. */
static void
find_email(Finds *finds)
{
	EmailPolicy options = {finds->policy->options.gmail_dots, finds->policy->options.plus_tags};
	const EmailPolicy *const readings[] = {&options, NULL};

	for (int i = 0; i < (int) lengthof(readings); i++)
	{
		char		email[EMAIL_MAX + 1];
		size_t		length;

		if (email_normalize(finds->query, finds->length, readings[i], email, &length) == NULL)
			find_address(finds, &find_by_email, email, length);
	}
}

/* As a national number, or with a plus; and as a number with its calling code
 * but no plus, as channels have it whose senders are phone numbers. */
static void
find_phone(Finds *finds)
{
	const int	flags[] = {0, PHONE_ALWAYS_INTERNATIONAL};

	for (int i = 0; i < (int) lengthof(flags); i++)
	{
		char		phone[PHONE_MAX];
		size_t		length;

		if (phone_normalize(finds->query, finds->length, finds->policy->default_region, flags[i], phone, &length) == NULL)
			find_address(finds, &find_by_phone, phone, length);
	}
}

static void
find_sender(Finds *finds)
{
	add_sender(finds, short_key(finds->query));
	find_exactly(finds, &find_by_sender, makeArrayResult(finds->senders, CurrentMemoryContext));
}

static void
add_names(Finds *finds, const SPITupleTable *table, uint64 rows, bool whole)
{
	bool		isnull;

	for (uint64 i = 0; i < rows; i++)
	{
		if (DatumGetBool(SPI_getbinval(table->vals[i], table->tupdesc, 2, &isnull)) == whole)
			add_find(finds, found_id(table, i));
	}
}

/* Whole names before longer ones, and first names before last ones. */
static void
find_names(Finds *finds)
{
	StorePlan  *const plans[] = {&find_by_first_name, &find_by_last_name};
	SPITupleTable *tables[lengthof(plans)];
	uint64		rows[lengthof(plans)];
	char		key[NAME_KEY_MAX + sizeof(KEY_END)];
	size_t		length = name_key(finds->query, finds->length, key);
	Datum		arguments[4];

	if (finds->n == finds->max)
		return;
	arguments[0] = finds->policy->bot_datum;
	arguments[1] = PointerGetDatum(cstring_to_text_with_len(key, length));
	memcpy(key + length, KEY_END, strlen(KEY_END));
	arguments[2] = PointerGetDatum(cstring_to_text_with_len(key, length + strlen(KEY_END)));
	arguments[3] = Int64GetDatum(finds->max);
	for (int i = 0; i < (int) lengthof(plans); i++)
	{
		rows[i] = store_read(plans[i], arguments, NULL);
		tables[i] = SPI_tuptable;
	}
	for (int whole = 1; whole >= 0; whole--)
	{
		for (int i = 0; i < (int) lengthof(plans); i++)
			add_names(finds, tables[i], rows[i], whole);
	}
}

static void
put_cards(const Finds *finds, ReturnSetInfo *result)
{
	for (int i = 0; i < finds->n; i++)
	{
		Datum		values[CARD_ATTRIBUTES];
		bool		nulls[CARD_ATTRIBUTES];

		CHECK_FOR_INTERRUPTS();
		if (card_of_survivor(finds->policy, &finds->ids[i], values, nulls))
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static int
row_limit(FunctionCallInfo fcinfo)
{
	int32		rows = PG_ARGISNULL(2) ? 20 : PG_GETARG_INT32(2);

	if (rows < 1 || rows > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows is %d", rows),
				 errdetail("It is from 1 to %d.", MAX_ROWS),
				 errhint("Type more of the name, or the e-mail address, where there are more customers than that.")));
	return rows;
}

PG_FUNCTION_INFO_V1(find_contacts);

Datum
find_contacts(PG_FUNCTION_ARGS)
{
	BotPolicy  *policy = access_check(required_text(fcinfo, 0, "bot"), ACCESS_AGENT);
	char	   *query = optional_text(fcinfo, 1);
	Finds		finds = {.policy = policy, .max = row_limit(fcinfo)};

	InitMaterializedSRF(fcinfo, 0);
	if (query == NULL || text_is_blank(query, strlen(query)))
		return (Datum) 0;
	finds.query = query;
	finds.length = strlen(query);
	text_trim(&finds.query, &finds.length);
	finds.query = pnstrdup(finds.query, finds.length);

	store_connect();
	find_userid(&finds);
	find_email(&finds);
	find_phone(&finds);
	find_sender(&finds);
	find_names(&finds);
	put_cards(&finds, (ReturnSetInfo *) fcinfo->resultinfo);
	store_finish();
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(name_key_of);

/* The key of "first last", or of the one that there is: for the indexes. */
Datum
name_key_of(PG_FUNCTION_ARGS)
{
	char	   *first = optional_text(fcinfo, 0);
	char	   *last = optional_text(fcinfo, 1);
	char		key[NAME_KEY_MAX];
	char	   *name;

	if (first == NULL && last == NULL)
		PG_RETURN_NULL();
	name = first != NULL && last != NULL ? psprintf("%s %s", first, last) : (first != NULL ? first : last);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(key, name_key(name, strlen(name), key)));
}
