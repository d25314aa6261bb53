"""What a snapshot is, whether it is sound and how much happened when, the cheapest of it first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from snapinspect.browse.examining import MISMATCH
from snapinspect.browse.lists import Listed, Row, shown
from snapinspect.browse.times import times_of
from snapinspect.errors import Locked, UnknownKind
from snapinspect.snapshot.timeline import rfc3339
from snapinspect.write.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapinspect.browse.lists import Listing
    from snapinspect.snapshot import Snapshot
    from snapinspect.snapshot.timeline import Timeline

Facts = dict[str, str]

_STEP = 256
"""Values between which other work may come."""
_BINS = 12
_BAR = 30
_MOST_KINDS = 5


def overview(view: Snapshot, pages: Callable[[], Iterator[None]]) -> Listing:
    """Facts first, then counts, activity, and at last whether every value can be read, which takes longest.

    ``pages`` are steps that end when every page was looked at.
    """
    facts = dict(_facts(view))
    yield _listed(facts)
    yield from _counts(view, facts)
    activity = list(_activity(view, times_of(view)))
    yield _listed(facts, activity)
    yield from _soundness(view, facts, activity, pages)


def _listed(facts: Facts, activity: Iterable[Row] = (), *, is_whole: bool = False) -> Listed:
    rows = [Row((shown(name), shown(value))) for name, value in facts.items()]
    return Listed("what it is", ("what", "value"), [*rows, *activity], is_whole)


def _facts(view: Snapshot) -> Iterator[tuple[str, str]]:
    store = view.store
    times = times_of(view)
    first = next(store.oldest(1), None)
    begin = times.when(first.revision.main) if first else None
    yield "snapshot", view.source.path
    yield "format", view.source.format
    yield "time", f"{begin or 'unknown'} to {times.when(view.revision) or 'unknown'}"
    yield "revision", f"{view.revision}, compacted up to {store.compact_revision}"
    yield "records", str(store.count_records())
    yield "cluster", view.cluster_uid or "unknown"
    yield "sound", "DAMAGED: `:problems` tells of it" if not view.is_certain else "every page and value is looked at …"
    yield from ((f"note {number}", note) for number, note in enumerate(view.notes, 1))


def _counts(view: Snapshot, facts: Facts) -> Listing:
    kinds: Counter[str] = Counter()
    namespaces: set[str] = set()
    for number, (_, head) in enumerate(view.heads(view.select(everything=True)), 1):
        if head.kind:
            kinds[head.kind] += 1
        if head.namespace:
            namespaces.add(head.namespace)
        if number % _STEP == 0:
            yield None
    most = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(_MOST_KINDS))
    sizes = f"{counted(len(kinds), 'kind')} in {counted(len(namespaces), 'namespace')}"
    facts["objects"] = f"{kinds.total()} of {sizes}"
    facts["mostly"] = most
    yield _listed(facts)


def _activity(view: Snapshot, times: Timeline) -> Iterator[Row]:
    """Bars of how many revisions were written when."""
    revisions = [record.mod_revision for record in view.store.revisions(lambda _key: True)]
    moments = [moment.seconds for revision in revisions if (moment := times.when(revision))]
    if not moments:
        return
    first, last = min(moments), max(moments)
    width = max(-(-(last - first + 1) // _BINS), 1)
    counts = Counter((seconds - first) // width for seconds in moments)
    most = max(counts.values())
    for at in range((last - first) // width + 1):
        bar = "#" * -(-counts[at] * _BAR // most)
        yield Row((rfc3339(first + at * width), f"{bar} {counts[at]}".strip()))


def _soundness(view: Snapshot, facts: Facts, activity: list[Row], pages: Callable[[], Iterator[None]]) -> Listing:
    """Every value that is held, read; one that is locked or of an unknown kind is no damage."""
    told: Counter[str] = Counter()
    total = view.store.count_records()
    wanted = _STEP
    for number, record in enumerate(view.store.revisions(lambda _key: True), 1):
        failure = None if record.tombstone else view.failure_of(record)
        if failure is not None:
            told["locked" if isinstance(failure, Locked | UnknownKind) else "damaged"] += 1
        if number == wanted:
            wanted *= 2
            yield _listed(facts | {"sound": f"{number} of {total} values read"}, activity)
        elif number % _STEP == 0:
            yield None
    yield _listed(facts | {"sound": "values were read, pages are still looked at …"}, activity)
    yield from pages()
    is_as_saved = all(problem.code != MISMATCH for problem in view.problems)
    facts["sound"] = _verdict(told, is_certain=view.is_certain, is_as_saved=is_as_saved)
    yield _listed(facts, activity, is_whole=True)


def _verdict(told: Counter[str], *, is_certain: bool, is_as_saved: bool) -> str:
    locked = f"; {counted(told['locked'], 'value')} locked or of unknown kinds" if told["locked"] else ""
    if told["damaged"] or not is_certain:
        return f"DAMAGED: {counted(told['damaged'], 'value')} cannot be read{locked}; `snapinspect verify` names all"
    if not is_as_saved:
        return f"DAMAGED: every value can be read{locked}, but the file is not what was saved"
    return f"every page and every value was read{locked}"
