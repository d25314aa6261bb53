"""Which files of a catalog a question can be about: what it says of ``cluster`` and ``day`` is in their names, too.

Only what surely narrows a table is heeded: conditions that every row of it must meet, of a SELECT that reads the table by
itself or by inner joins. Everything else has all files read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from snapinspect.tables.catalog import layout
from snapinspect.tables.question import nodes_of, tree_of
from snapinspect.tables.schema import VIEWS

if TYPE_CHECKING:
    import duckdb

Tree = dict[str, Any]
_OBJECTS = "objects"
"""What the views are made of."""
_OF_TABLES, _OF_VIEWS = frozenset({"cluster", "day"}), frozenset({"cluster"})
_BY_NAME = """
    CREATE OR REPLACE TEMP TABLE partitions AS SELECT name, cluster, try_cast(day AS DATE) AS day
    FROM (SELECT unnest(?::VARCHAR[]) AS name, unnest(?::VARCHAR[]) AS cluster, unnest(?::VARCHAR[]) AS day)
"""
_CHOOSING = "SELECT name FROM partitions WHERE true"


class _Reference(NamedTuple):
    """A table as a SELECT reads it: what it and its columns are called there, and the conditions that its rows must meet."""

    table: str
    alias: str
    is_alone: bool
    joined_by: frozenset[str]
    conditions: Sequence[Tree]

    @property
    def narrowing(self) -> list[Tree]:
        """Those that are about nothing but where its rows lie."""
        return [each for each in self.conditions if self._is_about_place(each)]

    def _is_about_place(self, condition: Tree) -> bool:
        parts = list(nodes_of(condition))
        columns = [part["column_names"] for part in parts if part.get("class") == "COLUMN_REF"]
        is_simple = not any(part.get("class") in _NOT_OF_ONE_ROW for part in parts)
        return bool(columns) and is_simple and all(map(self._is_place, columns))

    def _is_place(self, names: list[str]) -> bool:
        *qualifiers, column = (name.lower() for name in names)
        if column not in (_OF_VIEWS if self.table in VIEWS else _OF_TABLES):
            return False
        return qualifiers == [self.alias] if qualifiers else self.is_alone or column in self.joined_by


_NOT_OF_ONE_ROW = frozenset({"SUBQUERY", "WINDOW", "LAMBDA"})


def needed(database: duckdb.DuckDBPyConnection, sql: str, names: Iterable[str]) -> list[str]:
    """Those of a catalog's files, by their names in it, that the answer can depend on. Raises UsageError for what is no question."""
    nodes = list(nodes_of(tree_of(database, sql)))
    references = [found for node in nodes for found in _references(node)]
    read = [_table_of(node["table_name"]) for node in nodes if node.get("type") == "BASE_TABLE"]
    found: set[str] = set()
    for table in layout.CATALOG:
        of_it = [name for name in names if name.startswith(f"{table}/")]
        about = [each for each in references if _table_of(each.table) == table]
        if read.count(table) > len(about):
            found |= set(of_it)
        for each in about:
            found |= set(_chosen(database, each, of_it))
    return sorted(found)


def _table_of(name: str) -> str:
    name = name.lower()
    return _OBJECTS if name in VIEWS else name


def _references(select: Tree) -> Iterator[_Reference]:
    """The tables of a SELECT, if it reads them in a way that lets its conditions be theirs."""
    source = select.get("from_table")
    if select.get("type") != "SELECT_NODE" or not isinstance(source, dict):
        return
    parts = list(_joined(source))
    tables = [part for part in parts if part["type"] == "BASE_TABLE"]
    if not all(map(_is_plain, parts)):
        return
    using = frozenset(column.lower() for part in parts for column in part.get("using_columns") or ())
    conditions = list(_conditions(select.get("where_clause")))
    for table in tables:
        alias = (table["alias"] or table["table_name"]).lower()
        yield _Reference(table["table_name"].lower(), alias, len(parts) == 1, using, conditions)


def _joined(source: Tree) -> Iterator[Tree]:
    pending = [source]
    while pending:
        part = pending.pop()
        yield part
        if part["type"] == "JOIN":
            pending += [part["left"], part["right"]]


def _is_plain(part: Tree) -> bool:
    """Whether leaving out rows that no condition lets through changes nothing else: in outer joins, samples and the like it does."""
    if part.get("sample") or part.get("column_name_alias"):
        return False
    if part["type"] == "JOIN":
        return part["join_type"] == "INNER" and part["ref_type"] in {"REGULAR", "CROSS"}
    return bool(part["type"] in {"BASE_TABLE", "SUBQUERY"})


def _conditions(where: Tree | None) -> Iterator[Tree]:
    if where and where.get("type") == "CONJUNCTION_AND":
        for each in where["children"]:
            yield from _conditions(each)
    elif where:
        yield where


def _chosen(database: duckdb.DuckDBPyConnection, reference: _Reference, names: Sequence[str]) -> Sequence[str]:
    """The files whose names meet the conditions, as DuckDB itself understands them; all where it does not."""
    import duckdb

    if not (conditions := reference.narrowing):
        return names
    statement = json.loads(database.execute("SELECT json_serialize_sql(?)", [_CHOOSING]).fetchall()[0][0])
    select = statement["statements"][0]["node"]
    select["from_table"]["alias"] = reference.alias
    select["where_clause"] = {**_AND, "children": [select["where_clause"], *conditions]}
    with suppress(duckdb.Error):
        (choosing,) = database.execute("SELECT json_deserialize_sql(?)", [json.dumps(statement)]).fetchall()[0]
        database.execute(_BY_NAME, _partitions(names))
        return [name for (name,) in database.execute(choosing).fetchall()]
    return names


_AND = {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": 0, "query_location_length": 0}


def _partitions(names: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The files' names, and the clusters and days in them: ``TABLE/cluster=UID/day=YYYY-MM-DD/data.parquet``."""
    told = [[part.partition("=")[2] for part in PurePosixPath(name).parts[1:3]] for name in names]
    return list(names), [unquote(cluster) for cluster, _ in told], [day for _, day in told]
