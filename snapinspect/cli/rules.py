"""``snapinspect rules``: the cleaning rules, with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from textwrap import fill
from typing import Annotated, TextIO

from snapinspect import clean
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.line import typed
from snapinspect.errors import NotFound
from snapinspect.kube.kinds import KindTable
from snapinspect.write import json, lists
from snapinspect.write.table import write_table

_EVERY = ("*",)
_COLUMNS = ("id", "kinds", "does", "reason", "trap")
_WIDTH = 100


class RulesFormat(StrEnum):
    """``-o`` of ``rules``."""

    text = "text"
    table = "table"
    json = "json"
    jsonl = "jsonl"
    yaml = "yaml"
    name = "name"


def rules(
    kind: Annotated[
        str, Argument(metavar="[KIND]", help="Only what concerns this kind: Service, svc, jobs.batch.")
    ] = "",
    output: Annotated[RulesFormat, Option("-o", "--output", help="Output format.")] = RulesFormat.text,
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """List the cleaning rules: what each does to which objects, why, and what would go wrong otherwise."""
    facts = _facts(kind) if kind else clean.rules()
    with terminal.utf8_output() as stream:
        _write(facts, output, stream)


def _facts(word: str) -> list[clean.Fact]:
    """Raises NotFound for a kind that no rule and no release of Kubernetes knows by that name."""
    kinds = [f"{kind.kind}.{kind.group}".rstrip(".") for kind in KindTable.builtin().resolve(word)] or [word]
    facts = list({fact.id: fact for kind in kinds for fact in clean.rules(kind)}.values())
    if kinds == [word] and all(fact.kinds == _EVERY for fact in facts):
        near = KindTable.builtin().suggest(word)
        every = f"custom resources are cleaned by what `{typed().with_arguments()}` lists for every object (*)"
        meant = f"did you mean {near[0]}? `{typed().with_arguments(near[0])}`; " if near else ""
        raise NotFound(f"no rule is about a kind called {word!r}", meant + every)
    return facts


def _write(facts: list[clean.Fact], output: RulesFormat, stream: TextIO) -> None:
    match output:
        case RulesFormat.text:
            stream.writelines(f"{line}\n" for fact in facts for line in _lines(fact))
        case RulesFormat.table:
            write_table(_COLUMNS, ((one.id, ",".join(one.kinds), *one[2:5]) for one in facts), stream)
        case RulesFormat.json:
            lists.write_json((_plain(one) for one in facts), stream)
        case RulesFormat.jsonl:
            stream.writelines(json.dumps(_plain(one)) + "\n" for one in facts)
        case RulesFormat.yaml:
            lists.write_yaml((_plain(one) for one in facts), stream)
        case RulesFormat.name:
            stream.writelines(f"{one.id}\n" for one in facts)


def _lines(fact: clean.Fact) -> Iterator[str]:
    yield f"{fact.id}  ({', '.join(fact.kinds) if fact.kinds != _EVERY else 'every object'})"
    for label, said in (("does", fact.does), ("why", fact.reason), ("trap", fact.trap)):
        if said:
            start = f"    {label + ':':<6}"
            rest = " " * len(start)
            yield fill(said, _WIDTH, initial_indent=start, subsequent_indent=rest, break_long_words=False)
    yield ""


def _plain(fact: clean.Fact) -> dict[str, object]:
    """The form of a file of rules, which ``--rules`` takes."""
    told = {"does": fact.does, "reason": fact.reason, "trap": fact.trap}
    return {"id": fact.id, "kinds": list(fact.kinds), **fact.acts, **told}
