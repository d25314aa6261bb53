"""One snapshot, read into files that a catalog takes over: what a process does by itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.analysis.authors import managers_of
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.errors import NotASnapshot, SnapinspectError, Withdrawn
from snapinspect.snapshot.timeline import last_written
from snapinspect.tables.batches import batches
from snapinspect.tables.catalog import layout
from snapinspect.tables.question import Question
from snapinspect.tables.rows import Rows, decoded, facts_of
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

    from snapinspect.snapshot import Snapshot

Opener = Callable[[str], AbstractContextManager["Snapshot"]]
ABOUT = "about.json"
_QUESTION = Question(columns=frozenset({"time", "deleted"}))
_VALUES = ("revisions", "deletions")


class Wanted(NamedTuple):
    """A snapshot that is to be read: ``name`` is how it is shown, ``version`` tells it from others of that name."""

    spec: str
    name: str
    size: int
    version: str
    is_certain: bool

    @property
    def id(self) -> str:
        return hashlib.sha256("\0".join((self.name, str(self.size), self.version)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Reader:
    """Reads a snapshot into ``staging``; ``key`` hides the values of Secrets, None shows them. Picklable, as ``opener`` is."""

    opener: Opener
    staging: Path
    key: bytes | None

    def __call__(self, task: str) -> None:
        """``task`` is what ``Wanted`` makes as JSON. What cannot be read is noted in the snapshot's place."""
        wanted = Wanted(*json.loads(task))
        place = self.staging / wanted.id
        if (place / ABOUT).exists():
            return
        half = _begun(place)
        try:
            about = self._read(wanted, half)
        except (SnapinspectError, Withdrawn) as error:
            state = "other" if isinstance(error, NotASnapshot) and not wanted.is_certain else "damaged"
            about = _unread(wanted, state, str(error))
        except (OSError, MemoryError) as error:
            about = _unread(wanted, "damaged", str(error) or "not enough memory")
        (half / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        _finished(half, place)

    def _read(self, wanted: Wanted, place: Path) -> dict[str, Any]:
        with self.opener(wanted.spec) as snapshot:
            taken = last_written(snapshot)
            rows = Rows(snapshot, wanted.name, _QUESTION, None)
            veil = Veil(self.key) if self.key is not None else None
            count = _write(states(snapshot, veil), layout.staged_schema(), place / "objects.parquet")
            for table in _VALUES:
                _write(rows.of(table), layout.schema_of(table), place / f"{table}.parquet")
            problems = [
                {"code": each.code, "subject": each.subject, "reason": each.reason}
                for each in dict.fromkeys(snapshot.problems)
            ]
            return {
                **_named(wanted),
                "state": "read",
                "cluster": snapshot.cluster_uid,
                "format": snapshot.source.format,
                "file_size": wanted.size,
                "revision": snapshot.revision,
                "compact_revision": snapshot.store.compact_revision,
                "taken": taken.seconds if taken else None,
                "objects": count,
                "problems": problems,
            }


def land(staging: Path, name: str, files: Iterable[tuple[str, bytes]]) -> None:
    """What was read elsewhere, as the bytes of its files by their names."""
    half = _begun(staging / name)
    for file, content in files:
        (half / file).write_bytes(content)
    _finished(half, staging / name)


def _begun(place: Path) -> Path:
    """A directory of this process alone for what is to lie in ``place``."""
    half = place.with_name(f".{place.name}-{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)
    return half


def _finished(half: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    half.rename(place)


def states(snapshot: Snapshot, veil: Veil | None) -> Iterator[dict[str, Any]]:
    """Every object of a snapshot, cleaned as ``get --all`` cleans it; what cannot be read is a state, too, without a body."""
    selection = snapshot.select(everything=True)
    for found in snapshot.recover(selection):
        body = found.cleaned.body
        text = dumps(veil.over(body) if veil else body)
        yield {
            **facts_of(found.object.record, found.object.head),
            **decoded(body),
            "managers": managers_of(found.object.body),
            "hash": hashlib.sha256(text.encode()).hexdigest(),
            "body": text,
        }
    for each in snapshot.unread(selection):
        yield {**facts_of(each.record, each.head), "hash": hashlib.sha256(each.record.value).hexdigest()}


def _named(wanted: Wanted) -> dict[str, Any]:
    return {"snapshot": wanted.name, "id": wanted.id, "version": wanted.version}


def _unread(wanted: Wanted, state: str, reason: str) -> dict[str, Any]:
    problem = {"code": "damaged", "subject": wanted.name, "reason": reason}
    return {
        **_named(wanted),
        "state": state,
        "cluster": None,
        "file_size": wanted.size,
        "problems": [problem] if state == "damaged" else [],
    }


def _write(rows: Iterator[dict[str, Any]], schema: pa.Schema, path: Path) -> int:
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches(rows, schema):
            writer.write_batch(batch)
            count += batch.num_rows
    return count
