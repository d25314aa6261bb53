"""``snapinspect diff``: what differs between two snapshots, two moments of one, or one and the live cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

from snapinspect.analysis.diff.objects import Comparison, Difference
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.cli import console as terminal
from snapinspect.cli.compared import Asked, between_snapshots, with_cluster
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.differences import DiffFormat, Report
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.options import Choice, DiffRawOption, Reading, ShowSecretsOption
from snapinspect.cli.pen import Pen
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.write.counted import counted

DIFFERENT, TROUBLE = 1, 2
"""Exit codes; 0 means that nothing differs."""
_WRITING = "writing what differs"


def diff(
    old: Annotated[str, Argument(metavar="OLD", help="A snapshot; the only one with --from and --to, or with --live.")],
    choice: Choice,
    reading: Reading,
    others: Annotated[
        list[str] | None,
        Argument(metavar="[NEW] [KIND[/NAME]]...", help="The other snapshot, then what to compare."),
    ] = None,
    earlier: Annotated[
        str, Option("--from", metavar="WHEN", help="Compare this moment of the snapshot (as in --at) with …")
    ] = "",
    later: Annotated[str, Option("--to", metavar="WHEN", help="… this one, its last without.")] = "",
    live: Annotated[
        bool, Option("--live", help="Compare with the cluster of --kubeconfig and --context as it is now.")
    ] = False,
    output: Annotated[DiffFormat, Option("-o", "--output", help="Output format.")] = DiffFormat.diff,
    everything: Annotated[bool, Option("--all", help="Events and Leases, too.")] = False,
    raw: DiffRawOption = False,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Show what differs: exit code 0 if nothing does, 1 if something does, 2 and above on trouble."""
    with _trouble():
        if choice.at is not None:
            hint = f"the earlier is named with --from, the later with --to: `{typed().renamed('--at', '--from')}`"
            raise UsageError("--at names one moment, and a diff is of two", hint)
        asked = Asked(others or [], earlier, later, choice, everything, raw)
        compared = with_cluster if live else between_snapshots
        with compared(old, asked, reading) as (comparison, console):
            differences = comparison.differences(console.progress)
            with terminal.utf8_output() as stream:
                shown = Shown(raw, None if show_secrets else Veil())
                report = Report(comparison, shown, Pen(reading.color, stream), stream)
                report.write(differences, output, partial(console.each, _WRITING, len(differences)))
            _tell(comparison, differences, console)
    raise Ended(DIFFERENT if differences else 0)


@contextmanager
def _trouble() -> Iterator[None]:
    """As 1 means that something differs, whatever goes wrong gets a higher exit code."""
    try:
        yield
    except SnapinspectError as error:
        error.exit_code = max(error.exit_code, TROUBLE)
        raise
    except BrokenPipeError:
        raise
    except (OSError, MemoryError) as error:
        trouble = SnapinspectError(str(error) or "not enough memory")
        trouble.exit_code = TROUBLE
        raise trouble from error


def _tell(comparison: Comparison, differences: list[Difference], console: Console) -> None:
    if not differences:
        is_whole = not (comparison.old.problems or comparison.new.problems)
        console.say("nothing differs" if is_whole else "nothing differs of what could be compared")
    if comparison.passed_over:
        count = counted(len(comparison.passed_over), "Event or Lease", "Events and Leases")
        console.say(f"left out {count} that would differ (naming the kind, or --all, brings these, too)")
