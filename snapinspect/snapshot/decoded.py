"""The objects in a view's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from snapinspect.errors import Undecodable
from snapinspect.model import UNPROVEN
from snapinspect.snapshot.values import Entry, as_served, checked, decoded, metadata, problem, told_head, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapinspect.kube.skim import Skim
    from snapinspect.model import Body, Head, KubeObject, Record
    from snapinspect.snapshot.shown import Shown


R = TypeVar("R")


def _all_of_it(_head: Head) -> Skim | None:
    return None


class Objects:
    """What is in the records of a view; what cannot be read is a problem of it, or None where it says so."""

    def __init__(self, view: Shown) -> None:
        self._view = view

    def objects(
        self, entries: Iterable[Entry], skim: Callable[[Head], Skim | None] = _all_of_it
    ) -> Iterator[KubeObject]:
        """The objects of ``entries`` that can be read, perhaps no more of each than ``skim`` says."""
        for entry in entries:
            if entry.head.guessed:
                continue
            try:
                found = self.load(entry, skim(entry.head))
            except Undecodable as error:
                self._view.problems.append(problem(entry.record.key, error))
            else:
                yield found

    def raw(self, entries: Iterable[Entry], quick: Callable[[Entry], R | None]) -> Iterator[R | KubeObject]:
        """The same objects, or what ``quick`` makes of an entry without its object, where that is something."""
        for entry in entries:
            # One that may not have been live bears a mark, which its value does not.
            made = None if entry.head.guessed or entry.record.source == UNPROVEN else quick(entry)
            if made is None:
                yield from self.objects((entry,))
            else:
                yield made

    def load(self, entry: Entry, skim: Skim | None = None) -> KubeObject:
        """The object as the API server would return it. Raises Undecodable; fields that no schema has are problems."""
        found = self._view.decode(entry.record, skim)
        self._view.problems += unknown_fields(entry.record, found)
        return as_served(entry, found.body)

    def head(self, record: Record) -> Head | None:
        """What a record says of itself, or None when it cannot be read or is no Kubernetes object."""
        try:
            return told_head(record.value, record.key, self._view.keys)
        except Undecodable:
            return None

    def body(self, record: Record) -> Body | None:
        """The object in a record as stored, or None when it cannot be read."""
        try:
            return self._view.decode(record).body
        except Undecodable:
            return None

    def part(self, record: Record, skim: Skim) -> Body | None:
        """What ``body`` gives, perhaps no more than ``skim`` says; cheaper."""
        try:
            return decoded(record, self._view.keys, skim).body
        except Undecodable:
            return None

    def metadata(self, record: Record, skim: Skim) -> Body | None:
        """What ``body`` gives, perhaps no more than ``skim`` says of its metadata; cheaper."""
        try:
            return metadata(record, self._view.keys, skim)
        except Undecodable:
            return None

    def failure(self, record: Record) -> Undecodable | None:
        """Why a record cannot be read; None when it can, or when no object was meant to be under its key."""
        try:
            checked(record, self._view.keys)
        except Undecodable as error:
            return None if self._view.key_space.holds_no_object(record.key) else error
        return None
