#!/usr/bin/env bash
# Runs every test in a copy of the tree, against a throw-away server, and
# closes with the counts of all suites together.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

passed=0 failed=0
suite() {	# name, passed, failed
	passed=$((passed + $2)) failed=$((failed + $3))
	printf '%-28s %5d passed, %d failed\n' "$1" "$2" "$3"
}

# pg_regress says "test name ... ok" up to version 15 and "ok 1 - name" after.
count_regress() {	# name, log
	local ok not_ok
	ok=$(grep -cE '^(test .*|[^#]+) \.\.\. ok |^ok [0-9]+ ' "$2" || true)
	not_ok=$(grep -cE '\.\.\. FAILED|^not ok ' "$2" || true)
	[ $((ok + not_ok)) -gt 0 ] || not_ok=1
	suite "$1" "$ok" "$not_ok"
	[ "$not_ok" = 0 ] || { cat "$2"; find "$WORK/tree" -name regression.diffs -exec cat {} +; }
}

echo "== build"
build_and_install
prepare_work
start_server

as_server_user mkdir "$WORK/tree"
cp -a README.md CHANGELOG.md LICENSE META.json Makefile user360.control user360--*.sql src sql expected test "$WORK/tree/"
[ ! -d ../shared ] || export USER360_SHARED_DATA=$(cd .. && pwd)/shared/data
as_root chown -R "$(server_user)" "$WORK/tree"

echo "== text"
if compgen -G 'test/text/*_test.c' >/dev/null; then
	test/check_text.sh >"$WORK/text.log" 2>&1 || true
	cat "$WORK/text.log"
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$WORK/text.log" | tail -n 1 || true)
	suite text "$(echo "${counts:-0 passed, 1 failed}" | cut -d' ' -f1)" "$(echo "${counts:-0 passed, 1 failed}" | cut -d' ' -f3)"
fi

echo "== warnings"
test/warnings.sh >"$WORK/warnings.log" 2>&1 || cat "$WORK/warnings.log"
grep skipped "$WORK/warnings.log" || true
counts=$(tail -n 1 "$WORK/warnings.log")
suite warnings "$(echo "$counts" | cut -d' ' -f1)" "$(echo "$counts" | cut -d' ' -f3)"

cd "$WORK/tree"
if compgen -G 'sql/*.sql' >/dev/null; then
	echo "== regress"
	as_server_user make -s installcheck ISOLATION= TAP_TESTS= >"$WORK/regress.log" 2>&1 || true
	count_regress regress "$WORK/regress.log"
fi
if compgen -G 'test/isolation/specs/*.spec' >/dev/null; then
	echo "== isolation"
	as_server_user make -s installcheck REGRESS= TAP_TESTS= >"$WORK/isolation.log" 2>&1 || true
	count_regress isolation "$WORK/isolation.log"
fi
if compgen -G 'test/tap/*.pl' >/dev/null; then
	echo "== tap"
	as_server_user env PG_TEST_TIMEOUT_DEFAULT=300 make -s installcheck REGRESS= ISOLATION= >"$WORK/tap.log" 2>&1 || true
	cat "$WORK/tap.log"
	total=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$WORK/tap.log" | tail -n 1)
	bad=$(grep -cE '^not ok |Dubious|^Bailout' "$WORK/tap.log" || true)
	grep -q '^Result: PASS' "$WORK/tap.log" || [ "$bad" -gt 0 ] || bad=1
	suite tap "$((${total:-0} > bad ? ${total:-0} - bad : 0))" "$bad"
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
