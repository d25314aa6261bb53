"""The tables of ``stats``: first what fills the database and what would help, then where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from snapinspect.analysis.stats import Statistics
from snapinspect.cli.bars import Bars
from snapinspect.write.counted import counted
from snapinspect.write.sizes import human_size
from snapinspect.write.table import EMPTY, write_table

_GIB = 1 << 30
_LEAST_SHARE = 0.01
_PARTS = {
    "live": "each key's last value, with what etcd notes of it",
    "history": "earlier revisions and deletions, until compaction drops them",
    "unused": "what is left over at the ends of pages, most of it behind large values",
    "structure": "what pages need for themselves, and etcd's other buckets",
    "inUse": "live state and history, with what their pages need",
    "free": "pages that are filled again before the file grows; defragmentation gives them back",
}
_SUM_COLUMNS = ("objects", "size", "managed-fields", "old-revisions", "history-size", "share")
_SPARED = frozenset({"managed-fields", "old-revisions"})
"""What a narrow terminal has no room for."""
_KEY_COLUMNS = ("revisions", "history-size", "live-size", "namespace", "kind", "name")
_HELM_COLUMNS = ("size", "superseded-size", "revisions", "superseded", "namespace", "release", "kept-in")
_NUMBERS = {"frees", "live-size", "revisions", "superseded-size", *_SUM_COLUMNS}
"""Columns whose cells stand at the right."""


def write_tables(found: Statistics, stream: TextIO) -> None:
    """Short tables, each under its title; what is empty is left out. A terminal shows shares as bars, too."""
    bars = Bars(stream)
    drawn = ["of-all"] if bars else []
    sum_columns = (*_SUM_COLUMNS, *drawn)
    stream.writelines(f"{line}\n" for line in _headlines(found["space"]))
    _write(stream, "What fills it", ("size", "share", *drawn, "part", "what-it-is"), _parts(found["space"], bars))
    helpful = [(human_size(each["frees"]), each["how"]) for each in found["remedies"]]
    _write(stream, "What would help", ("frees", "how"), helpful)
    if not helpful:
        stream.write("\nNothing but fewer or smaller objects would make it much smaller.\n")
    spared = _SPARED if bars.is_narrow else frozenset[str]()
    _write(stream, "By kind", ("kind", *sum_columns), _sums(found, "kinds", "resource", bars), spared)
    _write(stream, "By namespace", ("namespace", *sum_columns), _sums(found, "namespaces", "namespace", bars), spared)
    if spared:
        stream.write(f"({' and '.join(sorted(spared))}: on a wider terminal, or with -o json)\n")
    columns = ("size", "managed-fields", "namespace", "kind", "name")
    _write(stream, "Largest objects", columns, map(_large, found["largest"]))
    _write(stream, "Most revisions", _KEY_COLUMNS, map(_key, found["mostRevisions"]))
    if _keys(found["mostHistory"]) != _keys(found["mostRevisions"]):
        _write(stream, "Most history", _KEY_COLUMNS, map(_key, found["mostHistory"]))
    _write(stream, _helm_title(found["helm"]), _HELM_COLUMNS, map(_release, found["helm"]["largest"]))


def _write(
    stream: TextIO,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    spared: frozenset[str] = frozenset(),
) -> None:
    """The table without the columns that are ``spared``."""
    cells = list(rows)
    if cells:
        kept = (column for column in zip(columns, *cells, strict=True) if column[0] not in spared)
        names, *aligned = zip(*map(_aligned, kept), strict=True)
        stream.write(f"\n{title}\n")
        write_table(names, aligned, stream)


def _aligned(column: Sequence[str]) -> Sequence[str]:
    """A column, its name first."""
    if column[0] not in _NUMBERS:
        return column
    width = max(map(len, column))
    return [cell.rjust(width) for cell in column]


def _headlines(space: Statistics) -> Iterator[str]:
    quota = space["quota"]
    if space["size"] is None:
        yield "The source does not tell how large its database is."
    elif quota is None:
        yield f"The database is {human_size(space['size'])} large."
    else:
        yield (
            f"The database is {human_size(space['size'])} large: {_percent(quota['shareOfDefault'])} of etcd's default quota of "
            f"{quota['default'] // _GIB} GiB, {_percent(quota['shareOfSuggestedMost'])} of the "
            f"{quota['suggestedMost'] // _GIB} GiB that etcd suggests at most."
        )
    if space["noSpaceAlarm"]:
        yield (
            "The quota WAS EXCEEDED: while its alarm NOSPACE stands, etcd takes no writes. "
            "Make it smaller, then `etcdctl alarm disarm`."
        )


def _parts(space: Statistics, bars: Bars) -> Iterator[Sequence[str]]:
    passed_over = "live" if space["live"] is None else "inUse"
    for name, meaning in _PARTS.items():
        size = space[name]
        if size is not None and name != passed_over:
            share = size / space["size"] if space["size"] else None
            yield human_size(size), _percent(share), *_drawn(share, bars), _label(name), meaning


def _label(name: str) -> str:
    return "in use" if name == "inUse" else name


def _sums(found: Statistics, name: str, label: str, bars: Bars) -> Iterator[Sequence[str]]:
    """The rows of the sums in a list, one of those that it is too short for, and one of all."""
    listed, total = found[name], found["total"]
    for each in listed:
        yield each[label] or EMPTY, *_sum(each), *_drawn(each["share"], bars)
    rest = {key: total[key] - sum(each[key] for each in listed) for key in _SUMMED}
    if rest["objects"] or rest["historyRevisions"]:
        whole = total["size"] + total["historySize"]
        share = (rest["size"] + rest["historySize"]) / whole if whole else None
        yield "(others)", *_sum({**rest, "share": share}), *_drawn(share, bars)
    yield "(all)", *_sum(total), *_drawn(1, bars)


_SUMMED = ("objects", "size", "managedFields", "unread", "historyRevisions", "historySize")


def _sum(each: Statistics) -> Sequence[str]:
    return (
        str(each["objects"]),
        human_size(each["size"]),
        _managed(each["managedFields"], each["size"], each["unread"]),
        str(each["historyRevisions"]),
        human_size(each["historySize"]),
        _percent(each["share"]),
    )


def _drawn(share: float | None, bars: Bars) -> Sequence[str]:
    return [bars.bar(share)] if bars else []


def _managed(managed: int | None, size: int, unread: int) -> str:
    if managed is None or (unread and not managed):
        return "unknown"
    share = f" {_percent(managed / size):>4}" if size else ""
    return f"{'>' if unread else ''}{human_size(managed)}{share}"


def _large(each: Statistics) -> Sequence[str]:
    managed = _managed(each["managedFields"], each["size"], 0)
    return human_size(each["size"]), managed, each["namespace"] or EMPTY, each["resource"] or EMPTY, each["name"]


def _key(each: Statistics) -> Sequence[str]:
    live = "gone" if each["size"] is None else human_size(each["size"])
    place = each["namespace"] or EMPTY, each["resource"] or EMPTY, each["name"]
    return str(each["revisions"]), human_size(each["historySize"]), live, *place


def _keys(listed: list[Statistics]) -> set[str]:
    return {each["key"] for each in listed}


def _helm_title(helm: Statistics) -> str:
    old = f"{helm['superseded']} of {human_size(helm['supersededSize'])}" if helm["superseded"] else "none"
    revisions = f"{counted(helm['revisions'], 'revision')} of {human_size(helm['size'])}"
    return f"Helm releases: {helm['releases']} with {revisions}, of which {old} superseded"


def _release(each: Statistics) -> Sequence[str]:
    superseded = [revision["revision"] for revision in each["revisions"] if revision["status"] == "superseded"]
    return (
        human_size(each["size"]),
        human_size(each["supersededSize"]),
        str(len(each["revisions"])),
        _ranges([number for number in superseded if number is not None]) or "none",
        each["namespace"] or EMPTY,
        each["name"],
        each["storage"],
    )


def _ranges(numbers: list[int]) -> str:
    """``1-3, 5`` for ascending numbers."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _percent(share: float | None) -> str:
    if share is None:
        return "-"
    return "<1%" if 0 < share < _LEAST_SHARE else f"{share:.0%}"
