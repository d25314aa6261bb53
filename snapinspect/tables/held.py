"""Rows on their way to DuckDB: in memory up to a bound, and in a temporary file beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]


class Held:
    """Holds tables, of whose rows ``limit`` bytes stay in memory, until it is closed."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._files = 0
        self._workspace: Workspace | None = None

    def table(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Any:
        """All rows, as something that DuckDB reads. Raises SourceError when there is no place for temporary files."""
        import pyarrow as pa

        kept: list[pa.RecordBatch] = []
        for batch in batches:
            kept.append(batch)
            self._left -= batch.nbytes
            if self._left < 0:
                self._left += sum(each.nbytes for each in kept)
                return self._in_file(chain(kept, batches), schema)
        return pa.Table.from_batches(kept, schema=schema)

    def close(self) -> None:
        """What was held is gone."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    def _in_file(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Any:
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]
        from pyarrow import dataset

        self._workspace = self._workspace or Workspace()
        self._files += 1
        path = self._workspace.path / f"{self._files}.parquet"
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            for batch in batches:
                self._workspace.require(batch.nbytes, "rows that do not fit into --memory")
                writer.write_batch(batch)
        return dataset.dataset(path, schema=schema)
