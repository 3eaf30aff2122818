# Sourced by the scripts of this folder: a throw-away server, run by a user
# that is not root, on a unix socket, and gone when the script ends.

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The major version to build for: PG_CONFIG's, else what is installed, else
# what the Debian release has.
pg_version() {
	local config=${PG_CONFIG:-pg_config} found
	if command -v "$config" >/dev/null; then
		"$config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
		return
	fi
	found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sed 's#.*/\([0-9]*\)/bin#\1#' | sort -n | tail -n 1)
	if [ -n "$found" ]; then
		echo "$found"
		return
	fi
	[ -n "$(apt-cache search --names-only '^postgresql-[0-9]+$' 2>/dev/null)" ] || as_root apt-get update -q >/dev/null
	apt-cache search --names-only '^postgresql-[0-9]+$' | sed 's/^postgresql-\([0-9]*\).*/\1/' | sort -n | tail -n 1
}

# Packages that one task needs, which setup.sh does not install.
install_packages() {	# Debian's names
	local package missing=()
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing ${missing[*]}"
	as_root apt-get update -q >/dev/null
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# Servers refuse to run as root: then it is Debian's postgres user.
server_user() {
	if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi
}

as_server_user() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Builds and installs; quiet unless it fails.
build_and_install() {
	local log
	log=$(mktemp)
	if ! { make -s && as_root make -s install; } >"$log" 2>&1; then
		cat "$log"
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# Makes $WORK, a folder of the server's user that goes away with the script,
# and points libpq to the server that start_server will run there.
prepare_work() {
	WORK=$(mktemp -d /tmp/user360.XXXXXX)
	chmod 755 "$WORK"
	as_root chown "$(server_user)" "$WORK"
	BIN=$(${PG_CONFIG:-pg_config} --bindir)
	export WORK BIN PGHOST=$WORK PGPORT=54360 PGUSER=postgres PGDATABASE=postgres
	unset PGSERVICE PGPASSWORD PGOPTIONS
	trap clean_up EXIT
	trap 'exit 130' INT TERM
}

clean_up() {
	[ ! -e "$WORK/data/postmaster.pid" ] || as_server_user "$BIN/pg_ctl" -D "$WORK/data" -m immediate stop >/dev/null 2>&1 || true
	give_back_huge_pages
	as_root rm -rf "$WORK"
}

start_server() {
	as_server_user "$BIN/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$WORK/data" >/dev/null
	as_server_user "$BIN/pg_ctl" -D "$WORK/data" -w -s -l "$WORK/server.log" \
		-o "-k $WORK -h '' -p $PGPORT -F -c max_prepared_transactions=10 $*" start
}

# Big tables in small pages would measure page tables: as root, as many huge
# pages as a server with these megabytes of shared_buffers takes.  It goes
# without where there are not so many; clean_up gives them back.
use_huge_pages() {	# megabytes; after initdb
	local wanted
	: "${HUGE_PAGES_BEFORE:=$(cat /proc/sys/vm/nr_hugepages 2>/dev/null || echo 0)}"
	wanted=$(as_server_user "$BIN/postgres" -D "$WORK/data" -c shared_buffers="$1MB" -C shared_memory_size_in_huge_pages)
	as_root sysctl -q -w vm.compact_memory=1 vm.nr_hugepages=$((HUGE_PAGES_BEFORE + wanted + 32)) 2>/dev/null || true
}

give_back_huge_pages() {
	[ -z "${HUGE_PAGES_BEFORE:-}" ] || as_root sysctl -q -w vm.nr_hugepages="$HUGE_PAGES_BEFORE" 2>/dev/null || true
}

# Megabytes of shared_buffers for a measurement: two fifths of the machine's.
measured_buffers() {
	awk '/^MemTotal/ {print int($2 / 1024 * 0.4)}' /proc/meminfo
}
