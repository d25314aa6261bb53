"""The browser through its keys, on real snapshots, in Textual's own terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shlex
import stat
import struct
import subprocess
import termios
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from select import select
from threading import Event

import pytest
from browsed import browser, browsing, cells, listing, notes, press, screen, settled, text, type_in
from cli_program import ROOT, SMALL, command, run
from screens import golden_file, walked
from textual.binding import Binding
from textual.pilot import Pilot

from snapinspect.browse import Browser, lists
from snapinspect.browse.lists import Listed, Listing, Row, Target
from snapinspect.browse.screens import ListPage, ObjectPage, TextPage
from snapinspect.browse.widgets import Rows
from snapinspect.model import Head
from snapinspect.snapshot import Snapshot, open_snapshot

REVIEW = "python tests/browse/screens.py writes them anew; git diff shows what to review"


def test_screens_are_as_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for size, screens in walked().items():
        assert screens.splitlines() == golden_file(size).read_text(encoding="utf-8").splitlines(), REVIEW


def test_kinds_then_objects_then_one_of_them() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        listed = json.loads(run("ls", SMALL, "-o", "json").out)
        counts = {row[0]: int(row[1]) for row in cells(pilot)}
        assert sum(counts.values()) == len(listed) == 637
        assert counts["Event"] == 126
        await type_in(pilot, ":", "deploy")
        assert [row[:2] for row in cells(pilot)] == [
            (each["namespace"], each["name"]) for each in listed if each["kind"] == "Deployment"
        ]
        await type_in(pilot, "/", "nosuchname")
        assert cells(pilot) == []
        await type_in(pilot, "/", "api")
        assert [row[1] for row in cells(pilot)] == ["api"]
        await press(pilot, "enter")
        assert text(pilot) == run("get", SMALL, "deploy/api", "-n", "infra-production").out.splitlines()
        await press(pilot, "r")
        assert "status:" in text(pilot)
        assert "  managedFields:" in text(pilot)
        await press(pilot, "escape", "escape")
        assert listing(pilot).rows.listed.columns[0] == "kind"

    browsing(SMALL, steps=steps)


def test_an_object_goes_through_its_revisions(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, ":", "cm/flappy")
        await press(pilot, "enter")
        page = pilot.app.screen
        assert isinstance(page, ObjectPage)
        steps_told = json.loads(run("history", path, "cm/flappy", "-n", "infra-production", "-o", "json").out)
        last = page._shown.step
        assert last is not None
        assert (last.record.mod_revision, len(page._shown.steps)) == (steps_told[-1]["revision"], len(steps_told))
        assert any(f" {steps_told[-1]['time']} by " in line for line in screen(pilot)[:2]), (
            "80 columns tell when it was"
        )
        await press(pilot, "comma", "comma")
        assert page._shown.step is not None
        revision = page._shown.step.record.mod_revision
        assert revision == steps_told[-3]["revision"]
        then = run("get", path, "cm/flappy", "-n", "infra-production", "--at", str(revision))
        assert text(pilot) == then.out.splitlines()
        await press(pilot, "D")
        assert any(line.startswith("-") for line in text(pilot))
        assert any(line.startswith("+") for line in text(pilot))
        changed = text(pilot)
        await press(pilot, "h")
        told = text(pilot)
        marked = next(at for at, line in enumerate(told) if line.startswith("> "))
        assert told[marked].split()[1] == str(revision)
        assert [line[6:] for line in told[marked + 1 : marked + 1 + len(changed)]] == changed
        assert told[marked][:40].rstrip() in "\n".join(screen(pilot))
        await press(pilot, "full_stop")
        assert sum(line.startswith("> ") for line in text(pilot)) == 1

    path = snapshot_file("history")
    browsing(path, steps=steps)


def test_another_time_what_is_gone_and_how_it_comes_back(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "x")
        listed = json.loads(run("deleted", path, "-o", "json").out)
        assert [row[3] for row in cells(pilot)] == [each["name"] for each in listed]
        await type_in(pilot, "/", "deployments")
        await type_in(pilot, "/", "Deployment")
        await press(pilot, "enter")
        assert "kind: Deployment" in text(pilot)
        await press(pilot, "R")
        words = shlex.split(
            " ".join(line.removesuffix("\\") for line in text(pilot)[1:3]).removesuffix(" | kubectl create -f -")
        )
        assert "kind: Deployment\n" in run(*words[1:]).out
        await type_in(pilot, "t", "3000")
        await type_in(pilot, ":", "deploy")
        assert "web" in [row[1] for row in cells(pilot)]
        assert "@ 3000" in listing(pilot).title_line()
        await press(pilot, "L")
        told = json.loads(run("log", path, "--until", "3000", "-o", "json").out)
        assert [row[-1] for row in cells(pilot)] == [str(each["revision"]) for each in told[::-1]]
        await type_in(pilot, "t", "99999999")
        assert "@ 3000" in listing(pilot).title_line()
        assert notes(pilot)

    path = snapshot_file("history")
    browsing(path, steps=steps)


@pytest.mark.parametrize(("listing", "command"), [(lists.deleted, "deleted"), (lists.log, "log")])
def test_what_happened_last_is_shown_as_it_comes(
    listing: Callable[[Snapshot], Listing], command: str, snapshot_file: Callable[[str], Path]
) -> None:
    path = snapshot_file("history")
    with open_snapshot(str(path)) as view:
        *parts, whole = [each for each in listing(view) if each]
    assert parts
    assert [part.is_whole for part in parts] == [False] * len(parts)
    assert whole.is_whole
    assert len(whole.rows) == len(json.loads(run(command, path, "-o", "json").out))
    told = [row.identity for row in whole.rows]
    for part in parts:
        shown = [row.identity for row in part.rows]
        assert set(shown) <= set(told)
        assert len(shown) < len(told)


def test_the_cursor_and_the_marks_stay_with_their_rows_when_more_come_before_them() -> None:
    go_on = Event()
    head = Head("v1", "ConfigMap", "default", "a", "", None, "")

    def row(number: int, when: str) -> Row:
        return Row((when, f"name-{number}"), Target(b"%d" % number, head, number))

    def slow() -> Listing:
        yield Listed("some", ("when", "name"), [row(at, "…") for at in (2, 1, 0)], is_whole=False)
        assert go_on.wait(60)
        yield Listed("all", ("when", "name"), [row(at, "11:25") for at in range(60, -1, -1)])

    async def steps(pilot: Pilot[None]) -> None:
        try:
            await pilot.app.push_screen(ListPage(browser(pilot).read, "slow", slow))
            while not cells(pilot):
                await pilot.pause(0.01)
            await pilot.press("space")
        finally:
            go_on.set()
        await settled(pilot)
        rows = listing(pilot).rows
        assert [row.cells for row in rows.meant] == [("11:25", "name-2")]
        assert rows.current == row(1, "11:25")
        assert any("name-1 " in f"{line} " for line in screen(pilot))

    browsing(SMALL, steps=steps)


def test_the_log_search_needs_and_several_snapshots(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "L")
        told = json.loads(run("log", SMALL, "-o", "json").out)
        assert [row[-1] for row in cells(pilot)] == [str(each["revision"]) for each in told[::-1]]
        await type_in(pilot, "s", "infra/api:2.3.4")
        assert "Deployment" in {row[2] for row in cells(pilot)}
        await type_in(pilot, ":", "sts")
        await press(pilot, "n")
        assert any("needed by" in line for line in text(pilot))
        await press(pilot, "tab")
        assert listing(pilot).title_line().startswith("aescbc.db")
        await type_in(pilot, ":", "nosuchkind")
        assert notes(pilot)

    browsing(SMALL, snapshot_file("aescbc"), steps=steps)


def test_an_object_is_described_with_the_events_about_it(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, ":", "po")
        names = [row[1] for row in cells(pilot)]
        await press(pilot, "d")
        shown = text(pilot)
        about = [each for each in events if each["involvedObject"]["name"] == names[0]]
        assert about
        assert shown[0].split() == ["name", names[0]]
        for each in about:
            assert any(each["reason"] in line and each["type"] in line for line in shown)
            assert f"      {each['message']}" in shown
        told = [line for line in shown if line.startswith("      ") and line.strip() in {e["message"] for e in events}]
        assert {line.strip() for line in told} == {each["message"] for each in about}
        assert any(line.split()[:2] == ["Ready", "True"] for line in shown)
        assert "spec:" in shown
        assert "status:" in shown
        await type_in(pilot, ":", "ns")
        await press(pilot, "d")
        assert "events: none is held" in text(pilot)

    path = snapshot_file("history")
    listed = run("get", path, "events", "-A", "--raw", "-o", "jsonl").out.splitlines()
    events = [event for event in map(json.loads, listed) if event["involvedObject"]["kind"] == "Pod"]
    browsing(path, steps=steps)


def test_lists_are_sorted_by_what_stands_in_them_one_way_and_the_other() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "C")
        counts = [int(row[1]) for row in cells(pilot)]
        assert counts == sorted(counts, reverse=True)
        assert "OBJECTS↓" in screen(pilot)[1]
        await press(pilot, "C")
        assert [int(row[1]) for row in cells(pilot)] == counts[::-1]
        assert "OBJECTS↑" in screen(pilot)[1]
        await type_in(pilot, "s", "nginx")
        await press(pilot, "S")
        assert {row[3].split()[1] for row in cells(pilot)} == {"B", "kB"}
        listed = json.loads(run("ls", SMALL, "-o", "json").out)
        sizes = {(each["namespace"] or "", each["name"], each["kind"]): each["size"] for each in listed}
        shown = [sizes[row[0], row[1], row[2]] for row in cells(pilot)]
        assert len(set(shown)) > 5
        assert all(one * 1.1 > other for one, other in pairwise(shown)), "as large or, rounded alike, nearly so"

    browsing(SMALL, steps=steps)


def test_marked_objects_are_exported(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, ":", "deploy")
        await press(pilot, "space", "space")
        assert listing(pilot).title_line().endswith("(2 marked)")
        await press(pilot, "e")
        await press(pilot, *["backspace"] * len("objects.yaml"))
        await press(pilot, *str(place), "enter")

    place = tmp_path / "out.yaml"
    browsing(SMALL, steps=steps)
    assert place.read_text().count("kind: Deployment\n") == 2
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_secrets_are_hidden_until_they_are_asked_for() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, ":", "secrets")
        await type_in(pilot, "/", "infra-production")
        await press(pilot, "enter")
        data = [line for line in text(pilot) if "<hidden " in line]
        assert data
        await press(pilot, "v")
        assert not [line for line in text(pilot) if "<hidden " in line]
        await press(pilot, "v")
        assert [line for line in text(pilot) if "<hidden " in line] == data

    browsing(SMALL, steps=steps)


def test_a_hundred_thousand_rows_draw_only_what_is_seen() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        rows = [Row((f"namespace-{at % 50}", f"name-{at}")) for at in range(100_000)]
        listed = Listed("many", ("namespace", "name"), rows)
        await pilot.app.push_screen(ListPage(browser(pilot).read, "many", lambda: iter([listed])))
        await settled(pilot)
        drawn: list[int] = []
        original = Rows.render_line

        def counting(self: Rows, y: int) -> object:
            drawn.append(y)
            return original(self, y)

        Rows.render_line = counting  # type: ignore[assignment, method-assign]
        try:
            await press(pilot, "end")
            await pilot.pause()
        finally:
            Rows.render_line = original  # type: ignore[method-assign]
        assert any("name-99999" in line for line in screen(pilot))
        assert 0 < len(drawn) < 200

    browsing(SMALL, steps=steps)


def test_keys_are_answered_while_a_list_is_read() -> None:
    """The rows that are there can be walked over, filtered and marked, and keep that when more come."""
    go_on = Event()

    def slow() -> Listing:
        rows = [Row((f"name-{at}",)) for at in range(300)]
        yield Listed("some", ("name",), rows[:100], is_whole=False)
        assert go_on.wait(60)
        yield Listed("all", ("name",), rows)

    async def steps(pilot: Pilot[None]) -> None:
        try:
            await pilot.app.push_screen(ListPage(browser(pilot).read, "slow", slow))
            while not cells(pilot):
                await pilot.pause(0.01)
            assert "some, reading on" in screen(pilot)[0]
            await pilot.press("down", "space", "slash", *"name-1", "enter")
            await pilot.pause()
            assert len(cells(pilot)) == 11
            await pilot.press("question_mark")
            assert isinstance(pilot.app.screen, TextPage)
            await pilot.press("escape")
        finally:
            go_on.set()
        await settled(pilot)
        assert len(cells(pilot)) == 111
        assert [row.cells for row in listing(pilot).rows.meant] == [("name-1",)]
        assert screen(pilot)[0].strip() == "all (/name-1: 111, 1 marked)"

    browsing(SMALL, steps=steps)


def test_a_page_that_is_left_is_read_no_further() -> None:
    def endless() -> Listing:
        while True:
            yield None

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.app.push_screen(ListPage(browser(pilot).read, "endless", endless))
        await pilot.press("escape")
        await settled(pilot)
        await press(pilot, "x")
        assert listing(pilot).rows.listed.is_whole

    browsing(SMALL, steps=steps)


def test_the_page_of_the_browser_names_every_key() -> None:
    named = {"equals_sign": "=", "full_stop": ".", "comma": ",", "colon": ":", "slash": "/", "question_mark": "?"}
    written = {"escape": "Esc", "ctrl+c": "Ctrl-C", "pageup": "PgUp", "pagedown": "PgDn"} | named
    told = (ROOT / "docs" / "browse.md").read_text().partition("## Keys")[2]
    for owner in (Browser, ListPage, ObjectPage, Rows):
        for binding in owner.BINDINGS:
            assert isinstance(binding, Binding)
            key = binding.key.partition(",")[0]
            if key not in {"up", "down", "home", "end"}:
                shown = written.get(key, key if len(key) == 1 else key.capitalize())
                assert f"`{shown}`" in told, binding


def test_it_needs_a_terminal_and_says_so() -> None:
    outcome = run("browse", SMALL)
    assert outcome.code == 2
    assert outcome.err.splitlines() == ["error: browse needs a terminal", f"hint: `snapinspect ls {SMALL}`"]


def test_in_a_terminal_of_its_own() -> None:
    """Drawn by the program itself without colours, blank lines, too, and left with :q."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    words = command("browse", SMALL)
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = b""
    try:
        while b"clusterroles" not in seen:
            part = next_part(leader)
            assert part, seen
            seen += part
        os.write(leader, b":deploy\r")
        while b"ssa-app" not in seen:
            part = next_part(leader)
            assert part, seen
            seen += part
        os.write(leader, b":q\r")
        while part := next_part(leader):
            seen += part
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    assert b"\x1b[?1049l" in seen, "the terminal is as it was"


def next_part(leader: int) -> bytes:
    """What the terminal shows next; nothing at its end."""
    ready, _, _ = select([leader], [], [], 60)
    assert ready, "nothing is drawn"
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""  # Linux says so when the other end is closed.
