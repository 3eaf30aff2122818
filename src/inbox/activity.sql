-- The timeline.

CREATE TYPE user360.activity AS (
	activity_id	uuid,
	at			timestamptz,
	kind		text,
	name		text,
	source		text,
	channel		text,
	ref			text,
	payload		jsonb
);
COMMENT ON TYPE user360.activity IS
	'One entry of a customer''s timeline. kind: ticket, profile, merge or event; ref: the ticket''s key';

CREATE FUNCTION user360.recent_activity(bot text, profile_id uuid, max_rows integer DEFAULT 20,
	before timestamptz DEFAULT NULL, before_id uuid DEFAULT NULL) RETURNS SETOF user360.activity
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.recent_activity(text, uuid, integer, timestamptz, uuid) IS
	'Tickets, property changes and merges of the customer to whom the profile belongs, newest first. To read on, give at and activity_id of the last row as before and before_id. max_rows: at most 1000. Level agent. Raises 22023.';
