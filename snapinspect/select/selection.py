"""Which objects of a snapshot the user means: first by key, then by head, then by labels.

Each test narrows what the one before let through, so that a value is only touched, and only decoded, when
the cheaper tests cannot rule it out.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.etcd import Holding
from snapinspect.select.names import ALL, Names, is_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.kube.keys import KeySpace
    from snapinspect.kube.kinds import Kind
    from snapinspect.model import Body, Head
    from snapinspect.select.fields import FieldSelector
    from snapinspect.select.labels import LabelSelector
    from snapinspect.select.targets import Target

_NAMESPACES = "namespaces"
_DIRECTORIES_KEPT = 65_536


class Wanted:
    """A target and the kinds it stands for; ``swept`` if they only came in by a category such as ``all``.

    The target's name may be a pattern. ``names`` are those that are meant, none where all are, ``identities`` its kinds
    by group and kind.
    """

    def __init__(self, target: Target, kinds: tuple[Kind, ...], *, swept: bool = False) -> None:
        self.target = target
        self.kinds = kinds
        self.swept = swept
        self.names = Names(() if target.name is None else (target.name,))
        self.identities = frozenset((kind.group, kind.kind) for kind in kinds)

    @property
    def name(self) -> str | None:
        return self.target.name

    @property
    def is_one_name(self) -> bool:
        """Whether a single object is named, which may lie in several namespaces all the same."""
        return self.target.name is not None and not is_pattern(self.target.name)

    def fits(self, head: Head) -> bool:
        """Whether kind and name are those of ``head``."""
        return (head.group, head.kind) in self.identities and (not self.names or head.name in self.names)


class Excluded(NamedTuple):
    """What is not meant whatever else is said: kinds, objects of theirs, and all of some namespaces."""

    wanted: tuple[Wanted, ...] = ()
    namespaces: Names = ALL

    def __bool__(self) -> bool:
        return bool(self.wanted or self.namespaces)

    def fits(self, head: Head) -> bool:
        """Whether an object is among it."""
        if self.namespaces and _lies_in(self.namespaces, head):
            return True
        return any(wanted.fits(head) for wanted in self.wanted)


NONE_EXCLUDED = Excluded()


class _Conditions(NamedTuple):
    """What was said of the objects that are meant."""

    space: KeySpace
    wanted: tuple[Wanted, ...] = ()
    namespaces: Names = ALL
    all_namespaces: bool = False
    labels: LabelSelector | None = None
    names: Names = ALL
    keys: tuple[bytes, ...] = ()
    everything: bool = False
    excluded: Excluded = NONE_EXCLUDED
    notices: tuple[str, ...] = ()
    fields: FieldSelector | None = None


class Selection(_Conditions):
    """What the user means; every condition that is set must hold. Made by ``snapinspect.select.select``.

    ``notices`` say what a word does not cover, for people. ``everything`` asks for what recovery leaves out,
    too; it does not widen the other conditions.
    """

    @property
    def is_bounded(self) -> bool:
        """Whether anything was said at all: a kind, namespaces, label, field, name, key, or that everything is meant."""
        places = self.namespaces or self.all_namespaces
        inside = self.labels or self.fields
        return bool(self.wanted or places or inside or self.names or self.keys or self.everything)

    @property
    def is_one_name(self) -> bool:
        """Whether a single object is named."""
        return len(self.wanted) == 1 and self.wanted[0].is_one_name

    @cached_property
    def matches_key(self) -> Callable[[bytes], bool]:
        """Whether an object under this etcd key can be meant, before its value is looked at.

        Never false for one that is: an API server keeps each object under its own kind's path, namespace and
        name. Whatever is not known for certain passes. Decides once for each directory of keys, then by name.
        """
        verdicts: dict[bytes, Callable[[bytes], bool]] = {}
        prefixes = self.keys or (b"",)
        if not (self.wanted or self.namespaces or self.names):
            return Holding(prefixes, (lambda key: key.startswith(prefixes)) if self.keys else _anything)

        def matches(key: bytes) -> bool:
            if not key.startswith(prefixes):
                return False
            cut = key.rfind(b"/") + 1
            directory = key[:cut]
            verdict = verdicts.get(directory)
            if verdict is None:
                if len(verdicts) >= _DIRECTORIES_KEPT:
                    verdicts.clear()
                verdict = verdicts[directory] = self._name_test(directory)
            return verdict(key[cut:])

        if self.wanted and all(wanted.is_one_name for wanted in self.wanted):
            endings = tuple(ending for wanted in self.wanted for ending in self._endings(wanted))
            return Holding(endings, lambda key: key.endswith(endings) and matches(key))
        return matches

    def _endings(self, wanted: Wanted) -> list[bytes]:
        """What the key of a single object that is named ends with, as much of it as is known."""
        is_placed = all(kind.namespaced for kind in wanted.kinds) and not self.namespaces.has_patterns
        places = [f"/{name}" for name in self.namespaces.words] if is_placed else []
        return [f"{place}/{wanted.name}".encode("utf-8", "surrogateescape") for place in places or [""]]

    def matches_head(self, head: Head) -> bool:
        """Whether kind, namespace and name are meant."""
        if self.takes_every_head:
            return True
        if self.fields and not self.fields.matches_head(head):
            return False
        if self.names and head.name not in self.names:
            return False
        if self.excluded and self.excluded.fits(head):
            return False
        if self.wanted:
            return any(self._is_wanted(wanted, head) for wanted in self.wanted)
        return not self.namespaces or _lies_in(self.namespaces, head)

    @cached_property
    def takes_every_head(self) -> bool:
        """Whether ``matches_head`` is true of any."""
        return not (self.fields or self.names or self.excluded or self.wanted or self.namespaces)

    @property
    def reads_bodies(self) -> bool:
        """Whether heads do not tell what is meant: labels do not stand in them, nor do most fields."""
        return self.labels is not None or (self.fields is not None and self.fields.reads_bodies)

    def by_heads(self) -> Selection:
        """The same but for what heads do not tell."""
        return self._replace(labels=None, fields=self.fields.by_heads() if self.fields else None)

    def matches_body(self, head: Head, body: Body) -> bool:
        """Whether labels and fields are meant."""
        if self.fields and not self.fields.matches_body(body, self.space.table.for_object(head.group, head.kind)):
            return False
        return self.labels is None or self._matches_labels(self.labels, body)

    @staticmethod
    def _matches_labels(selector: LabelSelector, body: Body) -> bool:
        metadata = body.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        return selector.matches(labels if isinstance(labels, dict) else None)

    def named(self, head: Head) -> bool:
        """Whether a selected object was asked for by its kind or its literal name, or everything was.

        If not, it was only swept up by a namespace, a label, a pattern, a key prefix or a category, and recovery may
        leave it out.
        """
        if self.everything or head.name in self.names.literals:
            return True
        return any(not wanted.swept and self._is_wanted(wanted, head) for wanted in self.wanted)

    def _is_wanted(self, wanted: Wanted, head: Head) -> bool:
        """A kind without namespaces is only bound to them if a category brought it, as kubectl's -n ignores it."""
        if not wanted.fits(head):
            return False
        if head.namespace is None and not wanted.swept:
            return True
        return not self.namespaces or head.namespace in self.namespaces

    def _name_test(self, directory: bytes) -> Callable[[bytes], bool]:
        """Which last segments of the keys in ``directory`` can belong to an object that is meant."""
        place = self.space.parse(directory + b"x")
        if place is None:
            return _anything
        kinds = self.space.table.at(place.resource)
        if not self.wanted:
            return self._swept_test(place.resource, place.namespace)
        wanted = [wanted for wanted in self.wanted if self._may_lie(wanted, kinds, place.namespace)]
        if not wanted:
            return _nothing
        names = [each.name for each in wanted if each.name is not None]
        return self._globbed(_fitting(Names(tuple(names))) if len(names) == len(wanted) else _anything)

    def _swept_test(self, resource: str, namespace: str | None) -> Callable[[bytes], bool]:
        if not self.namespaces:
            return self._globbed(_anything)
        if namespace is None and resource == _NAMESPACES:
            return self._globbed(_fitting(self.namespaces))
        return self._globbed(_anything) if namespace in self.namespaces else _nothing

    def _may_lie(self, wanted: Wanted, kinds: tuple[Kind, ...], namespace: str | None) -> bool:
        if kinds and wanted.identities.isdisjoint((kind.group, kind.kind) for kind in kinds):
            return False
        return not self.namespaces or namespace is None or namespace in self.namespaces

    def _globbed(self, test: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
        if not self.names:
            return test
        fits = _fitting(self.names)
        return lambda name: test(name) and fits(name)


def _lies_in(namespaces: Names, head: Head) -> bool:
    """Whether an object lies in one of them, or is one of them."""
    if head.namespace is None:
        return (head.group, head.kind) == ("", "Namespace") and head.name in namespaces
    return head.namespace in namespaces


def _fitting(names: Names) -> Callable[[bytes], bool]:
    literals = frozenset(name.encode("utf-8", "surrogateescape") for name in names.literals)
    if not names.has_patterns:
        return literals.__contains__
    return lambda name: name in literals or name.decode("utf-8", "surrogateescape") in names


def _anything(_: bytes) -> bool:
    return True


def _nothing(_: bytes) -> bool:
    return False
