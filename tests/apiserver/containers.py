"""A node behind the small API server: the containers of its pods are processes of this machine.

As in a real one the etcd image holds etcd's programs alone: no shell, tar or sha256sum. What a network and a file
system of their own would do, an exchange of ports and of the volume's path does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from real_etcd import binary

from apiserver.server import ApiServer, Exchange
from apiserver.streams import V4, V5, WebSocket

ETCD_IMAGE = "registry.k8s.io/etcd:3.5.1-0"
SHELL_IMAGE = "docker.io/library/busybox:1.36"
ETCD_PROGRAMS = {name: binary(name) for name in ("etcd", "etcdctl", "etcdutl")}
SHELL_PROGRAMS = {
    name: Path(shutil.which(name) or "") for name in ("sh", "head", "cat", "mv", "sleep", "sha256sum", "false")
}
MOUNT = "/snapinspect"
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
        if not place["name"] and "labelSelector" in exchange.query:
            self._list(exchange)
            return True
        answer = {"exec": self._exec, "portforward": self._forward, "log": self._log}.get(place["subresource"] or "")
        if answer and place["name"] in self._pods:
            answer(exchange, self._pods[place["name"]])
            return True
        return False

    def _list(self, exchange: Exchange) -> None:
        wanted = dict(pair.split("=") for pair in exchange.query["labelSelector"].split(",") if pair)
        assert exchange.place
        store = self.server.store
        found = store.resource("", "v1", "pods")
        assert found
        with store.lock:
            listed = store.listed(found, exchange.place["namespace"])
        listed["items"] = [
            pod for pod in listed["items"] if wanted.items() <= pod["metadata"].get("labels", {}).items()
        ]
        exchange.reply(200, listed)

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
            process = pod.spawn(exchange.query["container"], command, subprocess.PIPE)
        except FileNotFoundError:
            said = f'exec failed: unable to start container process: exec: "{command[0]}": executable file not found'
            web.send(3, _status(said))
        else:
            _Execution(web, process, corrupts=self.corrupts).run()
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


class PodRun:
    """The containers of one pod, one after another, and its status."""

    def __init__(self, node: Node, body: Body, home: Path) -> None:
        self._node = node
        self.spec: Body = body["spec"]
        self.where = body["metadata"]["namespace"], body["metadata"]["name"]
        self.directory = Path(tempfile.mkdtemp(dir=home))
        self.volume = self.directory / "volume"
        self.volume.mkdir()
        self._ports: dict[int, int] = {}
        self._ended = Event()
        self._processes: list[subprocess.Popen[bytes]] = []
        if node.disk_is_full:
            (self.volume / "part").symlink_to("/dev/full")

    def start(self) -> None:
        Thread(target=self._run, daemon=True).start()

    def end(self, status: Body | None = None) -> None:
        self._ended.set()
        if status:
            self._tell(status)
        for process in self._processes:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def port(self, inside: int) -> int:
        """That of this machine which stands for one of the pod's."""
        return self._ports.setdefault(inside, _free_port())

    def log(self, container: str) -> Path:
        return self.directory / f"{container}.log"

    def spawn(self, container: str, command: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Raises FileNotFoundError when the container's image lacks the program."""
        spec = next(one for one in self._containers() if one["name"] == container)
        programs = self._node.images[spec["image"]]
        path = self.directory / f"bin-{container}"
        path.mkdir(exist_ok=True)
        for name, program in programs.items():
            if not (path / name).exists():
                (path / name).symlink_to(program)
        if command[0] not in programs:
            raise FileNotFoundError(command[0])
        environment = {one["name"]: one["value"] for one in spec.get("env", ())}
        arguments = [str(path / command[0]), *map(self._here, command[1:])]
        pipe = subprocess.PIPE
        with self.log(container).open("ab") as log:
            output: Any = pipe if stdin == pipe else log
            process = subprocess.Popen(
                arguments,
                stdin=stdin,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                env={**environment, "PATH": str(path)},
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _here(self, argument: str) -> str:
        """An argument with the volume's path and the ports of this machine."""
        argument = argument.replace(MOUNT, str(self.volume)).replace("0.0.0.0", "127.0.0.1")
        for inside in (2379, 2380, 2381):
            if f":{inside}" in argument:
                argument = argument.replace(f":{inside}", f":{self.port(inside)}")
        return argument

    def _containers(self) -> list[Body]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    def _run(self) -> None:
        if self._node.never_starts:
            scheduled = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available."}
            self._tell({"phase": "Pending", "conditions": [scheduled]})
            return
        ended: list[Body] = []
        with suppress(FileNotFoundError):
            for container in self.spec.get("initContainers", ()):
                process = self._begin(container, ended)
                if process is None or not self._finished(process, container, ended):
                    return
            main = self.spec["containers"][0]
            process = self._begin(main, ended)
            if process is not None:
                self._probe(main, process, ended)

    def _begin(self, container: Body, ended: list[Body]) -> subprocess.Popen[bytes] | None:
        if container["image"] not in self._node.images:
            message = f'Back-off pulling image "{container["image"]}": not found'
            self._stage(container, {"waiting": {"reason": "ImagePullBackOff", "message": message}}, ended)
            return None
        try:
            process = self.spawn(container["name"], container["command"])
        except FileNotFoundError as error:
            message = f'exec: "{error}": executable file not found in $PATH: unknown'
            failed = {"terminated": {"exitCode": 128, "reason": "StartError", "message": message}}
            self._stage(container, failed, ended, "Failed")
            return None
        self._stage(container, {"running": {}}, ended)
        return process

    def _finished(self, process: subprocess.Popen[bytes], container: Body, ended: list[Body]) -> bool:
        code = process.wait()
        if self._ended.is_set():
            return False
        reason = "Error" if code else "Completed"
        state = {"terminated": {"exitCode": code if code >= 0 else 128 - code, "reason": reason}}
        self._stage(container, state, ended, "Failed" if code else "Pending")
        ended.append({"name": container["name"], "image": container["image"], "state": state})
        return not code

    def _probe(self, container: Body, process: subprocess.Popen[bytes], ended: list[Body]) -> None:
        probe = container["readinessProbe"]["httpGet"]
        while process.poll() is None and not self._ended.wait(0.05):
            if _is_well(f"http://127.0.0.1:{self.port(probe['port'])}{probe['path']}"):
                self._stage(container, {"running": {}}, ended, "Running", is_ready=True)
                break
        self._finished(process, container, ended)

    def _stage(
        self, container: Body, state: Body, ended: list[Body], phase: str = "Pending", *, is_ready: bool = False
    ) -> None:
        now = [*ended, {"name": container["name"], "image": container["image"], "state": state}]
        inits = {one["name"] for one in self.spec.get("initContainers", ())}
        conditions = [{"type": "Ready", "status": "True" if is_ready else "False"}]
        self._tell(
            {
                "phase": phase,
                "conditions": conditions,
                "initContainerStatuses": [one for one in now if one["name"] in inits],
                "containerStatuses": [one for one in now if one["name"] not in inits],
            }
        )

    def _tell(self, status: Body) -> None:
        store = self._node.server.store
        with store.lock:
            for pod in store.objects("pods"):
                if (pod["metadata"]["namespace"], pod["metadata"]["name"]) == self.where:
                    pod["spec"].setdefault("nodeName", self._node.name)
                    if pod.get("status", {}).get("reason") != "Evicted":
                        pod["status"] = status


class _Execution:
    """A command with its channels. As a kubelet often does, it gives no status when input stays unread."""

    def __init__(self, web: WebSocket, process: subprocess.Popen[bytes], *, corrupts: bool) -> None:
        self._web = web
        self._process = process
        self._corrupts = corrupts
        self._left_unread = False

    def run(self) -> None:
        web, process = self._web, self._process
        assert process.stdin
        with process.stdin:
            pumps = [
                Thread(target=self._pump, args=(channel, pipe), daemon=True)
                for channel, pipe in ((1, process.stdout), (2, process.stderr))
            ]
            for pump in pumps:
                pump.start()
            ended = Thread(target=self._end, args=(pumps,), daemon=True)
            ended.start()
            web.ping()
            while message := web.receive():
                self._take(*message)
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            ended.join()

    def _take(self, channel: int, data: bytes) -> None:
        stdin = self._process.stdin
        assert stdin
        if channel == 255 and self._web.subprotocol == V5:
            stdin.close()
        elif channel == 0:
            try:
                stdin.write(bytes((data[0] ^ 1,)) + data[1:] if self._corrupts else data)
                stdin.flush()
            except OSError:
                self._left_unread = True

    def _pump(self, channel: int, pipe: Any) -> None:
        with pipe:
            while data := pipe.read1(1 << 16):
                with suppress(OSError):
                    self._web.send(channel, data)

    def _end(self, pumps: list[Thread]) -> None:
        code = self._process.wait()
        for pump in pumps:
            pump.join()
        time.sleep(0.01)
        with suppress(OSError):
            if not self._left_unread:
                self._web.send(3, _status(f"command terminated with exit code {code}" if code else ""))
                self._web.close()


def _is_well(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except HTTPError as error:
        error.close()
    except OSError:
        pass
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _bring_back(inside: socket.socket, web: WebSocket) -> None:
    with suppress(OSError):
        while data := inside.recv(1 << 15):
            web.send(0, data)
        web.close()


def _status(failure: str) -> bytes:
    return json.dumps({"status": "Failure", "message": failure} if failure else {"status": "Success"}).encode()
