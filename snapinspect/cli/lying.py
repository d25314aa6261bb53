"""What lies on this machine that could be meant: snapshots, data directories, kubeconfigs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

_ALIKE = 0.6
_LOOKED_AT = 200
"""Files of a directory that are looked at for a snapshot."""
_DATA_DIRECTORIES = (
    *("/var/lib/etcd", "/var/lib/rancher/k3s/server/db", "/var/lib/rancher/rke2/server/db/etcd"),
    *("/var/lib/k0s/etcd", "/var/lib/minikube/etcd", "/var/snap/etcd/common"),
)
"""Where kubeadm, k3s, RKE2, k0s, minikube and Ubuntu's snap keep etcd's data."""
_KUBECONFIGS = (
    *("/etc/kubernetes/admin.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml"),
    *("/var/lib/k0s/pki/admin.conf", "/var/lib/minikube/kubeconfig"),
)
"""What the same write on a server for who administers it."""


def lying_here() -> Iterator[str]:
    """Files of the working directory that look like snapshots, the newest first."""
    return snapshots_in(Path())


def snapshots_in(directory: Path) -> Iterator[str]:
    """Files of a directory that look like snapshots, the newest first."""
    try:
        files = [path for _, path in zip(range(_LOOKED_AT), directory.iterdir(), strict=False) if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except (OSError, ValueError):
        return
    yield from (str(path) for path in files if is_snapshot(path))


def another(path: str) -> str | None:
    """A snapshot that could be read in place of ``path``: in it, beside it, in the working directory, or etcd's own data."""
    named = Path(path)
    around = [named, named.parent, Path()]
    found = (each for directory in around for each in snapshots_in(directory) if not _is_same(each, path))
    return next(found, None) or next((each for each in _DATA_DIRECTORIES if each != path and _holds_data(each)), None)


def how_to_look(path: str = "/") -> str:
    """A command that lists what may be a snapshot, in the directory ``path`` where it is one."""
    where = shlex.quote(path) if os.path.isdir(path) else "/"  # noqa: PTH112
    return f"find {where} -xdev -name '*.db*' -size +1M 2>/dev/null"


def kubeconfig() -> str | None:
    """A kubeconfig that a distribution left on this machine."""
    return next(filter(is_file, _KUBECONFIGS), None)


def is_snapshot(path: str | Path) -> bool:
    """Whether a file begins like a database of etcd."""
    from snapinspect.sources.file import head_of
    from snapinspect.sources.signatures import Kind, kind_of

    try:
        return Path(path).is_file() and kind_of(head_of(Path(path))) is Kind.bolt
    except (OSError, ValueError):
        return False


def beside(path: str) -> list[str]:
    """The names of what lies where ``path`` would."""
    try:
        return [each.name for _, each in zip(range(_LOOKED_AT), Path(path).parent.iterdir(), strict=False)]
    except (OSError, ValueError):
        return []


def near(path: str) -> str | None:
    """What lies there by nearly the same name."""
    found = get_close_matches(Path(path).name, [] if is_file(path) else beside(path), 1, _ALIKE)
    return str(Path(path).with_name(found[0])) if found else None


def is_file(word: str) -> bool:
    """Whether anything is there."""
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def _holds_data(directory: str) -> bool:
    from snapinspect.sources.directory import database_in

    try:
        return database_in(Path(directory)) is not None
    except OSError:
        # It is there, for root.
        return True


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
