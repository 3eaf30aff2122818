#!/usr/bin/env bash
# Every fault of the README's table: quick tests, which make check runs too, and
# the long ones of test/gauntlet, in a copy of the tree as the server's user;
# then the scripts that need root.  Closes with the counts of all.
#
#   make gauntlet ONLY=standby		the tests of that name alone
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

only=${1:-}
quick=(dump extension crash import standby update)

passed=0 failed=0
suite() {	# name, passed, failed
	passed=$((passed + $2)) failed=$((failed + $3))
	printf '%-28s %5d passed, %d failed\n' "$1" "$2" "$3"
}

# For test/gauntlet/plproxy.pl and tenant_move.pl, where the release has it.
plproxy=postgresql-$(pg_version)-plproxy
[ -z "$(apt-cache search --names-only "^$plproxy\$")" ] || install_packages "$plproxy"

echo "== build"
build_and_install
prepare_work
as_server_user mkdir "$WORK/tree"
cp -a README.md CHANGELOG.md LICENSE META.json Makefile user360.control user360--*.sql src sql expected test "$WORK/tree/"
[ ! -d ../shared ] || export USER360_SHARED_DATA=$(cd .. && pwd)/shared/data
as_root chown -R "$(server_user)" "$WORK/tree"

# A disk that can be filled: what a test needs of root is made here.
small_disk=$WORK/small_disk
release_small_disk() {
	! mountpoint -q "$small_disk" || as_root umount "$small_disk"
}
trap 'release_small_disk; clean_up' EXIT
as_server_user mkdir "$small_disk"
if as_root mount -t tmpfs -o "size=96m,mode=700,uid=$(id -u "$(server_user)")" tmpfs "$small_disk" 2>/dev/null; then
	export USER360_SMALL_DISK=$small_disk
fi

run_tap() {	# file below $WORK/tree
	local name log total bad
	name=$(basename "$1" .pl) log=$WORK/tap.log
	(cd "$WORK/tree" && as_server_user env PG_TEST_TIMEOUT_DEFAULT=300 make -s installcheck REGRESS= ISOLATION= PROVE_TESTS="$1" PROVE_FLAGS=-v) >"$log" 2>&1 || true
	total=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$log" | tail -n 1)
	bad=$(grep -cE '^not ok |Dubious|^Bailout' "$log" || true)
	grep -qE '^Result: (PASS|NOTESTS)' "$log" || [ "$bad" -gt 0 ] || bad=1
	grep -E '^# seed|# skip|skipped:' "$log" | sort -u || true
	[ "$bad" = 0 ] || grep -vE '^ok ' "$log" || true
	suite "$name" "$((${total:-0} > bad ? ${total:-0} - bad : 0))" "$bad"
}

echo "== faults"
for name in "${quick[@]}"; do
	[ ! -e "test/tap/$name.pl" ] || [ "${only:-$name}" != "$name" ] || run_tap "test/tap/$name.pl"
done
for file in test/gauntlet/*.pl; do
	name=$(basename "$file" .pl)
	[ ! -e "$file" ] || [ "${only:-$name}" != "$name" ] || run_tap "$file"
done
for file in test/gauntlet/*.sh; do
	name=$(basename "$file" .sh)
	[ -e "$file" ] && [ "${only:-$name}" = "$name" ] || continue
	"$file" >"$WORK/script.log" 2>&1 || true
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$WORK/script.log" | tail -n 1 || true)
	grep '^skipped' "$WORK/script.log" || true
	counts=${counts:-0 passed, 1 failed}
	[ "$(echo "$counts" | cut -d' ' -f3)" = 0 ] || cat "$WORK/script.log"
	suite "$name" "$(echo "$counts" | cut -d' ' -f1)" "$(echo "$counts" | cut -d' ' -f3)"
done

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
