"""How a restore's plan, and what became of it, is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, TextIO

from snapinspect.recovery.restore import Result, State, Step
from snapinspect.write.table import printable, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapinspect.analysis.diff.shown import Shown
    from snapinspect.cli.pen import Pen
    from snapinspect.recovery.restore import Plan

_COLUMNS = ("state", "action", "kind", "namespace", "name")
_SAME = {
    True: "the one that the snapshot is from",
    False: "NOT the one that the snapshot is from",
    None: "whether the snapshot is from it cannot be told",
}


class PlanReport:
    """A plan for people. ``released`` says that volumes are to be freed."""

    def __init__(self, plan: Plan, shown: Shown, pen: Pen, stream: TextIO, *, released: bool) -> None:
        self._plan = plan
        self._shown = shown
        self._pen = pen
        self._stream = stream
        self._released = released

    def write(self) -> None:
        plan = self._plan
        about = f"{plan.server} (context {plan.context}, {plan.version}), {_SAME[plan.same_cluster]}"
        self._pen.heading(f"cluster {about}")
        rows = [
            (step.state, step.action.value, step.wanted.kind, step.wanted.namespace, step.wanted.name)
            for step in plan.steps
        ]
        write_table(_COLUMNS, rows, self._stream)
        for step in plan.steps:
            self._write_words(step)
        for step in plan.steps:
            if step.before is not None:
                self._stream.write("\n")
                self._pen.heading(f"--- {step.wanted}", "live")
                self._pen.heading(f"+++ {step.wanted}", "restored" if step.writes else "in the snapshot")
                self._pen.lines(self._shown.hunks(step.before, step.after))
        self._write_releases()

    def _write_words(self, step: Step) -> None:
        """Reasons that the state does not give by itself, and what to know of what is written."""
        reasons = [step.reason] if step.reason and step.state is not State.comes_after else []
        for words in [*reasons, *(step.wanted.notes if step.writes else ())]:
            first, *more = map(printable, words.splitlines())
            self._stream.write(f"{printable(str(step.wanted))}: {first}\n")
            self._stream.writelines(f"    {line}\n" for line in more)

    def _write_releases(self) -> None:
        way = "it will be freed for it" if self._released else "--release-volumes frees it for it"
        for release in self._plan.releases:
            claim = f"{release.namespace}/{release.claim}"
            said = f"{release} holds the UID of a claim that is gone, and {claim} would wait for ever: {way}"
            self._stream.write(printable(said) + "\n")


def tell_end(results: Sequence[Result], stream: TextIO) -> None:
    """A table of what became of how many objects, by kind and namespace."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for result in results:
        counts[_place(result)][result.outcome.value] += 1
    if not counts:
        return
    outcomes = list(dict.fromkeys(result.outcome.value for result in results))
    rows = [(*place, *(count[outcome] for outcome in outcomes)) for place, count in counts.items()]
    stream.write("\n")
    write_table(("kind", "namespace", *outcomes), rows, stream)


def as_json(plan: Plan, results: Sequence[Result], shown: Shown) -> dict[str, Any]:
    """The plan as data, each object with its ``outcome`` once that is known."""
    told = {id(result.subject): result for result in results}
    return {
        "cluster": {
            "context": plan.context,
            "server": plan.server,
            "version": plan.version,
            "same": plan.same_cluster,
        },
        "onConflict": plan.policy.value,
        "objects": [{**_step(step, shown), **_outcome(told.get(id(step)))} for step in plan.steps],
        "volumes": [
            {
                "volume": release.volume,
                "claim": {"namespace": release.namespace, "name": release.claim, "uid": release.uid},
                **_outcome(told.get(id(release))),
            }
            for release in plan.releases
        ],
    }


def _step(step: Step, shown: Shown) -> dict[str, Any]:
    wanted = step.wanted
    return {
        "apiVersion": wanted.api_version,
        "kind": wanted.kind,
        "namespace": wanted.namespace,
        "name": wanted.name,
        "state": step.state.value,
        "action": step.action.value,
        "reason": step.reason,
        "notes": list(wanted.notes),
        "changes": list(shown.fields(step.before, step.after)) if step.before is not None else [],
    }


def _outcome(result: Result | None) -> dict[str, Any]:
    return {} if result is None else {"outcome": result.outcome.value, "message": result.message}


def _place(result: Result) -> tuple[str, str]:
    if isinstance(result.subject, Step):
        return result.subject.wanted.kind, result.subject.wanted.namespace or ""
    return "PersistentVolume", ""
