"""Objects that are gone, and earlier lives of those that were created again, as far as etcd still holds them.

A key lives from the revision that created it to the tombstone that ended it; created again, it begins
another life, with a new ``create_revision`` (go.etcd.io/etcd ``server/storage/mvcc/key_index.go``, where a
life is a generation).
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from snapinspect.etcd import chosen
from snapinspect.model import LIVE, UNCOMMITTED
from snapinspect.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.etcd import KeyFilter, Store
    from snapinspect.model import Body, Buffer, Head, Lookup, Record
    from snapinspect.select import Selection

_STEP = 256
"""Records between which other work may come."""
Sign = Literal["tombstone", "recreated", "absent"]


class Life(NamedTuple):
    """A life that ended: its last state, and the revision that ended it where that is known.

    ``sign`` tells how the end is known: by its ``tombstone``; because the key was ``recreated``; or only because
    the key is ``absent`` from what is live.
    """

    last: Record
    ended: int | None
    sign: Sign


class Gone(NamedTuple):
    """A life that ended and whose it was."""

    life: Life
    head: Head

    @property
    def end(self) -> int:
        """The revision that ended it, or, where that is not known, that of its last state."""
        return self.life.ended or self.life.last.mod_revision


def ended_lives(store: Store, at: int | None = None) -> Iterator[Life]:
    """Every life that had ended by revision ``at`` (None: the last) and whose last state is still held."""
    return filter(None, passing_lives(store, at))


def passing_lives(store: Store, at: int | None = None) -> Iterator[Life | None]:
    """The same, and None now and then, where other work may come between."""
    current: dict[bytes, Record] = {}
    for number, record in enumerate(store.revisions(_any_key), 1):
        if number % _STEP == 0:
            yield None
        if record.source == UNCOMMITTED or (at is not None and record.mod_revision > at):
            break
        key = record.key
        before = current.get(key)
        if record.tombstone:
            if before is not None:
                yield Life(before, record.mod_revision, "tombstone")
                del current[key]
            continue
        if before is not None and before.create_revision != record.create_revision:
            yield Life(before, None, "recreated")
        current[key] = record
    for key, record in current.items():
        if record.source != LIVE and store.get(key, at) is None:
            yield Life(record, None, "absent")


class Deleted(Snapshot):
    """A snapshot's view of what is gone: under each key the last state of the life that ended last."""

    @cached_property
    def lives(self) -> dict[bytes, list[Life]]:
        """The lives that ended, by key, oldest first."""
        return _by_key(ended_lives(self.store, self._at))

    def find_lives(self) -> Iterator[Life | None]:
        """What ``lives`` holds as it is found, which it need not look for then; None where other work may come between."""
        found = []
        for life in passing_lives(self.store, self._at):
            if life is not None:
                found.append(life)
            yield life
        self.lives = _by_key(found)

    def gone(self, selection: Selection) -> list[Gone]:
        """Every life of what is selected that ended, the latest end first."""
        found = [
            Gone(life, head)
            for key in filter(self.below_prefix(selection.matches_key), self.lives)
            for life in self.lives[key]
            if (head := self._selected.head(key, life.last.value, selection, self.problems.append))
            and (not selection.reads_bodies or selection.matches_body(head, self.body_of(life.last) or {}))
        ]
        return sorted(found, key=lambda gone: gone.end, reverse=True)

    def definitions(self) -> Iterator[Body]:
        """Those that are gone, too: with a definition all objects of its kind are deleted."""
        yield from super().definitions()
        yield from self.seen_as(Snapshot).definitions()

    def last_before(self, key: bytes, end: int | None) -> Record | None:
        """The last state of the newest life of ``key`` that began before revision ``end``, whether it ended or not."""
        live = self.store.get(key, self._at)
        states = [*(life.last for life in self.lives.get(key, ())), *([live] if live else ())]
        began = [state for state in states if end is None or state.create_revision < end]
        return began[-1] if began else None

    def known_keys(self) -> Iterable[bytes]:
        return [*super().known_keys(), *self.lives]

    def records(self, wanted: KeyFilter) -> Iterator[Record]:
        for key in chosen(wanted, self.lives):
            yield self.lives[key][-1].last

    def values(self, wanted: KeyFilter) -> Iterator[tuple[bytes, Buffer]]:
        return ((record.key, record.value) for record in self.records(wanted))

    def fronts(self, wanted: KeyFilter) -> None:
        """Its values are read already."""

    def record(self, key: bytes) -> Record | None:
        lives = self.lives.get(key)
        return lives[-1].last if lives else None

    def contemporaries(self, record: Record) -> Lookup:
        return _Contemporaries(self, self.lives[record.key][-1].ended)


class _Contemporaries:
    """What lived before an object was deleted, also what went before it: owners go before what they own."""

    def __init__(self, view: Deleted, end: int | None) -> None:
        self._view = view
        self._end = end

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        view = self._view
        for key in view.key_space.keys_for(view.kinds.for_object(group, kind), namespace, name):
            record = view.last_before(key, self._end)
            body = view.body_of(record) if record else None
            if body is not None and body.get("kind") == kind:
                return body
        return None

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        view = self._view
        keys = view.key_space.keys_for(view.kinds.for_object(group, kind), namespace, name)
        return any(view.last_before(key, self._end) for key in keys)


def deleted(snapshot: Snapshot, targets: Iterable[str] = (), *, namespaces: Iterable[str] = ()) -> list[Gone]:
    """What was deleted of the ``targets`` (KIND or KIND/NAME; all without), the latest end first.

    Raises what ``Snapshot.select`` does.
    """
    past = snapshot.seen_as(Deleted)
    return past.gone(past.select(targets, namespaces=namespaces))


def _by_key(lives: Iterable[Life]) -> dict[bytes, list[Life]]:
    found: dict[bytes, list[Life]] = defaultdict(list)
    for life in lives:
        found[life.last.key].append(life)
    return dict(found)


def _any_key(_key: bytes) -> bool:
    return True
