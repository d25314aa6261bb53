"""What is in a snapshot as facts for programs: what ``ls -o json`` and the like write of each object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TextIO

from snapinspect.cli.listing import key_text, time_text
from snapinspect.cli.output import Output
from snapinspect.model import LIVE
from snapinspect.snapshot import Entry
from snapinspect.write import json, lists
from snapinspect.write.names import object_name


def write_facts(facts: Iterable[Any], output: Output, stream: TextIO) -> None:
    """The list for programs, of what ``FACTS`` gives of each object."""
    match output.form:
        case "json":
            lists.write_json_texts(facts, stream)
        case "yaml":
            lists.write_yaml_texts(facts, stream)
        case "csv":
            lists.write_csv(_FACTS, facts, stream)
        case _:
            stream.writelines(facts)


_FACTS = (
    "key",
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "createRevision",
    "modRevision",
    "version",
    "size",
    "created",
    "encoding",
    "guessed",
    "source",
)


def _fact(entry: Entry) -> dict[str, Any]:
    record, head = entry
    values = (
        key_text(record.key),
        head.api_version or None,
        head.kind or None,
        head.namespace,
        head.name,
        record.create_revision,
        record.mod_revision,
        record.version,
        len(record.value),
        time_text(head.created),
        head.encoding,
        head.guessed,
        *(() if record.source == LIVE else (record.source,)),
    )
    return dict(zip(_FACTS, values, strict=False))


def _name(entry: Entry) -> str:
    record, head = entry
    if not head.kind:
        return ""
    name = object_name(head.group, head.kind, head.name)
    return f"{name}\n" if record.source == LIVE else f"{name} ({record.source})\n"


FACTS: dict[str, Callable[[Entry], Any]] = {
    "json": lambda entry: json.dumps(_fact(entry)),
    "jsonl": lambda entry: json.dumps(_fact(entry)) + "\n",
    "yaml": lambda entry: lists.yaml_text(_fact(entry)),
    "csv": _fact,
    "name": _name,
}
"""What ``write_facts`` is given of an object, by form."""
