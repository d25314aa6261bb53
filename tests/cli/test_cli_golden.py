"""Commands print what a person has read and found right."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from cli_program import ROOT, SMALL, run
from golden_outputs import GOLDEN, LISTS, clean_outputs, screens

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
REVIEW = "python tests/cli/golden_outputs.py writes it anew; git diff shows what to review"


@pytest.fixture(autouse=True)
def in_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path on the command line is part of what ``info`` prints."""
    monkeypatch.chdir(ROOT)


def check(file: str, command: tuple[str, ...]) -> None:
    outcome = run(*command)
    assert outcome.code == 0
    check_text(file, outcome.out)


def check_text(file: str, text: str) -> None:
    expected = Path(GOLDEN, file).read_bytes().decode()
    changed = difflib.unified_diff(expected.split("\n"), text.split("\n"), file, "now", lineterm="")
    shown = "\n".join(list(changed)[:40])
    assert text == expected, f"{REVIEW}\n{shown}"


@pytest.mark.parametrize("file", LISTS)
def test_list_is_as_reviewed(file: str) -> None:
    check(file, LISTS[file])


def test_terminals_of_each_width_show_what_was_reviewed() -> None:
    shown = screens()
    assert {path.name for path in GOLDEN.glob("screens/*")} == {Path(file).name for file in shown}
    for file, text in shown.items():
        check_text(file, text)


def test_clean_yaml_of_every_kind_is_as_reviewed() -> None:
    outputs = clean_outputs()
    assert len(outputs) > 60
    assert {path.name for path in GOLDEN.glob("clean/*")} == {Path(file).name for file in outputs}
    for file, command in outputs.items():
        check(file, command)


def test_each_golden_document_is_one_complete_object() -> None:
    files = sorted(GOLDEN.glob("clean/*.yaml"))
    for file in files:
        for document in yaml.load_all(file.read_bytes(), LOADER):
            assert {"apiVersion", "kind", "metadata"} <= document.keys(), file
            assert document["metadata"].keys() <= {"name", "namespace", "labels", "annotations", "finalizers"}, file
            assert "status" not in document, file


def test_wide_table_has_the_columns_of_the_narrow_one_first() -> None:
    narrow, wide = run("ls", SMALL).lines, run("ls", SMALL, "-o", "wide").lines
    assert len(narrow) == len(wide) == 638
    for short, long in zip(narrow, wide, strict=True):
        assert long.split()[:4] == short.split()
