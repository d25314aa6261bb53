"""The nouns that all layers share."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol, runtime_checkable

Data = bytes | mmap.mmap
"""A whole file: slicing it gives bytes."""
Buffer = bytes | memoryview
"""A stored value: its bytes, or a view of them in the mapped file."""
Body = dict[str, Any]
"""A Kubernetes object as JSON would hold it; nothing that receives one may change it in place."""


@runtime_checkable
class Piecewise(Protocol):
    """``Data`` of which ``piece(start, end)`` gives the same bytes as a slice at less cost, where it is read but once."""

    def piece(self, start: int, end: int, /) -> bytes: ...


class Revision(NamedTuple):
    """etcd's revision: ``main`` counts transactions, ``sub`` the changes inside one."""

    main: int
    sub: int = 0

    def __str__(self) -> str:
        return f"{self.main}.{self.sub}" if self.sub else str(self.main)


LIVE, FREE, UNPROVEN = "live", "free", "unproven"
WAL, INFERRED, UNCOMMITTED = "wal", "wal-inferred", "wal-uncommitted"
"""Of records that a write-ahead log holds: applied to the database; older than it, so that their revision is inferred;
never known to have been agreed on by the members."""


class Record(NamedTuple):
    """One revision of one etcd key. A tuple, as hundreds of thousands are made in one command.

    ``value`` may be a view into the mapped snapshot, valid while that is open. ``source`` says
    where the record was found: ``live`` pages of the tree, ``free`` pages, or a write-ahead log (``wal``, ``wal-inferred``,
    ``wal-uncommitted``). As part of a state, an ``unproven`` one may have been replaced or deleted by a record that is not held.
    """

    key: bytes
    value: Buffer
    revision: Revision
    create_revision: int
    version: int
    lease: int
    tombstone: bool = False
    source: str = LIVE

    def __repr__(self) -> str:
        """All but the value, which may be a Secret's."""
        return f"Record({self.key!r}, revision {self.revision}, version {self.version}, {len(self.value)} bytes, {self.source})"

    @property
    def mod_revision(self) -> int:
        return self.revision.main


def origin(record: Record) -> str:
    """Where a record was found, in one word: ``live``, ``free``, ``unproven`` or ``wal``."""
    return WAL if record.source.startswith(WAL) else record.source


class ResourceKey(NamedTuple):
    """What an etcd key's path says: ``resource`` is the storage path, such as ``services/specs``."""

    resource: str
    namespace: str | None
    name: str


class Head(NamedTuple):
    """What a stored value says of itself, read without decoding the rest.

    ``encoding`` is ``protobuf``, ``json``, ``cbor``, ``encrypted:<provider>:<key>`` or ``other``.
    ``guessed`` is set when the value could not tell and the etcd key was asked instead.
    ``created`` is seconds since 1970, or None.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    uid: str
    created: int | None
    encoding: str
    guessed: bool = False

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]


class Progress(Protocol):
    """Shows how far long work is: ``with progress("reading", size) as advance: advance(done)``."""

    def __call__(self, label: str, total: int, /) -> AbstractContextManager[Callable[[int], object]]:
        """Begins work of ``total`` bytes or objects; what it gives is told each further step done."""


def silent(_label: str, _total: int, /) -> AbstractContextManager[Callable[[int], object]]:
    """The ``Progress`` that shows nothing."""
    return nullcontext(lambda _step: None)


class Problem(NamedTuple):
    """Something selected that is damaged, locked or could not be read whole.

    ``code`` groups problems of one sort (``undecodable``, ``unknown-field``, ``unknown-kind``,
    ``locked``, ``damaged``); ``subject`` is the etcd key or the page; ``reason`` is for people.
    """

    code: str
    subject: str
    reason: str


class KubeObject(NamedTuple):
    """One decoded object with where it came from in etcd."""

    record: Record
    head: Head
    body: Body

    def __repr__(self) -> str:
        """All but the body, which may be a Secret's."""
        return f"KubeObject({self.record!r}, {self.head!r})"

    @property
    def key(self) -> str:
        return self.record.key.decode("utf-8", "backslashreplace")


class Change(NamedTuple):
    """One thing that cleaning did: ``path`` (``.metadata.uid``), the rule's id and its reason."""

    path: str
    rule: str
    reason: str


class Omission(NamedTuple):
    """Why an object was left out: the rule's id and its reason."""

    rule: str
    reason: str


class Cleaned(NamedTuple):
    """A cleaned object, what was changed to make it, and what a person should know about it."""

    body: Body
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """All but the body, which may be a Secret's."""
        return f"Cleaned({self.changes!r}, {self.warnings!r})"


class Lookup(Protocol):
    """How a cleaning rule looks at another object of the same snapshot."""

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        """The live object, decoded, or None if the snapshot has none (or it cannot be read)."""

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        """Whether the snapshot has the live object, readable or not."""


class Shared(dict[str, Any]):
    """A decoded message that several objects share, as replicas repeat the same bytes.

    ``rendered`` is where a writer keeps what it made of it, by indentation.
    """

    __slots__ = ("rendered",)

    def __init__(self, fields: Body) -> None:
        super().__init__(fields)
        self.rendered: dict[int, str] = {}


class Number:
    """A JSON number whose text neither ``int`` nor ``float`` would give back (``1e-7``, ``1.50``)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Number({self.text!r})"
