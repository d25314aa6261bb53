"""The whole page, section by section."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snapinspect.report.about import about_section, encryption_section, members_section, problems_section
from snapinspect.report.filling import fill_section
from snapinspect.report.markup import Content, element, joined, table
from snapinspect.report.page import Section, page
from snapinspect.report.past import activity_section, actors_section, deletions_section, lanes_section

if TYPE_CHECKING:
    from snapinspect.model import Head
    from snapinspect.report.gathering import Differences, Facts

_NAME_LENGTH = 80


def whole_page(facts: Facts, program: str) -> str:
    """All that was found out, on a page made by ``program``. Raises UsageError where plotly is not installed."""
    path = facts.information["path"]
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    sections = [
        about_section(facts),
        activity_section(facts.happening),
        lanes_section(facts.happening),
        actors_section(facts.happening),
        deletions_section(facts),
        *([_difference_section(facts.differences)] if facts.differences else []),
        fill_section(facts.statistics, facts.places),
        problems_section(facts),
        encryption_section(facts),
        members_section(facts),
    ]
    return page(
        f"Snapshot {_last_part(path)}",
        f"Report of {made}. Times are UTC; ~ marks one between two that are known.",
        sections,
        program,
    )


def _difference_section(found: Differences) -> Section:
    kinds = sorted({kind for _, kind in found.counts})
    sums: list[Sequence[Content]] = [
        (kind, *(found.counts[operation, kind] for operation in _OPERATIONS)) for kind in kinds
    ]
    rows = ((each.operation, each.head.namespace or "", _kind_name(each.head), each.summary) for each in found.first)
    total = found.counts.total()
    some = f", the first {len(found.first)} of {total}" if total > len(found.first) else ""
    old, new = found.old, found.new
    uids = old.cluster_uid, new.cluster_uid
    other = "These are two different clusters." if None not in uids and uids[0] != uids[1] else None
    words = f"From {old.source.path} at revision {old.revision} to {new.source.path} at revision {new.revision}. Events and Leases are left out."
    if not total:
        return Section("diff", "What differs", joined([element("p", words), element("p", "Nothing differs.")]))
    content = joined(
        [
            element("p", words),
            element("p", element("strong", other)) if other else None,
            table("Objects that differ, by kind", ("kind", *_OPERATIONS), sums, numbers=_OPERATIONS),
            table(f"Objects that differ{some}", ("what", "namespace", "object", "changed"), rows),
        ]
    )
    return Section("diff", "What differs", content)


_OPERATIONS = ("added", "changed", "removed")


def _kind_name(head: Head) -> str:
    return f"{head.kind.lower()}/{head.name}"


def _last_part(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2] or path
    return name if len(name) <= _NAME_LENGTH else f"…{name[1 - _NAME_LENGTH :]}"
