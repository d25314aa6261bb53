"""Snapshots as tables that are asked with SQL: DuckDB asks, Arrow carries, and rows are made of what a query needs alone.

import snapinspect

with snapinspect.sql.connect(["monday.db", "tuesday.db"]) as tables:
for row in tables.execute("SELECT kind, count(*) FROM objects GROUP BY kind").fetchall():
print(row)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from snapinspect.tables.schema import TABLES, VIEWS

if TYPE_CHECKING:
    from snapinspect.tables import sql
    from snapinspect.tables.connection import Tables, connect

__all__ = ["TABLES", "VIEWS", "Tables", "connect", "sql"]


def __getattr__(name: str) -> Any:
    """What reads snapshots is imported when it is asked for, as a catalog is asked without."""
    if name == "sql":
        return import_module("snapinspect.tables.sql")
    if name in {"Tables", "connect"}:
        return getattr(import_module("snapinspect.tables.connection"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
