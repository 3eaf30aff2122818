/*
 * The options of a bot: their names and values.
 */
#ifndef USER360_STORE_OPTION_H
#define USER360_STORE_OPTION_H

#include "postgres.h"

typedef enum LookalikePolicy
{
	LOOKALIKE_OFF,
	LOOKALIKE_REPORT,
	LOOKALIKE_REFUSE
} LookalikePolicy;

typedef struct BotOptions
{
	bool		gmail_dots;
	bool		plus_tags;
	bool		casefold;
	bool		strip_separators;
	bool		require_valid_phone;
	bool		strict_channels;
	bool		overwrite_never;
	LookalikePolicy lookalike;
	int64		last_seen_resolution;	/* microseconds */
	int64		tombstones;		/* microseconds that a deleted userId is known; 0: not */
	int			nblocked;
	char	  **blocked_patterns;
} BotOptions;

/*
 * Options by name: whether there is one, what values it takes, whether it
 * shapes a key and can therefore change only while a bot has no userId.
 * option_set() is false for what is no value of the option.
 */
extern bool option_exists(const char *option);
extern const char *option_values(const char *option);
extern bool option_shapes_key(const char *option);
extern bool option_set(BotOptions *options, const char *option, const char *value);

#endif
