"""What a query touches, read from DuckDB's own syntax tree: which tables, which columns, of which kinds and namespaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError
from snapinspect.tables.schema import TABLES, VIEWS

if TYPE_CHECKING:
    import duckdb

_OBJECTS = "objects"
_NO_QUESTION = ("Only SELECT statements can be serialized to json!", "this is no SELECT")
"""How DuckDB says it, and how we do."""


@dataclass(frozen=True, slots=True)
class Question:
    """``tables`` with the views' own among them; ``columns`` is None where a ``*`` asks for all of them.

    ``kinds`` and ``namespaces`` are the only ones that the query can be about, or None where nothing says so.
    """

    tables: frozenset[str] = frozenset(TABLES)
    views: frozenset[str] = frozenset(VIEWS)
    columns: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    namespaces: frozenset[str] | None = None

    def asks(self, column: str) -> bool:
        """Whether a column of any table is needed."""
        return self.columns is None or column in self.columns


def read_question(connection: duckdb.DuckDBPyConnection, query: str) -> Question:
    """What ``query`` needs. Raises UsageError for what is no SQL, and for anything but questions."""
    tree = tree_of(connection, query)
    named = {node["table_name"].lower() for node in nodes_of(tree) if node.get("type") == "BASE_TABLE"}
    views = _views_of(connection, named)
    trees = [tree, *(tree_of(connection, VIEWS[view]) for view in views)]
    nodes = [node for each in trees for node in nodes_of(each)]
    tables = {node["table_name"].lower() for node in nodes if node.get("type") == "BASE_TABLE"} & TABLES.keys()
    asked = [node for node in nodes if node.get("type") == "BASE_TABLE" and node["table_name"].lower() == _OBJECTS]
    where = _where_of_objects(nodes) if len(asked) == 1 else None
    return Question(
        tables=frozenset(tables),
        views=frozenset(views),
        columns=_columns(nodes),
        kinds=_only(where, "kind"),
        namespaces=_only(where, "namespace"),
    )


def tree_of(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """DuckDB's own syntax tree. Raises UsageError for what is no SQL, and for anything but questions."""
    found = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    tree: dict[str, Any] = json.loads(found[0][0])
    if tree.get("error"):
        message = str(tree.get("error_message") or "this is no SQL").splitlines()[0].replace(*_NO_QUESTION)
        raise UsageError(message, "Only SELECT is answered; the tables are: " + ", ".join(sorted(TABLES)) + ".")
    return tree


def _views_of(connection: duckdb.DuckDBPyConnection, named: set[str]) -> set[str]:
    """The views among the names, with those that they are made of."""
    found, pending = set(), [name for name in named if name in VIEWS]
    while pending:
        view = pending.pop()
        if view not in found:
            found.add(view)
            nodes = nodes_of(tree_of(connection, VIEWS[view]))
            pending += [name for node in nodes if (name := node.get("table_name", "").lower()) in VIEWS]
    return found


def nodes_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree, itself among them."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _columns(nodes: list[dict[str, Any]]) -> frozenset[str] | None:
    """The columns that are named, or None where others may be meant: by a ``*``, a row as a whole, a place or another name."""
    rows = {str(node.get(key)).lower() for node in nodes if "table_name" in node for key in ("table_name", "alias")}
    named: set[str] = set()
    for node in nodes:
        if node.get("class") in _MEANS_ANY or node.get("type") == "PIVOT" or node.get("ref_type") == "NATURAL":
            return None
        if node.get("column_name_alias"):
            return None
        if node.get("class") == "COLUMN_REF":
            named.add(node["column_names"][-1].lower())
        named |= {column.lower() for column in node.get("using_columns") or ()}
    return None if named & rows else frozenset(named)


_MEANS_ANY = frozenset({"STAR", "POSITIONAL_REFERENCE"})


def _where_of_objects(nodes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The condition of the one SELECT that reads ``objects`` alone, which all its rows must meet."""
    for node in nodes:
        table = node.get("from_table")
        if isinstance(table, dict) and table.get("type") == "BASE_TABLE" and table["table_name"].lower() == _OBJECTS:
            where = node.get("where_clause")
            return where if isinstance(where, dict) else None
    return None


def _only(where: dict[str, Any] | None, column: str) -> frozenset[str] | None:
    """The values that a condition lets ``column`` have, where it names them; ``and`` narrows, all else says nothing."""
    if where is None:
        return None
    if where.get("type") == "CONJUNCTION_AND":
        return next((found for each in where["children"] if (found := _only(each, column)) is not None), None)
    if where.get("type") == "COMPARE_EQUAL":
        sides = [where["left"], where["right"]]
    elif where.get("type") == "COMPARE_IN":
        sides = where["children"]
    else:
        return None
    names = [side for side in sides if side.get("class") == "COLUMN_REF" and side["column_names"][-1].lower() == column]
    texts = [side["literal"]["text"] for side in sides if _is_text(side)]
    return frozenset(texts) if len(names) == 1 and len(texts) == len(sides) - 1 else None


def _is_text(side: dict[str, Any]) -> bool:
    literal = side.get("literal")
    return isinstance(literal, dict) and literal.get("kind") == "STRING"
