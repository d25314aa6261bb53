"""Requests to an API server: plain JSON objects in and out, every failure one of our own errors."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, Self

from snapinspect.errors import Undecodable
from snapinspect.kube.cluster.discovery import Served, read_resources, root_of
from snapinspect.kube.cluster.failures import ApiError, Unreachable, refusal
from snapinspect.kube.cluster.lists import pages
from snapinspect.kube.numbers import loads
from snapinspect.model import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.kube.cluster.lists import Page

MANAGER: Final = "snapinspect"
"""The field manager under whose name objects are written."""
_BUSY = (429, 503)
_PATIENCE = 5
"""How often a busy server is asked again."""
_LONGEST_PAUSE = 30
_TIMEOUT = 60
_TYPES = {"PATCH": "application/merge-patch+json"}
_UNREADABLE = re.compile("[\x7f-\x9f\ufeff\ufffe\uffff]")
_APPLY = "application/apply-patch+yaml"
_SEPARATORS, _ESCAPED = re.compile(r"[\\,=]"), r"\\\g<0>"
"""What must be escaped in a field selector's value (k8s.io/apimachinery ``pkg/fields/selector.go``, EscapeValue)."""


class Cluster:
    """A cluster by the name of its ``context`` and the address of its ``server``.

    Bodies that are written are JSON text, so that numbers stay as they are. Every method raises ApiError with the
    server's message, or Unreachable. It is a context manager, which ends with the connections closed.
    """

    def __init__(self, client: Any, context: str, server: str, pause: Callable[[float], object] = time.sleep) -> None:
        self.context = context
        self.server = server
        self.pause = pause
        self._client = client
        self._served: dict[str, dict[str, Served]] = {}
        self._busy_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def version(self) -> str:
        """The release that it runs, such as ``v1.36.2``."""
        return str(self._ask("GET", "/version").get("gitVersion", ""))

    def uid(self) -> str:
        """The UID of the namespace kube-system, by which clusters are told apart; empty where it may not be seen."""
        try:
            found = self._find(f"{root_of('v1')}/namespaces/kube-system") or {}
        except ApiError as error:
            if error.code != 403:
                raise
            return ""
        metadata = found.get("metadata")
        return str(metadata.get("uid") or "") if isinstance(metadata, dict) else ""

    def read(self, path: str) -> Body:
        """What the API answers at a path, such as ``/apis``."""
        return self._ask("GET", path)

    def pages(self, served: Served, namespace: str | None, name: str = "") -> Iterator[Page]:
        """All live objects of a kind, or those of one namespace or name; never more than a page is held."""
        path = served.path(namespace)
        query = {"fieldSelector": f"metadata.name={_SEPARATORS.sub(_ESCAPED, name)}"} if name else {}
        return pages(lambda more: self._answer("GET", path, {**query, **more}))

    def served(self, api_version: str, kind: str) -> Served | None:
        """The kind as this version of it is served; None if it is not."""
        if api_version not in self._served:
            listed = self._find(root_of(api_version)) or {}
            self._served[api_version] = {one.kind: one for one in read_resources(listed, api_version)}
        return self._served[api_version].get(kind)

    def forget_served(self) -> None:
        """What is served is asked anew, as a CRD has changed it."""
        self._served.clear()

    def get(self, served: Served, namespace: str | None, name: str) -> Body | None:
        """The live object, or None."""
        return self._find(served.path(namespace, name))

    def list(self, served: Served, namespace: str | None) -> list[Body]:
        """All live objects of a kind in one namespace, or in all of them."""
        items = self._ask("GET", served.path(namespace)).get("items")
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

    def create(self, served: Served, namespace: str | None, content: str, *, dry: bool = False) -> Body:
        """POST: an object that is there already is an error."""
        return self._ask("POST", served.path(namespace), _written(dry, fieldValidation="Strict"), content)

    def replace(self, served: Served, namespace: str | None, name: str, content: str, *, dry: bool = False) -> Body:
        """PUT: with a ``resourceVersion`` in the object, one that changed since is an error."""
        return self._ask("PUT", served.path(namespace, name), _written(dry, fieldValidation="Strict"), content)

    def merge(
        self, served: Served, namespace: str | None, name: str, content: str, *, force: bool = False, dry: bool = False
    ) -> Body:
        """Server-side apply; ``force`` takes fields over from other managers, else a different value is an error."""
        query = _written(dry, fieldValidation="Strict", force=str(force).lower())
        # The server reads it as YAML, which holds no control characters unless they are escaped.
        readable = _UNREADABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", content)
        return self._ask("PATCH", served.path(namespace, name), query, readable, _APPLY)

    def patch(self, served: Served, namespace: str | None, name: str, content: str) -> Body:
        """A JSON merge patch."""
        return self._ask("PATCH", served.path(namespace, name), _written(dry=False), content)

    def _find(self, path: str) -> Body | None:
        try:
            return self._ask("GET", path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def _ask(
        self, method: str, path: str, query: dict[str, str] | None = None, content: str = "", content_type: str = ""
    ) -> Body:
        return _object(self._answer(method, path, query or {}, content, content_type))

    def _answer(
        self, method: str, path: str, query: dict[str, str], content: str = "", content_type: str = ""
    ) -> bytes:
        """The answer to a request, which is sent again while the server says that it was too busy to look at it."""
        for left in range(_PATIENCE, -1, -1):
            response = self._send(method, path, query, content, content_type)
            if response.status < 300:
                return bytes(response.data)
            wait = _retry_after(response)
            if response.status not in _BUSY or wait is None or not left:
                raise refusal(response.status, response.data)
            self._stand_back(wait)
        raise AssertionError

    def _stand_back(self, seconds: float) -> None:
        """Waits as long as the server asked; so do the requests of others that begin meanwhile."""
        until = self._busy_until = max(self._busy_until, time.monotonic() + seconds)
        self.pause(seconds)
        if self._busy_until == until:
            self._busy_until = 0.0

    def _send(self, method: str, path: str, query: dict[str, str], content: str, content_type: str) -> Any:
        from urllib3.exceptions import HTTPError

        if self._busy_until and (left := self._busy_until - time.monotonic()) > 0:
            self.pause(left)
        headers = {"Accept": "application/json"}
        if content:
            headers["Content-Type"] = content_type or _TYPES.get(method, "application/json")
        # The client adds credentials; its own way of sending would write the JSON anew.
        _, url, headers, *_ = self._client.param_serialize(
            method, path, query_params=list(query.items()), header_params=headers, auth_settings=["BearerToken"]
        )
        try:
            return self._client.rest_client.pool_manager.request(
                method, url, body=content.encode() or None, headers=headers, timeout=_TIMEOUT, redirect=False
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(
                f"no answer from {self.server}: {_reason(error)}",
                "Look whether the address is right and the cluster is up, or name another with --context.",
            ) from None


def _written(dry: bool, **more: str) -> dict[str, str]:
    return {"fieldManager": MANAGER, **more, **({"dryRun": "All"} if dry else {})}


def _object(content: bytes) -> Body:
    try:
        body = loads(content)
    except Undecodable:
        body = None
    if not isinstance(body, dict):
        raise ApiError("the server's answer is no JSON object: something other than an API server answered")
    return body


def _retry_after(response: Any) -> float | None:
    """The seconds that a busy server asks to wait; None when it names none."""
    try:
        return min(max(float(response.headers["Retry-After"]), 0.0), _LONGEST_PAUSE)
    except (KeyError, ValueError):
        return None


def _reason(error: BaseException) -> str:
    """What went wrong at last, without the client's own objects that its messages begin with."""
    causes = [cause for cause in error.args if isinstance(cause, BaseException)]
    if causes:
        return _reason(causes[-1])
    text = " ".join(str(error).split())
    return text.rpartition(">: ")[2] or type(error).__name__
