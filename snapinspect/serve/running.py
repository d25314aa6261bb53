"""The server in a thread of its own, with its certificate, its token and the kubeconfig that has both."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from secrets import token_urlsafe
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar, cast

from snapinspect.errors import SourceError, UsageError
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from snapinspect.serve.context import Context

T = TypeVar("T")
_START, _END = 10, 5
"""Seconds within which the server has to begin and to end."""


@dataclass(frozen=True)
class Running:
    """Where the server answers, and the kubeconfig that leads there."""

    url: str
    kubeconfig: Path
    _server: Any

    def between_answers(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, done by the server's thread: one thread at a time reads a snapshot."""

        async def done() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._server.servers[0].get_loop()).result()


@contextmanager
def running(contexts: Sequence[Context], address: str, port: int) -> Iterator[Running]:
    """Serves until the block ends; nothing is left behind then.

    Raises UsageError without the extra ``serve`` or for a port that is taken, SourceError where no server comes up.
    """
    try:
        import uvicorn

        if find_spec("wsproto") is None:
            raise ModuleNotFoundError(name="wsproto")
        from snapinspect.serve.certificate import make_certificate
    except ImportError as error:
        raise UsageError(
            f"`serve` needs the package {error.name}, which is not installed",
            "`pip install uvicorn wsproto cryptography` brings it, as does the extra serve.",
        ) from None
    from snapinspect.serve.app import Application

    with _listening(address, port) as listener:
        workspace = Workspace()
        try:
            pair = make_certificate(address)
            certificate = _private(workspace, "server.crt", pair.certificate)
            key = _private(workspace, "server.key", pair.key)
            token = token_urlsafe(32)
            app = Application(contexts, token)
            server = uvicorn.Server(
                uvicorn.Config(
                    app,
                    ssl_certfile=certificate,
                    ssl_keyfile=key,
                    log_config=None,
                    log_level="critical",
                    access_log=False,
                    lifespan="off",
                    loop="asyncio",
                    http="h11",
                    ws=cast("type[asyncio.Protocol]", _socket),
                    timeout_graceful_shutdown=1,
                    server_header=False,
                )
            )
            host = _reachable(address)
            url = f"https://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
            config = _kubeconfig(contexts, url, pair.certificate, token)
            kubeconfig = _private(workspace, "kubeconfig", config)
            with _thread(server, listener, app):
                yield Running(url, kubeconfig, server)
        finally:
            workspace.close()


def _socket(**given: Any) -> Any:
    """The protocol of a WebSocket, imported when the first one is opened: only browsers do that."""
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

    return WSProtocol(**given)


@contextmanager
def _thread(server: Any, listener: socket.socket, app: Any) -> Iterator[None]:
    thread = Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        for _ in range(_START * 100):
            if server.started or not thread.is_alive():
                break
            thread.join(0.01)
        if not server.started:
            raise SourceError("the server does not start", "--debug shows more.")
        yield
    finally:
        app.stop()
        server.should_exit = True
        thread.join(_END)


@contextmanager
def _listening(address: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio sends small answers at once over what is said to be TCP alone; else each waits 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"cannot listen on {address} port {port}: {reason}", "Without --port a free one is taken."
            ) from None
        listener.listen(1024)
        yield listener


def _private(workspace: Workspace, name: str, content: bytes) -> Path:
    return workspace.spool(name, [content], "the server")


def _kubeconfig(contexts: Sequence[Context], url: str, certificate: bytes, token: str) -> bytes:
    """JSON, which is YAML."""
    from snapinspect.write.json import dumps

    authority = base64.b64encode(certificate).decode()
    # Packing takes longer than the loopback.
    how = {"certificate-authority-data": authority, "disable-compression": True}
    body = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[0].name,
        "clusters": [{"name": each.name, "cluster": {"server": url + each.path, **how}} for each in contexts],
        "users": [{"name": "snapinspect", "user": {"token": token}}],
        "contexts": [
            {"name": each.name, "context": {"cluster": each.name, "user": "snapinspect"}} for each in contexts
        ],
    }
    return dumps(body, indent=2).encode() + os.linesep.encode()


def _reachable(address: str) -> str:
    """By what this machine reaches a server that listens there."""
    try:
        return "127.0.0.1" if ip_address(address).is_unspecified else address
    except ValueError:
        return address
