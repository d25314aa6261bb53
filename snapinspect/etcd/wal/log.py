"""Raft's log: the entries of all segments, as far as they follow one another.

Sources: go.etcd.io/etcd ``server/storage/wal/wal.go`` (``ReadAll``: a later entry replaces those from its index on),
``raft/v3/raftpb/raft.proto``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from snapinspect.errors import Damaged
from snapinspect.etcd.mapping import let_go
from snapinspect.etcd.wal.frames import Broken, Frame, Sort, fields, frames
from snapinspect.model import Data, Problem, Progress
from snapinspect.protobuf import VARINT, whole

_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})\.wal")
_STATE_COMMIT, _METADATA_NODE, _SNAPSHOT_INDEX = 3, 1, 1
_ENTRY_TYPE, _ENTRY_TERM, _ENTRY_INDEX, _ENTRY_DATA = 1, 2, 3, 4
NORMAL, CONF_CHANGE, CONF_CHANGE_V2 = 0, 1, 2
"""Types of entries."""


_USUAL = re.compile(rb"\x08([\x00-\x7f])\x10%b\x18%b(?:\x22%b)?" % (VARINT, VARINT, VARINT))
"""How etcd writes what stands before an entry's data."""


class Segment:
    """One file of the log: its ``name``, the ``number`` that counts segments, and the ``first`` entry's index."""

    def __init__(self, name: str, data: Data) -> None:
        match = _NAME.fullmatch(name)
        if match is None:
            raise Damaged(f"{name} is no segment of a write-ahead log")
        self.name = name
        self.data = data
        self.view = memoryview(data)
        self.number, self.first = (int(part, 16) for part in match.groups())

    def close(self) -> None:
        let_go(self.data, self.view)


@dataclass(eq=False, slots=True)
class Entry:
    """An entry of raft's log; its data lies between the offsets ``start`` and ``end`` of ``segment``."""

    index: int
    term: int
    type: int
    segment: Segment
    start: int
    end: int


@dataclass(slots=True)
class Log:
    """``entries`` in the order of their indexes; ``commit`` is the highest index that is written down as committed.

    ``node`` is the member whose log it is. ``snapshot`` is the index of the newest snapshot of raft's that it mentions.
    ``damage`` names records that are broken and segments that are missing; ``torn`` what was never written whole.
    """

    entries: list[Entry] = field(default_factory=list)
    commit: int = 0
    node: int = 0
    snapshot: int = 0
    damage: list[Problem] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The index of the last entry that the log holds, or that its newest snapshot stands for."""
        return max(self.entries[-1].index if self.entries else 0, self.snapshot)

    def at(self, index: int) -> Entry | None:
        """The entry of ``index``."""
        found = bisect_left(self.entries, index, key=_index)
        return self.entries[found] if found < len(self.entries) and self.entries[found].index == index else None

    def add(self, entry: Entry) -> None:
        """The newer of two entries with one index is the one that counts, and nothing that followed the older one."""
        while self.entries and self.entries[-1].index >= entry.index:
            self.entries.pop()
        self.entries.append(entry)


def _index(entry: Entry) -> int:
    return entry.index


def is_segment(name: str) -> bool:
    """Whether a file of this name is a segment; etcd leaves others beside them, such as ``0.tmp``."""
    return _NAME.fullmatch(name) is not None


def segments_from(segments: list[Segment], index: int) -> list[Segment]:
    """Those of ``segments``, which are in their order, that may hold the entry of ``index`` or later ones."""
    last = max((at for at, segment in enumerate(segments) if segment.first <= index), default=0)
    return segments[last:]


def read_log(segments: Iterable[Segment], progress: Progress) -> Log:
    """The log in ``segments``, in the order of their numbers."""
    log = Log()
    before: Segment | None = None
    listed = list(segments)
    with progress("reading the write-ahead log", sum(len(segment.data) for segment in listed)) as advance:
        for segment in listed:
            if before is not None and segment.number != before.number + 1:
                log.damage.append(
                    Problem("lost", segment.name, "segments of the write-ahead log before it are missing")
                )
            _read_segment(log, segment, is_last=segment is listed[-1])
            advance(len(segment.data))
            before = segment
    return log


def _read_segment(log: Log, segment: Segment, *, is_last: bool) -> None:
    for frame in frames(segment.data):
        if isinstance(frame, Broken):
            if frame.torn and is_last:
                log.torn.append(f"{segment.name}, offset {frame.at}: {frame.reason}")
                return
            log.damage.append(Problem("damaged", f"{segment.name}, offset {frame.at}", frame.reason))
            continue
        try:
            _take(log, segment, frame)
        except Damaged as error:
            log.damage.append(Problem("damaged", f"{segment.name}, offset {frame.start}", str(error)))


def _take(log: Log, segment: Segment, frame: Frame) -> None:
    match frame.sort:
        case Sort.entry:
            log.add(_entry(segment, frame))
        case Sort.state:
            log.commit = _number(segment, frame, _STATE_COMMIT)
        case Sort.metadata:
            log.node = _number(segment, frame, _METADATA_NODE)
        case Sort.snapshot:
            log.snapshot = max(log.snapshot, _number(segment, frame, _SNAPSHOT_INDEX))
        case Sort.checksum:
            return
        case _:
            raise Damaged(f"a record of the write-ahead log is of an unknown type, {frame.sort}")


def _entry(segment: Segment, frame: Frame) -> Entry:
    usual = _USUAL.match(segment.data, frame.start, frame.end)
    if usual is not None:
        kind, term, index, size = usual.groups()
        if usual.end() + (whole(size) if size else 0) == frame.end:
            return Entry(whole(index), whole(term), kind[0], segment, usual.end(), frame.end)
    return _read_entry(segment, frame)


def _read_entry(segment: Segment, frame: Frame) -> Entry:
    kind = term = index = start = end = 0
    for number, value, behind in fields(segment.data, frame.start, frame.end):
        if number == _ENTRY_TYPE:
            kind = value
        elif number == _ENTRY_TERM:
            term = value
        elif number == _ENTRY_INDEX:
            index = value
        elif number == _ENTRY_DATA:
            start, end = value, behind
    return Entry(index, term, kind, segment, start, end)


def _number(segment: Segment, frame: Frame, wanted: int) -> int:
    found = 0
    for number, value, _ in fields(segment.data, frame.start, frame.end):
        if number == wanted:
            found = value
    return found
