"""``snapinspect.sql``: what Python programs need of the tables."""

from snapinspect.tables.connection import Tables, connect

__all__ = ["Tables", "connect"]
