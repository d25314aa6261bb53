"""Which records belong to objects that are to be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.errors import Undecodable
from snapinspect.etcd.keyvalue import read_keyvalue
from snapinspect.kube.head import quick_head
from snapinspect.recovery.rebuild.changes import Verdict, is_tombstone
from snapinspect.snapshot.values import head_in

if TYPE_CHECKING:
    from snapinspect.etcd.store import Stored
    from snapinspect.model import Head
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot


def dropping(snapshot: Snapshot, selections: tuple[Selection, ...]) -> Verdict:
    """The verdict on each record: the kind of an object that one of the ``selections`` means, by its plural.

    What API servers keep for themselves below their prefix stays, whatever is asked.
    """
    space = snapshot.key_space

    def verdict(key: bytes, stored: Stored) -> str | None:
        meant = [selection for selection in selections if selection.matches_key(key)]
        if not meant or space.is_bookkeeping(key):
            return None
        head = _head(snapshot, key, stored)
        if not any(selection.matches_head(head) for selection in meant):
            return None
        return snapshot.kind_of(head).qualified if head.kind else "other keys"

    return verdict


def _head(snapshot: Snapshot, key: bytes, stored: Stored) -> Head:
    """What the record says it is, or its key when it says nothing that can be read, as a deletion does."""
    if not is_tombstone(stored):
        keyvalue = read_keyvalue(stored.keyvalue, 0, len(stored.keyvalue))
        value = stored.keyvalue[keyvalue.start : keyvalue.end]
        try:
            return quick_head(value) or head_in(value, key, snapshot.keys)
        except Undecodable:
            pass
    return snapshot.key_space.guess(key, "other")
