"""What stands on the command line for the objects that are meant: ``KIND``, ``KIND/NAME``, ``KIND NAME…``.

The forms and their limits are kubectl's (k8s.io/cli-runtime ``pkg/resource/builder.go``,
ResourceTypeOrNameArgs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Target(NamedTuple):
    """A kind in the user's word, and a name, or a pattern of names, when not all of it is meant."""

    word: str
    name: str | None = None

    def __str__(self) -> str:
        return self.word if self.name is None else f"{self.word}/{self.name}"


def parse_targets(args: Sequence[str]) -> list[Target]:
    """``deploy``, ``cm,secret``, ``deploy web api`` or ``deploy/web svc/api``, in the order given.

    Raises UsageError for a mixture of these, and for words that are empty.
    """
    if not args:
        return []
    if any("/" in arg for arg in args):
        return _distinct(_named(arg) for arg in args)
    words, names = _words(args[0]), args[1:]
    if not names:
        return _distinct(Target(word) for word in words)
    if len(words) > 1:
        raise UsageError(
            f"names cannot follow several kinds ({args[0]})",
            "write KIND/NAME for each object: " + " ".join(f"{word}/{names[0]}" for word in words),
        )
    if not all(names):
        raise UsageError("a name is empty", "write KIND NAME…, or KIND alone for all of that kind")
    return _distinct(Target(words[0], name) for name in names)


def parse_listed(args: Sequence[str], is_kind: Callable[[str], bool]) -> list[Target]:
    """As ``parse_each``, but words behind a kind that are no kinds themselves are names: ``deploy web api``."""
    words = [word for arg in args for word in arg.split(",")]
    if len(args) > 1 and not any("/" in word for word in words) and not all(map(is_kind, words[1:])):
        return parse_targets(args)
    return parse_each(args)


def parse_each(args: Iterable[str]) -> list[Target]:
    """Every argument on its own: ``deploy cm,secret svc/api``. Raises UsageError for empty words."""
    return _distinct(target for arg in args for target in _each(arg))


def _each(arg: str) -> list[Target]:
    return [_named(arg)] if "/" in arg else [Target(word) for word in _words(arg)]


def _named(arg: str) -> Target:
    word, slash, name = arg.partition("/")
    if not slash:
        raise UsageError(
            f"{arg!r} stands beside arguments of the form KIND/NAME",
            "write either KIND NAME… or KIND/NAME for each object",
        )
    if not word or not name or "/" in name or "," in word:
        raise UsageError(f"{arg!r} is not of the form KIND/NAME", "name one kind and one object, as in deploy/web")
    return Target(word, name)


def _words(arg: str) -> list[str]:
    words = arg.split(",")
    if not all(words):
        raise UsageError(f"{arg!r} holds an empty kind", "separate kinds by single commas, as in cm,secret")
    return words


def _distinct(targets: Iterable[Target]) -> list[Target]:
    return list(dict.fromkeys(targets))
