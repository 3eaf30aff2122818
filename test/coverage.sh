#!/usr/bin/env bash
# Which lines of src the tests run: the text tests, regress, isolation and TAP
# over a build that counts.  A line that none of them reaches stands with its
# reason in test/coverage_unreached.txt, or the run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh
. test/checkers.sh

install_packages gcc
enter_namespace "$0" "$@"
prepare_work
build_apart COPT='-O0 -g --coverage' TEXT_CFLAGS=-O0
start_server

echo "== text: the tests, and the kept inputs of the fuzzers"
libs=($(pkg-config --libs icu-uc icu-i18n) -lm)
cflags=(-g -I"$WORK/build/src" -I"$WORK/build/src/text" -Itest/text -Itest/fuzz $(pkg-config --cflags icu-uc icu-i18n))
for source in test/text/*_test.c test/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	inputs=() replay=
	if [[ "$name" == fuzz_* ]]; then
		inputs=("$WORK/tree/test/fuzz/corpus/${name#fuzz_}"/*)
		replay=test/fuzz/replay.c
	fi
	cc "${cflags[@]}" -o "$WORK/$name" -x c "$source" $replay -x none "$WORK/build/src/text/"*.o "${libs[@]}" -lgcov
	if as_server_user "$WORK/$name" "${inputs[@]}" >"$WORK/$name.log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); tail -n 20 "$WORK/$name.log"; fi
done
echo "== regress, isolation, tap"
run_suite regress
run_suite isolation
# Figures of memory say nothing of the extension's own in this build.
rm -f "$WORK/tree/test/tap/memory.pl"
run_suite tap
# Counts are written as backends exit.
stop_server

echo "== lines"
cd "$WORK/build"
find src -name '*.gcno' -print0 | xargs -0 -n 1 gcov --stdout 2>/dev/null >"$WORK/gcov.txt"
[ -z "${KEEP_GCOV:-}" ] || cp "$WORK/gcov.txt" "$KEEP_GCOV"
cd "$OLDPWD"
perl test/coverage.pl test/coverage_unreached.txt <"$WORK/gcov.txt" || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
