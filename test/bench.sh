#!/usr/bin/env bash
# What user360 costs beside the same rules in PL/pgSQL (test/bench/peer.sql) and
# beside the statements that any solution must run (test/bench/bare.sql).
#   make bench                          100,000, 1,000,000 and 10,000,000 profiles
#   make bench SIZES=1000000            one size; the others' figures are kept
#   make bench QUICK=1                  small and short, to see that it works
#   make bench-report                   the tables and the plot from what is kept
# SECONDS_EACH: how long a run is; OPERATIONS: which; ROUNDS: runs of which the
# median counts; SHARED_BUFFERS in MB; RESULTS and PLOT: where the figures and
# the plot go.  Root gives the server huge pages for the time that it runs:
# without them it is page tables that are measured.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

if [ -n "${QUICK:-}" ]; then
	: "${SIZES:=10000 100000}" "${SECONDS_EACH:=1}" "${ROUNDS:=1}" "${IMPORT_LINES:=3000}"
	PLOT=${PLOT:-/dev/null}
fi
sizes=${SIZES:-100000 1000000 10000000}
seconds=${SECONDS_EACH:-2}
results=${RESULTS:-test/bench/cost.tsv}
plot=${PLOT:-test/bench/cost.svg}
buffers=${SHARED_BUFFERS:-$(measured_buffers)}
operations=${OPERATIONS:-card known activity ticket given new import merge}
export BENCH=test/bench ROUNDS=${ROUNDS:-3} OPERATIONS=$operations ${IMPORT_LINES:+IMPORT_LINES}

report() {
	perl test/bench/report.pl "$results" "$plot"
}

if [ "${1:-}" = report ]; then
	report
	exit
fi

build_and_install
prepare_work
if [ -n "${QUICK:-}" ] && [ -z "${RESULTS:-}" ]; then
	results=$WORK/cost.tsv
fi
touch "$results"

start() {	# settings
	use_huge_pages "$buffers"
	as_server_user "$BIN/pg_ctl" -D "$WORK/data" -w -s -t 600 -l "$WORK/server.log" -o "-k $WORK -h '' -p $PGPORT \
		-c shared_buffers=${buffers}MB -c autovacuum=off -c checkpoint_timeout=1h -c max_wal_size=2GB $*" start
	huge=off
	! grep -q '^HugetlbPages:.*[1-9]' "/proc/$(as_root head -n 1 "$WORK/data/postmaster.pid")/status" || huge=on
}

stop() {
	as_server_user "$BIN/pg_ctl" -D "$WORK/data" -w -s -t 600 -m fast stop
}

for profiles in $sizes; do
	began=$SECONDS
	as_root rm -rf "$WORK/data"
	as_server_user "$BIN/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$WORK/data" >/dev/null
	start -c wal_level=minimal -c max_wal_senders=0 -c fsync=off
	psql -X -q -v profiles="$profiles" -f test/bench/load.sql
	psql -X -q -v ON_ERROR_STOP=1 -f test/bench/same_rules.sql
	if [ "$profiles" -le 100000 ]; then
		psql -X -q -v ON_ERROR_STOP=1 -c "DO \$\$ BEGIN ASSERT NOT EXISTS (SELECT FROM user360.verify()), 'verify() finds something in what was loaded'; END \$\$"
	fi
	stop
	sync
	start -c synchronous_commit=off
	loaded=$SECONDS
	for operation in $operations conditions loading 'disk of .*'; do
		sed -i -E "/^$profiles\t$operation\t/d" "$results"
	done
	printf '%s\tconditions\t%s\n' "$profiles" "PostgreSQL $(psql -XAtc 'SHOW server_version'), $(nproc) cores, shared_buffers $((buffers)) MB, huge pages $huge, synchronous_commit off, autovacuum off, runs of $seconds s, medians of $ROUNDS" >>"$results"
	perl test/bench/run.pl "$profiles" "$seconds" "$results"
	if [ "$profiles" -le 100000 ]; then
		psql -X -q -v ON_ERROR_STOP=1 -c "DO \$\$ BEGIN ASSERT NOT EXISTS (SELECT FROM user360.verify()), 'verify() finds something in what was measured'; END \$\$"
	fi
	echo "$profiles profiles: loaded in $((loaded - began)) s, measured in $((SECONDS - loaded)) s" >&2
	stop
done
report
