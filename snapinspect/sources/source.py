"""What every way of arriving gives: a store, and facts about the file it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from snapinspect.etcd import Store
from snapinspect.model import Progress

DigestState = Literal["ok", "absent", "mismatch"]


class Digests(NamedTuple):
    """``state`` of the SHA-256 that was saved behind the content; ``whole`` is the file's own, in hexadecimal."""

    state: DigestState
    whole: str


class Evidence(Protocol):
    """The file as it lies there, for checks and for the record."""

    def digests(self, progress: Progress) -> Digests:
        """Reads the whole file."""


@dataclass(frozen=True, slots=True)
class Source:
    """An opened backup: ``format`` in words, ``size`` in bytes of the file at ``path``."""

    path: str
    format: str
    size: int
    store: Store
    evidence: Evidence

    def close(self) -> None:
        self.store.close()
