"""What a cleaning rule is: plain data that the engine compiles and ``snapinspect rules`` prints.

Kinds are written ``Kind.group`` (``Job.batch``; ``Service`` for the core group; ``*`` for every object):
the API version matters to conversions alone. Paths have the form of ``paths``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from snapinspect.clean.edits import SAME, Caution, Edit
from snapinspect.clean.paths import DROP
from snapinspect.clean.subject import Subject

EVERY: Final = ("*",)

ValueTest = Callable[[Any, Any, Subject], bool]
"""Asked with the value at the path, what contains it, and the object."""
ObjectTest = Callable[[Subject], bool]
Warn = str | Callable[[Any, Subject], str]
Sort = Literal["owned", "ran", "control plane", "own"]


class Rule(NamedTuple):
    """Drops the values at ``paths``, or writes ``value`` there (also where the field is absent).

    ``only`` says in words when: what ``when`` tests. ``warning`` is told to people when the rule acted.
    ``embedded``: the paths count from every template inside the object, too, as ``embedded`` finds them.
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
    embedded: bool = False

    @property
    def acts(self) -> dict[str, Any]:
        """What the rule does, as a file of rules says it."""
        if self.value is DROP:
            return {"drop": list(self.paths)}
        return {"set": dict.fromkeys(self.paths, self.value)}

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        places = ", ".join(self.paths) + (", also in each template" if self.embedded else "")
        act = f"drops {places}" if self.value is DROP else f"sets {places} to {json.dumps(self.value)}"
        return f"{act} {self.only}".rstrip()


class Keep(NamedTuple):
    """Leaves the values at ``paths`` as they are, whatever another rule drops."""

    id: str
    kinds: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"keeps {', '.join(self.paths)}"


class Exclusion(NamedTuple):
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
    def acts(self) -> dict[str, Any]:
        """What the rule does, as a file of rules says it."""
        return {"leaveOut": True}

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"left out {self.only}".rstrip()


class Notice(NamedTuple):
    """Keeps an object as it is and tells people what to look at; ``reason`` is what they are told.

    ``droppable``: what a rule of one's own that bears this id may drop, under the same condition.
    """

    id: str
    kinds: tuple[str, ...]
    reason: str
    when: ObjectTest | None = None
    only: str = ""
    trap: str = ""
    droppable: tuple[str, ...] = ()

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return f"kept, and named {self.only}".rstrip()

    @property
    def remedy(self) -> str:
        """A file of rules, on one line, that drops it."""
        return f"[{{id: {self.id}, kinds: [{', '.join(self.kinds)}], drop: [{', '.join(self.droppable)}]}}]"


class Conversion(NamedTuple):
    """Writes an object that is stored in one of ``versions`` (``group/version``) in the version ``to``.

    Used where the cluster that it is for serves the one and not the other. Without ``edits`` both versions say
    the same in the same fields, and it goes back as well.
    """

    id: str
    kinds: tuple[str, ...]
    versions: tuple[str, ...]
    to: str
    edits: tuple[Edit, ...] = SAME
    cautions: tuple[Caution, ...] = ()
    reason: str = "An API server accepts an object only in versions that it serves."
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        converts = f"converts {', '.join(self.versions)} to {self.to}"
        return "; ".join([converts, *(edit.does for edit in self.edits)])


class Adaptation(NamedTuple):
    """Says in the same version what releases from 1.``since`` on take only otherwise.

    ``templates``: it holds for the templates inside an object, too, as ``embedded`` finds them.
    """

    id: str
    kinds: tuple[str, ...]
    since: int
    edits: tuple[Edit, ...]
    reason: str
    cautions: tuple[Caution, ...] = ()
    templates: bool = False
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return "; ".join([f"for Kubernetes 1.{self.since} and later", *(edit.does for edit in self.edits)])


class Withdrawn(NamedTuple):
    """A kind that new releases do not serve, and that nothing can be converted to; ``reason`` is what people are told."""

    id: str
    kinds: tuple[str, ...]
    reason: str
    only: str = ""
    trap: str = ""

    @property
    def does(self) -> str:
        """In words, what the rule does."""
        return "kept as stored, and named where the cluster does not serve it"


AnyRule = Rule | Keep | Exclusion | Notice | Conversion | Adaptation | Withdrawn


def kind_key(kind: str) -> tuple[str, str]:
    """``Job.batch`` as (``batch``, ``Job``)."""
    name, _, group = kind.partition(".")
    return group, name
