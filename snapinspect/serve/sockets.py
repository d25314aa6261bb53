"""Watches over WebSockets, as browsers open them: an event a message, the token among the subprotocols.

Source: apiserver ``pkg/endpoints/handlers/watch.go`` and ``pkg/authentication/request/websocket/protocol.go``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from snapinspect.serve.refusal import Refusal
from snapinspect.write.json import dumps

_BEARER = "base64url.bearer.authorization.k8s.io."
_ANSWERING = "websocket.http.response"

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Opener = Callable[[dict[str, Any], bytes], AsyncIterator[bytes]]


async def over_socket(scope: dict[str, Any], receive: Receive, send: Send, opener: Opener) -> None:
    """Sends what ``opener`` gives for the request and its token, until either side has enough."""
    await receive()
    offered = scope["subprotocols"]
    try:
        events = opener(scope, _token(offered))
    except Refusal as refusal:
        await _refuse(scope, send, refusal)
        return
    plain = next((each for each in offered if not each.startswith(_BEARER)), None)
    await send({"type": "websocket.accept", "subprotocol": plain})
    left = asyncio.ensure_future(_until_left(receive))
    try:
        async for event in events:
            if left.done():
                return
            if event:
                await send({"type": "websocket.send", "text": event.decode()})
        await send({"type": "websocket.close"})
    finally:
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


def _token(offered: list[str]) -> bytes:
    packed = next((each.removeprefix(_BEARER) for each in offered if each.startswith(_BEARER)), "")
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return b""


async def _refuse(scope: dict[str, Any], send: Send, refusal: Refusal) -> None:
    if _ANSWERING not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    body = dumps(refusal.body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": f"{_ANSWERING}.start", "status": refusal.code, "headers": headers})
    await send({"type": f"{_ANSWERING}.body", "body": body, "more_body": False})


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass
