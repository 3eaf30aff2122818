#!/usr/bin/env bash
# Installs on Debian what building and testing need and is not there yet: for
# the server version that the machine has, else for the release's own.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

version=$(pg_version)
wanted=(postgresql-"$version" postgresql-server-dev-"$version" libicu-dev pkg-config libipc-run-perl gcc make)
# A consumer of events for test/tap/outbox.pl, where the release has it.
[ -z "$(apt-cache search --names-only "^postgresql-$version-wal2json\$")" ] || wanted+=(postgresql-"$version"-wal2json)
missing=()
for package in "${wanted[@]}"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing ${missing[*]}"
log=$(mktemp)
# The package would start a server of its own; tests start and end theirs.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
	trap 'as_root rm -f "$policy"; rm -f "$log"' EXIT
fi
as_root apt-get update -q >"$log" 2>&1 || { cat "$log"; exit 1; }
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
	{ tail -n 20 "$log"; exit 1; }
