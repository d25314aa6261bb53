"""Where more of a database lies than it tells itself: the write-ahead log beside it, and its free pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from snapinspect.cli.line import CommandLine
from snapinspect.model import Progress
from snapinspect.snapshot import Snapshot
from snapinspect.sources import open_source
from snapinspect.sources.file import find_log
from snapinspect.sources.recovery import open_carved
from snapinspect.sources.source import Source

_SOON = 64 << 20
"""Bytes that are looked through in about a second."""
_MOST = 100
"""Directories beside a snapshot that are looked into."""
_LOOKED_FOR = ("--carve", "--salvage", "--engine", "--wal")
"""Options with which more is looked at already, or is not to be."""


class Beyond(NamedTuple):
    """A place, the option that reads it, how it is spoken of, and whether it answers about moments before compaction."""

    option: tuple[str, ...]
    opener: Callable[[str, Progress], Source]
    holds: str
    may_hold: str
    why: str = ""
    tells_moments: bool = False


def places_beyond(view: Snapshot, line: CommandLine, *, soon: bool = True) -> Iterator[Beyond]:
    """Those that ``line`` does not read, the surest first: the ones that are looked through ``soon``, or the others."""
    path = Path(view.source.path)
    if any(line.value(option) is not None for option in _LOOKED_FOR) or not path.is_file():
        return
    log = _log_of(path)
    if log is not None and (_size(log) <= _SOON) is soon:
        opener = partial(open_source, log=log)
        yield Beyond(("--wal", str(log)), opener, "the write-ahead log beside it has", "the log beside it may have")
    if is_compacted(view) and (view.source.size <= _SOON) is soon:
        opener = partial(open_carved, log=None)
        why = ", and that was compacted away"
        yield Beyond(("--carve",), opener, "free pages still hold", "free pages may hold", why, True)


def _log_of(database: Path) -> Path | None:
    """The log of the directory in which a database lies, or of a data directory that lies beside a snapshot."""
    around = database.absolute().parent
    beside = (directory / "member" / "snap" / "db" for directory in (around, *islice(around.glob("*/"), _MOST)))
    return find_log(database) or next(filter(None, map(find_log, beside)), None)


def is_compacted(view: Snapshot) -> bool:
    """Whether history was dropped."""
    return view.store.compact_revision > 1


def _size(log: Path) -> int:
    try:
        return sum(segment.stat().st_size for segment in log.iterdir())
    except OSError:
        return 0
