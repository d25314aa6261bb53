"""What a default is: plain data, a place and the value that a server fills in there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Fills = Callable[[Any, dict[str, Any], dict[str, Any]], bool]
"""Whether a server would fill in a value: asked with it, with what contains it, and with the object."""


@dataclass(frozen=True, slots=True)
class Default:
    """At ``path`` (in the form of ``snapinspect.clean.paths``) a server fills in ``value``, or what ``fills`` says."""

    path: str
    value: Any = None
    fills: Fills | None = None

    def is_filled(self, value: Any, parent: dict[str, Any], body: dict[str, Any]) -> bool:
        """Whether ``value`` is what the server would fill in."""
        if self.fills is not None:
            return self.fills(value, parent, body)
        return type(value) is type(self.value) and bool(value == self.value)


def below(path: str, *defaults: Default) -> tuple[Default, ...]:
    """The same defaults under a path."""
    return tuple(Default(path + one.path, one.value, one.fills) for one in defaults)
