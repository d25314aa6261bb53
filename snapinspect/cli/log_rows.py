"""An entry of a log as a row of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.snapshot.timeline import rfc3339
from snapinspect.write.table import EMPTY

if TYPE_CHECKING:
    from snapinspect.analysis.log import Entry
    from snapinspect.model import Head
    from snapinspect.snapshot.timeline import Moment

_NEAR = 2
"""Seconds of uncertainty that a row does not mention."""


def cells(entry: Entry) -> list[str]:
    """A row of which no cell is empty: plain texts alone are drawn at once."""
    return [cell or EMPTY for cell in row(entry)]


def row(entry: Entry) -> list[str]:
    """Its revision, time, actors, verb, object and summary; empty is what is not known."""
    record, head, moment, actors, verb, _changes, summary, _before, _body, _noise = entry
    revision = str(record.revision.main) if record is not None else ""
    by = actors[0] if len(actors) == 1 else ", ".join(actors)
    return [revision, _time(moment), by, verb, _object(head), summary]


def _time(moment: Moment | None) -> str:
    if moment is None:
        return ""
    uncertainty = moment.uncertainty
    text = rfc3339(moment.seconds)
    return text if uncertainty is not None and uncertainty <= _NEAR else f"~{text}"


def _object(head: Head) -> str:
    namespace = head.namespace
    return f"{head.kind.lower()}/{head.name} -n {namespace}" if namespace else f"{head.kind.lower()}/{head.name}"
