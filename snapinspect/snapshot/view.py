"""A snapshot at one revision: which objects are in it, and what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Self, TypeVar

from snapinspect.errors import NotFound, Undecodable
from snapinspect.etcd import KeyFilter, Lossy
from snapinspect.kube.decode import Decoded, Keys, NoKeys
from snapinspect.kube.envelope import encoding_of
from snapinspect.kube.head import quick_head
from snapinspect.kube.keys import KeySpace, find_prefixes
from snapinspect.kube.kinds import Kind, KindTable
from snapinspect.model import (
    UNPROVEN,
    Body,
    Buffer,
    Cleaned,
    Head,
    KubeObject,
    Lookup,
    Omission,
    Problem,
    Progress,
    Record,
    silent,
)
from snapinspect.select import Selection, Target, check_names, select
from snapinspect.snapshot.lookups import Lookups
from snapinspect.snapshot.values import (
    NOT_PROVEN,
    Entry,
    as_served,
    decoded,
    head_in,
    problem,
    subject,
    unknown_fields,
)
from snapinspect.sources import Source

_CRD_PATH = "apiextensions.k8s.io/customresourcedefinitions"
_LONGEST_MARK = 512
_BOOKKEEPING = Omission("bookkeeping", "an API server keeps it for itself, and no API serves it")


@dataclass(frozen=True, slots=True)
class Recovered:
    """An object as stored, and as it should be applied."""

    object: KubeObject
    cleaned: Cleaned


@dataclass(frozen=True, slots=True)
class Unread:
    """A selected value that could not be decoded, and why."""

    record: Record
    head: Head
    reason: str


def _forget(_found: KubeObject, _omission: Omission) -> None:
    """Nobody asked what was left out."""


class Snapshot:
    """A snapshot at one revision, the last unless ``at`` says otherwise.

    What is selected and cannot be read does not stop the reading: it is added to ``problems``.
    A key that holds no Kubernetes object has a head without a kind.
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
        self.problems: list[Problem] = []
        self.store = source.store
        self.keys: Keys = keys or NoKeys()
        self._prefix = prefix
        self._at = at
        self._progress = progress
        self._lookups = Lookups(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.source.close()

    def at(self, revision: int) -> Snapshot:
        """The same snapshot as it was at ``revision``. Raises UsageError when it does not hold that one."""
        return self.seen_as(Snapshot, revision)

    def seen_as(self, view: type[View], at: int | None = None) -> View:
        """The same snapshot as another view, at the same revision unless ``at`` is given; both add to ``problems``."""
        revision = self._at if at is None else at
        other = view(self.source, keys=self.keys, prefix=self._prefix, at=revision, progress=self._progress)
        other.problems, other.notes = self.problems, self.notes
        return other

    @property
    def is_certain(self) -> bool:
        """Whether nothing is known to be missing or damaged; else a record's ``source`` tells what it is."""
        return not isinstance(self.store, Lossy) or next(self.store.losses(_no_key, self._at), None) is None

    @property
    def revision(self) -> int:
        return self.store.revision if self._at is None else self._at

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The etcd key prefixes under which Kubernetes' keys lie, found from the data unless one was given."""
        keys = self._known_keys()
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
        return KindTable.builtin().with_custom(self.definitions())

    @cached_property
    def key_space(self) -> KeySpace:
        """What etcd keys say."""
        return KeySpace(self.prefixes, self.kinds)

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
        )
        if any(wanted.name is not None for wanted in selection.wanted):
            check_names(selection, (head for _, head in self._heads(selection, _ignore)))
        return selection

    def heads(self, selection: Selection) -> Iterator[tuple[bytes, Head]]:
        """Every selected etcd key with its value's head, in key order; quicker than ``entries``."""
        if selection.labels is not None or not self.is_certain:
            return ((record.key, head) for record, head in self.entries(selection))
        return self._heads(selection, self.problems.append)

    def entries(self, selection: Selection, also: Iterable[bytes] = ()) -> Iterator[Entry]:
        """Every selected value with its head, in key order, then what lies under the keys ``also``.

        Nothing is decoded beyond the heads.
        """
        for entry in self._entries(selection, self.problems.append):
            if selection.labels is None or self._has_labels(entry, selection):
                yield entry
        anything = self.select(everything=True)
        for key in sorted(also):
            found = self.entry(key, anything)
            if found is not None:
                yield found

    def stored(self, selection: Selection) -> Iterator[tuple[bytes, Buffer]]:
        """Every etcd key under which something selected may lie, with its value, in key order; nothing is read of it."""
        return self._values(self._below_prefix(selection.matches_key))

    def entry(self, key: bytes, selection: Selection) -> Entry | None:
        """What lies under one key, if it is selected."""
        record = self.record(key)
        head = record and self._selected_head(key, record.value, selection, self.problems.append)
        entry = Entry(record, head) if record and head else None
        return entry if entry and (selection.labels is None or self._has_labels(entry, selection)) else None

    def objects(self, selection: Selection, also: Iterable[bytes] = ()) -> Iterator[KubeObject]:
        """Every one of the ``entries`` as the API server would return it in its stored version."""
        return self._decoded(self.entries(selection, also))

    def unread(self, selection: Selection) -> Iterator[Unread]:
        """Every selected value that ``objects`` cannot give, and why; labels do not count for it."""
        for entry in self._entries(selection, _ignore):
            try:
                head_in(entry.record.value, entry.record.key, self.keys)
                self._decode(entry.record)
            except Undecodable as error:
                if not self._holds_no_object(entry.record.key):
                    yield Unread(entry.record, entry.head, str(error))

    def recover(
        self,
        selection: Selection,
        *,
        also: Collection[bytes] = (),
        bring: Container[str] = (),
        leave_out: Callable[[KubeObject, Omission], object] = _forget,
        release: int | None = None,
    ) -> Iterator[Recovered]:
        """Every selected object, cleaned, in the order in which a cluster takes them.

        ``also`` are etcd keys of objects that come along without being meant themselves. What recovery should
        not bring is handed to ``leave_out`` instead, unless the selection names it or the rule's id is in
        ``bring``. The cluster is of Kubernetes 1.``release``, or of the newest that is known.
        """
        # Imported here, as listing, which must start at once, needs no rules.
        from snapinspect.clean import apply_order, clean

        for found in self._decoded(self._in_order(selection, also, apply_order)):
            meant = selection.named(found.head) and (selection.everything or found.record.key not in also)
            omission = (
                None if meant and (selection.everything or not self._is_bookkeeping(found)) else self.omission(found)
            )
            if omission is None or omission.rule in bring:
                yield Recovered(found, clean(found.body, self._lookup(found.record), release))
            else:
                leave_out(found, omission)

    @cached_property
    def cluster_uid(self) -> str | None:
        """The UID of the namespace kube-system, by which clusters are told apart."""
        body = self.find("", "Namespace", None, "kube-system")
        metadata = body.get("metadata") if body else None
        return metadata.get("uid") if isinstance(metadata, dict) else None

    def head_of(self, record: Record) -> Head | None:
        """What a record says of itself, or None when it cannot be read or is no Kubernetes object."""
        try:
            return head_in(record.value, record.key, self.keys)
        except Undecodable:
            return None

    def body_of(self, record: Record) -> Body | None:
        """The object in a record as stored, or None when it cannot be read."""
        try:
            return self._decode(record).body
        except Undecodable:
            return None

    def failure_of(self, record: Record) -> Undecodable | None:
        """Why a record cannot be read; None when it can, or when no object was meant to be under its key."""
        try:
            self._decode(record)
        except Undecodable as error:
            return None if self._holds_no_object(record.key) else error
        return None

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        """The live object of this identity, or None: the ``Lookup`` of the cleaning rules."""
        return self._lookups.find(group, kind, namespace, name)

    def locate(self, group: str, kind: str, namespace: str | None, name: str) -> Record | None:
        """The record of the live object of this identity, whether it can be read or not."""
        return self._lookups.locate(group, kind, namespace, name)

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        """Whether ``locate`` finds it: the ``Lookup`` of the cleaning rules."""
        return self.locate(group, kind, namespace, name) is not None

    def _is_bookkeeping(self, found: KubeObject) -> bool:
        """Whether it is a record that an API server keeps for itself, and that no cluster would take."""
        return self.key_space.is_bookkeeping(found.record.key)

    def kind_of(self, head: Head) -> Kind:
        """The facts about the kind of an object."""
        return self.kinds.for_object(head.group, head.kind)

    def omission(self, found: KubeObject) -> Omission | None:
        """Why recovery leaves the object out if it is not named; None if it does not."""
        if self.key_space.is_bookkeeping(found.record.key):
            return _BOOKKEEPING
        from snapinspect.clean import omission

        return omission(found.body, self._lookup(found.record))

    def _known_keys(self) -> Iterable[bytes]:
        """The keys by which prefixes are told."""
        return self.store.keys(self._at)

    def _records(self, wanted: KeyFilter) -> Iterator[Record]:
        """What this view shows of the keys that are ``wanted``, in key order."""
        return self.store.scan(wanted, self._at)

    def _values(self, wanted: KeyFilter) -> Iterator[tuple[bytes, Buffer]]:
        """The keys and values of ``_records``."""
        return self.store.values(wanted, self._at)

    def record(self, key: bytes) -> Record | None:
        """What this view shows of one key."""
        return self.store.get(key, self._at)

    def _lookup(self, record: Record) -> Lookup:  # noqa: ARG002
        """The objects among which the one in ``record`` stands."""
        return self

    def _entries(self, selection: Selection, report: Callable[[Problem], object]) -> Iterator[Entry]:
        wanted = self._below_prefix(selection.matches_key)
        if isinstance(self.store, Lossy):
            for problem in self.store.losses(wanted, self._at):
                report(problem)
        for record in self._records(wanted):
            head = self._selected_head(record.key, record.value, selection, report)
            if head is not None:
                if record.source == UNPROVEN:
                    report(Problem("unproven", subject(record.key), NOT_PROVEN))
                yield Entry(record, head)

    def _heads(self, selection: Selection, report: Callable[[Problem], object]) -> Iterator[tuple[bytes, Head]]:
        for key, value in self.stored(selection):
            head = self._selected_head(key, value, selection, report)
            if head is not None:
                yield key, head

    def _selected_head(
        self, key: bytes, value: Buffer, selection: Selection, report: Callable[[Problem], object]
    ) -> Head | None:
        """The value's head, or what the key suggests when it cannot be read; None when it is not meant."""
        try:
            head = quick_head(value) or head_in(value, key, self.keys)
        except Undecodable as error:
            head = self.key_space.guess(key, encoding_of(bytes(value[:_LONGEST_MARK])))
            if selection.matches_head(head) and not self._holds_no_object(key):
                report(problem(key, error))
        return head if selection.matches_head(head) else None

    def _decoded(self, entries: Iterable[Entry]) -> Iterator[KubeObject]:
        for entry in entries:
            if entry.head.guessed:
                continue
            try:
                found = self.load(entry)
            except Undecodable as error:
                self.problems.append(problem(entry.record.key, error))
            else:
                yield found

    def _in_order(
        self, selection: Selection, also: Iterable[bytes], rank_of: Callable[[tuple[str, str]], int]
    ) -> Iterator[Entry]:
        """The entries by the rank of their group and kind; only keys are held, as there may be very many."""
        by_rank: dict[int, list[bytes | Entry]] = defaultdict(list)
        for entry in self.entries(selection, also):
            record, head = entry
            if not head.guessed:
                # A key of a damaged file may have several values.
                by_rank[rank_of((head.group, head.kind))].append(entry if record.source == UNPROVEN else record.key)
        for rank in sorted(by_rank):
            for held in by_rank[rank]:
                if isinstance(held, Entry):
                    yield held
                elif again := self.record(held):
                    yield Entry(again, head_in(again.value, again.key, self.keys))

    def _has_labels(self, entry: Entry, selection: Selection) -> bool:
        try:
            return selection.matches_body(self._decode(entry.record).body)
        except Undecodable as error:
            # A head that could not be read has been named already.
            if not entry.head.guessed:
                self.problems.append(problem(entry.record.key, error))
            return False

    def _below_prefix(self, wanted: KeyFilter) -> KeyFilter:
        """Keys outside a prefix that was asked for are not meant."""
        if self._prefix is None:
            return wanted
        below = f"{self.prefixes[0].rstrip('/')}/".encode()
        return lambda key: key.startswith(below) and wanted(key)

    def load(self, entry: Entry) -> KubeObject:
        """The object as the API server would return it. Raises Undecodable; fields that no schema has are problems."""
        found = self._decode(entry.record)
        self.problems += unknown_fields(entry.record, found)
        return as_served(entry, found.body)

    def live(self, key: bytes) -> Record | None:
        """The live record of one key, whatever this view shows."""
        return self.store.get(key, self._at)

    def _decode(self, record: Record) -> Decoded:
        return decoded(record, self.keys)

    def _holds_no_object(self, key: bytes) -> bool:
        """Whether nothing is lost when the value under ``key`` is no object: none was ever meant to be there."""
        return self.key_space.is_bookkeeping(key) or self.key_space.parse(key) is None

    def definitions(self) -> Iterator[Body]:
        """The CustomResourceDefinitions; one that cannot be read is named when it is itself selected."""
        starts = tuple(f"{prefix}/{_CRD_PATH}/".encode() for prefix in self.prefixes)
        for record in self._records(lambda key: key.startswith(starts)):
            body = self.body_of(record)
            if body is not None:
                yield body


View = TypeVar("View", bound=Snapshot)


def _no_key(_key: bytes) -> bool:
    return False


def _ignore(_problem: Problem) -> None:
    """The same values are read again, and reported then."""
