"""What is marked, written into one file that is ready to apply."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from snapinspect.analysis.deleted import Deleted
from snapinspect.sources.landing import landing, write_all
from snapinspect.write import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from snapinspect.browse.lists import Target
    from snapinspect.model import Body
    from snapinspect.snapshot import Snapshot


def export(view: Snapshot, targets: Sequence[Target], place: Path) -> int:
    """Writes the objects, clean, and says how many could be. Raises OutputError, also where the file is there already."""
    bodies = list(_bodies(view, targets))
    with landing(place) as descriptor:
        write_all(descriptor, "---\n".join(map(yaml.dump, bodies)).encode())
    return len(bodies)


def _bodies(view: Snapshot, targets: Sequence[Target]) -> Iterator[Body]:
    """In the order in which a cluster takes what is of one moment."""
    moments: defaultdict[tuple[int | None, bool], set[bytes]] = defaultdict(set)
    for target in targets:
        moments[None if target.deleted else target.revision, target.deleted].add(target.key)
    for (revision, is_deleted), keys in moments.items():
        then = view.seen_as(Deleted) if is_deleted else view if revision is None else view.at(revision)
        named = [key.decode("utf-8", "surrogateescape") for key in keys]
        for each in then.recover(then.select(keys=named, everything=True)):
            if each.object.record.key in keys:
                yield each.cleaned.body
