"""Backups in a bucket of Google's: read as files are, and what is refused said with the lines of Google's own tool."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_program import SMALL, run
from google_store import running_google_store

SPEC = "gs://backups/etcd/small.db"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    buckets = tmp_path_factory.mktemp("buckets")
    (buckets / "backups/etcd").mkdir(parents=True)
    shutil.copyfile(SMALL, buckets / "backups/etcd/small.db")
    (buckets / "backups/etcd/notes.txt").write_text("no snapshot\n")
    with running_google_store(buckets) as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("GOOGLE_", "CLOUDSDK_")):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")


@pytest.mark.parametrize(
    "args", [("ls",), ("info", "--detail"), ("get", "deploy/api", "-n", "infra-production")], ids=" ".join
)
def test_a_command_says_the_same_of_an_object_as_of_the_file(args: tuple[str, ...], endpoint: str) -> None:
    command, *rest = args
    told, expected = run(command, SPEC, *rest, "--endpoint-url", endpoint), run(command, SMALL, *rest)
    assert (told.code, told.out.replace(SPEC, str(SMALL))) == (expected.code, expected.out)


def test_a_prefix_stands_for_its_snapshots(endpoint: str) -> None:
    for name in ("gs://backups/etcd/", "gs://backups/**.db"):
        told = run("find", "deploy/api", name, "-n", "infra-production", "--endpoint-url", endpoint)
        assert (told.code, SPEC in told.out, "notes.txt" in told.out) == (0, True, False)


def test_a_catalog_is_built_from_it(endpoint: str, tmp_path: Path) -> None:
    words = (
        "catalog",
        "build",
        "gs://backups/etcd/",
        "--to",
        tmp_path / "catalog",
        "--jobs",
        "1",
        "--endpoint-url",
        endpoint,
    )
    assert "1 snapshot read, 0 known before" in run(*words).err
    assert "0 snapshots read, 1 known before" in run(*words).err


def test_what_is_not_there_is_said_with_googles_own_tool(endpoint: str) -> None:
    told = run("ls", "gs://backups/etcd/none.db", "--endpoint-url", endpoint)
    assert told.code == 1
    assert "there is no such object" in told.err
    assert "`gcloud storage ls gs://backups/etcd/`" in told.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), ("{", "are no JSON"), ("[]", "are no JSON"), ("{}", "none that can be used")],
)
def test_without_credentials_it_is_said_how_to_log_in(
    content: str | None, said: str, endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    monkeypatch.delenv("GOOGLE_SKIP_SIGNATURE")
    told = run("ls", SPEC, "--endpoint-url", endpoint)
    assert (told.code, said in told.err) == (1, True)
    assert "`gcloud auth application-default login`" in told.err
