-- Nobody but the owner, and those whom grant_access() gives it, may call what
-- reads or writes data.  Pure functions are open to all: two of those above,
-- and all that the script makes after this.

REVOKE ALL ON ALL TABLES IN SCHEMA user360 FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA user360 FROM PUBLIC;
GRANT USAGE ON SCHEMA user360 TO PUBLIC;
GRANT EXECUTE ON FUNCTION user360.card_kind(text, text, text), user360.user360_version() TO PUBLIC;
