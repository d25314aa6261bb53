"""A view of a few objects that are named, which are searched for, where the whole is more than is asked."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from snapinspect.errors import Damaged
from snapinspect.etcd import Database
from snapinspect.select import Target, is_pattern
from snapinspect.snapshot.view import CRD_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapinspect.etcd.searched import Searched
    from snapinspect.snapshot.view import View

_PREFIXES = ("/registry",)
"""The only prefix of nearly all clusters: where a snapshot has others, what lies there says more of what is meant."""
_MOST = 3
"""Names and keys that are searched for; each takes reading the file once."""
_SHORTEST = 6
"""Characters that hardly anything but one owner's objects begin with."""


def narrowed(view: View, targets: Sequence[Target], keys: Sequence[str] = (), namespaces: Sequence[str] = ()) -> View:
    """The same view, of which no more is read than what lies under these names and keys and what it takes to know it.

    The names are those of objects in these ``namespaces``, if any are given; ``view`` itself where names are patterns or none, or where searching the file does not prove what is there.
    """
    names = [target.name for target in targets if target.name is not None and not is_pattern(target.name)]
    # The longer what is searched for, the quicker it is found.
    places = [""] if any(map(is_pattern, namespaces)) else [f"/{name}" for name in namespaces] or [""]
    is_few = len(names) == len(targets) and 0 < len(names) * len(places) + len(keys) <= _MOST
    # What is salvaged, carved, logged or asked of a server is no plain file.
    if not is_few or type(view.store) is not Database:
        return view
    # Where names begin as very many others do, they are searched for whole.
    for meant in dict.fromkeys((tuple(map(_stem, names)), tuple(names))):
        needles = [f"{place}/{name}" for place in places for name in dict.fromkeys(meant)] or keys
        with suppress(Damaged):
            other = view.over(_searched(view.store, needles))
            return other if other.prefixes == _PREFIXES else view
    return view


def _searched(store: Database, needles: Iterable[str]) -> Searched:
    """Raises Damaged where searching does not tell."""
    # Imported here, as most ask for more than a few objects.
    from snapinspect.etcd.searched import Searched

    return Searched(store, tuple(needle.encode("utf-8", "surrogateescape") for needle in (*needles, f"/{CRD_PATH}/")))


def _stem(name: str) -> str:
    """What the name begins with like that of its owner, which cleaning asks for: ``web`` of ``web-0``."""
    stem = name.rpartition("-")[0]
    return stem if len(stem) >= _SHORTEST else name
