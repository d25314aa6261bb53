"""What a cleaning rule is: plain data that the engine compiles and ``snapinspect rules`` prints.

Kinds are written ``Kind.group`` (``Job.batch``; ``Service`` for the core group; ``*`` for every object):
the API version never matters. Paths are written as a person would: ``.spec.ports[].nodePort``, with keys
that are no plain word quoted: ``.metadata.annotations["example.com/x"]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from snapinspect.clean.subject import Subject

if TYPE_CHECKING:
    from snapinspect.model import Body

EVERY: Final = ("*",)
DROP: Final = object()

ValueTest = Callable[[Any, Any, Subject], bool]
"""Asked with the value at the path, what contains it, and the object."""
ObjectTest = Callable[[Subject], bool]
Warn = str | Callable[[Any, Subject], str]
Sort = Literal["owned", "ran", "control plane"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Drops the values at ``paths``, or writes ``value`` there (also where the field is absent).

    ``only`` says in words when: what ``when`` tests. ``warning`` is told to people when the rule acted.
    """

    id: str
    kinds: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str
    when: ValueTest | None = None
    only: str = ""
    value: Any = DROP
    warning: Warn = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        places = ", ".join(self.paths)
        act = f"drops {places}" if self.value is DROP else f"sets {places} to {json.dumps(self.value)}"
        return f"{act} {self.only}".rstrip()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Leaves an object out of a recovery that did not name it.

    ``sort`` says why it is safe to: its owner makes it again, it ran already, or the control plane,
    a node or a network plugin makes it.
    """

    id: str
    kinds: tuple[str, ...]
    reason: str
    sort: Sort
    when: ObjectTest | None = None
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"left out {self.only}".rstrip()


@dataclass(frozen=True, slots=True)
class Notice:
    """Keeps an object as it is and tells people what to look at; ``reason`` is what they are told."""

    id: str
    kinds: tuple[str, ...]
    reason: str
    when: ObjectTest | None = None
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"kept, and named {self.only}".rstrip()


@dataclass(frozen=True, slots=True)
class Conversion:
    """Writes an object that is stored in one of ``versions`` (``group/version``) in the version ``to``.

    ``convert`` gives the new object and what to tell people, or None where it is not possible.
    """

    id: str
    kinds: tuple[str, ...]
    reason: str
    versions: frozenset[str]
    to: str
    convert: Callable[[Body], tuple[Body, tuple[str, ...]] | None]
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"converts {', '.join(sorted(self.versions))} to {self.to}"


AnyRule = Rule | Exclusion | Notice | Conversion

_STEP = re.compile(r'\.(?P<word>[A-Za-z0-9_-]+)|\["(?P<quoted>[^"]*)"\]|(?P<each>\[\])')
EACH: Final = "[]"
"""The step that stands for every element of a list."""


def steps(path: str) -> list[str]:
    """The keys that a path goes through, ``[]`` for every element of a list.

    Raises ValueError for a path that does not follow the form.
    """
    found: list[str] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"{path!r} is no path at {path[position:]!r}")
        found.append(match["word"] or match["quoted"] or EACH)
        position = match.end()
    return found


def suffix(step: str) -> str:
    """A key as it stands in a path."""
    return f".{step}" if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f'["{step}"]'


def kind_key(kind: str) -> tuple[str, str]:
    """``Job.batch`` as (``batch``, ``Job``)."""
    name, _, group = kind.partition(".")
    return group, name
