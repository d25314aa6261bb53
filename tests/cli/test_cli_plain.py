"""Lines that are read without Typer mean what Typer makes of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from cli_program import SMALL
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.cli.commands import COMMANDS, declared_by, function_of
from snapinspect.cli.declared import Options
from snapinspect.cli.made import as_typer
from snapinspect.cli.plain import call

DECLARED = [name for name in COMMANDS if declared_by(name) is not None]
_PATH = str(SMALL)
_WORDS = ("", "-", "--", "a", "b,c", "x=y", "3", "-3", "0", "007", "1e3", "--nope", "--help", "-Aq", "-nshop", _PATH)


@functools.cache
def _as_typer(name: str) -> tuple[Any, list[dict[str, Any]]]:
    """The command as Typer has it, and where it leaves what it was called with."""
    function = function_of(name)
    assert function is not None
    calls: list[dict[str, Any]] = []

    @functools.wraps(function)
    def recorder(**values: Any) -> None:
        calls.append(values)

    return as_typer(recorder), calls


def _plainly(name: str, words: list[str]) -> dict[str, Any] | None:
    function = function_of(name)
    assert function is not None
    made: Any = call(function, words)
    return None if made is None else dict(_values(made.keywords))


def _by_typer(name: str, words: list[str]) -> dict[str, Any]:
    command, calls = _as_typer(name)
    calls.clear()
    command.main(list(words), prog_name="snapinspect", standalone_mode=False)
    return dict(_values(calls[0]))


def _values(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each option and argument, those of groups one by one."""
    for name, value in said.items():
        yield from vars(value).items() if isinstance(value, Options) else [(name, value)]


@st.composite
def _lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command, a snapshot, and what may or may not be meant by options and arguments."""
    name = draw(st.sampled_from(DECLARED))
    takes = declared_by(name) or []
    options = st.sampled_from(sorted({option for each in takes for option in each.declared.names}))
    values = st.sampled_from([*_WORDS, *(choice for each in takes for choice in each.choices)])
    said = st.one_of(
        st.tuples(options, values),
        st.tuples(options),
        st.tuples(values),
        st.builds("{}={}".format, options, values).map(lambda word: (word,)),
        st.builds("{}{}".format, options, values).map(lambda word: (word,)),
    )
    return name, [_PATH, *(word for words in draw(st.lists(said, max_size=4)) for word in words)]


@given(_lines())
def test_typer_makes_the_same_of_a_plain_line(line: tuple[str, list[str]]) -> None:
    found = _plainly(*line)
    assert found is None or found == _by_typer(*line)


@pytest.mark.parametrize(
    "line",
    [
        "ls S",
        "ls S deploy,cm -n a,b -n c",
        "ls S -Aqo wide",
        "get S deploy/api -nshop --jobs=2",
        "get S --engine etcd --etcd-bin nowhere --color never -- deploy",
        "export S --all --raw -d out --exclude events --exclude=kube-system/",
        "history S deploy/api -n shop -o json",
        "diff S other --debug",
        "find web S -",
    ],
)
def test_what_people_type_is_plain(line: str) -> None:
    name, *words = line.replace(" S", f" {_PATH}").split()
    found = _plainly(name, words)
    assert found is not None
    assert found == _by_typer(name, words)


@pytest.mark.parametrize(
    "line",
    [
        "ls",
        "ls S --help",
        "ls S --nope",
        "ls S -n",
        "ls S -n -A",
        "get S --jobs 0",
        "get S --jobs x",
        "ls S --engine x",
    ],
)
def test_what_is_to_be_explained_is_not(line: str) -> None:
    name, *words = line.replace(" S", f" {_PATH}").split()
    assert _plainly(name, words) is None
