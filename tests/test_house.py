"""The house is as it is drawn: the picture, the tables that lead through it, and the names it gives out."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import snapinspect
from snapinspect.errors import SnapinspectError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "snapinspect"
SMALL = ROOT / "fixtures" / "k8s-1.36" / "small.db"
_ENTRANCES = {"__init__.py", "__main__.py"}


def rows(page: str) -> list[str]:
    """The names with which the rows of a page's tables begin."""
    return re.findall(r"^\| `([^`]+)` \|", (ROOT / page).read_text(), re.MULTILINE)


def test_the_picture_is_what_the_contracts_say() -> None:
    module = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    assert (ROOT / "docs" / "architecture.md").read_text() == module["page"](), "run `make docs`"


def test_each_room_is_in_the_table() -> None:
    named = rows("CONTRIBUTING.md")
    rooms = {f"snapinspect/{path.name}" for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    expected = rooms - {f"snapinspect/{name}" for name in (*_ENTRANCES, "__pycache__")}
    assert {name for name in named if name.startswith("snapinspect/")} == expected
    assert all((ROOT / name).exists() for name in named)
    assert len(named) == len(set(named))


def test_what_people_look_for_is_where_the_page_says() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    files = re.findall(r"^\| [^|]+\? \| `(snapinspect/[^`]+)`", text, re.MULTILINE)
    assert len(files) >= 10
    assert [name for name in files if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", snapinspect.__all__)
def test_public_names(name: str) -> None:
    assert name in dir(snapinspect)
    assert getattr(snapinspect, name) is not None


def test_every_error_is_public() -> None:
    known, found = [SnapinspectError], set()
    while known:
        error = known.pop()
        found.add(error.__name__)
        known += [each for each in error.__subclasses__() if each.__module__ == "snapinspect.errors"]
    assert found <= set(snapinspect.__all__)


def test_unknown_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = snapinspect.nothing


def test_importing_reads_no_analysis() -> None:
    """Every start of the program imports the package."""
    check = "import sys, snapinspect; print([name for name in sys.modules if name.startswith('snapinspect.analysis')])"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_answers_without_the_command_line() -> None:
    with snapinspect.open(str(SMALL)) as snapshot:
        (held, *_) = snapshot.objects(snapshot.select(["deploy/api"], namespaces=["infra-production"]))
        steps = list(snapinspect.history(snapshot, "deploy/api", namespace="infra-production"))
        assert steps[-1].record == held.record
        before = snapshot.at(steps[-1].record.mod_revision - 1)
        comparison = snapinspect.diff(before, snapshot, ["deploy"], namespaces=["infra-production"], raw=True)
        assert held.record in [each.new and each.new.record for each in comparison.differences()]
        gone = snapinspect.deleted(snapshot)
        assert all(snapshot.record(each.life.last.key) != each.life.last for each in gone)
