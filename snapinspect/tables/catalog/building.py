"""Builds a catalog: finds what is new, reads it in processes of their own, and takes it over, some snapshots at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.jobs.spawned import Died, side_by_side
from snapinspect.sources.mapping import heed_writers
from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.finding import wanted
from snapinspect.tables.catalog.merging import staged_in, take_over
from snapinspect.tables.catalog.staging import ABOUT, Reader, Wanted

if TYPE_CHECKING:
    from snapinspect.model import Progress
    from snapinspect.tables.catalog.place import Place
    from snapinspect.tables.catalog.staging import Opener

Spread = Callable[[Reader, Sequence[str]], Iterator[tuple[str, "Died | None"]]]
"""Has each task read somewhere, and tells each that is done."""
_ROWS_AT_ONCE = 12 << 10
"""Bytes that a row of ``objects`` takes while it is taken over, as measured, doubled."""


class Built(NamedTuple):
    """How many snapshots are new, of these damaged, were known already; and the names of those whose reader died."""

    read: int
    damaged: int
    known: int
    died: tuple[str, ...]


def build(place: Place, specs: Iterable[str], opener: Opener, progress: Progress, memory: int, spread: Spread) -> Built:
    """Brings a catalog up to date with the snapshots at ``specs``. ``memory`` is in bytes. Raises NotFound, SourceError."""
    home = place.home
    home.bring("snapshots", "*")
    ids = _ids(home.root)
    left = [each for each in staged_in(home.staging) if each.about["id"] not in ids]
    specs = list(specs)
    new = wanted(specs, ids)
    names = {each.id: each.name for each in new}
    reader = Reader(opener, home.staging, place.key)
    tasks = [json.dumps(each) for each in new if each.id not in {every.about["id"] for every in left}]
    died = []
    with progress(f"reading {len(tasks)} snapshots", sum(each.size for each in new)) as advance:
        waiting = sum(each.about.get("objects") or 0 for each in left)
        for task, outcome in spread(reader, tasks):
            each = Wanted(*json.loads(task))
            if outcome is not None:
                died.append(names[each.id])
            else:
                waiting += _rows(home.staging / each.id)
            if waiting * _ROWS_AT_ONCE > memory:
                take_over(home, staged_in(home.staging))
                waiting = 0
            advance(each.size)
    take_over(home, staged_in(home.staging))
    home.bring("snapshots", "*")
    states = _states(home.root, set(names) | {each.about["id"] for each in left})
    return Built(len(states), states.count("damaged"), len(ids), tuple(died))


def in_processes(workers: int | None) -> Spread:
    """Spreads the reading over so many processes of this machine, or as there are cores."""

    def spread(read: Reader, tasks: Sequence[str]) -> Iterator[tuple[str, Died | None]]:
        return side_by_side(read, tasks, workers, begin=heed_writers)

    return spread


def _rows(directory: Path) -> int:
    return int(json.loads((directory / ABOUT).read_text(encoding="utf-8")).get("objects") or 0)


def _ids(root: Path) -> set[str]:
    return {
        each
        for path in layout.files_of(root, "snapshots")
        for each in layout.read(path, ["id"]).column("id").to_pylist()
    }


def _states(root: Path, ids: set[str]) -> list[str]:
    rows = (
        row for path in layout.files_of(root, "snapshots") for row in layout.read(path, ["id", "state"]).to_pylist()
    )
    return [row["state"] for row in rows if row["id"] in ids]
