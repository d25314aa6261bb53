"""What commands leave on a terminal of 80 and of 200 columns, kept in ``tests/golden/screens`` and read by a person at each change.

``python tests/cli/golden_outputs.py`` writes them anew with the others. ``python tests/cli/screens.py`` prints them as JSON,
by the name of the file: in a process of its own, as each command is forked from it onto a terminal.
"""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import shlex
import shutil
import sys
import tempfile
import termios
from importlib import import_module
from pathlib import Path

from forking_runs import run_and_exit

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "k8s-1.36"
WIDTHS = (80, 200)
_LINES = 50
_SMALL, _PAST = "small.db", "history.db"
_SURROUNDINGS = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"}
_DISTURBING = ("COLUMNS", "LINES", "NO_COLOR", "LC_ALL", "LC_CTYPE")

SCREENS = {
    "ls": ("ls", _SMALL),
    "ls-kinds": ("ls", _SMALL, "deploy,sts,secret", "-n", "infra-production"),
    "ls-wide": ("ls", _SMALL, "deploy", "-o", "wide"),
    "ls-labels": ("ls", _SMALL, "deploy", "--show-labels", "-L", "tier"),
    "info": ("info", _SMALL),
    "verify": ("verify", _SMALL),
    "stats": ("stats", _SMALL, "--top", "3"),
    "diff": (
        "diff",
        _PAST,
        "--from",
        "3400",
        "--to",
        "4000",
        "deploy",
        "-n",
        "*-production",
        "--exclude",
        "deploy/web",
    ),
    "diff-summary": ("diff", _PAST, "--from", "3400", "--to", "4000", "-n", "team-*", "-o", "summary"),
    "history": ("history", _SMALL, "deploy/api"),
    "deleted": ("deleted", _PAST, "deploy,secret,ns"),
    "find": ("find", "deploy/web", _SMALL, _PAST, "-n", "infra-production"),
    "deps": ("deps", _SMALL, "deploy/web", "-n", "infra-production"),
    "restore-offline": ("restore", _PAST, "deploy,pvc", "-n", "infra-production", "--offline"),
    "log": ("log", _PAST, "deploy", "-n", "infra-production", "--since", "3400"),
    "export-dry-run": ("export", _SMALL, "-n", "team-a", "--dry-run"),
    "get-not-found": ("get", _PAST, "deploy/web", "-n", "infra-production"),
    "get-no-namespace": ("get", _SMALL, "deploy/web", "-n", "infra-prod"),
    "get-several": ("get", _SMALL, "deploy/web"),
}
"""The name of a file, and the command whose screens it has, run where the two snapshots lie."""


def screens() -> dict[str, str]:
    """The text of each file: a line for the command, and what stands below it, once if the width does not matter."""
    os.environ.update(_SURROUNDINGS)
    for name in _DISTURBING:
        os.environ.pop(name, None)
    for command in SCREENS.values():
        import_module(f"snapinspect.cli.{command[0]}")
    with tempfile.TemporaryDirectory() as here:
        os.chdir(here)
        shutil.copyfile(FIXTURES / "small.db", _SMALL)
        Path(_PAST).write_bytes(gzip.decompress((FIXTURES / "history.db.gz").read_bytes()))
        try:
            return {name: _file(command) for name, command in SCREENS.items()}
        finally:
            os.chdir(FIXTURES)


def _file(command: tuple[str, ...]) -> str:
    shown: dict[str, list[str]] = {}
    for width in WIDTHS:
        shown.setdefault(left_on_a_terminal(command, width), []).append(str(width))
    line = shlex.join(command)
    return "\n".join(
        f"{' and '.join(widths)} columns: snapinspect {line}\n{screen}" for screen, widths in shown.items()
    )


def left_on_a_terminal(command: tuple[str, ...], columns: int) -> str:
    """What stands there at the end, and the exit code; a bar that was cleared leaves nothing, colours are seen as ``\\e[31m``."""
    pid, terminal = pty.fork()
    if not pid:
        termios.tcsetwinsize(0, (_LINES, columns))
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        run_and_exit(list(command))
    written = b""
    while chunk := _read(terminal):
        written += chunk
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    text = re.sub(r"[^\n]*\r\x1b\[K", "", written.decode().replace("\r\n", "\n"))
    return f"{text}[{os.waitstatus_to_exitcode(status)}]\n".replace("\x1b", "\\e")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # What the kernel says once the last process has left the terminal.
        return b""


if __name__ == "__main__":
    json.dump(screens(), sys.stdout)
