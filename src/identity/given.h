/*
 * What a capture was given: a channel, a sender and properties, read by the
 * bot's policy.
 */
#ifndef USER360_IDENTITY_GIVEN_H
#define USER360_IDENTITY_GIVEN_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "store/policy.h"
#include "store/problem.h"

/* One property as it came: a scalar's text, or a list's. */
typedef struct RawValue
{
	const char *name;
	Value		value;
} RawValue;

typedef struct Given
{
	/* as given */
	const char *raw_sender;		/* NULL: nobody in particular */
	int			nraw;
	RawValue   *raw;
	Problems   *problems;		/* NULL: a bad value raises an error */
	bool		elsewhere;		/* the customer does not talk on the sender's
								 * channel, but on this one; NULL: nowhere */
	const char *seen_on;
	bool		only_fills;		/* blanks, and a userId where there is none */

	/* as read */
	BotPolicy  *policy;
	const Channel *channel;
	const char *sender;			/* the key */
	const char *userid;			/* canonical; NULL: none */
	bool		userid_from_sender; /* by a phone number as sender: only a
									 * customer without a userId gets it */
	PropertySet values;
	const char *as_typed[SYSTEM_PROPERTIES];	/* e-mail and phone, where that
												 * differs from the value */
	const char *sender_phone;	/* what the sender fills where it is blank */
	const char *sender_country;
} Given;

extern void given_add(Given *given, const char *name, Value value);
extern void given_add_jsonb(Given *given, Jsonb *properties);

/* Reads it all by a policy; again by a newer one where that has changed. */
extern void given_read(Given *given, BotPolicy *policy, const Channel *channel);

/* A key of ours: longer ones are cut and marked by their digest. */
extern char *short_key(const char *key);

#define KEY_BYTES	255

#endif
