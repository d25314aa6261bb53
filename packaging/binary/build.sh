#!/usr/bin/env bash
# Builds the one file: dist/snapinspect-linux-MACHINE, for the C library of this machine and newer ones.
#   PYTHON=python3.13 packaging/binary/build.sh
# The interpreter must have been built with --enable-shared, as distributions' and uv's are.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=packaging/binary
work=build/binary
target="dist/snapinspect-linux-$(uname -m)"
python="$work/venv/bin/python"

"${PYTHON:-python3}" -m venv --clear "$work/venv"
"$python" -m pip install --quiet --upgrade pip
"$python" -m pip install --quiet --group binary
SNAPINSPECT_COMPILE=yes "$python" -m pip install --quiet ".[all]"
# Not by `python -m`, which would pack the source of this directory instead of what is installed.
"$work/venv/bin/pyinstaller" --noconfirm --log-level ERROR --workpath "$work/work" --distpath "$work/dist" "$here/snapinspect.spec"
rm -rf "$work/man"
mkdir "$work/man"
"$python" packaging/man/write.py "$work/man"
# Hints name the program as it was called.
ln -sf snapinspect "$work/dist/snapinspect/kubectl-snapinspect"

mkdir -p dist
tar -C "$work/dist" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - snapinspect | gzip -9n >"$work/program.tar.gz"
id="$(sha256sum "$work/program.tar.gz" | head -c 16)"
sed -e "s/@ID@/$id/" -e "s/@LINES@/$(wc -l <"$here/launcher.sh")/" "$here/launcher.sh" >"$work/launcher.sh"
cat "$work/launcher.sh" "$work/program.tar.gz" >"$target.partial"
chmod 755 "$target.partial"
mv "$target.partial" "$target"
newest="$({ find "$work/dist" -type f -exec objdump -T {} + 2>/dev/null || true; } | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -n 1)"
echo "$target: $(($(stat -c %s "$target") / 1000000)) MB, for ${newest/_/ } and newer"
