#!/usr/bin/env bash
# Builds the image on a Debian made here, and runs it: what a cluster would pull gives an object back.
#   packaging/check-image.sh     as root, where buildah and debootstrap are installed; no engine has to run
set -euo pipefail
cd "$(dirname "$0")/.."
scratch="$(mktemp -d)"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
tool() { buildah --root "$scratch/storage" --runroot "$scratch/run" "$@"; }
trap 'tool rm --all >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT

release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
mirror="$(apt-get indextargets --format '$(SITE)' "Release: $release" | head -n 1)"
debootstrap --variant=minbase --include=python3,python3-venv "$release" "$scratch/base" "$mirror" >"$scratch/log" 2>&1 \
    || { tail "$scratch/log" >&2; exit 1; }
# Gathered outside, where pip knows its index; inside there may be no network.
python="$(chroot "$scratch/base" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
SNAPINSPECT_COMPILE=no "${PYTHON:-python3}" -m pip wheel --quiet --wheel-dir "$scratch/own" --no-deps .
"${PYTHON:-python3}" -m pip download --quiet --dest "$scratch/wheels" --python-version "$python" --only-binary :all: \
    "$(echo "$scratch"/own/*.whl)[all,etcd]"

printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$scratch/policy.json"
base="$(tool from scratch)"
tool add --quiet "$base" "$scratch/base" / >/dev/null
tool commit --quiet --signature-policy "$scratch/policy.json" "$base" localhost/base >/dev/null
tool build --quiet --signature-policy "$scratch/policy.json" --pull=never --volume "$scratch/wheels:/wheels:ro" \
    --build-arg BASE=localhost/base --build-arg PACKAGE="snapinspect[all,etcd]" \
    --build-arg PIP_OPTIONS="--no-index --find-links /wheels" \
    --file packaging/image/Containerfile --tag snapinspect . >/dev/null

image="$(tool from --pull=never --signature-policy "$scratch/policy.json" snapinspect)"
inside() { tool run --volume "$PWD/fixtures:/backup:ro" "$image" -- "$@"; }
test "$(inside id -u)" = 65532
inside snapinspect get /backup/k8s-1.36/small.db deploy/api -n infra-production | grep -q '^kind: Deployment'
inside snapinspect get /backup/k8s-1.36/small.db deploy/api -n infra-production --engine etcd | grep -q '^kind: Deployment'
test "$(tool inspect --format '{{index .OCIv1.Config.Entrypoint 0}}' "$image")" = snapinspect
echo "the image builds, runs as an ordinary user, and gives an object back, with etcd's help, too"
