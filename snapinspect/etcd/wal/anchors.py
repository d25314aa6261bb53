"""Entries whose revision is known, although a log writes none down.

A transaction of an API server's names the revision that it replaces: so an entry tells the revision of the one that
wrote the same key before it. And what the database still holds tells the revision of the entry that wrote it. Some
of this misleads, as an entry that etcd refused changed nothing. But revisions grow with the log, so that what
misleads stands out of line.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from snapinspect.etcd.store import Store
from snapinspect.etcd.wal.attempts import Attempt

_TWICE = -1
"""In place of a revision, of what was written more than once."""


class Clues(NamedTuple):
    """What is known before counting: ``anchors`` are revisions of entries by their positions in the log.

    ``revisions`` are some that a key had once, growing.
    """

    anchors: Mapping[int, int]
    revisions: Mapping[bytes, Sequence[int]]

    def within(self, run: range, end: int) -> Clues:
        """The clues for the entries of ``run`` alone, behind which revision ``end`` comes."""
        own = {position: self.anchors[position] for position in run if position in self.anchors}
        return self._replace(anchors={**own, run.stop: end})


class Claims:
    """Gathers what entries, told in the order of the log, and the database claim of revisions."""

    def __init__(self) -> None:
        self._keys: dict[bytes, int] = {}
        self._revisions: dict[bytes, array[int]] = {}
        self._claims: dict[int, int] = {}
        self._writers: dict[int, int] = {}
        self._last: dict[int, tuple[int, int]] = {}
        self._contents: dict[tuple[int, int], int] = {}

    def add(self, position: int, attempt: Attempt) -> None:
        """The entry at ``position`` of the log."""
        operation = attempt.single
        if operation is None:
            return
        key = self._keys.setdefault(operation.key, len(self._keys))
        required = max((each.required or 0 for each in attempt.conditions if each.key == operation.key), default=0)
        last, before = self._last.get(key, (0, 0))
        if required:
            self._revisions.setdefault(operation.key, array("q")).append(required)
        if required > before and key in self._last:
            self._claims[last] = required
            self._writers[last] = key
        if operation.value is None:
            self._last.pop(key, None)
            return
        self._last[key] = position, required
        content = key, hash(operation.value)
        self._contents[content] = _TWICE if content in self._contents else position

    def add_database(self, base: Store) -> None:
        """What ``base`` holds with the same content under the same key."""
        found: dict[int, int] = {}
        for record in base.revisions(self._keys.__contains__):
            if not record.tombstone:
                self._revisions.setdefault(record.key, array("q")).append(record.mod_revision)
                position = self._contents.get((self._keys[record.key], hash(bytes(record.value))), _TWICE)
                found[position] = _TWICE if position in found else record.mod_revision
        found.pop(_TWICE, None)
        self._claims |= {position: revision for position, revision in found.items() if revision != _TWICE}
        self._writers |= {position: key for (key, _), position in self._contents.items() if position in found}

    def clues(self) -> Clues:
        """Of what is claimed of entries as much as grows together."""
        anchors = dict(_growing(sorted(self._claims.items())))
        writers = {revision: self._writers[position] for position, revision in anchors.items()}
        return Clues(anchors, {key: self._true(key, had, writers) for key, had in self._revisions.items()})

    def _true(self, key: bytes, had: Iterable[int], writers: Mapping[int, int]) -> Sequence[int]:
        """The revisions that no other key was written at: a client may require what never was."""
        number = self._keys.get(key, _TWICE)
        return array("q", sorted(revision for revision in had if writers.get(revision, number) == number))


def _growing(claims: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The longest part of ``claims``, which are in the order of their positions, whose revisions grow."""
    ends: list[int] = []
    at: list[int] = []
    before = array("q", bytes(8 * len(claims)))
    for number, (_, revision) in enumerate(claims):
        length = bisect_left(ends, revision)
        ends[length : length + 1] = [revision]
        before[number] = at[length - 1] if length else -1
        at[length : length + 1] = [number]
    number = at[-1] if at else -1
    while number >= 0:
        yield claims[number]
        number = before[number]
