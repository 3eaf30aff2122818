/*
 * Erasing all that is stored of a customer.
 */
#ifndef USER360_IDENTITY_ERASE_H
#define USER360_IDENTITY_ERASE_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/policy.h"

/* A merged set, every row of it locked. */
typedef struct Customer
{
	pg_uuid_t	survivor;
	char	   *userid;			/* the survivor's; NULL: unidentified */
	int			nprofiles;		/* the survivor among them */
	pg_uuid_t  *profiles;
	int			nuserids;
	char	  **userids;
	int			nsenders;
} Customer;

/* Locks the customer to whom the profile belongs, senders and all.  Raises
 * U3014. */
extern Customer customer_lock(const BotPolicy *policy, const pg_uuid_t *id);

/*
 * Erases a locked customer's profiles, tickets, events, merges and import
 * errors.  Senders go, too, but where another profile is to have them those of
 * chat channels lead to that one.
 */
extern void customer_erase(const BotPolicy *policy, const Customer *customer, const pg_uuid_t *heir);

/* What stays: that there was somebody.  replaced_by and reason may be NULL. */
extern void customer_record_end(const BotPolicy *policy, const Customer *customer, const char *reason,
								const pg_uuid_t *replaced_by, TimestampTz at);

#endif
