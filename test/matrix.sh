#!/usr/bin/env bash
# Runs `make check` with every supported server that Debian has: with the
# machine's own version here, with the others in Debian trees, which the first
# run makes and keeps in MATRIX_CACHE (1.7 GB each; a tree that is deleted is
# made anew).
#   make matrix [ONLY=17] [MATRIX_CACHE=/var/tmp/user360-matrix]
# Needs root.  It runs in namespaces of its own, so that no process and no
# mount outlives it.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/common.sh

versions=('15 bookworm' '17 trixie' '18 forky')
cache=${MATRIX_CACHE:-/var/tmp/user360-matrix}
if [ -z "${USER360_MATRIX_NAMESPACE:-}" ]; then
	exec $([ "$(id -u)" = 0 ] || echo sudo) env USER360_MATRIX_NAMESPACE=1 MATRIX_CACHE="$cache" \
		unshare --mount --pid --fork --kill-child --mount-proc test/matrix.sh "$@"
fi
trap 'exit 130' INT TERM

# Where apt has Debian's archive from.
archive() {
	apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1
}

# A bare Debian, in which apt reaches the archive as it does here.
make_tree() {	# suite, tree
	local script=/usr/share/debootstrap/scripts/$1
	[ -n "$(archive)" ] || apt-get update -q
	[ -n "$(archive)" ] || { echo "apt's sources have no archive of Debian"; return 1; }
	command -v debootstrap >/dev/null || apt-get install -y -q --no-install-recommends debootstrap
	# A release that is younger than this debootstrap is made as the rolling one is.
	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
	rm -rf "$2.new"
	debootstrap --variant=minbase --include=ca-certificates,make "$1" "$2.new" "$(archive)" "$script"
	apt-config dump Acquire | grep -E '^Acquire::(https?|Check-|Retries|Force)' >"$2.new/etc/apt/apt.conf.d/90matrix" || true
	mv "$2.new" "$2"
}

# The tree as it stands, without what a build for another version left in it.
copy_source() {	# folder
	rm -rf "$1"
	mkdir -p "$1/user360"
	tar --exclude-vcs --exclude-vcs-ignores -cf - . | tar -C "$1/user360" -xf -
	if [ -d ../shared/data ]; then
		mkdir "$1/shared"
		cp -r ../shared/data "$1/shared/data"
	fi
}

check_here() {	# version
	copy_source "$cache/$1.build"
	make -C "$cache/$1.build/user360" check
}

check_in_tree() {	# version, suite
	local tree=$cache/$1 found
	local inside=(chroot "$tree" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
	[ -d "$tree" ] || make_tree "$2" "$tree"
	mount -t proc proc "$tree/proc"
	mount --bind /dev "$tree/dev"
	mount -t tmpfs tmpfs "$tree/dev/shm"
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	# what a run that was killed has left
	rm -rf "$tree"/tmp/*
	copy_source "$tree/build"
	"${inside[@]}" make -C /build/user360 setup
	found=$("${inside[@]}" bash -c '. /build/user360/test/common.sh && pg_version')
	[ "$found" = "$1" ] || { echo "Debian $2 has PostgreSQL $found"; return 1; }
	"${inside[@]}" make -C /build/user360 check
	"${inside[@]}" make -s -C /build/user360 uninstall
}

here=$(pg_version)
mkdir -p "$cache"
passed=0 failed=0
for entry in "${versions[@]}"; do
	read -r version suite <<<"$entry"
	[[ -z "${1:-}" || "$1" = "$version" ]] || continue
	log=$cache/$version.log
	# set -e holds in a subshell that no condition is waiting for
	set +e
	if [ "$version" = "$here" ]; then
		(set -e; check_here "$version") >"$log" 2>&1
	else
		(set -e; check_in_tree "$version" "$suite") >"$log" 2>&1
	fi
	status=$?
	set -e
	rm -rf "$cache/$version.build" "$cache/$version/build"
	# the check's own closing line, or the check did not come to it
	counts=$(grep -v '^make' "$log" | tail -n 1 | grep -E '^[0-9]+ passed, [0-9]+ failed$' || true)
	if [ "$status" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		tail -n 100 "$log"
	fi
	[ "$version" != "$here" ] || suite=here
	printf '%-28s %s\n' "PostgreSQL $version ($suite)" "${counts:-failed before the end}"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
