"""HTTP, discovery and faults of the small API server; what it keeps and refuses is in ``objects``.

Other parts, such as watches and exec, hook in with ``ApiServer.routes``: each is offered every exchange before the
core is, and returns True when it has answered it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from apiserver.lists import listed
from apiserver.objects import Body, Refusal, Resource, Store, group_version
from snapinspect.kube.numbers import loads
from snapinspect.write.json import dumps

_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[^/]+))?"
)
_KUBECONFIG = {"apiVersion": "v1", "kind": "Config", "preferences": {}}


@dataclass
class Fault:
    """What happens instead of an answer, ``times`` times, to requests of ``method`` whose path and query match.

    ``status`` 0 closes the connection; ``after`` lets the request do its work first.
    """

    method: str
    path: str
    status: int = 0
    reason: str = ""
    message: str = ""
    times: int = 1
    retry_after: int | None = None
    after: bool = False

    def meets(self, exchange: Exchange) -> bool:
        return (
            self.times > 0
            and exchange.method == self.method
            and re.search(self.path, exchange.handler.path) is not None
        )


class _GoYaml(yaml.SafeLoader):
    """YAML as Go reads it: ``1e+21`` is a number there (``sigs.k8s.io/yaml/goyaml.v2/resolve.go``)."""


_GoYaml.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"), list("-+.0123456789")
)


class Exchange:
    """One request and the way to answer it. ``handler`` has the socket, for what upgrades the connection."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler
        self.method = handler.command
        parts = urlsplit(handler.path)
        self.path = unquote(parts.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.queries = parse_qsl(parts.query, keep_blank_values=True)
        self.headers = handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.place = _PATH.fullmatch(self.path)

    @property
    def data(self) -> Body:
        """The body as an object. Raises Refusal when it is none."""
        is_yaml = "yaml" in self.headers.get("Content-Type", "")
        found = yaml.load(self.body, _GoYaml) if is_yaml else loads(self.body)
        if not isinstance(found, dict):
            raise Refusal(400, "BadRequest", "the body is no object")
        return found

    def reply(self, status: int, body: Body, headers: dict[str, str] | None = None) -> None:
        content = dumps(body).encode()
        self.handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(content)))
        self.handler.end_headers()
        self.handler.wfile.write(content)

    def refuse(self, refusal: Refusal, retry_after: int | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.reply(refusal.code, refusal.status(), headers)

    def hang_up(self) -> None:
        self.handler.close_connection = True
        with suppress(OSError):
            self.handler.connection.shutdown(socket.SHUT_RDWR)


Route = Callable[[Exchange], bool]


class ApiServer:
    """Listens while its ``with`` block lasts. ``requests`` are all that came, as (method, path with query)."""

    def __init__(self, version: str = "v1.36.2", token: str = "") -> None:
        self.store = Store()
        self.routes: list[Route] = []
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.version = version
        self.token = token
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def fault(self, method: str, path: str, status: int = 0, **more: Any) -> Fault:
        """Adds a fault for this method and a pattern of the path with its query."""
        self.faults.append(Fault(method, path, status, **more))
        return self.faults[-1]

    def kubeconfig(self, path: Path, context: str = "test") -> Path:
        """Writes a configuration that leads here, as ``kubectl`` would have it."""
        user = {"token": self.token} if self.token else {}
        config = {
            **_KUBECONFIG,
            "current-context": context,
            "clusters": [{"name": "here", "cluster": {"server": self.url}}],
            "users": [{"name": "me", "user": user}],
            "contexts": [{"name": context, "context": {"cluster": "here", "user": "me"}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def __enter__(self) -> ApiServer:
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def serve(self, exchange: Exchange) -> None:
        """Answers one request, or fails it as a fault says."""
        self.requests.append((exchange.method, exchange.handler.path))
        fault = next((each for each in self.faults if each.meets(exchange)), None)
        if fault:
            fault.times -= 1
            if fault.after:
                with _muted(exchange):
                    self._answer(exchange)
            if fault.status:
                refusal = Refusal(fault.status, fault.reason, fault.message)
                exchange.refuse(refusal, fault.retry_after)
            else:
                exchange.hang_up()
            return
        self._answer(exchange)

    def _answer(self, exchange: Exchange) -> None:
        try:
            self._check_token(exchange)
            if any(route(exchange) for route in self.routes):
                return
            discovered = self._discovery(exchange.path)
            if discovered is not None:
                exchange.reply(200, discovered)
            else:
                exchange.reply(*self._resource(exchange))
        except Refusal as refusal:
            exchange.refuse(refusal)

    def _check_token(self, exchange: Exchange) -> None:
        if self.token and exchange.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refusal(401, "Unauthorized", "Unauthorized")

    def _discovery(self, path: str) -> Body | None:
        if path == "/version":
            major, minor, _ = self.version.removeprefix("v").split(".", 2)
            return {"major": major, "minor": minor, "gitVersion": self.version}
        served = self.store.resources()
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups(served)}
        groups = {f"/apis/{one['name']}": one for one in _groups(served)}
        if path in groups:
            return {"kind": "APIGroup", "apiVersion": "v1", **groups[path]}
        listed = [one for one in served if path == _root(one)]
        if not listed:
            return None
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": group_version(listed[0]),
            "resources": [one.as_json() for one in listed],
        }

    def _resource(self, exchange: Exchange) -> tuple[int, Body]:
        place = exchange.place
        found = place and self.store.resource(place["group"] or "", place["core"] or place["version"], place["plural"])
        if place is None or found is None or (place["subresource"] and place["subresource"] != "status"):
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        namespace, name = place["namespace"], place["name"]
        dry = exchange.query.get("dryRun") == "All"
        manager = exchange.query.get("fieldManager", "unknown")
        with self.store.lock:
            match exchange.method:
                case "GET" if name:
                    return 200, self.store.get(found, namespace, name)
                case "GET":
                    return 200, listed(self.store, found, namespace, exchange.query)
                case "POST" if not name:
                    return 201, self.store.create(found, namespace, exchange.data, manager, dry=dry)
                case "PUT" if name:
                    return 200, self.store.update(found, namespace, name, exchange.data, manager, dry=dry)
                case "PATCH" if name:
                    return self._patch(exchange, found, manager, dry=dry)
                case "DELETE" if name:
                    return 200, self.store.delete(found, namespace, name)
        raise Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def _patch(self, exchange: Exchange, found: Resource, manager: str, *, dry: bool) -> tuple[int, Body]:
        assert exchange.place
        where = exchange.place["namespace"], exchange.place["name"]
        if exchange.headers.get("Content-Type") == "application/apply-patch+yaml":
            if "fieldManager" not in exchange.query:
                raise Refusal(400, "BadRequest", "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value")
            force = exchange.query.get("force") == "true"
            return self.store.apply(found, *where, exchange.data, manager, force=force, dry=dry)
        return 200, self.store.patch(found, *where, exchange.data, manager, dry=dry)


def _groups(served: list[Resource]) -> list[Body]:
    versions: dict[str, list[str]] = {}
    for one in served:
        if one.group and one.version not in versions.setdefault(one.group, []):
            versions[one.group].append(one.version)
    return [
        {
            "name": group,
            "versions": [{"groupVersion": f"{group}/{name}", "version": name} for name in names],
            "preferredVersion": {"groupVersion": f"{group}/{names[0]}", "version": names[0]},
        }
        for group, names in versions.items()
    ]


def _root(resource: Resource) -> str:
    return f"/apis/{group_version(resource)}" if resource.group else f"/api/{resource.version}"


@contextmanager
def _muted(exchange: Exchange) -> Iterator[None]:
    """The answer is made and lost."""
    exchange.reply = lambda *_args, **_more: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        del exchange.reply  # type: ignore[method-assign]


def _handler(server: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            # A client may go away at any time.
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            server.serve(Exchange(self))

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    return Handler
