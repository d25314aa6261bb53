"""The containers of one pod as processes of this machine.

As in a real one the etcd image holds etcd's programs alone: no shell, tar or sha256sum. What a network and a file
system of their own would do, an exchange of ports and of the volume's path does.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

from real_etcd import binary

if TYPE_CHECKING:
    from apiserver.containers import Node

ETCD_IMAGE = "registry.k8s.io/etcd:3.5.1-0"
SHELL_IMAGE = "docker.io/library/busybox:1.36"
ETCD_PROGRAMS = {name: binary(name) for name in ("etcd", "etcdctl", "etcdutl")}
SHELL_PROGRAMS = {
    name: Path(shutil.which(name) or "") for name in ("sh", "head", "cat", "mv", "sleep", "sha256sum", "wc", "false")
}
MOUNT = "/snapinspect"
Body = dict[str, Any]


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

    def spawn(
        self, container: str, command: list[str], stdin: int = subprocess.DEVNULL, *, streams: bool = False
    ) -> subprocess.Popen[bytes]:
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
            output: Any = pipe if streams else log
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
        """An argument with the volume's path, from where the process runs, and the ports of this machine."""
        argument = argument.replace(MOUNT, self.volume.name).replace("0.0.0.0", "127.0.0.1")
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
        if _runs_as_root(self.spec, container):
            message = "container has runAsNonRoot and image will run as root"
            waiting = {"reason": "CreateContainerConfigError", "message": message}
            self._stage(container, {"waiting": waiting}, ended)
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


def _runs_as_root(spec: Body, container: Body) -> bool:
    """Whether the kubelet would refuse it: both images run as root unless somebody says as whom."""
    context = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
    return bool(context.get("runAsNonRoot")) and not context.get("runAsUser")


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
