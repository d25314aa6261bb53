"""What a pod's status says: how far it is, why it does not start, why it ended.

Sources: ``k8s.io/kubernetes/pkg/kubelet/images/types.go``, ``pkg/kubelet/kuberuntime/kuberuntime_container.go`` (reasons).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from snapinspect.errors import SourceError
from snapinspect.sources.engines.pods.manifest import RECEIVER

Body = dict[str, Any]

_PAUSE = 0.3
_HOPELESS = {
    "ImagePullBackOff": "the image cannot be pulled",
    "ErrImageNeverPull": "the image is not on the node",
    "InvalidImageName": "the name of the image is wrong",
    "CreateContainerConfigError": "the container cannot be set up",
    "CreateContainerError": "the container cannot be made",
    "RunContainerError": "the container cannot be started",
}
"""Reasons that waiting does not change."""
_PULLING = ("ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")


def is_running(pod: Body, container: str) -> bool:
    return any(each["name"] == container and "running" in each.get("state", {}) for each in _statuses(pod))


def is_ready(pod: Body) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def ended_container(pod: Body) -> str:
    """The container whose end is the pod's failure; "" when there is none."""
    return next((each["name"] for each in _statuses(pod) if _exit_code(each)), "")


def failure(pod: Body | None) -> SourceError | None:
    """The error for a pod that will not become, or is no more, what it should be; None while it may."""
    if pod is None:
        return SourceError("the pod is gone: somebody deleted it, or its node was drained", "Run it again.")
    name, status = pod["metadata"]["name"], pod.get("status", {})
    for container in _statuses(pod):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in _HOPELESS:
            return _unstartable(container, waiting)
    if status.get("phase") in {"Failed", "Succeeded"} or ended_container(pod):
        return _ended(name, pod)
    if pod["metadata"].get("deletionTimestamp"):
        return SourceError(f"pod {name} is being deleted, by somebody else or as its node is drained", "Run it again.")
    return None


def waiting_for(pod: Body) -> str:
    """Why it has not started yet, as far as its status tells."""
    status = pod.get("status", {})
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"no node takes it: {condition.get('message') or condition.get('reason')}"
    for container in _statuses(pod):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") not in {None, "PodInitializing"}:
            message = f": {waiting['message']}" if waiting.get("message") else ""
            return f"container {container['name']}: {waiting['reason']}{message}"
        if "running" in container.get("state", {}):
            return f"container {container['name']} runs"
    return "the node has not begun" if status.get("phase", "Pending") == "Pending" else str(status["phase"])


def wait(
    look: Callable[[], Body | None],
    is_there: Callable[[Body], bool],
    patience: float,
    say: Callable[[str], object],
) -> Body:
    """Looks until ``is_there``, at most ``patience`` seconds; ``say`` is told each new reason for waiting.

    Raises SourceError when it failed or the time is over.
    """
    deadline = time.monotonic() + patience
    told = ""
    while True:
        pod = look()
        error = failure(pod)
        if error:
            raise error
        assert pod is not None
        if is_there(pod):
            return pod
        reason = waiting_for(pod)
        if reason != told:
            say(f"waiting for pod {pod['metadata']['name']}: {reason}")
            told = reason
        if time.monotonic() > deadline:
            raise SourceError(
                f"the pod did not start in {patience:.0f} seconds: {reason}",
                "`kubectl describe pod` tells more; --node names another node.",
            )
        time.sleep(_PAUSE)


def _statuses(pod: Body) -> Iterator[Body]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _exit_code(container: Body) -> int:
    return int(container.get("state", {}).get("terminated", {}).get("exitCode", 0))


def _unstartable(container: Body, waiting: Body) -> SourceError:
    reason = waiting["reason"]
    message = waiting.get("message", "")
    image = container.get("image", "")
    hint = "Name an image that the node has, or can pull, with --image or --copy-image."
    if _lacks_program(message):
        return _lacking(container["name"], message)
    return SourceError(
        f"{_HOPELESS[reason]}: {image}: {message or reason}"
        if reason in _PULLING
        else f"{_HOPELESS[reason]}: {message}",
        hint if reason in _PULLING else "`kubectl describe pod` tells more.",
    )


def _ended(name: str, pod: Body) -> SourceError:
    status = pod.get("status", {})
    if status.get("reason"):
        said = f"{status['reason']}: {status.get('message', '')}".strip(": ")
        return SourceError(f"pod {name} was ended: {said}", "Run it again, on another node with --node.")
    for container in _statuses(pod):
        ended = container.get("state", {}).get("terminated", {})
        if ended.get("exitCode"):
            return _exited(container["name"], ended)
    return SourceError(f"pod {name} ended", "Run it again.")


def _exited(container: str, ended: Body) -> SourceError:
    message = str(ended.get("message", ""))
    if _lacks_program(message):
        return _lacking(container, message)
    reason = ended.get("reason", "Error")
    if reason == "OOMKilled":
        return SourceError(f"container {container} took more memory than its limit", "Leave out --engine pod.")
    return SourceError(f"container {container} ended with status {ended['exitCode']} ({reason})")


def _lacks_program(message: str) -> bool:
    return "executable file not found" in message or "no such file or directory" in message


def _lacking(container: str, message: str) -> SourceError:
    needed = (
        "sh, head, wc, sha256sum and mv with --copy-image" if container == RECEIVER else "etcd's programs with --image"
    )
    return SourceError(f"the image of container {container} lacks a program: {message}", f"Name one that has {needed}.")
