-- Erasing: a customer, unidentified profiles of the past, old events.

CREATE FUNCTION user360.delete_user(bot text, profile_id uuid, reason text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'delete_user';
COMMENT ON FUNCTION user360.delete_user(text, uuid, text) IS
	'Erases the customer to whom the profile belongs: all profiles of the merged set, their senders, tickets, events, merges and rejected lines of imports. One event USER_DELETE stays, without any of their data, and a digest of each userId unless option tombstones is off. Level engagement_admin. Raises U3014.';

CREATE FUNCTION user360.prune_unidentified(bot text, older_than interval) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'prune_unidentified';
COMMENT ON FUNCTION user360.prune_unidentified(text, interval) IS
	'Erases the unidentified profiles that were last seen longer ago, except those with tickets or members and those that are in use just now. The answer counts them. Level engagement_admin. Raises 22023.';

CREATE FUNCTION user360.prune_events(bot text, older_than interval) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'prune_events';
COMMENT ON FUNCTION user360.prune_events(text, interval) IS
	'Deletes the events that are older; as_of answers from then on only for later moments. What unmerge() needs is kept elsewhere. The answer counts them. Level engagement_admin. Raises 22023.';
