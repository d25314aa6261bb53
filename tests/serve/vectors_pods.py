"""Pods, and the cells that upstream's printers give of them."""

from __future__ import annotations

from typing import Any

from vector_pieces import AGE, GONE, INITIALIZED, READY, RUNNING, SIDE, TRUE, container, ended

DONE = container("a", state=ended(reason="Completed"))
BROKEN = container("b", state=ended(1, reason="Error"))
GOING = container("c", ready=True, state=RUNNING)


def pod(cells: tuple[Any, ...], status: dict[str, Any], spec: dict[str, Any] | None = None, **metadata: Any) -> Any:
    containers = {"containers": [{"name": "a"}, {"name": "b"}]}
    body = {"spec": {**containers, **(spec or {})}, "status": {"phase": "Running", **status}, "metadata": metadata}
    ready, word, restarts, *wide = cells
    return "v1", "Pod", body, [ready, word, restarts, AGE, *(wide or ["<none>"] * 4)]


PODS = [
    pod(("0/2", "Running", "0"), {}),
    pod(("0/2", "Pending", "0"), {"phase": "Pending"}),
    pod(("0/2", "Evicted", "0"), {"phase": "Failed", "reason": "Evicted"}),
    pod(
        ("2/2", "Running", "9"),
        {
            "containerStatuses": [
                container(name, ready=True, restartCount=count, state=RUNNING) for name, count in (("a", 4), ("b", 5))
            ]
        },
    ),
    pod(
        ("1/2", "CrashLoopBackOff", "3 (10m ago)"),
        {
            "containerStatuses": [
                container(
                    "a",
                    restartCount=3,
                    state={"waiting": {"reason": "CrashLoopBackOff"}},
                    lastState=ended(1, finishedAt="2026-03-01T10:50:00Z"),
                ),
                container("b", ready=True, state=RUNNING),
            ]
        },
    ),
    pod(("0/2", "ExitCode:3", "0"), {"containerStatuses": [container("a", state=ended(3))]}),
    pod(("0/2", "Signal:9", "0"), {"containerStatuses": [container("a", state=ended(137, signal=9))]}),
    pod(
        ("1/2", "Running", "0"),
        {
            "conditions": [READY],
            "containerStatuses": [
                container("a", ready=True, state=RUNNING),
                container("b", state=ended(reason="Completed")),
            ],
        },
    ),
    pod(
        ("1/2", "NotReady", "0"),
        {
            "containerStatuses": [
                container("a", ready=True, state=RUNNING),
                container("b", state=ended(reason="Completed")),
            ]
        },
    ),
    pod(("0/2", "Terminating", "0"), {}, **GONE),
    pod(("0/2", "Succeeded", "0"), {"phase": "Succeeded"}, **GONE),
    pod(("0/2", "Unknown", "0"), {"reason": "NodeLost"}, **GONE),
    pod(
        ("0/2", "Init:1/2", "0"),
        {"initContainerStatuses": [container("x", state=ended()), container("y", state=RUNNING)]},
        {"initContainers": [{"name": "x"}, {"name": "y"}]},
    ),
    pod(
        ("0/2", "Init:ErrImagePull", "0"),
        {"initContainerStatuses": [container("x", state={"waiting": {"reason": "ErrImagePull"}})]},
        {"initContainers": [{"name": "x"}]},
    ),
    pod(
        ("0/2", "Init:Error", "2"),
        {"initContainerStatuses": [container("x", restartCount=2, state=ended(1, reason="Error"))]},
        {"initContainers": [{"name": "x"}]},
    ),
    pod(
        ("1/3", "Init:1/2", "1"),
        {
            "initContainerStatuses": [
                container("side", ready=True, started=True, restartCount=1, state=RUNNING),
                container("once", state=RUNNING),
            ]
        },
        SIDE,
    ),
    pod(
        ("2/3", "Running", "4"),
        {
            "conditions": [INITIALIZED],
            "initContainerStatuses": [
                container("side", ready=True, started=True, restartCount=3, state=RUNNING),
                container("once", restartCount=7, state=ended()),
            ],
            "containerStatuses": [container("a", ready=True, restartCount=1, state=RUNNING)],
        },
        SIDE,
    ),
    pod(
        ("0/2", "SchedulingGated", "0"),
        {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
    ),
    pod(
        ("0/2", "Running", "0", "10.1.1.1", "n1", "n2", "1/2"),
        {
            "podIP": "10.1.1.1",
            "podIPs": [{"ip": "10.1.1.1"}, {"ip": "fd00::1"}],
            "nominatedNodeName": "n2",
            "conditions": [{"type": "x/one", "status": TRUE}, {"type": "x/two", "status": "False"}],
        },
        {"nodeName": "n1", "readinessGates": [{"conditionType": "x/one"}, {"conditionType": "x/two"}]},
    ),
    *(
        pod((ready, word, "0"), {"containerStatuses": statuses, "conditions": conditions})
        for ready, word, statuses, conditions in (
            ("0/2", "Completed", [DONE, DONE], []),
            ("0/2", "Error", [DONE, BROKEN], []),
            ("0/2", "Error", [BROKEN, DONE], []),
            ("1/2", "Error", [DONE, BROKEN, GOING], []),
            ("1/2", "NotReady", [DONE, GOING], []),
            ("1/2", "Running", [DONE, GOING], [READY]),
            ("1/2", "Running", [DONE, BROKEN, GOING], [READY]),
        )
    ),
]
