"""What can be listed of a view of a snapshot, as rows of plain text; each row knows what it stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.deleted import Deleted
from snapinspect.analysis.history import Held
from snapinspect.analysis.log import Asked, Folded, Log, folded
from snapinspect.browse.times import times_of
from snapinspect.snapshot.timeline import rfc3339
from snapinspect.write.counted import counted
from snapinspect.write.sizes import human_size
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.model import Head, Record
    from snapinspect.snapshot import Snapshot

_LONGEST = 200
_SCREEN = 100
"""Rows that fill a screen, and are shown at once."""
_GROWTH = 4
_NOT_YET = "…"
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
"""What ``human_size`` writes."""
_LONG_NUMBER = 20
_STEP = 256
"""Rows between which other work may come."""


class Target(NamedTuple):
    """An object under its etcd key; ``revision`` is that of the state which is meant, None the last."""

    key: bytes
    head: Head
    revision: int | None = None
    deleted: bool = False


class Kinds(NamedTuple):
    """All of a kind in each of several snapshots."""

    word: str


class Counterparts(NamedTuple):
    """An object in each of several snapshots, None where there is none."""

    targets: tuple[Target | None, ...]


class Row(NamedTuple):
    """Cells of plain text, and what they tell of: an object, the word of a kind, either side by side, or nothing that opens."""

    cells: tuple[str, ...]
    target: Target | str | Kinds | Counterparts | None = None

    @property
    def identity(self) -> object:
        """What stays the same when more is known of what the row tells of."""
        return self if self.target is None else self.target


class Listed(NamedTuple):
    """A list under its title; ``is_whole`` is not set while more is to come."""

    title: str
    columns: tuple[str, ...]
    rows: list[Row]
    is_whole: bool = True


Listing = Iterator[Listed | None]
"""A list as far as it is known, again and again, the last time whole; None where it is read on and nothing is new."""


def growing(rows: Iterable[Row | None], listed: Callable[[list[Row]], Listed]) -> Listing:
    """A list of the rows, first when a screen is full and then each time it is some times as long; None is passed on."""
    found: list[Row] = []
    wanted = _SCREEN
    for number, row in enumerate(rows):
        if row is not None:
            found.append(row)
        if len(found) == wanted:
            yield listed(list(found))._replace(is_whole=False)
            wanted *= _GROWTH
        elif number % _STEP == 0:
            yield None
    yield listed(found)


def kinds(view: Snapshot) -> Listing:
    """Every kind that is there, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    wanted = _SCREEN
    for number, (_, head) in enumerate(view.heads(view.select(everything=True)), 1):
        if head.kind:
            counts[head.group, head.kind] += 1
        if number == wanted:
            yield _by_kind(view, counts)._replace(is_whole=False)
            wanted *= _GROWTH
        elif number % _STEP == 0:
            yield None
    yield _by_kind(view, counts)


def _by_kind(view: Snapshot, counts: Counter[tuple[str, str]]) -> Listed:
    rows = []
    for (group, kind), count in counts.most_common():
        resource = view.kinds.for_object(group, kind).qualified
        rows.append(Row((shown(kind), str(count), shown(resource)), resource))
    title = f"{counted(counts.total(), 'object')} of {counted(len(rows), 'kind')}"
    return Listed(title, ("kind", "objects", "resource"), rows)


def objects(view: Snapshot, word: str) -> Listing:
    """The objects that ``word`` means: a kind as people call it, or ``all`` for everything. Raises NotFound."""
    selection = view.select([] if word == "all" else [word], everything=True)
    rows = (
        Row((shown(head.namespace or ""), shown(head.name), shown(head.kind), _time(head.created)), Target(key, head))
        for key, head in view.heads(selection)
    )
    columns = ("namespace", "name", "kind", "age")
    yield from growing(rows, lambda found: Listed(f"{counted(len(found), 'object')}: {word}", columns, found))


