"""A list of what is in a snapshot, as a table or as facts for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TextIO

from snapinspect.model import Body, Head
from snapinspect.select import Selection
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write.sizes import human_size
from snapinspect.write.table import EMPTY, write_columns

GUESSED = "?"
"""Behind a kind that only the key suggests, as the key does not prove it."""


class Item(NamedTuple):
    """A listed object; ``body`` is there when something in it was asked for, and empty when it cannot be read."""

    entry: Entry
    body: Body


class Columns:
    """A table's columns by their headings; what is the same for all objects of a kind is found once."""

    def __init__(self, view: Snapshot) -> None:
        self._view = view
        self._kinds: dict[tuple[str, str], str] = {}

    def narrow(self, head: Head) -> tuple[str, str, str, str]:
        """Namespace, kind, name and creation time, which heads alone tell."""
        api_version, kind, namespace, name, _uid, created, _encoding, is_guessed = head
        label = self._kinds.get((api_version, kind))
        if label is None:
            label = self._kinds[api_version, kind] = self._view.kind_of(head).directory if kind else EMPTY
        if is_guessed and kind:
            label += GUESSED
        return namespace or EMPTY, label, name, time_text(created) or EMPTY

    def wide(self, entry: Entry) -> tuple[object, ...]:
        """What stands behind these in a wide table."""
        record, head = entry
        return (
            head.api_version,
            record.create_revision,
            record.mod_revision,
            record.version,
            human_size(len(record.value)),
            head.encoding,
            key_text(record.key),
        )


NARROW = ("namespace", "kind", "name", "created")
WIDE = ("apiversion", "create-revision", "mod-revision", "version", "size", "encoding", "key")


class Table:
    """Columns of cells, drawn without those that the selection fixes."""

    def __init__(self, selection: Selection, headings: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
        self._selection = selection
        self._headings = headings
        self._columns = columns

    def write(self, stream: TextIO, *, headings: bool = True) -> None:
        if not self._columns:
            return
        fixed = self._fixed()
        kept = [at for at in range(len(self._headings)) if at not in fixed]
        names = [self._headings[at] for at in kept]
        write_columns(names, [self._columns[at] for at in kept], stream, headings=headings)

    def _fixed(self) -> set[int]:
        """Columns that hold nothing but what was asked for."""
        selection = self._selection
        asked = {
            "namespace": len(selection.namespaces.literals) == 1 and not selection.all_namespaces,
            "kind": len(selection.wanted) == 1,
        }
        return {at for at, heading in enumerate(self._headings) if asked.get(heading) and self._is_one_value(at)}

    def _is_one_value(self, at: int) -> bool:
        values = set(self._columns[at])
        return len(values) == 1 and not any(value.endswith(GUESSED) for value in values)


def label_cells(body: Body, keys: Sequence[str], *, everything: bool) -> Iterator[str | None]:
    """The values of some labels, then all of them in one cell."""
    metadata = body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    known: dict[str, Any] = labels if isinstance(labels, dict) else {}
    yield from (known.get(key) for key in keys)
    if everything:
        yield ",".join(f"{key}={known[key]}" for key in sorted(known))


def key_text(key: bytes) -> str:
    """An etcd key for people and JSON."""
    return key.decode("utf-8", "backslashreplace")


def time_text(seconds: int | None) -> str | None:
    """RFC 3339 to the second in UTC; None for what no calendar holds."""
    if seconds is None:
        return None
    minutes, second = divmod(seconds, 60)
    minute = _minute(minutes)
    return minute and minute + _SECONDS[second]


_SECONDS = [f":{second:02}Z" for second in range(60)]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str | None:
    """``2026-11-22T11:20`` for minutes since 1970; remembered, as much is created at once."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(minutes * 60, UTC).replace(tzinfo=None).isoformat(timespec="minutes")
    except (OverflowError, OSError, ValueError):
        return None
