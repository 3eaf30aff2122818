-- Rules that the catalogue and the install script keep as a whole; what each
-- object is, catalog.sql shows.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE VIEW members AS SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'user360' AND d.deptype = 'e';

-- Everything has a comment: types, casts, operators and their classes as well.
-- A family is made by its class and named as it, an array by its element, a
-- row's type by its table; from 17 on the last two are members too.
SELECT m.object AS without_comment FROM members AS m
WHERE obj_description(m.objid, m.classid::regclass::name) IS NULL AND m.classid <> 'pg_opfamily'::regclass
	AND NOT EXISTS (SELECT FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid WHERE m.classid = 'pg_type'::regclass AND t.oid = m.objid
		AND (t.typsubscript = 'array_subscript_handler'::regproc OR c.relkind = 'r')) ORDER BY 1;

-- What is IMMUTABLE is safe in a parallel worker, what is STABLE belongs to the
-- leader, which alone can switch the user for a plan, and what writes is neither.
SELECT m.object, p.provolatile, p.proparallel FROM members AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
WHERE (p.provolatile, p.proparallel) NOT IN (('i', 's'), ('s', 'r'), ('v', 'u')) ORDER BY 1;

-- Nothing is granted to PUBLIC but what is open to all, and nothing to anybody
-- with the right to pass it on.
SELECT m.object, a.grantee::regrole, a.privilege_type FROM members AS m
LEFT JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
LEFT JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
LEFT JOIN pg_namespace AS n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid,
LATERAL aclexplode(coalesce(c.relacl, p.proacl, n.nspacl)) AS a
WHERE a.is_grantable OR a.grantee = 0 AND (a.privilege_type NOT IN ('EXECUTE', 'USAGE') OR p.provolatile <> 'i') ORDER BY 1, 2, 3;
-- Where a function has no list of its own, PUBLIC may call it.
SELECT m.object FROM members AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid WHERE p.proacl IS NULL ORDER BY 1;

-- Each policy asks once a query, by names that are not looked up anew.
SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid) AS condition FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
WHERE c.relnamespace = 'user360'::regnamespace AND pg_get_expr(p.polqual, p.polrelid) !~ '\(?SELECT user360\.bots_with\(' ORDER BY 1, 2;

-- The install script: it makes nothing in the place of what is there, and names
-- nothing without its schema.
CREATE TEMP TABLE script AS
SELECT regexp_replace(regexp_replace(pg_read_file(c.setting || '/extension/user360--' || e.extversion || '.sql'), '--[^\n]*', '', 'g'), '''([^'']|'''')*''', '''''', 'g') AS text
FROM pg_config AS c, pg_extension AS e WHERE c.name = 'SHAREDIR' AND e.extname = 'user360';
SELECT (SELECT count(*) FROM regexp_matches(text, '\mCREATE (FUNCTION|PROCEDURE)\M', 'g')) = (SELECT count(*) FROM members AS m WHERE m.classid = 'pg_proc'::regclass) AS whole FROM script;
SELECT m[1] AS takes_the_place_of FROM script, regexp_matches(text, '\m(OR REPLACE|IF NOT EXISTS|IF EXISTS|CASCADE)\M', 'g') AS m;
SELECT DISTINCT m[1] AS statement FROM script, regexp_matches(text, '(?:^|;)\s*(\w+)\M', 'g') AS m ORDER BY 1;
SELECT m[1] AS unqualified FROM script, regexp_matches(text,
	'\m((?:CREATE|ALTER|COMMENT ON)\s+(?:UNIQUE\s+)?(?:TABLE|FUNCTION|PROCEDURE|TYPE|DOMAIN|VIEW|AGGREGATE|SEQUENCE|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR(?! CLASS| FAMILY))\s+(?!user360\.|pg_catalog\.)[^\s(]+)', 'g') AS m ORDER BY 1;
SELECT m[1] AS unqualified FROM script, regexp_matches(text, '\m((?:INDEX|TRIGGER|POLICY)\s+\w+\s+(?:[A-Z ]+\s+)?ON\s+(?!user360\.)\w+)', 'g') AS m ORDER BY 1;
SELECT m[1] AS unqualified FROM script, regexp_matches(text, '\m((?:EXECUTE FUNCTION|FUNCTION \d+|REFERENCES|RETURNS SETOF|FROM|JOIN|INTO|UPDATE)\s+(?!user360\.|pg_catalog\.|PUBLIC)[a-z]\w*)', 'g') AS m ORDER BY 1;
DROP VIEW members;
DROP TABLE script;
