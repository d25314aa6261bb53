"""Answers in SQL, held against what the other commands say of the same snapshots."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as parquet
import pytest
from cli_program import SMALL, finish, run, start

import snapinspect
from snapinspect.errors import UsageError
from snapinspect.tables import TABLES, VIEWS, connect
from snapinspect.tables.schema import arrow_schema


@pytest.fixture(scope="module")
def history(snapshot_file: Any) -> str:
    return str(snapshot_file("history"))


def ask(path: str | Path, query: str) -> list[tuple[Any, ...]]:
    with connect(str(path)) as tables:
        return tables.execute(query).fetchall()


def listed(*args: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*args, "-o", "json").out)
    return found


def test_objects_are_those_of_ls(history: str) -> None:
    fields = "key, api_version, kind, namespace, name, create_revision, revision, revisions, size"
    asked = Counter(ask(history, f"SELECT {fields} FROM objects WHERE kind IS NOT NULL"))
    names = ("key", "apiVersion", "kind", "namespace", "name", "createRevision", "modRevision", "version", "size")
    told = Counter(tuple(each[name] for name in names) for each in listed("ls", history) if each["kind"])
    assert asked == told


def test_bodies_are_those_of_get() -> None:
    asked = ask(SMALL, "SELECT name, body FROM objects WHERE kind = 'Deployment' AND namespace = 'infra-production'")
    raw = json.loads(run("get", SMALL, "deploy", "-n", "infra-production", "--raw", "-o", "json").out)
    told = {each["metadata"]["name"]: each for each in raw["items"]}
    for name, body in asked:
        expected = told.pop(name)
        del expected["metadata"]["resourceVersion"]
        assert json.loads(body) == expected
    assert not told


def test_deletions_are_those_of_deleted(history: str) -> None:
    asked = set(ask(history, "SELECT key, deleted_revision, last_revision FROM deletions"))
    told = {(each["key"], each["deletedRevision"], each["lastRevision"]) for each in listed("deleted", history)}
    assert asked >= told
    assert {each for each in asked if "events" not in each[0]} == {each for each in told if "events" not in each[0]}


ASKED = (
    "SELECT kind, count(*) FROM objects GROUP BY kind",
    "SELECT namespace, kind, min(created) FROM objects GROUP BY ALL",
    "SELECT count(*) FROM objects",
    "SELECT kind, sum(size) FROM objects WHERE name LIKE 'a%' GROUP BY 1",
    "SELECT count(*) FROM objects JOIN deletions USING (namespace, kind)",
    "SELECT count(*) FROM (SELECT kind, name FROM objects) NATURAL JOIN (SELECT kind, name FROM deletions)",
    "SELECT o FROM objects o WHERE kind = 'Lease'",
    "SELECT objects FROM objects WHERE kind = 'Lease'",
    "SELECT #4, #7 FROM objects",
    "SELECT d, f FROM objects AS o(a, b, c, d, e, f)",
    "SELECT DISTINCT ON (kind) kind FROM objects ORDER BY NAME",
    "SELECT count(COLUMNS('na.*')) FROM objects",
    "SELECT t.what FROM (SELECT kind FROM objects) t(what)",
    "SELECT kind FROM objects WHERE uid IN (SELECT uid FROM objects WHERE encoding = 'json')",
    "SELECT o.revision, d.deleted_revision FROM objects o, deletions d WHERE o.name = d.name",
)


@pytest.fixture(scope="module")
def whole(history: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same tables with every column filled, in a database of their own."""
    with connect(history) as tables, duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for name in ("objects", "deletions"):
            columns = [column.name for column in TABLES[name]]
            rows = [dict(zip(columns, row, strict=True)) for row in tables.execute(f"SELECT * FROM {name}").fetchall()]
            for row in rows:
                row["labels"] = list(row["labels"].items()) if row.get("labels") is not None else None
            held = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name]))
            database.register("held", held)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM held")
        yield database


@pytest.mark.parametrize("query", ASKED)
def test_what_is_not_asked_for_is_not_missed(history: str, whole: duckdb.DuckDBPyConnection, query: str) -> None:
    expected = whole.execute(query).fetchall()
    assert expected
    assert Counter(map(repr, ask(history, query))) == Counter(map(repr, expected))


def test_revisions_are_those_of_history(history: str) -> None:
    query = "SELECT revision, operation FROM revisions WHERE kind = 'ConfigMap' AND name = 'flappy' ORDER BY revision"
    told = listed("history", history, "cm/flappy", "-n", "infra-production")
    assert ask(history, query) == [(each["revision"], each["operation"]) for each in told]


