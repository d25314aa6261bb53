"""Sums over keys, as their values and revisions pass by: no value is held."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from snapinspect.analysis.helm.stored import HelmRevision, helm_revision
from snapinspect.analysis.stats.top import Top
from snapinspect.errors import Undecodable
from snapinspect.kube.decode import Keys, plain_value
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.managed import managed_size
from snapinspect.model import Head
from snapinspect.snapshot import Entry

T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class Sum:
    """Of live objects how many, how many that etcd will delete by their lease, bytes of their values and of the
    managedFields inside, and how many could not be read for these; how many revisions are held that are not live,
    deletions among them, and bytes of their values.
    """

    objects: int = 0
    leased: int = 0
    size: int = 0
    managed: int = 0
    unread: int = 0
    revisions: int = 0
    history: int = 0

    def add(self, other: Sum) -> None:
        self.objects += other.objects
        self.leased += other.leased
        self.size += other.size
        self.managed += other.managed
        self.unread += other.unread
        self.revisions += other.revisions
        self.history += other.history


@dataclass(slots=True)
class Place(Sum):
    """The sum of one kind in one namespace; ``kind`` is empty for what is no Kubernetes object."""

    group: str = ""
    kind: str = ""
    namespace: str | None = None


@dataclass(slots=True)
class Key:
    """One etcd key: bytes of its live value, None when it is gone, and how many revisions of it are held, live or not,
    with the bytes of their values.
    """

    key: bytes
    place: Place
    live: int | None = None
    revisions: int = 0
    size: int = 0

    @property
    def history(self) -> int:
        """Bytes of the values that are not live."""
        return self.size - (self.live or 0)


class Large(NamedTuple):
    """A large object; ``managed`` is None where it could not be read."""

    key: bytes
    head: Head
    size: int
    managed: int | None


class Measured(NamedTuple):
    """What counts of a live value; ``managed`` is None where it could not be read."""

    key: bytes
    head: Head
    size: int
    lease: int
    managed: int | None
    helm: HelmRevision | None


def measure(entry: Entry, keys: Keys) -> Measured:
    """``keys`` open what is encrypted."""
    record, head = entry
    plain = _plain(entry, keys)
    return Measured(
        record.key, head, len(record.value), record.lease, _managed(plain), helm_revision(record, head, plain)
    )


class Counted(NamedTuple):
    """What was counted; the three lists of single ones begin with the largest and are no longer than was asked for."""

    places: list[Place]
    largest: list[Large]
    most_revisions: list[Key]
    most_history: list[Key]
    helm: list[HelmRevision]

    def sums(self, by: Callable[[Place], T]) -> dict[T, Sum]:
        """Sums of the places that ``by`` gives the same for."""
        sums: dict[T, Sum] = {}
        for place in self.places:
            sums.setdefault(by(place), Sum()).add(place)
        return sums

    def total(self) -> Sum:
        return self.sums(lambda _place: None).get(None, Sum())


class Counting:
    """Live values first, then revisions, then the result."""

    def __init__(self, space: KeySpace, most: int) -> None:
        self._space = space
        self._most = most
        self._largest: Top[Large] = Top(most)
        self._helm: list[HelmRevision] = []
        self._places: dict[tuple[str, str, str | None], Place] = {}
        self._keys: dict[bytes, Key] = {}
        self._directories: dict[bytes, Place] = {}

    def add_live(self, measured: Measured) -> None:
        key, head, size, lease, managed, helm = measured
        place = self._place(head)
        place.objects += 1
        place.leased += lease != 0
        place.size += size
        place.managed += managed or 0
        place.unread += managed is None
        self._keys[key] = Key(key, place, size)
        if self._largest.takes(size):
            self._largest.add(Large(key, head, size, managed), size)
        if helm:
            self._helm.append(helm)

    def add_revision(self, key: bytes, size: int) -> None:
        """One revision of ``key``, live or not, whose value has ``size`` bytes."""
        counted = self._keys.get(key)
        if counted is None:
            counted = self._keys[key] = Key(key, self._place_of(key))
        counted.revisions += 1
        counted.size += size

    def result(self, is_gone: Callable[[bytes], bool]) -> Counted:
        """Of the keys that hold nothing live, those count that ``is_gone`` says so of."""
        most_revisions: Top[Key] = Top(self._most)
        most_history: Top[Key] = Top(self._most)
        for key in self._keys.values():
            past = key.revisions - (key.live is not None)
            if past > 0 and (key.live is not None or is_gone(key.key)):
                key.place.revisions += past
                key.place.history += key.history
                most_revisions.add(key, key.revisions, key.history)
                most_history.add(key, key.history, key.revisions)
        places = [place for place in self._places.values() if place.objects or place.revisions]
        return Counted(places, self._largest.items(), most_revisions.items(), most_history.items(), self._helm)

    def _place(self, head: Head) -> Place:
        identity = head.api_version, head.kind, head.namespace
        place = self._places.get(identity)
        if place is None:
            place = self._places[identity] = Place(group=head.group, kind=head.kind, namespace=head.namespace)
        return place

    def _place_of(self, key: bytes) -> Place:
        """Where a key belongs that holds nothing live, by its path; found once for each directory of keys."""
        directory = key[: key.rfind(b"/") + 1]
        place = self._directories.get(directory)
        if place is None:
            place = self._directories[directory] = self._place(self._space.guess(key, "other"))
        return place


def _plain(entry: Entry, keys: Keys) -> bytes | None:
    """The value as it was before encryption at rest; None for an object that cannot be read."""
    record, head = entry
    if head.guessed and head.kind:
        return None
    try:
        return plain_value(bytes(record.value), record.key, keys)
    except Undecodable:
        return None


def _managed(plain: bytes | None) -> int | None:
    """Bytes of managedFields; None where they cannot be told."""
    try:
        return None if plain is None else managed_size(plain)
    except Undecodable:
        return None
