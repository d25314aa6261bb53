"""What was typed at a prompt, for the next time: a file of the user's own, as questions name what a cluster holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MOST = 1_000
"""Lines that are kept."""


@contextmanager
def remembered(prompt: str) -> Iterator[None]:
    """Inside the block the lines of a prompt can be edited, and those of earlier times be brought back; its own are kept.

    Where nobody types, where Python has no readline, and where the file cannot be used, nothing is remembered.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    path = _states() / f"{prompt}-history"
    if sys.stdin.isatty():
        with suppress(OSError):
            readline.read_history_file(path)
    try:
        yield
    finally:
        if sys.stdin.isatty():
            with suppress(OSError):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
                readline.set_history_length(_MOST)
                readline.write_history_file(path)
                path.chmod(0o600)


def _states() -> Path:
    home = os.environ.get("XDG_STATE_HOME", "")
    # Source: the XDG Base Directory specification: a path that is not absolute is ignored.
    return (Path(home) if Path(home).is_absolute() else Path("~/.local/state").expanduser()) / "snapinspect"
