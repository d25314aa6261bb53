"""The command line as it was typed, from which hints make the one that should have been."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, Self

from snapinspect.cli.habits import valued

_SECRETS = {"--token": "TOKEN", "--password": "PASSWORD", "--user": "USER"}
"""Options whose values are not shown again, and what stands for them."""


_RUNNING = {"serve", "exec", "debug"}
"""Commands behind whose ``--`` stands a command of the user's, whose words are not theirs."""


class Word(NamedTuple):
    """An argument or, with its ``option``'s name, an option and its value."""

    texts: tuple[str, ...]
    option: str = ""


Options = Mapping[str, bool]
"""Every name of a command's options, and whether a value follows it."""


def _no_options(_command: str) -> Options:
    return {}


class CommandLine(NamedTuple):
    """``program command``, words, and what stands behind ``--``; ``options_of`` tells the options of each command.

    As text it can be pasted.
    """

    program: str = "snapinspect"
    command: str = ""
    words: tuple[Word, ...] = ()
    options_of: Callable[[str], Options] = _no_options
    behind: tuple[str, ...] = ()

    @classmethod
    def parse(cls, program: str, texts: Sequence[str], options_of: Callable[[str], Options]) -> Self:
        """The words behind ``program``, the command first."""
        command, rest = (texts[0], texts[1:]) if texts else ("", ())
        at = rest.index("--") if command in _RUNNING and "--" in rest else len(rest)
        line = cls(program, command, (), options_of, tuple(rest[at:]))
        rest = rest[:at]
        return line._replace(words=tuple(_words(rest, {**valued(command), **options_of(command)})))

    def __str__(self) -> str:
        shown = [text for word in self.words for text in _without_secret(word)]
        return f"{self.program} {shlex.join([self.command, *shown, *self.behind])}".strip()

    @property
    def texts(self) -> list[str]:
        """All behind the command, word by word."""
        return [text for word in self.words for text in word.texts]

    @property
    def arguments(self) -> list[str]:
        return [word.texts[0] for word in self.words if not word.option]

    def value(self, option: str) -> str | None:
        """What was said last with this option, under the name with which it was typed."""
        said = [_value(word) for word in self.words if word.option == option]
        return said[-1] if said else None

    def values(self, option: str) -> list[str]:
        """All that was said with this option."""
        return [_value(word) for word in self.words if word.option == option]

    def with_value(self, option: str, old: str, new: str | None) -> Self:
        """The same with another value of an option that may be said several times, or, of None, without this one."""
        is_old = [word.option == option and _value(word) == old for word in self.words]
        others = () if new is None else (Word((option, new), option),)
        pairs = zip(self.words, is_old, strict=True)
        return self._replace(words=tuple(each for word, old in pairs for each in (others if old else (word,))))

    def with_arguments(self, *arguments: str) -> Self:
        """The same with other arguments, behind each other where the first stood."""
        at = next((at for at, word in enumerate(self.words) if not word.option), len(self.words))
        options = [word for word in self.words if word.option]
        given = [Word((argument,)) for argument in arguments]
        return self._replace(words=(*options[:at], *given, *options[at:]))

    def with_option(self, name: str, *value: str) -> Self:
        """The same with an option that was not said, or said otherwise."""
        return self.without(name)._replace(words=(*self.without(name).words, Word((name, *value), name)))

    def running(self, *command: str) -> Self:
        """The same with this command behind ``--``."""
        return self._replace(behind=("--", *command))

    def renamed(self, name: str, other: str) -> Self:
        """The same with the option ``name`` called ``other``."""
        words = (Word((other, *_values(word)), other) if word.option == name else word for word in self.words)
        return self._replace(words=tuple(words))

    def without(self, *names: str) -> Self:
        """The same without these options."""
        return self._replace(words=tuple(word for word in self.words if word.option not in names))

    def of(self, command: str) -> Self:
        """The same for another command, without the options that it lacks."""
        known = self.options_of(command)
        kept = tuple(word for word in self.words if not word.option or word.option in known)
        return self._replace(command=command, words=kept, behind=self.behind if command == self.command else ())


_typed: ContextVar[Callable[[], CommandLine]] = ContextVar("typed", default=CommandLine)


def typed() -> CommandLine:
    """The command line of the run at hand."""
    return _typed.get()()


def remember(line: Callable[[], CommandLine]) -> None:
    """Makes this the one that was typed; it is only taken apart when somebody asks."""
    _typed.set(line)


def called(name: str | None) -> str:
    """How who uses the program calls what was started under this name."""
    return "kubectl snapinspect" if name == "kubectl-snapinspect" else name or "snapinspect"


def choices_of(parameter: Any) -> list[str]:
    """The values that a parameter takes, as it is declared or as Typer has it, where they are counted."""
    choices = getattr(parameter.type, "choices", ()) or getattr(parameter, "choices", ())
    return [str(getattr(choice, "value", choice)) for choice in choices]


def options_in(parameters: Sequence[Any]) -> dict[str, bool]:
    """The names of a command's options by its parameters, as they are declared or as Typer has them."""
    return {
        name: not parameter.is_flag
        for parameter in parameters
        if parameter.param_type_name == "option"
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


def _words(texts: Sequence[str], options: Options) -> list[Word]:
    found: list[Word] = []
    rest = list(texts)
    while rest:
        text = rest.pop(0)
        if text == "--":
            return found + [Word((each,)) for each in rest]
        if not text.startswith("-") or text == "-":
            found.append(Word((text,)))
            continue
        name = text.partition("=")[0] if text.startswith("--") else text[:2]
        follows = options.get(name, False) and text == name and bool(rest)
        found.append(Word((text, rest.pop(0)) if follows else (text,), name))
    return found


def _values(word: Word) -> tuple[str, ...]:
    """The value of an option, if it has one."""
    attached = word.texts[0].removeprefix(word.option).removeprefix("=")
    return (attached,) if attached else word.texts[1:]


def _value(word: Word) -> str:
    return next(iter(_values(word)), "")


def _without_secret(word: Word) -> tuple[str, ...]:
    return (word.option, _SECRETS[word.option]) if word.option in _SECRETS else word.texts
