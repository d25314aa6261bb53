"""What fills a snapshot, drawn: the part of the page that ``stats -o html`` gives alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from snapinspect.report.charts import treemap
from snapinspect.report.markup import Content, Html, element, joined, table
from snapinspect.report.page import Section, chart, folded_away, page
from snapinspect.write.sizes import human_size

if TYPE_CHECKING:
    from snapinspect.analysis.stats import Place, Statistics

_SUMS = ("objects", "size", "old revisions", "history size", "share")
_WITHOUT = {"resource": "(no Kubernetes object)", "namespace": "(cluster)"}
"""What is said of those that have none, as in the treemap."""
_KEYS = ("revisions", "history size", "live size", "namespace", "kind", "name")
_PARTS = {
    "live": "live values",
    "history": "history, until compaction drops it",
    "inUse": "live values and history",
    "unused": "left over at the ends of pages",
    "structure": "structure of pages",
    "free": "free pages",
}


def fill_page(found: Statistics, places: list[Place], program: str) -> str:
    """A page of what fills the snapshot alone, made by ``program``. Raises UsageError where plotly is not installed."""
    return page("What fills this snapshot", found["path"], [fill_section(found, places)], program)


def fill_section(found: Statistics, places: list[Place]) -> Section:
    content = joined(
        [
            element(
                "p", f"The database is {human_size(found['space']['size'])} large." if found["space"]["size"] else None
            ),
            chart(
                "fill-chart",
                "Treemap of bytes by kind and namespace; the tables below hold the same.",
                "Bytes of live values and of history, by kind and within by namespace. Click to go into a kind, and on "
                "its title to come back.",
            ),
            table("Parts of the file", ("part", "size", "share"), _parts(found), numbers=("size", "share")),
            _remedies(found),
            _sums(found, "kinds", "resource", "kind"),
            _sums(found, "namespaces", "namespace", "namespace"),
            folded_away("Largest objects", _largest(found)),
            folded_away("Most revisions", _keys(found)),
        ]
    )
    return Section("fill", "What fills it", content, (treemap(places),))


def _parts(found: Statistics) -> Iterable[tuple[Content, ...]]:
    space = found["space"]
    passed_over = "live" if space["live"] is None else "inUse"
    for name, words in _PARTS.items():
        if space[name] is not None and name != passed_over:
            yield words, human_size(space[name]), share_bar(space[name] / space["size"] if space["size"] else None)


def _remedies(found: Statistics) -> Html | None:
    rows = [(human_size(each["frees"]), each["how"]) for each in found["remedies"]]
    return table("What would make it smaller", ("frees", "how"), rows, numbers=("frees",)) if rows else None


def _sums(found: Statistics, listed: str, label: str, title: str) -> Html:
    rows = (
        (
            each[label] or _WITHOUT[label],
            each["objects"],
            human_size(each["size"]),
            each["historyRevisions"],
            human_size(each["historySize"]),
            share_bar(each["share"]),
        )
        for each in found[listed]
    )
    total = found["total"][listed]
    some = f", the {len(found[listed])} largest of {total}" if total > len(found[listed]) else ""
    return table(f"By {title}{some}", (title, *_SUMS), rows, numbers=_SUMS)


def _largest(found: Statistics) -> Html:
    rows = (
        (human_size(each["size"]), each["namespace"] or "", each["resource"] or "", each["name"])
        for each in found["largest"]
    )
    return table("Largest objects", ("size", "namespace", "kind", "name"), rows, numbers=("size",))


def _keys(found: Statistics) -> Html:
    rows = (
        (
            each["revisions"],
            human_size(each["historySize"]),
            "gone" if each["size"] is None else human_size(each["size"]),
            each["namespace"] or "",
            each["resource"] or "",
            each["name"],
        )
        for each in found["mostRevisions"]
    )
    return table("Objects with the most revisions", _KEYS, rows, numbers=_KEYS[:3])


def share_bar(share: float | None) -> Html:
    """A share as a number and as a length."""
    if share is None:
        return element("span", "-")
    percent = f"{share:.1%}"
    return element("span", percent, element("meter", percent, min="0", max="1", value=f"{share:.4f}"), class_="share")
