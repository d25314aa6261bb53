"""An object as people describe it: what it is, what it is to be, how it is, and the Events about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.analysis.history import Held
from snapinspect.analysis.log.events import concerned
from snapinspect.analysis.log.noise import EVENTS
from snapinspect.write import yaml

if TYPE_CHECKING:
    from snapinspect.model import Body, Head
    from snapinspect.snapshot import Snapshot

_TOLD_ABOVE = frozenset({"apiVersion", "kind", "metadata", "status"})
_LONGEST = 200


def described(body: Body, events: Sequence[Body]) -> Iterator[str]:
    """Lines of text that may hold whatever the object does."""
    yield from _identity(body)
    status = body.get("status")
    conditions = _dicts(status.get("conditions")) if isinstance(status, dict) else []
    yield from _told("conditions", map(_of_condition, conditions))
    yield from _told("events", map(_of_event, events)) if events else ("events: none is held",)
    for name, value in body.items():
        if name not in _TOLD_ABOVE:
            yield from yaml.dump({name: value}).splitlines()
    if isinstance(status, dict):
        rest = {name: value for name, value in status.items() if name != "conditions"}
        yield from yaml.dump({"status": rest}).splitlines() if rest else ()


def events_of(view: Snapshot, head: Head) -> list[Body]:
    """The Events about an object that are held, those that are deleted by now among them, the latest last."""
    # Events about what is in no namespace lie in `default`: client-go ``tools/record/event.go``.
    place = f"/events/{head.namespace or 'default'}/".encode()
    held = view.seen_as(Held)
    same = head.kind, head.namespace or None, head.name
    found = []
    for record in held.records(lambda key: place in key):
        of_event = held.head_of(record)
        event = held.body_of(record) if of_event and (of_event.group, of_event.kind) in EVENTS else None
        about = concerned(event) if event else None
        if event and about and (about.kind, (about.namespace if head.namespace else None), about.name) == same:
            found.append(event)
    return sorted(found, key=_last_seen)


def _identity(body: Body) -> Iterator[str]:
    metadata = body.get("metadata")
    facts = metadata if isinstance(metadata, dict) else {}
    yield f"{'name':<14}{facts.get('name', '')}"
    for name in ("namespace", "uid"):
        if facts.get(name):
            yield f"{name:<14}{facts[name]}"
    yield f"{'kind':<14}{body.get('kind', '')} ({body.get('apiVersion', '')})"
    if facts.get("creationTimestamp"):
        yield f"{'created':<14}{facts['creationTimestamp']}"
    if facts.get("deletionTimestamp"):
        holders = _line(_listed(facts.get("finalizers")))
        yield f"{'terminating':<14}since {facts['deletionTimestamp']}, until these let go: {holders}"
    yield from _pairs("labels", facts.get("labels"))
    yield from _pairs("annotations", facts.get("annotations"))
    owners = [f"{each.get('kind', '')}/{each.get('name', '')}" for each in _dicts(facts.get("ownerReferences"))]
    yield from _under("owned by", owners)
    yield from _under(
        "written by", list(dict.fromkeys(str(each.get("manager", "")) for each in _dicts(facts.get("managedFields"))))
    )


def _pairs(title: str, pairs: Any) -> Iterator[str]:
    return _under(title, [f"{name}={value}" for name, value in pairs.items()] if isinstance(pairs, dict) else [])


def _under(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{'' if number else title:<14}{_line(line)}"


class _Told(NamedTuple):
    """What is told in columns, and what was said of it, which takes a line of its own."""

    cells: tuple[str, ...]
    message: str


def _told(title: str, rows: Iterable[_Told]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*(row.cells for row in rows), strict=True)]
    yield from [f"{title}:"] if rows else []
    for cells, message in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        if message:
            yield f"      {message}"


def _of_condition(condition: dict[str, Any]) -> _Told:
    """Source: k8s.io/apimachinery ``pkg/apis/meta/v1/types.go``, ``Condition``."""
    names = ("type", "status", "lastTransitionTime", "reason")
    return _Told(tuple(_line(condition.get(name)) for name in names), _line(condition.get("message")))


def _of_event(event: Body) -> _Told:
    """Of either version: core/v1 and events.k8s.io/v1 name the same differently."""
    series = event.get("series")
    count = series.get("count") if isinstance(series, dict) else event.get("count") or event.get("deprecatedCount")
    source = event.get("source") or event.get("deprecatedSource")
    reporter = source.get("component") if isinstance(source, dict) else None
    cells = (
        _last_seen(event),
        event.get("type"),
        event.get("reason"),
        f"x{count}" if count and count != 1 else "",
        reporter or event.get("reportingComponent") or event.get("reportingController"),
    )
    return _Told(tuple(map(_line, cells)), _line(event.get("message") or event.get("note")))


def _line(value: Any) -> str:
    """As one line; nothing for what is not there."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _last_seen(event: Body) -> str:
    series = event.get("series")
    last = series.get("lastObservedTime") if isinstance(series, dict) else None
    times = (
        last,
        *(event.get(name) for name in ("lastTimestamp", "deprecatedLastTimestamp", "eventTime", "firstTimestamp")),
    )
    # Some are told to the microsecond.
    return re.sub(r"\.\d+", "", str(next(filter(None, times), "")))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) and value else "none"
