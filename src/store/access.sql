-- Who may do what: levels, and the row security of every table.

CREATE FUNCTION user360.grant_access(role name, bot text, level text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.grant_access(name, text, text) IS
	'Gives a role a level (capture, agent, engagement_user, engagement_admin) on a bot, or on every bot where it is *, with the privileges that it needs. NULL for any argument does nothing. Raises 42501 unless the caller administers the bot, 22023 for a bad level.';

CREATE FUNCTION user360.revoke_access(role name, bot text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.revoke_access(name, text) IS
	'Takes away what grant_access() gave for this bot; what the role has through another bot or role stays.';

CREATE FUNCTION user360.bots_with(level text) RETURNS text[]
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.bots_with(text) IS
	'The bots on which the current user has at least this level; the row security policies use it.';

ALTER TABLE user360.bot ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.channel ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.property ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.sender ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.ticket ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.merge ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.access ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.tombstone ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.tombstone_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.import ENABLE ROW LEVEL SECURITY;
ALTER TABLE user360.import_error ENABLE ROW LEVEL SECURITY;

-- A sub-select is evaluated once a query, a bare call once a row.
CREATE POLICY readable ON user360.bot FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.channel FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.property FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.profile FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.sender FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.ticket FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.event FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.merge FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.access FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_admin'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.tombstone FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.import FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
CREATE POLICY readable ON user360.import_error FOR SELECT
	USING (bot OPERATOR(pg_catalog.=) ANY ((SELECT user360.bots_with('engagement_user'))::pg_catalog.text[]));
