"""Snapshots as a data source of Spark: a partition a snapshot, and only what a query needs is decoded.

Sources: pyspark ``sql/datasource.py`` (4.1, the first whose readers have ``pushFilters``) and ``sql/worker/plan_data_source_read.py``.
Spark finds it by the package ``pyspark_snapinspect``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceReader, EqualTo, In, InputPartition

from snapinspect.analysis.diff.secrets import Veil
from snapinspect.errors import NotASnapshot, SnapinspectError, SourceError, UsageError
from snapinspect.snapshot import open_snapshot
from snapinspect.snapshot.unlocking import Given
from snapinspect.sources.cloud import endpoint_url
from snapinspect.tables.batches import batches
from snapinspect.tables.catalog.finding import wanted
from snapinspect.tables.question import Question
from snapinspect.tables.rows import Rows
from snapinspect.tables.schema import TABLES, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

    from snapinspect.tables.rows import Row

_TYPES = {
    "string": "string",
    "int64": "bigint",
    "bool": "boolean",
    "timestamp": "timestamp",
    "map": "map<string,string>",
    "list": "array<string>",
}
_PUSHED = ("kind", "namespace", "snapshot")
_SECOND = 1_000_000
_FILE = re.compile(r"^file:/+")
_ELSEWHERE = "://"
_TRUE = "true"
_LEFT_OUT = (
    'What cannot be read is left out with .option("ignoreCorruptFiles", "true"), and named in the table problems.'
)


class SnapshotSource(DataSource):
    """``load`` takes what the commands take.

    Options: ``table`` (objects), ``endpointUrl``, ``encryptionConfig``, ``showSecrets``, and ``ignoreCorruptFiles``, with which a
    snapshot that cannot be read is left out instead of ending the query; ``problems`` has it as a row in any case.
    """

    @classmethod
    def name(cls) -> str:
        return "snapinspect"

    @property
    def table(self) -> str:
        """The table that is read. Raises UsageError for one that there is not."""
        table = str(self.options.get("table", "objects"))
        if table not in TABLES:
            raise UsageError(f"there is no table {table}", f'As in .option("table", "revisions"): {", ".join(TABLES)}.')
        return table

    def schema(self) -> str:
        """All columns of the table, as Spark writes types."""
        return ", ".join(f"`{column.name}` {_TYPES[column.type]}" for column in TABLES[self.table])

    def reader(self, schema: Any) -> SnapshotReader:
        """Reads the columns of ``schema``, which may be fewer than the table has."""
        return SnapshotReader(self.table, tuple(schema.fieldNames()), dict(self.options))


class SnapshotReader(DataSourceReader):
    """Reads ``columns`` of a table. The values of Secrets are hashes under a key that only this reading knows."""

    def __init__(self, table: str, columns: tuple[str, ...], options: dict[str, str]) -> None:
        self._table = table
        self._columns = columns
        self._options = {name.lower(): value for name, value in options.items()}
        self._key = None if self._is_set("showsecrets") else token_bytes()
        self._only: dict[str, frozenset[str]] = {}

    @property
    def pushFilters(self) -> Pushing:  # noqa: N802 - Spark's name
        """What Spark tells which conditions there are, where ``spark.sql.python.filterPushdown.enabled`` lets it."""
        return Pushing(self._only)

    def partitions(self) -> Sequence[InputPartition]:
        """The snapshots, each with a path that executors understand wherever they run. Raises NotFound, SourceError."""
        endpoint_url.set(self._options.get("endpointurl", ""))
        snapshots = self._only.get("snapshot")
        found = wanted(self._paths(), set())
        asked = (each for each in found if snapshots is None or each.name in snapshots)
        return [InputPartition(each._replace(spec=_absolute(each.spec))) for each in asked]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one snapshot. Raises SourceError, unless what cannot be read is to be left out."""
        import pyarrow as pa

        endpoint_url.set(self._options.get("endpointurl", ""))
        fields = [_for_spark(field) for field in map(arrow_schema(TABLES[self._table]).field, self._columns)]
        times = [field.name for field in fields if pa.types.is_timestamp(field.type)]
        try:
            yield from batches(_in_microseconds(self._rows(partition.value), times), pa.schema(fields))
        except SnapinspectError as error:
            is_other = isinstance(error, NotASnapshot) and not partition.value.is_certain
            if not is_other and not self._is_set("ignorecorruptfiles"):
                raise SourceError(f"{partition.value.name}: {error}", _LEFT_OUT) from error

    def _rows(self, snapshot: Any) -> Iterator[Row]:
        question = Question(
            columns=frozenset(self._columns), kinds=self._only.get("kind"), namespaces=self._only.get("namespace")
        )
        given = Given(tuple(filter(None, [self._options.get("encryptionconfig")])))
        try:
            with open_snapshot(snapshot.spec, given=given) as opened:
                yield from Rows(opened, snapshot.name, question, Veil(self._key) if self._key else None).of(self._table)
        except SnapinspectError as error:
            if self._table != "problems":
                raise
            if snapshot.is_certain or not isinstance(error, NotASnapshot):
                yield {"snapshot": snapshot.name, "code": "damaged", "subject": snapshot.name, "reason": str(error)}

    def _is_set(self, option: str) -> bool:
        return self._options.get(option, "").lower() == _TRUE

    def _paths(self) -> list[str]:
        """What ``load`` was given: one name, or a list, which Spark hands on as JSON; ``file:`` is what it calls files."""
        named = json.loads(self._options["paths"]) if "paths" in self._options else [self._options.get("path", "")]
        return [_FILE.sub("/", str(each)) for each in named]


class Pushing:
    """Notes in ``only`` which kinds, namespaces and snapshots are asked for; Spark looks at the rows all the same.

    Where its setting is off, as by default, Spark refuses a reader whose ``pushFilters`` is not the inherited one, lest conditions be
    ignored in silence. Here nothing would be: so this passes for the inherited one, and the query is answered without it.
    """

    __func__ = staticmethod(DataSourceReader.pushFilters)

    def __init__(self, only: dict[str, frozenset[str]]) -> None:
        self._only = only

    def __call__(self, filters: list[Any]) -> Iterable[Any]:
        for each in filters:
            values = (each.value,) if isinstance(each, EqualTo) else each.value if isinstance(each, In) else None
            column = ".".join(getattr(each, "attribute", ()))
            if values is not None and column in _PUSHED:
                found = frozenset(map(str, values))
                self._only[column] = found & self._only.get(column, found)
        return filters


def _absolute(spec: str) -> str:
    return spec if _ELSEWHERE in spec else os.path.abspath(spec)  # noqa: PTH100 - what stands behind `!` is no path of its own


def _for_spark(field: pa.Field) -> pa.Field:
    """Spark counts microseconds."""
    import pyarrow as pa

    return pa.field(field.name, pa.timestamp("us", tz="UTC")) if pa.types.is_timestamp(field.type) else field


def _in_microseconds(rows: Iterator[Row], times: Sequence[str]) -> Iterator[Row]:
    for row in rows:
        yield row | {name: row[name] * _SECOND for name in times if row.get(name) is not None}
