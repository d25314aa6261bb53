"""A command inside a container, with its input and output on the channels of a WebSocket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from threading import Thread
from typing import Any

from apiserver.streams import V5, WebSocket


class Execution:
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
                self._web.send(3, status_of(f"command terminated with exit code {code}" if code else ""))
                self._web.close()


def status_of(failure: str) -> bytes:
    return json.dumps({"status": "Failure", "message": failure} if failure else {"status": "Success"}).encode()