def test_snapshots_say_where_rows_come_from(history: str) -> None:
    with connect([str(SMALL), history]) as tables:
        rows = tables.execute("SELECT snapshot, revision FROM snapshots ORDER BY revision").fetchall()
        counts = dict(tables.execute("SELECT snapshot, count(*) FROM objects GROUP BY ALL").fetchall())
    assert rows == [(str(SMALL), 1175), (history, 4171)]
    assert counts[str(SMALL)] == 637


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_each_view_answers(view: str) -> None:
    assert ask(SMALL, f'SELECT * FROM "{view}"')


def test_images_are_those_of_the_pods() -> None:
    pods = json.loads(run("get", SMALL, "pods", "-A", "--all", "--raw", "-o", "json").out)["items"]
    told = {container["image"] for pod in pods for container in pod["spec"]["containers"]}
    asked = {
        image for (image,) in ask(SMALL, "SELECT image FROM containers WHERE kind = 'Pod' AND list = 'containers'")
    }
    assert asked == told


def test_values_of_secrets_are_hidden() -> None:
    (body,) = ask(SMALL, "SELECT body FROM objects WHERE kind = 'Secret' AND name = 'db-credentials'")[0]
    assert "hidden" in body
    with connect(str(SMALL), show_secrets=True) as tables:
        (shown,) = tables.execute("SELECT body FROM objects WHERE name = 'db-credentials'").fetchall()[0]
    assert "hidden" not in shown


def test_nothing_outside_can_be_read_or_written(tmp_path: Path) -> None:
    for query in ("SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'"):
        with pytest.raises(UsageError):
            ask(SMALL, query)
    with pytest.raises(UsageError, match="SELECT"):
        ask(SMALL, f"COPY objects TO '{tmp_path / 'out.csv'}'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM objects", "SELECT * FROM nowhere", "SELEC 1", "SELECT 1; SELECT"]
)
def test_what_is_wrong_is_said_in_duckdbs_words(query: str) -> None:
    outcome = run("sql", SMALL, query)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 2


def test_outputs_say_the_same(tmp_path: Path) -> None:
    query = "SELECT kind, count(*) AS n FROM objects GROUP BY kind ORDER BY n DESC, kind LIMIT 5"
    told = json.loads(run("sql", SMALL, query, "-o", "json").out)
    assert [json.loads(line) for line in run("sql", SMALL, query, "-o", "jsonl").lines] == told
    csv = run("sql", SMALL, query, "-o", "csv").lines
    assert [line.split(",")[0] for line in csv[1:]] == [each["kind"] for each in told]
    assert [line.split()[0] for line in run("sql", SMALL, query).lines[1:]] == [each["kind"] for each in told]
    with (tmp_path / "answer.parquet").open("wb") as file:
        assert finish(start("sql", SMALL, query, "-o", "parquet", stdout=file)).code == 0
    assert parquet.read_table(tmp_path / "answer.parquet").to_pylist() == told


def test_the_tables_are_shown_and_python_has_them() -> None:
    shown = run("sql", "--tables").out
    assert all(f"{name}: " in shown for name in TABLES)
    assert snapinspect.sql.connect is connect


def test_a_damaged_snapshot_and_none_are_errors(tmp_path: Path) -> None:
    assert run("sql").code == 2
    assert run("sql", tmp_path / "none.db", "SELECT 1 FROM objects").code == 1


def test_rows_beyond_the_memory_wait_in_a_file_and_answer_the_same(
    history: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    query = """
        SELECT r.key, r.revision, r.time, r.managers, md5(r.body), s.taken, count(*) OVER (PARTITION BY r.kind)
        FROM revisions r JOIN snapshots s USING (snapshot) WHERE r.kind = 'ConfigMap' ORDER BY r.revision, r.key
    """
    expected = ask(history, query)
    assert len(expected) > 100
    with connect(history, memory="30MB") as tables:
        assert tables.execute(query).fetchall() == expected
        (written,) = tmp_path.rglob("*.parquet")
        assert written.stat().st_size > 0
    assert not list(tmp_path.iterdir())


def test_that_values_of_secrets_are_hidden_is_said_with_the_line_that_shows_them() -> None:
    query = "SELECT body FROM objects WHERE kind = 'Secret' AND name = 'db-credentials'"
    hidden = run("sql", SMALL, query)
    assert "<hidden " in hidden.out
    assert "--show-secrets`" in hidden.err
    shown = run("sql", SMALL, query, "--show-secrets")
    assert ("<hidden " in shown.out, shown.err) == (False, "")
    assert run("sql", SMALL, "SELECT name FROM objects WHERE kind = 'Secret'").err == ""


def test_a_kind_that_is_asked_as_a_table_is_told_as_a_condition() -> None:
    told = run("sql", SMALL, "SELECT * FROM pods")
    assert (told.code, "pg_" in told.err, "_rows" in told.err) == (2, False, False)
    assert "The tables: snapshots, objects" in told.err
    assert "WHERE kind = " in told.err
