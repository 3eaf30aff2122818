-- A userId never changes: guards against the owner's own statements.  They
-- fire for UPDATE, DELETE and TRUNCATE only, so that a restore fires none,
-- and ALWAYS, so that session_replication_role does not turn them off.

CREATE FUNCTION user360.guard_profile() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.guard_profile() IS
	'Trigger: refuses every change of a profile''s userId, key or survivor that does not come from user360''s functions, with U3007.';
CREATE TRIGGER guard_profile BEFORE UPDATE OR DELETE ON user360.profile
	FOR EACH ROW EXECUTE FUNCTION user360.guard_profile();
CREATE TRIGGER guard_profile_truncate BEFORE TRUNCATE ON user360.profile
	FOR EACH STATEMENT EXECUTE FUNCTION user360.guard_profile();
ALTER TABLE user360.profile ENABLE ALWAYS TRIGGER guard_profile;
ALTER TABLE user360.profile ENABLE ALWAYS TRIGGER guard_profile_truncate;

CREATE FUNCTION user360.guard_policy() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.guard_policy() IS
	'Trigger: refuses to change or delete by hand what gives userIds their form while a userId exists, with U3004, and tells all sessions of what it lets through.';
CREATE TRIGGER guard_policy BEFORE UPDATE OR DELETE ON user360.bot
	FOR EACH ROW EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy BEFORE UPDATE OR DELETE ON user360.channel
	FOR EACH ROW EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy BEFORE UPDATE OR DELETE ON user360.property
	FOR EACH ROW EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy BEFORE UPDATE OR DELETE ON user360.access
	FOR EACH ROW EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy_truncate BEFORE TRUNCATE ON user360.bot
	FOR EACH STATEMENT EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy_truncate BEFORE TRUNCATE ON user360.channel
	FOR EACH STATEMENT EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy_truncate BEFORE TRUNCATE ON user360.property
	FOR EACH STATEMENT EXECUTE FUNCTION user360.guard_policy();
CREATE TRIGGER guard_policy_truncate BEFORE TRUNCATE ON user360.access
	FOR EACH STATEMENT EXECUTE FUNCTION user360.guard_policy();
ALTER TABLE user360.bot ENABLE ALWAYS TRIGGER guard_policy;
ALTER TABLE user360.channel ENABLE ALWAYS TRIGGER guard_policy;
ALTER TABLE user360.property ENABLE ALWAYS TRIGGER guard_policy;
ALTER TABLE user360.access ENABLE ALWAYS TRIGGER guard_policy;
ALTER TABLE user360.bot ENABLE ALWAYS TRIGGER guard_policy_truncate;
ALTER TABLE user360.channel ENABLE ALWAYS TRIGGER guard_policy_truncate;
ALTER TABLE user360.property ENABLE ALWAYS TRIGGER guard_policy_truncate;
ALTER TABLE user360.access ENABLE ALWAYS TRIGGER guard_policy_truncate;
