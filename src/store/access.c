/*
 * Access levels: checked first by every function that reads or writes data.
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "store/access.h"
#include "store/errors.h"
#include "store/lock.h"
#include "store/plan.h"
#include "store/policy.h"
#include "store/problem.h"

/* The functions that each level adds, for EXECUTE. */
#define T "pg_catalog.text"
#define UUID "pg_catalog.uuid"
#define TIME "pg_catalog.timestamptz"
#define INTERVAL "pg_catalog.interval"

static const struct
{
	AccessLevel level;
	const char *signature;
}			level_functions[] = {
	{ACCESS_CAPTURE, "identify(" T ", " T ", " T ", pg_catalog.jsonb)"},
	{ACCESS_CAPTURE, "normalize_userid(" T ", " T ")"},
	{ACCESS_CAPTURE, "track(" T ", " UUID ", " T ", pg_catalog.jsonb, " T ", " TIME ", " UUID ")"},
	{ACCESS_CAPTURE, "attach_tickets(pg_catalog.regclass, " T "[])"},
	{ACCESS_CAPTURE, "detach(pg_catalog.regclass)"},
	{ACCESS_CAPTURE, "link_ticket()"},
	{ACCESS_CAPTURE, "attach_contacts(pg_catalog.regclass, " T "[])"},
	{ACCESS_CAPTURE, "capture_contact()"},
	{ACCESS_CAPTURE, "backfill(pg_catalog.regclass, pg_catalog.int4)"},
	{ACCESS_CAPTURE, "immutable_columns()"},
	{ACCESS_CAPTURE, "import_users(" T ", pg_catalog.regclass, pg_catalog.name, pg_catalog.jsonb, " T ", pg_catalog.bool, "
	T "[], pg_catalog.name, " UUID ", " T ", pg_catalog.bool, " UUID ", pg_catalog.int8, pg_catalog.int8, pg_catalog.int8, "
	"pg_catalog.int8, pg_catalog.int8, pg_catalog.int8)"},
	{ACCESS_AGENT, "contact_card(" T ", " T ", " TIME ")"},
	{ACCESS_AGENT, "contact_card_for_profile(" T ", " UUID ", " TIME ")"},
	{ACCESS_AGENT, "contact_card_for_sender(" T ", " T ", " T ")"},
	{ACCESS_AGENT, "contact_card_for_ticket(" T ", " T ", " T ")"},
	{ACCESS_AGENT, "contact_card_for_ticket(" T ", " T ", pg_catalog.int8)"},
	{ACCESS_AGENT, "previous_ticket(" T ", " T ", " T ")"},
	{ACCESS_AGENT, "recent_activity(" T ", " UUID ", pg_catalog.int4, " TIME ", " UUID ")"},
	{ACCESS_AGENT, "find_contacts(" T ", " T ", pg_catalog.int4)"},
	{ACCESS_AGENT, "update_contact(" T ", " UUID ", pg_catalog.jsonb)"},
	{ACCESS_ENGAGEMENT_USER, "bots_with(" T ")"},
	{ACCESS_ENGAGEMENT_USER, "all_activity(" T ", " UUID ", pg_catalog.int4, " TIME ", " UUID ")"},
	{ACCESS_ENGAGEMENT_USER, "channel_overview(" T ", " TIME ", " TIME ")"},
	{ACCESS_ENGAGEMENT_USER, "card_gaps(" T ")"},
	{ACCESS_ENGAGEMENT_USER, "export_user(" T ", " UUID ")"},
	{ACCESS_ENGAGEMENT_USER, "export_users(" T ")"},
	{ACCESS_ENGAGEMENT_USER, "user_page(" T ", " UUID ", " TIME ")"},
	{ACCESS_ENGAGEMENT_USER, "explain_profile(" T ", " UUID ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "create_bot(" T ", " T ", " T "[], " T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "set_userid_property(" T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "adopt_userids(" T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "add_channel(" T ", " T ", " T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "define_property(" T ", " T ", " T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "set_option(" T ", " T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "merge_profiles(" T ", " UUID ", " UUID ", pg_catalog.bool, " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "unmerge(" T ", " UUID ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "replace_userid(" T ", " UUID ", " T ", pg_catalog.bool)"},
	{ACCESS_ENGAGEMENT_ADMIN, "delete_user(" T ", " UUID ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "prune_unidentified(" T ", " INTERVAL ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "prune_events(" T ", " INTERVAL ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "verify(" T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "grant_access(pg_catalog.name, " T ", " T ")"},
	{ACCESS_ENGAGEMENT_ADMIN, "revoke_access(pg_catalog.name, " T ")"},
};

static const char *const readable_tables =
"user360.bot, user360.channel, user360.property, user360.profile, user360.sender, "
"user360.ticket, user360.event, user360.merge, user360.access, user360.tombstone, "
"user360.import, user360.import_error";

