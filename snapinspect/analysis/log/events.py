"""What Kubernetes' own Events tell, and of which object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.kube.skim import Skim
from snapinspect.model import Head

if TYPE_CHECKING:
    from snapinspect.model import Body

TELLING = Skim(read=frozenset({"involvedObject", "regarding", "reason", "message", "note"}))
"""What of an Event tells: as core/v1 names it (k8s.io/api ``core/v1/types.go``), and as events.k8s.io/v1 does."""
_LONGEST = 160


def is_key_of_event(key: bytes) -> bool:
    """Whether an Event may lie there: of either group they lie below ``events``."""
    return b"/events/" in key


def concerned(event: Body) -> Head:
    """The object that it is about."""
    told = _reference(event)
    namespace = _text(told.get("namespace")) or None
    version, kind, name, uid = (_text(told.get(field)) for field in ("apiVersion", "kind", "name", "uid"))
    return Head(version, kind, namespace, name, uid, None, "")


def words_of(event: Body) -> str:
    """The object and what is said of it, in one line."""
    head = concerned(event)
    message = _text(event.get("message")) or _text(event.get("note"))
    words = f"{head.kind.lower()}/{head.name} {_text(event.get('reason'))}: {' '.join(message.split())}"
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _reference(event: Body) -> dict[str, Any]:
    found = event.get("involvedObject") or event.get("regarding")
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
