"""The browser on what is hostile, damaged, locked, or replaced while it is looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from browsed import browser, browsing, cells, listing, notes, press, resize, screen, text, type_in
from cli_program import SMALL, run
from textual.pilot import Pilot
from written_snapshot import write_snapshot

from snapinspect.errors import Damaged
from snapinspect.snapshot import open_snapshot


def test_nothing_in_a_name_drives_the_terminal_and_any_size_will_do(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        for size in ((80, 24), (20, 6), (200, 60)):
            await resize(pilot, size)
            await type_in(pilot, ":", "cm")
            for _ in range(3):
                shown = screen(pilot)
                assert all(len(line) == size[0] for line in shown)
                assert all(line.isprintable() for line in shown)
                await press(pilot, "down")
            for way in ("enter", "d", "h", "n", "escape", "="):
                await press(pilot, way)
                assert all(line.isprintable() for line in [*screen(pilot), *text(pilot)])
            await press(pilot, "?")
            assert "keys" in screen(pilot)[0]

    names = ["\x1b]0;mine\x07", "[bold red]", "\u202e\u2028", "a" * 5000]
    bodies = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}, "data": {name: name}}
        for name in names
    ]
    browsing(write_snapshot(tmp_path / "hostile.db", bodies), steps=steps)


def test_what_is_damaged_or_locked_is_shown_and_marked(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        assert listing(pilot).title_line().startswith("damaged.db DAMAGED: ")
        assert cells(pilot)
        await press(pilot, "tab")
        await type_in(pilot, ":", "secrets")
        await press(pilot, "enter")
        assert any("no key" in line or "encrypted" in line for line in text(pilot))

    data = bytearray(SMALL.read_bytes())
    data[40 * 4096 : 41 * 4096] = bytes(4096)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(data)
    browsing(damaged, snapshot_file("aescbc"), steps=steps)


def test_a_file_that_is_not_what_was_saved_is_marked_though_all_of_it_can_be_read(tmp_path: Path) -> None:
    changed = tmp_path / "changed.db"
    data = bytearray(SMALL.read_bytes())
    data[-1] ^= 1
    changed.write_bytes(data)

    async def steps(pilot: Pilot[None]) -> None:
        assert any("changed.db is damaged: it is not what was saved" in note for note in notes(pilot))
        assert listing(pilot).title_line().startswith("changed.db DAMAGED: ")
        await type_in(pilot, ":", "problems")
        assert [row[0] for row in cells(pilot)] == ["digest"]
        await type_in(pilot, ":", "overview")
        assert dict(cells(pilot))["sound"].startswith("DAMAGED: every value can be read, but")

    browsing(changed, steps=steps)


def test_what_is_shown_before_every_page_was_looked_at_is_shown_again_where_one_is_damaged(tmp_path: Path) -> None:
    """The database opens, and its index meets the damage: what is left arrives when the pages were looked at."""
    place = tmp_path / "damaged.db"
    data = bytearray(SMALL.read_bytes())
    data[40 * 4096 : 41 * 4096] = bytes(4096)
    place.write_bytes(data)
    with open_snapshot(str(place)) as plain, pytest.raises(Damaged):
        list(plain.store.keys())

    async def steps(pilot: Pilot[None]) -> None:
        assert browser(pilot).examiner.is_over(0)
        assert any("damaged.db is damaged" in note for note in notes(pilot))
        listed = json.loads(run("ls", "--salvage", place, "-o", "json").out)
        assert sum(int(row[1]) for row in cells(pilot)) == len(listed)
        await type_in(pilot, ":", "overview")
        assert dict(cells(pilot))["sound"].startswith("DAMAGED")
        await press(pilot, "=")
        assert ("(pages)", "", "DAMAGED") in cells(pilot)

    browsing(place, steps=steps)


def test_a_file_that_changes_is_told_and_what_was_read_stays(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        look = browser(pilot).look_at_files
        look()
        await pilot.pause()
        assert notes(pilot) == []
        (tmp_path / "other.db").write_bytes(b"something else")
        (tmp_path / "other.db").replace(place)
        look()
        await pilot.pause()
        assert "etcd.db was replaced" in notes(pilot)[-1]
        place.write_bytes(b"")
        look()
        await pilot.pause()
        assert "etcd.db was written to" in notes(pilot)[-1]
        place.unlink()
        look()
        await pilot.pause()
        assert "etcd.db was removed" in notes(pilot)[-1]
        await type_in(pilot, ":", "deploy")
        assert "REMOVED" in screen(pilot)[0]
        await press(pilot, "enter")
        assert "kind: Deployment" in text(pilot)

    place = tmp_path / "etcd.db"
    place.write_bytes(SMALL.read_bytes())
    browsing(place, steps=steps)
