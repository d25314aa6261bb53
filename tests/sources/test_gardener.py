"""Gardener's store: full snapshots and deltas, as they are saved, and as they arrive broken."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packing import lzw_compressed

from snapinspect.errors import NotASnapshot
from snapinspect.etcd import Database
from snapinspect.model import silent
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable

FIELD = Path(__file__).resolve().parents[2] / "fixtures" / "field" / "14-gardener-delta" / "store"
FULL = "Full-00000000-00000006-1732000000.gz"


def _event(key: str, revision: int, value: str | None) -> dict[str, Any]:
    pair: dict[str, Any] = {"key": b64encode(key.encode()).decode(), "mod_revision": revision}
    if value is None:
        return {"etcdEvent": {"kv": pair, "type": 1}, "time": "2026-11-20T10:00:00Z"}
    more = {"create_revision": revision, "version": 1, "value": b64encode(value.encode()).decode()}
    return {"etcdEvent": {"kv": {**pair, **more}}, "time": "2026-11-20T10:00:00Z"}


def _delta(*events: dict[str, Any]) -> bytes:
    text = json.dumps(events).encode()
    return text + hashlib.sha256(text).digest()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    shutil.copyfile(FIELD / FULL, tmp_path / FULL)
    return tmp_path


@pytest.fixture
def save(store: Path) -> Callable[..., Source]:
    """``save({name: content})`` is the opened store with these files beside its full snapshot."""

    def save_(files: dict[str, bytes]) -> Source:
        for name, content in files.items():
            (store / name).write_bytes(content)
        return open_source(str(store), silent)

    return save_


def _value(source: Source, key: bytes) -> bytes | None:
    record = source.store.get(key)
    return None if record is None else bytes(record.value)


SEVEN, EIGHT = _event("/a", 7, "seven"), _event("/a", 8, "eight")


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".Z", lzw_compressed), (".gz.final", gzip.compress)]
)
def test_every_compression(suffix: str, pack: Callable[[bytes], bytes], save: Callable[..., Source]) -> None:
    source = save({f"Incr-00000007-00000007-1732000300{suffix}": pack(_delta(SEVEN))})
    assert (source.store.revision, _value(source, b"/a"), source.problems) == (7, b"seven", ())
    source.close()


def test_changes_of_one_revision_are_kept_in_order(save: Callable[..., Source]) -> None:
    source = save({"Incr-00000007-00000007-1": _delta(_event("/a", 7, "a"), _event("/b", 7, "b"))})
    assert [(str(each.revision), each.key) for each in source.store.newest(2)] == [("7.1", b"/b"), ("7", b"/a")]
    source.close()


def test_what_two_deltas_tell_is_told_once(save: Callable[..., Source]) -> None:
    files = {"Incr-00000007-00000007-1": _delta(SEVEN), "Incr-00000007-00000008-2": _delta(SEVEN, EIGHT)}
    source = save(files)
    assert [each.mod_revision for each in source.store.revisions(b"/a".__eq__)] == [7, 8]
    source.close()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Incr-00000009-00000009-1": _delta(_event("/a", 9, "nine"))}, "revisions 7 to 8 are in none"),
        ({"Incr-00000007-00000007-1": _delta(SEVEN)[:-1] + b"\0"}, "SHA-256"),
        ({"Incr-00000007-00000008-1": _delta(SEVEN, EIGHT)[:150]}, "not read whole"),
        ({"Incr-00000007-00000007-1.gz": gzip.compress(_delta(SEVEN))[:20]}, "not read whole"),
        ({"Incr-00000007-00000007-1": _delta({"etcdEvent": {"kv": {"key": "!"}}})}, "not read whole"),
        ({"Incr-00000007-00000007-1": b""}, "not read whole"),
    ],
)
def test_what_is_missing_or_broken_is_a_problem(
    files: dict[str, bytes], said: str, save: Callable[..., Source]
) -> None:
    source = save(files)
    assert any(said in problem.reason for problem in source.problems)
    assert _value(source, b"/registry/namespaces/shop")
    source.close()


def test_deltas_from_before_the_full_snapshot_are_history(save: Callable[..., Source]) -> None:
    source = save({"Incr-00000001-00000005-1": _delta(_event("/gone", 4, "x"), _event("/gone", 5, None))})
    assert source.store.revision == 6
    assert [each.tombstone for each in source.store.revisions(b"/gone".__eq__)] == [False, True]
    assert len(list(source.store.revisions(lambda _: True))) == Database(gzip.decompress((FIELD / FULL).read_bytes())).count_records() + 2  # fmt: skip
    source.close()


def test_deltas_alone_are_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "Incr-00000007-00000007-1").write_bytes(_delta(SEVEN))
    with pytest.raises(NotASnapshot, match="no full snapshot"):
        open_source(str(tmp_path), silent)
