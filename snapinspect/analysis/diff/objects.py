"""Which objects differ between two states of a cluster, or between two clusters.

What is stored under the same key in the same bytes is the same object, and is not looked at. Only the rest is
told apart by group, kind, namespace and name, as a kind may have moved to another key, and decoded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from snapinspect.analysis.diff.fields import changes
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.errors import Undecodable
from snapinspect.kube.decode import with_resource_version
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Problem, silent
from snapinspect.select import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from snapinspect.analysis.diff.fields import FieldChange
    from snapinspect.model import Body, Buffer, Head, Progress
    from snapinspect.select import Selection
    from snapinspect.snapshot import Entry, Snapshot

Operation = Literal["added", "removed", "changed"]
Identity = tuple[str, str, str | None, str]

_COMPARED = 1_024
"""Keys whose values a process compares at a time."""
PASSING = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")})
"""Groups and kinds that a diff leaves out unless they are named: they come and go with nothing being changed."""


class Difference(NamedTuple):
    """One object that differs; ``old`` is None when it was added, ``new`` when it was removed."""

    old: Entry | None
    new: Entry | None

    @property
    def operation(self) -> Operation:
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"

    @property
    def head(self) -> Head:
        """What the object says of itself, in its new state if it has one."""
        entry = self.new or self.old
        assert entry is not None
        return entry.head


@dataclass(slots=True)
class Comparison:
    """Two views and what of them is compared. ``raw`` takes what servers write for a difference, too.

    ``marks`` are what the number of either state is called, ``unread`` is what is said of an object that cannot be read.
    """

    marks: ClassVar[tuple[str, str]] = ("revision", "revision")
    unread: ClassVar[str] = "it cannot be read, and its bytes differ"

    old: Snapshot
    new: Snapshot
    selection: Selection
    raw: bool = False
    passed_over: set[bytes] = field(default_factory=set)
    """Keys of the Events and Leases that differ and were left out."""

    def differences(self, progress: Progress = silent) -> list[Difference]:
        """Every object that differs, by namespace, kind and name; what cannot be read differs with its bytes."""
        with progress("comparing", 0) as advance:
            return sorted(self._unsorted(advance), key=_place)

    def bodies(self, difference: Difference) -> tuple[Body | None, Body | None]:
        """The object in both states as the API server would return it; None where it is not, or cannot be read."""
        return _body(self.old, difference.old), _body(self.new, difference.new)

    def changes(self, difference: Difference) -> list[FieldChange]:
        """The fields that differ, values of Secrets as hashes; none of what is, or can be read, on one side only."""
        before, after = self.bodies(difference)
        if before is None or after is None:
            return []
        veil = Veil()
        return list(changes(veil.over(self._compared(before)), veil.over(self._compared(after))))

    def _differs(self, old: Entry, new: Entry) -> bool:
        """Whether two states differ in more than noise; what cannot be read is a problem, and differs."""
        try:
            before, after = self.old.load(old).body, self.new.load(new).body
        except Undecodable as error:
            # A head that could not be read has been named already.
            if not new.head.guessed:
                self.new.problems.append(Problem(error.code, _key(new), str(error)))
            return True
        return self._are_different(before, after)

    def _are_different(self, before: Body, after: Body) -> bool:
        return any(True for _ in changes(self._compared(before), self._compared(after)))

    def _compared(self, body: Body) -> Body:
        return body if self.raw else without_noise(body)

    def _unsorted(self, advance: Callable[[int], object]) -> Iterator[Difference]:
        for pair in self._pairs():
            advance(1)
            if pair.old is None or pair.new is None or self._differs(pair.old, pair.new):
                yield pair

    def _pairs(self) -> Iterator[Difference]:
        """What is stored in other bytes, or on one side only, put together by identity."""
        unmatched: dict[Identity, list[Entry]] = defaultdict(list)
        added: list[Entry] = []
        for key in self._unequal():
            old, new = self._both(key)
            if old and new and _identity(old) == _identity(new):
                yield Difference(old, new)
            else:
                if old:
                    unmatched[_identity(old)].append(old)
                added += [new] if new else []
        for new in added:
            same = unmatched.get(_identity(new))
            yield Difference(same.pop() if same else None, new)
        yield from (Difference(old, None) for others in unmatched.values() for old in others)

    def _unequal(self) -> Iterator[bytes]:
        """The keys under which the states differ, as they are stored."""

        def work(among: Sequence[bytes] | None) -> Iterator[bytes]:
            return unequal(self.old.stored(self.selection, among), self.new.stored(self.selection, among))

        return self.old.spread(self.selection, work, _COMPARED, self.new)

    def _both(self, key: bytes) -> tuple[Entry | None, Entry | None]:
        """What lies under ``key`` on both sides: an object that has the labels and fields on one of them only is there, too."""
        old, new = self._entry(self.old, key, self.selection), self._entry(self.new, key, self.selection)
        if not self.selection.reads_bodies or bool(old) == bool(new):
            return old, new
        whatever = self.selection.by_heads()
        return old or self._entry(self.old, key, whatever), new or self._entry(self.new, key, whatever)

    def _entry(self, view: Snapshot, key: bytes, selection: Selection) -> Entry | None:
        """What lies under ``key`` on one side; not what API servers keep for themselves, nor what passes."""
        if view.key_space.is_bookkeeping(key):
            return None
        entry = view.entry(key, selection)
        if entry and (entry.head.group, entry.head.kind) in PASSING and not self.selection.named(entry.head):
            self.passed_over.add(key)
            return None
        return entry


def diff(
    old: Snapshot, new: Snapshot, targets: Iterable[str] = (), *, namespaces: Iterable[str] = (), raw: bool = False
) -> Comparison:
    """Compares what the ``targets`` (KIND or KIND/NAME; all without) name in two snapshots, or two moments of one.

    Raises UsageError for what is malformed, and NotFound for a kind that neither knows.
    """
    return Comparison(old, new, select(common_key_space(old, new), targets, namespaces=namespaces), raw)


def common_key_space(old: Snapshot, new: Snapshot) -> KeySpace:
    """The keys and kinds of both, for a selection that holds for either."""
    table = KindTable.builtin().with_custom([*old.definitions(), *new.definitions()])
    table = table.with_strays(lambda: [*old.strays(), *new.strays()])
    return KeySpace((*old.prefixes, *new.prefixes), table)


def unequal(old: Iterator[tuple[bytes, Buffer]], new: Iterator[tuple[bytes, Buffer]]) -> Iterator[bytes]:
    """The keys, of two sequences in the order of their keys, that only one has or that have other values."""
    one, other = next(old, None), next(new, None)
    while one and other:
        if one[0] == other[0]:
            if len(one[1]) != len(other[1]) or bytes(one[1]) != bytes(other[1]):
                yield one[0]
            one, other = next(old, None), next(new, None)
        elif one[0] < other[0]:
            yield one[0]
            one = next(old, None)
        else:
            yield other[0]
            other = next(new, None)
    while one:
        yield one[0]
        one = next(old, None)
    while other:
        yield other[0]
        other = next(new, None)


def _body(view: Snapshot, entry: Entry | None) -> Body | None:
    body = view.body_of(entry.record) if entry else None
    return body and entry and with_resource_version(body, entry.record.mod_revision)


def _key(entry: Entry) -> str:
    return entry.record.key.decode("utf-8", "backslashreplace")


def _identity(entry: Entry) -> Identity:
    head = entry.head
    return head.group, head.kind, head.namespace, head.name


def _place(difference: Difference) -> tuple[str, str, str, str]:
    head = difference.head
    return head.namespace or "", head.kind, head.group, head.name
