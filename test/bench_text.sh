#!/usr/bin/env bash
# What the normalisers cost through SQL, beside count(x), a function that only
# copies its text, lower() and libphonenumber, all in one backend; the size of
# the constant tables, the memory that a backend keeps, the time of a first
# call.  ROWS and LIBRARY_ROWS say over how many values.  A missed limit is
# shown and does not fail: it may be the machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

rows=${ROWS:-1000000}
library_rows=${LIBRARY_ROWS:-50000}
corpus_source=${USER360_SHARED_DATA:-../shared/data}/phone_oracle_v9.0.35_1M.tsv.gz
corpus='' phone_library=''

# Compiles a source of test/bench, as C or C++, into a library that the server loads.
compile() {
	local compiler=$1 source=$2 library=$3
	shift 3
	$compiler -Wall -O2 -fPIC -shared -isystem "$(${PG_CONFIG:-pg_config} --includedir-server)" \
		-o "$library" "test/bench/$source" "$@"
}

install_libphonenumber() {
	local log package missing=()
	for package in g++ libphonenumber-dev; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	log=$(mktemp)
	if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
		tail -n 3 "$log"
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

run_sql() {
	psql -X -q -v ON_ERROR_STOP=1 "$@"
}

# The test data's regions and inputs, without its answers.
unpack_corpus() {
	if [ ! -e "$corpus_source" ]; then
		echo "skipped: the 19 written forms, $(basename "$corpus_source") is not there"
		return
	fi
	corpus=$WORK/corpus
	gzip -dc "$corpus_source" | tail -n +2 | head -n "$rows" | cut -f 2,3 >"$corpus" || [ -s "$corpus" ]
	chmod 644 "$corpus"
}

# Five new backends each, in turns.
measure_first_use() {
	local phones=phone_e164 few=few_phone_e164
	if [ -n "$corpus" ]; then phones=corpus few=few_corpus; fi
	for _ in 1 2 3 4 5; do
		first_use user360 'user360.normalize_email(x)' email
		first_use user360 'user360.normalize_identifier(x)' identifier
		first_use user360 'user360.normalize_email(x)' email_beyond_ascii
		first_use user360 'user360.normalize_identifier(x)' identifier_beyond_ascii
		first_use user360 'user360.is_phone(x, region)' "$phones"
		[ -z "$phone_library" ] ||
			first_use "$phone_library" 'bench.libphonenumber_is_valid(x, region)' "$few"
	done
}

first_use() {
	run_sql -v library="$1" -v call="$2" -v values_of="$3" -f test/bench/text_memory.sql
}

# Kilobytes of constants in object files.
constants() {
	size -A -d "$@" | awk '/^\.(rodata|data\.rel\.ro)/ { sum += $2 } END { printf "%.1f", sum / 1024 }'
}

build_and_install
prepare_work
compile "${CC:-cc}" backend.c "$WORK/backend.so"
if install_libphonenumber && compile "${CXX:-g++}" phone_lib.cc "$WORK/phone_lib.so" -lphonenumber; then
	phone_library=$WORK/phone_lib.so
else
	echo "skipped: libphonenumber, it can't be installed"
fi
unpack_corpus
start_server -c shared_buffers=1GB -c autovacuum=off
run_sql -v rows="$rows" -v library_rows="$library_rows" -v backend_library="$WORK/backend.so" \
	-v phone_library="$phone_library" -v corpus="$corpus" -f test/bench/text_data.sql
run_sql -f test/bench/text_speed.sql
measure_first_use
echo 'A new backend: medians of 5'
run_sql -P footer=off <<'SQL'
SELECT split_part(call, '.', 2) AS call, values_of AS values, max(calls) AS calls,
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY first_call)::numeric / 1000, 1) AS "first call, µs",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY loading)::numeric / 1000) AS "loading the library, µs",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY loaded_memory)::numeric / 1024) AS "kB by loading",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY grown_memory)::numeric / 1024) AS "kB by the calls"
FROM bench.first_use GROUP BY call, values_of ORDER BY call DESC, values_of;
SQL
echo "Limits: a first call under 100 µs, memory under 64 kB."
echo
echo "Constant tables: $(constants src/text/phone_metadata.o) KiB for phone numbers, $(constants src/text/*.o) KiB in all of src/text (limit 160)."
