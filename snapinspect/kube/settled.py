"""The kinds of a snapshot whose definitions are read once Kubernetes' own kinds do not tell what is asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.kube.kinds import KindTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.kube.kinds import Kind


class SettledKinds(KindTable):
    """Answers as the table of all kinds does, which ``complete`` gives, but for ``others`` that go by a word which Kubernetes' own settle.

    A storage path of which the definitions tell is one that no table knows.
    """

    def __init__(self, complete: Callable[[], KindTable]) -> None:
        super().__init__(KindTable.builtin())
        self._complete = complete

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._all)

    def resolve(self, word: str) -> tuple[Kind, ...]:
        return super().resolve(word) if self.is_settled(word) else self._all.resolve(word)

    def others(self, word: str) -> tuple[Kind, ...]:
        return () if self.is_settled(word) else self._all.others(word)

    def category(self, word: str) -> tuple[Kind, ...]:
        return self._all.category(word)

    def for_object(self, group: str, kind: str) -> Kind:
        known = self._kinds.get((group, kind))
        return known if known is not None and known.builtin else self._all.for_object(group, kind)

    def suggest(self, word: str) -> list[str]:
        return self._all.suggest(word)

    @cached_property
    def _all(self) -> KindTable:
        return self._complete()
