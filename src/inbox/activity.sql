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

CREATE FUNCTION user360.all_activity(bot text, profile_id uuid, max_rows integer DEFAULT 20,
	before timestamptz DEFAULT NULL, before_id uuid DEFAULT NULL) RETURNS SETOF user360.activity
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.all_activity(text, uuid, integer, timestamptz, uuid) IS
	'The same with the events that came through track(). Level engagement_user. Raises 22023.';

CREATE FUNCTION user360.track(bot text, profile_id uuid, name text, payload jsonb DEFAULT '{}',
	source text DEFAULT 'custom', at timestamptz DEFAULT pg_catalog.now(), event_id uuid DEFAULT NULL) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.track(text, uuid, text, jsonb, text, timestamptz, uuid) IS
	'Records an event of the customer to whom the profile belongs; all_activity() shows it. The answer is its id; one that the customer has already is answered as it is, and nothing is written. name: 1 to 63 characters, not beginning with USER_ or TICKET_; NULL stands for the default of any other argument but the profile. Level capture. Raises U3012, U3014.';
