"""Writes ``docs/json.md``, the pages of what programs read, from the schemas that ``snapinspect schema`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snapinspect.cli.shapes import OUTPUTS, schema_of

TARGET = Path(__file__).with_name("json.md")

_HEAD = """# JSON and exit codes

Written by `make docs` from the schemas that the program prints; tests hold the outputs of every snapshot that ships to them.

What is named here stays as it is; fields may be added. `snapinspect schema COMMAND` prints the JSON Schema (draft 2020-12), `snapinspect schema` all
of them in one document:

```console
$ snapinspect schema ls > ls.schema.json
$ snapinspect ls etcd-backup.db -o json > objects.json        # for any validator of JSON Schema
```

`-o jsonl` writes the items of a list, one a line, as they are found. `-o yaml` has the same fields, `-o csv` those of lists. Objects themselves (`get`) have the
form that their API gives them. Times are RFC 3339 in UTC; sizes are bytes.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | Done. `diff`: nothing differs |
| 1 | Failed, or nothing matched what was named; one line on standard error says what, a hint what to do. `diff`: something differs |
| 2 | The command line is wrong, or asks for a moment that is not held. `diff`: 2 and above are trouble |
| 3 | Done, but something that was selected is damaged, locked or could not be decoded, and is named on standard error. `verify`: damaged |
| 130 | Interrupted |

`serve SNAPSHOT -- COMMAND` ends with the exit code of COMMAND. A pipe that is closed early (`| head`) is no error.
"""


def page() -> str:
    """The whole page."""
    shared: dict[str, Any] = {}
    parts = [_HEAD]
    for name in OUTPUTS:
        schema = schema_of(name)
        shared |= schema.get("$defs", {})
        parts.append(f"## {name}\n\n{_about(schema)}{_table(schema)}")
    parts += [f"## Part: {name}\n\n{_table(schema)}" for name, schema in sorted(shared.items())]
    return "\n".join(parts)


def _about(schema: dict[str, Any]) -> str:
    if schema["title"].endswith(" export"):
        return "Each line of `index.jsonl`.\n\n"
    return "A list; of each item:\n\n" if schema.get("type") == "array" else ""


def _table(schema: dict[str, Any]) -> str:
    rows = "".join(f"| {field} | {kind} | {meaning} |\n" for field, kind, meaning in _rows(schema, ""))
    return f"| field | type | meaning |\n| --- | --- | --- |\n{rows}"


def _rows(schema: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    """A row for each field; what lies within another has its path."""
    inner = schema.get("items", schema)
    if "anyOf" in inner:
        for each in inner["anyOf"]:
            if each.get("type") == "object":
                yield from _rows(each, path)
            elif "$ref" in each and not path:
                yield "", _kind(each), ""
        return
    if "$ref" in inner and not path:
        yield "", _kind(inner), ""
    required = inner.get("required", ())
    for name, field in inner.get("properties", {}).items():
        place = f"{path}{name}"
        absent = "" if name in required else " May be absent."
        yield f"`{place}`", _kind(field), _cell(field.get("description", "") + absent)
        yield from _rows(field, f"{place}{'[]' if field.get('type') == 'array' else ''}.")


def _kind(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": name}:
            part = name.rpartition("/")[2]
            return f"[{part}](#part-{part.lower()})"
        case {"enum": words}:
            return ", ".join("null" if word is None else f"`{word}`" for word in words)
        case {"anyOf": several}:
            return " or ".join(map(_kind, several))
        case {"type": "array", "items": item}:
            return f"list of {_kind(item)}"
        case {"type": "object", "additionalProperties": rest} if "properties" not in schema:
            return f"object of {_kind(rest)}"
        case {"type": [kind, "null"]}:
            return f"{'time' if 'format' in schema else kind}, null"
        case {"format": "date-time"}:
            return "time"
        case {"type": kind}:
            return str(kind)
    return "any"


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
