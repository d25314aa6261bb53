"""An etcd in a directory of its own, which restores a snapshot and serves it on a Unix socket.

Sources: go.etcd.io/etcd ``etcdutl/etcdutl/snapshot_command.go`` (restore), ``server/embed/config.go`` (flags).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from snapinspect.errors import SourceError
from snapinspect.model import Progress
from snapinspect.sources.engines.process import Process
from snapinspect.sources.engines.programs import Programs

# etcd names a socket as a host and a port, and makes it where it runs.
_SOCKET, _PEER_SOCKET = "client:1", "peer:1"
_LONGEST_SOCKET = 107
_PAUSE = 0.02


class Server:
    """``directory`` is private, as whoever can enter it can read everything; ``close`` removes it."""

    def __init__(self, programs: Programs, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._process: Process | None = None
        self.socket = directory / _SOCKET
        if len(os.fsencode(self.socket)) > _LONGEST_SOCKET:
            raise SourceError(f"the path of a socket in {directory} is too long", "Let TMPDIR name a shorter one.")

    def restore(self, snapshot: Path, *, has_digest: bool, progress: Progress) -> None:
        """Makes the data directory of a new cluster from ``snapshot``, whose digest is checked when it has one."""
        unchecked = () if has_digest else ("--skip-hash-check",)
        self._run(self._programs.restorer, "snapshot", "restore", snapshot.absolute(), "--data-dir", "data", *unchecked)
        restored = self._directory / "data" / "member" / "snap" / "db"
        done = 0
        with progress("restoring into a temporary etcd", snapshot.stat().st_size) as advance:
            while self._status is None:
                time.sleep(_PAUSE)
                size = restored.stat().st_size if restored.exists() else 0
                advance(max(0, size - done))
                done = max(size, done)
        if self._status:
            raise SourceError(f"{self._programs.restorer.name} does not restore the snapshot{self._last_words()}")

    def start(self, patience: float) -> None:
        """Waits until the socket is there, at most ``patience`` seconds."""
        listen = f"unix://{_SOCKET}"
        self._run(
            self._programs.etcd,
            *("--data-dir", "data", "--logger", "zap", "--log-outputs", "stderr", "--log-level", "warn"),
            *("--listen-client-urls", listen, "--advertise-client-urls", listen),
            *("--listen-peer-urls", f"unix://{_PEER_SOCKET}"),
            # A member that is alone need not wait a second for others before it leads.
            *("--heartbeat-interval", "20", "--election-timeout", "100"),
        )
        deadline = time.monotonic() + patience
        while not self.socket.exists():
            ended = self.failure()
            if ended is not None:
                raise ended
            if time.monotonic() > deadline:
                raise SourceError(f"the temporary etcd does not start{self._last_words()}")
            time.sleep(_PAUSE)

    def failure(self, patience: float = 0.0) -> SourceError | None:
        """The error that says why it runs no more; None while it runs, and does so ``patience`` seconds on."""
        deadline = time.monotonic() + patience
        while self._status is None:
            if time.monotonic() >= deadline:
                return None
            time.sleep(_PAUSE)
        return SourceError(f"the temporary etcd ended{self._last_words()}")

    def close(self) -> None:
        if self._process:
            self._process.close()

    @property
    def _status(self) -> int | None:
        return self._process.status if self._process else None

    def _run(self, *command: str | Path) -> None:
        self._process = Process(command, self._directory, self._directory / "log")

    def _last_words(self) -> str:
        said = self._process.last_words() if self._process else ""
        return f": {said}" if said else f" with status {self._status}, and said nothing of it"
