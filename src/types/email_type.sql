-- The type email, for users' own tables: canonical e-mail addresses.

CREATE TYPE user360.email;

CREATE FUNCTION user360.email_in(cstring) RETURNS user360.email
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_in(cstring) IS 'I/O: any spelling of an address that normalize_email() accepts becomes its canonical form. Raises U3008 with the reason.';

CREATE FUNCTION user360.email_out(user360.email) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_out(user360.email) IS 'I/O: the canonical address.';

CREATE FUNCTION user360.email_recv(internal) RETURNS user360.email
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_recv(internal) IS 'I/O: as strict as email_in.';

CREATE FUNCTION user360.email_send(user360.email) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_send(user360.email) IS 'I/O: the same text in binary.';

CREATE TYPE user360.email (
	INPUT = user360.email_in,
	OUTPUT = user360.email_out,
	RECEIVE = user360.email_recv,
	SEND = user360.email_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE user360.email IS
	'An e-mail address in the form that normalize_email() gives it, whatever spelling came in; sorts and compares like its text in C collation.';

-- Casts.  None is implicit: else an e-mail address compared with a text would
-- become text, and the text, whatever its spelling, would never be found.
CREATE FUNCTION user360.email_from_text(text) RETURNS user360.email
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_from_text(text) IS 'The address in canonical form. Raises U3008 with the reason.';

CREATE CAST (text AS user360.email) WITH FUNCTION user360.email_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS user360.email) IS 'by normalize_email()';
CREATE CAST (varchar AS user360.email) WITH FUNCTION user360.email_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS user360.email) IS 'by normalize_email()';
CREATE CAST (user360.email AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (user360.email AS text) IS 'the bytes as they stand';

CREATE FUNCTION user360.local_part(address user360.email) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'email_local_part';
COMMENT ON FUNCTION user360.local_part(user360.email) IS 'What stands before the @.';

CREATE FUNCTION user360.domain(address user360.email) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'email_domain';
COMMENT ON FUNCTION user360.domain(user360.email) IS 'What stands behind the @: the domain in A-labels, as normalize_domain() gives it.';

-- Comparison: the order of the bytes, whatever the collation.

CREATE FUNCTION user360.email_lt(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_lt(user360.email, user360.email) IS 'Implementation of <: the order of the text in C collation.';

CREATE FUNCTION user360.email_le(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_le(user360.email, user360.email) IS 'Implementation of <=: the order of the text in C collation.';

CREATE FUNCTION user360.email_eq(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_eq(user360.email, user360.email) IS 'Implementation of =: the order of the text in C collation.';

CREATE FUNCTION user360.email_ne(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_ne(user360.email, user360.email) IS 'Implementation of <>: the order of the text in C collation.';

CREATE FUNCTION user360.email_ge(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_ge(user360.email, user360.email) IS 'Implementation of >=: the order of the text in C collation.';

CREATE FUNCTION user360.email_gt(user360.email, user360.email) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_gt(user360.email, user360.email) IS 'Implementation of >: the order of the text in C collation.';

CREATE FUNCTION user360.email_cmp(user360.email, user360.email) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_cmp(user360.email, user360.email) IS 'Less than, equal to or greater than 0: the order of the text in C collation.';

CREATE FUNCTION user360.email_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_sortsupport(internal) IS 'Sort support.';

CREATE FUNCTION user360.email_hash(user360.email) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_hash(user360.email) IS 'Hash.';

CREATE FUNCTION user360.email_hash_extended(user360.email, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.email_hash_extended(user360.email, bigint) IS 'Hash of 64 bits with a seed.';

-- The operators stand in pg_catalog, like those of the built-in types: they are
-- found under every search_path, and a dump can write IS DISTINCT FROM, NULLIF
-- and JOIN USING, which have no way to name a schema.

CREATE OPERATOR pg_catalog.< (
	FUNCTION = user360.email_lt, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
	RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (user360.email, user360.email) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
	FUNCTION = user360.email_le, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
	RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (user360.email, user360.email) IS 'less than or equal';

CREATE OPERATOR pg_catalog.= (
	FUNCTION = user360.email_eq, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (user360.email, user360.email) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
	FUNCTION = user360.email_ne, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (user360.email, user360.email) IS 'not equal';

CREATE OPERATOR pg_catalog.>= (
	FUNCTION = user360.email_ge, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
	RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (user360.email, user360.email) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
	FUNCTION = user360.email_gt, LEFTARG = user360.email, RIGHTARG = user360.email,
	COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
	RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (user360.email, user360.email) IS 'greater than';

CREATE OPERATOR CLASS user360.email_ops DEFAULT FOR TYPE user360.email USING btree AS
	OPERATOR 1 pg_catalog.<,
	OPERATOR 2 pg_catalog.<=,
	OPERATOR 3 pg_catalog.=,
	OPERATOR 4 pg_catalog.>=,
	OPERATOR 5 pg_catalog.>,
	FUNCTION 1 user360.email_cmp(user360.email, user360.email),
	FUNCTION 2 user360.email_sortsupport(internal),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS user360.email_ops USING btree IS 'The order of the text in C collation.';

CREATE OPERATOR CLASS user360.email_ops DEFAULT FOR TYPE user360.email USING hash AS
	OPERATOR 1 pg_catalog.=,
	FUNCTION 1 user360.email_hash(user360.email),
	FUNCTION 2 user360.email_hash_extended(user360.email, bigint);
COMMENT ON OPERATOR CLASS user360.email_ops USING hash IS 'Hash indexes, joins and aggregates on e-mail addresses.';
