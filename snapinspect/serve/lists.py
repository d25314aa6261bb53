"""Lists: from the parameters of a request to what it may see, page by page.

Source: apiserver ``pkg/storage/etcd3/store.go`` and ``pkg/storage/continue.go``.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from snapinspect.serve.context import too_large
from snapinspect.serve.parameters import check_list
from snapinspect.serve.refusal import Refusal
from snapinspect.serve.selectors import test_for
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body
    from snapinspect.serve.asked import Asked
    from snapinspect.serve.context import Context
    from snapinspect.serve.holdings import Holdings
    from snapinspect.serve.offered import Resource
    from snapinspect.serve.selectors import Test
    from snapinspect.serve.shapes import Shape

_CHUNK, _TURN = 256 << 10, 500
"""Characters that are gathered before they are sent, and objects that are looked at before others have their turn."""

_NOW = -1
"""The revision in a token that goes on with what is there now."""
_INCONSISTENT = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
"""In the server's words (apiserver ``pkg/storage/etcd3/errors.go``)."""


def listed(context: Context, asked: Asked, resource: Resource, namespace: str | None, shape: Shape) -> Iterator[bytes]:
    """The JSON text of a list, piece by piece; some are empty. Raises Refusal before the first."""
    holdings, after = _start(context, asked)
    is_meant = test_for(asked, resource, holdings.view.kinds)
    page = _Page(holdings, resource, namespace, after, is_meant, asked.number("limit"))

    def pieces() -> Iterator[str]:
        yield f'{dumps(shape.list_head())[:-1]},"{shape.list_key}":['
        bodies = sorted(filter(None, page), key=shape.order) if shape.order else page
        separator = ""
        for body in bodies:
            yield "" if body is None else separator + dumps(shape.member(body))
            separator = separator or ("" if body is None else ",")
        yield f'],"metadata":{dumps(page.metadata())}}}\n'

    return _gathered(pieces())


class _Page:
    """What is meant of a resource's objects behind a key, up to ``limit`` of them (0 for all); each only once."""

    def __init__(
        self,
        holdings: Holdings,
        resource: Resource,
        namespace: str | None,
        after: bytes,
        is_meant: Test | None,
        limit: int,
    ) -> None:
        self._holdings = holdings
        self._place = (resource, namespace)
        self._after = after
        self._is_meant = is_meant
        self._limit = limit
        self._continues = False

    def __iter__(self) -> Iterator[Body | None]:
        """Its objects; None for one that was looked at and is not meant."""
        count, first = 0, self._after
        for key in self._holdings.walk(*self._place, first):
            body = self._holdings.body(key, self._place[0])
            if body is None or (self._is_meant and not self._is_meant(body)):
                yield None
                continue
            if self._limit and count == self._limit:
                self._continues = True
                return
            yield body
            count, self._after = count + 1, key

    def metadata(self) -> dict[str, Any]:
        """The list's own, once all has been gone through."""
        found: dict[str, Any] = {"resourceVersion": str(self._holdings.revision)}
        if self._continues:
            found["continue"] = _token(self._holdings.revision, self._after)
            if self._is_meant is None:
                found["remainingItemCount"] = self._holdings.remaining(*self._place, self._after)
        return found


def _start(context: Context, asked: Asked) -> tuple[Holdings, bytes]:
    """The state that is meant, and the key behind which the page begins."""
    token = asked.query.get("continue")
    check_list(asked.query)
    if token:
        return _continued(context, *_read_token(token))
    revision = asked.number("resourceVersion")
    if asked.query.get("resourceVersionMatch") == "Exact":
        return context.exactly(revision), b""
    current = context.current
    if revision > current.revision:
        raise too_large(revision, current.revision)
    return current, b""


def _continued(context: Context, revision: int, key: bytes) -> tuple[Holdings, bytes]:
    """What a token leads to. Raises Refusal where that is gone, with a token that goes on with what is there now."""
    if revision == _NOW:
        return context.current, key
    try:
        return context.exactly(revision), key
    except Refusal as refusal:
        if refusal.code != 410:
            raise
        raise Refusal(410, _INCONSISTENT, metadata={"continue": _token(_NOW, key)}) from None


def _token(revision: int, key: bytes) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": key.decode("utf-8", "surrogateescape")})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, bytes]:
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(read["rv"]), read["start"].encode("utf-8", "surrogateescape")
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error, RecursionError):
        raise Refusal(400, "continue key is not valid: it is none that a list has given") from None


def _gathered(pieces: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK or len(held) >= _TURN:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()
