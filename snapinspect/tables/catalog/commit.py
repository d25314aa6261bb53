"""Several files that change at once, or not at all, whatever interrupts: what is written waits beside, and a journal says it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snapinspect.tables.catalog import layout

JOURNAL = ".commit.json"
Publish = Callable[[list[str], list[str]], None]
"""Is told the names of the files that are to take the place of others, and of those that are to go, and sees to both."""


class Commit:
    """Files of the catalog at ``root`` that take the place of others when it is finished."""

    def __init__(self, root: Path, publish: Publish | None = None) -> None:
        self._root = root
        self._publish = publish or self._replace
        self._written: list[Path] = []
        self._removed: list[Path] = []

    def put(self, table: Any, target: Path) -> None:
        """``table`` is to be the file ``target``; None where that is to go."""
        if table is None:
            self._removed.append(target)
        else:
            layout.write(table, target.with_name(waiting_name()))
            self._written.append(target)

    def finish(self) -> None:
        """From here on it is done, even if it is interrupted and ``settle`` has to end it."""
        self._publish(
            *([str(each.relative_to(self._root)) for each in paths] for paths in (self._written, self._removed))
        )
        for target in self._written:
            target.with_name(waiting_name()).unlink(missing_ok=True)

    def _replace(self, written: list[str], removed: list[str]) -> None:
        journal = self._root / JOURNAL
        half = journal.with_name(f"{JOURNAL}.new")
        half.write_text(json.dumps([written, removed]), encoding="utf-8")
        half.replace(journal)
        _carry_out(self._written, self._removed)
        journal.unlink()


def waiting_name(builder: str = "") -> str:
    """What a file is called until it has its place; in a bucket, into which several may build, with the builder's own part."""
    return f".{layout.FILE}.{builder}new"


def settle(root: Path) -> None:
    """Ends a commit that was interrupted, or forgets one that was not whole yet."""
    journal = root / JOURNAL
    if journal.exists():
        written, removed = json.loads(journal.read_text(encoding="utf-8"))
        _carry_out([root / each for each in written], [root / each for each in removed])
        journal.unlink()
    for table in layout.CATALOG:
        for left in (root / table).glob(f"*/*/.*{layout.FILE}*"):
            left.unlink()


def _carry_out(written: list[Path], removed: list[Path]) -> None:
    for target in written:
        waiting = target.with_name(waiting_name())
        # One that waits no more has its place already.
        if waiting.exists():
            waiting.replace(target)
    for target in removed:
        target.unlink(missing_ok=True)
