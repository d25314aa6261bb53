"""Which two states ``diff`` compares: of two snapshots, of one at two moments, or of one and the live cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.analysis.diff.objects import Comparison, common_key_space
from snapinspect.cli.console import Console
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.opening import INCOMPLETE, as_of, conditions, opened, require_order
from snapinspect.cli.options import Choice, Reading
from snapinspect.errors import NotFound, SnapinspectError, UsageError
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.select import Selection, Target, check_names, parse_each, select
from snapinspect.snapshot import Snapshot
from snapinspect.sources.cloud import is_object

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Asked:
    """What of two states is to be compared: ``words`` are what stands behind the snapshot."""

    words: list[str]
    earlier: str
    later: str
    choice: Choice
    everything: bool
    raw: bool


@contextmanager
def between_snapshots(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Comparison, Console]]:
    """Two snapshots, or two moments of one."""
    with _sides(old, asked, reading) as (before, after, targets, console):
        selection = selected_in_either(before, after, targets, asked.choice, console, everything=asked.everything)
        _check_namespaces(asked.choice.namespaces, before, after)
        yield Comparison(before, after, selection, asked.raw), console


@contextmanager
def _sides(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Snapshot, Snapshot, list[Target], Console]]:
    """Both states, and what of them is meant."""
    words = asked.words
    if asked.later and not asked.earlier:
        raise UsageError("--to has nothing to compare with", f"`{typed().with_option('--from', '1')}`")
    if asked.earlier:
        _require_one_state(words)
        with opened(old, reading) as (view, console):
            after = as_of(view, asked.later, console) if asked.later else view
            yield as_of(view, asked.earlier, console), after, parse_each(words), console
        return
    require_order(old)
    if not words:
        hint = (
            f"Name two snapshots, or one with --from (and --to) or --live; `{typed().of('log')}` tells what happened."
        )
        raise UsageError("a diff needs two states", hint)
    _require_second(words)
    if reading.wal:
        raise UsageError(
            "--wal is the log of one database, and these are two", "Name data directories, which bring their logs."
        )
    with opened(old, reading) as (before, console), opened(words[0], reading) as (after, _):
        _say_if_at_odds(before, after, console)
        yield before, after, parse_each(words[1:]), console


def _require_one_state(words: list[str]) -> None:
    """Raises UsageError for moments of one snapshot beside a second one."""
    if words and Path(words[0]).is_file():
        mended = typed().without("--from", "--to")
        raise UsageError(f"--from and --to are of one snapshot, and {words[0]} is another", f"`{mended}`")


def _require_second(words: list[str]) -> None:
    """Raises UsageError where something stands in place of the second snapshot."""
    first = words[0]
    if os.path.lexists(first) or "://" in first:
        return
    # Imported here, as most know what they say.
    from snapinspect.cli import lying, nearest

    other = next(filter(lying.is_file, words[1:]), None)
    line = typed()
    if other is not None:
        rest = [word for word in words if word != other]
        raise UsageError(
            f"{first} stands where the second snapshot belongs",
            f"snapshots come first: `{line.with_arguments(line.arguments[0], other, *rest)}`",
        )
    if nearest.is_kind(first):
        hint = f"name a second one, or the earlier moment of this: `{line.with_option('--from', '1')}`"
        raise UsageError(f"{first} stands where the second snapshot belongs", hint)
    raise nearest.no_such_file(first)


def _say_if_at_odds(old: Snapshot, new: Snapshot, console: Console) -> None:
    """What a person should know before reading a diff: that its sides are no earlier and later state of one cluster."""
    uids = old.cluster_uid, new.cluster_uid
    if None not in uids and uids[0] != uids[1]:
        console.warn(f"these are two different clusters: the UID of kube-system is {uids[0]} in OLD, {uids[1]} in NEW")
    elif old.revision > new.revision:
        console.warn(
            f"OLD is the newer one, at revision {old.revision}, and NEW is at {new.revision}: what was added shows as removed"
        )


def _connected(reading: Reading) -> Cluster:
    """The cluster. Without one, what the snapshot alone tells is offered."""
    # Imported here, as snapshots alone need no cluster.
    from snapinspect.kube.cluster import connect

    try:
        return connect(str(reading.kubeconfig or ""), reading.context)
    except SnapinspectError as error:
        from snapinspect.cli.pasted import without_cluster

        error.hint += (
            f" {without_cluster(typed().without('--live', '--kubeconfig', '--context').with_option('--from', '1m'))}"
        )
        raise


@contextmanager
def with_cluster(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Comparison, Console]]:
    """A snapshot, or a moment of one, and the live cluster. What that refuses to list makes the exit code 3."""
    # Imported here, as snapshots alone need no cluster.
    from snapinspect.analysis.diff.live import compare_live, live_space
    from snapinspect.kube.cluster import read_catalog

    _require_one_snapshot(asked)
    targets = parse_each(asked.words)
    with (
        _connected(reading) as cluster,
        opened(old, reading) as (view, console),
    ):
        before = as_of(view, asked.earlier, console) if asked.earlier else view
        _tell_cluster(before, cluster, console)
        catalog = read_catalog(cluster)
        selection = _selected(
            live_space(before, catalog), targets, asked.choice, console, before, everything=asked.everything
        )
        comparison = compare_live(before, cluster, catalog, selection, raw=asked.raw, progress=console.progress)
        for note in comparison.plan.notes:
            console.say(f"note: {note}")
        refused = list(comparison.new.problems)
        console.problems(refused)
        _check_names(selection, comparison.old, comparison.new)
        yield comparison, console
        for caution in comparison.cautions:
            console.say(f"note: {caution}")
        view.problems.extend(problem for problem in comparison.new.problems if problem not in refused)
        if refused and not view.problems:
            raise Ended(INCOMPLETE)


def _require_one_snapshot(asked: Asked) -> None:
    if asked.later:
        raise UsageError("--live and --to both name the later state", "Leave one of them out.")
    first = asked.words[0] if asked.words else ""
    if (Path(first).is_file() or is_object(first)) and not KindTable.builtin().resolve(first.partition("/")[0]):
        raise UsageError(f"--live compares one snapshot with the cluster, and {first} is another", "Leave one out.")


def _tell_cluster(before: Snapshot, cluster: Cluster, console: Console) -> None:
    """Says which cluster it is, and whether it is the snapshot's."""
    console.say(f"comparing with {cluster.server} (context {cluster.context}, {cluster.version()})")
    here, there = cluster.uid(), before.cluster_uid
    if not (here and there):
        console.say("note: whether the snapshot is from this cluster cannot be told")
    elif here != there:
        console.warn(
            "this cluster is NOT the one that the snapshot is from: their namespaces kube-system differ in UID"
        )


