"""Candidates, as the shells read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Offer(NamedTuple):
    """Candidates that begin with what was typed; ``files`` says that those of the file system are meant, too."""

    words: list[str]
    files: bool = False

    def __str__(self) -> str:
        return "".join(f"{word}\n" for word in self.words) + (":0\n" if self.files else ":4\n")


def beginning(start: str, candidates: Iterable[str]) -> Offer:
    """Those of the candidates that begin so."""
    return Offer([word for word in candidates if word.startswith(start)])
