-- What the extension is in this database, a line each: its members, their
-- definitions, owners, privileges and comments, row security, triggers, and
-- which tables go into a dump.  Two databases with the same lines have the same
-- extension, however they came to it.

SET search_path = pg_catalog;

WITH member AS (
	SELECT d.classid, d.objid
	FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
	WHERE d.deptype = 'e' AND e.extname = 'user360'
	-- types that come with a table or another type are members from version 17 on
	AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
		WHERE t.oid = d.objid AND (c.relkind <> 'c' OR t.typsubscript = 'array_subscript_handler'::regproc)))
), relation AS (
	SELECT c.* FROM member AS m JOIN pg_class AS c ON c.oid = m.objid WHERE m.classid = 'pg_class'::regclass
	UNION ALL
	-- the row types of composite types
	SELECT c.* FROM member AS m JOIN pg_type AS t ON t.oid = m.objid JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
	WHERE m.classid = 'pg_type'::regclass
), privilege (object, owner, acl) AS (
	SELECT 'schema ' || nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
		FROM pg_namespace JOIN member ON objid = oid AND classid = 'pg_namespace'::regclass
	UNION ALL SELECT 'routine ' || objid::regprocedure, proowner, coalesce(proacl, acldefault('f', proowner))
		FROM pg_proc JOIN member ON objid = oid AND classid = 'pg_proc'::regclass
	UNION ALL SELECT 'type ' || objid::regtype, typowner, coalesce(typacl, acldefault('T', typowner))
		FROM pg_type JOIN member ON objid = oid AND classid = 'pg_type'::regclass
	UNION ALL SELECT 'relation ' || oid::regclass, relowner, coalesce(relacl, acldefault('r', relowner)) FROM relation
	UNION ALL SELECT 'column ' || oid::regclass || '.' || attname, relowner, attacl FROM relation JOIN pg_attribute ON attrelid = oid
)
SELECT replace(line, E'\n', ' ') FROM (
SELECT 'member ' || pg_describe_object(classid, objid, 0) FROM member
UNION ALL
SELECT 'owner of ' || object || ' ' || owner::regrole FROM privilege WHERE object NOT LIKE 'column %'
UNION ALL
SELECT 'privilege on ' || object || ' ' || concat_ws(' ', a.grantee::regrole, a.privilege_type, a.is_grantable)
	FROM privilege, aclexplode(acl) AS a
UNION ALL
SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid) || ' ' || d.description
	FROM pg_description AS d WHERE EXISTS (SELECT FROM member AS m WHERE m.classid = d.classoid AND m.objid = d.objoid)
		OR d.classoid = 'pg_class'::regclass AND d.objoid IN (SELECT oid FROM relation)
UNION ALL
SELECT 'routine ' || pg_get_functiondef(p.oid) FROM pg_proc AS p JOIN member ON objid = p.oid AND classid = 'pg_proc'::regclass
	WHERE p.prokind <> 'a'
UNION ALL
SELECT 'aggregate ' || concat_ws(' ', p.oid::regprocedure, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggsortop, a.agginitval, p.proparallel)
	FROM pg_proc AS p JOIN member ON objid = p.oid AND classid = 'pg_proc'::regclass JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
UNION ALL
SELECT 'relation ' || concat_ws(' ', oid::regclass, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relispartition, reloptions) FROM relation
UNION ALL
SELECT 'column ' || concat_ws(' ', r.oid::regclass, row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), a.attname, format_type(a.atttypid, a.atttypmod),
		a.attnotnull, a.attstorage, a.attidentity, a.attgenerated, (SELECT collname FROM pg_collation WHERE oid = a.attcollation), pg_get_expr(v.adbin, v.adrelid))
	FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid LEFT JOIN pg_attrdef AS v ON v.adrelid = r.oid AND v.adnum = a.attnum
	WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint ' || concat_ws(' ', n.conrelid::regclass, n.conname, n.convalidated, pg_get_constraintdef(n.oid))
	FROM pg_constraint AS n JOIN relation AS r ON r.oid = n.conrelid WHERE n.contype <> 'n'
UNION ALL
SELECT 'index ' || concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid) FROM pg_index AS i JOIN relation AS r ON r.oid = i.indrelid
UNION ALL
SELECT 'trigger ' || concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger AS t JOIN relation AS r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule ' || pg_get_ruledef(w.oid) FROM pg_rewrite AS w JOIN relation AS r ON r.oid = w.ev_class
UNION ALL
SELECT 'policy ' || concat_ws(' ', polrelid::regclass, polname, polcmd, polpermissive,
		(SELECT string_agg(role::regrole::text, ',' ORDER BY role::regrole::text) FROM unnest(polroles) AS role),
		pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
	FROM pg_policy JOIN relation AS r ON r.oid = polrelid
UNION ALL
SELECT 'type ' || concat_ws(' ', t.oid::regtype, t.typtype, t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typalign, t.typstorage, t.typinput, t.typoutput,
		t.typreceive, t.typsend, t.typdefault, (SELECT collname FROM pg_collation WHERE oid = t.typcollation))
	FROM pg_type AS t JOIN member ON objid = t.oid AND classid = 'pg_type'::regclass
UNION ALL
SELECT 'operator ' || concat_ws(' ', o.oid::regoperator, oprcode, oprrest, oprjoin, oprcanmerge, oprcanhash, oprcom::regoperator, oprnegate::regoperator)
	FROM pg_operator AS o JOIN member ON objid = o.oid AND classid = 'pg_operator'::regclass
UNION ALL
SELECT 'operator class ' || concat_ws(' ', opcname, opcfamily, opcintype::regtype, opcdefault, opckeytype::regtype)
	FROM (SELECT opcname, opfname AS opcfamily, opcintype, opcdefault, opckeytype, c.oid FROM pg_opclass AS c JOIN pg_opfamily AS f ON f.oid = c.opcfamily) AS o
	JOIN member ON objid = o.oid AND classid = 'pg_opclass'::regclass
UNION ALL
SELECT 'operator of family ' || concat_ws(' ', f.opfname, a.amopstrategy, a.amoppurpose, a.amopopr::regoperator)
	FROM pg_amop AS a JOIN pg_opfamily AS f ON f.oid = a.amopfamily JOIN member ON objid = f.oid AND classid = 'pg_opfamily'::regclass
UNION ALL
SELECT 'function of family ' || concat_ws(' ', f.opfname, a.amprocnum, a.amproclefttype::regtype, a.amprocrighttype::regtype, a.amproc::regprocedure)
	FROM pg_amproc AS a JOIN pg_opfamily AS f ON f.oid = a.amprocfamily JOIN member ON objid = f.oid AND classid = 'pg_opfamily'::regclass
UNION ALL
SELECT 'cast ' || concat_ws(' ', castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod)
	FROM pg_cast AS c JOIN member ON objid = c.oid AND classid = 'pg_cast'::regclass
UNION ALL
SELECT 'in a dump ' || t.oid::regclass || ' ' || e.extcondition[t.place]
	FROM pg_extension AS e, unnest(e.extconfig) WITH ORDINALITY AS t (oid, place) WHERE e.extname = 'user360'
UNION ALL
SELECT 'extension ' || concat_ws(' ', extname, extowner::regrole, extnamespace::regnamespace, extrelocatable, extversion) FROM pg_extension WHERE extname = 'user360'
) AS described (line)
ORDER BY 1;
