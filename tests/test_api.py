"""What programs do with a snapshot: name moments as people do, and log what they hold without giving it away."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_program import ROOT, run

import snapinspect
from snapinspect import NotHeld, Snapshot, UsageError


@pytest.fixture
def history(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        yield snapshot


def test_a_moment_in_any_form_is_the_same_state(history: Snapshot) -> None:
    moment = datetime(2026, 11, 22, 11, 25, tzinfo=UTC)
    forms = (
        "2026-11-22T11:25:00Z",
        "11:25 UTC",
        f"{moment.timestamp():.0f}",
        int(moment.timestamp()),
        moment,
        moment.astimezone(None),
    )
    revisions = {history.at(form).revision for form in forms}
    assert len(revisions) == 1
    assert revisions == {history.at(*revisions).revision} == {history.at(str(*revisions)).revision}
    (revision,) = revisions
    assert list(history.at("11:25 UTC").heads(history.select(["deploy"]))) == list(
        history.at(revision).heads(history.select(["deploy"]))
    )


def test_what_is_no_moment_of_the_snapshot_is_refused(history: Snapshot) -> None:
    with pytest.raises(UsageError, match="no revision, time or duration"):
        history.at("tomorrow")
    with pytest.raises(NotHeld) as caught:
        history.at("1w")
    assert history.at(caught.value.instead).revision == 1


def test_no_value_of_a_secret_is_in_what_python_prints(history: Snapshot) -> None:
    secrets = history.select(["secrets"])
    entries = list(history.entries(secrets))
    shown = repr([entries, list(history.objects(secrets)), list(history.recover(secrets))])
    gone = history.deleted(["secrets"])
    comparison = history.at(2).diff(history, ["secrets"])
    shown += repr(
        [gone, list(history.log(["secrets"])), list(history.history("secret/basic", namespace="infra-production"))]
    )
    shown += repr([history, comparison, [(each, comparison.changes(each)) for each in comparison.differences()]])
    values = [value for found in history.objects(secrets) for value in (found.body.get("data") or {}).values()]
    held = [bytes(entry.record.value) for entry in entries] + [bytes(each.life.last.value) for each in gone]
    assert len(values) > 5
    assert not [value for value in values if value and value in shown]
    assert not [value for value in held if repr(value) in shown]
    assert entries[0].head.name in shown


def test_the_log_is_the_one_that_the_command_tells(history: Snapshot, snapshot_file: Callable[[str], Path]) -> None:
    told = json.loads(run("log", snapshot_file("history"), "--since", "3400", "--by", "kubectl", "-o", "json").out)
    entries = list(history.log(since=3400, by="kubectl"))
    assert len(entries) == sum(1 + each["folded"] for each in told) > 5
    assert {(entry.verb, entry.head.kind) for entry in entries} == {(each["verb"], each["kind"]) for each in told}
    of_one = list(history.log(["deploy/web"], namespaces=["infra-production"], since="4m"))
    assert {entry.head.name for entry in of_one} == {"web"}
    assert [entry.verb for entry in of_one][-1] == "deleted"
    assert history.log(until=3).__next__().record.mod_revision <= 3
    moment = datetime(2026, 11, 22, 11, 25, tzinfo=UTC)
    assert list(map(repr, history.log(["deploy"], until=moment))) == list(
        map(repr, history.at(moment).log(["deploy"], until="11:27 UTC"))
    )


def test_what_differs_is_what_the_command_tells(history: Snapshot, snapshot_file: Callable[[str], Path]) -> None:
    told = json.loads(run("diff", snapshot_file("history"), "--from", "3000", "deploy", "-o", "json").out)
    comparison = history.at(3000).diff(history, ["deploy"])
    found = {
        each.head.name: comparison.changes(each) for each in comparison.differences() if each.operation == "changed"
    }
    assert found
    assert {name: [change.as_json() for change in changes] for name, changes in found.items()} == {
        each["name"]: each["changes"] for each in told if each["operation"] == "changed"
    }


def test_the_methods_are_functions_of_the_package_and_stay_with_another_moment(history: Snapshot) -> None:
    earlier = history.at(3000)
    assert isinstance(earlier, Snapshot)
    assert repr(earlier) == f"<Snapshot of {history.source.path} at revision 3000>"
    for name in ("history", "deleted", "diff", "log"):
        assert getattr(snapinspect, name) is getattr(Snapshot, name)
    assert {gone.head.name for gone in earlier.deleted(["deploy"])} <= {
        gone.head.name for gone in history.deleted(["deploy"])
    }
    assert max(step.record.mod_revision for step in earlier.history("deploy/web", namespace="infra-production")) <= 3000
    assert [entry.record for entry in earlier.log(since=3000)] == []


CONSUMER = """
from collections.abc import Iterator

import snapinspect
from snapinspect import NotFound, Recovered, Snapshot, SnapinspectError


def replicas(path: str) -> Iterator[tuple[str, int]]:
    with snapinspect.open(path) as snapshot:
        earlier: Snapshot = snapshot.at("10m")
        for found in earlier.recover(earlier.select(["deploy"], namespaces=["shop"])):
            yield name(found), found.cleaned.body["spec"]["replicas"]
        print(len(earlier.diff(snapshot).differences()), len(snapshot.deleted()))
        print([step.managers for step in snapshot.history("deploy/web", namespace="shop")])
        print([entry.summary.upper() for entry in snapshot.log(since=earlier.revision)])


def name(found: Recovered) -> str:
    return found.object.head.name


def why(error: SnapinspectError) -> tuple[str, int]:
    return error.hint, NotFound.exit_code
"""


@pytest.mark.parametrize(
    ("module", "given", "expected"),
    [
        ("consumer", CONSUMER, []),
        (
            "mistaken",
            CONSUMER.replace("tuple[str, int]:\n    return", "tuple[int, int]:\n    return"),
            ["return-value"],
        ),
    ],
)
def test_a_consumer_is_checked_by_the_types(tmp_path: Path, module: str, given: str, expected: list[str]) -> None:
    """The installed package says of itself that it is typed, and what it promises has types."""
    # Each by a name of its own: mypy takes a file of the same size and second for the one that it remembers.
    source = tmp_path / f"{module}.py"
    source.write_text(given)
    options = ["--strict", "--cache-dir", ROOT / ".mypy_cache", "--config-file=", source.name]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert re.findall(r"\[(\S+)\]$", checked.stdout, re.MULTILINE) == expected, checked.stdout
