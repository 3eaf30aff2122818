#!/usr/bin/env bash
# import_users() beside COPY and a hand-written upsert, in one run: ROWS lines
# of twelve properties, new and then known.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

build_and_install
prepare_work
buffers=$(measured_buffers)
as_server_user "$BIN/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$WORK/data" >/dev/null
use_huge_pages "$buffers"
as_server_user "$BIN/pg_ctl" -D "$WORK/data" -w -s -l "$WORK/server.log" \
	-o "-k $WORK -h '' -p $PGPORT -c shared_buffers=${buffers}MB -c max_wal_size=8GB -c checkpoint_timeout=1h" start
chmod 777 "$WORK"
psql -X -q -v ON_ERROR_STOP=1 -v rows="${ROWS:-1000000}" -v file="$WORK/rows.copy" -f test/bench/import.sql >"$WORK/import.log"
awk '
	/^(import|COPY|INSERT)/ { what = $0 }
	/^Time:/ { took[what] = $2; printf "%-60s %8.1f s\n", what, $2 / 1000 }
	/^memory/ { print }
	function ratio(a, b, limit,	found, x, y) {
		for (x in took) for (y in took)
			if (x ~ a && y ~ b) { found = took[y] / took[x]; printf "%-60s %8.2f  %.2f  %s\n", y " / " x, found, limit, (found >= limit ? "met" : "missed") }
	}
	END { ratio("^import of .* new$", "^COPY", 0.4); ratio("^import of .* existing$", "^INSERT", 0.5) }' "$WORK/import.log"
