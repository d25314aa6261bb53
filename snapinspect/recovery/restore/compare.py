"""Laying a live object and a wanted one side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.clean.subject import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body


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
