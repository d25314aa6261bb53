"""What can be listed of a view of a snapshot, as rows of plain text; each row knows what it stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.deleted import Deleted
from snapinspect.analysis.history import Held
from snapinspect.analysis.log import Asked, Log, folded
from snapinspect.snapshot.timeline import read_timeline, rfc3339
from snapinspect.write.counted import counted
from snapinspect.write.sizes import human_size
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.model import Head, Record
    from snapinspect.snapshot import Snapshot

_LONGEST = 200


class Target(NamedTuple):
    """An object under its etcd key; ``revision`` is that of the state which is meant, None the last."""

    key: bytes
    head: Head
    revision: int | None = None
    deleted: bool = False


class Row(NamedTuple):
    """Cells of plain text, and what they tell of: an object, the word of a kind, or nothing that opens."""

    cells: tuple[str, ...]
    target: Target | str | None = None


class Listed(NamedTuple):
    """A list under its title."""

    title: str
    columns: tuple[str, ...]
    rows: list[Row]


def kinds(view: Snapshot) -> Listed:
    """Every kind that is there, the most frequent first."""
    counts = Counter((head.group, head.kind) for _, head in view.heads(view.select(everything=True)) if head.kind)
    rows = []
    for (group, kind), count in counts.most_common():
        resource = view.kinds.for_object(group, kind).qualified
        rows.append(Row((_shown(kind), str(count), _shown(resource)), resource))
    return Listed(
        f"{counted(counts.total(), 'object')} of {counted(len(rows), 'kind')}", ("kind", "objects", "resource"), rows
    )


def objects(view: Snapshot, word: str) -> Listed:
    """The objects that ``word`` means: a kind as people call it, or ``all`` for everything. Raises NotFound."""
    selection = view.select([] if word == "all" else [word], everything=True)
    rows = [
        Row((head.namespace or "", _shown(head.name), _shown(head.kind), _time(head.created)), Target(key, head))
        for key, head in view.heads(selection)
    ]
    return Listed(f"{counted(len(rows), 'object')}: {word}", ("namespace", "name", "kind", "age"), rows)


def deleted(view: Snapshot) -> Listed:
    """What was deleted and is still held, the latest first."""
    past = view.seen_as(Deleted)
    timeline = read_timeline(view)
    rows = []
    for gone in past.gone(past.select(everything=True)):
        head, last = gone.head, gone.life.last
        target = Target(last.key, head, last.mod_revision, deleted=view.live(last.key) is None)
        moment = timeline.when(gone.end)
        rows.append(
            Row(
                (str(moment or ""), head.namespace or "", _shown(head.kind), _shown(head.name), str(last.mod_revision)),
                target,
            )
        )
    return Listed(f"{counted(len(rows), 'deletion')}", ("deleted", "namespace", "kind", "name", "last-revision"), rows)


def log(view: Snapshot) -> Listed:
    """Everything that happened, the latest first; what is counted only stands in the title."""
    held = view.seen_as(Held)
    noise: Counter[str] = Counter()
    rows = []
    for entry, names in folded(Log(held, held.select(everything=True), Asked()), noise):
        more = f" and {len(names)} more" if names else ""
        head, record = entry.head, entry.record
        target = Target(record.key, head, record.mod_revision) if record and not record.tombstone else None
        cells = (
            str(record.mod_revision if record else ""),
            str(entry.moment or ""),
            ", ".join(entry.actors),
            entry.verb,
            _label(head) + more,
            entry.summary,
        )
        rows.append(Row(tuple(map(_shown, cells)), target))
    told = ", ".join(f"{word} {count}" for word, count in noise.most_common())
    title = f"{len(rows)} things happened" + (f"; counted only: {told}" if told else "")
    return Listed(title, ("revision", "time", "by", "what", "object", "changed"), rows[::-1])


def problems(view: Snapshot) -> Listed:
    """What could not be read so far."""
    rows = [Row((each.code, _shown(each.subject), _shown(each.reason))) for each in dict.fromkeys(view.problems)]
    return Listed(f"{counted(len(rows), 'problem')}", ("what", "where", "why"), rows)


def search(view: Snapshot, words: str) -> Listed:
    """The objects in whose stored value the words stand as they are; what is encrypted holds none."""
    needle = words.encode()
    found = (record for record in view.records(lambda _key: True) if needle in bytes(record.value))
    rows = [_found_row(view, record) for record in found]
    return Listed(
        f"{counted(len(rows), 'object')} with {words!r} inside",
        ("namespace", "name", "kind", "size"),
        [row for row in rows if row],
    )


def _found_row(view: Snapshot, record: Record) -> Row | None:
    head = view.head_of(record)
    if head is None:
        return None
    cells = (head.namespace or "", head.name, head.kind, human_size(len(record.value)))
    return Row(tuple(map(_shown, cells)), Target(record.key, head))


def overview(view: Snapshot) -> Listed:
    """What the snapshot is, in few lines."""
    store = view.store
    times = read_timeline(view)
    first = next(store.oldest(1), None)
    facts: Iterator[tuple[str, object]] = iter(
        [
            ("snapshot", view.source.path),
            ("format", view.source.format),
            ("revision", f"{view.revision}, compacted up to {store.compact_revision}"),
            ("records", store.count_records()),
            ("from", times.when(first.revision.main) if first else "unknown"),
            ("to", times.when(view.revision) or "unknown"),
            ("cluster", view.cluster_uid or "unknown"),
            ("problems", len(view.problems)),
            *(("note", note) for note in view.notes),
        ]
    )
    return Listed("what it is", ("what", "value"), [Row((name, _shown(str(value)))) for name, value in facts])


def sorted_by(rows: Iterable[Row], column: int) -> list[Row]:
    """By the cells of a column, numbers as numbers."""
    return sorted(
        rows,
        key=lambda row: (
            (0, int(cell), "") if (cell := row.cells[column]).isdecimal() and len(cell) < 20 else (1, 0, cell)
        ),
    )


def _label(head: Head) -> str:
    return f"{head.kind.lower()}/{head.name}" + (f" -n {head.namespace}" if head.namespace else "")


def _time(seconds: int | None) -> str:
    return "" if seconds is None else rfc3339(seconds)


def _shown(text: str) -> str:
    """Nothing in it drives the terminal, and none is endless."""
    return printable(text[:_LONGEST])
