"""What servers write on every change, so that it says nothing of what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.engine import Engine
from snapinspect.clean.rules import TABLE

if TYPE_CHECKING:
    from snapinspect.model import Body

_NOISE: Final = frozenset({"status", "server-metadata", "controller-annotations"})
"""Ids of the cleaning rules that do. The others are for recovery: in a diff they would hide what matters."""
_COUNTERS: Final = frozenset({"managedFields", "resourceVersion", "generation"})

_ENGINE: Final = Engine(rule for rule in TABLE if rule.id in _NOISE)


class _Nothing:
    """A lookup for rules that look at nothing."""

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:  # noqa: ARG002
        return None


_LOOKUP: Final = _Nothing()


def without_noise(body: Body) -> Body:
    """The object without uid, resourceVersion, managedFields, status and annotations that were generated."""
    return _ENGINE.clean(body, _LOOKUP).body


def without_counters(body: Body) -> Body:
    """The object with its status, without what changes whenever anything does."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    return {**body, "metadata": {name: value for name, value in metadata.items() if name not in _COUNTERS}}
