"""Rows as Arrow carries them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

    from snapinspect.tables.rows import Row

_SIZE = 4_096


def _each(_column: str) -> bool:
    return True


def batches(
    rows: Iterable[Row], schema: pa.Schema, is_asked: Callable[[str], bool] = _each
) -> Iterator[pa.RecordBatch]:
    """The rows' columns that ``schema`` has, a few thousand rows at a time; what a row lacks or nobody asks for is null."""
    import pyarrow as pa

    remaining = iter(rows)
    while chunk := list(islice(remaining, _SIZE)):
        columns = [
            pa.array([row.get(field.name) for row in chunk], field.type)
            if is_asked(field.name)
            else pa.nulls(len(chunk), field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
