/*
 * verify(): what its checks share.
 */
#ifndef USER360_ADMIN_VERIFY_H
#define USER360_ADMIN_VERIFY_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "utils/uuid.h"

#include "identity/profile.h"
#include "store/plan.h"
#include "store/policy.h"

typedef struct Verifier
{
	ReturnSetInfo *result;
	MemoryContext context;		/* lives as long as the call */
	Datum		scope;			/* $1 of each scan: the bot, or NULL for all */
	char		scope_null;
	List	   *unreadable;		/* names of bots whose policy can't be read */
} Verifier;

/* What a scan's statement says of the bots that it is about. */
#define IN_SCOPE(bot)	"($1 IS NULL OR " bot EQ "$1)"

/* The columns of a row, from 0. */
#define VERIFY_COLUMNS	16

typedef struct VerifyRow
{
	Datum		values[VERIFY_COLUMNS];
	bool		nulls[VERIFY_COLUMNS];
} VerifyRow;

extern void verify_read_row(HeapTuple tuple, TupleDesc descriptor, VerifyRow *row);
extern char *verify_text(const VerifyRow *row, int column); /* or NULL */
extern const pg_uuid_t *verify_id(const VerifyRow *row, int column);	/* or NULL */

/* profile_id NULL: it is about the whole bot. */
extern void verify_report(Verifier *verifier, const char *check, const char *bot, const pg_uuid_t *profile_id,
						  const char *detail,...) pg_attribute_printf(5, 6);

extern void verify_scan(Verifier *verifier, const StorePlan *plan, StoreRow callback, void *context);

/* NULL: there is no such bot, or its policy can't be read, which are findings
 * of their own. */
extern BotPolicy *verify_policy(Verifier *verifier, const char *bot);

/* Each reads whole tables and reports. */
extern void verify_bots(Verifier *verifier);
extern void verify_profiles(Verifier *verifier);
extern void verify_userids(Verifier *verifier);
extern void verify_references(Verifier *verifier);
extern void verify_tickets(Verifier *verifier);

/*
 * What one profile holds.  False: it can't be folded, since it holds what the
 * bot's policy does not know.
 */
extern bool verify_values(Verifier *verifier, const BotPolicy *policy, Profile *profile,
						  const int64 *skeleton_hash);

/* A merged set, row by row, and then as a whole. */
typedef struct SetRow
{
	Profile    *profile;
	bool		has_edge;		/* the active merge with this profile as source */
	bool		has_more_edges;
	pg_uuid_t	target;
	int64		place;
	int			walk;			/* which walk towards the survivor came by */
} SetRow;

typedef struct MergedSet
{
	Verifier   *verifier;
	MemoryContext context;		/* emptied with each set */
	char	   *bot;
	BotPolicy  *policy;			/* or NULL */
	pg_uuid_t	id;				/* where the members lead */
	Profile    *survivor;		/* NULL: that is no survivor */
	bool		readable;
	int			nrows;
	int			max_rows;
	SetRow	   *rows;			/* by profile_id */
} MergedSet;

extern void verify_set(MergedSet *set);

#endif
