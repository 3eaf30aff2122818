#!/usr/bin/env bash
# Runs every fuzzer of src/text for some seconds each, with the address and
# undefined-behaviour sanitizers, from the corpora that are kept here.
#   make fuzz SECONDS=60 [ONLY=phone]
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

each=$1
if ! command -v clang >/dev/null || ! clang -print-file-name=libclang_rt.fuzzer-x86_64.a | grep -q /; then
	as_root apt-get install -y -q --no-install-recommends clang libclang-rt-dev >/dev/null
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags=(-g -O1 -std=gnu99 -fsanitize=address,undefined -fno-sanitize-recover=undefined
	-Isrc -Isrc/text -Itest/fuzz $(pkg-config --cflags icu-uc icu-i18n))
objects=()
for source in src/text/*.c; do
	object=$out/$(basename "$source" .c).o
	clang "${flags[@]}" -fsanitize=fuzzer-no-link -c -o "$object" "$source"
	objects+=("$object")
done

passed=0 failed=0
for source in test/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	[[ -z "${2:-}" || "$name" = "fuzz_$2" ]] || continue
	clang "${flags[@]}" -fsanitize=fuzzer -o "$out/$name" "$source" "${objects[@]}" $(pkg-config --libs icu-uc icu-i18n)
	mkdir "$out/corpus_$name"
	if "$out/$name" -max_total_time="$each" -max_len=1100 -timeout=20 -print_final_stats=1 \
		-artifact_prefix="$out/" "$out/corpus_$name" "test/fuzz/corpus/${name#fuzz_}" >"$out/$name.log" 2>&1; then
		passed=$((passed + 1))
		printf '%-20s %s runs, no finding\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log")"
	else
		failed=$((failed + 1))
		tail -n 40 "$out/$name.log"
		for finding in "$out"/crash-* "$out"/timeout-* "$out"/leak-*; do [ ! -e "$finding" ] || { echo "$name: $(basename "$finding")"; xxd "$finding" | head -n 20; }; done
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
