"""Get Kubernetes objects back out of an etcd snapshot.

``snapinspect.open(path)`` gives a ``Snapshot``, whose methods are what the commands tell::

    import snapinspect

    with snapinspect.open("etcd-backup.db") as snapshot:
        for found in snapshot.recover(snapshot.select(["deploy/web"], namespaces=["shop"])):
            print(found.cleaned.body)
        for step in snapshot.history("deploy/web", namespace="shop"):
            print(step.record.mod_revision, step.operation, step.managers)

``deleted``, ``diff``, ``history`` and ``log`` are also functions that take the snapshot first. What is in ``__all__`` is
promised; all else may change.
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
    WorkerDied,
)

if TYPE_CHECKING:
    from snapinspect.analysis.deleted import deleted
    from snapinspect.analysis.diff.objects import diff
    from snapinspect.analysis.history import history
    from snapinspect.analysis.log import log
    from snapinspect.api import Snapshot, open  # noqa: A004 - `snapinspect.open(path)` reads as what it does
    from snapinspect.snapshot import Entry, Recovered
    from snapinspect.tables import sql

__version__ = "0.2.0"

_ON_DEMAND = {
    "Entry": ("snapinspect.snapshot", "Entry"),
    "Recovered": ("snapinspect.snapshot", "Recovered"),
    "Snapshot": ("snapinspect.api", "Snapshot"),
    "deleted": ("snapinspect.analysis.deleted", "deleted"),
    "diff": ("snapinspect.analysis.diff.objects", "diff"),
    "history": ("snapinspect.analysis.history", "history"),
    "log": ("snapinspect.analysis.log", "log"),
    "open": ("snapinspect.api", "open"),
    "sql": ("snapinspect.tables", "sql"),
}
"""Module and name of what is imported when it is asked for: the program's first lines import this, and must be quick."""

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
    "WorkerDied",
    "__version__",
    "deleted",
    "diff",
    "history",
    "log",
    "open",
    "sql",
]


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        module, attribute = _ON_DEMAND[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
