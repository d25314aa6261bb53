"""What a stranger types wrong: the exit code, and the two lines that say what is wrong and what to type instead.

The lines stand by subject in ``wrong_lines/``, each as::

    EXIT-CODE $ COMMAND LINE
    error: …
    hint: …

``$S``, ``$H`` and ``$C`` are snapshots, ``$T`` is the directory in which the line is typed: an empty one, except that in
``lying_here.txt`` a snapshot is in it.
"""

from __future__ import annotations

import gzip
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_program import ROOT, SMALL, Outcome, run

_PROGRAM = "snapinspect "
_PLACES = re.compile(
    r"SNAPSHOT|DIR|https://|--kubeconfig|^(catalog|report|restore|serve) |(s3|gs|az)://|--show-completion"
)
"""What stands for something that only the reader knows, or needs a cluster or a shell."""


class Row(NamedTuple):
    """A line typed wrong, and what is seen of it."""

    line: str
    code: int
    seen: list[str]
    lying: bool
    """Whether a snapshot lies where the line is typed."""


def _rows() -> list[Row]:
    rows = []
    for file in sorted((Path(__file__).parent / "wrong_lines").glob("*.txt")):
        for block in file.read_text().split("\n\n"):
            first, *seen = block.strip().split("\n")
            code, _, line = first.partition(f" $ {_PROGRAM}")
            rows.append(Row(line, int(code), seen, file.stem == "lying_here"))
    return rows


TABLE = _rows()
TO_PASTE = {
    (command, row.lying): row.line
    for row in TABLE
    for command in re.findall(r"`snapinspect ([^`]+)`", row.seen[-1])[:1]
}
"""The first command of each hint, once, and a line that leads to it."""

Typed = Callable[[str, bool], tuple[Outcome, Callable[[str], str]]]


@pytest.fixture(scope="module")
def compacted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compacted") / "compacted.db"
    path.write_bytes(gzip.decompress((ROOT / "fixtures" / "etcd-3.5" / "compacted.db.gz").read_bytes()))
    return path


@pytest.fixture
def typed(
    snapshot_file: Callable[[str], Path], compacted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Typed:
    """Runs a line where the snapshot lies, or nothing; gives what came, and what shortens the paths in it."""
    monkeypatch.chdir(tmp_path)
    paths = {"$S": str(SMALL), "$H": str(snapshot_file("history")), "$C": str(compacted), "$T": str(tmp_path)}

    def type_it(line: str, lying: bool) -> tuple[Outcome, Callable[[str], str]]:
        if lying:
            (tmp_path / "snap.db").symlink_to(SMALL)
        for short, path in paths.items():
            line = line.replace(short, shlex.quote(path))
        return run(*shlex.split(line)), shortened

    def shortened(text: str) -> str:
        for short, path in paths.items():
            text = text.replace(shlex.quote(path), short).replace(path, short)
        return text

    return type_it


def test_no_line_is_listed_twice() -> None:
    assert len({(row.line, row.lying) for row in TABLE}) == len(TABLE) > 240


@pytest.mark.parametrize("row", TABLE, ids=[row.line for row in TABLE])
def test_a_wrong_line_says_what_is_wrong_and_what_to_type(typed: Typed, row: Row) -> None:
    outcome, shortened = typed(row.line, row.lying)
    seen = [shortened(each) for each in outcome.err.splitlines() if not each.startswith("note: ")]
    assert (outcome.code, seen) == (row.code, row.seen)


@pytest.mark.parametrize(
    ("command", "lying"), TO_PASTE, ids=[f"{command} # {line}" for (command, _), line in TO_PASTE.items()]
)
def test_what_is_to_be_typed_works(typed: Typed, command: str, lying: bool) -> None:
    if _PLACES.search(command):
        assert lying or "$S" in command or "SNAPSHOT" in command or "://" in command or command.startswith("--")
        return
    outcome, _ = typed(command, lying)
    # A diff says by 1 that something differs; what free pages hold may be incomplete, which is 3.
    good = {0, 1} if command.startswith("diff ") else {0, 3} if "--carve" in command else {0}
    assert outcome.code in good, outcome.err


def test_of_several_namespaces_one_that_is_not_there_is_noted() -> None:
    outcome = run("ls", SMALL, "deploy", "-n", "infra-production,infra-stagin")
    assert outcome.code == 0
    assert outcome.err == "note: there is no namespace 'infra-stagin'; did you mean infra-staging, infra-production?\n"
    assert "note" not in run("ls", SMALL, "deploy", "-n", "infra-production,infra-staging").err
