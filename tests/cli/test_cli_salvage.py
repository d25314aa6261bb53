"""``--carve``, ``--salvage`` and ``verify`` at the command line: what is gone or damaged is had, and said to be so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_program import run
from compacted import DOOMED, PHOENIX, Written

PAGE = 4096


@pytest.fixture(scope="module")
def headless(compacted: Written, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot without its meta pages."""
    path = tmp_path_factory.mktemp("broken") / "headless.db"
    path.write_bytes(bytes(2 * PAGE) + compacted.snapshot.read_bytes()[2 * PAGE :])
    return path


def names(keys: Any) -> set[str]:
    return {key.decode().rpartition("/")[2] for key in keys}


def test_without_salvage_a_broken_file_is_refused(headless: Path) -> None:
    outcome = run("ls", headless)
    assert outcome.code == 1
    assert "--salvage" in outcome.err


def test_salvage_lists_all_and_calls_nothing_live(compacted: Written, headless: Path) -> None:
    outcome = run("ls", headless, "--salvage", "cm")
    assert outcome.code == 3
    headings, *rows = [line.split() for line in outcome.lines]
    at = headings.index("NAME")
    assert {row[at] for row in rows} == names(compacted.at(compacted.last))
    assert {row[-1] for row in rows} == {"unproven"}
    assert "unproven" in outcome.err


@pytest.mark.parametrize("output", ["json", "jsonl", "yaml", "wide", "name"])
def test_every_format_says_unproven(headless: Path, output: str) -> None:
    lines = run("ls", headless, "--salvage", "-o", output).out
    assert lines.count("unproven") >= lines.count("ConfigMap") > 0 or output in {"wide", "name"}
    if output in {"wide", "name"}:
        assert all("unproven" in line for line in lines.splitlines()[output == "wide" :])


@pytest.mark.parametrize("options", [(), ("--raw",)])
@pytest.mark.parametrize("output", ["yaml", "json", "jsonl"])
def test_objects_carry_the_word(headless: Path, output: str, options: tuple[str, ...]) -> None:
    outcome = run("get", headless, "--salvage", "--all", "cm/phoenix", "-o", output, *options)
    assert outcome.code == 3
    assert "snapinspect/unproven" in outcome.out


def test_get_names_say_it_too(headless: Path) -> None:
    lines = run("get", headless, "--salvage", "--all", "-o", "name").lines
    assert lines
    assert all(line.endswith(" (unproven)") for line in lines)


def test_export_goes_on_with_salvage_alone(compacted: Written, headless: Path, tmp_path: Path) -> None:
    assert run("export", headless, "--all", "-d", tmp_path / "none").code == 1
    outcome = run("export", headless, "--salvage", "--all", "-d", tmp_path / "out")
    assert outcome.code == 3
    assert "SHA-256" in outcome.err
    files = list((tmp_path / "out").rglob("*.yaml"))
    assert {file.stem for file in files} == names(compacted.at(compacted.last))
    assert all("snapinspect/unproven" in file.read_text() for file in files)


def test_whole_files_look_as_ever(compacted: Written) -> None:
    plain = run("ls", compacted.snapshot)
    assert run("ls", compacted.snapshot, "--carve") == plain
    assert run("ls", compacted.snapshot, "--salvage") == plain


def test_a_compacted_revision_needs_carve_and_is_incomplete(compacted: Written) -> None:
    at = str(compacted.life(DOOMED[-1])[0])
    refused = run("ls", compacted.snapshot, "--at", at)
    assert refused.code == 2
    assert "--carve" in refused.err
    outcome = run("ls", compacted.snapshot, "--at", at, "--carve", "-o", "json")
    assert outcome.code == 3
    assert "incomplete" in outcome.err
    truth = compacted.at(int(at))
    for line in json.loads(outcome.out):
        if line.get("source") != "unproven":
            assert truth[line["key"].encode()][0] == line["modRevision"]


def test_what_was_deleted_and_compacted_comes_back(compacted: Written) -> None:
    assert not names(DOOMED) & {
        line["name"] for line in json.loads(run("deleted", compacted.snapshot, "-o", "json").out)
    }
    found = json.loads(run("deleted", compacted.snapshot, "--carve", "-o", "json").out)
    back = {line["name"]: line for line in found if line["name"] in names(DOOMED)}
    assert back
    assert {line["source"] for line in back.values()} <= {"free", "unproven"}
    for name in back:
        outcome = run("get", compacted.snapshot, f"cm/{name}", "--deleted", "--carve")
        assert outcome.code == 0, outcome.err
        assert "text: to be gone" in outcome.out
        assert run("get", compacted.snapshot, f"cm/{name}", "--carve").code == 1


def test_history_reaches_back_before_compaction(compacted: Written) -> None:
    revisions = {}
    for options in ((), ("--carve",)):
        outcome = run("history", compacted.snapshot, "cm/phoenix", "-o", "json", *options)
        assert outcome.code == 0, outcome.err
        revisions[options] = [line["revision"] for line in json.loads(outcome.out)]
    assert set(revisions[()]) < set(revisions["--carve",]) <= dict(compacted.keys[PHOENIX]).keys()


@pytest.mark.parametrize("option", ["--carve", "--salvage"])
def test_what_is_no_database_file_is_refused(tmp_path: Path, option: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no snapshot")
    outcome = run("ls", path, option)
    assert outcome.code == 1
    assert outcome.err.count("\n") == 2


def test_verify_tells_whole_from_damaged(
    snapshot_file: Callable[[str], Path], compacted: Written, headless: Path
) -> None:
    assert run("verify", snapshot_file("small")).code == 0
    outcome = run("verify", headless)
    assert outcome.code == 3
    assert "BROKEN" in outcome.out
    assert "DAMAGED" in outcome.out
    report = json.loads(run("verify", headless, "-o", "json").out)
    assert not report["sound"]
    assert report["recoverable"]["unproven"] == len(compacted.at(compacted.last))
