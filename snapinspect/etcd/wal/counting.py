"""Follows older entries of a log, and counts the revisions that they took.

Sources: go.etcd.io/etcd ``server/storage/mvcc/kvstore_txn.go`` (revisions), ``server/lease/lessor.go`` (``Revoke``).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from snapinspect.etcd.wal.anchors import Clues
from snapinspect.etcd.wal.attempts import ABSENT, Attempt, Condition, Known, Operation, attempt_of
from snapinspect.etcd.wal.log import Entry

TOMBSTONE = -1
"""In place of a version."""
_FROM_KEY_ON = b"\0"


class Changes:
    """What entries did, in columns: there may be very many.

    ``entries`` are positions in the log, ``starts`` and ``ends`` offsets of the value in the entry's segment. Create
    revisions and versions are 0 where they are not known.
    """

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.entries, self.mains, self.subs = array("q"), array("q"), array("q")
        self.creates, self.versions, self.leases = array("q"), array("q"), array("q")
        self.starts, self.ends = array("q"), array("q")
        self._shared: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, key: bytes, entry: int, sub: int, known: Known, place: tuple[int, int]) -> None:
        self.keys.append(self._shared.setdefault(key, key))
        self.entries.append(entry)
        self.mains.append(known.mod_revision)
        self.subs.append(sub)
        self.creates.append(known.create_revision)
        self.versions.append(known.version)
        self.leases.append(known.lease)
        self.starts.append(place[0])
        self.ends.append(place[1])


class Counting:
    """Follows the entries one after another, before which revision ``start`` was the newest.

    ``unwritten`` is what is known of keys that no entry wrote.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        clues: Clues,
        start: int,
        unwritten: Known | None = None,
    ) -> None:
        self.changes = Changes()
        self.revision = start
        self._entries = entries
        self._unwritten = unwritten
        self._anchors, self._had = clues
        self._positions = sorted(clues.anchors)
        self._known: dict[bytes, Known] = {}
        self._leased: dict[int, set[bytes]] = defaultdict(set)

    def follow(self, positions: range) -> None:
        for position in positions:
            attempt = attempt_of(self._entries[position])
            if attempt is not None:
                self._take(position, attempt)

    def _take(self, position: int, attempt: Attempt) -> None:
        anchor = self._anchors.get(position, 0)
        if anchor > self.revision:
            self.revision = anchor - 1
            operations = list(self._success(attempt))
        else:
            has_room = self.revision + 1 < self._next_anchor(position)
            operations = list(self._chosen(attempt, has_room=has_room))
        if attempt.revoked:
            operations = [_deletion(key) for key in self._leased_to(attempt.revoked)]
        before = len(self.changes)
        for operation in operations:
            self._apply(position, operation, len(self.changes) - before)
        if len(self.changes) > before:
            self.revision += 1

    def _leased_to(self, lease: int) -> list[bytes]:
        """The keys that still have the lease, which goes."""
        given = self._leased.pop(lease, set())
        return sorted(key for key in given if self._of(key) and self._known[key].lease == lease)

    def _of(self, key: bytes) -> Known | None:
        return self._known.get(key, self._unwritten)

    def _next_anchor(self, position: int) -> int:
        """The revision of the next entry of which it is known."""
        at = bisect_right(self._positions, position)
        return self._anchors[self._positions[at]] if at < len(self._positions) else self.revision + 2

    def _success(self, attempt: Attempt) -> Iterator[Operation]:
        self._learn(attempt.conditions)
        yield from self._flat(attempt.success)

    def _chosen(self, attempt: Attempt, *, has_room: bool = True) -> Iterator[Operation]:
        """The operations of the branch that was taken; of an unknown one the first, if there is room for a revision."""
        met = [not self._is_stale(each) and each.holds(self._of(each.key)) for each in attempt.conditions]
        if False in met or (None in met and not has_room):
            yield from self._flat(attempt.failure)
        else:
            yield from self._success(attempt)

    def _is_stale(self, condition: Condition) -> bool:
        """Whether the key is known to have changed since the revision that is required."""
        required = condition.required
        had = self._had.get(condition.key)
        if not required or had is None:
            return False
        at = bisect_right(had, required)
        return at < len(had) and had[at] <= self.revision

    def _flat(self, operations: Sequence[Operation | Attempt]) -> Iterator[Operation]:
        for operation in operations:
            if isinstance(operation, Attempt):
                yield from self._chosen(operation)
            else:
                yield operation

    def _learn(self, conditions: Sequence[Condition]) -> None:
        """What was required was so."""
        for condition in conditions:
            required = condition.required
            known = self._of(condition.key)
            if required is not None and (known is None or known.mod_revision != required):
                self._known[condition.key] = Known(required) if required else ABSENT

    def _apply(self, position: int, operation: Operation, sub: int) -> None:
        if operation.value is None:
            for number, key in enumerate(self._deleted(operation)):
                self._known[key] = ABSENT
                told = Known(self.revision + 1, version=TOMBSTONE)
                self.changes.add(key, position, sub + number, told, (0, 0))
            return
        known = self._after(operation)
        self._known[operation.key] = known
        if known.lease:
            self._leased[known.lease].add(operation.key)
        self.changes.add(operation.key, position, sub, known, self._place(position, operation))

    def _after(self, operation: Operation) -> Known:
        """What is known of a key once it is written."""
        main = self.revision + 1
        before = self._of(operation.key)
        if before is None:
            return Known(main, lease=operation.lease)
        lease = before.lease if operation.keeps_lease else operation.lease
        if not before.mod_revision:
            return Known(main, main, 1, lease)
        return Known(main, before.create_revision, before.version + 1 if before.version else 0, lease)

    def _deleted(self, operation: Operation) -> list[bytes]:
        """The keys that a deletion met; one alone that nothing is known of is taken to have been there."""
        if not operation.end:
            known = self._of(operation.key)
            return [operation.key] if known is None or known.mod_revision else []
        held = (key for key, known in self._known.items() if known.mod_revision and key >= operation.key)
        return sorted(key for key in held if operation.end == _FROM_KEY_ON or key < operation.end)

    def _place(self, position: int, operation: Operation) -> tuple[int, int]:
        """Where the value lies in the entry; beyond its end where it is not in there."""
        entry, value = self._entries[position], operation.value or b""
        if operation.keeps_value:
            return -1, -1
        start = entry.segment.data.find(value, entry.start, entry.end)
        return start, start + len(value)


def _deletion(key: bytes) -> Operation:
    return Operation(key, b"", None, 0, False, False)
