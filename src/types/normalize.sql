-- The pure normalisers: open to all, they read no data.

CREATE FUNCTION user360.normalize_email(value text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.normalize_email(text) IS
	'The canonical form of an e-mail address: local part in lower case, domain as A-labels; dots and +tags stay. Raises U3008 with the reason. NULL for NULL.';

CREATE FUNCTION user360.normalize_domain(value text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.normalize_domain(text) IS
	'The canonical form of a domain name: UTS #46, A-labels in lower case. Raises U3008 with the reason. NULL for NULL.';

CREATE FUNCTION user360.normalize_identifier(value text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.normalize_identifier(text) IS
	'The canonical form of an identifier: trimmed, NFC, full- and half-width forms mapped; case and leading zeros stay. Raises U3008 with the reason. NULL for NULL.';

CREATE FUNCTION user360.normalize_phone(value text, region text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.normalize_phone(text, text) IS
	'E.164 of a value that is, as a whole, one possible phone number, by libphonenumber''s rules; region: two capital letters for numbers written nationally, NULL for none. Raises U3008 with the reason. NULL for a NULL value.';

CREATE FUNCTION user360.is_email(value text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.is_email(text) IS 'Does normalize_email() accept the value? NULL for NULL.';

CREATE FUNCTION user360.is_identifier(value text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.is_identifier(text) IS 'Does normalize_identifier() accept the value? NULL for NULL.';

CREATE FUNCTION user360.is_phone(value text, region text DEFAULT NULL) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.is_phone(text, text) IS 'Does normalize_phone() accept the value? NULL for a NULL value.';

CREATE FUNCTION user360.phone_info(value text, region text DEFAULT NULL,
	OUT status text, OUT e164 text, OUT country_code integer, OUT region text, OUT type text,
	OUT possible text, OUT valid boolean, OUT extension text) RETURNS record
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'phone_info_sql';

CREATE FUNCTION user360.phone_metadata_version() RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'phone_metadata_version_sql';
COMMENT ON FUNCTION user360.phone_metadata_version() IS
	'The version of libphonenumber''s metadata from which the phone tables were made.';
COMMENT ON FUNCTION user360.phone_info(text, text) IS
	'What libphonenumber finds in a value: status (OK or why it is no number), E.164, calling code, region, type, possible (IS_POSSIBLE or why not), valid, extension. Nothing but the status where it is not OK. NULL for a NULL value.';
