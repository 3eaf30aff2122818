#!/usr/bin/env bash
# The stress test at length: five minutes, or STRESS_SECONDS.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

build_and_install
prepare_work
as_server_user mkdir "$WORK/tree"
cp -a Makefile user360.control user360--*.sql src sql expected test "$WORK/tree/"
as_root chown -R "$(server_user)" "$WORK/tree"
cd "$WORK/tree"
as_server_user env PG_TEST_TIMEOUT_DEFAULT=600 STRESS_SECONDS="${STRESS_SECONDS:-300}" STRESS_SEED="${STRESS_SEED:-}" \
	make -s installcheck REGRESS= ISOLATION= PROVE_TESTS=test/tap/stress.pl PROVE_FLAGS=-v
