"""The tree around an object, drawn in lines."""

from __future__ import annotations

from collections.abc import Iterator

from snapinspect.analysis.deps.tree import Tree
from snapinspect.write.table import printable


def tree_lines(tree: Tree) -> Iterator[str]:
    """The object, what it needs, what needs it, and what the snapshot lacks; nothing in it drives a terminal."""
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
