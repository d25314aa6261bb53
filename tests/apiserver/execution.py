"""A command inside a container, with its input and output on the channels of a WebSocket."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from apiserver.streams import V5, WebSocket

_PIECE = 4096
"""Bytes that a pipe takes at once, whole or not at all."""


class Execution:
    """A command with its channels, as strict as a node is (containerd's ``internal/cri/io/exec_io.go``).

    When the command closes one of its outputs, be it that it goes on, its input ends there, whatever else is sent.
    It gives no status when input stays unread.
    """

    def __init__(self, web: WebSocket, process: subprocess.Popen[bytes], *, corrupts: bool) -> None:
        self._web = web
        self._process = process
        self._corrupts = corrupts
        self._left_unread = False
        self._lock = Lock()

    def run(self) -> None:
        web, process = self._web, self._process
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
        if channel == 255 and self._web.subprotocol == V5:
            self._end_input()
        elif channel == 0 and data:
            self._feed(bytes((data[0] ^ 1,)) + data[1:] if self._corrupts else data)

    def _feed(self, data: bytes) -> None:
        stdin = self._process.stdin
        for start in range(0, len(data), _PIECE):
            with self._lock:
                if stdin is None or stdin.closed:
                    return
                try:
                    stdin.write(data[start : start + _PIECE])
                    stdin.flush()
                except OSError:
                    self._left_unread = True
                    return

    def _end_input(self) -> None:
        stdin = self._process.stdin
        with self._lock:
            if stdin is None or stdin.closed:
                return
            if _unread(stdin.fileno()) and self._has_ended():
                self._left_unread = True
            with suppress(OSError):
                stdin.close()

    def _has_ended(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.05)
        return self._process.returncode is not None

    def _pump(self, channel: int, pipe: Any) -> None:
        with pipe:
            while data := pipe.read1(1 << 16):
                with suppress(OSError):
                    self._web.send(channel, data)
        self._end_input()

    def _end(self, pumps: list[Thread]) -> None:
        code = self._process.wait()
        for pump in pumps:
            pump.join()
        time.sleep(0.01)
        with suppress(OSError):
            if not self._left_unread:
                self._web.send(3, status_of(f"command terminated with exit code {code}" if code else ""))
                self._web.close()


def _unread(descriptor: int) -> int:
    """The bytes in a pipe that nobody has taken."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))
    return int(count)


def status_of(failure: str) -> bytes:
    return json.dumps({"status": "Failure", "message": failure} if failure else {"status": "Success"}).encode()