static StorePlan write_access = {
	.sql = "INSERT INTO user360.access AS a (role, bot, level) VALUES ($1, $2, $3) "
	"ON CONFLICT (role, bot) DO UPDATE SET level = EXCLUDED.level",
	.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
};

static StorePlan erase_access = {
	.sql = "DELETE FROM user360.access WHERE role" EQ "$1 AND bot" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}, .rights = PLAN_ERASES
};

static StorePlan erase_former = {
	.sql = "DELETE FROM user360.access WHERE role" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}, .rights = PLAN_ERASES
};

static StorePlan find_access = {
	.sql = "SELECT 1 FROM user360.access WHERE role" EQ "$1 AND bot" EQ "$2",
	.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
};

static StorePlan read_role_levels = {
	.sql = "SELECT level FROM user360.access WHERE role" EQ "$1",
	.nargs = 1, .argtypes = {TEXTOID}
};

static StorePlan read_role_bots = {
	.sql = "SELECT role, level, bot FROM user360.access",
};

static StorePlan read_every_bot = {
	.sql = "SELECT bot FROM user360.bot",
};

static bool
passes_everywhere(Oid role)
{
	return superuser_arg(role) || role == store_owner();
}

/*
 * Was USAGE on the schema granted to this very role?  grant_access() does so.
 * Rows of table access go by name: without this witness, they are those of a
 * role that was dropped or renamed, and give the one that has the name now
 * nothing.
 */
static bool
has_witness(Oid role)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum("user360"));
	bool		found = false;
	bool		isnull;
	Datum		datum;

	if (!HeapTupleIsValid(tuple))
		return false;
	datum = SysCacheGetAttr(NAMESPACENAME, tuple, Anum_pg_namespace_nspacl, &isnull);
	if (!isnull)
	{
		Acl		   *acl = DatumGetAclPCopy(datum);
		AclItem    *items = ACL_DAT(acl);

		for (int i = 0; i < ACL_NUM(acl); i++)
			found |= items[i].ai_grantee == role && (ACLITEM_GET_PRIVS(items[i]) & ACL_USAGE) != 0;
	}
	ReleaseSysCache(tuple);
	return found;
}

static bool
inherits_from(Oid role, const char *name)
{
	Oid			granted = get_role_oid(name, true);

	return OidIsValid(granted) && has_privs_of_role(role, granted) && has_witness(granted);
}

AccessLevel
access_level(BotPolicy *policy, Oid role)
{
	AccessLevel best = ACCESS_NONE;

	if (passes_everywhere(role))
		return ACCESS_ENGAGEMENT_ADMIN;
	if (policy->checked_role == role && !policy->stale)
		return policy->checked_level;

	for (int i = 0; i < policy->naccess; i++)
	{
		if (policy->access[i].level > best && inherits_from(role, policy->access[i].role))
			best = policy->access[i].level;
	}
	policy->checked_role = role;
	policy->checked_level = best;
	return best;
}

bool
access_to_every_bot(Oid role, AccessLevel level)
{
	/* No bot is called *, so what its policy holds is the access to all. */
	return access_level(policy_get("*"), role) >= level;
}

BotPolicy *
access_check(const char *bot, AccessLevel level)
{
	BotPolicy  *policy = policy_get(bot);

	if (policy->outdated)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension user360 is not of version %s, as its library is", USER360_VERSION),
				 errhint("Run ALTER EXTENSION user360 UPDATE.")));
	if (access_level(policy, GetUserId()) < level)
	{
		policy_deny(policy);
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for bot \"%s\"", clip_value(bot, strlen(bot))),
				 errdetail("This needs the access level \"%s\".", access_level_name(level)),
				 errhint("An administrator of the bot gives it with user360.grant_access().")));
	}
	if (!policy->exists)
		ereport(ERROR,
				(errcode(ERRCODE_U360_UNKNOWN_BOT),
				 errmsg("bot \"%s\" does not exist", clip_value(bot, strlen(bot))),
				 errhint("Create it with user360.create_bot().")));
	return policy;
}

static void
set_privilege(const char *role, bool granted, const char *privilege)
{
	store_grant(psprintf("%s %s %s %s", granted ? "GRANT" : "REVOKE", privilege,
						 granted ? "TO" : "FROM", quote_identifier(role)));
}

/*
 * Gives what a better level brings, or takes back what the former one brought
 * and this one does not.  What somebody granted by hand beyond that stays.
 */
static void
set_privileges(const char *role, AccessLevel before, AccessLevel level)
{
	for (int i = 0; i < (int) lengthof(level_functions); i++)
	{
		if (level_functions[i].level <= Max(before, level))
			set_privilege(role, level_functions[i].level <= level,
						  psprintf("EXECUTE ON ROUTINE user360.%s", level_functions[i].signature));
	}
	if (ACCESS_ENGAGEMENT_USER <= Max(before, level))
		set_privilege(role, ACCESS_ENGAGEMENT_USER <= level, psprintf("SELECT ON %s", readable_tables));
	if (Max(before, level) > ACCESS_NONE)
		set_privilege(role, level > ACCESS_NONE, "USAGE ON SCHEMA user360");
}

