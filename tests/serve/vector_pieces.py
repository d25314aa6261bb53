"""Pieces of objects, and of the cells that upstream's printers give of them."""

from __future__ import annotations

from typing import Any

AGE = "60m"
BORN, END = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"
TRUE = "True"


def template(*names: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "image": f"{name}:1"} for name in names]}}


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": name, "imageID": "", **more}


def ended(code: int = 0, **more: Any) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


RUNNING = {"running": {"startedAt": BORN}}
READY = {"type": "Ready", "status": TRUE}
INITIALIZED = {"type": "Initialized", "status": TRUE}
GONE = {"deletionTimestamp": END}
SIDE = {"initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "once"}]}
CHOSEN = {
    "matchLabels": {"z": "1"},
    "matchExpressions": [
        {"key": "a", "operator": "In", "values": ["y", "x"]},
        {"key": "b", "operator": "DoesNotExist"},
    ],
}
CHOSEN_TEXT = "a in (x,y),!b,z=1"
