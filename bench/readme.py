"""The tables in ``bench/README.md``, each between two marks."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).parent / "README.md"


def replace_between(begin: str, end: str, text: str) -> None:
    head, _, rest = README.read_text().partition(begin)
    README.write_text(head + begin + text + end + rest.partition(end)[2])
