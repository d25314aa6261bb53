"""What a person at the terminal is told beside the result: progress, summaries, errors. All on standard error."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TextIO, TypeVar

from snapinspect.cli.bar import Bar
from snapinspect.errors import OutputError, SnapinspectError
from snapinspect.model import Problem

T = TypeVar("T")
_NAMED = 20
"""Keys named of those that share a problem."""


class Console:
    """Standard error. ``quiet`` keeps all but problems and errors to itself."""

    def __init__(self, *, quiet: bool = False, progress: bool = True) -> None:
        self._quiet = quiet
        self._bar: Bar | None = None
        self._shows_progress = progress and not quiet and sys.stderr.isatty()

    def say(self, text: str) -> None:
        if not self._quiet:
            self._echo(text)

    def warn(self, text: str) -> None:
        self._echo(f"warning: {text}")

    def _echo(self, text: str) -> None:
        if self._bar:
            self._bar.clear()
        tell(text)

    def progress(self, label: str, total: int, /) -> AbstractContextManager[Callable[[int], object]]:
        """A ``Progress`` of the read model."""
        return self._progress(label, total)

    def each(self, label: str, total: int, items: Iterable[T], *, held: bool = False) -> Iterator[T]:
        """The ``items``, with a bar while they are taken, unless what is written of them may stand on the same terminal.

        Those that are ``held`` until the last is there are not written meanwhile.
        """
        if not held and _may_be_seen():
            yield from items
            return
        with self._progress(label, total) as advance:
            for item in items:
                advance(1)
                yield item

    def problems(self, problems: list[Problem]) -> None:
        """Names what could not be read, each reason once, with the keys that it concerns."""
        by_reason: dict[str, list[str]] = {}
        for problem in problems:
            by_reason.setdefault(problem.reason, []).append(problem.subject)
        for reason, subjects in by_reason.items():
            named = ", ".join(subjects[:_NAMED])
            more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
            self.warn(f"{reason}: {named}{more}")
        if any(problem.code == "locked" for problem in problems):
            self.say(f"hint: --encryption-config, --token or --kms-socket open them{_shown_keys()}")

    @contextmanager
    def _progress(self, label: str, total: int) -> Iterator[Callable[[int], object]]:
        if not self._shows_progress:
            yield _ignore
            return
        outer, self._bar = self._bar, Bar(label, total, sys.stderr)
        try:
            yield self._bar.advance
        finally:
            self._bar.clear()
            self._bar = outer


def _may_be_seen() -> bool:
    """Whether a person may see standard output while it is written: on a terminal, or through a pager behind a pipe."""
    with suppress(OSError, ValueError, AttributeError):
        return sys.stdout.isatty() or stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    return True


def _shown_keys() -> str:
    # Imported here, as most values are not locked.
    from snapinspect.cli.line import typed

    line = typed()
    if line.command in {"keys", "find"} or not line.arguments:
        return ""
    return (
        f"; `{line.of('keys').without('-o', '--output').with_arguments(line.arguments[0])}` shows which key locks what"
    )


def _ignore(_step: int) -> None:
    """Nobody is looking."""


def show_error(error: SnapinspectError) -> None:
    """One line saying what is wrong, and one saying what to do about it."""
    tell(f"error: {error}")
    if error.hint:
        tell(f"hint: {error.hint}")


def tell(text: str) -> None:
    """Writes a line to standard error."""
    sys.stderr.write(f"{printable(text)}\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Text of a snapshot that is safe to show: a name may hold a terminal's control sequences."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@contextmanager
def utf8_output() -> Iterator[TextIO]:
    """Standard output in UTF-8 whatever the locale says, as YAML and JSON are; all is written when the block ends.

    Raises OutputError where it cannot be written, and BrokenPipeError when its reader went away.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed", "Send it somewhere: > FILE, or | less.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except (BrokenPipeError, KeyboardInterrupt, SystemExit):
        give_up_output()
        raise
    except OSError as error:
        give_up_output()
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write the result: {reason}", "Send it to a place that has room.") from error


def give_up_output() -> None:
    """Nothing more can be written, nor flushed at exit, which would fail or wait once more."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
