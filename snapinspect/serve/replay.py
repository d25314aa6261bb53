"""Time that runs: what the history holds between two revisions happens again, as fast as is wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.snapshot.timeline import read_near_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Record
    from snapinspect.serve.holdings import Holdings


class Step(NamedTuple):
    """A record that was written, and the state that it replaced."""

    record: Record
    before: Record | None


class Course:
    """What happened after revision ``start`` up to ``end``, oldest first. Raises NotHeld for a start that is gone."""

    def __init__(self, base: Holdings, start: int, end: int) -> None:
        view = base.view.at(start)
        self.state: dict[bytes, Record] = {record.key: record for record in view.records(_any)}
        self.steps: list[Step] = []
        last = dict(self.state)
        for record in base.view.store.revisions(_any):
            if start < record.revision.main <= end:
                self.steps.append(Step(record, last.get(record.key)))
                if record.tombstone:
                    last.pop(record.key, None)
                else:
                    last[record.key] = record


class Replay:
    """A clock over a course: ``speed`` seconds of the snapshot go by in one; it stands when the course is over."""

    def __init__(
        self, base: Holdings, start: int, end: int, speed: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.course = Course(base, start, end)
        self.position = 0
        self._base = base
        self._start, self._end = start, end
        self._speed = speed
        self._clock = clock
        self._began: float | None = None
        timeline = read_near_timeline(base.view)
        moments = {step.record.revision.main: 0 for step in self.course.steps}
        for revision in moments:
            moment = timeline.when(revision)
            moments[revision] = moment.seconds if moment else 0
        self._times = [moments[step.record.revision.main] for step in self.course.steps]
        first = timeline.when(start)
        self._first = first.seconds if first else 0
        self._holdings = base.over(self.course.state, start)

    def seconds(self) -> int:
        """What time it is in the snapshot. The clock begins to run with the first request."""
        if self._began is None:
            self._began = self._clock()
        passed = self._first + (self._clock() - self._began) * self._speed
        return int(min(passed, self._times[-1] if self._times else self._first))

    def now(self) -> Holdings:
        """What is there now."""
        seconds, before = self.seconds(), self.position
        steps, times = self.course.steps, self._times
        while self.position < len(steps) and times[self.position] <= seconds:
            record = steps[self.position].record
            if record.tombstone:
                self.course.state.pop(record.key, None)
            else:
                self.course.state[record.key] = record
            self.position += 1
        if self.position != before:
            revision = self._end if self.position == len(steps) else steps[self.position - 1].record.revision.main
            self._holdings = self._base.over(self.course.state, revision)
        return self._holdings


def _any(_key: bytes) -> bool:
    return True
