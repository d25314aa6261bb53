#!/usr/bin/env bash
# Builds dist/snapinspect_VERSION_ARCHITECTURE.deb out of what build.sh packed: the program, its man pages and its completion.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=build/binary/dist/snapinspect
root=build/deb/root
architecture="$(dpkg --print-architecture)"
version="$("$program/snapinspect" --version | cut -d ' ' -f 2)"
glibc="$({ find "$program" -type f -exec objdump -T {} + 2>/dev/null || true; } | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -n 1)"

rm -rf build/deb
install -d "$root"/{DEBIAN,usr/bin,usr/lib,usr/share/doc/snapinspect,usr/share/man/man1,usr/share/bash-completion/completions} \
    "$root"/usr/share/{zsh/vendor-completions,fish/vendor_completions.d}
cp -a "$program" "$root/usr/lib/snapinspect"
ln -s ../lib/snapinspect/snapinspect "$root/usr/bin/snapinspect"
ln -s ../lib/snapinspect/kubectl-snapinspect "$root/usr/bin/kubectl-snapinspect"
printf '#!/bin/sh\nexec snapinspect __complete "$@"\n' >"$root/usr/bin/kubectl_complete-snapinspect"
chmod 755 "$root/usr/bin/kubectl_complete-snapinspect"
"$program/snapinspect" --show-completion bash >"$root/usr/share/bash-completion/completions/snapinspect"
"$program/snapinspect" --show-completion zsh >"$root/usr/share/zsh/vendor-completions/_snapinspect"
"$program/snapinspect" --show-completion fish >"$root/usr/share/fish/vendor_completions.d/snapinspect.fish"
cp build/binary/man/*.1 "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*.1
cp LICENSE "$root/usr/share/doc/snapinspect/copyright"
gzip -9nc CHANGELOG.md >"$root/usr/share/doc/snapinspect/changelog.gz"
cat >"$root/DEBIAN/control" <<CONTROL
Package: snapinspect
Version: $version
Architecture: $architecture
Maintainer: The snapinspect maintainers <maintainers@snapinspect.invalid>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: libc6 (>= ${glibc#GLIBC_})
Suggests: etcd-server, kubernetes-client
Section: admin
Priority: optional
Description: get Kubernetes objects back out of an etcd snapshot
 Reads an etcd snapshot, a data directory or a damaged database file, and writes the
 objects in it as clean YAML that is ready to apply.
CONTROL
mkdir -p dist
dpkg-deb --root-owner-group --build "$root" dist/ >/dev/null
echo "dist/snapinspect_${version}_$architecture.deb"
