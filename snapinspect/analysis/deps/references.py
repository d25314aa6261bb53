"""What a reference between objects is: plain data, one row for each field that names or selects another object.

Kinds are written ``Kind.group``, as in ``snapinspect.clean.rule``, and mean any of their versions: references are
read from objects in the newest version that Kubernetes has for them. Paths have the form of
``snapinspect.clean.paths``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from snapinspect.clean.rule import kind_key

NAMED = ""
"""As the kind that is referred to: the reference itself tells its kind, and its group or version."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Objects of ``kinds`` name one of kind ``to`` in each value at ``path``.

    ``name`` and ``namespace`` are keys of that value; without ``name`` the value is the name itself, and
    without ``namespace`` what is namespaced lies in the same namespace. ``where`` is a key and the text that
    must stand there. ``pattern`` finds the name (and the namespace) within the text, by groups of these names.

    ``optional`` says that nothing is wrong where what is named is not there; a key ``optional`` in the value
    says so, too. ``absent`` is the name that is meant where the path leads nowhere. ``numbered`` stands for all
    objects whose names are ``<name>-<name of the object>-<number>``.

    ``attached`` says that the object serves the one that it names: who recovers that one wants it, too.
    """

    kinds: tuple[str, ...]
    path: str
    to: str
    name: str = ""
    namespace: str = ""
    where: tuple[str, str] | None = None
    pattern: re.Pattern[str] | None = None
    optional: bool = False
    absent: str = ""
    numbered: bool = False
    attached: bool = False

    @property
    def crosses(self) -> bool:
        """Whether it may lead to another namespace."""
        return bool(self.namespace) or (self.pattern is not None and "namespace" in self.pattern.groupindex)

    @property
    def identity(self) -> tuple[str, str]:
        """Group and kind of what is named; both empty for NAMED."""
        return kind_key(self.to)


@dataclass(frozen=True, slots=True)
class Selects:
    """Objects of ``kinds`` select Pods of their namespace by the labels that ``path`` gives, and serve them.

    ``plain`` says that it is a mapping of labels, where an empty one selects nothing; else it is a
    LabelSelector, where an empty one selects every Pod.
    """

    kinds: tuple[str, ...]
    path: str
    plain: bool = False
