#!/usr/bin/env bash
# pg_upgrade from PostgreSQL 15 to 17: in a Debian tree of its own, made by
# debootstrap from the mirror that this machine's apt has, with both servers and
# the extension built for both.  Before it, pg_upgrade refuses a new server
# without the library; after it every row, privilege, comment, policy and trigger
# is what it was, and the store goes on.  Needs root.
#
#   UPGRADE_TREE=folder	keeps the tree and takes it again
set -euo pipefail
cd "$(dirname "$0")/../.."

passed=0 failed=0
check() {	# what, command...
	if "${@:2}"; then
		passed=$((passed + 1))
		echo "ok - $1"
	else
		failed=$((failed + 1))
		echo "not ok - $1"
	fi
}
same() { diff "$1" "$2"; }
differ() { ! cmp -s "$1" "$2"; }

# ---- inside the tree
if [ "${1:-}" = inside ]; then
	cd /work
	old=/usr/lib/postgresql/15/bin new=/usr/lib/postgresql/17/bin
	export PGUSER=postgres PGHOST=/work PGPORT=54360
	build() {	# version
		make -s clean with_llvm=no PG_CONFIG=/usr/lib/postgresql/"$1"/bin/pg_config
		make -s -j2 install with_llvm=no PG_CONFIG=/usr/lib/postgresql/"$1"/bin/pg_config
	}
	as_postgres() { runuser -u postgres -- "$@"; }
	start() {	# binaries, folder
		as_postgres "$1/pg_ctl" -D "$2" -w -s -l "$2.log" -o "-k /work -h '' -p $PGPORT" start
	}
	stop() { as_postgres "$1/pg_ctl" -D "$2" -m fast -w -s stop; }
	query() { "$new/psql" -XAtq -v ON_ERROR_STOP=1 "$@"; }
	init() {	# binaries, folder
		as_postgres "$1/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$2" $([ "$1" = "$old" ] || "$1/initdb" --help | grep -o -- --no-data-checksums || true) >/dev/null
	}
	rows() {	# prefix of files
		local table
		for table in $(query -c "SELECT c.oid::regclass FROM pg_class AS c WHERE relkind = 'r' AND (relnamespace::regnamespace::text IN ('user360', 'desk') OR relname IN ('ticket', 'customers')) ORDER BY 1"); do
			printf '%s: ' "$table"
			query -c "SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM $table AS t"
		done >"$1.rows"
		# 17 has a privilege more on tables, MAINTAIN.
		query -f /src/test/members.sql | grep -v '^privilege on relation .* MAINTAIN' >"$1.members"
		query -c "SELECT tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE tgrelid::regclass::text ~ '^(ticket|desk)' ORDER BY 1, 2" >"$1.triggers"
	}
	upgrade() {
		(cd /work && as_postgres "$new/pg_upgrade" -b "$old" -B "$new" -d /work/old -D /work/new -s /work "$@")
	}

	cp -a /src /build
	cd /build
	build 15
	rm -f "$(/usr/lib/postgresql/17/bin/pg_config --pkglibdir)/user360.so"
	cd /work
	init "$old" old
	start "$old" old
	query -f /src/test/everything.sql >/dev/null 2>everything.log || { cat everything.log; exit 1; }
	check 'verify() finds nothing before' test -z "$(query -c 'SELECT * FROM user360.verify()')"
	rows before
	check 'every table has rows' test -z "$(grep '^user360.*: 0|' before.rows)"

	stop "$old" old
	init "$new" new
	upgrade --check >refused.log 2>&1 && refused=0 || refused=1
	check 'without the library in the new server pg_upgrade refuses, and says why' \
		test "$refused$(grep -rhoc 'libdir/user360' refused.log new/pg_upgrade_output.d/*/loadable_libraries.txt 2>/dev/null | sort -n | tail -n 1)" = 11

	cd /build
	build 17
	cd /work
	rm -rf new
	init "$new" new
	upgrade >upgrade.log 2>&1 && done=1 || done=0
	[ "$done" = 1 ] || tail -n 30 upgrade.log
	check 'pg_upgrade' test "$done" = 1
	[ "$done" = 1 ] || exit 1
	start "$new" new
	rows after
	check 'every row of every table is there' same before.rows after.rows
	check 'the same members, privileges, comments, policies, triggers and dump' same before.members after.members
	check 'the same triggers on attached tables' same before.triggers after.triggers
	check 'verify() finds nothing after' test -z "$(query -c 'SELECT * FROM user360.verify()')"

	check 'a userId leads to its profile' test "$(query -c "SELECT i.outcome FROM user360.identify('shop', 'web', 'new', '{\"email\": \"USER.2@example.com\"}') AS i")" = switched
	check 'a ticket is linked to one from before' test "$(query -c "INSERT INTO ticket (id, channel, sender, name, subject) VALUES (1000, 'web', 'cookie 9', 'Name 9', 'again')" \
		-c "SELECT ticket FROM user360.previous_ticket('shop', 'public.ticket', '1000')")" = 279
	check 'a ticket in a partition goes to its contact' test "$(query -c "INSERT INTO desk.requests (id, half, inbox_id, contact_id) VALUES (1000, 0, 1, 3)" \
		-c "SELECT userid FROM user360.contact_card_for_ticket('shop', 'desk.requests', 1000)")" = desk3@example.com
	check 'merges from before can be undone' test "$(query -c "SELECT count(user360.unmerge(m.bot, m.merge_id)) > 0 FROM user360.merge AS m WHERE m.undone_at IS NULL AND m.bot = 'bank'")" = t
	check 'the guard stands' test "$(query -v VERBOSITY=sqlstate -c "SET session_replication_role = replica; DELETE FROM user360.profile" 2>&1 | grep -o U3007)" = U3007
	check 'an agent has its access' test "$(query -c "SET ROLE agent" -c "SELECT kind FROM user360.contact_card('shop', 'user.2@example.com')")" = user360
	check 'and no other' test "$(query -v VERBOSITY=sqlstate -c "SET ROLE agent" -c "SELECT kind FROM user360.contact_card('bank', '2')" 2>&1 | grep -o 42501)" = 42501
	check 'verify() finds nothing in the end' test -z "$(query -c 'SELECT * FROM user360.verify()')"

	# Control: the comparison tells of each kind of loss.
	for loss in 'DROP POLICY ' 'ALTER TABLE user360.profile DISABLE TRIGGER guard_profile' 'COMMENT ON TABLE user360.bot IS NULL' \
		'GRANT EXECUTE ON FUNCTION user360.verify(text) TO PUBLIC' "UPDATE pg_extension SET extconfig = extconfig[2:], extcondition = extcondition[2:] WHERE extname = 'user360'"; do
		[ "$loss" != 'DROP POLICY ' ] || loss=$(query -c "SELECT format('DROP POLICY %I ON %s', polname, polrelid::regclass) FROM pg_policy ORDER BY polname LIMIT 1")
		{ echo 'BEGIN;'; echo "$loss;"; cat /src/test/members.sql; } | query | grep -v '^privilege on relation .* MAINTAIN' >lost.members
		check "control: $loss shows" differ before.members lost.members
	done
	query -c "UPDATE user360.event SET actor = NULL WHERE event_id = (SELECT event_id FROM user360.event LIMIT 1)"
	rows lost
	check 'control: a row that changed shows' differ before.rows lost.rows
	stop "$new" new
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
fi

