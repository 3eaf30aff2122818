#!/usr/bin/env bash
# The main job on a day of tickets, on a throw-away server.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

build_and_install
prepare_work
start_server
psql -X -q -v ON_ERROR_STOP=1 -f test/demo.sql 2>&1 |
	sed -e 's/^psql:test\/demo\.sql:[0-9]*: //' -e '/^LOCATION:/d'
