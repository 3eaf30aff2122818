# Sourced after common.sh by the scripts that run the tests over a build of
# their own: with sanitizers, under valgrind, for coverage, against sqlsmith.
# That build is installed in a mount namespace, so that nothing else sees it
# and nothing of it stays.

# Runs the script again as root in a namespace.
enter_namespace() {	# the script, its arguments
	[ -z "${USER360_NAMESPACE:-}" ] || return 0
	# The mounts lie over the folders of this server.
	exec $([ "$(id -u)" = 0 ] || echo sudo) env USER360_NAMESPACE=1 PG_CONFIG="${PG_CONFIG:-pg_config}" unshare --mount "$@"
}

# Builds a copy of the source in $WORK/build, installs it over copies of the
# server's folders, and makes $WORK/tree for the tests.
build_apart() {	# variables for make
	local libraries scripts
	libraries=$("$PG_CONFIG" --pkglibdir)
	scripts=$("$PG_CONFIG" --sharedir)/extension
	cp -a "$libraries" "$WORK/libraries"
	cp -a "$scripts" "$WORK/scripts"
	mount --bind "$WORK/libraries" "$libraries"
	mount --bind "$WORK/scripts" "$scripts"

	mkdir "$WORK/build" "$WORK/tree"
	cp -a Makefile user360.control src "$WORK/build/"
	find "$WORK/build" -name '*.[oa]' -delete
	find "$WORK/build" -name '*.bc' -delete
	${change_source:-true}
	if ! { make -s -j2 -C "$WORK/build" with_llvm=no "$@" && make -s -C "$WORK/build" with_llvm=no "$@" install; } >"$WORK/build.log" 2>&1; then
		cat "$WORK/build.log"
		return 1
	fi
	cp -a README.md CHANGELOG.md LICENSE META.json Makefile user360.control src sql expected test "$WORK/build/"user360--*.sql "$WORK/tree/"
	[ ! -d ../shared ] || export USER360_SHARED_DATA=$(cd .. && pwd)/shared/data
	chown -R "$(server_user)" "$WORK/build" "$WORK/tree"
}

# Runs one of the three suites in $WORK/tree; its output goes to $WORK/NAME.log
# and is printed if a test fails.  Counts into $passed and $failed.
passed=0 failed=0
run_suite() {	# regress, isolation or tap; variables for make
	local only=() ok not_ok log="$WORK/$1.log" begin=$SECONDS
	case $1 in
		regress) only=(ISOLATION= TAP_TESTS=) ;;
		isolation) only=(REGRESS= TAP_TESTS=) ;;
		tap) only=(REGRESS= ISOLATION=) ;;
	esac
	(cd "$WORK/tree" && as_server_user env PG_TEST_TIMEOUT_DEFAULT=600 make -s installcheck "${only[@]}" "${@:2}") >"$log" 2>&1 || true
	if [ "$1" = tap ]; then
		not_ok=$(grep -cE '^not ok |Dubious|^Bailout' "$log" || true)
		ok=$(($(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$log" | tail -n 1 | grep . || echo 0) - not_ok))
		grep -q '^Result: PASS' "$log" || [ "$not_ok" -gt 0 ] || not_ok=1
	else
		ok=$(grep -cE '^(test .*|[^#]+) \.\.\. ok |^ok [0-9]+ ' "$log" || true)
		not_ok=$(grep -cE '\.\.\. FAILED|^not ok ' "$log" || true)
		[ $((ok + not_ok)) -gt 0 ] || not_ok=1
	fi
	[ "$not_ok" = 0 ] || { cat "$log"; [ "$1" = tap ] || find "$WORK/tree" -name regression.diffs -exec cat {} +; }
	[ "$ok" -ge 0 ] || ok=0
	passed=$((passed + ok)) failed=$((failed + not_ok))
	printf '%-28s %5d passed, %d failed, %d seconds\n' "$1" "$ok" "$not_ok" $((SECONDS - begin))
}

# A build with the address and undefined-behaviour sanitizers; every server that
# starts from here on, those of the TAP tests too, runs with them.
build_with_sanitizers() {
	local change_source=add_red_zones
	# The server is built with -fwrapv; in our own code an overflow is a fault.
	build_apart TEXT_CFLAGS=-O1 \
		COPT="-include $PWD/test/sanitize/checked_palloc.h -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-wrapv -fsanitize=signed-integer-overflow"
	# Debian's server hangs in gettext when libasan comes before it; without
	# translations it does not.
	cat >"$WORK/gettext.c" <<'C'
char *bindtextdomain(const char *domain, const char *folder) { return 0; }
char *bind_textdomain_codeset(const char *domain, const char *codeset) { return 0; }
char *textdomain(const char *domain) { return 0; }
C
	gcc -shared -fPIC -fno-builtin -o "$WORK/gettext.so" "$WORK/gettext.c"
	mkdir "$WORK/reports"
	chown "$(server_user)" "$WORK/reports"
	start_through <<SH
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $WORK/gettext.so"
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1:log_path=$WORK/reports/address
export UBSAN_OPTIONS=print_stacktrace=1
exec -a "$BIN/postgres" "$WORK/postgres" "\$@"
SH
}

# The server frees what an output function gives it, so the types go without.
add_red_zones() {
	local plain='#undef palloc\n#undef palloc0\n#undef repalloc\n#undef pfree\n#undef pstrdup\n#undef pnstrdup\n#line 1'
	cp test/sanitize/checked_palloc.c "$WORK/build/src/"
	sed -i "1i $plain" "$WORK/build/src/types/"*.c
}

# Puts a script, which comes on standard input, in the place of the server's
# program; the program itself is $WORK/postgres.
start_through() {
	cp "$BIN/postgres" "$WORK/postgres"
	{ echo '#!/bin/bash'; cat; } >"$WORK/start"
	chmod 755 "$WORK/start"
	mount --bind "$WORK/start" "$BIN/postgres"
	export PGCTLTIMEOUT=300
}

# A run in which nothing could have been found shows nothing.
require_sanitizers() {
	grep -q libasan "/proc/$(head -n 1 "$WORK/data/postmaster.pid")/maps" && [ "$(nm -D "$WORK/libraries/user360.so" | grep -c __asan_report_load)" -gt 0 ] ||
		{ echo "the server runs without sanitizers"; return 1; }
}

# Prints what was found and counts it into $failed: the address sanitizer's
# reports are files, the other's lines stand in the servers' logs.
print_reports() {
	local report reports
	reports=$(find "$WORK/reports" -type f | wc -l)
	for report in "$WORK/reports/"*; do
		[ ! -e "$report" ] || { echo "== $(basename "$report")"; head -n 60 "$report"; }
	done
	find "$WORK/server.log" "$WORK/data/log" "$WORK/tree/tmp_check" -type f -exec grep -ah -A 8 'runtime error:' {} + >"$WORK/undefined" 2>/dev/null || true
	head -n 200 "$WORK/undefined"
	reports=$((reports + $(grep -c 'runtime error:' "$WORK/undefined" || true)))
	echo "$reports reports of the sanitizers"
	failed=$((failed + reports))
}

stop_server() {
	as_server_user "$BIN/pg_ctl" -D "$WORK/data" -m fast -w stop >/dev/null
}
