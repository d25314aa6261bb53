"""Brings a file into the receiving container, and proves that what arrived is what was sent."""

from __future__ import annotations

import hashlib
import json
import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from snapinspect.errors import SourceError
from snapinspect.model import Progress
from snapinspect.sources.engines.pods.manifest import FAILED, proving, receiving, releasing
from snapinspect.sources.stream import file_chunks

if TYPE_CHECKING:
    from snapinspect.sources.engines.pods.stream import Stream


class Execute(Protocol):
    """Runs a shell command in the receiving container."""

    def __call__(self, command: str, *, reads_input: bool = False) -> Stream: ...


Diagnose = Callable[[], SourceError | None]
"""Why the pod is not what it should be; None when it is."""

# The channels of an exec.
_INPUT, _OUTPUT, _ERRORS, _STATUS = range(4)
_PIECE = 256 << 10
_PROOF, _BYTES_PER_SECOND = 60.0, 10 << 20
"""Seconds in which a command ends, and the speed at which the far side computes a digest at least."""
_PAUSE = 2.0
_LONGEST = 4_000
_NEEDS = "Name an image with sh, head, wc, sha256sum and mv with --copy-image."


def upload(file: Path, execute: Execute, failure: Diagnose, progress: Progress) -> str:
    """Sends ``file``; gives its SHA-256 in hexadecimal. Raises SourceError, what ``failure`` knows if it does.

    That all was sent and that the command ended well prove nothing: the other side is asked by itself what it has.
    """
    size = file.stat().st_size
    sent = hashlib.sha256()
    with closing(execute(receiving(size), reads_input=True)) as stream:
        answer = _Answer(stream, failure)
        with progress("sending the snapshot to the pod", size) as advance:
            for piece in _pieces(file):
                answer.take_what_came()
                stream.send(_INPUT, piece)
                sent.update(piece)
                advance(len(piece))
        answer.wait(_PROOF)
    digest = sent.hexdigest()
    _require(size, digest, _said(proving(), execute, failure, _PROOF + size / _BYTES_PER_SECOND))
    _said(releasing(), execute, failure, _PROOF)
    return digest


def _said(command: str, execute: Execute, failure: Diagnose, patience: float) -> str:
    with closing(execute(command)) as stream:
        return _Answer(stream, failure).wait(patience)


def _require(size: int, digest: str, proof: str) -> None:
    """Raises SourceError when what is there, by its size and SHA-256, is not what was sent."""
    arrived, found, *_ = [*proof.split(), "", ""]
    if arrived != str(size):
        raise SourceError(
            f"{arrived or 'no'} of the snapshot's {size} bytes arrived in the pod",
            "Run it again; if it stays so, another node (--node) or image (--copy-image) may take it.",
        )
    if found != digest:
        raise SourceError(
            f"what arrived in the pod is not what was sent: SHA-256 {found or 'unknown'} instead of {digest}",
            "Run it again; if it stays so, the connection to the cluster changes data.",
        )


def _pieces(file: Path) -> Iterator[bytes]:
    for chunk in file_chunks(file):
        for start in range(0, len(chunk), _PIECE):
            yield bytes(chunk[start : start + _PIECE])


class _Answer:
    """What a command prints until it ends."""

    def __init__(self, stream: Stream, diagnose: Diagnose) -> None:
        self._stream = stream
        self._diagnose = diagnose
        self._said = {_OUTPUT: b"", _ERRORS: b"", _STATUS: b""}
        self._ended = False

    def take_what_came(self) -> None:
        """Without waiting. Raises SourceError when the command has failed or ended."""
        while self._is_there(0):
            self._take()
        if self._ended or self._said[_STATUS]:
            raise self._failure()

    def wait(self, patience: float) -> str:
        """What it printed, once it succeeded. Raises SourceError."""
        deadline = time.monotonic() + patience
        while not self._said[_STATUS]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise SourceError(f"the command in the pod did not end in {patience:.0f} seconds")
            if self._is_there(min(left, _PAUSE)):
                self._take()
            elif known := self._diagnose():
                # The stream of a container that was killed may stay silent for ever.
                raise known
            if self._ended and not self._said[_STATUS]:
                raise self._failure()
        if self._status():
            raise self._failure()
        return self._said[_OUTPUT].decode("utf-8", "replace")

    def _is_there(self, patience: float) -> bool:
        if self._ended:
            return False
        return self._stream.is_pending or bool(select.select([self._stream.fileno()], [], [], patience)[0])

    def _take(self) -> None:
        frame = self._stream.receive()
        if frame is None:
            self._ended = True
        elif frame.channel in self._said:
            self._said[frame.channel] = (self._said[frame.channel] + frame.data)[:_LONGEST]
        if self._said[_OUTPUT].rstrip().endswith(FAILED.encode()):
            # It reads on what is being sent to it, and would do so for ever.
            raise self._failure()

    def _status(self) -> str:
        return (
            _failure_of(self._said[_STATUS]) if self._said[_STATUS] else "the connection ended before the command did"
        )

    def _failure(self) -> SourceError:
        lines = (self._said[_OUTPUT] + self._said[_ERRORS]).decode("utf-8", "replace").splitlines()
        said = " · ".join(line.strip() for line in lines if line.strip() not in {"", FAILED})
        if "No space left" in said or "quota" in said.lower():
            return SourceError(f"the disk in the pod is full: {said}", "Choose a node with more disk with --node.")
        reason = said or self._status() or "the command that takes it ended before all was sent"
        hint = _NEEDS if "not found" in reason else ""
        return SourceError(f"the snapshot did not arrive in the pod: {reason}", hint)


def _failure_of(status: bytes) -> str:
    """What the v1 Status at the end of an exec says of a failure; "" when the command succeeded."""
    try:
        told = json.loads(status)
        return "" if told["status"] == "Success" else str(told.get("message") or "it failed")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "its end was not understood"
