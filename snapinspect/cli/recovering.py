"""What the options of a recovery say about its bounds: what comes along, and for which cluster it is."""

from __future__ import annotations

from snapinspect import clean
from snapinspect.cli.console import Console
from snapinspect.cli.options import Recovery
from snapinspect.errors import UsageError
from snapinspect.select import Selection
from snapinspect.snapshot import Snapshot

_NAMED = 30


def target_release(recovery: Recovery) -> int | None:
    """The release of the cluster to write for; None for the newest. Raises UsageError for one that nobody knows."""
    if not recovery.target_version:
        return None
    if recovery.raw:
        raise UsageError(
            "--raw and --target-version contradict each other", "--raw writes the version that an object is stored in."
        )
    return clean.parse_release(recovery.target_version)


def brought(recovery: Recovery) -> frozenset[str]:
    """Ids of the omissions that do not hold: of what is gone, all that was deleted was being deleted."""
    owned = clean.OWNED if recovery.owned else frozenset()
    return owned | clean.ENDING if recovery.deleted else owned


def followed(view: Snapshot, selection: Selection, recovery: Recovery, console: Console) -> frozenset[bytes]:
    """The etcd keys of what ``--with-deps`` brings along; what the snapshot lacks of it is named."""
    if not recovery.with_deps:
        return frozenset()
    if recovery.deleted:
        raise UsageError(
            "--with-deps follows references among live objects, and --deleted gives those that are gone",
            "Go back to when they were there: --at REVISION --with-deps; `snapinspect deleted` tells the revision.",
        )
    from snapinspect.analysis.deps import dependencies

    found = dependencies(view, selection, clean.OWNED if recovery.owned else frozenset())
    for missing in found.missing[:_NAMED]:
        console.warn(str(missing))
    if len(found.missing) > _NAMED:
        console.warn(f"and {len(found.missing) - _NAMED} more; `snapinspect deps SNAPSHOT KIND/NAME` tells all of one")
    return frozenset(found.keys)
