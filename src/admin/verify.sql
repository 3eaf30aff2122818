-- The proof: every promise, checked again over the stored data.

CREATE TYPE user360.finding AS (
	check_name	text,
	bot			text,
	profile_id	uuid,
	detail		text
);
COMMENT ON TYPE user360.finding IS
	'One broken promise: which check found it, and where';

CREATE FUNCTION user360.verify(bot text DEFAULT NULL) RETURNS SETOF user360.finding
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
	SET work_mem = '128MB' AS 'MODULE_PATHNAME', 'verify';
COMMENT ON FUNCTION user360.verify(text) IS
	'Checks what is stored of a bot, or of every bot where it is NULL, and gives one row for each broken promise: none where the store is sound. Reads whole tables, all in one snapshot. Level engagement_admin; for every bot on bot *.';
