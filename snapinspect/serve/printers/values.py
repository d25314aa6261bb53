"""Pieces of cells: ages, selectors, lists that are cut short.

Source: apimachinery ``pkg/util/duration/duration.go`` (HumanDuration) and kubernetes ``pkg/printers``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.model import Body

UNKNOWN, NONE, UNSET = "<unknown>", "<none>", "<unset>"


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def dig(body: Any, *path: str) -> Any:
    """What lies at a path; None where it does not go on."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def given(body: Any, *path: str, other: str) -> str:
    """The text at a path, ``other`` where there is none; an empty text is one."""
    return other if dig(body, *path) is None else text(body, *path)


def controller_of(body: Body) -> Body:
    """The owner that controls an object; empty without one."""
    owners = map(mapping, items(dig(body, "metadata", "ownerReferences")))
    return next((owner for owner in owners if owner.get("controller")), {})


def in_group(name: str, group: str) -> str:
    """A resource or kind with its group behind it, in small letters."""
    return (f"{name}.{group}" if group else name).lower()


def number(body: Any, *path: str) -> int:
    """The whole number at a path, which is 0 where it is absent."""
    found = dig(body, *path)
    return found if isinstance(found, int) else 0


def text(body: Any, *path: str) -> str:
    """The text at a path, empty where it is absent."""
    found = dig(body, *path)
    return found if isinstance(found, str) else "" if found is None else str(found)


def seconds_of(stamp: Any) -> int | None:
    """Seconds since 1970 of an RFC 3339 time."""
    try:
        return int(datetime.fromisoformat(stamp).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None


def since(stamp: Any, now: int) -> str:
    """How long ago a time was, as the server says it."""
    seconds = seconds_of(stamp)
    return UNKNOWN if seconds is None else duration(now - seconds)


def age(body: Body, now: int) -> str:
    return since(dig(body, "metadata", "creationTimestamp"), now)


def duration(seconds: int) -> str:
    """``5m3s``, ``2d4h``: two units where the first alone would say too little."""
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first}{unit}{second}{smaller}" if second else f"{first}{unit}"


def labels(found: Any) -> str:
    """A map as ``a=1,b=2``."""
    return labels_text(found) or NONE


def labels_text(found: Any) -> str:
    """The same, empty without any."""
    return ",".join(f"{name}={value}" for name, value in sorted(mapping(found).items()))


def selector(found: Any) -> str:
    """A LabelSelector as text; ``metav1.FormatLabelSelector``."""
    return terms(found) or NONE


def terms(found: Any) -> str:
    """The same, empty where it chooses nothing or everything."""
    chosen = mapping(found)
    chosen_by = [(name, f"{name}={value}") for name, value in mapping(chosen.get("matchLabels")).items()]
    for each in map(mapping, items(chosen.get("matchExpressions"))):
        name, operator = text(each, "key"), text(each, "operator")
        values = ",".join(sorted(map(str, items(each.get("values")))))
        form = {"In": f"{name} in ({values})", "NotIn": f"{name} notin ({values})", "Exists": name}
        chosen_by.append((name, form.get(operator, f"!{name}")))
    return ",".join(term for _, term in sorted(chosen_by, key=lambda term: term[0]))


def first_of(names: Iterable[str], most: int = 3) -> str:
    """The first few, and how many more there are."""
    found = list(names)
    more = f" + {len(found) - most} more..." if len(found) > most else ""
    return ",".join(found[:most]) + more


def containers(spec: Any) -> list[str]:
    """The names and the images of a pod template's containers, each as one cell."""
    found = [mapping(each) for each in items(dig(spec, "containers"))]
    return [",".join(text(each, "name") for each in found), ",".join(text(each, "image") for each in found)]
