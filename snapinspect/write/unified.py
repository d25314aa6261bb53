"""Two texts as a unified diff, for people and for ``patch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.write.align import align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapinspect.write.lines import Line


class Row(NamedTuple):
    """A row of a diff: ``sign`` is `` ``, ``-`` or ``+``; the positions are those that come next on either side."""

    sign: str
    text: str
    old: int
    new: int


def unified(old: Sequence[Line], new: Sequence[Line], context: int = 3) -> Iterator[str]:
    """The hunks, each with its heading; none when both are the same."""
    rows = list(_rows(old, new))
    changed = [at for at, row in enumerate(rows) if row.sign != " "]
    for first, last in _clusters(changed, 2 * context + 1):
        yield from _hunk(rows[max(first - context, 0) : last + context + 1])


def _clusters(positions: Sequence[int], reach: int) -> Iterator[tuple[int, int]]:
    """First and last of the positions that lie within ``reach`` of each other."""
    first = last = None
    for position in positions:
        if first is None or last is None or position - last > reach:
            if first is not None and last is not None:
                yield first, last
            first = position
        last = position
    if first is not None and last is not None:
        yield first, last


def _rows(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Row]:
    at_old = at_new = 0
    for one, other in [*align(old, new), (len(old), len(new))]:
        while at_old < one:
            yield Row("-", old[at_old].text, at_old, at_new)
            at_old += 1
        while at_new < other:
            yield Row("+", new[at_new].text, at_old, at_new)
            at_new += 1
        if one < len(old):
            yield Row(" ", old[one].text, at_old, at_new)
            at_old, at_new = one + 1, other + 1


def _hunk(rows: Sequence[Row]) -> Iterator[str]:
    old = sum(row.sign != "+" for row in rows)
    new = sum(row.sign != "-" for row in rows)
    yield f"@@ -{_span(rows[0].old, old)} +{_span(rows[0].new, new)} @@"
    for row in rows:
        yield row.sign + row.text


def _span(start: int, count: int) -> str:
    """Lines count from 1; of an empty span the line before it is named, as GNU diff does."""
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"
