/*
 * Profiles: reading, locking and writing their rows.
 */
#ifndef USER360_IDENTITY_PROFILE_H
#define USER360_IDENTITY_PROFILE_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/event.h"
#include "store/table.h"
#include "store/json.h"
#include "store/noreturn.h"
#include "store/plan.h"
#include "store/policy.h"
#include "store/probe.h"

typedef struct Profile
{
	pg_uuid_t	id;
	bool		is_member;		/* merged into another one */
	pg_uuid_t	merged_into;
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz last_seen_at;
	TimestampTz identified_at;	/* 0: unidentified */
	char	   *userid;			/* NULL: unidentified */
	PropertySet values;
	bool		custom_loaded;
	Jsonb	   *custom;
	Jsonb	   *own;			/* NULL: has absorbed nobody */
	Jsonb	   *stamps;
	Jsonb	   *as_given;
} Profile;

/* What a plan selects so that profile_from_row() can read it, of profile p. */
#define PROFILE_COLUMNS \
	"p.profile_id, p.merged_into, p.created_at, p.updated_at, p.last_seen_at, p.identified_at, " \
	"p.userid, p.first_name, p.last_name, p.phone, p.email, p.last_channel, p.gender, p.country, " \
	"p.city, p.language, p.timezone, p.dob, p.email_optin, p.sms_optin, p.whatsapp_optin, p.tags, " \
	"p.custom, p.own, p.stamps, p.as_given"
#define PROFILE_NCOLUMNS	26

/*
 * A profile out of the current SPI result, its first column at the given
 * place (from 0); NULL where profile_id is NULL.  It lives in the current
 * memory context.
 */
extern Profile *profile_from_row(uint64 row, int first_column);

/* The same out of a row that a scan hands over. */
extern Profile *profile_from_tuple(HeapTuple row, TupleDesc descriptor, int first_column);

/* The same out of a row of the table, and the probe by which it is found. */
extern Profile *profile_from_probe(const ProbedRow *row);
extern StoreProbe profile_probe;
extern StoreProbe profile_userid_probe;
extern StoreTable profile_rows;

/* Where a column stands in such a row. */
enum ProbedProfile
{
	PROBED_PROFILE_ID = 1,
	PROBED_MERGED_INTO = 2,
	PROBED_UPDATED_AT = 4,
	PROBED_USERID = 7,
	PROBED_SYSTEM = 8,			/* the system properties in their order */
	PROBED_AS_GIVEN = 26
};

/* The values of PROFILE_COLUMNS as arguments of a plan; nulls as SPI has them. */
extern void profile_columns(const Profile *profile, Datum *columns, char *nulls);

/* Reads the custom properties out of their jsonb, once. */
extern void profile_load_custom(const BotPolicy *policy, Profile *profile);

/* NULL where there is none */
extern Profile *profile_by_id(const BotPolicy *policy, const pg_uuid_t *id);
extern Profile *profile_by_userid(const BotPolicy *policy, const char *userid);

/* The profile itself, or the one that it was merged into. */
extern Profile *profile_survivor(const BotPolicy *policy, Profile *profile);

/* The customer to whom the profile belongs, as the calling statement sees it:
 * for functions that are STABLE.  NULL: not there */
extern Profile *profile_read(const BotPolicy *policy, const pg_uuid_t *id);

/* Does the profile belong to this survivor? */
extern bool profile_leads_to(const BotPolicy *policy, const pg_uuid_t *id, const Profile *survivor);

/* The same as profile_by_id(), as the calling statement sees it. */
extern Profile *profile_as_seen(const BotPolicy *policy, const pg_uuid_t *id);

/* Raises U3014 where there is none. */
typedef Profile *(*ProfileLookUp) (const BotPolicy *policy, const pg_uuid_t *id);
extern Profile *profile_required(const BotPolicy *policy, const pg_uuid_t *id, ProfileLookUp look_up);

/* Locks whoever the profile belongs to now.  Raises U3014. */
extern Profile *profile_lock_survivor(const BotPolicy *policy, const pg_uuid_t *id);

/* After so many looks, each of which another transaction's change has made
 * worthless, a call gives up: profile_unsettled() raises 40001. */
#define PROFILE_ROUNDS	100

pg_noreturn extern void profile_unsettled(const pg_uuid_t *id);

/*
 * Locks a survivor for change (FOR NO KEY UPDATE) and reads its row afresh.
 * NULL: it is no survivor any more, not the one of that profile, or is gone;
 * nothing is held then, and the caller looks again.
 */
extern Profile *profile_lock(const BotPolicy *policy, const Profile *survivor, const pg_uuid_t *of);

/* Locks two at once, in ascending order, and gives them in the order of the
 * arguments; NULL likewise. */
extern Profile **profile_lock_two(const BotPolicy *policy, const pg_uuid_t survivors[2], const pg_uuid_t of[2]);

/* False: another profile has this userId. */
extern bool profile_insert(const BotPolicy *policy, Profile *profile, const Event *event);

/* A copy whose values can be changed without changing the original's. */
extern Profile *profile_copy(const BotPolicy *policy, Profile *profile);

/* {property: value, ...}, the userId among them. */
extern Jsonb *profile_jsonb(const BotPolicy *policy, Profile *profile);

/* Does anything differ between two states of a profile that anybody sees? */
extern bool profile_is_changed(const BotPolicy *policy, Profile *before, Profile *after);

/*
 * Adds to an event what a change was: oldPayload and newPayload, each the
 * properties that differ, null for one that is not there; and oldAsGiven and
 * newAsGiven where e-mail or phone are known as typed, whole.  From these the
 * past is read back, so every change of a row that anybody sees is recorded
 * with them, under that row's profile.  before NULL: the profile is new.
 */
extern void profile_add_change(JsonObject *payload, const BotPolicy *policy, Profile *before, Profile *after);

/* The moment of a change to a locked profile: later than its last one. */
extern TimestampTz profile_moment(const Profile *profile);

/* Everything but the userId.  event NULL: nothing is recorded. */
extern void profile_update(const BotPolicy *policy, Profile *profile, const Event *event);

/*
 * Gives an unidentified profile its userId.  The assignment locks the profile
 * and sets it up for writing, or gives NULL to let it be.  False where it
 * did, or where another profile has the userId by now: then nothing is held.
 */
typedef Profile *(*ProfileAssignment) (void *context, Event *event);

extern bool profile_assign(const BotPolicy *policy, ProfileAssignment assignment, void *context);

#endif
