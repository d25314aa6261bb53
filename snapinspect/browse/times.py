"""The times of what is looked at again and again, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from snapinspect.snapshot.timeline import read_timeline

if TYPE_CHECKING:
    from snapinspect.etcd import Store
    from snapinspect.snapshot import Snapshot
    from snapinspect.snapshot.timeline import Timeline

_known: WeakKeyDictionary[Store, Timeline] = WeakKeyDictionary()


def times_of(view: Snapshot) -> Timeline:
    """The timeline of all that is stored, whatever the view shows of it; reading it takes thousands of records."""
    if view.store not in _known:
        _known[view.store] = read_timeline(view)
    return _known[view.store]
