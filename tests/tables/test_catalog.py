"""A catalog of several nights: what it says of each equals what the snapshot itself says, however it was built."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow.dataset as dataset  # type: ignore[import-untyped]
import pytest
from cli_program import ROOT, command, run
from hypothesis import given
from hypothesis import strategies as st
from object_store import ObjectStore

from snapinspect.snapshot import open_snapshot
from snapinspect.tables import catalog as catalogs
from snapinspect.tables.catalog import building, commit
from snapinspect.tables.catalog.runs import Runs
from snapinspect.write.json import dumps

OF_A_NIGHT = """
    SELECT key, body FROM objects JOIN snapshots USING (cluster)
    WHERE snapshots.snapshot = '{}' AND first_seen <= taken AND taken <= last_seen
"""
ROWS = "SELECT key, hash, first_seen, last_seen, body FROM objects ORDER BY key, first_seen"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's own, in which the keys of catalogs are kept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="module")
def expected(small: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """The states of the small nights, taken in at once."""
    to = tmp_path_factory.mktemp("catalog") / "small"
    assert build(to, *small, "--show-secrets").code == 0
    return ask(to, ROWS)


@pytest.fixture(scope="module")
def cut_short(small: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog of two nights, and of two more that are read and not taken over."""
    to = tmp_path_factory.mktemp("catalog") / "cut"
    build(to, small[0], small[3], "--show-secrets")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "take_over", lambda _root, _staged: 1 / 0)
        assert build(to, *small, "--show-secrets").code == 1
    assert len(list(to.glob(".staging/[!.]*"))) == 2
    return to


