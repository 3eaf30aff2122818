/*
 * verify(): the bots themselves, and rows that belong to none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "admin/verify.h"

/* The columns of read_bots, from 0. */
enum
{
	BOT_NAME,
	BOT_PROPERTY,
	BOT_PROPERTY_TYPE,
	BOT_HAS_USERIDS,
	BOT_EMAIL_CHANNEL
};

static StorePlan read_bots = {
	.sql = "SELECT b.bot, b.userid_property, r.type, "
	"EXISTS (SELECT 1 FROM user360.profile AS p WHERE p.bot" EQ "b.bot AND p.userid IS NOT NULL), "
	"(SELECT pg_catalog.min(c.channel) FROM user360.channel AS c WHERE c.bot" EQ "b.bot AND c.kind" EQ "'email') "
	"FROM user360.bot AS b LEFT JOIN user360.property AS r ON r.bot" EQ "b.bot AND r.property" EQ "b.userid_property "
	"WHERE " IN_SCOPE("b.bot"),
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_properties = {
	.sql = "SELECT r.bot, r.property, r.type, r.merge_rule FROM user360.property AS r WHERE " IN_SCOPE("r.bot"),
	.nargs = 1, .argtypes = {TEXTOID}
};

/* From bot to bot by the index that each of these tables has. */
#define MISSING_BOTS(table) \
	"SELECT '" table "'::pg_catalog.text, n.bot FROM (WITH RECURSIVE named (bot) AS (" \
	"SELECT pg_catalog.min(t.bot) FROM user360." table " AS t UNION ALL " \
	"SELECT (SELECT pg_catalog.min(t.bot) FROM user360." table " AS t WHERE t.bot" GT "d.bot) " \
	"FROM named AS d WHERE d.bot IS NOT NULL) SELECT d.bot FROM named AS d) AS n " \
	"WHERE n.bot IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user360.bot AS b WHERE b.bot" EQ "n.bot)"

static StorePlan read_missing_bots = {
	.sql = MISSING_BOTS("channel") " UNION ALL " MISSING_BOTS("property") " UNION ALL "
	MISSING_BOTS("profile") " UNION ALL " MISSING_BOTS("sender") " UNION ALL "
	MISSING_BOTS("ticket") " UNION ALL " MISSING_BOTS("event") " UNION ALL " MISSING_BOTS("merge")
};

/* From now on, nothing asks for the policy of this bot. */
static void
set_unreadable(Verifier *verifier, const char *bot)
{
	MemoryContext old = MemoryContextSwitchTo(verifier->context);

	verifier->unreadable = lappend(verifier->unreadable, pstrdup(bot));
	MemoryContextSwitchTo(old);
}

static void
check_property(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	Verifier   *verifier = context;
	VerifyRow	row;
	char	   *bot;
	PropertyType type;
	MergeRule	rule;

	verify_read_row(tuple, descriptor, &row);
	bot = verify_text(&row, 0);
	if (property_type_from_name(verify_text(&row, 2), &type) &&
		merge_rule_from_name(verify_text(&row, 3), &rule))
		return;
	verify_report(verifier, "policy", bot, NULL, "property \"%s\" is of type %s with merge rule %s, and there is none such",
				  verify_text(&row, 1), verify_text(&row, 2), verify_text(&row, 3));
	set_unreadable(verifier, bot);
}

/* The type of the bot's userId property; false where there is no such property. */
static bool
userid_type(const VerifyRow *row, PropertyType *type)
{
	char	   *name = verify_text(row, BOT_PROPERTY);
	char	   *custom_type = verify_text(row, BOT_PROPERTY_TYPE);
	const Property *property = name != NULL ? system_property(name) : NULL;

	if (custom_type != NULL)
		return property_type_from_name(custom_type, type);
	if (property != NULL)
		*type = property->type;
	return property != NULL;
}

static void
check_bot(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	Verifier   *verifier = context;
	VerifyRow	row;
	char	   *bot;
	char	   *property;
	char	   *email_channel;
	PropertyType type = PROPERTY_STRING;
	bool		has_type;

	verify_read_row(tuple, descriptor, &row);
	bot = verify_text(&row, BOT_NAME);
	property = verify_text(&row, BOT_PROPERTY);
	email_channel = verify_text(&row, BOT_EMAIL_CHANNEL);
	has_type = userid_type(&row, &type);

	if (property != NULL && row.nulls[BOT_PROPERTY_TYPE] && !has_type)
	{
		verify_report(verifier, "policy", bot, NULL, "its userId property \"%s\" is not there", property);
		set_unreadable(verifier, bot);
	}
	else if (has_type && !property_type_fits_userid(type))
		verify_report(verifier, "policy", bot, NULL, "its userId property \"%s\" is of type %s, which can't be a userId",
					  property, property_type_name(type));
	if (property == NULL && DatumGetBool(row.values[BOT_HAS_USERIDS]))
		verify_report(verifier, "bot_userid_property", bot, NULL, "it has userIds and no userId property");
	if (email_channel != NULL && !(has_type && type == PROPERTY_EMAIL))
		verify_report(verifier, "bot_email_channel", bot, NULL,
					  "channel \"%s\" is of kind email, and the userId property is not of type email", email_channel);
}

static void
report_missing(HeapTuple tuple, TupleDesc descriptor, void *context)
{
	VerifyRow	row;

	verify_read_row(tuple, descriptor, &row);
	verify_report(context, "bot_missing", verify_text(&row, 1), NULL, "table \"%s\" has rows of it, and it is not there",
				  verify_text(&row, 0));
}

void
verify_bots(Verifier *verifier)
{
	verify_scan(verifier, &read_properties, check_property, verifier);
	verify_scan(verifier, &read_bots, check_bot, verifier);

	/* A single one is there, or the caller was told so. */
	if (verifier->scope_null != ' ')
		store_scan(&read_missing_bots, NULL, NULL, report_missing, verifier);
}
