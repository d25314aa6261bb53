"""A private Unix socket here that leads to a port inside the pod: one port-forward for each connection to it."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError

if TYPE_CHECKING:
    from snapinspect.sources.engines.pods.stream import Stream

DATA, ERROR = 0, 1
"""The channels of the first forwarded port; each begins with the port's number, in two bytes."""
_NUMBER = 2
_AT_ONCE = 64 << 10
_LONGEST_SOCKET = 107
_PAUSE = 1.0


class Bridge:
    """Listens on ``path``, in a directory that only its owner can enter, until it is closed.

    ``error`` is why the last port-forward broke, "" while none did.
    """

    def __init__(self, path: Path, forward: Callable[[], Stream]) -> None:
        if len(os.fsencode(path)) > _LONGEST_SOCKET:
            raise SourceError(f"the path of a socket in {path.parent} is too long", "Let TMPDIR name a shorter one.")
        self.path = path
        self.error = ""
        self._forward = forward
        self._closing = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.listen()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(2 * _PAUSE)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name="snapinspect port-forward", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                local, _ = self._listener.accept()
            except OSError:
                return
            self._start(lambda local=local: self._carry(local))  # type: ignore[misc]

    def _carry(self, local: socket.socket) -> None:
        with closing(local):
            try:
                with closing(self._forward()) as remote:
                    self._copy(local, remote)
            except (SourceError, OSError, ValueError) as error:
                if not self._closing.is_set():
                    self.error = str(error) or type(error).__name__

    def _copy(self, local: socket.socket, remote: Stream) -> None:
        """Both ways in this one thread, as a TLS connection is not for two."""
        told = dict.fromkeys((DATA, ERROR), b"")
        while not self._closing.is_set():
            ends = [local.fileno(), remote.fileno()]
            ready = ends[1:] if remote.is_pending else select.select(ends, [], [], _PAUSE)[0]
            if ends[1] in ready and not self._bring(local, remote, told):
                return
            if ends[0] in ready:
                data = local.recv(_AT_ONCE)
                if not data:
                    return
                remote.send(DATA, data)

    @staticmethod
    def _bring(local: socket.socket, remote: Stream, told: dict[int, bytes]) -> bool:
        """Passes on what came from the pod; False at the end. Raises SourceError for what the error channel says."""
        frame = remote.receive()
        if frame is None:
            raise SourceError("the cluster ended the port-forward")
        if frame.channel not in told:
            return True
        missing = _NUMBER - len(told[frame.channel])
        told[frame.channel] += frame.data[:missing]
        rest = frame.data[missing:]
        if rest and frame.channel == ERROR:
            raise SourceError(rest.decode("utf-8", "replace").strip())
        if rest:
            local.sendall(rest)
        return True
