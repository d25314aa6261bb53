"""``snapinspect restore``: puts objects back into a cluster, after showing what would happen."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

from snapinspect import clean
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Option, Options
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.opening import (
    check_digest,
    named_targets,
    opened,
    recoverable,
    require_some,
    selected,
    whole_cluster,
)
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
from snapinspect.cli.recovering import brought, engine, followed, target_release
from snapinspect.cli.summary import Summary
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.kube.cluster import Cluster, connect
from snapinspect.recovery.restore import (
    Applier,
    Plan,
    Planner,
    Policy,
    Result,
    State,
    Step,
    Wanted,
    gather,
    offline_plan,
    relocate,
)
from snapinspect.recovery.restore.plan import release_of
from snapinspect.recovery.restore.relocate import NOT_SEEN
from snapinspect.recovery.restore.wanted import Target as WantedTarget
from snapinspect.select import Target
from snapinspect.snapshot import Snapshot
from snapinspect.write import json
from snapinspect.write.counted import counted

FAILED = 1


class PlanFormat(StrEnum):
    """``-o`` of ``restore``."""

    table = "table"
    json = "json"


class Writing(Options):
    """Which cluster, and what may be done to it."""

    yes: Annotated[bool, Option("-y", "--yes", help="Don't ask before writing.")] = False
    dry_run: Annotated[bool, Option("--dry-run", help="Stop after the plan.")] = False
    on_conflict: Annotated[
        Policy,
        Option(
            "--on-conflict",
            help="What is there already and differs: leave it, stop, merge (server-side apply), or replace it.",
        ),
    ] = Policy.skip
    force_conflicts: Annotated[
        bool,
        Option("--force-conflicts", help="Merge fields that other managers own, too."),
    ] = False
    release_volumes: Annotated[
        bool,
        Option(
            "--release-volumes",
            help="Free volumes that wait for a claim that is gone, so that the restored one gets them.",
        ),
    ] = False
    to_namespace: Annotated[
        str,
        Option("--to-namespace", metavar="NS", help="Into this namespace instead of their own."),
    ] = ""
    parallel: Annotated[
        int,
        Option(
            "--parallel",
            metavar="N",
            min=1,
            max=64,
            help="Requests at a time; what needs each other is written one after the other.",
        ),
    ] = 8
    offline: Annotated[
        bool,
        Option(
            "--offline",
            help="The plan as far as the snapshot tells it, without a cluster; nothing is written.",
        ),
    ] = False


def restore(
    snapshot: SnapshotArgument,
    choice: Choice,
    recovery: Recovery,
    writing: Writing,
    reading: Reading,
    targets: NamedTargets = None,
    output: Annotated[PlanFormat, Option("-o", "--output", help="Output format.")] = PlanFormat.table,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Put objects back into a cluster: shows the plan, asks, and never deletes anything.

    With nothing named: the whole cluster, but for what a recovery leaves out.
    """
    parsed = named_targets(snapshot, targets)
    _require_sense(recovery, writing)
    _require_consent(writing, output)
    shown = Shown(raw=True, veil=None if show_secrets else Veil())
    if writing.offline:
        with opened(snapshot, reading, choice.at) as (view, console):
            release = target_release(recovery) or clean.NEWEST
            wanted = _moved(_wanted(view, console, parsed, choice, recovery, release), writing, console)
            _show(offline_plan(wanted, writing.on_conflict), output, shown, reading.color, writing)
            console.problems(list(dict.fromkeys(view.problems)))
        return
    with opened(snapshot, reading, choice.at) as (view, console):
        if not reading.check:
            check_digest(view, console)
        # What is not in the snapshot is said before a cluster is asked for.
        selected(recoverable(view, deleted=recovery.deleted), Console(quiet=True), parsed, choice)
        with _connected(reading) as cluster:
            release = target_release(recovery) or release_of(cluster.version())
            wanted = _moved(_wanted(view, console, parsed, choice, recovery, release), writing, console)
            session = Session(cluster, view, console, release, writing)
            plan = session.plan(wanted)
            if not recovery.with_deps and any(map(_lacks_something, plan.steps)):
                console.say("note: what they refer to may be in the snapshot: --with-deps brings it along")
            plan, results = _run(session, plan, output, shown, reading.color)
            _finish(plan, results, view, console, writing)


@contextmanager
def _connected(reading: Reading) -> Iterator[Cluster]:
    """The cluster. Without one, what the snapshot alone tells is offered."""
    try:
        connection = connect(str(reading.kubeconfig or ""), reading.context)
    except SnapinspectError as error:
        # Imported here, as most have a cluster.
        from snapinspect.cli.pasted import without_cluster

        alone = typed().without("-y", "--yes", "--kubeconfig", "--context")
        error.hint += f" {without_cluster(alone.without('--dry-run').with_option('--offline'))}"
        raise
    with connection as cluster:
        yield cluster


