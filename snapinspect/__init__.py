"""Get Kubernetes objects back out of an etcd snapshot.

``snapinspect.open(path)`` gives the ``Snapshot`` on which the commands stand, too::

    import snapinspect

    with snapinspect.open("etcd-backup.db") as snapshot:
        for found in snapshot.recover(snapshot.select(["deploy/web"], namespaces=["shop"])):
            print(found.cleaned.body)

``deleted``, ``diff`` and ``history`` answer what the commands of these names do. What is in ``__all__`` is promised;
all else may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from snapinspect.errors import (
    Ambiguous,
    Damaged,
    DigestMismatch,
    Locked,
    NotASnapshot,
    NotFound,
    NotHeld,
    OutputError,
    SnapinspectError,
    SourceError,
    Undecodable,
    UnknownKind,
    UsageError,
)
from snapinspect.snapshot import Entry, Recovered, Snapshot, open_snapshot

if TYPE_CHECKING:
    from snapinspect.analysis.deleted import deleted
    from snapinspect.analysis.diff.objects import diff
    from snapinspect.analysis.history import history

__version__ = "0.1.0"

open = open_snapshot  # noqa: A001 - `snapinspect.open(path)` reads as what it does

_ON_DEMAND = {
    "deleted": "snapinspect.analysis.deleted",
    "diff": "snapinspect.analysis.diff.objects",
    "history": "snapinspect.analysis.history",
}
"""Where what is only imported when asked for lies, as every start of the program imports this."""

__all__ = [
    "Ambiguous",
    "Damaged",
    "DigestMismatch",
    "Entry",
    "Locked",
    "NotASnapshot",
    "NotFound",
    "NotHeld",
    "OutputError",
    "Recovered",
    "SnapinspectError",
    "Snapshot",
    "SourceError",
    "Undecodable",
    "UnknownKind",
    "UsageError",
    "__version__",
    "deleted",
    "diff",
    "history",
    "open",
]


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        return getattr(import_module(_ON_DEMAND[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
