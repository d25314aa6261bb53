"""``snapinspect browse``: snapshots in a terminal, with time in them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from shlex import quote
from typing import Annotated

from snapinspect.cli.arriving import unexamined
from snapinspect.cli.declared import Argument
from snapinspect.cli.opening import opened
from snapinspect.cli.options import Reading
from snapinspect.errors import UsageError


def browse(
    snapshots: Annotated[list[str], Argument(metavar="SNAPSHOT...", help="Tab goes from one to the next.")],
    reading: Reading,
) -> None:
    """Look into snapshots in a terminal: objects through their revisions, what was deleted, what happened."""
    # It is drawn on standard error, as Textual does.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("browse needs a terminal", f"`snapinspect ls {quote(snapshots[0])}`")
    try:
        from snapinspect.browse import Browser
    except ModuleNotFoundError as error:
        raise UsageError(
            f"browse needs the package {error.name}", "`pip install textual` brings it, as does the extra browse."
        ) from None
    with ExitStack() as stack:
        Browser(
            [stack.enter_context(opened(path, reading, None, unexamined(path, reading)))[0] for path in snapshots]
        ).run()
