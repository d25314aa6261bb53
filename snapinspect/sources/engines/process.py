"""A program that runs beside this one and goes away with it."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from snapinspect.sources.engines import guard

_TAIL = 64 << 10
_LINES = 3
_LONGEST_LINE = 300
_HARMLESS = ("debug", "info", "warn")
_CHATTER = re.compile(r"\s|goroutine |runtime\.|[\d-]{10}T\S+\s+(debug|info|warn)\s")
"""Stack traces, and entries of etcdutl's log, which is no JSON."""
_STATED = ("Error:", "panic:", "fatal error:")
_ARCHITECTURES = {"aarch64": "arm64", "armv7l": "arm"}


class Process:
    """``command``, run in ``directory``; its output goes into the file ``log``.

    It is killed, and the directory removed, by ``close``, with the object, at the end of the program, and when this
    program is killed.
    """

    def __init__(self, command: Sequence[str | Path], directory: Path, log: Path) -> None:
        self._log = log
        guarded = [sys.executable, "-I", "-S", guard.__file__, directory, *command]
        with log.open("wb") as output:
            self._guard = subprocess.Popen(  # noqa: S603
                guarded,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=_environment(),
                start_new_session=True,
            )
        self.close = weakref.finalize(self, _end, self._guard)

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._guard.poll()

    def last_words(self) -> str:
        """What its log says of its end, in one line."""
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - _TAIL))
            lines = log.read().decode("utf-8", "replace").splitlines()
        said = [words for line in lines if (words := _words(line))]
        stated = [words for words in said if words.startswith(_STATED)]
        return " · ".join(stated[:1] or said[-_LINES:])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.wait()


def _environment() -> dict[str, str]:
    """The environment of this program, less what would configure etcd."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ETCD")}
    machine = platform.machine()
    # etcd 3.4 refuses to start on these unless told that it is known.
    return {**kept, "ETCDCTL_API": "3", "ETCD_UNSUPPORTED_ARCH": _ARCHITECTURES.get(machine, machine)}


def _words(line: str) -> str:
    """What a line of etcd's log says: message and error of an entry that tells a failure; nothing of a stack trace."""
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return "" if _CHATTER.match(line) else line.strip()[:_LONGEST_LINE]
    if not isinstance(entry, dict) or entry.get("level") in _HARMLESS:
        return ""
    return ": ".join(str(entry[name]) for name in ("msg", "error") if entry.get(name))[:_LONGEST_LINE]
