"""A live cluster as a source: what its API server lists, each object under the key at which a snapshot would hold it.

It is the state of one moment for each list, and has no history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from snapinspect.etcd.about import Facts
from snapinspect.etcd.store import KeyFilter, require_held
from snapinspect.kube.cluster.failures import ApiError, Unreachable
from snapinspect.kube.cluster.lists import as_revision
from snapinspect.model import Buffer, Problem, Progress, Record, Revision, silent
from snapinspect.sources.live import NoEvidence
from snapinspect.sources.source import Source

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.kube.cluster.lists import Item

_UNKNOWN_USER: Final = 401
UNLISTED: Final = "not compared, as the cluster said"

Place = tuple[str | None, str]
"""A namespace and a name."""


class Wish(NamedTuple):
    """One list to ask for: all of a kind in the version ``served``, or what is in one namespace, or has one name.

    ``kind`` is what people call it. The etcd keys of its objects begin with ``root``, and end with namespace and name.
    Of what is listed ``only`` these places are meant, None: all. ``expected`` are the bytes to count for it in advance.
    """

    kind: str
    served: Served
    root: bytes
    namespace: str | None = None
    name: str = ""
    only: frozenset[Place] | None = None
    expected: int = 0

    def key(self, place: Place) -> bytes:
        namespace, name = place
        return self.root + (f"{namespace}/{name}" if namespace else name).encode()

    def __str__(self) -> str:
        named = f"{self.kind}/{self.name}" if self.name else self.kind
        return f"{named} in {self.namespace}" if self.namespace else named


class Refused(NamedTuple):
    """A list that the server did not give, and what it said."""

    wish: Wish
    reason: str


class ClusterStore:
    """The ``Store`` of what was listed; ``refused`` is what it lacks."""

    def __init__(self, records: Iterable[Record], revision: int, refused: Sequence[Refused]) -> None:
        self.refused = tuple(refused)
        self._records = {record.key: record for record in sorted(records, key=_key)}
        self._revision = max([revision, *(record.mod_revision for record in self._records.values())])

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def compact_revision(self) -> int:
        return self._revision

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._at(at).keys()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        return (record for key, record in self._at(at).items() if wanted(key))

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        return ((record.key, record.value) for record in self.scan(wanted, at))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        return self._at(at).get(key)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return iter([record for record in self._by_age() if wanted(record.key)])

    def newest(self, count: int) -> Iterator[Record]:
        return iter(self._by_age()[::-1][:count])

    def oldest(self, count: int) -> Iterator[Record]:
        return iter(self._by_age()[:count])

    def count_records(self) -> int:
        return len(self._records)

    def facts(self) -> Facts:
        """An API server tells nothing of its etcd."""
        return Facts(None, None, None, None, None, None, None)

    @property
    def problems(self) -> list[Problem]:
        return [Problem("unlisted", str(each.wish), f"{UNLISTED}: {each.reason}") for each in self.refused]

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:  # noqa: ARG002
        """What was not listed: as nobody knows its keys, whatever is ``wanted`` may be among it."""
        return iter(self.problems)

    def close(self) -> None:
        self._records.clear()

    def _at(self, at: int | None) -> dict[bytes, Record]:
        if at is not None:
            require_held(at, self._revision, self._revision)
        return self._records

    def _by_age(self) -> list[Record]:
        return sorted(self._records.values(), key=lambda record: record.mod_revision)


def fetch(cluster: Cluster, wishes: Sequence[Wish], progress: Progress = silent) -> ClusterStore:
    """Asks for every list; of those that name the same object the last counts.

    What the server refuses is a loss of the store. Raises ApiError for credentials that are not valid, Unreachable
    when no answer comes.
    """
    records: dict[bytes, Record] = {}
    refused: list[Refused] = []
    revision = 0
    with progress(f"asking {cluster.context}", sum(wish.expected for wish in wishes)) as advance:
        for wish in wishes:
            try:
                found, at = _listed(cluster, wish, advance)
            except ApiError as error:
                if isinstance(error, Unreachable) or error.code == _UNKNOWN_USER:
                    raise
                refused.append(Refused(wish, str(error)))
            else:
                records |= found
                revision = max(revision, at)
    return ClusterStore(records.values(), revision, refused)


def as_source(cluster: Cluster, store: ClusterStore) -> Source:
    """What was fetched of a cluster as a source, named by the cluster's address."""
    return Source(cluster.server, "live cluster", 0, store, NoEvidence())


def _listed(cluster: Cluster, wish: Wish, advance: Callable[[int], object]) -> tuple[dict[bytes, Record], int]:
    """What is meant of one list, by key, and the revision of its state."""
    records: dict[bytes, Record] = {}
    revision = counted = 0
    for page in cluster.pages(wish.served, wish.namespace, wish.name):
        if page.begins:
            records.clear()
        for item in page.items:
            place = _place(item)
            if wish.only is None or place in wish.only:
                records[wish.key(place)] = _record(wish.key(place), wish.served, item)
        revision = page.revision
        step = min(sum(len(item.text) for item in page.items), wish.expected - counted)
        advance(step)
        counted += step
    advance(wish.expected - counted)
    return records, revision


def _record(key: bytes, served: Served, item: Item) -> Record:
    """The object as its storage would keep it in JSON; in lists of its own kinds the server leaves out which kind it is."""
    text = item.text
    if "kind" not in item.body:
        text = f'{{"apiVersion":{json.dumps(served.api_version)},"kind":{json.dumps(served.kind)},{text[1:]}'
    revision = as_revision(item.body["metadata"].get("resourceVersion"))
    return Record(key, text.encode(), Revision(revision), 0, 0, 0)


def _place(item: Item) -> Place:
    metadata = item.body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str) or not name:
        raise ApiError("it listed an object that has no name")
    namespace = metadata.get("namespace")
    return (namespace if isinstance(namespace, str) and namespace else None), name


def _key(record: Record) -> bytes:
    return record.key
