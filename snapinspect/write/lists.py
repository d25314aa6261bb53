"""Lists of plain facts, written item by item as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from snapinspect.write import json
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def write_json(items: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """A JSON list with one item a line, which both programs and people can read."""
    write_json_texts(map(json.dumps, items), stream)


def write_json_texts(texts: Iterable[str], stream: TextIO) -> None:
    """What ``write_json`` writes, of items that are JSON already."""
    separator = "["
    for text in texts:
        stream.write(f"{separator}\n{text}")
        separator = ","
    stream.write("[]\n" if separator == "[" else "\n]\n")


def write_csv(columns: Sequence[str], items: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """Comma-separated values under headings; what an item lacks is empty. On a terminal nothing in them drives it."""
    from csv import DictWriter

    writer = DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    shown = _shown_cell if stream.isatty() else _cell
    writer.writerows({name: shown(value) for name, value in item.items()} for item in items)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _shown_cell(value: object) -> object:
    return None if value is None else printable(str(_cell(value)))


def write_yaml(items: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """A YAML list."""
    write_yaml_texts(map(yaml_text, items), stream)


def yaml_text(item: dict[str, Any]) -> str:
    """One item of a YAML list."""
    # Imported here, as listing must start at once, and hardly ever writes YAML.
    from snapinspect.write import yaml

    return yaml.dump_item(item)


def write_yaml_texts(texts: Iterable[str], stream: TextIO) -> None:
    """What ``write_yaml`` writes, of items that are YAML already."""
    empty = True
    for text in texts:
        stream.write(text)
        empty = False
    if empty:
        stream.write("[]\n")
