#!/bin/sh
#
# Compares phone_info() with the libphonenumber of the distribution, over
# inputs made up on the spot.  The tables are generated from the metadata in
# the source package of that very version.
#
#     test/text/check_phone_oracle.sh [COUNT [SEED]]
#
# Needs apt and its network; what else it needs is installed where it is
# missing, if root runs it.  Works in SCRATCH, else in a directory of its own
# that goes away.

set -eu

count=${1:-20000000}
seed=${2:-$(date +%s)}
repository=$(cd "$(dirname "$0")/../.." && pwd)
sources=$repository/src/text
scratch=${SCRATCH:-$(mktemp -d)}
[ -n "${SCRATCH:-}" ] || trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
cd "$scratch"

# apt with source packages too, whatever the machine's own lists say
private_apt()
{
	apt-get -o Dir::Etc::sourcelist="$scratch/apt/sources.list" \
		-o Dir::Etc::sourceparts="$scratch/apt/sources.list.d" \
		-o Dir::State::lists="$scratch/apt/lists" \
		-o Dir::Cache="$scratch/apt/cache" -o APT::Sandbox::User= "$@"
}

copy_lists()
{
	rm -rf apt/sources.list.d
	mkdir -p apt/sources.list.d
	: > apt/sources.list
	[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list apt/sources.list
	for list in /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$list" ] || cp "$list" apt/sources.list.d/
	done
	for list in apt/sources.list apt/sources.list.d/*; do
		[ -f "$list" ] || continue
		sed -i -e 's/^Types:.*/Types: deb deb-src/' \
			-e '/^deb /{p;s/^deb /deb-src /}' "$list"
	done
}

install_missing()
{
	missing=
	for package in g++ libicu-dev libphonenumber-dev python3; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "not installed:$missing" >&2
		exit 1
	fi
	apt-get update -q > install.log 2>&1 || true
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $missing >> install.log 2>&1
}

# PhoneNumberMetadata.xml of source version $1
fetch_metadata()
{
	[ ! -f PhoneNumberMetadata.xml ] || return 0
	copy_lists
	# a list without source packages is none of our business
	private_apt -q update > update.log 2>&1 || true
	private_apt -q source --download-only "libphonenumber=$1" > source.log 2>&1
	tar -xf libphonenumber_*.orig.tar.* --wildcards --strip-components=2 \
		'*/resources/PhoneNumberMetadata.xml'
}

build()
{
	python3 "$sources/phone_metadata.py" "$1" PhoneNumberMetadata.xml > phone_metadata.c
	for file in "$sources"/phone*.c "$sources/unicode.c"; do
		[ "$(basename "$file")" != phone_metadata.c ] || file=phone_metadata.c
		${CC:-cc} -std=gnu99 -O2 -Wall -I"$sources" -c "$file"
	done
	older=$(dpkg --compare-versions "$1" lt 8.13 && echo 1 || echo 0)
	${CXX:-g++} -std=c++17 -O2 -Wall -DOLDER_THAN_8_13="$older" -I"$sources" \
		-c "$repository/test/text/phone_live.cc"
	${CXX:-g++} -o phone_live ./*.o -lphonenumber -licui18n -licuuc
}

install_missing
version=$(dpkg-query -W -f '${source:Version}' libphonenumber-dev)
upstream=$(echo "$version" | sed 's/+.*//; s/-.*//')
echo "libphonenumber $version"
fetch_metadata "$version"
build "$upstream"
nice ./phone_live "$count" "$seed"
