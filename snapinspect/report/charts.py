"""Figures for plotly.js, as data: what is drawn, while the page's script gives them the colours of the theme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.report.bins import OTHERS
from snapinspect.report.happening import NOISE
from snapinspect.report.markup import plain, shortened_within
from snapinspect.write.counted import counted
from snapinspect.write.sizes import human_size
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.analysis.stats import Place
    from snapinspect.report.bins import Bins
    from snapinspect.report.happening import Lane

Figure = dict[str, Any]
"""``name`` of the element it is drawn in, ``data`` and ``layout`` of plotly.js, and which field a click ``picks``."""

_MOST_KINDS = 30
_MOST_NAMESPACES = 20
MOST_SERIES = 9
_LANE_HEIGHT = 20
_LANE_LABEL = 46
"""Characters: half of a narrow page is the lanes'."""
_LANE_NAMESPACE = 18
_NAMESPACED = " -n "
_AROUND_LANES = 90
_CHART_HEIGHT = 340
_MAP_HEIGHT = 460
_MILLISECONDS = 1000
_NOISE_COLOR = "#8a8f98"
_ALIVE_COLOR = "rgba(120,135,160,0.45)"
_COLORS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e4b100", "#e45756", "#72b7b2", "#9d755d", "#ff9da6", "#79706e")
_VERBS = {
    "created": ("#54a24b", "triangle-right"),
    "recreated": ("#72b7b2", "triangle-right-open"),
    "updated": ("#4c78a8", "circle"),
    "scaled": ("#b279a2", "diamond"),
    "rolled-out": ("#f58518", "square"),
    "deleted": ("#e45756", "x"),
}
"""How what happens is marked: by colour and by shape."""


_LEGEND: dict[str, Any] = {"orientation": "h", "y": -0.22, "x": 0, "traceorder": "normal"}


class Part(NamedTuple):
    """A kind and its sums by namespace, the largest first."""

    kind: str
    size: int
    objects: int
    inner: list[tuple[str, int, int]]


def treemap(places: Iterable[Place]) -> Figure:
    """Bytes of live values and history, by kind and within by namespace."""
    parts = _parts(places)
    total = sum(part.size for part in parts)
    ids, labels, parents, values, told = ["all"], ["everything"], [""], [total], [human_size(total)]
    for number, part in enumerate(parts):
        ids.append(f"{number}")
        labels.append(plain(part.kind))
        parents.append("all")
        values.append(part.size)
        told.append(f"{human_size(part.size)}, {counted(part.objects, 'live object')}")
        for at, (namespace, size, objects) in enumerate(part.inner):
            ids.append(f"{number}/{at}")
            labels.append(plain(namespace))
            parents.append(f"{number}")
            values.append(size)
            told.append(f"{human_size(size)}, {counted(objects, 'live object')}")
    trace = {
        "type": "treemap",
        "ids": ids,
        "labels": labels,
        "parents": parents,
        "values": values,
        "customdata": told,
        "branchvalues": "total",
        "texttemplate": "%{label}<br>%{customdata}",
        "hovertemplate": "%{label}<br>%{customdata}<br>%{percentRoot:.1%} of all<extra></extra>",
        "tiling": {"pad": 1},
        "root": {"color": "rgba(0,0,0,0)"},
        "maxdepth": 3,
    }
    layout = {"height": _MAP_HEIGHT, "margin": _margin(0), "treemapcolorway": list(_COLORS)}
    return {"name": "fill-chart", "data": [trace], "layout": layout, "picks": None}


def _parts(places: Iterable[Place]) -> list[Part]:
    by_kind: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for place in places:
        row = (place.namespace or "(cluster)", place.size + place.history, place.objects)
        by_kind[place.kind or "(no Kubernetes object)"].append(row)
    parts = [_part(kind, rows) for kind, rows in by_kind.items()]
    parts.sort(key=lambda part: -part.size)
    rest = parts[_MOST_KINDS:]
    if rest:
        inner = [(part.kind, part.size, part.objects) for part in rest]
        parts[_MOST_KINDS:] = [_part(f"{len(rest)} other kinds", inner)]
    return parts


def _part(kind: str, rows: list[tuple[str, int, int]]) -> Part:
    rows.sort(key=lambda row: -row[1])
    shown, rest = rows[:_MOST_NAMESPACES], rows[_MOST_NAMESPACES:]
    if rest:
        shown.append((f"{len(rest)} others", sum(row[1] for row in rest), sum(row[2] for row in rest)))
    return Part(kind, sum(row[1] for row in rows), sum(row[2] for row in rows), shown)


