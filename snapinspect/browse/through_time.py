"""One object through its revisions: its state as text, what changed, what surrounds it, and how it comes back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.analysis.deps import Surroundings, tree_lines
from snapinspect.analysis.diff.shown import Shown
from snapinspect.analysis.history import Held, History, Step
from snapinspect.browse.describing import described, events_of
from snapinspect.browse.times import times_of
from snapinspect.errors import SnapinspectError
from snapinspect.write import yaml
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.browse.lists import Target
    from snapinspect.model import Body
    from snapinspect.snapshot import Snapshot


class ThroughTime:
    """The object of ``target``; ``at`` is the place of the state that is shown among its steps, the oldest being 0."""

    def __init__(self, view: Snapshot, target: Target) -> None:
        self.view = view
        self.target = target

    @cached_property
    def at(self) -> int:
        wanted = self.target.revision
        fitting = [at for at, step in enumerate(self.steps) if wanted is None or step.record.mod_revision <= wanted]
        return fitting[-1] if fitting else 0

    @cached_property
    def steps(self) -> list[Step]:
        held = self.view.seen_as(Held)
        return list(History.of_key(held, self.target.key, times_of(self.view)))

    def move(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), max(len(self.steps) - 1, 0))

    @property
    def step(self) -> Step | None:
        return self.steps[self.at] if self.steps else None

    @property
    def name(self) -> str:
        head = self.target.head
        place = f" -n {head.namespace}" if head.namespace else ""
        return printable(f"{head.kind.lower()}/{head.name}{place}")

    @property
    def told(self) -> str:
        """Of the state that is shown: its revision, what happened, when, and by whom."""
        step = self.step
        if step is None:
            return ""
        by = f" by {', '.join(step.managers)}" if step.managers else ""
        place = f"revision {step.record.mod_revision} ({self.at + 1} of {len(self.steps)})"
        return printable(f"{place}, {step.operation} {step.moment or ''}{by}")

    def lines(self, way: str, veil: Veil | None) -> list[str]:
        """The state that is shown: ``clean``, ``raw``, ``described``, its ``changes``, or the ``history`` that it stands in."""
        match way:
            case "clean":
                return self.clean(veil)
            case "changes":
                return self.changes(veil)
            case "history":
                return self.history(veil)
            case "described":
                return self.described(veil)
            case _:
                return self.raw(veil)

    def raw(self, veil: Veil | None) -> list[str]:
        """As the API server would return it."""
        return self._text(self.step.body if self.step else None, veil)

    def clean(self, veil: Veil | None) -> list[str]:
        """Ready to apply; as it is stored where it cannot be cleaned."""
        step = self.step
        if step is None or step.body is None:
            return self.raw(veil)
        then = self.view.at(step.record.mod_revision)
        selection = then.select(keys=[step.record.key.decode("utf-8", "surrogateescape")], everything=True)
        for each in then.recover(selection):
            if each.object.record.key == step.record.key:
                return self._text(each.cleaned.body, veil)
        return self.raw(veil)

    def changes(self, veil: Veil | None) -> list[str]:
        """What the shown revision changed."""
        step = self.step
        if step is None:
            return []
        return [printable(line) for line in Shown(False, veil).hunks(step.before, step.body)] or [
            "nothing but what servers write"
        ]

    def described(self, veil: Veil | None) -> list[str]:
        """What it is and how, and the Events about it."""
        body = self.step.body if self.step else None
        if body is None:
            return self.raw(veil)
        events = events_of(self.view, self.target.head)
        return [printable(line) for line in described(veil.over(body) if veil else body, events)]

    def history(self, veil: Veil | None) -> list[str]:
        """Every revision in a line, and under the one that is shown what it changed."""
        lines = []
        for at, step in enumerate(self.steps):
            lines.append(self._line(at, step))
            if at == self.at and step.operation == "updated":
                lines += [f"      {line}" for line in self.changes(veil)]
        return lines

    def _line(self, at: int, step: Step) -> str:
        changed = step.changed()
        told = "" if changed is None else ", ".join(changed[:4])
        mark = ">" if at == self.at else " "
        return printable(
            f"{mark} {step.record.mod_revision:>8}  {step.moment or ''!s:<20}  {step.operation:<8} {', '.join(step.managers):<20}  {told}"
        )

    def surroundings(self) -> list[str]:
        """What it needs and what needs it, as far as it is live."""
        record = self.view.record(self.target.key)
        head = self.view.head_of(record) if record else None
        if record is None or head is None:
            return ["it is not live at this moment; an earlier one may be gone to with t"]
        from snapinspect.snapshot import Entry

        try:
            return list(tree_lines(Surroundings(self.view).tree(self.view.load(Entry(record, head)))))
        except SnapinspectError as error:
            return [printable(str(error))]

    def recovery(self) -> list[str]:
        """The commands that bring the shown state back."""
        return list(recovery_lines(self.view, self.target, self.step.record.mod_revision if self.step else None))

    def _text(self, body: Body | None, veil: Veil | None) -> list[str]:
        if body is None:
            reason = self.view.failure_of(self.step.record) if self.step and not self.step.record.tombstone else None
            return [printable(f"# {reason}")] if reason else ["# deleted at this revision: , goes to the state before"]
        return [printable(line) for line in yaml.dump(veil.over(body) if veil else body).splitlines()]


def recovery_lines(view: Snapshot, target: Target, revision: int | None) -> Iterator[str]:
    head = target.head
    word = f"{view.kind_of(head).qualified}/{head.name}"
    place = ["-n", head.namespace] if head.namespace else []
    when = ["--deleted"] if target.deleted else ["--at", str(revision)] if revision is not None else []
    options = shlex.join([*place, *when])
    yield "# to look at it, and to make it again where it is gone:"
    yield f"{shlex.join(['snapinspect', 'get', view.source.path, word])} \\"
    yield f"  {options} | kubectl create -f -".replace("   ", "  ")
    yield "# to put it back into a cluster, which shows its plan first:"
    yield f"{shlex.join(['snapinspect', 'restore', view.source.path, word])} \\"
    yield f"  {options}"
