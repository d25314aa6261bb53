"""Work side by side: it is all done, whoever dies, and nobody outlives the one who asked."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from multiprocessing import active_children

import pytest

from snapinspect.jobs.spawned import Died, side_by_side


def mark() -> None:
    os.environ["BEGUN"] = "once"


def double(task: str) -> str:
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "leave":
        os._exit(7)
    if task == "begun":
        return os.environ.get("BEGUN", "never")
    if task == "raise":
        raise ValueError("as told")
    return f"{task}{task} {os.getpid()}"


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    assert active_children() == []


def test_work_is_shared_by_processes() -> None:
    tasks = [str(number) for number in range(40)]
    found = dict(side_by_side(double, tasks, 2, begin=mark))
    assert {task: str(result).split()[0] for task, result in found.items()} == {task: task * 2 for task in tasks}
    workers = {str(result).split()[1] for result in found.values()}
    assert len(workers) == 2
    assert str(os.getpid()) not in workers


def test_each_process_begins_first() -> None:
    assert dict(side_by_side(double, ["begun", "a"], 2, begin=mark))["begun"] == "once"
    assert "BEGUN" not in os.environ


def test_one_task_or_one_worker_needs_no_process() -> None:
    assert list(side_by_side(double, ["a"], 8, begin=mark)) == [("a", f"aa {os.getpid()}")]
    assert list(side_by_side(double, ["a", "b"], 1, begin=mark)) == [
        ("a", f"aa {os.getpid()}"),
        ("b", f"bb {os.getpid()}"),
    ]
    assert list(side_by_side(double, [], 8, begin=mark)) == []


def test_who_dies_takes_nobody_along() -> None:
    tasks = ["a", "die", "b", "leave", "c", "die", "d"]
    found = list(side_by_side(double, tasks, 2, begin=mark))
    assert sorted(task for task, _ in found) == sorted(tasks)
    died = sorted((task, result.code) for task, result in found if isinstance(result, Died))
    assert died == [("die", -9), ("die", -9), ("leave", 7)]
    assert str(Died(-9)) == "the process that read it died (killed by signal 9)"


def test_what_is_raised_is_raised_here_and_ends_the_rest() -> None:
    with pytest.raises(ValueError, match="as told") as raised:
        list(side_by_side(double, ["a", "b", "raise", *map(str, range(100))], 2, begin=mark))
    assert "in double" in raised.value.__notes__[0]


def test_who_stops_asking_leaves_nobody_behind() -> None:
    results = side_by_side(double, list(map(str, range(100))), 2, begin=mark)
    next(results)
    assert len(active_children()) == 2
    results.close()  # type: ignore[attr-defined]
    assert active_children() == []
