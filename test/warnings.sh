#!/usr/bin/env bash
# Compiles everything with gcc and clang, and no warning is let through.  The
# server's headers are a system's, since they warn themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

config=${PG_CONFIG:-pg_config}
flags=(-fsyntax-only -O2 -std=gnu99 -Wall -Wextra -Werror -Wno-unused-parameter
	-Wdeclaration-after-statement -Werror=vla -Wmissing-prototypes -Wpointer-arith
	-fno-strict-aliasing -fwrapv -D_GNU_SOURCE -DUSER360_VERSION='"0"'
	-Isrc -isystem "$($config --includedir-server)" $(pkg-config --cflags icu-uc icu-i18n))
# Debian's server headers bring the clang that compiles the bitcode, under a name of its own.
clang=$(command -v clang || sed -n 's/^CLANG *= *//p' "$(dirname "$($config --pgxs)")/../Makefile.global")
passed=0 failed=0
for compiler in gcc "${clang:-clang}"; do
	command -v "$compiler" >/dev/null || { echo "skipped: $compiler is not there"; continue; }
	extra=()
	[ "$compiler" = gcc ] || extra=(-Wno-ignored-attributes)
	for source in src/*.c src/*/*.c; do
		if "$compiler" "${flags[@]}" "${extra[@]}" "$source"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
