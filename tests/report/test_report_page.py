"""What the page of ``report`` says, held against what the commands say that are made for each part."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cli_program import ROOT, SMALL, Outcome, run
from hypothesis import given
from hypothesis import strategies as st
from reported import Read, report
from written_snapshot import write_snapshot

from snapinspect.analysis.log import Verb
from snapinspect.model import Head
from snapinspect.report.bins import Bins
from snapinspect.report.charts import lanes
from snapinspect.report.happening import Lane, Mark

HISTORY = ROOT / "fixtures" / "k8s-1.36" / "history.db.gz"
SECTIONS = ["about", "activity", "lanes", "who", "deleted", "fill", "problems", "encryption", "members"]
HOSTILE = (
    "</script><script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "javascript:document.title='ran'",
    '"><svg onload=alert(1)>',
    "a\u2028b\u202ec\x1b[31m",
    "%{customdata} <a href='http://example.com'>b</a>",
)


@cache
def history_page() -> str:
    return report(HISTORY)


@cache
def of_history() -> Read:
    return Read(history_page())


def answers(*args: str | Path) -> Any:
    return json.loads(run(*args).out)


def test_all_parts_are_there_and_say_what_the_snapshot_is() -> None:
    page = of_history()
    assert list(page.sections) == SECTIONS
    about = dict(page.table("The snapshot"))
    told = answers("info", HISTORY, "-o", "json")
    assert about["Revision"] == f"{told['revision']}, compacted up to {told['compactRevision']}"
    assert about["Cluster UID"] == told["clusterUID"]
    assert about["Kubernetes"] == told["kubernetesVersion"]
    assert "Sound: every page and every value was read (943 live keys proven)" in page.sections["about"]
    assert [row[:2] for row in page.table("Members")] == [[each["id"], each["name"]] for each in told["members"]]


def test_who_did_what_is_the_log() -> None:
    page, entries = of_history(), answers("log", HISTORY, "-o", "json")
    times = Counter[tuple[str, str]]()
    for entry in entries:
        times[entry["actor"] or "unknown", entry["verb"]] += 1 + entry["folded"]
    verbs = ("created", "recreated", "updated", "scaled", "rolled-out", "deleted")
    rows = page.table("Who did what")
    assert {
        (row[0], verb): int(n) for row in rows for verb, n in zip(verbs, row[1:7], strict=True) if n != "0"
    } == times
    told = [(row[0], row[2], row[3], row[5]) for row in page.table("What happened")]
    expected = [(str(e["revision"]), e["actor"] or "unknown", e["verb"], e["summary"]) for e in entries]
    assert told == expected[-len(told) :]


def test_a_lane_keeps_when_its_object_was_there_whatever_else_is_too_much() -> None:
    lane = Lane(Head("v1", "ConfigMap", "default", "busy", "", None, ""))
    verbs: list[Verb] = ["created", *["updated"] * 300, "deleted", "recreated", *["updated"] * 300, "deleted"]
    for seconds, verb in enumerate(verbs):
        lane.add(Mark(seconds, verb, "someone", ""))
    assert len(lane.marks) + lane.left_out == len(verbs)
    assert len(lane.marks) < 200
    assert [mark.verb for mark in lane.marks if mark.verb != "updated"] == [v for v in verbs if v != "updated"]
    assert [mark.seconds for mark in lane.marks] == sorted(mark.seconds for mark in lane.marks)
    assert lane.marks[-2].seconds == len(verbs) - 2


def test_pods_of_one_owner_have_labels_that_differ() -> None:
    names = [f"pod/frontend-00000-7f9c6b5d44-{end} -n payments-development-000" for end in ("a1b2c", "x9y8z")]
    lane = Lane(Head("v1", "Pod", "payments-development-000", "frontend", "", None, ""))
    told = lanes([(name, lane) for name in (*names, "pod/web -n shop")], 0, 10)["layout"]["yaxis"]["ticktext"]
    assert [label[: label.index(" -n ")][-5:] for label in told[:2]] == ["a1b2c", "x9y8z"]
    assert all(len(label) <= 46 and label.endswith("-000") for label in told[:2])
    assert told[2] == "pod/web -n shop"


def test_charts_hold_what_the_log_tells() -> None:
    page, entries = of_history(), answers("log", HISTORY, "-o", "json")
    happened = sum(1 + entry["folded"] for entry in entries)
    for name in ("kind-chart", "actor-chart"):
        shown = [trace for trace in page.figures[name]["data"] if trace["visible"] is True]
        assert sum(sum(trace["y"]) for trace in shown) == happened
        assert all(len(trace["x"]) == len(trace["y"]) for trace in shown)
    lanes = page.figures["lanes-chart"]
    marks = {(trace["name"], label) for trace in lanes["data"] for label in trace.get("customdata", ())}
    assert {
        ("deleted", "deployment/web -n infra-production"),
        ("rolled-out", "deployment/web -n infra-production"),
    } <= marks
    assert "recreated" in {verb for verb, label in marks if label == "configmap/flappy -n infra-production"}


def test_the_treemap_adds_up_to_what_stats_counts() -> None:
    (trace,) = of_history().figures["fill-chart"]["data"]
    total = answers("stats", HISTORY, "-o", "json")["total"]
    sizes = dict(zip(trace["ids"], trace["values"], strict=True))
    assert sizes["all"] == total["size"] + total["historySize"]
    for parent in set(trace["parents"]) - {""}:
        inner = [size for size, of in zip(trace["values"], trace["parents"], strict=True) if of == parent]
        assert sum(inner) == sizes[parent]
    assert len(trace["ids"]) == len(set(trace["ids"]))


def test_each_command_brings_back_what_was_deleted() -> None:
    rows = of_history().table("Deleted objects")
    listed = answers("deleted", HISTORY, "-o", "json")
    passing = {"Event", "Lease", "EndpointSlice", "Endpoints"}
    assert len(rows) == len([each for each in listed if each["kind"] not in passing])
    by_object = {row[1]: row[3] for row in rows}
    for name, kind in (
        ("deployment/web", "Deployment"),
        ("secret/doomed-secret", "Secret"),
        ("configmap/flappy", "ConfigMap"),
    ):
        command = by_object[f"{name} -n infra-production"]
        words = shlex.split(command.removesuffix(" | kubectl create -f -"))
        outcome = run(*words[1:])
        assert (outcome.code, f"kind: {kind}\n" in outcome.out) == (0, True), command
    assert by_object["deployment/web -n infra-production"].endswith(" | kubectl create -f -")
    # It lives again, so that it cannot be created.
    assert not by_object["configmap/flappy -n infra-production"].endswith("kubectl create -f -")


def test_no_secret_value_is_on_it() -> None:
    page = history_page().partition('<script type="application/json"')[0] + json.dumps(of_history().figures)
    secrets = [
        json.loads(line) for line in run("get", HISTORY, "secrets", "-A", "--all", "-o", "jsonl").out.splitlines()
    ]
    values = [value for secret in secrets for value in secret.get("data", {}).values() if len(value) > 8]
    assert len(values) > 10
    assert [value for value in values if value in page] == []
    plain = [base64.b64decode(value).decode("utf-8", "ignore") for value in values]
    assert [value for value in plain if len(value) > 8 and value in page] == []


def test_a_second_snapshot_is_held_against_it_from_the_earlier_to_the_later(
    snapshot_file: Callable[[str], Path],
) -> None:
    later = snapshot_file("history")
    expected = Counter((each["operation"], each["kind"]) for each in answers("diff", SMALL, later, "-o", "json"))
    page = Read(report(SMALL, later))
    assert f"From {SMALL} at revision 1175 to {later} at revision 4171" in page.sections["diff"]
    rows = page.table("Objects that differ, by kind")
    verbs = ("added", "changed", "removed")
    counts = {(verb, row[0]): int(n) for row in rows for verb, n in zip(verbs, row[1:], strict=True)}
    assert Counter({key: n for key, n in counts.items() if n}) == expected


def test_a_selection_and_a_span_narrow_it() -> None:
    page = Read(report(SMALL, "-n", "infra-production", "--since", "900"))
    assert page.table("What happened")
    assert {row[4].partition(" -n ")[2].partition(" and ")[0] for row in page.table("What happened")} <= {
        "infra-production",
        "",
    }
    assert all(int(row[0]) > 900 for row in page.table("What happened"))
    kinds = {row[0] for row in page.table("By namespace")}
    assert kinds <= {"infra-production", "(cluster)"}


def hostile_snapshot(path: Path) -> Path:
    bodies = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": f"{name}-{at}",
                "namespace": name,
                "uid": str(at),
                "creationTimestamp": f"2026-11-22T11:20:{at:02}Z",
                "managedFields": [{"manager": name, "operation": "Update", "time": f"2026-11-22T11:20:{at:02}Z"}],
            },
            "data": {name: name},
        }
        for at, name in enumerate(HOSTILE)
    ]
    return write_snapshot(path, bodies)


def test_names_of_any_sort_are_text(tmp_path: Path) -> None:
    page = report(hostile_snapshot(tmp_path / "hostile.db"))
    read = Read(page)
    assert len(read.scripts) == 3
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "nav",
        "ul",
        "li",
        "main",
        "section",
    }
    allowed |= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "details",
        "summary",
        "span",
        "strong",
    }
    allowed |= {"meter", "code", "footer", "script", "button", "wbr"}
    assert {tag for tag, _ in read.tags} <= allowed
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "style"]
    assert all((attributes["href"] or "").startswith("#") for tag, attributes in read.tags if tag == "a")
    told = next(text for attributes, text in read.scripts if attributes.get("id") == "figures")
    assert not set("<>&\u2028\u2029\u202e\x1b") & set(told)
    assert not set("\u2028\u202e\x1b") & set(page.replace(read.scripts[1][1], ""))
    labels = read.figures["fill-chart"]["data"][0]["labels"]
    assert not [label for label in labels if "<" in label or ">" in label]


def test_only_its_own_scripts_run_and_nothing_is_fetched() -> None:
    page = of_history()
    (policy,) = (
        a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    runs = [text for attributes, text in page.scripts if attributes.get("type") != "application/json"]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in runs]
    assert rules["script-src"].split() == [f"'sha256-{each}'" for each in hashes]
    assert not [a for tag, a in page.tags if tag in {"link", "img", "iframe", "object"} or "src" in a]


def test_each_chart_has_a_table_and_a_label() -> None:
    page = of_history()
    labels = {a["id"]: a["aria-label"] for _, a in page.tags if a.get("role") == "img"}
    assert labels.keys() == page.figures.keys()
    assert all(labels.values())
    assert {title.partition(";")[0] for title in page.tables if title.startswith("Changes")} == {
        "Changes by kind",
        "Changes by actor",
    }
    assert all(a.get("scope") == "col" for tag, a in page.tags if tag == "th")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("where", [0, 40])
def test_a_damaged_snapshot_is_shown_and_marked(tmp_path: Path, where: int) -> None:
    damaged = tmp_path / "damaged.db"
    data = bytearray(SMALL.read_bytes())
    page_at = (where or 100) * 4096
    data[page_at : page_at + 4096] = bytes(4096)
    damaged.write_bytes(data)
    outcome = run("report", damaged, "-o", "-")
    assert outcome.code == 3
    reasons = [line.split(":")[1] for line in outcome.err.splitlines()]
    assert len(set(reasons)) == len(reasons) > bool(where)
    page = Read(outcome.out)
    assert "DAMAGED in" in page.sections["about"]
    findings = answers("verify", damaged, "-o", "json")["findings"]
    assert [row[0] for row in page.table("Damage")] == [each["where"] for each in findings]


def test_a_locked_snapshot_is_shown_and_marked(snapshot_file: Callable[[str], Path]) -> None:
    page = Read(report(snapshot_file("aescbc"), code=3))
    assert "values locked" in page.sections["about"]
    keys = answers("keys", snapshot_file("aescbc"), "-o", "json")
    rows = page.table("Which key locks what")
    assert sum(int(row[5]) for row in rows) == sum(each["objects"] for each in keys)
    assert all(row[6].startswith("no: ") for row in rows)


def test_the_line_that_tells_of_the_keys_can_be_pasted(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    told = run("report", snapshot_file("aescbc"), "-o", tmp_path / "report.html").err
    (line,) = re.findall("`(snapinspect keys [^`]*)`", told)
    assert run(*shlex.split(line)[1:]).out == run("keys", snapshot_file("aescbc")).out != ""


def test_what_cannot_be_written_is_said_before_anything_is_read(tmp_path: Path) -> None:
    def failing(*args: str | Path) -> tuple[int, list[str]]:
        outcome: Outcome = run("report", *args)
        return outcome.code, outcome.err.splitlines()

    there = tmp_path / "there.html"
    there.write_text("mine")
    evidence = tmp_path / "s.db"
    evidence.write_bytes(SMALL.read_bytes())
    assert failing(SMALL) == (
        2,
        ["error: nothing says where to write the page", f"hint: `snapinspect report {SMALL} -o report.html`"],
    )
    assert failing(SMALL, "-o", there)[0] == 1
    assert there.read_text() == "mine"
    assert failing(evidence, "-o", evidence, "--force")[1][0] == f"error: {evidence} is the snapshot itself"
    assert evidence.read_bytes() == SMALL.read_bytes()


def test_the_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    outcome = run("report", SMALL, "-o", place)
    assert outcome.code == 0
    assert re.search(r"wrote [0-9.]+ MB to .*report\.html", outcome.err)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert Read(place.read_text()).sections
    assert 4_000_000 < place.stat().st_size < 8_000_000
    assert list(tmp_path.iterdir()) == [place]


def test_stats_gives_its_part_alone() -> None:
    outcome = run("stats", SMALL, "-n", "infra-production", "-o", "html")
    assert f"snapinspect report {SMALL} -n infra-production -o report.html" in outcome.err
    assert outcome.code == 0, outcome.err
    page = Read(outcome.out)
    assert list(page.sections) == ["fill"]
    assert list(page.figures) == ["fill-chart"]
    assert {row[0] for row in page.table("By namespace")} <= {"infra-production", "(cluster)"}
    told = answers("stats", SMALL, "-n", "infra-production", "-o", "json")
    assert [int(row[1]) for row in page.table("By kind")] == [each["objects"] for each in told["kinds"]]


def test_what_fills_it_is_told_of_a_sound_snapshot_as_stats_tells_it() -> None:
    alone, part = Read(run("stats", SMALL, "-o", "html").out), Read(report(SMALL))
    for caption in ("Parts of the file", "What would make it smaller", "By namespace"):
        assert part.table(caption) == alone.table(caption), caption
    assert [row[0] for row in part.table("Parts of the file")][:2] == [
        "live values",
        "history, until compaction drops it",
    ]


def test_without_plotly_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    without = "import sys; sys.modules['plotly.offline'] = None; from snapinspect.__main__ import main; main()"
    words = [sys.executable, "-c", without, "report", str(SMALL), "-o", str(tmp_path / "report.html")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    error, hint = done.stderr.splitlines()
    assert error == "error: the page's charts need the package plotly"
    assert hint.startswith("hint: `pip install plotly` brings it, as does the extra report.")
    assert list(tmp_path.iterdir()) == []


def test_the_readme_shows_its_picture() -> None:
    assert "(docs/report.png)" in (ROOT / "README.md").read_text()
    assert 20_000 < len((ROOT / "docs" / "report.png").read_bytes()) < 250_000


@given(st.lists(st.tuples(st.integers(-(10**11), 10**11), st.sampled_from("abcdef")), min_size=1, max_size=60))
def test_bins_lose_nothing_and_stay_few(events: list[tuple[int, str]]) -> None:
    bins = Bins()
    for seconds, name in events:
        bins.add(seconds, name)
    series = bins.series(2)
    assert sum(each.total for each in series) == len(events)
    starts = {start for each in series for start in each.counts}
    assert max(starts) - min(starts) <= 201 * bins.width
    for each in series[:2]:
        for start, count in each.counts.items():
            inside = [1 for seconds, name in events if name == each.name and start <= seconds < start + bins.width]
            assert len(inside) == count
