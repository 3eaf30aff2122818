-- Nobody but the owner, and those whom grant_access() gives it, may call what
-- reads or writes data.  The pure functions are open to all, whatever the
-- default privileges of the database are.

REVOKE ALL ON ALL TABLES IN SCHEMA user360 FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA user360 FROM PUBLIC;
GRANT USAGE ON SCHEMA user360 TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	user360.normalize_email(text), user360.normalize_domain(text), user360.normalize_identifier(text),
	user360.normalize_phone(text, text), user360.is_email(text), user360.is_identifier(text),
	user360.is_phone(text, text), user360.phone_info(text, text), user360.phone_metadata_version(),
	user360.card_kind(text, text, text), user360.name_key(text, text), user360.user360_version()
	TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	user360.email_in(cstring), user360.email_out(user360.email), user360.email_recv(internal),
	user360.email_send(user360.email), user360.email_from_text(text), user360.local_part(user360.email),
	user360.domain(user360.email), user360.email_lt(user360.email, user360.email),
	user360.email_le(user360.email, user360.email), user360.email_eq(user360.email, user360.email),
	user360.email_ne(user360.email, user360.email), user360.email_ge(user360.email, user360.email),
	user360.email_gt(user360.email, user360.email), user360.email_cmp(user360.email, user360.email),
	user360.email_sortsupport(internal), user360.email_hash(user360.email),
	user360.email_hash_extended(user360.email, bigint),
	user360.phone_in(cstring), user360.phone_out(user360.phone), user360.phone_recv(internal),
	user360.phone_send(user360.phone), user360.phone_from_text(text), user360.phone_to_text(user360.phone),
	user360.country_code(user360.phone), user360.phone_lt(user360.phone, user360.phone),
	user360.phone_le(user360.phone, user360.phone), user360.phone_eq(user360.phone, user360.phone),
	user360.phone_ne(user360.phone, user360.phone), user360.phone_ge(user360.phone, user360.phone),
	user360.phone_gt(user360.phone, user360.phone), user360.phone_cmp(user360.phone, user360.phone),
	user360.phone_sortsupport(internal), user360.phone_hash(user360.phone),
	user360.phone_hash_extended(user360.phone, bigint)
	TO PUBLIC;
