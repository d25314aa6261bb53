"""The store of Gardener's etcd-backup-restore: full snapshots, and the deltas between them, read as one.

Source: gardener/etcd-backup-restore ``pkg/snapstore`` and ``pkg/types/snapstore.go`` (the names: kind, first and last
revision, time, and suffixes for the compression and for the last one before a hand-over), ``pkg/snapshot/snapshotter``.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Damaged, NotASnapshot, SnapinspectError
from snapinspect.model import Problem, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source
    from snapinspect.sources.workspace import Workspace

_NAME = re.compile(r"(Full|Incr)-([0-9]{1,20})-([0-9]{1,20})-([0-9]{1,20})(?:\.[A-Za-z]{1,8}){0,2}")
_FULL, _DELTA = "Full", "Incr"
_LONGEST_DELTA = 1 << 29
_DIGEST_SIZE = 32


class Saved(NamedTuple):
    """One file of the store: the revisions that it brings, and when it was saved, in seconds since 1970."""

    path: Path
    kind: str
    start: int
    last: int
    taken: int

    @property
    def is_full(self) -> bool:
        return self.kind == _FULL


def saved_as(path: Path) -> Saved | None:
    """What the name of a file says; None when it is none of the store's."""
    told = _NAME.fullmatch(path.name)
    if told is None:
        return None
    kind, *numbers = told.groups()
    start, last, taken = map(int, numbers)
    return Saved(path, kind, start, last, taken)


def saved_in(directory: Path) -> list[Saved]:
    """The files of a store, oldest first. Raises OSError."""
    found = [saved for path in directory.iterdir() if (saved := saved_as(path)) and path.is_file()]
    return sorted(found, key=lambda saved: (saved.last, saved.taken, not saved.is_full))


def open_gardener(spec: str, progress: Progress) -> Source | None:
    """Opens a store, or the state that one of its deltas leads to; None for anything else.

    Raises NotASnapshot when no full snapshot precedes the deltas, and what opening the full one raises.
    """
    path = Path(spec)
    named = saved_as(path)
    directory = path if named is None else path.parent
    if (named and (named.is_full or not path.is_file())) or not directory.is_dir():
        return None
    try:
        saved = saved_in(directory)
    except OSError:
        return None
    if named:
        saved = [each for each in saved if (each.last, each.taken) <= (named.last, named.taken)]
    full = next((each for each in reversed(saved) if each.is_full), None)
    if not saved or (full is None and named is None and not any(each.kind == _DELTA for each in saved)):
        return None
    if full is None:
        raise NotASnapshot(
            f"{spec}: only changes are here, and no full snapshot before them",
            "Lay the Full-* file before them into the same directory: `snapinspect ls DIRECTORY` reads both as one.",
        )
    return _read_as_one(spec, full, [each for each in saved if not each.is_full], progress)


def _read_as_one(spec: str, full: Saved, deltas: list[Saved], progress: Progress) -> Source:
    # Imported here, as few stores are Gardener's, and a plain snapshot must open at once.
    from snapinspect.etcd.deltas import DeltaStore
    from snapinspect.sources import open_alone
    from snapinspect.sources.mapping import map_file
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        source = open_alone(str(full.path), progress)
        undo.callback(source.close)
        workspace = undo.enter_context(closing(Workspace()))
        changes = _Changes(max(source.store.revision, full.last), full.last, workspace)
        changes.read(sorted(deltas, key=lambda each: (each.start, each.taken)))
        data = map_file(changes.values) if changes.size else b""
        view = memoryview(data)
        written, earlier = changes.written(view), changes.earlier(view)
        store = DeltaStore(source.store, written, earlier, sorted(changes.received.items()), data, view)
        undo.pop_all()
    count = sum(each.last > full.last for each in deltas)
    return source._replace(
        path=spec,
        format=f"Gardener's store: {full.path.name} and {count} delta{'' if count == 1 else 's'} after it",
        size=sum(each.path.stat().st_size for each in (full, *deltas)),
        store=store,
        database=None,
        problems=(*source.problems, *changes.problems),
        workspaces=(*source.workspaces, workspace),
    )


