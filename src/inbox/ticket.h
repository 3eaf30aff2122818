/*
 * The tickets of attached tables.
 */
#ifndef USER360_INBOX_TICKET_H
#define USER360_INBOX_TICKET_H

#include "postgres.h"

#include "utils/timestamp.h"

#include "identity/capture.h"
#include "store/policy.h"

/* A ticket as a row of the user's table has it; NULL: blank. */
typedef struct Ticket
{
	char	   *source;
	char	   *key;
	char	   *channel;
	char	   *status;
	char	   *subject;
	TimestampTz opened_at;
	bool		closed;
	TimestampTz closed_at;		/* where closed */
	bool		late;			/* newer ones may be recorded already: the next is
								 * linked to this one */
} Ticket;

/* Holds the sender's own profile against being erased or parted from others;
 * false: it is gone. */
extern bool ticket_hold(const BotPolicy *policy, const Capture *customer);

/* Records a new ticket under its sender's own profile and links it to the
 * customer's previous one.  False: it is there already, or the profile is
 * gone meanwhile. */
extern bool ticket_insert(const BotPolicy *policy, const Ticket *ticket, const Capture *customer,
						  const Problems *problems, const char *event_name);

/* Follows status, subject and closing; false where there is no such ticket. */
extern bool ticket_update(const BotPolicy *policy, const Ticket *ticket, const Problems *problems);

/* Takes a ticket out: the previous one of the one after it is the one before
 * it from now on.  recorded: by an event. */
extern void ticket_delete(const BotPolicy *policy, const Ticket *ticket, bool recorded);

/* Is it recorded, and since when?  opened_at: NULL, or left as it is if not. */
extern bool ticket_opened_at(const BotPolicy *policy, const Ticket *ticket, TimestampTz *opened_at);

#endif
