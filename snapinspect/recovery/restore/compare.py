"""Laying a live object and a wanted one side by side."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from snapinspect.analysis.diff.settled import settled
from snapinspect.clean.subject import group_of, mapping, text
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body


@cache
def _table() -> KindTable:
    return KindTable.builtin()


def is_same(one: Body | None, other: Body | None) -> bool:
    """Whether a server would take two objects for the same; a custom resource is what it is."""
    return one == other or (one is not None and other is not None and _settled(one) == _settled(other))


def _settled(body: Body) -> Body:
    kind = _table().for_object(group_of(body.get("apiVersion")), text(body.get("kind")))
    counted: Body = _by_value(body if kind.origin == "custom" else settled(body))
    return counted


def _by_value(value: Any) -> Any:
    """With numbers as they count, not as they are written: ``-0`` is ``0``, ``1.50`` is ``1.5``."""
    if isinstance(value, dict):
        return {key: _by_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_by_value(item) for item in value]
    return float(value.text) if isinstance(value, Number) else value


def comparable(live: Any, cleaned: Any, wanted: Any) -> Any:
    """``cleaned``, which is ``live`` without what servers write, with what ``wanted`` names all the same.

    So an address that was sent on purpose, or an owner that was kept, is no difference.
    """
    if isinstance(live, dict) and isinstance(cleaned, dict) and isinstance(wanted, dict):
        named = {key: live[key] for key in wanted if key in live and key not in cleaned}
        kept = {key: comparable(live.get(key), value, wanted.get(key)) for key, value in cleaned.items()}
        return {**kept, **named}
    if _same_length(live, cleaned, wanted):
        return [comparable(*items) for items in zip(live, cleaned, wanted, strict=True)]
    return cleaned


def carried_over(wanted: Any, live: Any, cleaned: Any) -> Any:
    """``wanted`` with what servers wrote into ``live``, so that replacing that does not undo their work.

    Without it a replaced claim would lose the marks of its binding, and a service its node ports.
    """
    if isinstance(wanted, dict) and isinstance(live, dict) and isinstance(cleaned, dict):
        own = {key: carried_over(value, live.get(key), cleaned.get(key)) for key, value in wanted.items()}
        return {**own, **dict(_written_by_servers(wanted, live, cleaned))}
    if _same_length(live, cleaned, wanted):
        return [carried_over(*items) for items in zip(wanted, live, cleaned, strict=True)]
    return wanted


def _written_by_servers(wanted: Body, live: Body, cleaned: Body) -> Iterator[tuple[str, Any]]:
    for key, value in live.items():
        if key in wanted:
            continue
        if key not in cleaned:
            yield key, value
        elif rest := isinstance(value, dict) and carried_over({}, value, mapping(cleaned[key])):
            yield key, rest


def _same_length(*lists: Any) -> bool:
    return all(isinstance(each, list) for each in lists) and len({len(each) for each in lists}) == 1
