#!/usr/bin/env bash
# Compiles and runs the tests of src/text, which need no server.  Each program
# counts its own checks; the closing line counts the programs.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cflags=(-O2 -g -Wall -Wextra -Isrc -Isrc/text -Itest/text $(pkg-config --cflags icu-uc icu-i18n))
libs=($(pkg-config --libs icu-uc icu-i18n) -lm)
objects=()
for source in src/text/*.c; do
	object=$out/$(basename "$source" .c).o
	cc "${cflags[@]}" -c -o "$object" "$source"
	objects+=("$object")
done

passed=0 failed=0
for source in test/text/*_test.c; do
	name=$(basename "$source" .c)
	cc "${cflags[@]}" -o "$out/$name" "$source" "${objects[@]}" "${libs[@]}"
	"$out/$name" >"$out/log" 2>&1 || true
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/log" | tail -n 1 || true)
	[ -n "$counts" ] || counts="0 passed, 1 failed"
	if [[ "$counts" == "0 passed, 0 failed"* ]] && grep -q '^skipped' "$out/log"; then
		:	# all that it tests is data that is not there
	elif [[ "$counts" == *" passed, 0 failed"* && "$counts" != "0 "* ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	printf '%-28s %s\n' "$name" "${counts% (*}"
	if [[ "$counts" != *" passed, 0 failed"* ]]; then tail -n 40 "$out/log"; else grep -i '^skipped' "$out/log" || true; fi
done
# The kept inputs of the fuzzers, once each.
for source in test/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	cc "${cflags[@]}" -Itest/fuzz -o "$out/$name" "$source" test/fuzz/replay.c "${objects[@]}" "${libs[@]}"
	if "$out/$name" "test/fuzz/corpus/${name#fuzz_}"/* >"$out/log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	printf '%-28s %s\n' "$name" "$(tail -n 1 "$out/log" | sed 's/^[^ ]*: //')"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
