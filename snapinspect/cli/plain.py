"""Lines that say what a command takes and nothing else, read without Typer.

Whatever is not plain (help, an unknown option, a value that does not fit, too few words) is left to Typer, which explains it;
of a plain line Typer makes the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any

from snapinspect.cli.declared import Parameter, groups, parameters

_DIGITS = 18
"""More make no number that anybody means."""


class _NotPlain(Exception):
    """Somebody else has to read it."""


def call(command: Callable[..., None], words: Sequence[str]) -> Callable[[], None] | None:
    """``command`` with what ``words`` say, or None for a line that is not plain."""
    takes = parameters(command)
    if takes is None:
        return None
    try:
        said = _said(takes, words)
    except _NotPlain:
        return None
    values: dict[str, Any] = {}
    for name, group in groups(command).items():
        values[name] = group(**{each.name: said[each.name] for each in takes if each.group == name})
    return partial(command, **values, **{each.name: said[each.name] for each in takes if not each.group})


def _said(takes: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any]:
    """The value of each parameter."""
    options = {name: each for each in takes if each.param_type_name == "option" for name in each.opts}
    said: dict[str, Any] = {}
    arguments = []
    for option, text in _apart(options, words):
        if option is None:
            arguments.append(text)
        elif option.is_list:
            said.setdefault(option.name, []).append(_value(option, text))
        else:
            said[option.name] = option.is_flag or _value(option, text)
    placed = _placed([each for each in takes if each.param_type_name == "argument"], arguments)
    found = {**{each.name: each.default for each in takes if not each.is_required}, **said, **placed}
    if len(found) < len(takes):
        raise _NotPlain
    return found


def _apart(options: Mapping[str, Parameter], words: Sequence[str]) -> Iterator[tuple[Parameter | None, str]]:
    """Each option with its text, and each argument."""
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word == "--":
            yield from ((None, each) for each in reversed(rest))
            return
        if word[:1] != "-" or word == "-":
            yield None, word
        elif word[:2] == "--":
            name, equals, value = word.partition("=")
            option = _known(options, name)
            if option.is_flag and equals:
                raise _NotPlain
            yield option, value if equals or option.is_flag else _next(rest)
        else:
            yield from _letters(options, word[1:], rest)


def _letters(options: Mapping[str, Parameter], letters: str, rest: list[str]) -> Iterator[tuple[Parameter, str]]:
    """``-Aq``, ``-nshop`` and ``-n shop``."""
    for at, letter in enumerate(letters, 1):
        option = _known(options, f"-{letter}")
        if not option.is_flag:
            yield option, letters[at:] or _next(rest)
            return
        yield option, ""


def _known(options: Mapping[str, Parameter], name: str) -> Parameter:
    if name not in options:
        raise _NotPlain
    return options[name]


def _next(rest: list[str]) -> str:
    """The value of an option, which stands behind it; what looks like an option may have been meant as one."""
    if not rest or (rest[-1][:1] == "-" and rest[-1] != "-"):
        raise _NotPlain
    return rest.pop()


def _placed(takes: Sequence[Parameter], texts: Sequence[str]) -> dict[str, Any]:
    """The arguments, of which the last may be a list."""
    found: dict[str, Any] = {}
    rest = list(texts)
    for each in takes:
        if each.is_list and each is not takes[-1]:
            raise _NotPlain
        taken = rest if each.is_list else rest[:1]
        rest = rest[len(taken) :]
        if taken:
            values = [_value(each, text) for text in taken]
            found[each.name] = values if each.is_list else values[0]
    if rest:
        raise _NotPlain
    return found


def _value(parameter: Parameter, text: str) -> Any:
    """What ``text`` means to a parameter of this type."""
    kind = parameter.type.__args__[0] if parameter.is_list else parameter.type
    if kind is str:
        return text
    if kind is int and text.isascii() and text.isdigit() and len(text) < _DIGITS:
        limits = parameter.declared.settings
        if limits.get("min", 0) <= int(text) <= limits.get("max", int(text)):
            return int(text)
    elif issubclass(kind, Enum):
        if text in parameter.choices:
            return kind(text)
    elif issubclass(kind, os.PathLike) and not _is_refused(text):
        return kind(text)
    raise _NotPlain


def _is_refused(path: str) -> bool:
    """Whether Typer takes no such path: a file that is there and may not be read."""
    return os.path.lexists(path) and not os.access(path, os.R_OK)
