"""A node behind the small API server: the containers of its pods are processes of this machine."""

from __future__ import annotations

import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from apiserver.execution import Execution, status_of
from apiserver.pods import ETCD_IMAGE, ETCD_PROGRAMS, SHELL_IMAGE, SHELL_PROGRAMS, PodRun
from apiserver.server import ApiServer, Exchange
from apiserver.streams import V4, V5, WebSocket

__all__ = ["ETCD_IMAGE", "SHELL_IMAGE", "Node"]
Body = dict[str, Any]


class Node:
    """One node with its kubelet. Settings for a test's sake:

    ``images`` are the programs of each image it has; ``speaks`` the subprotocols of exec; ``disk_is_full`` and
    ``corrupts`` spoil what is written to a volume and what is sent to a command; ``never_starts`` keeps pods pending.
    """

    def __init__(self, server: ApiServer, home: Path, name: str = "master-0") -> None:
        self.name = name
        self.images: dict[str, dict[str, Path]] = {ETCD_IMAGE: ETCD_PROGRAMS, SHELL_IMAGE: SHELL_PROGRAMS}
        self.speaks: tuple[str, ...] = (V5, V4)
        self.disk_is_full = self.corrupts = self.never_starts = False
        self.forwards: list[WebSocket] = []
        self.server = server
        self._home = home
        self._pods: dict[str, PodRun] = {}
        self._stopping = Event()
        server.routes.append(self._route)

    def __enter__(self) -> Node:
        self._thread = Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with self.server.store.lock:
            self.server.store.changed.notify_all()
        self._thread.join()
        for pod in self._pods.values():
            pod.end()

    def run(self, name: str) -> PodRun:
        return self._pods[name]

    @property
    def runs(self) -> list[PodRun]:
        return list(self._pods.values())

    def as_object(self) -> Body:
        images = [{"names": [f"{name}@sha256:0", name], "sizeBytes": 1} for name in self.images]
        metadata = {"name": self.name}
        return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": {"images": images}}

    def evict(self, name: str) -> None:
        message = "The node was low on resource: ephemeral-storage."
        self._pods[name].end({"phase": "Failed", "reason": "Evicted", "message": message})

    def break_forwards(self) -> None:
        for each in self.forwards:
            each.break_off()

    def _follow(self) -> None:
        """Begins and ends pods as the API server's events tell."""
        store, seen = self.server.store, 0
        while not self._stopping.is_set():
            with store.lock:
                while seen == len(store.events) and not self._stopping.is_set():
                    store.changed.wait()
                events, seen = store.events[seen:], len(store.events)
            for event in events:
                body = event.body
                if event.resource.plural == "pods" and body["spec"].get("nodeName", self.name) == self.name:
                    self._heed(event.type, body)

    def _heed(self, event: str, body: Body) -> None:
        name = body["metadata"]["name"]
        if event == "ADDED" and not body.get("status"):
            self._pods[name] = PodRun(self, body, self._home)
            self._pods[name].start()
        elif event == "DELETED" and name in self._pods:
            self._pods.pop(name).end()

    def _route(self, exchange: Exchange) -> bool:
        place = exchange.place
        if not place or place["plural"] != "pods" or exchange.method != "GET":
            return False
        answer = {"exec": self._exec, "portforward": self._forward, "log": self._log}.get(place["subresource"] or "")
        if answer and place["name"] in self._pods:
            answer(exchange, self._pods[place["name"]])
            return True
        return False

    def _log(self, exchange: Exchange, pod: PodRun) -> None:
        content = pod.log(exchange.query["container"]).read_bytes()
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", str(len(content)))
        exchange.handler.end_headers()
        exchange.handler.wfile.write(content)

    def _exec(self, exchange: Exchange, pod: PodRun) -> None:
        command = [value for name, value in exchange.queries if name == "command"]
        web = WebSocket(exchange, self.speaks)
        try:
            # Without an input a command has an empty one, as ``/dev/null``.
            has_input = exchange.query.get("stdin", "").lower() == "true"
            source = subprocess.PIPE if has_input else subprocess.DEVNULL
            process = pod.spawn(exchange.query["container"], command, source, streams=True)
        except FileNotFoundError:
            said = f'exec failed: unable to start container process: exec: "{command[0]}": executable file not found'
            web.send(3, status_of(said))
        else:
            Execution(web, process, corrupts=self.corrupts).run()
        web.close()

    def _forward(self, exchange: Exchange, pod: PodRun) -> None:
        port = int(exchange.query["ports"])
        web = WebSocket(exchange, (V4,))
        self.forwards.append(web)
        for channel in (0, 1):
            web.send(channel, port.to_bytes(2, "little"))
        try:
            inside = socket.create_connection(("127.0.0.1", pod.port(port)))
        except OSError as error:
            web.send(1, f"error forwarding port {port} to pod: {error}".encode())
            web.close()
            return
        back = Thread(target=_bring_back, args=(inside, web), daemon=True)
        back.start()
        with inside:
            with suppress(OSError):
                while message := web.receive():
                    inside.sendall(message[1])
            with suppress(OSError):
                inside.shutdown(socket.SHUT_RDWR)
            back.join()


def _bring_back(inside: socket.socket, web: WebSocket) -> None:
    with suppress(OSError):
        while data := inside.recv(1 << 15):
            web.send(0, data)
        web.close()
