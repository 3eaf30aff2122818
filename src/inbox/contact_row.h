/*
 * The contacts of attached tables: each row is a sender.
 */
#ifndef USER360_INBOX_CONTACT_ROW_H
#define USER360_INBOX_CONTACT_ROW_H

#include "postgres.h"

#include "identity/given.h"
#include "inbox/row.h"

/* The channel of an attached contacts table's senders: what the mapping says,
 * or the source. */
extern char *contact_channel_name(const Mapping *mapping, const char *source);

/* Is this channel one whose senders are keys as they are? */
#define channel_has_keys(channel) (!(channel)->is_email && !(channel)->phone_senders)

/* Is the key a sender of this channel already? */
extern bool contact_is_known(BotPolicy *policy, const Channel *channel, const char *key);

/* Is the row's key a sender already? */
extern bool contact_is_recorded(const Row *row, BotPolicy *policy);

/* Captures the row, whose sender is not blank, by all that it gives. */
extern void contact_capture(const Row *row, BotPolicy *policy);

/*
 * Fills what is blank of a contact that is a sender already, and gives it its
 * userId where it has none: another table, or a ticket, may have made it.
 * False: it is whose it was.
 */
extern bool contact_fill(const Row *row, BotPolicy *policy);

/*
 * The sender of a ticket by the contact that its row names: sets the channel,
 * the sender and, for a contact that was not captured yet, adds what its row
 * gives and the ticket does not.  The answer is the channel of the contacts.
 */
extern const Channel *contact_of_ticket(const Row *ticket, BotPolicy **policy, Given *given, Problems *problems);

#endif
