"""``snapinspect restore``: puts objects back into a cluster, after showing what would happen."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import typer

from snapinspect import clean
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.opening import check_digest, opened, recoverable, require_some, selected, whole_cluster
from snapinspect.cli.options import (
    Choice,
    Color,
    NamedTargets,
    Reading,
    Recovery,
    ShowSecretsOption,
    SnapshotArgument,
)
from snapinspect.cli.pen import Pen
from snapinspect.cli.planned import PlanReport, as_json, tell_end
from snapinspect.cli.recovering import followed, target_release
from snapinspect.cli.summary import Summary
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.kube.cluster import Cluster, connect
from snapinspect.recovery.restore import Applier, Plan, Planner, Policy, Result, Wanted, gather, relocate
from snapinspect.recovery.restore.plan import release_of
from snapinspect.recovery.restore.relocate import NOT_SEEN
from snapinspect.recovery.restore.wanted import Target as WantedTarget
from snapinspect.select import Target, parse_targets
from snapinspect.snapshot import Snapshot
from snapinspect.write import json

FAILED = 1
_CLUSTER, _WRITING = "Cluster", "Writing"


class PlanFormat(StrEnum):
    """``-o`` of ``restore``."""

    table = "table"
    json = "json"


@dataclass(frozen=True, slots=True)
class Writing:
    """Which cluster, and what may be done to it."""

    yes: Annotated[bool, typer.Option("-y", "--yes", help="Don't ask before writing.", rich_help_panel=_WRITING)] = (
        False
    )
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop after the plan.", rich_help_panel=_WRITING)] = False
    on_conflict: Annotated[
        Policy,
        typer.Option(
            "--on-conflict",
            help="What is there already and differs: leave it, stop, merge (server-side apply), or replace it.",
            rich_help_panel=_WRITING,
        ),
    ] = Policy.skip
    force_conflicts: Annotated[
        bool,
        typer.Option("--force-conflicts", help="Merge fields that other managers own, too.", rich_help_panel=_WRITING),
    ] = False
    release_volumes: Annotated[
        bool,
        typer.Option(
            "--release-volumes",
            help="Free volumes that wait for a claim that is gone, so that the restored one gets them.",
            rich_help_panel=_WRITING,
        ),
    ] = False
    to_namespace: Annotated[
        str,
        typer.Option(
            "--to-namespace", metavar="NS", help="Into this namespace instead of their own.", rich_help_panel=_WRITING
        ),
    ] = ""


def restore(
    snapshot: SnapshotArgument,
    choice: Choice,
    recovery: Recovery,
    writing: Writing,
    reading: Reading,
    targets: NamedTargets = None,
    output: Annotated[PlanFormat, typer.Option("-o", "--output", help="Output format.")] = PlanFormat.table,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Put objects back into a cluster: shows the plan, asks, and never deletes anything."""
    parsed = parse_targets(targets or [])
    _require_sense(recovery)
    _require_consent(writing, output)
    with connect(str(reading.kubeconfig or ""), reading.context) as cluster:
        release = target_release(recovery) or release_of(cluster.version())
        with opened(snapshot, reading, choice.at) as (view, console):
            if not reading.check:
                check_digest(view, console)
            wanted = _moved(_wanted(view, console, parsed, choice, recovery, release), writing, console)
            session = Session(cluster, view, console, release, writing)
            shown = Shown(raw=True, veil=None if show_secrets else Veil())
            plan, results = _run(session, session.plan(wanted), output, shown, reading.color)
            _finish(plan, results, view, console, writing)


def _run(session: Session, plan: Plan, output: PlanFormat, shown: Shown, color: Color) -> tuple[Plan, list[Result]]:
    """Shows the plan, and carries it out where that is wanted."""
    if output is PlanFormat.json:
        results = session.carry_out(plan) if session.may_write(plan) else []
        with terminal.utf8_output() as stream:
            stream.write(json.dumps(as_json(plan, results, shown), indent=json.INDENT) + "\n")
        return plan, results
    with terminal.utf8_output() as stream:
        PlanReport(plan, shown, Pen(color, stream), stream, released=session.writing.release_volumes).write()
    results = session.carry_out(plan) if session.may_write(plan) and session.agreed(plan) else []
    with terminal.utf8_output() as stream:
        tell_end(results, stream)
    return plan, results


