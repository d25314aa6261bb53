"""WebSockets as an API server speaks them: the handshake with its subprotocols, frames, numbered channels.

Sources: RFC 6455; ``k8s.io/apimachinery/pkg/util/remotecommand/constants.go``.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
from contextlib import suppress
from threading import Lock

from apiserver.server import Exchange

V4, V5 = "v4.channel.k8s.io", "v5.channel.k8s.io"
_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING = 1, 2, 8, 9


class WebSocket:
    """The server's end of one connection; several threads may send."""

    def __init__(self, exchange: Exchange, spoken: tuple[str, ...]) -> None:
        offered = [name.strip() for name in (exchange.headers["Sec-WebSocket-Protocol"] or "").split(",")]
        self.subprotocol = next(name for name in offered if name in spoken)
        self._handler = exchange.handler
        self._lock = Lock()
        accepted = base64.b64encode(hashlib.sha1(exchange.headers["Sec-WebSocket-Key"].encode() + _KEY).digest())
        self._handler.send_response(101)
        self._handler.send_header("Upgrade", "websocket")
        self._handler.send_header("Connection", "Upgrade")
        self._handler.send_header("Sec-WebSocket-Accept", accepted.decode())
        self._handler.send_header("Sec-WebSocket-Protocol", self.subprotocol)
        self._handler.end_headers()
        self._handler.close_connection = True

    def receive(self) -> tuple[int, bytes] | None:
        """Channel and data of the next message; None when the client ended the connection."""
        while True:
            head = self._handler.rfile.read(2)
            if len(head) < 2:
                return None
            data = self._payload(head[1])
            if head[0] & 15 == _CLOSE:
                return None
            if head[0] & 15 in (_TEXT, _BINARY) and data:
                return data[0], data[1:]

    def _payload(self, second: int) -> bytes:
        assert second & 128, "a client masks what it sends"
        size = second & 127
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(self._handler.rfile.read(width), "big")
        mask = self._handler.rfile.read(4)
        data = self._handler.rfile.read(size)
        whole = (mask * (len(data) // 4 + 1))[: len(data)]
        return (int.from_bytes(data, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(data), "big")

    def send(self, channel: int, data: bytes) -> None:
        self._frame(_BINARY, bytes((channel,)) + data)

    def ping(self) -> None:
        self._frame(_PING, b"there?")

    def close(self) -> None:
        with suppress(OSError):
            self._frame(_CLOSE, struct.pack("!H", 1000))

    def break_off(self) -> None:
        """Without a word."""
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)

    def _frame(self, code: int, data: bytes) -> None:
        size = len(data)
        if size < 126:
            head = bytes((128 | code, size))
        elif size < 1 << 16:
            head = struct.pack("!BBH", 128 | code, 126, size)
        else:
            head = struct.pack("!BBQ", 128 | code, 127, size)
        with self._lock:
            self._handler.connection.sendall(head + data)
