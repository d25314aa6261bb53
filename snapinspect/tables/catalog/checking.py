"""Whether a catalog is whole: every file is read, and what its rows say of each other holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.asking import asked
from snapinspect.tables.catalog.bucket import at_hand
from snapinspect.tables.catalog.home import STAGING
from snapinspect.tables.catalog.merging import staged_in
from snapinspect.tables.catalog.place import described

_RULES = {
    "objects of a snapshot that is not in snapshots": """
        SELECT DISTINCT cluster || ': ' || first_id FROM objects
        WHERE first_id NOT IN (SELECT id FROM snapshots) OR last_id NOT IN (SELECT id FROM snapshots)""",
    "a state that ends before it begins": "SELECT cluster || ': ' || key FROM objects WHERE last_seen < first_seen",
    "a state that lies in another day's partition": """
        SELECT DISTINCT cluster || ': ' || day FROM objects WHERE day <> CAST(first_seen AS DATE)""",
    "two states of an object at once": """
        SELECT DISTINCT one.cluster || ': ' || one.key FROM objects one JOIN objects other
        ON one.cluster = other.cluster AND one.key = other.key AND one.first_id <> other.first_id
            AND one.first_seen < other.first_seen AND one.last_seen > other.first_seen""",
    "a snapshot that is there twice": "SELECT id FROM snapshots GROUP BY id HAVING count(*) > 1",
    "a revision that is there twice": """
        SELECT DISTINCT cluster || ': ' || key FROM (
            SELECT cluster, key, revision FROM revisions GROUP BY ALL HAVING count(*) > 1)""",
}
_NAMED = 5


def faults(where: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and where. Raises SourceError for what is no catalog, UsageError for one of a newer schema."""
    with at_hand(where) as root:
        yield from _faults(root)


def _faults(root: Path) -> Iterator[tuple[str, str]]:
    described(root)
    broken = False
    for table in layout.CATALOG:
        for path in layout.files_of(root, table):
            for fault in _faults_of_file(path, table):
                broken = True
                yield fault, str(path.relative_to(root))
    if broken:
        return
    with asked(str(root)) as database:
        for rule, query in _RULES.items():
            for (where,) in database.execute(f"SELECT * FROM ({query}) LIMIT {_NAMED}").fetchall():  # noqa: S608
                yield rule, str(where)
    for staged in staged_in(root / STAGING):
        yield "a snapshot that was read and not taken over: the next build does", str(staged.about["snapshot"])


def _faults_of_file(path: Path, table: str) -> Iterator[str]:
    import pyarrow as pa  # type: ignore[import-untyped]

    try:
        found = layout.read(path)
    except (OSError, pa.ArrowException) as error:
        yield f"a file that cannot be read ({' '.join(str(error).split())[:80]})"
        return
    if layout.schema_in(found.schema.metadata) != layout.SCHEMA:
        yield "a file of another schema"
    elif found.schema.names != layout.schema_of(table).names:
        yield "a file with other columns"
