"""Where the packed program begins: as ``snapinspect``, or as the interpreter that it starts a process of its own with."""

from __future__ import annotations

import multiprocessing
import runpy
import sys
from itertools import takewhile
from pathlib import Path

import snapinspect
from snapinspect.__main__ import main


def start() -> None:
    multiprocessing.freeze_support()
    options = list(takewhile(lambda word: word in {"-I", "-P", "-S"}, sys.argv[1:]))
    if options:
        # ``sys.executable -I -S .../guard.py ARGUMENT...``: the module lies packed, and its file is a name only.
        file, *arguments = sys.argv[1 + len(options) :]
        below = Path(file).relative_to(Path(snapinspect.__file__).parent).with_suffix("")
        sys.argv = [file, *arguments]
        runpy.run_module(".".join(["snapinspect", *below.parts]), run_name="__main__", alter_sys=True)
    else:
        main()


start()