def _run(session: Session, plan: Plan, output: PlanFormat, shown: Shown, color: Color) -> tuple[Plan, list[Result]]:
    """Shows the plan, and carries it out where that is wanted; what was done is told however that ends."""
    is_table = output is PlanFormat.table
    if is_table:
        _show(plan, output, shown, color, session.writing)
    goes_on = session.may_write(plan) and (not is_table or session.agreed(plan))
    try:
        if goes_on:
            session.carry_out(plan)
    finally:
        results = session.done
        with terminal.utf8_output() as stream:
            if is_table:
                tell_end(plan, results, stream)
            else:
                stream.write(json.dumps(as_json(plan, results, shown), indent=json.INDENT) + "\n")
    return plan, results


def _show(plan: Plan, output: PlanFormat, shown: Shown, color: Color, writing: Writing) -> None:
    with terminal.utf8_output() as stream:
        if output is PlanFormat.json:
            stream.write(json.dumps(as_json(plan, [], shown), indent=json.INDENT) + "\n")
        else:
            PlanReport(plan, shown, Pen(color, stream), stream, released=writing.release_volumes).write()


class Session:
    """One restore: the plan, and carrying it out."""

    def __init__(self, cluster: Cluster, view: Snapshot, console: Console, release: int, writing: Writing) -> None:
        self._cluster = cluster
        self._view = view
        self._console = console
        self._release = release
        self.writing = writing
        self._applier = Applier(cluster, view, release, force=writing.force_conflicts, parallel=writing.parallel)

    @property
    def done(self) -> list[Result]:
        """What became of each object so far, the last word on each."""
        return list({id(result.subject): result for result in self._applier.done}.values())

    def plan(self, wanted: list[Wanted]) -> Plan:
        self._console.say(f"checking {counted(len(wanted), 'object')} against {self._cluster.server}")
        writing = self.writing
        planner = Planner(
            self._cluster,
            self._view,
            self._release,
            writing.on_conflict,
            force=writing.force_conflicts,
            parallel=writing.parallel,
        )
        return planner.plan(wanted, self._view.cluster_uid, moved=bool(writing.to_namespace))

    def carry_out(self, plan: Plan) -> None:
        """Writes, telling each result as it comes."""
        for result in self._applier.run(plan, release_volumes=self.writing.release_volumes):
            (self._console.warn if result.is_failure else self._console.say)(str(result))

    def may_write(self, plan: Plan) -> bool:
        releases = self.writing.release_volumes and plan.releases
        has_work = bool(releases) or any(step.writes for step in plan.steps)
        return has_work and not self.writing.dry_run and not plan.blocked

    def agreed(self, plan: Plan) -> bool:
        """Whether somebody said so. Raises SnapinspectError when the answer is no."""
        # Imported here, as nothing else of a restore takes it.
        import typer

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
    bring = brought(recovery)
    newest: dict[WantedTarget, tuple[int, Wanted]] = {}
    also = followed(view, selection, recovery, console)
    rules = engine(view, recovery)
    for found in view.recover(
        selection,
        also=also,
        bring=bring,
        leave_out=lambda left, omission: summary.left_out(left.head, omission),
        release=release,
        engine=rules,
    ):
        each, revision = gather(found), found.object.record.mod_revision
        # Of what was deleted several times, each life is given.
        if each.target not in newest or newest[each.target][0] < revision:
            newest[each.target] = revision, each
        # The plan tells the warnings of what is written.
        summary.cleaned(found.object.head, found.cleaned._replace(warnings=()))
    summary.tell()
    require_some(len(newest) + summary.omitted, view, selection)
    return [each for _, each in newest.values()]


def _lacks_something(step: Step) -> bool:
    return step.state is State.no_namespace or (step.state is State.conflict and "not found" in step.reason)


def _require_sense(recovery: Recovery, writing: Writing) -> None:
    if writing.offline and writing.yes:
        hint = f"The plan alone: `{typed().without('-y', '--yes')}`"
        raise UsageError("--offline writes nothing, and so asks nothing that --yes would answer", hint)
    if recovery.raw:
        raise UsageError(
            "--raw gives objects that no server takes", f"Restore writes clean objects: `{typed().without('--raw')}`"
        )


def _require_consent(writing: Writing, output: PlanFormat) -> None:
    """Raises UsageError where a question would have to be asked and cannot be."""
    if writing.yes or writing.dry_run or writing.offline:
        return
    if output is PlanFormat.json:
        hint = f"--yes goes on, and this shows the plan: `{typed().with_option('--dry-run')}`"
        raise UsageError("-o json leaves no room for a question", hint)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal on which to ask before writing",
            f"Look at the plan first, then add --yes: `{typed().with_option('--dry-run')}`",
        )


def _finish(plan: Plan, results: Iterable[Result], view: Snapshot, console: Console, writing: Writing) -> None:
    """Says what was not done, and makes the exit code 1 if something failed."""
    if plan.blocked and not writing.dry_run:
        raise SnapinspectError(
            f"nothing was written, as {counted(len(plan.blocked), 'object is', 'objects are')} in the way",
            "--on-conflict skip, merge or replace says what should become of them.",
        )
    given_up = not results and any(step.gives_up for step in plan.steps)
    if any(result.is_failure for result in results) or given_up:
        console.problems(list(dict.fromkeys(view.problems)))
        raise Ended(FAILED)
