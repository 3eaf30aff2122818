#!/usr/bin/env bash
# Breaks one rule at a time (test/mutants.txt) in a copy of the source and
# shows that a test fails.  Needs root: the broken builds are installed in a
# mount namespace of its own, so nothing else sees them.
#   make mutants [ONLY='part of a name']
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

if [ -z "${USER360_MUTANTS_NAMESPACE:-}" ]; then
	exec env USER360_MUTANTS_NAMESPACE=1 $([ "$(id -u)" = 0 ] || echo sudo) unshare --mount "$0" "$@"
fi
build_and_install
prepare_work
trap 'umount "$libraries" "$scripts" 2>/dev/null || true; clean_up' EXIT
# Copies of the folders in which the server looks, over the real ones.
libraries=$(${PG_CONFIG:-pg_config} --pkglibdir)
scripts=$(${PG_CONFIG:-pg_config} --sharedir)/extension
cp -a "$libraries" "$WORK/libraries"
cp -a "$scripts" "$WORK/scripts"
mount --bind "$WORK/libraries" "$libraries"
mount --bind "$WORK/scripts" "$scripts"
mkdir "$WORK/source" "$WORK/tests"
cp -a Makefile user360.control src test "$WORK/source/"
cp -a Makefile user360.control user360--*.sql src sql expected test "$WORK/tests/"
chown -R "$(server_user)" "$WORK/tests"
start_server -c statement_timeout=60s

suite() {	# name, variables for make: true if every test passes
	(cd "$WORK/tests" && as_server_user make -s installcheck "${@:2}" >"$WORK/$1.log" 2>&1)
}

# The suites pass on the unbroken source, or their failing shows nothing.
suite regress ISOLATION= TAP_TESTS= || { cat "$WORK/regress.log"; echo "the regress suite fails unbroken"; exit 1; }
suite isolation REGRESS= TAP_TESTS= || { cat "$WORK/isolation.log"; echo "the isolation suite fails unbroken"; exit 1; }

caught=0 missed=0
total=$(perl test/mutants.pl --count)
for number in $(seq 1 "$total"); do
	name=$(perl test/mutants.pl --name "$number")
	[[ -z "${1:-}" || "$name" == *"$1"* ]] || continue
	rm -rf "$WORK/mutant"
	cp -a "$WORK/source" "$WORK/mutant"
	if ! { perl test/mutants.pl --apply "$number" "$WORK/mutant" && make -s -j2 -C "$WORK/mutant" with_llvm=no; } >"$WORK/build.log" 2>&1; then
		cat "$WORK/build.log"
		echo "does not build: $name"
		missed=$((missed + 1))
		continue
	fi
	cp "$WORK/mutant/user360.so" "$libraries/user360.so.new"
	mv "$libraries/user360.so.new" "$libraries/user360.so"
	cp "$WORK/mutant/"user360--*.sql "$scripts/"
	if ! suite regress ISOLATION= TAP_TESTS=; then
		echo "caught by regress ($(grep -cE '\.\.\. FAILED|^not ok' "$WORK/regress.log") tests): $name"
		caught=$((caught + 1))
	elif ! suite isolation REGRESS= TAP_TESTS=; then
		echo "caught by isolation ($(grep -cE '\.\.\. FAILED|^not ok' "$WORK/isolation.log") specs): $name"
		caught=$((caught + 1))
	else
		echo "NOT CAUGHT: $name"
		missed=$((missed + 1))
	fi
done
echo "$caught passed, $missed failed"
[ "$missed" = 0 ] && [ "$caught" -gt 0 ]
