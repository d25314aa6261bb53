"""Spark reads snapshots and catalogs, and builds these: the same rows as on one machine. Run by ``make test-spark``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli_program import SMALL, run
from object_store import BUCKET, ObjectStore

from snapinspect.tables import TABLES, connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]
PUSHDOWN = "spark.sql.python.filterPushdown.enabled"
LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    PUSHDOWN: "true",
}
CUT = 100_000


@pytest.fixture(scope="module", autouse=True)
def environment(object_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's, which Spark's own processes have from the one that starts them."""
    kept = dict(os.environ)
    own = tmp_path_factory.mktemp("home")
    os.environ.update(
        object_store.environment(), XDG_CACHE_HOME=str(own / "cache"), XDG_CONFIG_HOME=str(own / "config")
    )
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="module")
def spark(environment: None) -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for name, value in LOCAL.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def nights(snapshot_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("nights")
    (directory / "a.db").write_bytes(SMALL.read_bytes())
    (directory / "b.db").write_bytes(snapshot_file("history").read_bytes())
    return directory


def asked(nights: Path, query: str) -> Counter[Any]:
    with connect(sorted(map(str, nights.iterdir()))) as tables:
        return Counter(tables.execute(query).fetchall())


def rows(frame: Any) -> Counter[Any]:
    return Counter(map(tuple, frame.collect()))


def test_it_reads_what_sql_reads_a_partition_a_snapshot(spark: SparkSession, nights: Path) -> None:
    read = spark.read.format("snapinspect").load(str(nights))
    assert read.rdd.getNumPartitions() == 2
    columns = ("snapshot", "cluster", "key", "kind", "namespace", "name", "revision", "owner")
    assert rows(read.select(*columns)) == asked(nights, f"SELECT {', '.join(columns)} FROM objects")


@pytest.mark.parametrize("table", TABLES)
def test_each_table_is_read(table: str, spark: SparkSession, nights: Path) -> None:
    read = spark.read.format("snapinspect").option("table", table).load(str(nights))
    assert read.columns == [column.name for column in TABLES[table]]
    simple = [each.name for each in TABLES[table] if each.type in {"string", "int64", "bool"} and each.name != "body"]
    quoted = ", ".join(f'"{name}"' for name in simple)
    assert rows(read.select(*simple)) == asked(nights, f'SELECT {quoted} FROM "{table}"')


def test_times_are_the_same(spark: SparkSession, nights: Path) -> None:
    read = spark.read.format("snapinspect").load(str(nights)).selectExpr("key", "unix_timestamp(created)")
    assert rows(read) == asked(nights, "SELECT key, epoch(created)::BIGINT FROM objects")


def test_a_relative_path_and_the_url_of_a_file_are_read(spark: SparkSession, nights: Path) -> None:
    reader, expected = spark.read.format("snapinspect"), asked(nights, "SELECT key FROM objects")
    relative = os.path.relpath(nights)
    assert rows(reader.load(relative).select("key")) == expected
    assert rows(reader.load(nights.as_uri()).select("key")) == expected
    assert [row.snapshot for row in reader.load(f"{relative}/a.db").select("snapshot").distinct().collect()] == [
        f"{relative}/a.db"
    ]
    with pytest.raises(Exception, match=str(Path("no/such/night.db").absolute())):
        reader.load("no/such/night.db").count()


def test_filters_are_pushed_down_and_say_the_same(spark: SparkSession, nights: Path) -> None:
    read = spark.read.format("snapinspect").load(str(nights))
    where = "kind = 'Pod' AND namespace IN ('infra-production', 'kube-system')"
    assert rows(read.where(where).select("name")) == asked(nights, f"SELECT name FROM objects WHERE {where}")
    assert read.where("kind = 'Pod' AND kind = 'Node'").count() == 0
    one = str(nights / "a.db")
    pruned = read.where(f"snapshot = '{one}'")
    assert pruned.rdd.getNumPartitions() == 1
    assert pruned.count() == sum(asked(nights, f"SELECT key FROM objects WHERE snapshot = '{one}'").values())


def test_without_the_setting_it_says_the_same(spark: SparkSession, nights: Path) -> None:
    spark.conf.set(PUSHDOWN, "false")
    try:
        read = spark.read.format("snapinspect").load(str(nights)).where("kind = 'Node'")
        assert rows(read.select("name", "snapshot")) == asked(
            nights, "SELECT name, snapshot FROM objects WHERE kind = 'Node'"
        )
    finally:
        spark.conf.set(PUSHDOWN, "true")


def test_values_of_secrets_are_hidden_unless_asked_for(spark: SparkSession, nights: Path) -> None:
    reader = spark.read.format("snapinspect")
    secrets = [row.body for row in reader.load(str(nights)).where("name = 'db-credentials'").collect()]
    assert secrets
    assert all("<hidden " in body for body in secrets)
    shown = reader.option("showSecrets", "true").load(str(nights)).where("name = 'db-credentials'").collect()
    assert not any("<hidden " in row.body for row in shown)


def test_a_bucket_is_read_and_what_is_damaged_there_named(
    spark: SparkSession, nights: Path, object_store: ObjectStore
) -> None:
    object_store.put("spark/a.db", SMALL.read_bytes())
    object_store.put("spark/README", b"text")
    cut = object_store.put("spark/cut.db", SMALL.read_bytes()[:CUT])
    reader = spark.read.format("snapinspect")
    with pytest.raises(Exception, match=r"cut\.db"):
        reader.load(cut.replace("cut.db", "")).count()
    whole = reader.option("ignoreCorruptFiles", "true").load(cut.replace("cut.db", ""))
    expected = asked(nights, f"SELECT key FROM objects WHERE snapshot = '{nights / 'a.db'}'")
    assert rows(whole.select("key")) == expected
    problems = reader.option("table", "problems").load(cut.replace("cut.db", "")).where("code = 'damaged'").collect()
    assert [row.snapshot for row in problems] == [cut]


def test_it_reads_the_files_of_a_catalog(spark: SparkSession, nights: Path, tmp_path: Path) -> None:
    built = run("catalog", "build", nights, "--to", tmp_path / "catalog", "--jobs", "1")
    assert built.code == 0
    objects = spark.read.parquet(str(tmp_path / "catalog" / "objects"))
    counted = run("catalog", "query", tmp_path / "catalog", "SELECT count(*) AS n FROM objects", "-o", "csv").lines[1]
    assert objects.count() == int(counted)
    assert {"cluster", "day", "first_seen"} <= set(objects.columns)


@pytest.mark.parametrize("to", ["directory", "bucket"])
def test_a_catalog_that_spark_builds_is_the_one_of_one_machine(
    to: str, spark: SparkSession, nights: Path, object_store: ObjectStore, tmp_path: Path
) -> None:
    (tmp_path / "cut.db").write_bytes(SMALL.read_bytes()[:CUT])
    where = str(tmp_path / "spread") if to == "directory" else f"s3://{BUCKET}/spark/catalog"
    words = ("catalog", "build", nights, tmp_path / "cut.db", "--show-secrets")
    spread = run(*words, "--to", where, "--engine", "spark", "--master", "local[2]")
    alone = run(*words, "--to", tmp_path / "alone", "--jobs", "1")
    assert (spread.code, spread.err) == (alone.code, alone.err.replace(str(tmp_path / "alone"), where))
    query = "SELECT key, hash, first_seen, last_seen, snapshot, body FROM objects ORDER BY key, first_seen"
    told = [run("catalog", "query", each, query, "-o", "json") for each in (where, tmp_path / "alone")]
    assert told[0] == told[1]
    assert run("catalog", "check", where).code == 0
    assert "0 snapshots read, 3 known" in run(*words, "--to", where, "--engine", "spark", "--master", "local[2]").err
