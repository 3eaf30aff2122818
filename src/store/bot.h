/*
 * Changes of a bot's policy that do not come from an administrator.
 */
#ifndef USER360_STORE_BOT_H
#define USER360_STORE_BOT_H

#include "postgres.h"

/* Adds a channel, or finds it as it is; takes the bot's lock exclusively. */
extern void add_channel_to_bot(const char *bot, const char *channel, bool is_email, bool phone_senders);

#endif
