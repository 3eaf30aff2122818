-- What goes on in a whole bot.

CREATE FUNCTION user360.channel_overview(bot text, since timestamptz, until timestamptz)
	RETURNS TABLE (day date, channel text, tickets bigint, customers bigint, new_customers bigint, identified bigint, identified_percent numeric)
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'channel_overview';
COMMENT ON FUNCTION user360.channel_overview(text, timestamptz, timestamptz) IS
	'A row a day, in the session''s time zone, and channel: the tickets opened; the customers who opened one or came there for the first time, however many profiles they have; those of them who were not known on any day before; and those who are identified by now. From since until before until; NULL: without end. Days and channels without anybody have no row. Reads the whole bot. Level engagement_user.';

CREATE FUNCTION user360.card_gaps(bot text)
	RETURNS TABLE (card text, missing text, customers bigint, percent numeric, identified bigint, unidentified bigint)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 4 AS 'MODULE_PATHNAME', 'card_gaps';
COMMENT ON FUNCTION user360.card_gaps(text) IS
	'How many of a bot''s customers have which card, and what those with a contact card lack; always these four rows. percent is NULL where there is nobody. Reads the whole bot. Level engagement_user.';
