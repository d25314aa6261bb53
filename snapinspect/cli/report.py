"""``snapinspect report``: one self-contained page of what a snapshot is and what happened."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from snapinspect import __version__
from snapinspect.cli.arriving import examining
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.opening import INCOMPLETE, moment_meant, opened, selected
from snapinspect.cli.options import Choice, Reading, SnapshotArgument
from snapinspect.cli.pages import STANDARD_OUTPUT, require_no_terminal, write_page
from snapinspect.errors import OutputError, UsageError

if TYPE_CHECKING:
    from snapinspect.analysis.deleted import Gone
    from snapinspect.cli.console import Console
    from snapinspect.report import Asked
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot

_OUTPUT = "report.html"
_OF_THE_PAGE = (
    *(
        "-o",
        "--output",
        "-n",
        "--namespace",
        "-A",
        "--all-namespaces",
        "-l",
        "--selector",
        "--field-selector",
        "--name",
    ),
    *("--key", "--exclude", "--at", "-q", "--quiet", "--no-progress", "--color", "--debug"),
)
"""Options that say what is on the page, and nothing of how one of its objects is read."""


def report(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    second: Annotated[
        str | None, Argument(metavar="[OLD]", help="Another snapshot, which this one is held against.")
    ] = None,
    output: Annotated[
        str, Option("-o", "--output", metavar="FILE", help="Where to write the page; - is standard output.")
    ] = "",
    since: Annotated[str, Option("--since", metavar="WHEN", help="Only what happened after that moment.")] = "",
    until: Annotated[str, Option("--until", metavar="WHEN", help="Only what happened up to it.")] = "",
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write one page that opens without a network: what the snapshot is, what fills it, what happened and who did it."""
    # Imported here, as all that can be asked takes long to load.
    from snapinspect.report import gather, require_plotly, whole_page

    require_plotly()
    _require_place(output, force, [snapshot, *([second] if second else [])])
    with ExitStack() as stack:
        view, console = stack.enter_context(opened(snapshot, reading, choice.at, examining(snapshot, reading)))
        other = stack.enter_context(opened(second, reading, None, examining(second, reading)))[0] if second else None
        facts = gather(view, _asked(view, console, choice, since, until), other, console.progress)
        write_page(whole_page(facts, f"snapinspect {__version__}"), output, console, force=force)
        if not facts.verified["sound"]:
            console.warn("the snapshot is damaged: the page says where, and `snapinspect verify` does, too")
            raise Ended(INCOMPLETE)


def _require_place(output: str, force: bool, evidence: list[str]) -> None:
    """Raises UsageError where no file is named, OutputError where one is in the way, before anything is read."""
    if not output:
        raise UsageError("nothing says where to write the page", f"`{typed().with_option('-o', _OUTPUT)}`")
    if output == STANDARD_OUTPUT:
        require_no_terminal(f"{typed().with_option('-o', _OUTPUT)}")
        return
    if any(Path(each).exists() and Path(output).exists() and Path(each).samefile(output) for each in evidence):
        raise OutputError(
            f"{output} is the snapshot itself", f"{typed().without('--force').with_option('-o', _OUTPUT)}"
        )
    if not force and os.path.lexists(output):
        raise OutputError(f"{output} is there already", f"`{typed().with_option('--force')}`")


def _asked(view: Snapshot, console: Console, choice: Choice, since: str, until: str) -> Asked:
    from snapinspect.report import Asked

    def meant(of: Snapshot) -> Selection:
        return selected(of, console, [], choice)

    return Asked(
        meant,
        partial(_recovery, view),
        moment_meant(view, since, console, start=True) if since else 0,
        moment_meant(view, until, console) if until else None,
    )


def _recovery(view: Snapshot, gone: Gone, lives_again: bool) -> str:
    """The command that brings back the last state: of the last life of a key, or of one that another followed."""
    head = gone.head
    kind = view.kind_of(head).directory if head.kind else ""
    line = typed().of("get").without(*_OF_THE_PAGE)
    line = line.with_arguments(typed().arguments[0], f"{kind}/{head.name}")
    if head.namespace:
        line = line.with_option("-n", head.namespace)
    if lives_again:
        return str(line.with_option("--at", str(gone.life.last.mod_revision)))
    return f"{line.with_option('--deleted')} | kubectl create -f -"
