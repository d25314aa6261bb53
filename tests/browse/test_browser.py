"""The browser through its keys, on real snapshots, in Textual's own terminal."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import shlex
import stat
import struct
import subprocess
import termios
from collections.abc import Awaitable, Callable
from pathlib import Path
from select import select

import pytest
from cli_program import ROOT, SMALL, command, run
from textual.pilot import Pilot
from written_snapshot import write_snapshot

from snapinspect.browse import Browser
from snapinspect.browse.screens import ListPage, ObjectPage, Page, TextPage
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.recovery import open_examined

Steps = Callable[[Pilot[None]], Awaitable[None]]


def browsing(*paths: Path, steps: Steps, size: tuple[int, int] = (80, 24)) -> None:
    """Runs the browser over the snapshots while ``steps`` press keys."""

    async def go() -> None:
        views = [open_snapshot(str(path), opener=open_examined) for path in paths]
        try:
            async with Browser(views).run_test(size=size) as pilot:
                await pilot.pause()
                await steps(pilot)
        finally:
            for view in views:
                view.close()

    asyncio.run(go())


async def type_in(pilot: Pilot[None], key: str, text: str) -> None:
    await pilot.press(key)
    await pilot.press(*("space" if char == " " else "slash" if char == "/" else char for char in text), "enter")
    await pilot.pause()


def listing(pilot: Pilot[None]) -> ListPage:
    page = pilot.app.screen
    assert isinstance(page, ListPage), page
    return page


def cells(pilot: Pilot[None]) -> list[tuple[str, ...]]:
    """The rows that are not filtered away."""
    rows = listing(pilot).rows
    return [rows.listed.rows[at].cells for at in rows._shown]


def text(pilot: Pilot[None]) -> list[str]:
    page = pilot.app.screen
    assert isinstance(page, TextPage), page
    return list(page.lines.lines)


def screen(pilot: Pilot[None]) -> list[str]:
    """What a person sees."""
    page = pilot.app.screen
    assert isinstance(page, Page)
    body = page.body()
    return ["".join(part.text for part in body.render_line(y)) for y in range(body.size.height)]


def test_kinds_then_objects_then_one_of_them() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        listed = json.loads(run("ls", SMALL, "-o", "json").out)
        counts = {row[0]: int(row[1]) for row in cells(pilot)}
        assert sum(counts.values()) == len(listed) == 637
        assert counts["Event"] == 126
        await type_in(pilot, "colon", "deploy")
        assert [row[:2] for row in cells(pilot)] == [
            (each["namespace"], each["name"]) for each in listed if each["kind"] == "Deployment"
        ]
        await type_in(pilot, "slash", "nosuchname")
        assert cells(pilot) == []
        await type_in(pilot, "slash", "api")
        assert [row[1] for row in cells(pilot)] == ["api"]
        await pilot.press("enter")
        assert text(pilot) == run("get", SMALL, "deploy/api", "-n", "infra-production").out.splitlines()
        await pilot.press("d")
        assert "status:" in text(pilot)
        await pilot.press("escape", "escape")
        assert listing(pilot).rows.listed.columns[0] == "kind"

    browsing(SMALL, steps=steps)


def test_an_object_goes_through_its_revisions(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, "colon", "cm/flappy")
        await pilot.press("enter")
        page = pilot.app.screen
        assert isinstance(page, ObjectPage)
        steps_told = json.loads(run("history", path, "cm/flappy", "-n", "infra-production", "-o", "json").out)
        last = page.shown.step
        assert last is not None
        assert (last.record.mod_revision, len(page.shown.steps)) == (steps_told[-1]["revision"], len(steps_told))
        await pilot.press("comma", "comma")
        assert page.shown.step is not None
        revision = page.shown.step.record.mod_revision
        assert revision == steps_told[-3]["revision"]
        then = run("get", path, "cm/flappy", "-n", "infra-production", "--at", str(revision))
        assert text(pilot) == then.out.splitlines()
        await pilot.press("D")
        assert any(line.startswith("-") for line in text(pilot))
        assert any(line.startswith("+") for line in text(pilot))
        await pilot.press("full_stop", "h")
        assert sum(line.startswith("> ") for line in text(pilot)) == 1

    path = snapshot_file("history")
    browsing(path, steps=steps)


def test_another_time_what_is_gone_and_how_it_comes_back(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        listed = json.loads(run("deleted", path, "-o", "json").out)
        assert [row[3] for row in cells(pilot)] == [each["name"] for each in listed]
        await type_in(pilot, "slash", "deployments")
        await type_in(pilot, "slash", "Deployment")
        await pilot.press("enter")
        assert "kind: Deployment" in text(pilot)
        await pilot.press("R")
        words = shlex.split(text(pilot)[1].removesuffix(" | kubectl create -f -"))
        assert "kind: Deployment\n" in run(*words[1:]).out
        await type_in(pilot, "t", "3000")
        await type_in(pilot, "colon", "deploy")
        assert "web" in [row[1] for row in cells(pilot)]
        assert "@ 3000" in listing(pilot).title_line()
        await type_in(pilot, "t", "99999999")
        assert "@ 3000" in listing(pilot).title_line()
        assert pilot.app._notifications

    path = snapshot_file("history")
    browsing(path, steps=steps)


def test_the_log_search_needs_and_several_snapshots(snapshot_file: Callable[[str], Path]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("L")
        told = json.loads(run("log", SMALL, "-o", "json").out)
        assert [row[0] for row in cells(pilot)] == [str(each["revision"]) for each in told[::-1]]
        await type_in(pilot, "s", "infra/api:2.3.4")
        assert "Deployment" in {row[2] for row in cells(pilot)}
        await type_in(pilot, "colon", "sts")
        await pilot.press("n")
        assert any("needed by" in line for line in text(pilot))
        await pilot.press("tab")
        assert listing(pilot).title_line().startswith("history.db")
        await type_in(pilot, "colon", "nosuchkind")
        assert pilot.app._notifications

    browsing(SMALL, snapshot_file("history"), steps=steps)


def test_marked_objects_are_exported(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, "colon", "deploy")
        await pilot.press("space", "space", "e")
        await pilot.press(*["backspace"] * len("objects.yaml"))
        for char in str(place):
            await pilot.press(
                "slash" if char == "/" else "minus" if char == "-" else "full_stop" if char == "." else char
            )
        await pilot.press("enter")
        await pilot.pause()

    place = tmp_path / "out.yaml"
    browsing(SMALL, steps=steps)
    assert place.read_text().count("kind: Deployment\n") == 2
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_secrets_are_hidden_until_they_are_asked_for() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, "colon", "secrets")
        await type_in(pilot, "slash", "infra-production")
        await pilot.press("enter")
        data = [line for line in text(pilot) if "<hidden " in line]
        assert data
        await pilot.press("v")
        assert not [line for line in text(pilot) if "<hidden " in line]
        await pilot.press("v")
        assert [line for line in text(pilot) if "<hidden " in line] == data

    browsing(SMALL, steps=steps)


@pytest.mark.parametrize("size", [(80, 24), (20, 6), (200, 60)])
def test_nothing_in_a_name_drives_the_terminal_and_any_size_will_do(tmp_path: Path, size: tuple[int, int]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await type_in(pilot, "colon", "cm")
        for _ in range(3):
            shown = screen(pilot)
            assert all(len(line) == size[0] for line in shown)
            assert all(line.isprintable() for line in shown)
            await pilot.press("down")
        await pilot.press("enter")
        assert all(line.isprintable() for line in [*screen(pilot), *text(pilot), pilot.app.screen.title_line()])  # type: ignore[attr-defined]
        await pilot.press("question_mark")
        assert screen(pilot)

    names = ["\x1b]0;mine\x07", "[bold red]", "\u202e\u2028", "a" * 5000]
    bodies = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}, "data": {name: name}}
        for name in names
    ]
    browsing(write_snapshot(tmp_path / "hostile.db", bodies), steps=steps, size=size)


def test_a_hundred_thousand_rows_draw_only_what_is_seen() -> None:
    from snapinspect.browse.lists import Listed, Row
    from snapinspect.browse.widgets import Rows

    async def steps(pilot: Pilot[None]) -> None:
        rows = [Row((f"namespace-{at % 50}", f"name-{at}")) for at in range(100_000)]
        await pilot.app.push_screen(ListPage(Listed("many", ("namespace", "name"), rows)))
        await pilot.pause()
        drawn: list[int] = []
        original = Rows.render_line

        def counting(self: Rows, y: int) -> object:
            drawn.append(y)
            return original(self, y)

        Rows.render_line = counting  # type: ignore[assignment, method-assign]
        try:
            await pilot.press("end")
            await pilot.pause()
        finally:
            Rows.render_line = original  # type: ignore[method-assign]
        assert any("name-99999" in line for line in screen(pilot))
        assert 0 < len(drawn) < 200

    browsing(SMALL, steps=steps)


def test_what_is_damaged_or_locked_is_shown_and_marked(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        assert listing(pilot).title_line().startswith("damaged.db DAMAGED: ")
        assert cells(pilot)
        await pilot.press("tab")
        await type_in(pilot, "colon", "secrets")
        await pilot.press("enter")
        assert any("no key" in line or "encrypted" in line for line in text(pilot))

    data = bytearray(SMALL.read_bytes())
    data[40 * 4096 : 41 * 4096] = bytes(4096)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(data)
    browsing(damaged, snapshot_file("aescbc"), steps=steps)


def test_it_needs_a_terminal_and_says_so() -> None:
    outcome = run("browse", SMALL)
    assert outcome.code == 2
    assert outcome.err.splitlines() == ["error: browse needs a terminal", f"hint: snapinspect ls {SMALL}"]


def test_in_a_terminal_of_its_own() -> None:
    """Drawn by the program itself, and left with :q."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    words = command("browse", SMALL)
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = b""
    try:
        while b"clusterroles" not in seen:
            seen += next_part(leader)
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
