/*
 * Tickets by the rows of attached tables.
 */
#ifndef USER360_INBOX_LINK_H
#define USER360_INBOX_LINK_H

#include "postgres.h"

#include "inbox/row.h"
#include "store/policy.h"

/* Recognises the sender of a row, whose ticket is not blank, and records the
 * ticket as a new one.  late: newer ones may be recorded already. */
extern void link_row(const Row *row, BotPolicy *policy, bool late);

/* Is it recorded already? */
extern bool link_is_recorded(const Row *row, BotPolicy *policy);

#endif
