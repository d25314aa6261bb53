"""A catalog in a real object store: the same as in a directory, through kills, races and breaks; nothing else there is written to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import obstore
import pytest
from cli_program import ROOT, command, run
from object_store import BUCKET, ObjectStore, way_to

from snapinspect.sources.cloud.writing import Bucket
from snapinspect.tables import catalog as catalogs
from snapinspect.tables.catalog.bucket import InBucket

ROWS = "SELECT key, hash, first_seen, last_seen, snapshot, body FROM objects ORDER BY key, first_seen"


@pytest.fixture(autouse=True)
def environment(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    for name, value in (object_store.environment() | own).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def where(request: pytest.FixtureRequest) -> str:
    return f"s3://{BUCKET}/catalogs/{request.node.name}"


def build(to: str | Path, *args: str | Path) -> Any:
    return run("catalog", "build", *args, "--to", to, "--jobs", "1", "--show-secrets")


def ask(root: str | Path, question: str = ROWS) -> list[tuple[Any, ...]]:
    with catalogs.query(str(root), question) as answer:
        return answer.fetchall()


@pytest.fixture(scope="module")
def expected(small: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    to = tmp_path_factory.mktemp("catalog") / "here"
    assert build(to, *small).code == 0
    return ask(to)


def contents(store: ObjectStore) -> dict[str, str]:
    """The version of each object of the bucket by its key."""
    return {each["path"]: str(each["e_tag"]) for page in obstore.list(store.store, chunk_size=1000) for each in page}


def test_it_is_built_and_asked_there_and_nothing_else_is_written(
    where: str, small: list[Path], expected: Any, object_store: ObjectStore, tmp_path: Path
) -> None:
    source = [object_store.put(f"to-build/{night.name}", night.read_bytes()) for night in small[:2]]
    before = contents(object_store)
    first = build(where, f"s3://{BUCKET}/to-build/")
    assert (first.code, first.err) == (0, f"{where}: 2 snapshots read, 0 known before\n")
    assert "2 snapshots read, 2 known before" in build(where, *small[2:], f"s3://{BUCKET}/to-build/").err
    after = contents(object_store)
    prefix = where.removeprefix(f"s3://{BUCKET}/")
    assert {key: version for key, version in after.items() if not key.startswith(f"{prefix}/")} == before
    assert all(Path(key).name in {"catalog.json", "data.parquet"} for key in after if key.startswith(prefix))
    rows = ask(where)
    strip = lambda row: (*row[:4], row[5])  # noqa: E731 - a snapshot's own name differs
    assert list(map(strip, rows)) == list(map(strip, expected))
    assert {row[4] for row in rows} <= {*source, *map(str, small[2:])}
    assert "0 snapshots read, 4 known before" in build(where, *small[2:], f"s3://{BUCKET}/to-build/").err
    assert contents(object_store) == after, "where nothing is new nothing is written"


def test_each_question_is_answered_as_of_a_directory(where: str, small: list[Path], tmp_path: Path) -> None:
    here = tmp_path / "here"
    assert build(here, *small).code == build(where, *small).code == 0
    for words in (
        ("query", "SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY kind"),
        ("query", "SELECT image, count(*) FROM images GROUP BY image ORDER BY image"),
        ("query", "SELECT snapshot, state FROM snapshots ORDER BY snapshot", "-o", "json"),
        ("log", "cm/flappy", "-n", "infra-production"),
        ("find-string", "flappy"),
    ):
        name, *rest = words
        assert run("catalog", name, where, *rest) == run("catalog", name, here, *rest), words
    assert run("catalog", "check", where).err == f"{where} is whole\n"
    kept = list((tmp_path / "cache" / "snapinspect" / "catalogs").iterdir())
    assert {oct(path.stat().st_mode & 0o777) for path in kept} == {"0o700"}, "nobody else enters what was brought"
    assert run("cache", "clear").err == "removed 1 object\n"
    assert not any(path.exists() for path in kept)


def test_killed_while_it_reads_it_goes_on(where: str, small: list[Path], expected: Any, tmp_path: Path) -> None:
    words = command("catalog", "build", *small, "--to", where, "--jobs", "1", "--show-secrets")
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while len(list((tmp_path / "cache").glob("**/.staging/[!.]*"))) < 2:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert build(where, *small).code == 0
    assert ask(where) == expected


@pytest.fixture(scope="module")
def begun(small: list[Path], object_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The objects of a catalog of one night, by their names in it."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in object_store.environment().items():
            patched.setenv(name, value)
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        assert build(f"s3://{BUCKET}/begun", small[0]).code == 0
    keys = [key for key in contents(object_store) if key.startswith("begun/")]
    return {key.removeprefix("begun/"): bytes(obstore.get(object_store.store, key).bytes()) for key in keys}


@pytest.fixture(scope="module")
def expected_of_two(small: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    to = tmp_path_factory.mktemp("catalog") / "two"
    assert build(to, small[0], small[3]).code == 0
    return ask(to)


@pytest.mark.parametrize("step", [1, 3, 4, 5, 7, 10])
def test_killed_while_it_takes_over_the_next_build_ends_it(
    step: int,
    begun: dict[str, bytes],
    expected_of_two: Any,
    small: list[Path],
    object_store: ObjectStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut before a request that writes; the next build may be another machine's, which knows nothing of it."""
    for name, content in begun.items():
        where = object_store.put(f"cut/{step}/{name}", content)[: -len(name)]
    requests = iter(range(1000))
    with monkeypatch.context() as patched:
        for name in ("put", "move", "remove", "first"):
            patched.setattr(Bucket, name, cut_at(step, requests, name))
        assert build(where, small[3]).code == 1
    if step % 2:
        monkeypatch.setenv("XDG_CACHE_HOME", os.environ["XDG_CACHE_HOME"] + "-elsewhere")
    assert build(where, small[3]).code == 0
    assert ask(where) == expected_of_two
    assert run("catalog", "check", where).code == 0
    assert not [key for key in contents(object_store) if key.startswith(f"cut/{step}/.commit")]


