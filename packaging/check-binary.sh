#!/usr/bin/env bash
# Starts what `make binary` and `make deb` built in a bare Debian without Python, as a node is: an object comes back.
#   packaging/check-binary.sh     as root, where debootstrap is installed
set -euo pipefail
cd "$(dirname "$0")/.."
binary="dist/snapinspect-linux-$(uname -m)"
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
mirror="$(apt-get indextargets --format '$(SITE)' "Release: $release" | head -n 1)"
debootstrap --variant=minbase "$release" "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
rm -f "$root.log"
install -D "$binary" "$root/opt/snapinspect"
cp fixtures/k8s-1.36/small.db "$root/opt/backup.db"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"; }
if inside sh -c 'command -v python3'; then
    echo "the root has a Python, so this would prove nothing" >&2
    exit 1
fi
inside /opt/snapinspect --version
inside /opt/snapinspect get /opt/backup.db deploy/api -n infra-production | grep -q '^kind: Deployment'
# Where nothing can be kept it is unpacked for the one run.
inside env HOME=/proc /opt/snapinspect ls /opt/backup.db -n infra-production >"$root/once"
inside /opt/snapinspect ls /opt/backup.db -n infra-production | cmp - "$root/once"
test -z "$(find "$root/tmp" -mindepth 1)"
size="$(stat -c %s "$binary")"
test "$size" -le 45000000 || { echo "$binary has $size bytes, more than 45 MB" >&2; exit 1; }
echo "the binary gives an object back in a root without Python"

for package in dist/snapinspect_*_"$(dpkg --print-architecture)".deb; do
    cp "$package" "$root/opt/snapinspect.deb"
    inside dpkg --install /opt/snapinspect.deb >/dev/null
    inside snapinspect get /opt/backup.db deploy/api -n infra-production | grep -q '^kind: Deployment'
    inside kubectl_complete-snapinspect ls /opt/backup.db depl | grep -q '^deployments'
    inside test -s /usr/share/doc/snapinspect/copyright
    inside dpkg --purge snapinspect >/dev/null
    inside sh -c '! command -v snapinspect'
    echo "the package installs, works and goes"
done
