"""HTML of text that nobody can trust: whatever is not markup already is escaped."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from snapinspect.write.table import printable

_LONGEST = 300
"""Characters that are shown of a cell, as a name may be as long as etcd takes."""
_SHORT = 60
_ONE_LINE = 22
"""Characters of a cell that is not broken into lines: times, verbs."""
_EMPTY_ELEMENTS = frozenset({"meta", "wbr"})
_KEPT = re.compile(r"(?<!\S)(-{1,2}[a-z][a-z-]*|~?\d{4}-\d\d-\d\dT[\d:.]+Z)(?!\S)")
"""Options and times, which no line breaks."""
_BREAKS = re.compile(r"(?<=[/.:_=])(?=\w)|(?<=[a-z])(?=[A-Z])")
"""Where else than at hyphens a name goes on in the next line: behind what parts it, and where a kind's next word begins."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | int | None
"""What may stand in an element: markup, or text that is escaped; None is nothing."""


def element(name: str, /, *content: Content, **attributes: Content) -> Html:
    """``element("td", "a < b", class_="name")``; an attribute that is None is left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(printable(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY_ELEMENTS:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(content)}</{name}>")


def joined(content: Iterable[Content]) -> Html:
    """One behind the other."""
    return Html("".join(each if isinstance(each, Html) else text(each) for each in content if each is not None))


def text(value: Content) -> Html:
    """Escaped; what does not print as itself, line separators and changes of direction among it, is spelled out."""
    return Html(html.escape(printable(str(value))))


def wrapping(value: str) -> Html:
    """Text whose long names go on in the next line between their parts, and whose options (``-n``) and times stay whole."""
    parts = _KEPT.split(printable(value))
    return joined(
        element("span", part, class_="short") if at % 2 else _between_parts(part) for at, part in enumerate(parts)
    )


def _between_parts(value: str) -> Html:
    return Html(element("wbr").join(map(text, _BREAKS.split(value))))


def shortened(value: str, longest: int = _LONGEST) -> str:
    return value if len(value) <= longest else f"{value[: longest - 1]}…"


def shortened_within(value: str, longest: int) -> str:
    """The same, of what is told apart by its end."""
    kept = longest // 2
    return value if len(value) <= longest else f"{value[: longest - kept - 1]}…{value[-kept:]}"


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Content]], *, numbers: Iterable[str] = ()
) -> Html:
    """A table with a caption and headings; the columns ``numbers`` stand at the right."""
    right = [name in set(numbers) for name in columns]
    head = joined(
        element("th", wrapping(name), scope="col", class_="number" if at_right else None)
        for name, at_right in zip(columns, right, strict=True)
    )
    body = joined(row if isinstance(row, Html) else table_row(row, right) for row in rows)
    return element(
        "div",
        element("table", element("caption", caption), element("thead", element("tr", head)), element("tbody", body)),
        class_="wide",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def table_row(cells: Sequence[Content], right: Sequence[bool] = (), **attributes: Content) -> Html:
    """A row; ``right`` says of each cell whether it is a number."""
    sides = right or [False] * len(cells)
    return element(
        "tr",
        *(
            element("td", cell if isinstance(cell, Html) else _cell(cell), class_=_class(cell, at_right))
            for cell, at_right in zip(cells, sides, strict=True)
        ),
        **attributes,
    )


def _class(value: Content, at_right: bool) -> str | None:
    if at_right:
        return "number"
    return "short" if not isinstance(value, Html) and len(str(value)) <= _ONE_LINE else None


def _cell(value: Content) -> Html:
    said = "" if value is None else str(value)
    return text(said) if len(said) <= _ONE_LINE else wrapping(shortened(said))


def plain(value: str) -> str:
    """Text for plotly, which takes some HTML for formatting, and entities for what they stand for."""
    return html.escape(printable(shortened(value, _SHORT)), quote=False)


def script_data(value: Any) -> Html:
    """JSON that can stand in a script: no tag and no line separator of JavaScript's is in it."""
    told = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Html(told.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
