"""The ASGI application: who may ask, which context is meant, and how answers and refusals are sent."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from snapinspect.errors import SnapinspectError
from snapinspect.serve.asked import Asked
from snapinspect.serve.context import Context
from snapinspect.serve.packing import packed, takes_gzip
from snapinspect.serve.refusal import Refusal
from snapinspect.serve.routes import Answer, Target, answer, json_answer, target_of
from snapinspect.serve.sockets import over_socket
from snapinspect.serve.watching import Watch

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_LONGEST_BODY = 1 << 20
"""Bytes of a request: only reviews have any, and they are small."""


class Application:
    """Answers for all ``contexts`` those who know ``token``. ``stop`` ends the watches."""

    def __init__(self, contexts: Iterable[Context], token: str) -> None:
        self._contexts = {context.path: context for context in contexts}
        self._authorization = f"Bearer {token}".encode()
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await over_socket(scope, receive, send, self._watch_over_socket)
        elif scope["type"] == "http":
            await self._over_http(scope, receive, send)

    async def _over_http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
            self._admit(_header(scope, b"authorization"))
            context, asked, target = self._asked(scope, body)
            if target is not None and target.is_watch(asked):
                await self._watch(Watch(context, asked, target), receive, send)
            else:
                await _send(send, answer(context, asked), takes_gzip(_header(scope, b"accept-encoding")))
        except Refusal as refusal:
            await _send(send, json_answer(refusal.body, code=refusal.code))
        except SnapinspectError as error:
            await _send(send, json_answer(Refusal(500, str(error)).body, code=500))

    def _admit(self, given: bytes) -> None:
        if not hmac.compare_digest(given, self._authorization):
            raise Refusal(401, "Unauthorized")

    def _asked(self, scope: dict[str, Any], body: bytes) -> tuple[Context, Asked, Target | None]:
        context, path = self._context(scope["path"])
        asked = Asked.of(scope, path, body)
        return context, asked, target_of(context, path) if asked.is_set("watch") and len(path) > 2 else None

    def _watch_over_socket(self, scope: dict[str, Any], bearer: bytes) -> AsyncIterator[bytes]:
        """The events of a watch that is asked for with a WebSocket. Raises Refusal for anything else."""
        self._admit(_header(scope, b"authorization") or b"Bearer " + bearer)
        context, asked, target = self._asked(scope, b"")
        if target is not None and target.is_watch(asked):
            return self._until_stopped(Watch(context, asked, target))
        answer(context, asked)
        raise Refusal(400, "only a watch can be had over a WebSocket")

    def _context(self, path: str) -> tuple[Context, tuple[str, ...]]:
        segments = [segment for segment in path.split("/") if segment]
        context = self._contexts.get("/" + "/".join(segments[:2]))
        if context is not None:
            return context, tuple(segments[2:])
        # `kubectl get --raw` drops the server's own path up to 1.27; among several contexts that could mean any.
        if len(self._contexts) > 1:
            raise Refusal(404, f"no context is served there, only: {', '.join(self._contexts)}")
        return next(iter(self._contexts.values())), tuple(segments)

    async def _watch(self, watch: Watch, receive: Receive, send: Send) -> None:
        left = asyncio.ensure_future(receive())
        try:
            await _begin(send, 200, "application/json")
            async for event in self._until_stopped(watch):
                if left.done():
                    break
                if event:
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            left.cancel()
            with suppress(asyncio.CancelledError):
                await left

    async def _until_stopped(self, watch: Watch) -> AsyncIterator[bytes]:
        async for event in watch.events():
            if self._stopped:
                break
            yield event


def _header(scope: dict[str, Any], wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


async def _body(receive: Receive) -> bytes:
    """What the request holds. Raises Refusal when it is too long to be a review."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _LONGEST_BODY:
            raise Refusal(413, f"Request entity too large: limit is {_LONGEST_BODY}")
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, found: Answer, is_gzip: bool = False) -> None:
    is_packed, pieces = packed(found.pieces) if is_gzip else (False, found.pieces)
    await _begin(send, found.code, found.kind, [(b"content-encoding", b"gzip")] if is_packed else [])
    try:
        for piece in pieces:
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            # Others have their turn while a long list is made.
            await asyncio.sleep(0)
    except SnapinspectError:
        # It has begun as a success: only an end that breaks off says that it is not whole.
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _begin(send: Send, code: int, kind: str, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", kind.encode()), *more]
    await send({"type": "http.response.start", "status": code, "headers": headers})