class Session:
    """One restore: the plan, and carrying it out."""

    def __init__(self, cluster: Cluster, view: Snapshot, console: Console, release: int, writing: Writing) -> None:
        self._cluster = cluster
        self._view = view
        self._console = console
        self._release = release
        self.writing = writing

    def plan(self, wanted: list[Wanted]) -> Plan:
        self._console.say(f"checking {len(wanted)} objects against {self._cluster.server}")
        writing = self.writing
        planner = Planner(self._cluster, self._view, self._release, writing.on_conflict, force=writing.force_conflicts)
        return planner.plan(wanted, self._view.cluster_uid, moved=bool(writing.to_namespace))

    def carry_out(self, plan: Plan) -> list[Result]:
        """Writes, telling each result as it comes."""
        writing = self.writing
        applier = Applier(self._cluster, self._view, self._release, force=writing.force_conflicts)
        results = []
        for result in applier.run(plan, release_volumes=writing.release_volumes):
            results.append(result)
            (self._console.warn if result.is_failure else self._console.say)(str(result))
        return results

    def may_write(self, plan: Plan) -> bool:
        releases = self.writing.release_volumes and plan.releases
        has_work = bool(releases) or any(step.writes for step in plan.steps)
        return has_work and not self.writing.dry_run and not plan.blocked

    def agreed(self, plan: Plan) -> bool:
        """Whether somebody said so. Raises SnapinspectError when the answer is no."""
        if self.writing.yes or typer.confirm(f"Write to {plan.server}?", err=True):
            return True
        raise SnapinspectError("nothing was written", "The answer was no.")


def _moved(wanted: list[Wanted], writing: Writing, console: Console) -> list[Wanted]:
    """What is wanted, in the namespace that it is to go to."""
    if not writing.to_namespace:
        return wanted
    console.say(f"note: {NOT_SEEN}")
    return relocate(wanted, writing.to_namespace)


def _wanted(
    view: Snapshot, console: Console, targets: list[Target], choice: Choice, recovery: Recovery, release: int
) -> list[Wanted]:
    """What is selected, cleaned for this release, in apply order."""
    view = recoverable(view, deleted=recovery.deleted)
    selection = whole_cluster(selected(view, console, targets, choice, everything=recovery.everything))
    summary = Summary(view, console, explain=recovery.explain)
    bring = clean.OWNED if recovery.owned else frozenset()
    newest: dict[WantedTarget, tuple[int, Wanted]] = {}
    also = followed(view, selection, recovery, console)
    for found in view.recover(selection, also=also, bring=bring, leave_out=summary.left_out, release=release):
        each, revision = gather(found), found.object.record.mod_revision
        # Of what was deleted several times, each life is given.
        if each.target not in newest or newest[each.target][0] < revision:
            newest[each.target] = revision, each
        # The plan tells the warnings of what is written.
        summary.cleaned(found.object.head, replace(found.cleaned, warnings=()))
    summary.tell()
    require_some(len(newest) + summary.omitted, view, selection)
    return [each for _, each in newest.values()]


def _require_sense(recovery: Recovery) -> None:
    if recovery.raw:
        raise UsageError("--raw gives objects that no server takes", "Leave it out: restore writes clean objects.")


def _require_consent(writing: Writing, output: PlanFormat) -> None:
    """Raises UsageError where a question would have to be asked and cannot be."""
    if writing.yes or writing.dry_run:
        return
    if output is PlanFormat.json:
        raise UsageError("-o json leaves no room for a question", "Add --dry-run for the plan, or --yes to go on.")
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal on which to ask before writing", "Look at --dry-run first, then add --yes."
        )


def _finish(plan: Plan, results: Iterable[Result], view: Snapshot, console: Console, writing: Writing) -> None:
    """Says what was not done, and makes the exit code 1 if something failed."""
    if plan.blocked and not writing.dry_run:
        raise SnapinspectError(
            f"{len(plan.blocked)} objects are in the way, and nothing was written",
            "--on-conflict skip, merge or replace says what should become of them.",
        )
    given_up = not results and any(step.gives_up for step in plan.steps)
    if any(result.is_failure for result in results) or given_up:
        console.problems(list(dict.fromkeys(view.problems)))
        raise typer.Exit(FAILED)
