"""What became of an object that is not found: deleted, not there yet, in another namespace, or of a name like it."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.deleted import Deleted
from snapinspect.errors import NotFound
from snapinspect.select import ALL, Names, Selection, Target, select
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.timeline import Moment, read_timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.model import Head

_ALIKE = 0.6
_SHOWN = 5
_NAMESPACES = "namespaces"


class End(NamedTuple):
    """How a life ended: where, at which revision and when, as far as that is known, and the last one that held it."""

    namespace: str | None
    revision: int | None
    moment: Moment | None
    last: int


class Whereabouts:
    """Looks in one view of a snapshot for what it was asked for and does not show."""

    def __init__(self, view: Snapshot) -> None:
        self._view = view

    def missing(self, targets: Iterable[Target], namespaces: Iterable[str]) -> list[Target]:
        """Those that the view does not show, in the order given; kinds that it does not know among them."""
        return [target for target in targets if not self._shows(target, namespaces)]

    def namespaces_of(self, target: Target) -> list[str]:
        """Where objects of this kind and name are."""
        return sorted({head.namespace for head in self._heads(target) if head.namespace is not None})

    def absent_namespaces(self, names: Iterable[str]) -> list[str]:
        """Those, and those patterns, in which there is nothing and of which there is no Namespace."""
        there = self.namespaces
        return [name for name in names if not any(each in Names((name,)) for each in there)]

    def like_namespace(self, name: str) -> list[str]:
        """Namespaces of a name like it."""
        return _alike(name, self.namespaces)

    def like_name(self, target: Target, namespaces: Iterable[str]) -> list[Head]:
        """Objects of the kind whose names are like the one that was given, the likest first."""
        heads = list(self._heads(Target(target.word), namespaces)) or list(self._heads(Target(target.word)))
        by_name = {head.name: head for head in heads}
        return [by_name[name] for name in _alike(target.name or "", by_name)]

    def of_any_kind(self, name: str) -> list[Head]:
        """Objects of that name, whatever they are."""
        return list(self._selected(self._everything(names=Names((name,)))))

    def end_of(self, target: Target, namespaces: Iterable[str]) -> End | None:
        """How the last life of what is named ended, if it did and that is still held."""
        try:
            gone = self._past.gone(select(self._past.key_space, [target], namespaces=namespaces))
        except NotFound:
            return None
        if not gone:
            return None
        life, head = gone[0]
        moment = None if life.ended is None else read_timeline(self._view).when(life.ended)
        return End(head.namespace, life.ended, moment, life.last.mod_revision)

    def end_of_namespace(self, name: str) -> End | None:
        """The same of a namespace."""
        return self.end_of(Target(_NAMESPACES, name), ())

    def first_revision(self, target: Target, namespaces: Iterable[str]) -> int | None:
        """The first revision after the one that is shown at which the object is there."""
        view = self._view
        later = view.seen_as(Snapshot, view.store.revision)
        try:
            selection = select(later.key_space, [target], namespaces=namespaces)
        except NotFound:
            return None
        for record in view.store.revisions(selection.matches_key):
            if record.mod_revision > view.revision and not record.tombstone:
                head = later.head_of(record)
                if head is not None and selection.matches_head(head):
                    return record.mod_revision
        return None

    def kind_is_gone(self, word: str) -> bool:
        """Whether a kind is only known from a definition that was deleted."""
        return self._past.kinds.means_something(word)

    @cached_property
    def _past(self) -> Deleted:
        return self._view.seen_as(Deleted)

    def _shows(self, target: Target, namespaces: Iterable[str]) -> bool:
        return next(self._heads(target, namespaces), None) is not None

    @cached_property
    def namespaces(self) -> set[str]:
        """All that there are, in what is live, too, where the view shows something else."""
        here = self._selected(self._everything())
        live = self._view.seen_as(Snapshot)
        heads = chain(here, (head for _, head in live.heads(live.select(everything=True))))
        return {
            head.name if head.namespace is None else head.namespace
            for head in heads
            if head.namespace or (head.group, head.kind) == ("", "Namespace")
        }

    def _heads(self, target: Target, namespaces: Iterable[str] = ()) -> Iterator[Head]:
        """What the view shows of one kind, or one name of it; nothing of a kind that nobody knows."""
        try:
            selection = select(self._view.key_space, [target], namespaces=namespaces)
        except NotFound:
            return iter(())
        return self._selected(selection)

    def _selected(self, selection: Selection) -> Iterator[Head]:
        return (head for _, head in self._view.heads(selection) if head.kind)

    def _everything(self, names: Names = ALL) -> Selection:
        return select(self._view.key_space, everything=True)._replace(names=names)


def _alike(word: str, words: Iterable[str]) -> list[str]:
    """Those that begin with the word, contain it or look like it, the likest first."""
    known = sorted(words)
    contained = sorted(
        (each for each in known if word and word in each), key=lambda each: (not each.startswith(word), len(each))
    )
    same = [each for each in known if each.lower() == word.lower()]
    return list(dict.fromkeys([*same, *contained, *get_close_matches(word, known, n=_SHOWN, cutoff=_ALIKE)]))[:_SHOWN]
