"""Watches: what is there, then what happens, for as long as the client stays.

Source: apiserver ``pkg/endpoints/handlers/watch.go`` and ``pkg/storage/cacher``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snapinspect.serve.context import expired, too_large
from snapinspect.serve.parameters import check_watch
from snapinspect.serve.replay import Course
from snapinspect.serve.routes import shape_for
from snapinspect.serve.selectors import test_for
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from snapinspect.model import Body
    from snapinspect.serve.asked import Asked
    from snapinspect.serve.context import Context
    from snapinspect.serve.holdings import Holdings
    from snapinspect.serve.offered import Resource
    from snapinspect.serve.replay import Step
    from snapinspect.serve.routes import Target

TICK = 0.1
"""Seconds between two looks at what has happened."""
_BOOKMARK_EACH, _BEFORE_END = int(60 / TICK), int(2 / TICK)
"""Ticks between two bookmarks, and those before the end at which there is another, so that a client can go on from there."""
_INITIAL_END = "k8s.io/initial-events-end"


class Watch:
    """One client's watch. Raises Refusal where it cannot begin."""

    def __init__(self, context: Context, asked: Asked, target: Target) -> None:
        check_watch(asked.query)
        self._context = context
        self._asked = asked
        self._resource: Resource = target.resource
        self._namespace = target.namespace
        self._name = target.name
        self._is_meant = test_for(asked, target.resource, context.base.view.kinds)
        self._shape = shape_for(asked, target.resource, context)
        self._headed = True
        self._bookmarked = asked.is_set("allowWatchBookmarks")
        self._current: Holdings = context.current
        self._from = asked.number("resourceVersion")
        if self._from > self._current.revision:
            raise too_large(self._from, self._current.revision)
        if (
            self._from
            and not asked.is_set("sendInitialEvents")
            and self._from < context.base.view.store.compact_revision
        ):
            raise expired("watch", self._from, context.base.view.store.compact_revision)

    async def events(self) -> AsyncIterator[bytes]:
        """Each event as a line; empty ones when nothing has happened for a while."""
        wants_state = not self._from or self._asked.is_set("sendInitialEvents")
        revision = self._current.revision
        if wants_state:
            for body in self._state():
                yield self._event("ADDED", body)
            if self._asked.is_set("sendInitialEvents") and self._bookmarked:
                yield self._bookmark(revision, {_INITIAL_END: "true"})
        elif self._from < revision:
            course = Course(self._context.base, self._from, revision)
            for line in self._happened(course.steps):
                yield line
        async for line in self._onward():
            yield line

    async def _onward(self) -> AsyncIterator[bytes]:
        replay = self._context.replay
        done = replay.position if replay else 0
        ticks = 0
        limit = int(self._asked.number("timeoutSeconds") / TICK)
        while not limit or ticks < limit:
            if replay:
                replay.now()
                lines = list(self._happened(replay.course.steps[done : replay.position]))
                done = replay.position
                for line in lines:
                    yield line
            yield b""
            await asyncio.sleep(TICK)
            ticks += 1
            if self._bookmarked and (ticks % _BOOKMARK_EACH == 0 or ticks == limit - _BEFORE_END):
                yield self._bookmark(self._context.current.revision, {})

    def _state(self) -> Iterator[Body]:
        for key in self._current.walk(self._resource, self._namespace):
            body = self._current.body(key, self._resource)
            if body is not None and self._passes(body):
                yield body

    def _happened(self, steps: list[Step]) -> Iterator[bytes]:
        """What a client sees of the steps: an object that begins to be meant is added, one that ceases is deleted."""
        directories = tuple(self._context.base.directories(self._resource, self._namespace))
        for record, before in steps:
            if not record.key.startswith(directories):
                continue
            old = self._context.base.shown(before, self._resource) if before else None
            new = None if record.tombstone else self._context.base.shown(record, self._resource)
            was, stays = old is not None and self._passes(old), new is not None and self._passes(new)
            if stays and new is not None:
                yield self._event("MODIFIED" if was else "ADDED", new)
            elif was and old is not None:
                yield self._event("DELETED", _at(old, record.revision.main))

    def _passes(self, body: Body) -> bool:
        if self._name and body.get("metadata", {}).get("name") != self._name:
            return False
        return self._is_meant is None or self._is_meant(body)

    def _event(self, kind: str, body: Body) -> bytes:
        shown = self._shape.alone(body, headed=self._headed)
        self._headed = False
        return dumps({"type": kind, "object": shown}).encode() + b"\n"

    def _bookmark(self, revision: int, annotations: dict[str, str]) -> bytes:
        metadata = {"resourceVersion": str(revision), "annotations": annotations, "creationTimestamp": None}
        bare = {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": metadata}
        return self._event("BOOKMARK", bare)


def _at(body: Body, revision: int) -> Body:
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return {**body, "metadata": {**metadata, "resourceVersion": str(revision)}}