def deleted(view: Snapshot) -> Listing:
    """What was deleted and is still held, the latest first; times are told when all of it is known."""
    past = view.seen_as(Deleted)
    so_far = (
        _deleted_row(view, life.last, head, _NOT_YET) if life and (head := view.head_of(life.last)) else None
        for life in past.find_lives()
    )
    for listed in growing(so_far, _deletions):
        if listed is None or not listed.is_whole:
            yield listed
    timeline = times_of(view)
    gone = past.gone(past.select(everything=True))
    yield _deletions(
        [_deleted_row(view, each.life.last, each.head, str(timeline.when(each.end) or "")) for each in reversed(gone)]
    )


def _deleted_row(view: Snapshot, last: Record, head: Head, when: str) -> Row:
    cells = (when, shown(head.namespace or ""), shown(head.kind), shown(head.name), str(last.mod_revision))
    return Row(cells, Target(last.key, head, last.mod_revision, deleted=view.live(last.key) is None))


def _deletions(rows: list[Row]) -> Listed:
    """In the order in which they came about, turned round."""
    columns = ("deleted", "namespace", "kind", "name", "last-revision")
    return Listed(counted(len(rows), "deletion"), columns, rows[::-1])


def log(view: Snapshot) -> Listing:
    """Everything that happened, the latest first; what is counted only stands in the title."""
    held = view.seen_as(Held)
    noise: Counter[str] = Counter()

    def listed(rows: list[Row]) -> Listed:
        told = ", ".join(f"{word} {count}" for word, count in noise.most_common())
        title = f"{len(rows)} things happened" + (f"; counted only: {told}" if told else "")
        return Listed(title, ("time", "what", "object", "changed", "by", "revision"), rows[::-1])

    entries = Log(held, held.select(everything=True), Asked(), timeline=times_of(view))
    yield from growing(map(_log_row, folded(entries, noise)), listed)


def _log_row(run: Folded) -> Row:
    entry, names = run
    more = f" and {len(names)} more" if names else ""
    head, record = entry.head, entry.record
    target = Target(record.key, head, record.mod_revision) if record and not record.tombstone else None
    cells = (
        str(entry.moment or ""),
        entry.verb,
        _label(head) + more,
        entry.summary,
        ", ".join(entry.actors),
        str(record.mod_revision if record else ""),
    )
    return Row(tuple(map(shown, cells)), target)


def problems(view: Snapshot) -> Listing:
    """What could not be read so far."""
    rows = [Row((each.code, shown(each.subject), shown(each.reason))) for each in dict.fromkeys(view.problems)]
    yield Listed(f"{counted(len(rows), 'problem')}", ("what", "where", "why"), rows)


def search(view: Snapshot, words: str) -> Listing:
    """The objects in whose stored value the words stand as they are; what is encrypted holds none."""
    needle = words.encode()
    rows = (
        _found_row(view, record) if needle in bytes(record.value) else None
        for record in view.records(lambda _key: True)
    )
    columns = ("namespace", "name", "kind", "size")
    yield from growing(
        rows, lambda found: Listed(f"{counted(len(found), 'object')} with {words!r} inside", columns, found)
    )


def _found_row(view: Snapshot, record: Record) -> Row | None:
    head = view.head_of(record)
    if head is None:
        return None
    cells = (head.namespace or "", head.name, head.kind, human_size(len(record.value)))
    return Row(tuple(map(shown, cells)), Target(record.key, head))


def sorted_by(rows: Iterable[Row], column: int, *, reverse: bool = False) -> list[Row]:
    """By the cells of a column, numbers and sizes by how large they are."""
    return sorted(rows, key=lambda row: _weight(row.cells[column]), reverse=reverse)


def _weight(cell: str) -> tuple[int, float, str]:
    number, _, unit = cell.partition(" ")
    is_number = number.replace(".", "", 1).isdecimal() and len(number) < _LONG_NUMBER and (not unit or unit in _UNITS)
    return (0, float(number) * _UNITS.get(unit, 1), "") if is_number else (1, 0, cell)


def _label(head: Head) -> str:
    return f"{head.kind.lower()}/{head.name}" + (f" -n {head.namespace}" if head.namespace else "")


def _time(seconds: int | None) -> str:
    return "" if seconds is None else rfc3339(seconds)


def shown(text: str) -> str:
    """As a cell: nothing in it drives the terminal, and none is endless."""
    return printable(text[:_LONGEST])
