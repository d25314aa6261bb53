"""A view of a few objects that are named, which are searched for, where the whole is more than is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.errors import Damaged
from snapinspect.etcd import Database
from snapinspect.select import Target, is_pattern
from snapinspect.snapshot.view import CRD_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapinspect.snapshot.view import View

_PREFIXES = ("/registry",)
"""The only prefix of nearly all clusters: where a snapshot has others, what lies there says more of what is meant."""
_MOST = 3
"""Names and keys that are searched for; each takes reading the file once."""
_SHORTEST = 6
"""Characters that hardly anything but one owner's objects begin with."""


def narrowed(view: View, targets: Sequence[Target], keys: Sequence[str] = ()) -> View:
    """The same view, of which no more is read than what lies under these names and keys and what it takes to know it.

    ``view`` itself where names are patterns or none, or where searching the file does not prove what is there.
    """
    needles = _needles(targets, keys)
    # What is salvaged, carved, logged or asked of a server is no plain file.
    if not needles or type(view.store) is not Database:
        return view
    # Imported here, as most ask for more than a few objects.
    from snapinspect.etcd.searched import Searched

    try:
        other = view.over(Searched(view.store, (*needles, f"/{CRD_PATH}/".encode())))
        is_usual = other.prefixes == _PREFIXES
    except Damaged:
        return view
    return other if is_usual else view


def _needles(targets: Sequence[Target], keys: Sequence[str]) -> tuple[bytes, ...]:
    """What the keys of all that is meant hold; nothing where more is meant than a few names say."""
    names = [target.name for target in targets if target.name is not None and not is_pattern(target.name)]
    if len(names) < len(targets) or len(names) + len(keys) > _MOST:
        return ()
    if names:
        return tuple({f"/{_stem(name)}".encode() for name in names})
    return tuple(key.encode("utf-8", "surrogateescape") for key in keys)


def _stem(name: str) -> str:
    """What the name begins with like that of its owner, which cleaning asks for: ``web`` of ``web-0``."""
    stem = name.rpartition("-")[0]
    return stem if len(stem) >= _SHORTEST else name
