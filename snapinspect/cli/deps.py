"""``snapinspect deps``: what an object needs and what needs it, and what the snapshot lacks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TextIO

from snapinspect.analysis.deps import Surroundings, Tree, tree_lines
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Option
from snapinspect.cli.opening import one_name, opened, selected
from snapinspect.cli.options import Choice, ObjectArgument, Reading, SnapshotArgument
from snapinspect.errors import Ambiguous
from snapinspect.write import json, yaml
from snapinspect.write.counted import counted


class DepsFormat(StrEnum):
    """``-o`` of ``deps``."""

    tree = "tree"
    json = "json"
    yaml = "yaml"


def deps(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    target: ObjectArgument = None,
    output: Annotated[DepsFormat, Option("-o", "--output", help="Output format.")] = DepsFormat.tree,
) -> None:
    """Show what an object needs, what needs it, and what is missing."""
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
            stream.writelines(f"{line}\n" for line in tree_lines(tree))
