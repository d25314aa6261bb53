"""What the options of a recovery say about its bounds: what comes along, and for which cluster it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.cli.console import Console
from snapinspect.cli.options import Recovery
from snapinspect.errors import NotFound, UsageError
from snapinspect.select import Selection
from snapinspect.snapshot import Snapshot

if TYPE_CHECKING:
    from snapinspect.clean import Engine

_NAMED = 30


def target_release(recovery: Recovery) -> int | None:
    """The release of the cluster to write for; None for the newest. Raises UsageError for one that nobody knows."""
    if not recovery.target_version:
        return None
    if recovery.raw:
        raise UsageError(
            "--raw and --target-version contradict each other", "--raw writes the version that an object is stored in."
        )
    from snapinspect.clean.served import parse_release

    return parse_release(recovery.target_version)


def brought(recovery: Recovery) -> frozenset[str]:
    """Ids of the omissions that do not hold: of what is gone, all that was deleted was being deleted."""
    if not (recovery.owned or recovery.deleted):
        return frozenset()
    # Imported here, as raw objects, and completion, need no rules.
    from snapinspect import clean

    owned = clean.OWNED if recovery.owned else frozenset()
    return owned | clean.ENDING if recovery.deleted else owned


def engine(view: Snapshot, recovery: Recovery) -> Engine | None:
    """The cleaning that the options ask for; None for the usual one. Raises UsageError, SourceError, NotFound."""
    if not (recovery.minimal or recovery.rules or recovery.keep_status):
        return None
    if recovery.raw:
        raise UsageError(
            "--raw takes nothing away, and --minimal, --rules and --keep-status say what to take away",
            "Leave out --raw, or the other.",
        )
    from snapinspect import clean
    from snapinspect.clean.minimal import minimize
    from snapinspect.clean.own import keep_status, load_rules

    def kinds_of(word: str) -> list[str]:
        return [f"{kind.kind}.{kind.group}".rstrip(".") for kind in view.kinds.resolve(word)]

    table = load_rules(recovery.rules, clean.TABLE, kinds_of) if recovery.rules else clean.TABLE
    kept: list[str] = []
    for word in recovery.keep_status or ():
        kinds = [kind for part in word.split(",") for kind in kinds_of(part)]
        if not kinds:
            # Imported here, as most name kinds that there are.
            from snapinspect.cli.nearest import listing

            raise NotFound(
                f"no kind is called {word!r}",
                f"`{listing().with_option('-o', 'wide')}` shows the kinds that are there.",
            )
        kept += kinds
    return clean.Engine((*keep_status(kept), *table), minimize if recovery.minimal else None)


def _when_there(view: Snapshot, selection: Selection) -> str:
    """How to go back to the last state of what is gone; the whole line where that is one object."""
    # Imported here, as most that is recovered is there.
    from snapinspect.analysis.deleted import Deleted
    from snapinspect.cli.line import typed

    gone = view.gone(selection) if isinstance(view, Deleted) else []
    if len({each.life.last.key for each in gone}) != 1:
        return "Go back to when they were there: --at REVISION --with-deps; `snapinspect deleted` tells the revision."
    then = typed().without("--deleted").with_option("--at", str(gone[0].life.last.mod_revision))
    return f"`{then}` goes back to when it was there."


def followed(view: Snapshot, selection: Selection, recovery: Recovery, console: Console) -> frozenset[bytes]:
    """The etcd keys of what ``--with-deps`` brings along; what the snapshot lacks of it is named."""
    if not recovery.with_deps:
        return frozenset()
    if recovery.deleted:
        raise UsageError(
            "--with-deps follows references among live objects, and --deleted gives those that are gone",
            _when_there(view, selection),
        )
    from snapinspect import clean
    from snapinspect.analysis.deps import dependencies

    found = dependencies(view, selection, clean.OWNED if recovery.owned else frozenset())
    for missing in found.missing[:_NAMED]:
        console.warn(str(missing))
    if len(found.missing) > _NAMED:
        console.warn(f"and {len(found.missing) - _NAMED} more; `snapinspect deps SNAPSHOT KIND/NAME` tells all of one")
    return frozenset(found.keys)
