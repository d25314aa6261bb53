"""``snapinspect ls``: what is in there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any, TextIO, TypeVar

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.opening import opened, recoverable, require_some, selected
from snapinspect.cli.options import Choice, DeletedOption, EachTarget, ListFormat, Reading, SnapshotArgument
from snapinspect.model import LIVE, Head
from snapinspect.select import Selection, parse_listed
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write import json, lists
from snapinspect.write.names import object_name
from snapinspect.write.table import EMPTY, write_table

_COLUMNS = ("namespace", "kind", "name", "created")
_WIDE_COLUMNS = (*_COLUMNS, "apiversion", "created-at", "modified-at", "version", "size", "encoding", "key")
_HEADS_ALONE = {ListFormat.table, ListFormat.name}
_DAY = 86_400

T = TypeVar("T")


def ls(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    kinds: EachTarget = None,
    output: Annotated[ListFormat, typer.Option("-o", "--output", help="Output format.")] = ListFormat.table,
    deleted: DeletedOption = False,
) -> None:
    """List what is in a snapshot."""
    with opened(snapshot, reading, choice.at) as (view, console):
        view = recoverable(view, deleted=deleted)
        selection = selected(view, console, parse_listed(kinds or [], view.kinds.means_something), choice)
        with terminal.utf8_output() as stream:
            if output in _HEADS_ALONE and view.is_certain:
                count = _write_heads(view, selection, output, stream)
            else:
                count = _write_entries(view, selection, output, stream)
        require_some(count, view, selection)


def _write_heads(view: Snapshot, selection: Selection, output: ListFormat, stream: TextIO) -> int:
    heads = Counted(view.heads(selection))
    if output is ListFormat.table:
        rows = Rows(view)
        write_table(_COLUMNS, (rows.short(head) for _, head in heads), stream)
    else:
        stream.writelines(object_name(head.group, head.kind, head.name) + "\n" for _, head in heads if head.kind)
    return heads.count


def _write_entries(view: Snapshot, selection: Selection, output: ListFormat, stream: TextIO) -> int:
    entries = Counted(view.entries(selection))
    match output:
        case ListFormat.table:
            _write_table(view, entries, _COLUMNS, stream)
        case ListFormat.wide:
            _write_table(view, entries, _WIDE_COLUMNS, stream)
        case ListFormat.name:
            stream.writelines(f"{_name(entry)}\n" for entry in entries if entry.head.kind)
        case ListFormat.json:
            lists.write_json(map(_fields, entries), stream)
        case ListFormat.yaml:
            lists.write_yaml(map(_fields, entries), stream)
        case _:
            stream.writelines(json.dumps(_fields(entry)) + "\n" for entry in entries)
    return entries.count


def _write_table(view: Snapshot, entries: Iterable[Entry], columns: tuple[str, ...], stream: TextIO) -> None:
    """The table with these columns, and with the sources of the records where not all are live."""
    rows = Rows(view)
    listed = ((rows.wide(entry)[: len(columns)], entry.record.source) for entry in entries)
    if view.is_certain:
        write_table(columns, (row for row, _ in listed), stream)
    else:
        write_table((*columns, "source"), ((*row, source) for row, source in listed), stream)


class Counted(Iterable[T]):
    """Items, counted as they pass."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for item in self._items:
            self.count += 1
            yield item


class Rows:
    """A table's rows; what is the same for all objects of a kind is found once."""

    def __init__(self, view: Snapshot) -> None:
        self._view = view
        self._labels: dict[tuple[str, str], str] = {}

    def short(self, head: Head) -> tuple[str, str, str, str]:
        identity = head.api_version, head.kind
        label = self._labels.get(identity)
        if label is None:
            label = self._labels[identity] = self._view.kind_of(head).directory if head.kind else EMPTY
        # A kind that only the key suggests is marked, as the key does not prove it.
        kind = f"{label}?" if head.guessed and head.kind else label
        return head.namespace or EMPTY, kind, head.name, _time(head.created) or EMPTY

    def wide(self, entry: Entry) -> tuple[object, ...]:
        record, head = entry
        return (
            *self.short(head),
            head.api_version,
            record.create_revision,
            record.mod_revision,
            record.version,
            len(record.value),
            head.encoding,
            _key(record.key),
        )


def _fields(entry: Entry) -> dict[str, Any]:
    record, head = entry
    return {
        "key": _key(record.key),
        "apiVersion": head.api_version or None,
        "kind": head.kind or None,
        "namespace": head.namespace,
        "name": head.name,
        "createRevision": record.create_revision,
        "modRevision": record.mod_revision,
        "version": record.version,
        "size": len(record.value),
        "created": _time(head.created),
        "encoding": head.encoding,
        "guessed": head.guessed,
        **({} if record.source == LIVE else {"source": record.source}),
    }


def _name(entry: Entry) -> str:
    record, head = entry
    name = object_name(head.group, head.kind, head.name)
    return name if record.source == LIVE else f"{name} ({record.source})"


def _key(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")


def _time(seconds: int | None) -> str | None:
    """RFC 3339 to the second in UTC; None for what no calendar holds."""
    if seconds is None:
        return None
    day, rest = divmod(seconds, _DAY)
    minutes, second = divmod(rest, 60)
    date = _date(day)
    return date and f"{date}T{minutes // 60:02}:{minutes % 60:02}:{second:02}Z"


@lru_cache(maxsize=4096)
def _date(day: int) -> str | None:
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(day * _DAY, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return None
