"""Which parameters of a list or a watch go together.

Source: apimachinery ``pkg/apis/meta/internalversion/validation/validation.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.serve.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_MATCH, _INITIAL = "resourceVersionMatch", "sendInitialEvents"
_NEWER = "NotOlderThan"


class _Rule(NamedTuple):
    """What is wrong with ``field`` where ``breaks`` holds of the parameters."""

    field: str
    message: str
    breaks: Callable[[dict[str, str]], bool]


_LIST = (
    _Rule(
        _MATCH,
        "resourceVersionMatch is forbidden unless resourceVersion is provided",
        lambda given: bool(given.get(_MATCH)) and not given.get("resourceVersion"),
    ),
    _Rule(
        _MATCH,
        "resourceVersionMatch is forbidden when continue is provided",
        lambda given: bool(given.get(_MATCH) and given.get("continue")),
    ),
    _Rule(
        _MATCH,
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        lambda given: given.get(_MATCH) == "Exact" and given.get("resourceVersion") == "0",
    ),
    _Rule(_INITIAL, "sendInitialEvents is forbidden for list", lambda given: _INITIAL in given),
)
_WATCH = (
    _Rule(
        _MATCH,
        f"sendInitialEvents requires setting resourceVersionMatch to {_NEWER}",
        lambda given: _INITIAL in given and given.get(_MATCH) != _NEWER,
    ),
    _Rule(
        _MATCH,
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        lambda given: bool(given.get(_MATCH)) and _INITIAL not in given,
    ),
)


def check_list(given: dict[str, str]) -> None:
    """Raises Refusal, with the server's words, for parameters of a list that do not go together."""
    _check(given, _LIST, ("Exact", _NEWER, ""))


def check_watch(given: dict[str, str]) -> None:
    """The same for a watch."""
    _check(given, _WATCH, (_NEWER,))


def _check(given: dict[str, str], rules: tuple[_Rule, ...], matches: tuple[str, ...]) -> None:
    wrong = [(rule.field, "FieldValueForbidden", f"Forbidden: {rule.message}") for rule in rules if rule.breaks(given)]
    match = given.get(_MATCH, "")
    if match and match not in matches:
        offered = ", ".join(f'"{each}"' for each in matches)
        wrong.append((_MATCH, "FieldValueNotSupported", f'Unsupported value: "{match}": supported values: {offered}'))
    if not wrong:
        return
    told = [f"{field}: {message}" for field, _, message in wrong]
    whole = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    causes = [{"reason": reason, "message": message, "field": field} for field, reason, message in wrong]
    raise Refusal(
        422,
        f'ListOptions.meta.k8s.io "" is invalid: {whole}',
        {"group": "meta.k8s.io", "kind": "ListOptions", "causes": causes},
    )
