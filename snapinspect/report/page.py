"""One page that needs nothing else: its style, its scripts and its data are inside, and nothing may be fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import UsageError
from snapinspect.report.markup import Html, element, joined, script_data

if TYPE_CHECKING:
    from snapinspect.report.charts import Figure
    from snapinspect.report.markup import Content

_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src {}"
)
"""Nothing is fetched, and only the scripts of these hashes run; plotly.js styles what it draws."""


class Section(NamedTuple):
    """A part of the page; ``anchor`` is its address in it."""

    anchor: str
    title: str
    content: Html
    figures: tuple[Figure, ...] = ()


def page(title: str, subtitle: Content, sections: Sequence[Section], program: str) -> str:
    """The whole document, made by ``program``. Raises UsageError where plotly is not installed."""
    scripts = [_plotly(), _own("page.js")]
    figures = [figure for section in sections for figure in section.figures]
    links = joined(element("li", element("a", each.title, href=f"#{each.anchor}")) for each in sections)
    head = joined(
        [
            element("meta", charset="utf-8"),
            element(
                "meta", http_equiv="Content-Security-Policy", content=_POLICY.format(" ".join(map(_hash, scripts)))
            ),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("meta", name="generator", content=program),
            element("title", title),
            element("style", Html(_own("page.css"))),
        ]
    )
    body = joined(
        [
            element("a", "To the content", href="#content", class_="skip"),
            element("header", element("h1", title), element("p", subtitle)),
            element("nav", element("ul", links), aria_label="Sections"),
            element("main", *map(_section, sections), id="content"),
            element("footer", element("p", f"Made by {program}. Nothing on this page is fetched.")),
            element("script", script_data(figures), type="application/json", id="figures"),
            *(element("script", Html(script)) for script in scripts),
        ]
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def chart(name: str, label: str, told: str) -> Html:
    """Where a figure is drawn, with what it shows in words; hidden unless it is drawn."""
    return element(
        "figure",
        element("div", id=name, role="img", aria_label=label, class_="chart"),
        element("figcaption", told),
        class_="drawn",
    )


def folded_away(summary: str, *content: Content) -> Html:
    """What the page's script shows when it is asked for only; without scripts it is there, and so it is in print."""
    return element("details", element("summary", summary), *content, open="")


def _section(section: Section) -> Html:
    heading = element("h2", section.title, id=f"{section.anchor}-title")
    return element("section", heading, section.content, id=section.anchor, aria_labelledby=f"{section.anchor}-title")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _own(name: str) -> str:
    return (files("snapinspect.report") / name).read_text(encoding="utf-8")


def require_plotly() -> None:
    """Raises UsageError where plotly is not installed, before anything is read in vain."""
    _plotly()


@cache
def _plotly() -> str:
    """plotly.js, which lies in the Python package of the same name."""
    try:
        from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise UsageError(
            "the page's charts need the package plotly",
            "`pip install plotly` brings it, as does the extra report.",
        ) from None
    script: str = get_plotlyjs()
    return script
