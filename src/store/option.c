/*
 * The options of a bot: their names and values.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#include "store/option.h"
#include "text/phone.h"

/* NULL: not an interval.  Nothing is left behind by interval_in() failing. */
static Interval *
parse_interval(const char *value)
{
	MemoryContext context = CurrentMemoryContext;
	Interval   *volatile interval = NULL;

	PG_TRY();
	{
		interval = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
														 ObjectIdGetDatum(InvalidOid),
														 Int32GetDatum(-1)));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return interval;
}

static bool
parse_microseconds(const char *value, int64 *microseconds)
{
	Interval   *interval = parse_interval(value);
	int64		days;

	if (interval == NULL)
		return false;
	days = interval->day + (int64) interval->month * DAYS_PER_MONTH;
	return !pg_mul_s64_overflow(days, USECS_PER_DAY, microseconds) &&
		!pg_add_s64_overflow(*microseconds, interval->time, microseconds) &&
		*microseconds >= 0;
}

static bool
parse_lookalike(const char *value, LookalikePolicy *policy)
{
	if (strcmp(value, "off") == 0)
		*policy = LOOKALIKE_OFF;
	else if (strcmp(value, "report") == 0)
		*policy = LOOKALIKE_REPORT;
	else if (strcmp(value, "refuse") == 0)
		*policy = LOOKALIKE_REFUSE;
	else
		return false;
	return true;
}

/* Comma-separated LIKE patterns. */
static bool
parse_patterns(const char *value, BotOptions *options)
{
	const char *start = value;
	int			n = 0;

	options->blocked_patterns = palloc(sizeof(char *) * (strlen(value) / 2 + 2));
	for (;;)
	{
		const char *end = strchr(start, ',');
		size_t		length = end ? (size_t) (end - start) : strlen(start);

		while (length > 0 && isspace((unsigned char) *start))
			start++, length--;
		while (length > 0 && isspace((unsigned char) start[length - 1]))
			length--;
		if (length > 0)
			options->blocked_patterns[n++] = pnstrdup(start, length);
		if (end == NULL)
			break;
		start = end + 1;
	}
	options->nblocked = n;
	return true;
}

static const struct
{
	const char *name;
	bool		shapes_key;
	size_t		flag;			/* offset of a boolean in BotOptions */
}			flag_options[] = {
	{"gmail_dots", true, offsetof(BotOptions, gmail_dots)},
	{"plus_tags", true, offsetof(BotOptions, plus_tags)},
	{"casefold", true, offsetof(BotOptions, casefold)},
	{"strip_separators", true, offsetof(BotOptions, strip_separators)},
	{"require_valid_phone", false, offsetof(BotOptions, require_valid_phone)},
	{"strict_channels", false, offsetof(BotOptions, strict_channels)},
};

bool
option_shapes_key(const char *option)
{
	for (int i = 0; i < (int) lengthof(flag_options); i++)
	{
		if (strcmp(flag_options[i].name, option) == 0)
			return flag_options[i].shapes_key;
	}
	return false;
}

static const struct
{
	const char *name;
	const char *values;
}			value_options[] = {
	{"default_region", "two capital letters of ISO 3166, such as IN"},
	{"blocked_patterns", "LIKE patterns with commas between them"},
	{"lookalike", "off, report or refuse"},
	{"overwrite", "own or never"},
	{"last_seen_resolution", "an interval, such as 1 hour"},
	{"tombstones", "off, or an interval, such as 1 year"},
};

const char *
option_values(const char *option)
{
	for (int i = 0; i < (int) lengthof(value_options); i++)
	{
		if (strcmp(value_options[i].name, option) == 0)
			return value_options[i].values;
	}
	for (int i = 0; i < (int) lengthof(flag_options); i++)
	{
		if (strcmp(flag_options[i].name, option) == 0)
			return "on or off";
	}
	return NULL;
}

bool
option_exists(const char *option)
{
	return option_values(option) != NULL;
}

bool
option_set(BotOptions *options, const char *option, const char *value)
{
	for (int i = 0; i < (int) lengthof(flag_options); i++)
	{
		if (strcmp(flag_options[i].name, option) == 0)
			return parse_bool(value, (bool *) ((char *) options + flag_options[i].flag));
	}
	if (strcmp(option, "overwrite") == 0)
	{
		options->overwrite_never = strcmp(value, "never") == 0;
		return options->overwrite_never || strcmp(value, "own") == 0;
	}
	if (strcmp(option, "lookalike") == 0)
		return parse_lookalike(value, &options->lookalike);
	if (strcmp(option, "last_seen_resolution") == 0)
		return parse_microseconds(value, &options->last_seen_resolution);
	if (strcmp(option, "tombstones") == 0)
	{
		options->tombstones = 0;
		return strcmp(value, "off") == 0 || parse_microseconds(value, &options->tombstones);
	}
	if (strcmp(option, "blocked_patterns") == 0)
		return parse_patterns(value, options);
	if (strcmp(option, "default_region") == 0)
		return phone_region_exists(value, strlen(value));
	return false;
}
