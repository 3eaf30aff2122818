-- Bots and their policy.

CREATE FUNCTION user360.create_bot(bot text, userid_property text DEFAULT NULL, channels text[] DEFAULT NULL,
	default_region text DEFAULT NULL, platform text DEFAULT 'cloud') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.create_bot(text, text, text[], text, text) IS
	'Creates a bot. userid_property: email or phone, or NULL to choose later; channels: names, of kind email where called email, else chat; default_region: two capital letters, for phone numbers written nationally. Level engagement_admin on bot *. Raises 42710, 22023, U3003, U3005, U3006 and U3011.';

CREATE FUNCTION user360.set_userid_property(bot text, property text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.set_userid_property(text, text) IS
	'Chooses the one property whose values are the bot''s userIds; NULL: none. It identifies nobody by itself, see adopt_userids(). Only while no profile has a userId (U3004). Level engagement_admin. Raises U3005, U3006 and U3011.';

CREATE FUNCTION user360.add_channel(bot text, channel text, kind text DEFAULT NULL, sender_form text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.add_channel(text, text, text, text) IS
	'Adds a channel of kind chat or email; NULL: email for a channel of that name, else chat. sender_form phone: senders are phone numbers, with their calling code. Adding it again as it is does nothing. Level engagement_admin. Raises 42710, 22023, U3004 and U3005.';

CREATE FUNCTION user360.define_property(bot text, property text, type text, merge_rule text DEFAULT 'keep') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.define_property(text, text, text, text) IS
	'Defines a custom property of type string, number, time, date, datetime, list, boolean, phone, url or email. merge_rule: keep, latest, or union for lists. Its type and rule never change; defining it again as it is does nothing. Level engagement_admin. Raises 42710, 22023, U3012 and U3013.';

CREATE FUNCTION user360.set_option(bot text, option text, value text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.set_option(text, text, text) IS
	'Sets an option of a bot; NULL: back to its default. gmail_dots, plus_tags, casefold, strip_separators (all off; only while no profile has a userId, else U3004), default_region, require_valid_phone (off), blocked_patterns (LIKE patterns, comma-separated), lookalike (off, report, refuse), overwrite (own, never), last_seen_resolution (an interval, 1 hour), strict_channels (off), tombstones (off, or how long a deleted userId is known, 365 days). Level engagement_admin. Raises 22023.';
