#!/usr/bin/env bash
# Runs the example in test/api through PostGraphile, which it installs with npm
# into test/api/node_modules; Node.js is Debian's where none is there.  Needs
# the network the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

install_nodejs() {
	local log
	! { command -v node && command -v npm; } >/dev/null || return 0
	echo "installing nodejs npm"
	log=$(mktemp)
	if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends nodejs npm; } >"$log" 2>&1; then
		tail -n 20 "$log"
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# Does the folder hold what package.json names?
is_installed() {
	(cd test/api && npm ls --depth=0 >/dev/null 2>&1)
}

install_nodejs
is_installed || (cd test/api && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error)
build_and_install
prepare_work
as_server_user mkdir "$WORK/tree"
cp -a README.md CHANGELOG.md LICENSE META.json Makefile user360.control user360--*.sql src sql expected test "$WORK/tree/"
as_root chown -R "$(server_user)" "$WORK/tree"
cd "$WORK/tree"
as_server_user env PG_TEST_TIMEOUT_DEFAULT=300 \
	make -s installcheck REGRESS= ISOLATION= PROVE_TESTS=test/tap/postgraphile.pl PROVE_FLAGS=-v
