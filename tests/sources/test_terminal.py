"""Snapshots that came through a terminal, each LF as CR LF: put right to the bit, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packing import COMPRESSORS, DIGEST_SIZE, tar, zipped

from snapinspect.errors import Damaged
from snapinspect.model import silent
from snapinspect.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable

TTY = Path(__file__).parents[2] / "fixtures/field/18-tty-snapshot/tty.db"

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "snapshot": bytes,
    "without a digest": lambda content: content[:-DIGEST_SIZE],
    "zip": lambda content: zipped({"s": content}),
    "tar": lambda content: tar({"s": content}),
    **{name: COMPRESSORS[name] for name in ("gz", "xz", "zlib", "zst")},
}


def through_terminal(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def snapshot(snapshot_file: Callable[[str], Path]) -> bytes:
    return snapshot_file("history").read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_it_is_read_as_what_was_sent(form: str, snapshot: bytes, tmp_path: Path) -> None:
    sent, arrived = tmp_path / "sent", tmp_path / "arrived"
    sent.write_bytes(FORMS[form](snapshot))
    arrived.write_bytes(through_terminal(sent.read_bytes()))
    expected, source = open_source(str(sent), silent), open_source(str(arrived), silent)
    assert sorted(source.store.values(bool)) == sorted(expected.store.values(bool))
    assert source.evidence.digests(silent).state == expected.evidence.digests(silent).state
    assert "through a terminal" in source.format
    assert "without -t" in source.notes[0]
    expected.close()
    source.close()


def test_the_smallest_that_came_is_read() -> None:
    source = open_source(str(TTY), silent)
    assert source.evidence.digests(silent).state == "ok"
    assert list(source.store.keys())
    source.close()


@pytest.mark.parametrize("form", ["snapshot", "without a digest"])
def test_one_that_is_broken_besides_is_refused_by_name(form: str, snapshot: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(through_terminal(FORMS[form](snapshot))[:-1000])
    with pytest.raises(Damaged, match="went through a terminal"):
        open_source(str(path), silent)