@pytest.fixture(scope="module")
def whole(nights: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog of all nights, with the values of Secrets."""
    to = tmp_path_factory.mktemp("catalog") / "whole"
    built = build(to, *nights, "--show-secrets")
    assert (built.code, built.err) == (0, f"{to}: {len(nights)} snapshots read, 0 known before\n")
    return to


def build(to: Path | str, *args: str | Path) -> Any:
    return run("catalog", "build", *args, "--to", to, "--jobs", "1")


def ask(root: Path | str, question: str) -> list[tuple[Any, ...]]:
    with catalogs.query(str(root), question) as answer:
        return answer.fetchall()


def truth(path: Path) -> dict[str, Any]:
    """What ``get --all`` gives, by etcd key."""
    with open_snapshot(str(path)) as snapshot:
        found = snapshot.recover(snapshot.select(everything=True))
        return {each.object.record.key.decode(): json.loads(dumps(each.cleaned.body)) for each in found}


def test_the_state_of_each_night_is_the_snapshots(whole: Path, nights: list[Path]) -> None:
    for night in nights:
        rows = ask(whole, OF_A_NIGHT.format(night))
        assert len({key for key, _ in rows}) == len(rows)
        assert {key: json.loads(body) for key, body in rows if body} == truth(night)


def test_a_state_is_there_once_however_many_nights_it_lasts(whole: Path, nights: list[Path]) -> None:
    states = sum(len(truth(night)) for night in nights)
    rows = ask(whole, "SELECT count(*), count(DISTINCT (key, hash)) FROM objects")[0]
    assert rows[0] < states / 2
    assert rows[0] == len(ask(whole, "SELECT DISTINCT key, hash, first_id FROM objects"))


def test_revisions_and_deletions_are_there_once_and_those_of_the_snapshots(whole: Path, nights: list[Path]) -> None:
    told = {
        (row["key"], row["revision"])
        for night in nights
        for row in json.loads(run("sql", night, "SELECT key, revision FROM revisions", "-o", "json").out)
    }
    rows = ask(whole, "SELECT key, revision FROM revisions")
    assert len(rows) == len(told)
    assert set(rows) == told
    gone = ask(whole, "SELECT key, deleted_revision FROM deletions")
    assert len(gone) == len(set(gone)) > 0


def test_what_is_known_is_not_read_again(small: list[Path], tmp_path: Path) -> None:
    copies = []
    for night in small[:2]:
        copies.append(tmp_path / night.name)
        copies[-1].write_bytes(night.read_bytes())
    to = tmp_path / "catalog"
    build(to, *copies)
    before = {path: path.read_bytes() for path in to.rglob("*.parquet")}
    for copy in copies:
        about = copy.stat()
        copy.write_bytes(bytes(about.st_size))
        os.utime(copy, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert "0 snapshots read, 2 known before" in build(to, *copies).err
    assert {path: path.read_bytes() for path in to.rglob("*.parquet")} == before
    os.utime(copies[0])
    assert build(to, copies[0]).code == 3, "a file that was written to is another"


def test_built_bit_by_bit_in_any_order_it_is_the_same(expected: Any, small: list[Path], tmp_path: Path) -> None:
    for at in (2, 0, 3, 1):
        build(tmp_path / "catalog", small[at], "--show-secrets")
    assert ask(tmp_path / "catalog", ROWS) == expected
    assert run("catalog", "check", tmp_path / "catalog").code == 0


def test_little_memory_makes_the_same(expected: Any, small: list[Path], tmp_path: Path) -> None:
    built = build(tmp_path / "catalog", *small, "--show-secrets", "--memory", "1MB")
    assert built.code == 0
    assert ask(tmp_path / "catalog", ROWS) == expected


def test_killed_half_way_and_run_again_it_is_the_same(expected: Any, small: list[Path], tmp_path: Path) -> None:
    to = tmp_path / "catalog"
    words = command("catalog", "build", *small, "--to", to, "--jobs", "1", "--show-secrets")
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(list(to.glob(".staging/[!.]*"))) < 2:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert ask(to, "SELECT count(*) FROM snapshots") == [(0,)]
    assert build(to, *small, "--show-secrets").code == 0
    assert ask(to, ROWS) == expected


@pytest.mark.parametrize("step", range(7))
def test_whichever_step_of_taking_over_is_the_last_it_is_the_same(
    step: int, expected: Any, cut_short: Path, small: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build is cut at a step of its commit, and the next build ends what was begun."""
    to = tmp_path / "catalog"
    shutil.copytree(cut_short, to)
    steps = iter(range(100))
    replace = Path.replace

    def cut(path: Path, target: Path) -> Path:
        if "commit" in path.name or path.name.endswith(".parquet.new"):
            assert next(steps) != step, "cut"
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(commit.Path, "replace", cut)
        assert build(to, *small, "--show-secrets").code == 1
    assert build(to, *small, "--show-secrets").code == 0
    assert ask(to, ROWS) == expected
    assert run("catalog", "check", to).code == 0
    assert not list(to.rglob("*.new"))


def test_a_damaged_snapshot_is_a_problem_and_no_stop(small: list[Path], tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "cut.db").write_bytes(small[0].read_bytes()[:100_000])
    (backups / "empty.db").write_bytes(b"")
    (backups / "README").write_text("nightly backups\n")
    (backups / "night.db").write_bytes(small[0].read_bytes())
    built = build(tmp_path / "catalog", backups)
    assert built.code == 3
    assert "2 snapshots cannot be read" in built.err
    rows = dict(ask(tmp_path / "catalog", "SELECT snapshot, state FROM snapshots"))
    assert rows == {
        str(backups / "cut.db"): "damaged",
        str(backups / "empty.db"): "damaged",
        str(backups / "night.db"): "read",
    }
    assert {name for (name,) in ask(tmp_path / "catalog", "SELECT snapshot FROM problems")} >= {
        str(backups / "cut.db"),
        str(backups / "empty.db"),
    }
    assert build(tmp_path / "catalog", backups).code == 0, "what is known to be damaged is no news"


def test_values_of_secrets_are_keyed_hashes_that_match_across_builds(small: list[Path], tmp_path: Path) -> None:
    to, secret = (
        tmp_path / "catalog",
        "SELECT body FROM objects WHERE name = 'db-credentials' AND namespace = 'infra-production'",
    )
    build(to, small[0])
    build(to, *small[1:3])
    (body,) = ask(to, secret)[0]
    assert "<hidden " in body
    assert len(ask(to, secret)) == 1, "the same value has the same hash in each build"
    (key,) = (tmp_path / "config").rglob("*.key")
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    assert key.read_text().strip() not in (to / "catalog.json").read_text()
    other = tmp_path / "other.key"
    other.write_text("00" * 32)
    assert "is not the key" in build(to, small[0], "--key-file", other).err
    assert "are hidden in the catalog" in build(to, small[0], "--show-secrets").err
    key.rename(tmp_path / "moved.key")
    assert "--key-file" in build(to, small[0]).err
    assert build(to, small[0], "--key-file", tmp_path / "moved.key").code == 0


def test_the_log_tells_what_became_of_an_object(whole: Path, nights: list[Path]) -> None:
    told = json.loads(run("catalog", "log", whole, "cm/flappy", "-n", "infra-production", "-o", "json").out)
    states = [truth(night).get("/registry/configmaps/infra-production/flappy") for night in nights]
    expected = []
    before: Any = None
    for night, state in zip(nights, states, strict=True):
        if state != before:
            expected.append((str(night), "gone" if state is None else "first" if not expected else "changed"))
        before = state
    found = [
        (each["snapshot"], each["verdict"].replace("recreated", "changed").replace("back", "changed")) for each in told
    ]
    assert found == expected
    assert all(each["changes"] for each in told if each["verdict"] == "changed")
    assert run("catalog", "log", whole, "cm/flappy", "-n", "infra-production").out.count("\n") == len(told) + 1


def test_a_string_is_found_in_every_state_that_holds_it(whole: Path, nights: list[Path]) -> None:
    text = "registry.example.com" if "registry.example.com" in dumps(list(truth(nights[-1]).values())) else "nginx"
    rows = json.loads(run("catalog", "find-string", whole, text, "-o", "json").out)
    expected = {
        (body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"])
        for night in nights
        for body in truth(night).values()
        if text in dumps(body)
    }
    assert {(row["kind"], row["namespace"], row["name"]) for row in rows} == expected


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT nothing FROM objects",
        "SELECT * FROM nowhere",
        "DROP VIEW objects",
        "COPY objects TO 'x.csv'",
        "SELEC 1",
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_a_line(question: str, whole: Path) -> None:
    refused = run("catalog", "query", whole, question)
    assert (refused.code, refused.err.count("\n")) == (2, 2), refused


def test_a_newer_schema_and_what_is_no_catalog_are_refused(whole: Path, tmp_path: Path, small: list[Path]) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "catalog.json").write_text('{"schema": 2}')
    for words in (
        ("query", newer, "FROM objects"),
        ("build", small[0], "--to", newer),
        ("log", newer, "cm/x"),
        ("check", newer),
    ):
        refused = run("catalog", *words)
        assert (refused.code, "schema 2" in refused.err, "upgrade" in refused.err) == (2, True, True)
    assert "is no catalog" in run("catalog", "query", tmp_path, "FROM objects").err
    assert "holds something else" in build(tmp_path, small[0]).err
    assert "is in no snapshot" in run("catalog", "log", whole, "cm/none").err


def test_what_is_broken_is_named(small: list[Path], tmp_path: Path) -> None:
    build(tmp_path / "catalog", *small[:2])
    (objects,) = (tmp_path / "catalog").glob("objects/*/*/data.parquet")
    objects.write_bytes(objects.read_bytes()[:1000])
    checked = run("catalog", "check", tmp_path / "catalog")
    assert (checked.code, "cannot be read" in checked.err) == (3, True)


def test_others_read_the_same_files(whole: Path) -> None:
    files = dataset.dataset(whole / "objects", partitioning="hive")
    assert files.count_rows() == ask(whole, "SELECT count(*) FROM objects")[0][0]
    assert {"cluster", "day", "key", "body", "first_seen"} <= set(files.schema.names)


def test_snapshots_in_an_object_store_are_read_from_there(
    object_store: ObjectStore, small: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (object_store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}).items():
        monkeypatch.setenv(name, value)
    for night in small[:2]:
        object_store.put(f"catalogued/{night.name}", night.read_bytes())
    object_store.put("catalogued/README", b"text")
    url = object_store.put("catalogued/cut.db", small[0].read_bytes()[:100_000])
    built = build(tmp_path / "catalog", url.replace("cut.db", ""))
    assert built.code == 3
    assert "3 snapshots read" in built.err
    assert "0 snapshots read, 3 known before" in build(tmp_path / "catalog", url.replace("cut.db", "")).err


HISTORIES = st.lists(st.dictionaries(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=1, max_size=7)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_runs_say_what_was_seen_in_whatever_order(history: list[dict[str, str]], random: Any) -> None:
    touched: set[int] = set()
    runs = Runs(touched.add)
    order = list(range(len(history)))
    random.shuffle(order)
    for place in order:
        runs.add(place, {key: (state, place) for key, state in history[place].items()})
    seen: list[dict[str, str]] = [{} for _ in history]
    for key, run_ in runs:
        for place in range(run_.first, run_.last + 1):
            assert key not in seen[place]
            seen[place][key] = run_.hash
        after = history[run_.last + 1].get(key) if run_.last + 1 < len(history) else None
        assert after != run_.hash, "a run goes on as long as the state does"
    assert seen == history
    assert {run_.first for _, run_ in runs} <= touched
