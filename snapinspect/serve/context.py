"""One context of the kubeconfig: a snapshot at a moment, or one in which time runs."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.errors import NotHeld
from snapinspect.serve.discovery import Discovery
from snapinspect.serve.holdings import Holdings
from snapinspect.serve.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.serve.replay import Replay

_KEPT = 4
"""Revisions that were asked for and are kept at hand."""


@dataclass
class Context:
    """``name`` is the kubeconfig's, ``path`` that of its server, ``end`` tells the time at which it stands."""

    name: str
    path: str
    base: Holdings
    end: Callable[[], int]
    replay: Replay | None = None
    _others: OrderedDict[int, Holdings] = field(default_factory=OrderedDict)

    @property
    def current(self) -> Holdings:
        """What is there now."""
        return self.base if self.replay is None else self.replay.now()

    @property
    def now(self) -> int:
        """The time from which ages count."""
        return self.seconds if self.replay is None else self.replay.seconds()

    @cached_property
    def seconds(self) -> int:
        """The time at which it stands, since 1970: told when it is asked for, as that reads many values."""
        return self.end()

    @cached_property
    def discovery(self) -> Discovery:
        return Discovery(self.base.resources)

    def exactly(self, revision: int) -> Holdings:
        """The state at a revision. Raises Refusal with 410 for one that is gone, 400 for one still to come."""
        current = self.current
        if revision == current.revision:
            return current
        if revision > current.revision:
            raise too_large(revision, current.revision)
        if revision not in self._others:
            try:
                found = self.base.at(revision)
            except NotHeld:
                raise expired("list", revision, self.base.view.store.compact_revision) from None
            self._others[revision] = found
            while len(self._others) > _KEPT:
                self._others.popitem(last=False)
        return self._others[revision]


def expired(asked: str, revision: int, oldest: int) -> Refusal:
    """For a list or a watch, in the server's words (apiserver ``pkg/storage/etcd3/errors.go``)."""
    return Refusal(
        410, f"The resourceVersion for the provided {asked} is too old. ({revision}, the oldest held is {oldest})"
    )


def too_large(revision: int, current: int) -> Refusal:
    """In the server's words (apiserver ``pkg/storage/errors.go``, NewTooLargeResourceVersionError)."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    details = {"causes": causes, "retryAfterSeconds": 1}
    return Refusal(504, f"Too large resource version: {revision}, current: {current}", details)
