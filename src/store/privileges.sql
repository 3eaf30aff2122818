-- Nobody but the owner, and those whom grant_access() gives it, may call what
-- reads or writes data.  The pure functions are open to all.

REVOKE ALL ON ALL TABLES IN SCHEMA user360 FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA user360 FROM PUBLIC;
GRANT USAGE ON SCHEMA user360 TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	user360.normalize_email(text), user360.normalize_domain(text), user360.normalize_identifier(text),
	user360.normalize_phone(text, text), user360.is_email(text), user360.is_identifier(text),
	user360.is_phone(text, text), user360.phone_info(text, text), user360.phone_metadata_version(),
	user360.card_kind(text, text, text), user360.user360_version()
	TO PUBLIC;
