"""``snapinspect deps``: what an object needs and what needs it, and what the snapshot lacks."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, TextIO

import typer

from snapinspect.analysis.deps import Surroundings, Tree
from snapinspect.cli import console as terminal
from snapinspect.cli.opening import one_name, opened, selected
from snapinspect.cli.options import Choice, NamedTargets, Reading, SnapshotArgument
from snapinspect.errors import Ambiguous
from snapinspect.write import json, yaml
from snapinspect.write.counted import counted
from snapinspect.write.table import printable


class DepsFormat(StrEnum):
    """``-o`` of ``deps``."""

    tree = "tree"
    json = "json"
    yaml = "yaml"


def deps(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    target: NamedTargets = None,
    output: Annotated[DepsFormat, typer.Option("-o", "--output", help="Output format.")] = DepsFormat.tree,
) -> None:
    """Show what an object needs, what needs it, and what of that the snapshot lacks."""
    targets = one_name(snapshot, target, "dependencies are shown")
    with opened(snapshot, reading, choice.at) as (view, console):
        found = list(view.objects(selected(view, console, targets, choice)))
        if len(found) > 1:
            raise Ambiguous(f"{targets[0]} stands for {len(found)} objects", "Say which with -n.")
        around = Surroundings(view)
        with terminal.utf8_output() as stream:
            for one in found:
                _write(around.tree(one), output, stream)
        if around.problems:
            console.warn(f"{counted(len(around.problems), 'object')} could not be read, and may belong here as well")


def _write(tree: Tree, output: DepsFormat, stream: TextIO) -> None:
    match output:
        case DepsFormat.json:
            stream.write(json.dumps(tree, indent=2) + "\n")
        case DepsFormat.yaml:
            stream.write(yaml.dump(tree))
        case DepsFormat.tree:
            stream.writelines(f"{line}\n" for line in _lines(tree))


def _lines(tree: Tree) -> Iterator[str]:
    here = tree["object"]
    yield _name(here, None)
    for title, items in (("needs", tree["needs"]), ("needed by", tree["neededBy"])):
        yield f"{title}:" if items else f"{title}: nothing"
        yield from _branches(items, here["namespace"], "")
    if tree["missing"]:
        yield "the snapshot lacks:"
    for at, lost in enumerate(tree["missing"], 1):
        stem = "└─" if at == len(tree["missing"]) else "├─"
        yield f"{stem} {_name(lost, here['namespace'])} (for {_name(lost['neededBy'], here['namespace'])})"


def _branches(items: list[Tree], namespace: str | None, indent: str) -> Iterator[str]:
    for at, item in enumerate(items, 1):
        last = at == len(items)
        state = item.get("state", "present")
        note = "" if state == "present" else f" ({_STATES[state]})"
        yield f"{indent}{'└─' if last else '├─'} {_name(item, namespace)}{note}  {printable(item['path'])}"
        below = item.get("needs") or item.get("neededBy") or []
        yield from _branches(below, namespace, indent + ("   " if last else "│  "))


_STATES = {"missing": "missing", "optional": "missing, optional", "unreadable": "cannot be read"}


def _name(item: Tree, namespace: str | None) -> str:
    """``kind/name``, with its namespace where that is another one than ``namespace``."""
    place = f" in {item['namespace']}" if item["namespace"] not in (None, namespace) else ""
    return printable(f"{item['kind'].lower()}/{item['name']}{place}")
