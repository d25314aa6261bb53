"""One exec or port-forward: numbered channels in one WebSocket, used by one thread only.

Sources: ``k8s.io/apimachinery/pkg/util/remotecommand/constants.go`` (channels, subprotocols),
``k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go``. Needs websocket-client, which the package
kubernetes brings.
"""

from __future__ import annotations

import ssl
from typing import Any, NamedTuple

from websocket import ABNF, WebSocketException

from snapinspect.errors import SourceError

_CLOSED_CHANNEL = 255
_CLOSING = 1.0


class StreamBroken(SourceError):
    """The connection ended, or nothing went through it in time."""


class Frame(NamedTuple):
    """What came through one channel."""

    channel: int
    data: bytes


class Stream:
    """Wraps an open ``websocket.WebSocket``. A send or a receive that takes ``patience`` seconds fails."""

    def __init__(self, socket: Any, patience: float) -> None:
        self._socket = socket
        self._patience = patience
        socket.settimeout(patience)

    def fileno(self) -> int:
        """The descriptor to wait for; look at ``is_pending`` first. -1 when it is closed."""
        found: int = self._socket.fileno() if self._socket.sock else -1
        return found

    @property
    def is_pending(self) -> bool:
        """Whether something has been decrypted already, so that the descriptor shows nothing."""
        raw = self._socket.sock
        return isinstance(raw, ssl.SSLSocket) and raw.pending() > 0

    def send(self, channel: int, data: bytes) -> None:
        """Raises StreamBroken."""
        try:
            self._socket.send(bytes((channel,)) + data, ABNF.OPCODE_BINARY)
        except (WebSocketException, OSError) as error:
            raise StreamBroken(f"the connection broke: {error or type(error).__name__}") from None

    def receive(self) -> Frame | None:
        """The next frame, with no data for one that only kept the connection alive; None at the end.

        Raises StreamBroken.
        """
        try:
            code, frame = self._socket.recv_data_frame(True)
        except (WebSocketException, OSError) as error:
            raise StreamBroken(f"the connection broke: {error or type(error).__name__}") from None
        if code == ABNF.OPCODE_CLOSE:
            return None
        data = frame.data
        if code not in {ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT} or not data or data[0] == _CLOSED_CHANNEL:
            return Frame(_CLOSED_CHANNEL, b"")
        return Frame(data[0], bytes(data[1:]))

    def close(self) -> None:
        try:
            self._socket.close(timeout=_CLOSING)
        except (WebSocketException, OSError):
            self._socket.shutdown()
