#!/bin/sh
# snapinspect in one file: these lines, and the program packed behind them. It is unpacked once, into the user's cache, and
# started from there; where nothing can be kept, it is unpacked for the one run. SNAPINSPECT_UNPACK_TO=DIR names another place.
set -eu
umask 077
id=@ID@
lines=@LINES@

unpack() {
    tail -n "+$((lines + 1))" "$0" | gzip -dc | tar -xf - -C "$1" && [ -x "$1/snapinspect/snapinspect" ] || {
        echo "error: snapinspect cannot be unpacked into $1, or not be started there" >&2
        echo "hint: name a directory that has 100 MB free and may hold programs: TMPDIR=/var/tmp $0" >&2
        exit 1
    }
}

kept=${SNAPINSPECT_UNPACK_TO:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/snapinspect-program}/$id
case $0 in
*kubectl-snapinspect) name=kubectl-snapinspect ;;
*) name=snapinspect ;;
esac
program=$kept/snapinspect/$name
if [ ! -e "$program" ] && mkdir -p "$kept" 2>/dev/null && partial=$(mktemp -d "$kept/.partial-XXXXXX" 2>/dev/null); then
    trap 'rm -rf "$partial"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # A place that is full or may not hold programs is no reason to give up.
    if (unpack "$partial") 2>/dev/null; then
        # Whoever was quicker unpacked the same.
        mv "$partial/snapinspect" "$kept/" 2>/dev/null || true
    fi
    rm -rf "$partial"
    trap - EXIT INT TERM HUP
fi
if [ -x "$program" ] && [ -O "$program" ]; then
    exec "$program" "$@"
fi
once=$(mktemp -d)
trap 'rm -rf "$once"' EXIT
trap : INT TERM HUP
unpack "$once"
code=0
"$once/snapinspect/$name" "$@" || code=$?
exit "$code"
