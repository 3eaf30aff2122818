#!/usr/bin/env bash
# Runs the suites over a build with the address and undefined-behaviour
# sanitizers.  Whatever these report is printed and fails the run.
#   make sanitize [ONLY=regress|isolation|tap]
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh
. test/checkers.sh

install_packages gcc binutils libasan8
enter_namespace "$0" "$@"
prepare_work
build_with_sanitizers
start_server
require_sanitizers

# A backend's memory grows by what the sanitizer keeps back: no figure of it
# says anything here.
rm -f "$WORK/tree/test/tap/memory.pl"

# Its server is a copy of the binaries, and the sanitizers' is started by a mount
# over the one that is copied.
rm -f "$WORK/tree/test/tap/update.pl"
for suite in ${1:-regress isolation tap}; do
	run_suite "$suite"
done
stop_server
print_reports
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
