#!/usr/bin/env bash
# Runs the regress suite over a server under valgrind, about thirty times slower
# than usual: in as many servers at once as there are processors.  Every report
# counts, unless test/valgrind.supp has it with a reason.
#   make valgrind [ONLY='00_create capture']
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh
. test/checkers.sh

install_packages gcc valgrind
enter_namespace "$0" "$@"
prepare_work
build_apart COPT='-O1 -g' TEXT_CFLAGS=-O1
mkdir "$WORK/reports"
chown "$(server_user)" "$WORK/reports"
suppressions=
[ ! -s test/valgrind.supp ] || suppressions="--suppressions=$WORK/tree/test/valgrind.supp"
start_server
stop_server
start_through <<SH
case " \$* " in
	*" -D "*) exec valgrind --quiet --leak-check=no --trace-children=yes --num-callers=25 --error-limit=no $suppressions \\
		--log-file="$WORK/reports/%p" "$WORK/postgres" "\$@" ;;
	*) exec -a "$BIN/postgres" "$WORK/postgres" "\$@" ;;
esac
SH

# The files in parts of about equal length; 00_create is what all others need.
parts=$(nproc)
stop_parts() {
	local part
	for ((part = 0; part < parts; part++)); do
		[ ! -e "$WORK/data$part/postmaster.pid" ] || as_server_user "$BIN/pg_ctl" -D "$WORK/data$part" -m fast -w -t 300 stop >/dev/null || true
	done
}
trap 'stop_parts; clean_up' EXIT
files=(${*:-$(cd sql && ls -S *.sql | sed -e 's/\.sql$//' -e '/^00_create$/d')})
for ((part = 0; part < parts; part++)); do
	mine=(00_create)
	for ((i = part; i < ${#files[@]}; i += parts)); do
		[ "${files[i]}" = 00_create ] || mine+=("${files[i]}")
	done
	cp -a "$WORK/data" "$WORK/data$part"
	cp -a "$WORK/tree" "$WORK/tree$part"
	(
		begin=$SECONDS
		export PGHOST=$WORK/socket$part
		as_server_user mkdir "$PGHOST"
		as_server_user "$BIN/pg_ctl" -D "$WORK/data$part" -w -s -l "$WORK/server$part.log" \
			-o "-k $PGHOST -h '' -p $PGPORT -F -c max_prepared_transactions=10" start
		cd "$WORK/tree$part"
		as_server_user make -s installcheck ISOLATION= TAP_TESTS= REGRESS="${mine[*]}" >"$WORK/regress$part.log" 2>&1 || true
		echo "$((SECONDS - begin)) seconds: ${mine[*]}"
	) &
	jobs[part]=$!
done
for ((part = 0; part < parts; part++)); do
	wait "${jobs[part]}" || failed=$((failed + 1))
	ok=$(grep -cE '^(test .*|[^#]+) \.\.\. ok |^ok [0-9]+ ' "$WORK/regress$part.log" || true)
	not_ok=$(grep -cE '\.\.\. FAILED|^not ok ' "$WORK/regress$part.log" || true)
	[ $((ok + not_ok)) -gt 0 ] || not_ok=1
	[ "$not_ok" = 0 ] || { cat "$WORK/regress$part.log"; cat "$WORK/tree$part/regression.diffs" || true; }
	passed=$((passed + ok)) failed=$((failed + not_ok))
done

stop_parts
reports=$(find "$WORK/reports" -type f -size +0 | wc -l)
for report in "$WORK/reports/"*; do
	[ ! -s "$report" ] || { echo "== $(basename "$report")"; head -n 80 "$report"; }
done
echo "$reports processes with reports of valgrind, $SECONDS seconds"
failed=$((failed + reports))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
