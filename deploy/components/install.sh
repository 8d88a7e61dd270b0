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

# jvm says whether there are Java and Maven, after installing them where that is
# how things are done.
jvm() {
	command -v mvn >/dev/null && command -v java >/dev/null && return
	command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return
	apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless maven >/dev/null 2>&1
}

# maven NAME "GROUP:ARTIFACT…" VERSION: jars and what they need, from Maven Central.
maven() {
	mark=$dir/.$1-$3
	[ -d "$dir/$1" ] && [ -f "$mark" ] && return
	jvm || die "$1 needs java 17 and maven (Debian: openjdk-17-jre-headless maven)"
	echo "components: fetching $1 $3"
	tmp=$(mktemp -d)
	{
		echo '<project><modelVersion>4.0.0</modelVersion><groupId>t</groupId><artifactId>t</artifactId><version>1</version><dependencies>'
		for a in $2; do
			echo "<dependency><groupId>${a%:*}</groupId><artifactId>${a#*:}</artifactId><version>$3</version></dependency>"
		done
		echo '</dependencies></project>'
	} >"$tmp/pom.xml"
	(cd "$tmp" && mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=lib) || die "$1 $3 could not be fetched"
	rm -rf "${dir:?}/$1"
	mv "$tmp/lib" "$dir/$1"
	rm -r "$tmp"
	touch "$mark"
}

kafka() { maven kafka org.apache.kafka:kafka_2.13 4.1.1; }

elasticmq() { maven elasticmq org.elasticmq:elasticmq-server_3 1.7.1; }

# HAPI validates FHIR resources against the definitions of R4, which its jars hold.
fhir() {
	g=ca.uhn.hapi.fhir:hapi-fhir
	maven fhir "$g-structures-r4 $g-validation $g-validation-resources-r4 $g-caching-caffeine" 7.4.5
}

# npm_ NAME PACKAGE VERSION: a package and what it needs, from npm; nothing of it runs
# while it is installed.
npm_() {
	mark=$dir/.$1-$3
	[ -d "$dir/$1" ] && [ -f "$mark" ] && return
	command -v npm >/dev/null || die "$1 needs Node.js with npm"
	echo "components: fetching $2 $3"
	tmp=$(mktemp -d)
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tmp" "$2@$3" >/dev/null || die "$2 $3 could not be fetched"
	rm -rf "${dir:?}/$1"
	mv "$tmp" "$dir/$1"
	touch "$mark"
}

# A certified OpenID provider.
oidc() { npm_ oidc oidc-provider 8.8.1; }

# Rules of WCAG for pages, run inside the browser of a test.
axe() { npm_ axe axe-core 4.10.3; }

[ $# -gt 0 ] || set -- minio versitygw kafka elasticmq fhir oidc axe
for name; do
	"$name"
done