class _Placed(NamedTuple):
    """A record whose value lies in the file of values."""

    record: Record
    start: int
    size: int


@dataclass
class _Changes:
    """Gathers the changes of deltas: those after revision ``reached``, and those up to ``full`` as history."""

    reached: int
    full: int
    workspace: Workspace
    problems: list[Problem] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    size: int = 0
    values: Path = Path()
    _after: list[_Placed] = field(default_factory=list)
    _before: list[_Placed] = field(default_factory=list)

    def read(self, deltas: Iterable[Saved]) -> None:
        self.values = self.workspace.spool("values", self._read_all(deltas), "reading delta snapshots")

    def written(self, view: memoryview) -> list[Record]:
        from snapinspect.etcd.deltas import numbered

        return list(numbered(_with_values(self._after, view)))

    def earlier(self, view: memoryview) -> list[Record]:
        from snapinspect.etcd.deltas import numbered

        return list(numbered(sorted(_with_values(self._before, view), key=lambda record: record.revision)))

    def _read_all(self, deltas: Iterable[Saved]) -> Iterator[bytes]:
        for delta in deltas:
            is_history = delta.last <= self.full
            if not is_history and delta.start > self.reached + 1:
                gap = f"revisions {self.reached + 1} to {delta.start - 1} are in none of the delta snapshots"
                self._add_problem(delta, f"{gap}: what was changed in them is as it was before, or as it became later")
            yield from self._read_one(delta, is_history=is_history)
            if not is_history:
                self.reached = max(self.reached, delta.last)

    def _read_one(self, delta: Saved, *, is_history: bool) -> Iterator[bytes]:
        """The values of one delta; what was read before, as after a restart, is passed over."""
        from snapinspect.etcd.deltas import read_events

        reached, placed = self.reached, self._before if is_history else self._after
        try:
            for record, received in read_events(self._text(delta)):
                if not is_history and record.mod_revision <= reached:
                    continue
                if received is not None:
                    self.received.setdefault(record.mod_revision, received)
                value = bytes(record.value)
                placed.append(_Placed(record._replace(value=b""), self.size, len(value)))
                self.size += len(value)
                yield value
                self.reached = max(self.reached, record.mod_revision)
        except (SnapinspectError, UnicodeDecodeError) as error:
            self._add_problem(delta, f"it was not read whole: {error}")

    def _text(self, delta: Saved) -> str:
        """The events as JSON, whose digest is checked. Raises Damaged, SourceError."""
        # Imported here, as a plain snapshot must open at once.
        import hashlib

        content = _unpacked(delta.path)
        text, digest = content[:-_DIGEST_SIZE], content[-_DIGEST_SIZE:]
        if hashlib.sha256(text).digest() != digest:
            self._add_problem(delta, "the SHA-256 at its end is not that of its content")
        return text.decode()

    def _add_problem(self, delta: Saved, reason: str) -> None:
        self.problems.append(Problem("damaged", delta.path.name, reason))


def _with_values(placed: Iterable[_Placed], view: memoryview) -> Iterator[Record]:
    return (record._replace(value=view[start : start + size] if size else b"") for record, start, size in placed)


def _unpacked(path: Path) -> bytes:
    """The content of a delta, compressed or not. Raises Damaged, SourceError."""
    from snapinspect.sources.compression import decompressed
    from snapinspect.sources.signatures import COMPRESSED, HEAD_SIZE, kind_of
    from snapinspect.sources.stream import Stream, opened_for_reading

    with opened_for_reading(path) as file:
        stream = Stream(file.read)
        kind = kind_of(stream.peek(HEAD_SIZE))
        content = (decompressed(kind, stream) if kind in COMPRESSED else stream).take(_LONGEST_DELTA + 1)
    if len(content) > _LONGEST_DELTA:
        raise Damaged("it unpacks to more than a delta snapshot can be")
    return content
