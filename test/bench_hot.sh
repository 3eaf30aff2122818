#!/usr/bin/env bash
# The hot paths beside bare statements: throughput by pgbench, prepared, with 1
# and 8 clients, medians of 5 interleaved runs.  PROFILES and SECONDS_EACH say
# how many and how long; the server has its defaults, also for what a commit
# waits for.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

profiles=${PROFILES:-1000000}
seconds=${SECONDS_EACH:-3}
build_and_install
prepare_work
as_server_user "$BIN/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$WORK/data" >/dev/null
use_huge_pages 1024
as_server_user "$BIN/pg_ctl" -D "$WORK/data" -w -s -l "$WORK/server.log" \
	-o "-k $WORK -h '' -p $PGPORT -c shared_buffers=1GB -c max_wal_size=8GB" start
psql -X -q -v ON_ERROR_STOP=1 -v profiles="$profiles" -f test/bench/hot.sql

script() {
	printf '\\set i random(1, %s)\n%s\n' "$profiles" "$2" >"$WORK/$1.pgbench"
	chmod 644 "$WORK/$1.pgbench"
}
script select 'SELECT * FROM bare WHERE id = :i;'
script card "SELECT user360.contact_card('acme', 'u' || :i || '@example.com');"
script known "SELECT user360.identify('acme', 'web', 'c' || :i);"
script two_rows "SELECT b.* FROM bare AS a JOIN bare AS b ON b.id = a.other WHERE a.id = :i;"
script join "SELECT p.profile_id, p.userid, p.first_name FROM user360.sender AS s JOIN user360.profile AS p ON p.bot = s.bot AND p.profile_id = s.profile_id WHERE s.bot = 'acme' AND s.channel = 'web' AND s.sender = 'c' || :i;"
script ticket_bare "INSERT INTO ticket_bare (channel, sender, subject) VALUES ('web', 'c' || :i, 'Where is my order?');"
script ticket_linked "INSERT INTO ticket_linked (channel, sender, subject) VALUES ('web', 'c' || :i, 'Where is my order?');"

for round in 1 2 3 4 5; do
	for clients in 1 8; do
		for name in select card two_rows join known ticket_bare ticket_linked; do
			tps=$(as_server_user "$BIN/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" -f "$WORK/$name.pgbench" 2>/dev/null |
				sed -n 's/^tps = \([0-9]*\).*/\1/p')
			echo "$clients $name $tps"
		done
	done
done | sort -k1,1n -k2,2 -k3,3n | awk '
	{ n[$1 " " $2]++; tps[$1 " " $2 " " n[$1 " " $2]] = $3 }
	function median(key) { return tps[key " " int((n[key] + 1) / 2)] }
	function line(c, what, beside, limit,	ratio) {
		ratio = median(c " " what) / median(c " " beside)
		printf "%7s  %-14s %9d  %-12s %9d  %5.2f", c, what, median(c " " what), beside, median(c " " beside), ratio
		print (limit ? sprintf("  %5.2f  %s", limit, ratio >= limit ? "met" : "missed") : "")
	}
	END {
		print "clients  what                 tps  beside             tps  ratio  limit"
		for (c = 1; c <= 8; c += 7) {
			line(c, "card", "select", 0.8); line(c, "known", "select", 0.7)
			line(c, "known", "two_rows"); line(c, "known", "join"); line(c, "ticket_linked", "ticket_bare", 0.4)
		}
	}'
