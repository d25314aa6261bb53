"""Fixtures for the tests of where snapshots come from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from object_store import ObjectStore, Way, way_to


@pytest.fixture
def way(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """A way to the object store that the environment leads by, and that may be cut."""
    with way_to(object_store.endpoint) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.endpoint)
        yield way
