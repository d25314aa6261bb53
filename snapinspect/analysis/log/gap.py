"""The log from one snapshot to a later one, and what must have happened between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from snapinspect.analysis.diff.fields import changes
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.analysis.diff.objects import Comparison
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.log.entries import Entry, Verb, summary_of, verb_of
from snapinspect.analysis.log.noise import noise_of
from snapinspect.analysis.log.reading import Asked, Log

if TYPE_CHECKING:
    from snapinspect.analysis.diff.fields import FieldChange
    from snapinspect.analysis.diff.objects import Difference
    from snapinspect.analysis.history import Held
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot

_VERBS: dict[str, Verb] = {"added": "created", "removed": "deleted", "changed": "updated"}


def across(
    old: Held, new: Held, of_old: Selection, of_new: Selection, asked: Asked, veil: Veil | None = None
) -> Iterator[Entry]:
    """The entries of ``stretches``."""
    for stretch in stretches(old, new, of_old, of_new, asked, veil):
        yield from stretch


def stretches(
    old: Held, new: Held, of_old: Selection, of_new: Selection, asked: Asked, veil: Veil | None = None
) -> Iterator[Log | Iterator[Entry]]:
    """What ``old`` tells, what differs where ``new`` begins, and what ``new`` tells from there on.

    Where the history of ``new`` reaches back to the end of ``old`` nothing lies between.
    """
    veil = veil or Veil()
    yield Log(old, of_old, asked, veil)
    begins = max(new.store.compact_revision, 1)
    if begins > old.revision:
        yield filter(asked.means, _between(old, new.at(begins), of_new, veil))
    yield Log(new, of_new, asked._replace(since=max(asked.since, old.revision, begins)), veil)


def _between(old: Snapshot, new: Snapshot, selection: Selection, veil: Veil) -> Iterator[Entry]:
    comparison = Comparison(old, new, selection)
    return (_entry(comparison, difference, veil) for difference in comparison.differences())


def _entry(comparison: Comparison, difference: Difference, veil: Veil) -> Entry:
    before, body = comparison.bodies(difference)
    found: tuple[FieldChange, ...] = ()
    if before is not None and body is not None:
        found = tuple(changes(veil.over(without_noise(before)), veil.over(without_noise(body))))
    verb = _VERBS[difference.operation]
    verb = verb_of(found) if verb == "updated" else verb
    summary = summary_of(found) if found else ""
    words = f"{summary} (between the snapshots)" if summary else "(between the snapshots)"
    return Entry(None, difference.head, None, (), verb, found, words, before, body, noise_of(difference.head))