def stacked(name: str, bins: Bins, picks: str) -> Figure:
    """How much happened when, one bar a bin; what is counted only is there to be switched on."""
    width = bins.width * _MILLISECONDS
    traces = []
    colors = iter(_COLORS * 2)
    for series in bins.series(MOST_SERIES):
        is_noise = series.name == NOISE
        traces.append(
            {
                "type": "bar",
                "name": plain(series.name),
                "meta": None if series.name in (OTHERS, NOISE) else printable(series.name),
                "x": [at * _MILLISECONDS for at in series.counts],
                "y": list(series.counts.values()),
                "width": width,
                "offset": 0,
                "marker": {"color": _NOISE_COLOR if is_noise else next(colors), "line": {"width": 0}},
                "visible": "legendonly" if is_noise else True,
                "hovertemplate": "%{x}<br>%{fullData.name}: %{y}<extra></extra>",
            }
        )
    layout = {
        "barmode": "stack",
        "height": _CHART_HEIGHT,
        "margin": {**_margin(50), "b": 40, "t": 10},
        "xaxis": {"type": "date"},
        "yaxis": {"title": {"text": "changes"}, "fixedrange": True, "rangemode": "tozero"},
        "showlegend": True,
        "legend": _LEGEND,
        "dragmode": "zoom",
    }
    return {"name": name, "data": traces, "layout": layout, "picks": picks, "width": width}


def lanes(drawn: Sequence[tuple[str, Lane]], first: int, last: int) -> Figure:
    """A lane an object: the span in which it was there, and a mark for what happened to it."""
    alive_x: list[int | None] = []
    alive_y: list[int | None] = []
    for at, (_, lane) in enumerate(drawn):
        for start, end in _spans(lane, first, last):
            alive_x += [start * _MILLISECONDS, end * _MILLISECONDS, None]
            alive_y += [at, at, None]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "there",
            "x": alive_x,
            "y": alive_y,
            "line": {"width": 9, "color": _ALIVE_COLOR},
            "hoverinfo": "skip",
        },
        *(_marks(verb, drawn) for verb in _VERBS),
    ]
    layout = {
        "height": _AROUND_LANES + _LANE_HEIGHT * len(drawn),
        "margin": {**_margin(10), "b": 40, "t": 40},
        "xaxis": {"type": "date", "range": [first * _MILLISECONDS, (last + 1) * _MILLISECONDS]},
        "yaxis": {
            "tickvals": list(range(len(drawn))),
            "ticktext": [plain(_lane_label(label)) for label, _ in drawn],
            "range": [len(drawn) - 0.5, -0.5],
            "fixedrange": True,
            "automargin": True,
        },
        "hovermode": "closest",
        "dragmode": "zoom",
        "showlegend": True,
        "legend": {**_LEGEND, "y": 1, "yanchor": "bottom"},
    }
    return {"name": "lanes-chart", "data": traces, "layout": layout, "picks": "object"}


def _lane_label(label: str) -> str:
    """What is too long loses the middle of its namespace first: objects of one owner are told apart by how their names end."""
    if len(label) <= _LANE_LABEL:
        return label
    name, mark, namespace = label.partition(_NAMESPACED)
    place = mark + shortened_within(namespace, _LANE_NAMESPACE)
    return shortened_within(name, _LANE_LABEL - len(place)) + place


def _spans(lane: Lane, first: int, last: int) -> Iterable[tuple[int, int]]:
    """When it was there: from the left edge where its creation is not held, to the right one where it still is."""
    start: int | None = first
    for mark in lane.marks:
        if mark.verb in ("created", "recreated"):
            start = mark.seconds
        elif mark.verb == "deleted" and start is not None:
            yield start, mark.seconds
            start = None
    if start is not None:
        yield start, last


def _marks(verb: str, drawn: Sequence[tuple[str, Lane]]) -> dict[str, Any]:
    color, symbol = _VERBS[verb]
    found = [(mark, at, label) for at, (label, lane) in enumerate(drawn) for mark in lane.marks if mark.verb == verb]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": verb,
        "x": [mark.seconds * _MILLISECONDS for mark, _, _ in found],
        "y": [at for _, at, _ in found],
        "text": [f"{plain(label)}<br>{_words(verb, mark.actors, mark.summary)}" for mark, _, label in found],
        "customdata": [label for _, _, label in found],
        "hovertemplate": "%{x}<br>%{text}<extra></extra>",
        "marker": {"color": color, "symbol": symbol, "size": 9},
    }


def _words(verb: str, actors: str, summary: str) -> str:
    by = f" by {plain(actors)}" if actors else ""
    return f"{verb}{by}" + (f": {plain(summary)}" if summary else "")


def _margin(left: int) -> dict[str, int]:
    return {"l": left, "r": 10, "t": 0, "b": 0}
