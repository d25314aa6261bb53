"""Several snapshots side by side: how many there are of each kind, which objects differ, and one object in each."""

from __future__ import annotations

from collections import Counter, defaultdict
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.browse.lists import Counterparts, Kinds, Listed, Row, Target, shown
from snapinspect.browse.through_time import ThroughTime
from snapinspect.browse.times import times_of
from snapinspect.write.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.browse.lists import Listing
    from snapinspect.model import Head
    from snapinspect.snapshot import Snapshot

_STEP = 256
"""Objects between which other work may come."""
_LONGEST_NAME = 24
_ALIGNED = 3_000
"""Lines up to which texts are aligned; the time for that grows with their square."""
_NARROWEST = 16
_GAP = " | "


class _Found(NamedTuple):
    """An object of one snapshot: under which key, written at which revision, and its value's hash."""

    target: Target
    content: int


_Same = tuple[str, str, str | None, str]


def names(views: Sequence[Snapshot]) -> list[str]:
    """Short names of the snapshots; equal ones are told apart by their number."""
    parts = [shown(Path(view.source.path).name)[:_LONGEST_NAME] for view in views]
    return [part if parts.count(part) == 1 else f"{number}:{part}" for number, part in enumerate(parts, 1)]


def kinds_beside(views: Sequence[Snapshot], pages: Callable[[], Iterator[None]]) -> Listing:
    """Of each kind how many there are in each, what differs first; above them the snapshots' times and states.

    ``pages`` are steps that end when every page of all was looked at.
    """
    counts: list[Counter[tuple[str, str]]] = []
    for view in views:
        of_view: Counter[tuple[str, str]] = Counter()
        for number, (_, head) in enumerate(view.heads(view.select(everything=True)), 1):
            if head.kind:
                of_view[head.group, head.kind] += 1
            if number % _STEP == 0:
                yield None
        counts.append(of_view)
    rows = [
        Row(
            (shown(kind), "" if len(set(numbers)) == 1 else "number", *map(str, numbers)),
            _kind_word(views, group, kind),
        )
        for group, kind in sorted(
            set().union(*counts), key=lambda each: (-sum(of_view[each] for of_view in counts), each)
        )
        if (numbers := [of_view[group, kind] for of_view in counts])
    ]
    rows.sort(key=lambda row: not row.cells[1])
    differing = sum(bool(row.cells[1]) for row in rows)
    title = f"{counted(len(views), 'snapshot')}; the number of {counted(differing, 'kind')} differs"
    columns = ("kind", "differs", *names(views))
    yield Listed(title, columns, [*_states(views, "…"), *rows], is_whole=False)
    yield from pages()
    yield Listed(title, columns, [*_states(views, "whole"), *rows])


def _states(views: Sequence[Snapshot], sound: str) -> Iterator[Row]:
    yield Row(("(until)", "", *(shown(str(times_of(view).when(view.revision) or "unknown")) for view in views)))
    yield Row(("(revision)", "", *(str(view.revision) for view in views)))
    yield Row(("(pages)", "", *(sound if view.is_certain else "DAMAGED" for view in views)))


def _kind_word(views: Sequence[Snapshot], group: str, kind: str) -> Kinds:
    return Kinds(views[0].kinds.for_object(group, kind).qualified)


def objects_beside(views: Sequence[Snapshot], word: str) -> Listing:
    """The objects that ``word`` means in any of them, at which revision each was written, what differs first."""
    found: defaultdict[_Same, dict[int, _Found]] = defaultdict(dict)
    for at, view in enumerate(views):
        for number, (record, head) in enumerate(view.entries(view.select([word], everything=True)), 1):
            same = head.group, head.kind, head.namespace, head.name
            found[same][at] = _Found(Target(record.key, head, record.mod_revision), hash(bytes(record.value)))
            if number % _STEP == 0:
                yield None
    order = {"not in all": 0, "content": 1, "": 2}
    rows = [_object_row(of_one, len(views)) for of_one in found.values()]
    rows.sort(key=lambda row: (order[row.cells[2]], row.cells))
    differing = sum(bool(row.cells[2]) for row in rows)
    title = f"{counted(len(rows), 'object')}: {word}; {differing} not the same in all"
    yield Listed(title, ("namespace", "name", "differs", *names(views)), rows)


def _object_row(found: dict[int, _Found], count: int) -> Row:
    targets = tuple(found[at].target if at in found else None for at in range(count))
    head = next(target.head for target in targets if target)
    revisions = [str(target.revision) if target else "-" for target in targets]
    contents = {each.content for each in found.values()}
    state = "not in all" if len(found) < count else "content" if len(contents) > 1 else ""
    return Row((shown(head.namespace or ""), shown(head.name), state, *revisions), Counterparts(targets))


def counterparts(views: Sequence[Snapshot], head: Head) -> Counterparts:
    """The same object in each of the snapshots, by its kind, namespace and name."""
    return Counterparts(tuple(_counterpart(view, head) for view in views))


def _counterpart(view: Snapshot, head: Head) -> Target | None:
    record = view.locate(head.group, head.kind, head.namespace, head.name)
    there = view.head_of(record) if record else None
    return Target(record.key, there, record.mod_revision) if record and there else None


def texts_beside(views: Sequence[Snapshot], found: Counterparts, veil: Veil | None, width: int) -> list[str]:
    """One object as it is in each, as stored where it is ready to apply in the same way, in columns that share ``width``; a line that is not the same in all begins with *."""
    texts = _texts(views, found, "clean", veil)
    if all(text == texts[0] for text in texts):
        # What differs then, if anything, is status and what servers write.
        texts = _texts(views, found, "raw", veil)
    room = max((width - 2) // len(texts) - len(_GAP), _NARROWEST)
    heads = _GAP.join(name[:room].ljust(room) for name in names(views))
    return [f"  {heads}".rstrip(), *(_line(cells, room) for cells in _aligned(texts))]


def _texts(views: Sequence[Snapshot], found: Counterparts, way: str, veil: Veil | None) -> list[list[str]]:
    return [
        ThroughTime(view, target).lines(way, veil) if target else ["(not there)"]
        for view, target in zip(views, found.targets, strict=True)
    ]


def _line(cells: Sequence[str | None], room: int) -> str:
    mark = "  " if len(set(cells)) == 1 else "* "
    shortened = (cell if len(cell) <= room else f"{cell[: room - 1]}…" for cell in (each or "" for each in cells))
    return (mark + _GAP.join(each.ljust(room) for each in shortened)).rstrip()


def _aligned(texts: Sequence[list[str]]) -> Iterator[tuple[str | None, ...]]:
    """Lines that are the same in neighbours stand beside each other."""
    if max(map(len, texts)) > _ALIGNED:
        yield from zip_longest(*texts)
        return
    rows: list[list[str | None]] = [[line] for line in texts[0]]
    for text in texts[1:]:
        rows = list(_joined(rows, text))
    yield from map(tuple, rows)


def _joined(rows: list[list[str | None]], text: list[str]) -> Iterator[list[str | None]]:
    """The rows with one column more, aligned with the last that they have."""
    width = len(rows[0]) if rows else 0
    before = [row[-1] or "" for row in rows]
    for _, start, end, begin, stop in SequenceMatcher(None, before, text, autojunk=False).get_opcodes():
        for row, line in zip_longest(rows[start:end], text[begin:stop]):
            yield [*(row if row is not None else [None] * width), line]
