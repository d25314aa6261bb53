"""The small changes of which a conversion is made: plain data, each with its reason.

Paths have the form of ``rule``. What an edit is given is never changed: the way to a change is copied.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from snapinspect.clean.paths import DROP, steps, update
from snapinspect.clean.subject import dig

if TYPE_CHECKING:
    from snapinspect.model import Body


class NotConvertible(Exception):
    """The object lacks what the other version demands; the text says what."""


class Drop(NamedTuple):
    """Takes away what stands at ``path``."""

    path: str
    reason: str

    @property
    def does(self) -> str:
        """In words, what the edit does."""
        return f"drops {self.path}"

    def apply(self, body: Body) -> Body:
        return _edited(body, self.path, lambda _value: DROP)


class Move(NamedTuple):
    """Puts what stands at ``path`` under ``to``; neither leads through a list."""

    path: str
    to: str
    reason: str

    @property
    def does(self) -> str:
        """In words, what the edit does."""
        return f"moves {self.path} to {self.to}"

    def apply(self, body: Body) -> Body:
        value = dig(body, *_steps(self.path))
        if value is None:
            return body
        return _edited(_edited(body, self.path, lambda _value: DROP), self.to, lambda _value: value)


class Default(NamedTuple):
    """Writes ``value`` at ``path`` where nothing stands: the old version's default, which the new one does not share."""

    path: str
    value: Any
    reason: str

    @property
    def does(self) -> str:
        """In words, what the edit does."""
        return f"sets {self.path} to {self.value!r} where it is absent"

    def apply(self, body: Body) -> Body:
        return _edited(body, self.path, lambda value: self.value if value in (None, "") else value)


class Rewrite(NamedTuple):
    """Replaces each value at ``path`` by what ``change`` makes of it; ``change`` gets None where nothing stands."""

    path: str
    change: Callable[[Any], Any]
    does: str
    reason: str

    def apply(self, body: Body) -> Body:
        return _edited(body, self.path, self.change)


class Caution(NamedTuple):
    """Changes nothing; ``tell`` gives what people should know of an object, or an empty text."""

    tell: Callable[[Body], str]


Edit = Drop | Move | Default | Rewrite

SAME: Final[tuple[Edit, ...]] = ()
"""Both versions say the same in the same fields, so that the conversion goes both ways."""


_steps = lru_cache(maxsize=1024)(steps)


def _edited(body: Body, path: str, change: Callable[[Any], Any]) -> Body:
    edited: Body = update(body, _steps(path), change)
    return edited
