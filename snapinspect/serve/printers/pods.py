"""Pods: what a pod's status sums up to, and how often its containers began again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import (
    NONE,
    age,
    containers,
    dig,
    items,
    labels,
    mapping,
    number,
    seconds_of,
    since,
    text,
)

if TYPE_CHECKING:
    from snapinspect.model import Body


def pod(body: Body, now: int) -> list[Any]:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    ready, reason, restarts, restarted = _sum_up(body, spec, status)
    total = len(items(spec.get("containers"))) + len(_sidecars(spec))
    again = f"{restarts}"
    if restarts and restarted is not None:
        again += f" ({since(restarted, now)} ago)"
    gates = [text(gate, "conditionType") for gate in items(spec.get("readinessGates"))]
    met = sum(1 for gate in gates if _holds(status, gate))
    address = text(mapping((items(status.get("podIPs")) or [{}])[0]), "ip") or text(status, "podIP")
    return [
        f"{ready}/{total}",
        reason,
        again,
        age(body, now),
        address or NONE,
        text(spec, "nodeName") or NONE,
        text(status, "nominatedNodeName") or NONE,
        f"{met}/{len(gates)}" if gates else NONE,
    ]


_COMPLETED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def completion(body: Body) -> list[Body]:
    """Whether the pod has done its work."""
    phase = text(body, "status", "phase")
    if phase not in _COMPLETED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _COMPLETED[phase]}]


def _sum_up(body: Body, spec: Body, status: Body) -> tuple[int, str, int, Any]:
    """How many containers are ready, the word for the pod, its restarts and when the last one was."""
    reason = text(status, "reason") or text(status, "phase")
    for condition in map(mapping, items(status.get("conditions"))):
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            reason = "SchedulingGated"
    begun = [mapping(each) for each in items(status.get("initContainerStatuses"))]
    sidecars = _sidecars(spec)
    ready, restarts, restarted = 0, 0, None
    side_restarts, side_restarted = 0, None
    initializing = False
    for at, each in enumerate(begun):
        restarts += number(each, "restartCount")
        restarted = _later(restarted, _ended_before(each))
        if text(each, "name") in sidecars:
            side_restarts += number(each, "restartCount")
            side_restarted = _later(side_restarted, _ended_before(each))
        finished = dig(each, "state", "terminated")
        if isinstance(finished, dict) and not number(finished, "exitCode"):
            continue
        if text(each, "name") in sidecars and each.get("started"):
            ready += bool(each.get("ready"))
            continue
        reason = _initial(each, at, len(items(spec.get("initContainers"))))
        initializing = True
        break
    if not initializing or _holds(status, "Initialized"):
        restarts, restarted = side_restarts, side_restarted
        running, failed = False, ""
        for each in reversed([mapping(each) for each in items(status.get("containerStatuses"))]):
            restarts += number(each, "restartCount")
            restarted = _later(restarted, _ended_before(each))
            word = _state(each)
            if word:
                reason = word
                failed = word if number(each, "state", "terminated", "exitCode") else failed
            elif each.get("ready") and isinstance(dig(each, "state", "running"), dict):
                running = True
                ready += 1
        if reason == "Completed":
            reason = _completed(running, failed, is_ready=_holds(status, "Ready"))
    if dig(body, "metadata", "deletionTimestamp"):
        over = text(status, "phase") in {"Succeeded", "Failed"}
        reason = "Unknown" if text(status, "reason") == "NodeLost" else reason if over else "Terminating"
    return ready, reason, restarts, restarted


def _completed(running: bool, failed: str, *, is_ready: bool) -> str:
    """The word for a pod whose first container has done its work."""
    if running and is_ready:
        return "Running"
    return failed or ("NotReady" if running else "Completed")


def _initial(each: Body, at: int, total: int) -> str:
    finished = dig(each, "state", "terminated")
    if isinstance(finished, dict):
        return "Init:" + (text(finished, "reason") or _ended(finished))
    waiting = text(each, "state", "waiting", "reason")
    return f"Init:{waiting}" if waiting and waiting != "PodInitializing" else f"Init:{at}/{total}"


def _state(each: Body) -> str:
    """Why a container does not run."""
    waiting = text(each, "state", "waiting", "reason")
    finished = dig(each, "state", "terminated")
    if waiting or not isinstance(finished, dict):
        return waiting
    return text(finished, "reason") or _ended(finished)


def _ended(finished: Body) -> str:
    signal = number(finished, "signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{number(finished, 'exitCode')}"


def _sidecars(spec: Body) -> set[str]:
    """Init containers that go on running."""
    found = map(mapping, items(spec.get("initContainers")))
    return {text(each, "name") for each in found if each.get("restartPolicy") == "Always"}


def _ended_before(each: Body) -> Any:
    return dig(each, "lastState", "terminated", "finishedAt")


def _later(known: Any, found: Any) -> Any:
    return found if (seconds_of(found) or 0) > (seconds_of(known) or 0) else known


def _holds(status: Body, condition: str) -> bool:
    found = (each for each in map(mapping, items(status.get("conditions"))) if each.get("type") == condition)
    return next(found, {}).get("status") == "True"


def template(body: Body, _now: int) -> list[Any]:
    return [*containers(dig(body, "template", "spec")), labels(dig(body, "template", "metadata", "labels"))]


PRINTERS = {("", "Pod"): pod, ("", "PodTemplate"): template}
