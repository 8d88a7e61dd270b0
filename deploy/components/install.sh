#!/bin/sh
# Installs the servers that tests run against, each at a pinned version, unless it is there.
#
#   deploy/components/install.sh [NAME…]     all, or those named
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${SCRUBLINE_COMPONENTS:-$root/.components}
mkdir -p "$dir"

die() {
	echo "components: $*" >&2
	exit 1
}

# gobinary NAME PACKAGE VERSION: a program from the Go module proxy.
gobinary() {
	mark=$dir/.$1-$3
	[ -x "$dir/$1" ] && [ -f "$mark" ] && return
	echo "components: building $1 $3"
	tmp=$(mktemp -d)
	GOBIN=$tmp GOFLAGS= CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$2@$3" || die "$1 $3 could not be built"
	mv -f "$tmp"/* "$dir/$1"
	rmdir "$tmp"
	touch "$mark"
}

minio() { gobinary minio github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c; }

versitygw() { gobinary versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0; }

[ $# -gt 0 ] || set -- minio versitygw
for name; do
	"$name"
done
