"""The life of one temporary pod, from its creation to its end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.errors import SourceError
from snapinspect.model import Progress
from snapinspect.sources.engines.pods import waiting
from snapinspect.sources.engines.pods.guard import Guard
from snapinspect.sources.engines.pods.manifest import (
    CLIENT_PORT,
    RECEIVER,
    RESTORER,
    SELECTOR,
    SERVER,
    Load,
    Place,
    manifest,
)
from snapinspect.sources.engines.pods.upload import upload

if TYPE_CHECKING:
    from snapinspect.sources.engines.pods.choice import PodOptions
    from snapinspect.sources.engines.pods.cluster import Cluster
    from snapinspect.sources.engines.pods.stream import Stream

Say = Callable[[str], object]

_STARTING, _SERVING = 300.0, 120.0
"""Seconds in which a node pulls images and starts a container, and in which etcd restores and starts."""
_BYTES_PER_SECOND = 5 << 20
_STATED = ("Error:", "panic:", "fatal error:")
_LONGEST = 300


class RestoreFailed(SourceError):
    """An etcd program did not take the snapshot."""


def new_name() -> str:
    return f"snapinspect-{secrets.token_hex(4)}"


def leftovers(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    """The pods in ``namespace`` that this program made. Raises SourceError."""
    return cluster.pods(namespace, SELECTOR)


class TemporaryPod:
    """``close`` deletes it, unless it is to be kept; so does another process when this one dies.

    ``say`` is told what it waits for. All methods raise SourceError.
    """

    def __init__(self, cluster: Cluster, place: Place, options: PodOptions, say: Say) -> None:
        self.name = new_name()
        self.place = place
        self._cluster = cluster
        self._options = options
        self._say = say
        self._is_made = False
        self._guard = None if options.keep else Guard(place.namespace, self.name, options.kubeconfig, options.context)

    def create(self, load: Load) -> None:
        # Set before, as what is asked for may be made although the answer is lost.
        self._is_made = True
        self._cluster.create(manifest(self.name, self.place, load, self._options.seconds))

    def receive(self, file: Path, progress: Progress) -> str:
        """Brings ``file`` in; gives its SHA-256."""
        self._wait(lambda pod: waiting.is_running(pod, RECEIVER), _STARTING)
        try:
            return upload(file, self._execute, self.failure, progress)
        except SourceError:
            # That the pod was evicted says more than that the connection to it broke.
            reason = self.failure()
            if reason:
                raise reason from None
            raise

    def serve(self, size: int) -> dict[str, Any]:
        """Waits until etcd serves the ``size`` bytes of the snapshot; gives the pod."""
        return self._wait(waiting.is_ready, _SERVING + size / _BYTES_PER_SECOND)

    def forward(self) -> Stream:
        """A connection to etcd."""
        return self._cluster.forward(self.place.namespace, self.name, CLIENT_PORT)

    def failure(self) -> SourceError | None:
        """The error that says why it serves no more; None while it does, as far as the cluster knows."""
        try:
            pod = self._look()
        except SourceError as error:
            return error
        reason = waiting.failure(pod)
        return self._with_log(pod, reason) if pod and reason else reason

    def close(self) -> None:
        if self._is_made and not self._options.keep:
            try:
                self._cluster.delete(self.place.namespace, self.name)
            except SourceError as error:
                # The guard stays, and tries on when this program has ended.
                self._say(f"pod {self.place.namespace}/{self.name} is not deleted yet: {error}")
                return
        self._is_made = False
        if self._guard:
            self._guard.dismiss()

    def _execute(self, command: str, *, reads_input: bool = False) -> Stream:
        where = self.place.namespace, self.name, RECEIVER
        return self._cluster.execute(*where, ["sh", "-c", command], reads_input=reads_input)

    def _look(self) -> dict[str, Any] | None:
        return self._cluster.pod(self.place.namespace, self.name)

    def _wait(self, is_there: Callable[[dict[str, Any]], bool], patience: float) -> dict[str, Any]:
        try:
            return waiting.wait(self._look, is_there, patience, self._say)
        except SourceError as error:
            pod = None
            with suppress(SourceError):
                pod = self._look()
            raise (self._with_log(pod, error) if pod else error) from None

    def _with_log(self, pod: dict[str, Any], error: SourceError) -> SourceError:
        """Adds what the container that failed said last."""
        container = waiting.ended_container(pod)
        if not container:
            return error
        lines: list[str] = []
        with suppress(SourceError):
            lines = [line.strip() for line in self._cluster.log(self.place.namespace, self.name, container)]
        said = [line for line in lines if line.startswith(_STATED)] or [line for line in lines if line][-1:]
        if any("no space left on device" in line or "disk quota" in line for line in lines):
            return SourceError(f"the disk in the pod is full: {said[0][:_LONGEST]}", "Choose another node with --node.")
        kind = RestoreFailed if container in {RESTORER, SERVER} else SourceError
        return kind(f"{error}: {said[0][:_LONGEST]}", error.hint) if said else error
