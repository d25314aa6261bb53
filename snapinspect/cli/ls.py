"""``snapinspect ls``: what is in there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, TextIO

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.opening import opened, require_some, selected
from snapinspect.cli.options import Choice, EachTarget, ListFormat, Reading, SnapshotArgument
from snapinspect.select import parse_each
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write import json, lists
from snapinspect.write.names import object_name
from snapinspect.write.table import write_table

_COLUMNS = ("namespace", "kind", "name", "created")
_WIDE_COLUMNS = (*_COLUMNS, "apiversion", "created-at", "modified-at", "version", "size", "encoding", "key")


def ls(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    kinds: EachTarget = None,
    output: Annotated[ListFormat, typer.Option("-o", "--output", help="Output format.")] = ListFormat.table,
) -> None:
    """List what is in a snapshot."""
    with opened(snapshot, reading, choice.at) as (view, console):
        selection = selected(view, console, parse_each(kinds or []), choice)
        entries = Counted(view.entries(selection))
        with terminal.utf8_output() as stream:
            _write(view, entries, output, stream)
        require_some(entries.count, view, selection)


class Counted:
    """Entries, counted as they pass."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.count += 1
            yield entry


def _write(view: Snapshot, entries: Iterable[Entry], output: ListFormat, stream: TextIO) -> None:
    match output:
        case ListFormat.table:
            write_table(_COLUMNS, (_row(view, entry) for entry in entries), stream)
        case ListFormat.wide:
            write_table(_WIDE_COLUMNS, (_wide_row(view, entry) for entry in entries), stream)
        case ListFormat.json:
            lists.write_json(map(_fields, entries), stream)
        case ListFormat.jsonl:
            stream.writelines(json.dumps(_fields(entry)) + "\n" for entry in entries)
        case ListFormat.yaml:
            lists.write_yaml(map(_fields, entries), stream)
        case ListFormat.name:
            stream.writelines(object_name(head.group, head.kind, head.name) + "\n" for _, head in entries if head.kind)


def _row(view: Snapshot, entry: Entry) -> tuple[object, ...]:
    head = entry.head
    label = view.kind_of(head).directory if head.kind else None
    # A kind that only the key suggests is marked, as the key does not prove it.
    return head.namespace, f"{label}?" if head.guessed and label else label, head.name, _time(head.created)


def _wide_row(view: Snapshot, entry: Entry) -> tuple[object, ...]:
    record, head = entry
    return (
        *_row(view, entry),
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
    }


def _key(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=4096)
def _time(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return None
