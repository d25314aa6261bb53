"""Where a page goes: to standard output unless that is a terminal, or into a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.cli import console as terminal
from snapinspect.errors import OutputError
from snapinspect.write.sizes import human_size

if TYPE_CHECKING:
    from snapinspect.cli.console import Console

STANDARD_OUTPUT = "-"


def require_no_terminal(instead: str) -> None:
    """Raises OutputError where a page would go to a terminal; ``instead`` is what to type."""
    if sys.stdout is not None and sys.stdout.isatty():
        raise OutputError("a page is nothing for a terminal", instead)


def write_page(page: str, output: str, console: Console, *, force: bool) -> None:
    """Writes the page to standard output, or into a file that appears when it is whole."""
    if output == STANDARD_OUTPUT:
        with terminal.utf8_output() as stream:
            stream.write(page)
        return
    # Imported here, as a page for standard output needs no file.
    from snapinspect.sources.landing import landing, write_all

    data = page.encode()
    with landing(Path(output), force=force) as descriptor:
        write_all(descriptor, data)
    console.say(f"wrote {human_size(len(data))} to {output}; any browser shows it, without a network")
