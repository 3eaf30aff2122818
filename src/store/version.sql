CREATE FUNCTION user360.user360_version() RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.user360_version() IS
	'The version of the loaded library; pg_extension has that of the installed script.';
