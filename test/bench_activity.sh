#!/usr/bin/env bash
# What a timeline of 51 profiles costs to read, over a short and a long history
# in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

build_and_install
prepare_work
start_server -c shared_buffers=512MB -c autovacuum=off
psql -X -q -v ON_ERROR_STOP=1 -v history="${HISTORY:-1000000}" -f test/bench/activity.sql