static AccessLevel
best_level_of(const char *role)
{
	Datum		values[1] = {CStringGetTextDatum(role)};
	uint64		rows = store_read_latest(&read_role_levels, values, NULL);
	AccessLevel best = ACCESS_NONE;

	for (uint64 i = 0; i < rows; i++)
		best = Max(best, access_level_from_name(SPI_getvalue(SPI_tuptable->vals[i],
															 SPI_tuptable->tupdesc, 1)));
	return best;
}

/* The caller administers the bot, or every bot where it is *. */
static void
check_administrator(const char *bot)
{
	if (strcmp(bot, "*") != 0)
		access_check(bot, ACCESS_ENGAGEMENT_ADMIN);
	else if (!access_to_every_bot(GetUserId(), ACCESS_ENGAGEMENT_ADMIN))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for every bot"),
				 errdetail("This needs the access level \"engagement_admin\" on bot \"*\".")));
}

PG_FUNCTION_INFO_V1(grant_access);

Datum
grant_access(PG_FUNCTION_ARGS)
{
	char	   *role = NameStr(*PG_GETARG_NAME(0));
	char	   *bot = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *level = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Datum		values[3];
	AccessLevel before;

	check_administrator(bot);
	if (access_level_from_name(level) == ACCESS_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("access level \"%s\" does not exist", level),
				 errhint("The levels are capture, agent, engagement_user and engagement_admin.")));
	get_role_oid(role, false);

	values[0] = CStringGetTextDatum(role);
	values[1] = CStringGetTextDatum(bot);
	values[2] = CStringGetTextDatum(level);
	store_connect();
	bot_lock("*", true);		/* two GRANTs at once would collide in the catalogue */
	if (!has_witness(get_role_oid(role, false)))
		store_write(&erase_former, values, NULL);
	before = best_level_of(role);
	store_write(&write_access, values, NULL);
	set_privileges(role, before, best_level_of(role));
	store_finish();
	policy_changed();
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(revoke_access);

Datum
revoke_access(PG_FUNCTION_ARGS)
{
	char	   *role = NameStr(*PG_GETARG_NAME(0));
	char	   *bot = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Datum		values[2];
	AccessLevel before;

	check_administrator(bot);
	get_role_oid(role, false);

	values[0] = CStringGetTextDatum(role);
	values[1] = CStringGetTextDatum(bot);
	store_connect();
	bot_lock("*", true);
	before = best_level_of(role);
	if (store_write(&erase_access, values, NULL) == 0 && store_read_latest(&find_access, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent grant"),
				 errhint("Run the transaction again.")));
	set_privileges(role, before, best_level_of(role));
	store_finish();
	policy_changed();
	PG_RETURN_VOID();
}

/* Copies one column of the current result where the caller's level suffices. */
static ArrayBuildState *
collect_bots(ArrayBuildState *bots, uint64 rows, int column, bool by_role, AccessLevel level)
{
	for (uint64 i = 0; i < rows; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	descriptor = SPI_tuptable->tupdesc;

		if (by_role &&
			(access_level_from_name(SPI_getvalue(row, descriptor, 2)) < level ||
			 !inherits_from(GetUserId(), SPI_getvalue(row, descriptor, 1))))
			continue;
		bots = accumArrayResult(bots, CStringGetTextDatum(SPI_getvalue(row, descriptor, column)),
								false, TEXTOID, CurrentMemoryContext);
	}
	return bots;
}

PG_FUNCTION_INFO_V1(bots_with);

/* For the row security policies: one call a query. */
Datum
bots_with(PG_FUNCTION_ARGS)
{
	AccessLevel level = access_level_from_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	MemoryContext caller = CurrentMemoryContext;
	ArrayBuildState *bots = NULL;
	Datum		result;

	store_connect();
	if (level == ACCESS_NONE)
		bots = NULL;
	else if (access_to_every_bot(GetUserId(), level))
		bots = collect_bots(accumArrayResult(NULL, CStringGetTextDatum("*"), false, TEXTOID, CurrentMemoryContext),
							store_read(&read_every_bot, NULL, NULL), 1, false, level);
	else
		bots = collect_bots(bots, store_read(&read_role_bots, NULL, NULL), 3, true, level);
	if (bots != NULL)
		result = makeArrayResult(bots, caller);
	else
	{
		MemoryContextSwitchTo(caller);
		result = PointerGetDatum(construct_empty_array(TEXTOID));
	}
	store_finish();
	PG_RETURN_DATUM(result);
}
