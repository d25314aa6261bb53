"""Packs the plugin's archives, and fills the krew manifest in: ``fill.py VERSION HOMEPAGE DIST``."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
MACHINES = ("x86_64", "aarch64")
COMPLETE = b'#!/bin/sh\nexec kubectl-snapinspect __complete "$@"\n'


def main(version: str, homepage: str, dist: Path) -> None:
    manifest = (HERE / "snapinspect.yaml").read_text(encoding="utf-8")
    manifest = manifest.replace("@VERSION@", version).replace("@HOMEPAGE@", homepage)
    for machine in MACHINES:
        archive = pack(dist / f"snapinspect-linux-{machine}")
        manifest = manifest.replace(f"@SHA256_{machine.upper()}@", hashlib.sha256(archive.read_bytes()).hexdigest())
    (dist / "krew-snapinspect.yaml").write_text(manifest, encoding="utf-8")


def pack(binary: Path) -> Path:
    """``binary`` as kubectl calls it, its completion and the licence, in ``binary.tar.gz``: of the same files, the same bytes."""
    archive = binary.with_name(f"{binary.name}.tar.gz")
    licence = HERE.parents[1] / "LICENSE"
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as out,
    ):
        for name, content, mode in (
            ("kubectl-snapinspect", binary.read_bytes(), 0o755),
            ("kubectl_complete-snapinspect", COMPLETE, 0o755),
            ("LICENSE", licence.read_bytes(), 0o644),
        ):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            out.addfile(member, io.BytesIO(content))
    return archive


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
