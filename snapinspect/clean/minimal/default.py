"""What a default is: plain data, a place and the value that a server fills in there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from snapinspect.model import Body

NOTHING: Final = object()
"""What a server fills in where it leaves a field alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    ``beside`` is what is left of the mapping that holds it, ``body`` the clean object before anything was taken
    away, and ``stored`` the object as it is stored.
    """

    beside: dict[str, Any]
    body: Body
    stored: Body


Reckon = Callable[[Place], Any]
"""What a server would fill in at a place, or NOTHING."""
Condition = Callable[[Place], bool]


@dataclass(frozen=True, slots=True)
class Default:
    """At ``path`` (in the form of ``snapinspect.clean.paths``) a server fills in ``value``, or what ``reckon`` says.

    With ``when`` it does so there only. An empty mapping stands for one that the server makes, and fills in turn.
    ``by_entry``: the server fills in each entry of a mapping that is missing.
    """

    path: str
    value: Any = None
    reckon: Reckon | None = None
    when: Condition | None = None
    by_entry: bool = False

    def filled(self, place: Place) -> Any:
        """What the server would fill in if the field were missing."""
        if self.when is not None and not self.when(place):
            return NOTHING
        return self.value if self.reckon is None else self.reckon(place)


def below(path: str, *defaults: Default) -> tuple[Default, ...]:
    """The same defaults under a path."""
    return tuple(replace(one, path=path + one.path) for one in defaults)


def protected(finalizer: str) -> Default:
    """What the admission plugin StorageObjectInUseProtection writes, which every API server has on unless told otherwise."""
    return Default(".metadata.finalizers", [finalizer])
