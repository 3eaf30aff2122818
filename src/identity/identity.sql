-- Capture: who a sender is.

CREATE TYPE user360.identification AS (
	profile_id	uuid,
	userid		text,
	outcome		text,
	missing		text[],
	merge_id	uuid
);
COMMENT ON TYPE user360.identification IS
	'What identify() found: the customer''s profile, its userId if it has one, the outcome (created, updated, assigned, merged, switched), what the User360 card still lacks, and the merge if there was one';

CREATE FUNCTION user360.identify(bot text, channel text, sender text, properties jsonb DEFAULT '{}')
	RETURNS user360.identification
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.identify(text, text, text, jsonb) IS
	'Stores what a sender says of themselves and recognises the customer by the userId among it. NULL properties are none; a NULL in another argument raises 22004. Level capture. Raises U3001, U3002, U3005, U3008 to U3012 and U3019. Write FROM user360.identify(...) AS i.';

CREATE FUNCTION user360.normalize_userid(bot text, value text) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.normalize_userid(text, text) IS
	'The key of a userId by the bot''s policy, as captures store it. NULL for NULL and blank values. Level capture. Raises U3008, U3009 and U3019.';

CREATE FUNCTION user360.adopt_userids(bot text) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.adopt_userids(text) IS
	'Identifies the profiles that already hold the bot''s userId property: the oldest one of a value gets the userId, later ones are merged into it. Values that cannot be a userId stay what they are. The answer counts the profiles identified and merged. Level engagement_admin. Raises U3019.';
