"""A snapshot at one revision: which objects are in it, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from snapinspect.errors import NotFound, Undecodable
from snapinspect.etcd import Fronted, Holding, KeyFilter, Lossy, Store
from snapinspect.kube.decode import Decoded, Keys, NoKeys
from snapinspect.kube.keys import KeySpace, find_prefixes
from snapinspect.kube.kinds import Kind, KindTable
from snapinspect.kube.strays import stray
from snapinspect.model import Body, Buffer, Head, KubeObject, Lookup, Omission, Problem, Progress, Record, silent
from snapinspect.select import Selection, Target, check_names, select
from snapinspect.snapshot import decoded, lookups, recovered, selected, spreading, values
from snapinspect.snapshot.values import Entry
from snapinspect.sources import Source

if TYPE_CHECKING:
    from datetime import datetime

    from snapinspect.clean import Engine
    from snapinspect.kube.skim import Skim

Result = TypeVar("Result")
Among = Sequence[bytes] | None
"""Some of the etcd keys of what is selected, in order; None for all."""

CRD_PATH = "apiextensions.k8s.io/customresourcedefinitions"

_PERHAPS_SECONDS = 946_684_800
"""From the year 2000 on; few clusters come to as many revisions."""


class Unread(NamedTuple):
    """A selected value that could not be decoded, and why."""

    record: Record
    head: Head
    reason: str


class Snapshot:
    """A snapshot at one revision, the last unless ``at`` says otherwise.

    What is selected and cannot be read does not stop the reading: it is added to ``problems``.
    A key that holds no Kubernetes object has a head without a kind.

    Another view of the same snapshot shows other records: it says which in ``known_keys``, ``records``, ``values``, ``fronts`` and
    ``record``.
    """

    def __init__(
        self,
        source: Source,
        *,
        keys: Keys | None = None,
        prefix: str | None = None,
        at: int | None = None,
        progress: Progress = silent,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.source = source
        self.notes = (*source.notes, *notes)
        self.problems: list[Problem] = list(source.problems)
        self.store = source.store
        self.keys: Keys = keys or NoKeys()
        self._prefix = prefix
        self._at = at
        self._progress = progress
        self._selected = selected.Selected(self)
        self._decoded = decoded.Objects(self)
        self.spreading = spreading.Spreading(self, self._selected, self.store)
        self.recovery = recovered.Recovery(self, self._decoded, self.spreading)
        self._lookups = lookups.Lookups(self, self._decoded)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the file go, as the end of a ``with`` block does."""
        self.source.close()

    def at(self, when: int | str | datetime) -> Snapshot:
        """The same snapshot as it was then: at a revision, or at a moment as ``--at`` takes it (``'yesterday 18:00'``).

        A time without a zone is local; a number beyond the last revision that looks like Unix seconds is taken for them.
        Raises UsageError for words that mean no moment, NotHeld for one that the snapshot does not hold, when it is told
        by its time; a revision that is not held raises it when something is read.
        """
        if isinstance(when, int) and when < _PERHAPS_SECONDS:
            return self.seen_as(Snapshot, when)
        # Imported here for start-up, as few name a moment.
        from snapinspect.snapshot.when import revision_meant

        return self.seen_as(Snapshot, revision_meant(self, when))

    def seen_as(self, view: type[View], at: int | None = None) -> View:
        """The same snapshot as another view, at the same revision unless ``at`` is given; both add to ``problems``."""
        return self._another(view, self.source, self._at if at is None else at)

    def over(self, store: Store) -> Self:
        """The same view of another store of what the same file holds; both add to ``problems``."""
        return self._another(type(self), self.source._replace(store=store), self._at)

    def _another(self, view: type[View], source: Source, at: int | None) -> View:
        other = view(source, keys=self.keys, prefix=self._prefix, at=at, progress=self._progress)
        other.problems, other.notes = self.problems, self.notes
        return other

    @property
    def is_certain(self) -> bool:
        """Whether nothing is known to be missing or damaged; else a record's ``source`` tells what it is."""
        return next(self.losses(_no_key), None) is None

    @property
    def revision(self) -> int:
        """The last revision of etcd's that is shown: of the snapshot, or of the moment ``at`` which it is looked at."""
        return self.store.revision if self._at is None else self._at

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The etcd key prefixes under which Kubernetes' keys lie, found from the data unless one was given."""
        keys = self.known_keys()
        if self._prefix is None:
            return tuple(find_prefixes(keys))
        below = f"{self._prefix.rstrip('/')}/".encode()
        if not any(key.startswith(below) for key in keys):
            found = ", ".join(find_prefixes(keys)) or "none that looks like Kubernetes'"
            raise NotFound(f"no key begins with the prefix {self._prefix}", f"Prefixes in this snapshot: {found}.")
        return (self._prefix,)

    @cached_property
    def kinds(self) -> KindTable:
        """All kinds by their names, the snapshot's own CustomResourceDefinitions among them."""
        return KindTable.builtin().with_custom(self.definitions()).with_strays(self.strays)

    @cached_property
    def key_space(self) -> KeySpace:
        """What etcd keys say."""
        return KeySpace(self.prefixes, self.kinds)

    @cached_property
    def cluster_uid(self) -> str | None:
        """The UID of the namespace kube-system, by which clusters are told apart."""
        body = self.find("", "Namespace", None, "kube-system")
        metadata = body.get("metadata") if body else None
        return metadata.get("uid") if isinstance(metadata, dict) else None

    def select(
        self,
        targets: Iterable[Target | str] = (),
        *,
        namespaces: Iterable[str] = (),
        all_namespaces: bool = False,
        selector: str = "",
        names: Iterable[str] = (),
        keys: Iterable[str] = (),
        everything: bool = False,
        exclude: Iterable[str] = (),
        fields: str = "",
    ) -> Selection:
        """The objects that all of these conditions hold for, as ``snapinspect.select.select`` says.

        Raises UsageError for what is malformed, NotFound for a kind that the snapshot does not know or a
        name that it does not hold, Ambiguous for a name that lies in several namespaces.
        """
        selection = select(
            self.key_space,
            targets,
            namespaces=namespaces,
            all_namespaces=all_namespaces,
            selector=selector,
            names=names,
            keys=keys,
            everything=everything,
            exclude=exclude,
            fields=fields,
        )
        if any(wanted.name is not None for wanted in selection.wanted):
            check_names(selection, self._selected.named(selection))
        return selection

    def heads(self, selection: Selection, among: Among = None) -> Iterator[tuple[bytes, Head]]:
        """Every selected etcd key with its value's head, in key order; quicker than ``entries``."""
        if selection.reads_bodies or not self.is_certain:
            return ((record.key, head) for record, head in self.entries(selection, among=among))
        return self._selected.heads(selection, self.problems.append, among)

    def entries(self, selection: Selection, also: Iterable[bytes] = (), among: Among = None) -> Iterator[Entry]:
        """Every selected value with its head, in key order, then what lies under the keys ``also`` and is not excluded.

        Nothing is decoded beyond the heads. ``among`` is what ``spread`` hands out.
        """
        return chain(self._selected.entries(selection, among), self._under(also, selection))

    def entry(self, key: bytes, selection: Selection) -> Entry | None:
        """What lies under one key, if it is selected."""
        return self._selected.entry(key, selection)

    def stored(self, selection: Selection, among: Among = None) -> Iterator[tuple[bytes, Buffer]]:
        """Every etcd key under which something selected may lie, with its value, in key order; nothing is read of it."""
        return self._selected.stored(selection, among)

    def objects(self, selection: Selection, also: Iterable[bytes] = (), among: Among = None) -> Iterator[KubeObject]:
        """Every one of the ``entries`` as the API server would return it in its stored version."""
        return self._decoded.objects(self.entries(selection, also, among))

    def raw(
        self,
        selection: Selection,
        quick: Callable[[Entry], Result | None],
        also: Iterable[bytes] = (),
        among: Among = None,
    ) -> Iterator[Result | KubeObject]:
        """The same, or what ``quick`` makes of an entry without its object, where that is something."""
        return self._decoded.raw(self.entries(selection, also, among), quick)

    def spread(
        self,
        selection: Selection,
        work: Callable[[Among], Iterable[Result]],
        size: int = 64,
        other: Snapshot | None = None,
    ) -> Iterator[Result]:
        """What ``work`` makes of what is selected, in key order, by processes side by side where ``snapinspect.jobs`` allows.

        It is called with up to ``size`` etcd keys, ``among`` which it reads what is selected, or with None for all. What it
        yields must be picklable. With an ``other`` snapshot the keys are those of both. Raises WorkerDied.
        """
        return self.spreading.over_keys(selection, work, size, other.spreading if other else None)

    def unread(self, selection: Selection) -> Iterator[Unread]:
        """Every selected value that ``objects`` cannot give, and why; labels do not count for it."""
        return (Unread(entry.record, entry.head, reason) for entry, reason in self._selected.unread(selection))

    def strays(self) -> Iterator[Kind]:
        """The kinds of what lies where no kind is known to lie, shown or live, as values or at least keys tell."""
        space, seen = self.key_space, set[tuple[str, str]]()
        for key, value in chain(self.values(space.is_stray), self.store.values(space.is_stray, self._at)):
            place, head = space.parse(key), self._selected.told(key, value)
            if place is not None and (head.group, head.kind) not in seen:
                seen.add((head.group, head.kind))
                yield stray(place, head)

    def others(self, selection: Selection) -> Iterator[Record]:
        """Every selected record, in key order, under whose key nobody meant a Kubernetes object to be."""
        space = self.key_space
        for record in self.records(lambda key: selection.matches_key(key) and space.holds_no_object(key)):
            if self.head_of(record) is None and selection.matches_head(space.guess(record.key, "")):
                yield record

    def spread_history(self, work: Callable[[Iterable[Record]], Iterable[Result]], size: int = 512) -> Iterator[Result]:
        """What ``work`` makes of every record that is held, oldest first, as ``spread`` does."""
        return self.spreading.over_records(work, size)

    def recover(
        self,
        selection: Selection,
        *,
        also: Collection[bytes] = (),
        bring: Container[str] = (),
        leave_out: Callable[[KubeObject, Omission], object] = recovered.forget,
        release: int | None = None,
        engine: Engine | None = None,
        among: Sequence[spreading.Held] | None = None,
    ) -> Iterator[recovered.Recovered]:
        """Every selected object, cleaned, in the order in which a cluster takes them.

        ``also`` are etcd keys of objects that come along without being meant themselves. What recovery should
        not bring is handed to ``leave_out`` instead, unless the selection names it or the rule's id is in
        ``bring``. The cluster is of Kubernetes 1.``release``, or of the newest that is known. ``engine`` holds the
        rules, if they are not those of ``snapinspect.clean``. ``among`` is what ``recovery.spread`` hands out.
        """
        return self.recovery.recover(selection, also, bring, leave_out, release, engine, among)

    def omission(self, found: KubeObject) -> Omission | None:
        """Why recovery leaves the object out if it is not named; None if it does not."""
        return self.recovery.omission(found)

    def load(self, entry: Entry) -> KubeObject:
        """The object as the API server would return it. Raises Undecodable; fields that no schema has are problems."""
        return self._decoded.load(entry)

    def head_of(self, record: Record) -> Head | None:
        """What a record says of itself, or None when it cannot be read or is no Kubernetes object."""
        return self._decoded.head(record)

    def body_of(self, record: Record) -> Body | None:
        """The object in a record as stored, or None when it cannot be read."""
        return self._decoded.body(record)

    def part_of(self, record: Record, skim: Skim) -> Body | None:
        """The object in a record, of which no more than ``skim`` says need be there, or None when that cannot be read."""
        return self._decoded.part(record, skim)

    def metadata_of(self, record: Record, skim: Skim) -> Body | None:
        """The same of its metadata, without which nothing else need be there."""
        return self._decoded.metadata(record, skim)

    def failure_of(self, record: Record) -> Undecodable | None:
        """Why a record cannot be read; None when it can, or when no object was meant to be under its key."""
        return self._decoded.failure(record)

    def name_failure(self, record: Record) -> None:
        """Makes it a problem that a record cannot be read, unless no object was meant to be under its key."""
        error = self.failure_of(record)
        if error is not None:
            self.problems.append(values.problem(record.key, error))

    def kind_of(self, head: Head) -> Kind:
        """The facts about the kind of an object."""
        return self.kinds.for_object(head.group, head.kind)

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        """The live object of this identity, or None: the ``Lookup`` of the cleaning rules."""
        return self._lookups.find(group, kind, namespace, name)

    def locate(self, group: str, kind: str, namespace: str | None, name: str) -> Record | None:
        """The record of the live object of this identity, whether it can be read or not."""
        return self._lookups.locate(group, kind, namespace, name)

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        """Whether ``locate`` finds it: the ``Lookup`` of the cleaning rules."""
        return self.locate(group, kind, namespace, name) is not None

    def definitions(self) -> Iterator[Body]:
        """The CustomResourceDefinitions; one that cannot be read is named when it is itself selected."""
        starts = tuple(f"{prefix}/{CRD_PATH}/".encode() for prefix in self.prefixes)
        wanted = Holding(starts, lambda key: key.startswith(starts))
        return filter(None, map(self.body_of, self.records(wanted)))

    def known_keys(self) -> Iterable[bytes]:
        """The keys by which prefixes are told."""
        return self.store.keys(self._at)

    def records(self, wanted: KeyFilter) -> Iterator[Record]:
        """What this view shows of the keys that are ``wanted``, in key order."""
        return self.store.scan(wanted, self._at)

    def values(self, wanted: KeyFilter) -> Iterator[tuple[bytes, Buffer]]:
        """The keys and values of ``records``."""
        return self.store.values(wanted, self._at)

    def fronts(self, wanted: KeyFilter) -> Iterator[tuple[bytes, bytes, int, int]] | None:
        """How ``values`` begin, as ``Fronted`` tells it; None where these are to be read."""
        return self.store.fronts(wanted, self._at) if isinstance(self.store, Fronted) else None

    def record(self, key: bytes) -> Record | None:
        """What this view shows of one key."""
        return self.store.get(key, self._at)

    def live(self, key: bytes) -> Record | None:
        """The live record of one key, whatever this view shows."""
        return self.store.get(key, self._at)

    def losses(self, wanted: KeyFilter) -> Iterator[Problem]:
        """What is known to be missing or damaged of the keys that are ``wanted``."""
        return self.store.losses(wanted, self._at) if isinstance(self.store, Lossy) else iter(())

    def below_prefix(self, wanted: KeyFilter) -> KeyFilter:
        """``wanted``, but for keys outside a prefix that was asked for."""
        if self._prefix is None:
            return wanted
        below = f"{self.prefixes[0].rstrip('/')}/".encode()
        return lambda key: key.startswith(below) and wanted(key)

    def decode(self, record: Record, skim: Skim | None = None) -> Decoded:
        """The object in a record as it is stored, perhaps no more than ``skim`` says. Raises Undecodable."""
        return values.decoded(record, self.keys, skim)

    def contemporaries(self, record: Record) -> Lookup:  # noqa: ARG002
        """The objects among which the one in ``record`` stands."""
        return self

    def _under(self, keys: Iterable[bytes], selection: Selection) -> Iterator[Entry]:
        """What lies under ``keys``, but for what ``selection`` excludes."""
        anything = self.select(everything=True)._replace(excluded=selection.excluded)
        for key in sorted(keys):
            found = self.entry(key, anything)
            if found is not None:
                yield found


View = TypeVar("View", bound=Snapshot)


def _no_key(_key: bytes) -> bool:
    return False
