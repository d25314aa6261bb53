"""What every source offers, whether it reads pages of a file or asks an etcd.

The seam between where a backup comes from and everything that is done with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from snapinspect.errors import NotHeld
from snapinspect.model import Buffer, Problem, Record

if TYPE_CHECKING:
    from snapinspect.etcd.about import Facts
    from snapinspect.etcd.glimpse import Glimpse

KeyFilter = Callable[[bytes], bool]


class Listed:
    """The ``KeyFilter`` of these keys, which are in order: whoever has an index need not ask it of every key."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self.keys = keys

    def __call__(self, key: bytes) -> bool:
        at = bisect_left(self.keys, key)
        return at < len(self.keys) and self.keys[at] == key


def chosen(wanted: KeyFilter, held: Collection[bytes]) -> list[bytes]:
    """Those of the keys ``held`` that are ``wanted``, in order."""
    if isinstance(wanted, Listed):
        return [key for key in wanted.keys if key in held]
    return sorted(filter(bare(wanted), held))


def but_for(changed: Container[bytes], wanted: KeyFilter) -> KeyFilter:
    """``wanted`` without what is ``changed``."""
    if isinstance(wanted, Listed):
        return Listed([key for key in wanted.keys if key not in changed])
    return lambda key: key not in changed and wanted(key)


class Holding:
    """A KeyFilter of keys each of which holds one of ``needles``, so that a store may search for them."""

    def __init__(self, needles: tuple[bytes, ...], test: KeyFilter) -> None:
        self.needles = needles
        self.test = test

    def __call__(self, key: bytes) -> bool:
        return self.test(key)


def bare(wanted: KeyFilter) -> KeyFilter:
    """The same filter for whoever asks it of every key: without what stands around its test."""
    return wanted.test if isinstance(wanted, Holding) else wanted


class Store(Protocol):
    """etcd's keys and their revisions."""

    @property
    def revision(self) -> int:
        """The last main revision."""

    @property
    def compact_revision(self) -> int:
        """The revision up to which history was compacted away; 0 if it never was."""

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        """The live keys at main revision ``at`` (None: the last), in no order."""

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        """The live records whose key is ``wanted``, in the order of the keys."""

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        """Key and value of what ``scan`` gives; cheaper where the revisions are not asked for."""

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        """The live record of one key."""

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Every record held whose key is ``wanted``, tombstones too, oldest first; asks ``wanted`` once for each."""

    def newest(self, count: int) -> Iterator[Record]:
        """The last ``count`` records written, newest first, tombstones too."""

    def oldest(self, count: int) -> Iterator[Record]:
        """The first ``count`` records still held, oldest first."""

    def count_records(self) -> int:
        """All records held, tombstones too."""

    def facts(self) -> Facts:
        """What etcd keeps about itself; reads the whole source."""

    def close(self) -> None:
        """Lets go of what the store holds; records' values end with it."""


@runtime_checkable
class Lossy(Protocol):
    """A store that knows it lacks something."""

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        """What is known to be missing of the keys that are ``wanted``, and what is damaged."""


@runtime_checkable
class Forkable(Protocol):
    """A store that a forked process may go on reading beside this one, as nothing but memory and maps is behind it."""

    @property
    def is_forkable(self) -> bool:
        """Whether that holds for what it stands on, too."""


def is_forkable(store: Store) -> bool:
    """Whether forked processes may read the store."""
    return isinstance(store, Forkable) and store.is_forkable


@runtime_checkable
class Discovering(Protocol):
    """A store that learns only while its history is read what is damaged of it."""

    def discovered(self) -> Iterator[Problem]:
        """What was found damaged so far; nothing of it concerns the live state."""


@runtime_checkable
class Numbered(Protocol):
    """A store that finds records by their numbers without a walk past those before them."""

    def numbered(self, numbers: range) -> Iterator[Record]:
        """Those of all that ``revisions`` gives that have these numbers, which follow each other, the first being 0."""


@runtime_checkable
class Reaching(Protocol):
    """A store that has to work for its oldest history."""

    def near(self, wanted: KeyFilter) -> Iterator[Record]:
        """What ``revisions`` gives without that work: from the compacted revision on, as far as it goes."""


class Stored(NamedTuple):
    """A record as it stands in the bucket ``key``: a revision, and an ``mvccpb.KeyValue``."""

    revision: bytes
    keyvalue: bytes

    @property
    def main(self) -> int:
        return int.from_bytes(self.revision[:8], "big")


@runtime_checkable
class Bucketed(Protocol):
    """A store that has etcd's own buckets."""

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        """What those beside ``key`` hold, by their names; of a damaged file those that can be read."""


@runtime_checkable
class Sampling(Protocol):
    """A store that finds records that are evenly spread without a walk over all of them."""

    def sample(self, most: int) -> Iterator[Record]:
        """Each n-th record, oldest first, n as small as gives no more than ``most``. Raises Damaged where it cannot."""

    def around(self, revisions: Iterable[int]) -> Iterator[Record]:
        """The records that stand in one page with one of these main revisions, which grow. Raises Damaged where it cannot."""


@runtime_checkable
class Skipping(Protocol):
    """A store that need not read values whose beginning says enough."""

    def beginnings(self, wanted: KeyFilter, signs: Mapping[bytes, bytes]) -> Iterator[Record | Glimpse]:
        """What ``revisions`` gives; of a value that begins with the sign of its key perhaps a glimpse.

        Asks ``wanted`` of a record when that is the next. ``signs`` may change from record to record.
        """


@runtime_checkable
class Fronted(Protocol):
    """A store that need not make anything of values of which only the beginning is asked for."""

    def fronts(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, bytes, int, int]]:
        """The key of each value that ``values`` gives, bytes in which it begins, where in them it does, and its size."""


@runtime_checkable
class Timed(Protocol):
    """A store that knows when revisions were written."""

    def times(self) -> Iterator[tuple[int, int]]:
        """Revisions, growing, each with its time in seconds since 1970."""


CARVE = "--carve shows what free pages still hold of it; else take a later revision, or an older snapshot."


def require_held(at: int, last: int, compacted: int, way: str = CARVE) -> None:
    """Raises NotHeld for a revision that a store with these two no longer, or not yet, holds; ``way`` is round it."""
    if at > last:
        hint = "Take a revision up to that one."
        raise NotHeld(f"revision {at} is after the snapshot's last, {last}", hint, asked=str(at), instead=str(last))
    if at < compacted:
        wrong = f"revision {at} is before {compacted}, up to which history was compacted away"
        raise NotHeld(wrong, way, asked=str(at), instead=str(compacted))
