"""``--sort-by``: objects in the order of what an expression finds in them.

Source: kubectl ``pkg/cmd/get/sorter.go``: what lacks the field comes first, texts that are quantities go by their
amount, others by natural order (``web-2`` before ``web-10``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, TypeVar

from snapinspect.errors import UsageError
from snapinspect.model import Number
from snapinspect.write.jsonpath import parse_relaxed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapinspect.model import Body

T = TypeVar("T")

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30}))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,3}))?"
)
_POWERS = {
    "": Decimal(1),
    **{sign: Decimal(1000) ** power for power, sign in enumerate("num", -3)},
    **{sign: Decimal(1000) ** power for power, sign in enumerate("kMGTPE", 1)},
    **{f"{sign}i": Decimal(1024) ** power for power, sign in enumerate("KMGTPE", 1)},
}
"""What a quantity's suffix stands for. Source: apimachinery ``pkg/api/resource/suffix.go``."""
_CHUNK = re.compile(r"[0-9]+|[^0-9]+")


def sorted_by(expression: str, items: Iterable[T], body_of: Callable[[T], Body]) -> list[T]:
    """``items`` in order, equal ones as they came; ``body_of`` gives the object of each.

    What has no order where others have one comes first, too. Raises UsageError for an expression that is not
    understood, that finds nothing in any of them, or only what has no order.
    """
    template = parse_relaxed(expression)
    keyed: list[tuple[list[Any], T]] = [(next(iter(template.find(body_of(item))), []), item) for item in items]
    if keyed and not any(found for found, _ in keyed):
        raise UsageError(
            f"couldn't find any field with path {expression!r} in the list of objects",
            "--sort-by takes a field that some of them have, such as .metadata.name.",
        )
    there = [(_comparable(found[0]), item) for found, item in keyed if found and _has_order(found[0])]
    if keyed and not there:
        odd = next(found[0] for found, _ in keyed if found)
        kind = "truth values" if isinstance(odd, bool) else "lists and mappings"
        raise UsageError(f"--sort-by {expression}: {kind} have no order", "Sort by a text or a number.")
    missing = [item for found, item in keyed if not (found and _has_order(found[0]))]
    order = cmp_to_key(_compare)
    there.sort(key=lambda pair: order(pair[0]))
    return [*missing, *(item for _, item in there)]


def _has_order(value: Any) -> bool:
    return not isinstance(value, bool | dict | list)


def _comparable(value: Any) -> Any:
    """The value as it is compared: None, a number, or a text."""
    return float(value.text) if isinstance(value, Number) else value


def _compare(left: Any, right: Any) -> int:
    """Below, equal or above; what is null comes before numbers, and numbers before texts."""
    ranks = _rank(left), _rank(right)
    if ranks[0] != ranks[1] or left is None:
        return ranks[0] - ranks[1]
    if isinstance(left, str):
        amounts = _amount(left), _amount(right)
        left, right = (_natural(left), _natural(right)) if None in amounts else amounts
    return int(left > right) - int(left < right)


def _rank(value: Any) -> int:
    return 0 if value is None else 2 if isinstance(value, str) else 1


def _natural(text: str) -> list[tuple[bool, int, str, str]]:
    """Runs of digits by their number, of any length, before all else, which goes as it is written."""
    return [_chunk(chunk) for chunk in _CHUNK.findall(text)]


def _chunk(chunk: str) -> tuple[bool, int, str, str]:
    if chunk[0] not in "0123456789":
        return True, 0, "", chunk
    digits = chunk.lstrip("0")
    return False, len(digits), digits, chunk


def _amount(text: str) -> Decimal | None:
    """What a quantity such as ``10Mi`` or ``1.5`` amounts to; None for a text that is none."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    digits, suffix, exponent = found.groups()
    return Decimal(digits).scaleb(int(exponent)) if exponent else Decimal(digits) * _POWERS[suffix or ""]