def selected_in_either(
    before: Snapshot,
    after: Snapshot,
    targets: Sequence[Target],
    choice: Choice,
    console: Console,
    *,
    everything: bool = False,
) -> Selection:
    """One selection for both states, as an object may be in one only. Raises NotFound for what is in neither."""
    space = common_key_space(before, after)
    selection = _selected(space, targets, choice, console, after, everything=everything)
    _check_names(selection, before, after)
    return selection


def _selected(
    space: KeySpace, targets: Sequence[Target], choice: Choice, console: Console, view: Snapshot, *, everything: bool
) -> Selection:
    """``view`` tells what was meant by what is on neither side."""
    try:
        selection = select(space, targets, everything=everything, **conditions(choice))
    except NotFound as error:
        # Imported here, as most find what they ask for.
        from snapinspect.cli.missing import explained

        raise explained(error, view, targets, choice.namespaces) from None
    for notice in selection.notices:
        console.say(f"note: {notice}")
    return selection


def _check_namespaces(namespaces: list[str], before: Snapshot, after: Snapshot) -> None:
    """Each must be in one of the states at least."""
    if namespaces:
        # Imported here, as most compare all of them.
        from snapinspect.cli.missing import absent_namespace

        absent = absent_namespace(after, namespaces)
        if absent and absent_namespace(before, namespaces):
            raise absent


def _check_names(selection: Selection, *views: Snapshot) -> None:
    """Each KIND/NAME must be in one of the states at least."""
    if not any(wanted.name is not None for wanted in selection.wanted):
        return
    try:
        check_names(selection, (head for view in views for _, head in view.heads(selection)))
    except NotFound as error:
        # Imported here, as most find what they ask for.
        from snapinspect.cli.missing import explained

        targets = [wanted.target for wanted in selection.wanted]
        raise explained(error, views[-1], targets, selection.namespaces.words) from None
