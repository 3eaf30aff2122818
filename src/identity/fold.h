/*
 * The fold: what a survivor's row is, out of its own values and its members.
 */
#ifndef USER360_IDENTITY_FOLD_H
#define USER360_IDENTITY_FOLD_H

#include "postgres.h"

#include "identity/profile.h"

/* Keeps what the profile itself was given apart from what members bring;
 * called before it absorbs one. */
extern void fold_begin(const BotPolicy *policy, Profile *profile);

/* One step: the source comes last among the target's members.  place is its
 * order among them. */
extern void fold_add(const BotPolicy *policy, Profile *target, Profile *source, int64 place);

/*
 * Folds a survivor again from its own values and all its members.  Members
 * that are survivors of others below them are folded on the way, and written
 * and recorded where they changed, with the merge that was made or undone; the
 * survivor is left to the caller to write.
 */
extern void fold_again(const BotPolicy *policy, Profile *survivor, const pg_uuid_t *merge_id, TimestampTz at);

/* What the survivor would be if the source were merged under one of its set;
 * writes nothing. */
extern Profile *fold_with(const BotPolicy *policy, Profile *survivor, Profile *source, const pg_uuid_t *under);

/* The same as the survivor's row, and each value's origin is set. */
extern Profile *fold_with_origins(const BotPolicy *policy, Profile *survivor);

/* A member, the profile that took it in, and its place among those. */
typedef struct Member
{
	Profile    *profile;
	pg_uuid_t	target;
	int64		place;
} Member;

/* Those of one survivor, in the order of their targets and places. */
typedef struct Members
{
	int			n;
	Member	   *members;
} Members;

/* Is told of a profile what it is and what it should be. */
typedef void (*FoldCallback) (const BotPolicy *policy, Profile *row, Profile *fold, void *context);

/*
 * Calls back with each row of a survivor and its members that is not what its
 * own values and the rows of those that it took in make of it.  Properties
 * that are not defined raise an error.
 */
extern void fold_check(const BotPolicy *policy, Profile *survivor, const Members *members,
					   FoldCallback differs, void *context);

/* The highest place that a list which was set by hand hides: a later member
 * needs one beyond it, though the merge that had it may be erased. */
extern int64 fold_hidden_up_to(const Profile *profile);

/* {property: value, ...} of the own values that were given after a moment, null
 * for one that was cleared. */
extern Jsonb *fold_edited_since(const BotPolicy *policy, Profile *profile, TimestampTz since);

/* Is it the profile's own value too, and not only one that a member brought? */
extern bool fold_own_is(const Profile *profile, const Property *property, const Value *value);

/*
 * Setting what a profile itself is given: in its row and, where it has
 * members, in its own values.
 */
typedef struct FoldEdit
{
	const BotPolicy *policy;
	Profile    *row;
	Profile    *own;			/* NULL: the row is all there is */
	Jsonb	   *after;
	Jsonb	   *edited;
	bool		changed;
	bool		fold_again;
} FoldEdit;

extern FoldEdit fold_edit(const BotPolicy *policy, Profile *profile);

/* given: as typed where that differs from the value, or NULL. */
extern void fold_edit_set(FoldEdit *edit, const Property *property, const Value *value,
						  const char *given, TimestampTz at);
extern void fold_edit_userid(FoldEdit *edit, const char *userid, const char *given, TimestampTz at);
extern void fold_edit_seen(FoldEdit *edit, TimestampTz at);
extern void fold_edit_done(FoldEdit *edit);

#endif
