"""Writes ``docs/api.md``, the reference of the package, from its docstrings; what has none is an error."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

import snapinspect
from snapinspect.analysis.deleted import Gone, Life
from snapinspect.analysis.diff.fields import FieldChange
from snapinspect.analysis.diff.objects import Comparison, Difference
from snapinspect.analysis.history import History, Step
from snapinspect.analysis.log import Entry as LogEntry
from snapinspect.errors import SnapinspectError
from snapinspect.model import Head, KubeObject, Record
from snapinspect.snapshot.timeline import Moment

_WIDTH = 90
TARGET = Path(__file__).with_name("api.md")
_FUNCTIONS = ("open", "sql.connect")
_CLASSES = ("Entry", "Recovered", "Snapshot")
_GIVEN = (KubeObject, Head, Record, Gone, Life, History, Step, LogEntry, Comparison, Difference, FieldChange, Moment)
"""What comes out of these, and is promised as far as it is shown here."""
_ANSWERS = ("history", "deleted", "diff", "log")
"""Methods that are functions of the package, too."""
_METHODS = (
    "close",
    "at",
    "select",
    "heads",
    "entries",
    "objects",
    "recover",
    *_ANSWERS,
    "load",
    "unread",
    "find",
    "holds",
)
_PROPERTIES = ("revision", "is_certain", "prefixes", "cluster_uid", "kinds")
"""Of Snapshot; the rest of it serves the package itself."""

_HEAD = """# The package

Written by `make docs` from the docstrings. [From Python](python.md) has examples that are run by tests. The package is typed (`py.typed`), and tests check that
from a consumer's side with `mypy --strict`. `snapinspect.__all__` is what is promised. The methods `history`, `deleted`, `diff` and `log` are also functions
of the package, which take the snapshot first.
"""


def page() -> str:
    """The whole page. Raises LookupError for a name without a docstring."""
    parts = [_HEAD, "## Functions\n"]
    parts += [_entry(f"snapinspect.{name}", attrgetter(name)(snapinspect), "###") for name in _FUNCTIONS]
    parts.append("## Classes\n")
    parts += [_entry(f"snapinspect.{name}", getattr(snapinspect, name), "###") for name in _CLASSES]
    members = _PROPERTIES + _METHODS
    parts += [_entry(f"Snapshot.{name}", getattr(snapinspect.Snapshot, name), "####") for name in members]
    parts.append("## What they give\n")
    for each in _GIVEN:
        parts.append(_entry(_title(each), each, "###"))
        parts += [_entry(f"{each.__name__}.{name}", method, "####") for name, method in _methods(each)]
    parts.append(f"## Errors\n\n{_errors()}")
    return "\n".join(parts)


def _title(given: type) -> str:
    return "Entry of log" if given is LogEntry else given.__name__


def _entry(title: str, thing: Any, mark: str) -> str:
    return f"{mark} {title}\n\n{_signature(title, thing)}{_told(title, thing)}\n"


def _signature(title: str, thing: Any) -> str:
    if isinstance(thing, (property, cached_property)):
        return f"```\n{_type_of(thing)}\n```\n\n"
    if inspect.isclass(thing):
        fields = "".join(f"{name}: {kind}\n" for name, kind in _fields(thing))
        return f"```\n{fields}```\n\n" if fields else ""
    signature = inspect.signature(thing)
    parameters = list(signature.parameters.values())
    is_method = not title.startswith("snapinspect.")
    taken = [_parameter(each) for each in parameters[is_method:]]
    named = sum(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters)
    if named:
        taken.insert(len(taken) - named, "*")
    line = ", ".join(taken)
    within = line if len(line) < _WIDTH else "\n    " + ",\n    ".join(taken) + ",\n"
    return f"```\n{title}({within}) -> {signature.return_annotation}\n```\n\n"


def _methods(given: type) -> Iterator[tuple[str, Any]]:
    """What can be asked of it; not how it is made."""
    return ((name, each) for name, each in vars(given).items() if inspect.isfunction(each) and not name.startswith("_"))


def _parameter(parameter: inspect.Parameter) -> str:
    """As it is written; a function that is the default by its name, as its place in memory says nothing."""
    default = parameter.default
    said = getattr(default, "__name__", None) or repr(default)
    return f"{parameter.name}: {parameter.annotation}" + ("" if default is parameter.empty else f" = {said}")


def _fields(given: type) -> Iterator[tuple[str, str]]:
    """Fields and properties, as they are annotated."""
    for name, kind in getattr(given, "__annotations__", {}).items():
        if not name.startswith("_"):
            yield name, getattr(kind, "__forward_arg__", str(kind))
    for name, each in vars(given).items():
        is_told = isinstance(each, (property, cached_property)) and given is not snapinspect.Snapshot
        if is_told and not name.startswith("_"):
            yield name, _type_of(each)


def _type_of(thing: Any) -> str:
    read = thing.fget if isinstance(thing, property) else thing.func
    return str(inspect.signature(read).return_annotation)


def _told(title: str, thing: Any) -> str:
    said = inspect.getdoc(thing) or ""
    if not said or said.startswith(f"{getattr(thing, '__name__', '')}("):
        raise LookupError(f"{title} has no docstring")
    return re.sub(r"``([^`]+)``", r"`\1`", said).replace("::\n", ":\n") + "\n"


def _errors() -> str:
    """The tree of them, with their exit codes."""
    return "| error | exit code | is a |\n| --- | --- | --- |\n" + "".join(
        f"| `{each.__name__}` | {each.exit_code} | `{each.__base__.__name__}` |\n" for each in _below(SnapinspectError)
    )


def _below(error: type[SnapinspectError]) -> Iterator[Any]:
    yield error
    for each in error.__subclasses__():
        if each.__name__ in snapinspect.__all__:
            yield from _below(each)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
