"""Sizes as people read them."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")
_THOUSAND = 1000


def human_size(size: int) -> str:
    """``900 B``, ``1.5 kB``, ``12.0 MB``: bytes in the unit that leaves less than a thousand, where there is one."""
    number = float(size)
    unit = "B"
    for larger in _UNITS:
        if number < _THOUSAND:
            break
        number, unit = number / _THOUSAND, larger
    return f"{size} B" if unit == "B" else f"{number:.1f} {unit}"
