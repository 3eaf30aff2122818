-- What an agent edits, and what the engagement side sees of one customer.

CREATE FUNCTION user360.update_contact(bot text, profile_id uuid, properties jsonb) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'update_contact';
COMMENT ON FUNCTION user360.update_contact(text, uuid, jsonb) IS
	'Sets properties of the customer to whom the profile belongs; JSON null clears one, blank texts are left out. The answer is the surviving profile. Level agent. Raises U3007 for the userId and its property, U3011, U3012, U3014.';

CREATE FUNCTION user360.user_page(bot text, profile_id uuid, as_of timestamptz DEFAULT NULL) RETURNS jsonb
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'user_page';
COMMENT ON FUNCTION user360.user_page(text, uuid, timestamptz) IS
	'All that is known of the customer to whom the profile belongs: properties, completeness, senders, members and their merges, tickets and the last one. as_of: as it was recorded then. NULL for a profile that is, or was, not there. Level engagement_user. Raises U3018 for a moment whose events were pruned.';

CREATE FUNCTION user360.explain_profile(bot text, profile_id uuid)
	RETURNS TABLE (property text, value jsonb, at timestamptz, channel text, actor text, event uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20 AS 'MODULE_PATHNAME', 'explain_profile';
COMMENT ON FUNCTION user360.explain_profile(text, uuid) IS
	'Where each value of the customer comes from: the event that gave it, when, on which channel and by whom; a united list has a row for each profile that brings items. event is NULL where it was pruned. Level engagement_user.';
