"""Snapshots as tables that are asked with SQL: DuckDB asks, Arrow carries, and rows are made of what a query needs alone.

import snapinspect

with snapinspect.sql.connect(["monday.db", "tuesday.db"]) as tables:
for row in tables.execute("SELECT kind, count(*) FROM objects GROUP BY kind").fetchall():
print(row)
"""

from snapinspect.tables import sql
from snapinspect.tables.connection import Tables, connect
from snapinspect.tables.schema import TABLES, VIEWS

__all__ = ["TABLES", "VIEWS", "Tables", "connect", "sql"]
