"""Which values of a view are meant, told by their keys, by what they say of themselves, and by labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.errors import Undecodable
from snapinspect.etcd import Listed
from snapinspect.etcd.store import bare
from snapinspect.kube.head import head_within, quick_head
from snapinspect.model import UNPROVEN, Problem
from snapinspect.snapshot.values import (
    NOT_PROVEN,
    Entry,
    encoding_name,
    head_in,
    one_value,
    problem,
    subject,
    told_head,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from snapinspect.etcd import KeyFilter
    from snapinspect.model import Buffer, Head
    from snapinspect.select import Selection
    from snapinspect.snapshot.shown import Shown

    Report = Callable[[Problem], object]
    Keys = Sequence[bytes]
    """Some of what ``Selected.keys`` gave, in its order."""

_LONGEST_MARK = 512


class Selected:
    """What of a view is selected; nothing is decoded beyond the heads, unless labels or fields were asked for."""

    def __init__(self, view: Shown) -> None:
        self._view = view

    def keys(self, selection: Selection) -> list[bytes]:
        """The keys under which something selected may lie, in order."""
        return sorted(set(filter(bare(self._view.below_prefix(selection.matches_key)), self._view.known_keys())))

    def stored(self, selection: Selection, among: Keys | None = None) -> Iterator[tuple[bytes, Buffer]]:
        """Keys and values of all that may be selected; nothing is read of it."""
        return self._view.values(self._wanted(selection, among))

    def heads(self, selection: Selection, report: Report, among: Keys | None = None) -> Iterator[tuple[bytes, Head]]:
        """Keys and heads, whatever labels and fields were asked for."""
        matches, takes_every = selection.matches_head, selection.takes_every_head
        fronts = self._view.fronts(self._wanted(selection, among))
        if fronts is None:
            for key, value in self.stored(selection, among):
                head = quick_head(value) or self.head(key, value, selection, report)
                if head is not None and matches(head):
                    yield key, head
            return
        for key, front, start, length in fronts:
            # Most are found at once, without the calls that the others take.
            head = head_within(front, start, length)
            if head is None:
                ((_, value),) = self._view.values(Listed((key,)))
                head = self.head(key, value, selection, report)
            if head is not None and (takes_every or matches(head)):
                yield key, head

    def named(self, selection: Selection) -> Iterator[Head]:
        """The heads among which names are looked for; the same values are read again, and reported then."""
        for _, head in self.heads(selection, _ignore):
            yield head

    def entries(self, selection: Selection, among: Keys | None = None) -> Iterator[Entry]:
        """Every selected value with its head; only those ``among`` some keys do not tell what is lost."""
        if among is None:
            self._view.problems += self.losses(selection)
        for entry in self._whatever_labels(selection, self._view.problems.append, among):
            if not selection.reads_bodies or self._is_meant(entry, selection):
                yield entry

    def entry(self, key: bytes, selection: Selection) -> Entry | None:
        """What lies under one key, if it is selected."""
        record = self._view.record(key)
        head = record and self.head(key, record.value, selection, self._view.problems.append)
        entry = Entry(record, head) if record and head else None
        return entry if entry and (not selection.reads_bodies or self._is_meant(entry, selection)) else None

    def unread(self, selection: Selection) -> Iterator[tuple[Entry, str]]:
        """Every selected value that cannot be decoded, and why; labels and fields do not count for it."""
        view = self._view
        for entry in self._whatever_labels(selection, _ignore):
            try:
                head_in(entry.record.value, entry.record.key, view.keys)
                view.decode(entry.record)
            except Undecodable as error:
                if not view.key_space.holds_no_object(entry.record.key):
                    yield entry, str(error)

    def head(self, key: bytes, value: Buffer, selection: Selection, report: Report) -> Head | None:
        """The value's head, or what the key suggests when it cannot be read; None when it is not meant."""
        try:
            head = told_head(value, key, self._view.keys)
        except Undecodable as error:
            space = self._view.key_space
            head = space.guess(key, encoding_name(bytes(value[:_LONGEST_MARK])))
            if selection.matches_head(head) and not space.holds_no_object(key):
                report(problem(key, error))
        return head if selection.matches_head(head) else None

    def told(self, key: bytes, value: Buffer) -> Head:
        """The value's head, or what the key suggests when it cannot be read."""
        try:
            return told_head(value, key, self._view.keys)
        except Undecodable:
            return self._view.key_space.guess(key, encoding_name(bytes(value[:_LONGEST_MARK])))

    def losses(self, selection: Selection) -> Iterator[Problem]:
        """What is known to be missing of what may be selected."""
        return self._view.losses(self._view.below_prefix(selection.matches_key))

    def _wanted(self, selection: Selection, among: Keys | None) -> KeyFilter:
        return self._view.below_prefix(selection.matches_key) if among is None else Listed(among)

    def _whatever_labels(self, selection: Selection, report: Report, among: Keys | None = None) -> Iterator[Entry]:
        for record in self._view.records(self._wanted(selection, among)):
            head = self.head(record.key, record.value, selection, report)
            if head is not None:
                if record.source == UNPROVEN:
                    report(Problem("unproven", subject(record.key), NOT_PROVEN))
                yield Entry(record, head)

    def _is_meant(self, entry: Entry, selection: Selection) -> bool:
        view = self._view
        try:
            with one_value():
                return selection.matches_body(entry.head, view.decode(entry.record).body)
        except Undecodable as error:
            # A head that could not be read has been named already.
            if not entry.head.guessed:
                view.problems.append(problem(entry.record.key, error))
            return False


def _ignore(_problem: Problem) -> None:
    """Nobody asked."""
