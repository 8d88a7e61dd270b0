#!/bin/sh
# Fetches the engine's library into .engine/<version>/ of the repository.
#
#   deploy/engine/fetch.sh            install it unless it is there and right
#
# With SCRUBLINE_ENGINE set nothing is fetched: the file it names must exist.
# SCRUBLINE_ENGINE_DIR (default: .engine in the repository) says where to.
# Two sums are checked: npm's sha512 of the package and sha256 of the library.
set -eu

version=26.7.3-stable.1

# platform | npm package | sha512 of the package | sha256 of the library
#
# Only packages that were downloaded and looked at have sums. A platform
# without sums is refused: a library that nobody checked would run with the
# rights of the user.
table='
Linux-x86_64  @chdb/lib-linux-x64-gnu   XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw== 36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5
Linux-aarch64 @chdb/lib-linux-arm64-gnu - -
Darwin-arm64  @chdb/lib-darwin-arm64    - -
Darwin-x86_64 @chdb/lib-darwin-x64      - -
'

die() {
	echo "engine: $*" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null 2>&1 || die "$1 is missing; install $2, or set SCRUBLINE_ENGINE to a libchdb.so that is already there."
}

sha256() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum "$1"
	else
		shasum -a 256 "$1"
	fi | cut -d ' ' -f 1
}

if [ -n "${SCRUBLINE_ENGINE:-}" ]; then
	[ -f "$SCRUBLINE_ENGINE" ] || die "SCRUBLINE_ENGINE names $SCRUBLINE_ENGINE, which is not a file."
	echo "engine: using $SCRUBLINE_ENGINE"
	exit 0
fi

platform=$(uname -s)-$(uname -m)
row=$(echo "$table" | grep "^$platform ") ||
	die "there is no package for $platform; use a ClickHouse server (store.clickhouse.addr), or set SCRUBLINE_ENGINE."
# shellcheck disable=SC2086 # the row's words are the arguments
set -- $row
package=$2 want_package=$3 want_library=$4
[ "$want_package" != - ] ||
	die "no checksum of $package $version is known here, so it is not fetched; get it yourself and set SCRUBLINE_ENGINE to its libchdb.so."

command -v sha256sum >/dev/null 2>&1 || need shasum "perl (shasum) or coreutils (sha256sum)"

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${SCRUBLINE_ENGINE_DIR:-$root/.engine}/$version
library=$dir/libchdb.so
if [ -f "$library" ] && [ "$(sha256 "$library")" = "$want_library" ]; then
	echo "engine: $library is there"
	exit 0
fi

need npm "Node.js"
need tar tar
need openssl openssl

# Below the target, so that the last step is a rename within one file system.
mkdir -p "$dir"
tmp=$(mktemp -d "$dir/.fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

echo "engine: fetching $package $version (178 MB)"
npm pack --silent --ignore-scripts --pack-destination "$tmp" "$package@$version" >/dev/null ||
	die "npm could not fetch $package $version."
set -- "$tmp"/*.tgz
[ -f "$1" ] || die "npm fetched nothing for $package $version."

got=$(openssl dgst -sha512 -binary "$1" | openssl base64 -A)
[ "$got" = "$want_package" ] || die "the package's sha512 is $got, not the pinned one; nothing was installed."

tar -xzf "$1" -C "$tmp" package/libchdb.so || die "the package holds no libchdb.so."
got=$(sha256 "$tmp/package/libchdb.so")
[ "$got" = "$want_library" ] || die "the library's sha256 is $got, not the pinned one; nothing was installed."

chmod 0755 "$tmp/package/libchdb.so"
mv -f "$tmp/package/libchdb.so" "$library"
echo "engine: installed $library"
