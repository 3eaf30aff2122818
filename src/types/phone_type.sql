-- The type phone, for users' own tables: phone numbers in E.164, in 8 bytes.

CREATE TYPE user360.phone;

CREATE FUNCTION user360.phone_in(cstring) RETURNS user360.phone
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_in(cstring) IS 'I/O: any spelling that normalize_phone() accepts without a region becomes E.164. Raises U3008 with the reason.';

CREATE FUNCTION user360.phone_out(user360.phone) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_out(user360.phone) IS 'I/O: E.164.';

CREATE FUNCTION user360.phone_recv(internal) RETURNS user360.phone
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_recv(internal) IS 'I/O: as strict as phone_in.';

CREATE FUNCTION user360.phone_send(user360.phone) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_send(user360.phone) IS 'I/O: the same text in binary.';

CREATE TYPE user360.phone (
	INPUT = user360.phone_in,
	OUTPUT = user360.phone_out,
	RECEIVE = user360.phone_recv,
	SEND = user360.phone_send,
	INTERNALLENGTH = 8,
	PASSEDBYVALUE,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE user360.phone IS
	'A phone number in E.164, as normalize_phone() gives it without a region, so that the calling code must be there; sorts and compares like its text in C collation.';

-- Casts.  None is implicit: else a phone number compared with a text would
-- become text, and the text, whatever its spelling, would never be found.
CREATE FUNCTION user360.phone_from_text(text) RETURNS user360.phone
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_from_text(text) IS 'The number in E.164; it must begin with its calling code. Raises U3008 with the reason.';

CREATE FUNCTION user360.phone_to_text(user360.phone) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_to_text(user360.phone) IS 'E.164: plus, calling code and national number.';

CREATE CAST (text AS user360.phone) WITH FUNCTION user360.phone_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS user360.phone) IS 'by normalize_phone() without a region';
CREATE CAST (varchar AS user360.phone) WITH FUNCTION user360.phone_from_text(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS user360.phone) IS 'by normalize_phone() without a region';
CREATE CAST (user360.phone AS text) WITH FUNCTION user360.phone_to_text(user360.phone) AS ASSIGNMENT;
COMMENT ON CAST (user360.phone AS text) IS 'E.164';

CREATE FUNCTION user360.country_code(number user360.phone) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'phone_country_code';
COMMENT ON FUNCTION user360.country_code(user360.phone) IS 'The calling code, 91 of +919000500000. NULL where the metadata no longer has it.';

-- Comparison: 8 bytes as one number, which has the order of the text.

CREATE FUNCTION user360.phone_lt(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_lt(user360.phone, user360.phone) IS 'Implementation of <: the order of the text in C collation.';

CREATE FUNCTION user360.phone_le(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_le(user360.phone, user360.phone) IS 'Implementation of <=: the order of the text in C collation.';

CREATE FUNCTION user360.phone_eq(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_eq(user360.phone, user360.phone) IS 'Implementation of =: the order of the text in C collation.';

CREATE FUNCTION user360.phone_ne(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_ne(user360.phone, user360.phone) IS 'Implementation of <>: the order of the text in C collation.';

CREATE FUNCTION user360.phone_ge(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_ge(user360.phone, user360.phone) IS 'Implementation of >=: the order of the text in C collation.';

CREATE FUNCTION user360.phone_gt(user360.phone, user360.phone) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_gt(user360.phone, user360.phone) IS 'Implementation of >: the order of the text in C collation.';

CREATE FUNCTION user360.phone_cmp(user360.phone, user360.phone) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_cmp(user360.phone, user360.phone) IS 'Less than, equal to or greater than 0: the order of the text in C collation.';

CREATE FUNCTION user360.phone_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_sortsupport(internal) IS 'Sort support.';

CREATE FUNCTION user360.phone_hash(user360.phone) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_hash(user360.phone) IS 'Hash.';

CREATE FUNCTION user360.phone_hash_extended(user360.phone, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.phone_hash_extended(user360.phone, bigint) IS 'Hash of 64 bits with a seed.';

-- In pg_catalog for the reasons that email_type.sql gives.

CREATE OPERATOR pg_catalog.< (
	FUNCTION = user360.phone_lt, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
	RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (user360.phone, user360.phone) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
	FUNCTION = user360.phone_le, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
	RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (user360.phone, user360.phone) IS 'less than or equal';

CREATE OPERATOR pg_catalog.= (
	FUNCTION = user360.phone_eq, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (user360.phone, user360.phone) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
	FUNCTION = user360.phone_ne, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (user360.phone, user360.phone) IS 'not equal';

CREATE OPERATOR pg_catalog.>= (
	FUNCTION = user360.phone_ge, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
	RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (user360.phone, user360.phone) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
	FUNCTION = user360.phone_gt, LEFTARG = user360.phone, RIGHTARG = user360.phone,
	COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
	RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (user360.phone, user360.phone) IS 'greater than';

CREATE OPERATOR CLASS user360.phone_ops DEFAULT FOR TYPE user360.phone USING btree AS
	OPERATOR 1 pg_catalog.<,
	OPERATOR 2 pg_catalog.<=,
	OPERATOR 3 pg_catalog.=,
	OPERATOR 4 pg_catalog.>=,
	OPERATOR 5 pg_catalog.>,
	FUNCTION 1 user360.phone_cmp(user360.phone, user360.phone),
	FUNCTION 2 user360.phone_sortsupport(internal),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS user360.phone_ops USING btree IS 'The order of the text in C collation.';

CREATE OPERATOR CLASS user360.phone_ops DEFAULT FOR TYPE user360.phone USING hash AS
	OPERATOR 1 pg_catalog.=,
	FUNCTION 1 user360.phone_hash(user360.phone),
	FUNCTION 2 user360.phone_hash_extended(user360.phone, bigint);
COMMENT ON OPERATOR CLASS user360.phone_ops USING hash IS 'Hash indexes, joins and aggregates on phone numbers.';
