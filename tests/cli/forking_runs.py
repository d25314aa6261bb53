"""Many command lines, each in a process of its own that is forked from a warm one: ``python forking_runs.py LINES.json``.

A test's own process may have threads, from which the program would not fork; here there are none. Each line is a list of
arguments; what came of each is written as JSON: exit code, standard output and standard error.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from cli_program import SMALL
from cli_program import run as asked

from snapinspect.__main__ import COLLECT_AFTER
from snapinspect.cli.start import run

MODULES = ("ls", "get", "export", "info", "stats", "verify", "deleted", "diff", "find", "log")


def outcome(arguments: list[str]) -> tuple[int, str, str]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if not pid:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            run_and_exit(arguments)
        _, status = os.waitpid(pid, 0)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "backslashreplace"))
    return os.waitstatus_to_exitcode(status), texts[0], texts[1]


def run_and_exit(arguments: list[str]) -> None:
    code = 1
    try:
        sys.argv = ["snapinspect", *arguments]
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    gc.set_threshold(COLLECT_AFTER)
    # Tables and schemas that each of the processes would read anew.
    asked("get", SMALL, "-A", "--jobs", "1")
    for name in MODULES:
        import_module(f"snapinspect.cli.{name}")
    json.dump([outcome(line) for line in json.loads(Path(sys.argv[1]).read_text())], sys.stdout)
