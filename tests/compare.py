"""How decoded objects are held against what they should be."""

from __future__ import annotations

from typing import Any

from snapinspect.model import Number


def plain(value: Any) -> Any:
    """The value without nulls in its objects, and with Python's own numbers alone."""
    if isinstance(value, dict):
        return {key: plain(content) for key, content in value.items() if content is not None}
    if isinstance(value, list):
        return [plain(content) for content in value]
    return float(value.text) if isinstance(value, Number) else value


def difference(found: Any, expected: Any, path: str = "") -> str:
    """The first place where two values differ, as people read it; empty when they are equal."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in [*expected, *found]:
            if key not in found or key not in expected:
                return f"{path}.{key} is {'missing' if key in expected else 'not expected'}"
            if inside := difference(found[key], expected[key], f"{path}.{key}"):
                return inside
        return ""
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        return next((inside for i, pair in pairs if (inside := difference(*pair, f"{path}[{i}]"))), "")
    same = found == expected and isinstance(found, bool) == isinstance(expected, bool)
    return "" if same else f"{path} is {found!r:.200}, not {expected!r:.200}"
