"""How a catalog lies on disk, and what its tables hold: the schema, whose version stands in ``catalog.json`` and in each file.

``TABLE/cluster=UID/day=YYYY-MM-DD/data.parquet``; what begins with a dot is a build's own, and no reader looks at it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from snapinspect.tables.schema import TABLES, Column, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa  # type: ignore[import-untyped]

SCHEMA: Final = 1
FILE: Final = "data.parquet"
ROWS_IN_A_GROUP: Final = 8_192
_VERSION: Final = b"snapinspect.schema"
_UNKNOWN: Final = "unknown"
_LONGEST: Final = 120

_SNAPSHOT: Final = Column("snapshot", "string")
_OF_A_SNAPSHOT: Final = frozenset({"snapshot", "cluster"})


def _columns(table: str) -> tuple[Column, ...]:
    return tuple(column for column in TABLES[table] if column.name not in _OF_A_SNAPSHOT)


STATE: Final = (*_columns("objects"), Column("managers", "list"), Column("hash", "string"))
"""One object in one snapshot, cleaned; ``hash`` is of the cleaned body, or of the stored bytes where those cannot be read."""
CATALOG: Final[dict[str, tuple[Column, ...]]] = {
    "objects": (
        *STATE,
        Column("first_seen", "timestamp"),
        Column("last_seen", "timestamp"),
        _SNAPSHOT,
        Column("last_snapshot", "string"),
        Column("first_id", "string"),
        Column("last_id", "string"),
    ),
    "revisions": (
        _SNAPSHOT,
        *(column for column in _columns("revisions") if column.name not in {"managers", "body"}),
    ),
    "deletions": (_SNAPSHOT, *_columns("deletions")),
    "snapshots": (
        _SNAPSHOT,
        Column("id", "string"),
        Column("state", "string"),
        *_columns("snapshots"),
        Column("version", "string"),
        Column("objects", "int64"),
    ),
    "problems": (_SNAPSHOT, *_columns("problems")),
}
"""``snapshots`` has a row for everything that was looked at: ``state`` is read, damaged or other, and ``version`` is its
ETag, or when its file was written, by which it is known again."""


@cache
def schema_of(table: str) -> pa.Schema:
    """The Arrow schema of a table's files, the version among its metadata."""
    return arrow_schema(CATALOG[table]).with_metadata({_VERSION: str(SCHEMA).encode()})


@cache
def staged_schema() -> pa.Schema:
    """The schema of one snapshot's objects on their way into the catalog."""
    return arrow_schema(STATE)


def schema_in(metadata: dict[bytes, bytes] | None) -> int:
    """The version that a file was written with; 0 for a file of something else."""
    found = (metadata or {}).get(_VERSION, b"0")
    return int(found) if found.isdigit() else 0


def partition(cluster: str | None, seconds: int | None) -> str:
    """Where rows of a cluster and a day lie in their table."""
    name = quote(cluster or _UNKNOWN, safe="")[:_LONGEST]
    return f"cluster={name}/day={day_of(seconds)}"


def day_of(seconds: int | None) -> str:
    """``2026-11-22``, in UTC; what no calendar holds is the first of all days."""
    try:
        return datetime.fromtimestamp(seconds or 0, UTC).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return "1970-01-01"


def files_of(root: Path, table: str, cluster: str = "*") -> Iterator[Path]:
    """The files of a table, of one cluster's directory or of all."""
    return iter(sorted((root / table).glob(f"{cluster}/*/{FILE}")))


def read(path: Path, columns: list[str] | None = None) -> Any:
    """A file as an Arrow table, what its path says not among its columns."""
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    with parquet.ParquetFile(path) as file:
        return file.read(columns)


def write(table: Any, path: Path) -> None:
    """Writes an Arrow table so that the file is there whole or not at all."""
    import pyarrow.parquet as parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}")
    parquet.write_table(table, half, compression="zstd", row_group_size=ROWS_IN_A_GROUP)
    half.replace(path)