# ---- the tree
. test/common.sh
if [ "$(id -u)" != 0 ]; then
	exec sudo env UPGRADE_TREE="${UPGRADE_TREE:-}" "$0"
fi
skip() {
	echo "skipped: $1"
	echo '0 passed, 0 failed'
	exit 0
}
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ' || true)
[ -n "$mirror" ] || skip 'apt has no Debian mirror'
command -v debootstrap >/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends debootstrap; } >/dev/null 2>&1 || skip 'debootstrap can not be installed'

tree=${UPGRADE_TREE:-$(mktemp -d /var/tmp/user360.XXXXXX)}
clean_tree() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/root" 2>/dev/null)" != "$tree" ] || kill "$(basename "$process")" 2>/dev/null || true
	done
	for mounted in dev/shm dev proc; do
		! mountpoint -q "$tree/$mounted" || umount -l "$tree/$mounted"
	done
	if [ -z "${UPGRADE_TREE:-}" ]; then rm -rf --one-file-system "$tree"; fi
}
trap clean_tree EXIT
trap 'exit 130' INT TERM

in_tree() {
	chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
mount_tree() {
	mount -t proc proc "$tree/proc"
	mount --bind /dev "$tree/dev"
	mount -t tmpfs tmpfs "$tree/dev/shm"
}
log=$tree.log
if [ ! -e "$tree/ready" ]; then
	chmod 755 "$tree"
	# The release before has the old server, the new one the libraries of both.
	debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,make,pkg-config,libicu-dev trixie "$tree" "$mirror" >"$log" 2>&1 ||
		{ tail -n 3 "$log"; rm -f "$log"; skip 'debootstrap can not make a tree'; }
	rm -f "$log"
	mount_tree
	printf 'deb %s trixie main\ndeb %s bookworm main\n' "$mirror" "$mirror" >"$tree/etc/apt/sources.list"
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod 755 "$tree/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$tree/etc/resolv.conf" 2>/dev/null || true
	# Of the packages to build with only the files: not the compilers that they would bring.
	in_tree bash -c 'set -e
		mkdir -p /etc/postgresql-common
		echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
		apt-get update -q
		apt-get install -y -q --no-install-recommends postgresql-17 postgresql-15
		cd /tmp
		apt-get download -q postgresql-server-dev-17 postgresql-server-dev-15 libpq-dev
		for package in *.deb; do dpkg-deb -x "$package" /; done
		rm -f *.deb
		apt-get clean' >"$tree/install.log" 2>&1 || { tail -n 20 "$tree/install.log"; echo '0 passed, 1 failed'; exit 1; }
	touch "$tree/ready"
else
	mount_tree
fi
rm -rf "$tree/src" "$tree/build" "$tree/work"
mkdir "$tree/src" "$tree/work"
cp -a Makefile user360.control src test "$tree/src/"
chown "$(in_tree id -u postgres)" "$tree/work"
in_tree /src/test/gauntlet/pg_upgrade.sh inside
