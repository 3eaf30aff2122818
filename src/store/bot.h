/*
 * What others need of a bot's rules.
 */
#ifndef USER360_STORE_BOT_H
#define USER360_STORE_BOT_H

#include "postgres.h"

/* Can it be the name of a bot, a channel or a property? */
extern bool name_fits(const char *name);

#endif