def cut_at(step: int, requests: Any, name: str) -> Any:
    original = getattr(Bucket, name)

    def cut(*args: Any) -> Any:
        assert next(requests) < step, "cut"
        return original(*args)

    return cut


def test_two_machines_do_not_write_over_each_other(
    where: str, small: list[Path], expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build(where, small[0]).code == 0
    publish = InBucket._publish
    cache = os.environ["XDG_CACHE_HOME"]

    def meanwhile(bucket: InBucket, *names: Any) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(InBucket, "_publish", publish)
            patched.setenv("XDG_CACHE_HOME", f"{cache}-other")
            assert build(where, small[1]).code == 0
        publish(bucket, *names)

    with monkeypatch.context() as patched:
        patched.setattr(InBucket, "_publish", meanwhile)
        refused = build(where, *small[2:])
    assert (refused.code, "another build writes to" in refused.err) == (1, True)
    assert ask(where, "SELECT count(*) FROM snapshots") == [(2,)], "what the other wrote stands"
    assert build(where, *small[2:]).code == 0
    assert ask(where) == expected


def test_what_is_no_catalog_is_not_written_to(
    where: str, small: list[Path], object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = where.removeprefix(f"s3://{BUCKET}/")
    object_store.put(f"{prefix}/backup.db", b"precious")
    refused = build(where, small[0])
    assert (refused.code, "holds something else than a catalog: backup.db" in refused.err) == (1, True)
    assert [key for key in contents(object_store) if key.startswith(prefix)] == [f"{prefix}/backup.db"]
    for words in (("query", where, "FROM objects"), ("log", where, "cm/x"), ("check", where)):
        told = run("catalog", *words)
        assert (told.code, f"{where} is no catalog" in told.err, where in told.err.split("hint")[1]) == (1, True, True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NONE")
    denied = build(where, small[0])
    assert (denied.code, "access is denied" in denied.err) == (1, True)


def test_a_bucket_that_breaks_off_is_asked_again(
    where: str, small: list[Path], expected: Any, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build(where, *small).code == 0
    with way_to(object_store.endpoint) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.endpoint)
        way.cut = 40_000
        assert ask(where) == expected
        assert json.loads(run("catalog", "query", where, "FROM snapshots", "-o", "json").out)
