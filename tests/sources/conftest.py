"""Fixtures for the tests of where snapshots come from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from object_store import ObjectStore, Way, way_to

from snapinspect.model import silent
from snapinspect.sources import Source, open_source


@pytest.fixture
def way(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """A way to the object store that the environment leads by, and that may be cut."""
    with way_to(object_store.endpoint) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.endpoint)
        yield way


@pytest.fixture(scope="module")
def snapshot(snapshot_file: Callable[[str], Path]) -> bytes:
    return snapshot_file("small").read_bytes()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def opened(tmp_path: Path, temporary: Path) -> Iterator[Callable[..., Source]]:
    """``opened(content, "!member")`` is that archive's source; what it leaves behind is looked for at the end."""
    sources: list[Source] = []

    def open_(content: bytes, wanted: str = "") -> Source:
        (tmp_path / "a").write_bytes(content)
        sources.append(open_source(f"{tmp_path / 'a'}{wanted}", silent))
        return sources[-1]

    yield open_
    for source in sources:
        source.close()
    assert list(temporary.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"a", "temporary"}
