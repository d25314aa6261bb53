"""A question to a catalog in a bucket brings the partitions that it is about, and answers as if all were there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from cli_program import SMALL, run
from hypothesis import given, settings
from hypothesis import strategies as st
from object_store import BUCKET, ObjectStore, way_to

from snapinspect.tables.catalog.partitions import needed
from snapinspect.tables.engine import new_database

CLUSTERS = ("a", "b/c")
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")
NAMES = [
    f"{table}/cluster={cluster.replace('/', '%2F')}/day={day}/data.parquet"
    for table, cluster, day in product(("objects", "revisions", "snapshots"), CLUSTERS, DAYS)
]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(new_database("64MB")) as connection:
        yield connection


@pytest.mark.parametrize(
    ("question", "files"),
    [
        ("FROM objects", 6),
        ("SELECT count(*) FROM objects WHERE day = '2026-11-21'", 2),
        ("FROM objects WHERE cluster = 'b/c' AND day BETWEEN '2026-11-21' AND '2026-11-22' AND kind = 'Pod'", 2),
        ("FROM objects WHERE cluster IN ('a') AND (day = DATE '2026-11-20' OR day > DATE '2026-11-20' + 1)", 2),
        ("FROM objects AS o WHERE o.day = '2026-11-21' AND cluster = (SELECT min(cluster) FROM snapshots)", 2 + 6),
        ("FROM objects o JOIN snapshots s USING (cluster) WHERE o.day > '2026-11-21' AND cluster = 'a'", 1 + 3),
        ("FROM images WHERE cluster = 'a' AND image LIKE '%log4j%'", 3),
        ("WITH night AS (FROM objects WHERE day = '2026-11-20') FROM night, night AS again", 2),
        ("SELECT count(*) FROM objects WHERE day = '2026-11-20' UNION SELECT count(*) FROM revisions", 2 + 6),
        (
            "SELECT (SELECT count(*) FROM revisions r WHERE r.cluster = o.cluster) FROM objects o WHERE o.cluster = 'a'",
            3 + 6,
        ),
    ],
)
def test_what_a_question_says_of_places_is_heeded(
    question: str, files: int, database: duckdb.DuckDBPyConnection
) -> None:
    assert len(needed(database, question, NAMES)) == files


@pytest.mark.parametrize(
    ("question", "files"),
    [
        ("FROM objects WHERE day = '2026-11-21' OR kind = 'Pod'", 6),
        ("FROM objects o LEFT JOIN snapshots s USING (cluster) WHERE s.day IS NULL", 12),
        ("FROM objects POSITIONAL JOIN snapshots WHERE objects.cluster = 'a'", 12),
        ("FROM objects TABLESAMPLE 1 ROWS WHERE day = '2026-11-21'", 6),
        ("FROM snapshots WHERE EXISTS (FROM images WHERE day = '2026-11-20')", 12),
        ("FROM objects AS o (cluster, day) WHERE day = 'x'", 6),
        ("FROM objects WHERE day = 'no day'", 6),
        ("SELECT * FROM (FROM objects) WHERE day = '2026-11-20'", 6),
    ],
)
def test_what_does_not_surely_narrow_is_not(question: str, files: int, database: duckdb.DuckDBPyConnection) -> None:
    assert len(needed(database, question, NAMES)) == files


ATOMS = st.sampled_from(
    [
        *(f"cluster = '{cluster}'" for cluster in CLUSTERS),
        *(f"day {comparison} '{day}'" for comparison, day in product(("=", "<>", ">="), DAYS)),
        *(
            "kind = 'Pod'",
            "kind IS NULL",
            "cluster LIKE '%c'",
            "day IN ('2026-11-20', '2026-11-22')",
            "NULL",
            "cluster > kind",
        ),
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map("NOT ({})".format),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda each: f"({' '.join(each)})"),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def filled(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """With objects of all kinds in every partition."""
    places = product(CLUSTERS, DAYS, ("Pod", "Node", None))
    rows = [{"cluster": cluster, "day": day, "kind": kind} for cluster, day, kind in places]
    database.register("rows", pa.Table.from_pylist(rows))
    database.execute("CREATE VIEW objects AS SELECT cluster, day::DATE AS day, kind FROM rows")
    return database


@settings(max_examples=50)
@given(CONDITIONS)
def test_every_row_that_is_asked_for_is_in_them(filled: duckdb.DuckDBPyConnection, condition: str) -> None:
    asked = filled.execute(f"SELECT DISTINCT cluster, day::VARCHAR FROM objects WHERE {condition}").fetchall()
    found = needed(filled, f"SELECT * FROM objects WHERE {condition}", NAMES)
    wanted = {f"objects/cluster={cluster.replace('/', '%2F')}/day={day}/data.parquet" for cluster, day in asked}
    assert wanted <= set(found)


def test_a_bucket_is_asked_for_no_more(
    small: list[Path], object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    for name, value in (object_store.environment() | own).items():
        monkeypatch.setenv(name, value)
    here, there = tmp_path / "here", f"s3://{BUCKET}/catalogs/partitions"
    for to in (here, there):
        assert run("catalog", "build", *small[:2], "--to", to, "--jobs", "1", "--show-secrets").code == 0
    with way_to(object_store.endpoint) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.endpoint)
        for condition, brought in (
            ("day < '2000-01-01'", 0),
            ("cluster = 'another'", 0),
            ("day >= '2000-01-01'", 1),
            ("day >= '2000-01-01' AND kind = 'ConfigMap'", 0),
        ):
            way.requests.clear()
            question = f"SELECT kind, count(*) FROM objects WHERE {condition} GROUP BY kind ORDER BY kind"
            assert run("catalog", "query", there, question) == run("catalog", "query", here, question)
            assert sum("data.parquet" in each for each in way.requests) == brought, "the last one is there already"
        told = json.loads(run("cache", "list", "-o", "json").out)
        assert [each["url"] for each in told if each["url"].endswith("catalogs/partitions/")] == [f"{there}/"]
        # What was not used for longest goes, catalogs among it.
        monkeypatch.setenv("SNAPINSPECT_CACHE_SIZE", str(SMALL.stat().st_size))
        assert run("ls", object_store.put("etcd/after.db", SMALL.read_bytes())).code == 0
        assert [each["url"] for each in json.loads(run("cache", "list", "-o", "json").out) if each["size"] > 1000] == [
            f"s3://{BUCKET}/etcd/after.db"
        ]
        monkeypatch.delenv("SNAPINSPECT_CACHE_SIZE")
        assert run("catalog", "query", there, question) == run("catalog", "query", here, question)
