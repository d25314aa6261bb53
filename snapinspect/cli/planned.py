"""How a restore's plan, and what became of it, is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, TextIO

from snapinspect.recovery.restore import Action, Result, State, Step
from snapinspect.write.table import printable, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapinspect.analysis.diff.shown import Shown
    from snapinspect.cli.pen import Pen
    from snapinspect.recovery.restore import Plan

_COLUMNS = ("state", "action", "kind", "namespace", "name")
_MANY, _NAMED = 20, 3
"""So many rows that differ by name alone become one; so many names are told of what the same is said of."""
_DOES = {
    Action.create: "to create",
    Action.merge: "to merge",
    Action.replace: "to replace",
    Action.leave: "left as they are",
    Action.give_up: "given up",
}
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
        self._pen.heading(
            f"cluster {about}" if plan.server else "no cluster was asked: this is what the snapshot tells"
        )
        write_table(_COLUMNS, _folded(plan.steps), self._stream)
        self._write_words()
        for step in plan.steps:
            if step.before is not None:
                self._stream.write("\n")
                self._pen.heading(f"--- {step.wanted}", "live")
                self._pen.heading(f"+++ {step.wanted}", "restored" if step.writes else "in the snapshot")
                self._pen.lines(self._shown.hunks(step.before, step.after))
        self._write_releases()
        self._stream.writelines(f"note: {printable(note)}\n" for note in plan.notes)
        self._stream.write(f"plan: {_summed(plan.steps)}\n")

    def _write_words(self) -> None:
        """What is to be known, the same words once for all objects that they are about."""
        about: dict[str, list[Step]] = defaultdict(list)
        for step in self._plan.steps:
            for words in _words(step):
                about[words].append(step)
        for words, steps in about.items():
            first, *more = map(printable, words.splitlines())
            self._stream.write(f"{printable(_named(steps))}: {first}\n")
            self._stream.writelines(f"    {line}\n" for line in more)

    def _write_releases(self) -> None:
        way = "it will be freed for it" if self._released else "--release-volumes frees it for it"
        for release in self._plan.releases:
            claim = f"{release.namespace}/{release.claim}"
            said = f"{release} holds the UID of a claim that is gone, and {claim} would wait for ever: {way}"
            self._stream.write(printable(said) + "\n")


def _folded(steps: Sequence[Step]) -> list[tuple[object, ...]]:
    """A row for each step; many that differ by their names alone share one."""
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for step in steps:
        alike[step.state, step.action.value, step.wanted.kind, step.wanted.namespace].append(step.wanted.name)
    rows: list[tuple[object, ...]] = []
    for row, names in alike.items():
        rows += [(*row, f"{len(names)} objects")] if len(names) > _MANY else [(*row, name) for name in names]
    return rows


def _words(step: Step) -> list[str]:
    """Reasons that the state does not give by itself, and what to know of what is written."""
    reasons = [step.reason] if step.reason and step.state is not State.comes_after else []
    return [*reasons, *(step.wanted.notes if step.writes else ())]


def _named(steps: Sequence[Step]) -> str:
    named = ", ".join(str(step.wanted) for step in steps[:_NAMED])
    return f"{named} and {len(steps) - _NAMED} more" if len(steps) > _NAMED else named


def _summed(steps: Sequence[Step]) -> str:
    counts = Counter("identical" if step.state is State.identical else _DOES[step.action] for step in steps)
    return ", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing to do"


def tell_end(plan: Plan, results: Sequence[Result], stream: TextIO) -> None:
    """A table of what became of how many objects, by kind and namespace, and all in one line."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for result in results:
        counts[_place(result)][result.outcome.value] += 1
    if not counts:
        return
    outcomes = list(dict.fromkeys(result.outcome.value for result in results))
    rows = [(*place, *(count[outcome] for outcome in outcomes)) for place, count in counts.items()]
    stream.write("\n")
    write_table(("kind", "namespace", *outcomes), rows, stream)
    total = sum(counts.values(), Counter[str]())
    told = {id(result.subject) for result in results}
    if left := sum(id(step) not in told for step in plan.steps):
        total["not reached"] = left
    stream.write(", ".join(f"{number} {outcome}" for outcome, number in total.items()) + "\n")


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
