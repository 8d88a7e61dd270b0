#!/bin/sh
# Installs Debian's headless Chromium for the page's test, unless a browser is there.
set -eu
for b in chromium chromium-browser google-chrome google-chrome-stable; do
	command -v "$b" >/dev/null 2>&1 && exit 0
done
[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1
	exit 0
fi
echo "No Chromium or Chrome: the page's test needs one; install it (Debian: apt-get install chromium)." >&2
exit 1
