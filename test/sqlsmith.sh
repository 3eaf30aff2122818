#!/usr/bin/env bash
# Throws random statements at a loaded database: sqlsmith as a superuser and as
# a role with every level, and test/sqlsmith/calls.pl, which calls each function
# and procedure with values that are meant to hurt.  The extension is built with
# sanitizers.  Nothing may crash, no internal error may come, every function
# must have been called, and verify() finds nothing afterwards.
#   make sqlsmith [SECONDS=900]
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh
. test/checkers.sh

seconds=$1 seed=${SQLSMITH_SEED:-$(date +%s)}
install_packages sqlsmith libdbd-pg-perl gcc binutils libasan8
enter_namespace "$0" "$@"
prepare_work
build_with_sanitizers
start_server -c logging_collector=on -c log_destination=jsonlog -c log_error_verbosity=verbose -c log_rotation_size=0 \
	-c track_functions=all -c max_connections=40 -c deadlock_timeout=200ms
require_sanitizers
as_server_user psql -X -q -c 'CREATE DATABASE calls'
as_server_user psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d calls -f test/sqlsmith/load.sql || { print_reports; exit 1; }
for user in postgres clerk; do
	as_server_user psql -X -q -c "CREATE DATABASE smith_$user TEMPLATE calls"
done

echo "seed $seed, $seconds seconds"
for user in postgres clerk; do
	as_server_user timeout "$seconds" sqlsmith --target="host=$PGHOST port=$PGPORT dbname=smith_$user user=$user" \
		--seed="$((seed % 1000000))" --exclude-catalog --verbose >"$WORK/smith_$user.log" 2>&1 &
done
as_server_user perl test/sqlsmith/calls.pl "$seconds" "$((seed % 1000000))" 4 || failed=$((failed + 1))
wait

tell() {	# name, what is wrong: empty if nothing is
	if [ -z "$2" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); printf '%s:\n%s\n' "$1" "$2"; fi
}
for user in postgres clerk; do
	ran=$(as_server_user psql -X -At -d "smith_$user" -c "
		SELECT d.xact_commit + d.xact_rollback || ' transactions, ' || count(DISTINCT f.funcname) || ' functions of user360 called ' || coalesce(sum(f.calls), 0) || ' times'
		FROM pg_stat_database AS d LEFT JOIN pg_stat_user_functions AS f ON f.schemaname = 'user360' WHERE d.datname = current_database() GROUP BY d.xact_commit, d.xact_rollback")
	echo "sqlsmith as $user: $ran"
	tell "sqlsmith as $user calls nothing" "$([[ "$ran" != *' 0 functions'* ]] || tail -n 5 "$WORK/smith_$user.log")"
	tell "verify() after sqlsmith as $user" "$(as_server_user psql -X -At -d "smith_$user" -c 'SELECT * FROM user360.verify()' 2>&1)"
done
# In the bot free, options changed what is right while there were values.
tell "verify() after the calls" "$(as_server_user psql -X -At -d calls -c "
	SELECT * FROM user360.verify() AS v WHERE v.bot IS DISTINCT FROM 'free' OR v.check_name NOT IN ('lookalike', 'userid', 'value') LIMIT 40" 2>&1)"
tell "not called" "$(as_server_user psql -X -At -d calls -c "
	SELECT p.oid::regprocedure FROM pg_proc AS p LEFT JOIN pg_stat_user_functions AS s ON s.funcid = p.oid
	WHERE p.pronamespace = 'user360'::regnamespace AND '{internal,cstring}'::regtype[] && p.proargtypes::oid[]::regtype[] IS FALSE AND s.calls IS NULL ORDER BY 1" 2>&1)"
stop_server
tell "the server's log" "$(perl test/sqlsmith/findings.pl "$WORK"/data/log/* "$WORK/server.log" 2>&1)"
[ -z "${KEEP_LOGS:-}" ] || cp -r "$WORK"/data/log "$WORK"/*.log "$KEEP_LOGS"
print_reports
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
