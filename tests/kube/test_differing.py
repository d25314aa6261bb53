"""Two states of which only what differs is decoded, held against both decoded whole; and who wrote them, against that, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snapinspect.analysis.authors import authors_in
from snapinspect.analysis.diff.fields import FieldChange, changes
from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube.authors import read_authors
from snapinspect.kube.decode import decode
from snapinspect.kube.differing import decode_differing, differing
from snapinspect.kube.envelope import encoding_of, open_envelope
from snapinspect.kube.plans import plan_for
from snapinspect.kube.skim import Skim
from snapinspect.model import Record

HIDDEN = frozenset({"managedFields", "generation"})
TOLD = Skim(inside=(("metadata", Skim(skipped=HIDDEN)),), skipped=frozenset({"status"}))
_TITLE, _NOT = 7 << 3 | 2, 28 << 3 | 2
"""Fields of ``JSONSchemaProps``: k8s.io/apiextensions-apiserver ``pkg/apis/apiextensions/v1/generated.proto``."""
States = dict[bytes, list[Record]]


@pytest.fixture
def states(snapshot_file: Callable[[str], Path]) -> States:
    return _states(snapshot_file("history"))


@pytest.fixture(scope="module")
def pairs(snapshot_file: Callable[[str], Path]) -> list[tuple[bytes, bytes]]:
    """The shortest, as a byte of these tells most."""
    return sorted(_pairs(_states(snapshot_file("history"))), key=lambda pair: len(pair[1]))[:400]


@cache
def _states(path: Path) -> States:
    """The records of each key that hold protobuf that can be read."""
    found: States = {}
    for record in Database(path.read_bytes()).revisions(lambda key: key.startswith(b"/registry/")):
        if encoding_of(bytes(record.value)) == "protobuf" and _is_whole(bytes(record.value)):
            found.setdefault(record.key, []).append(record)
    return found


def _is_whole(value: bytes) -> bool:
    try:
        return bool(decode(value))
    except Undecodable:
        return False


def _pairs(states: States) -> Iterator[tuple[bytes, bytes]]:
    return ((bytes(old.value), bytes(new.value)) for each in states.values() for old, new in pairwise(each))


def _told(body: dict[str, Any]) -> dict[str, Any]:
    """What ``TOLD`` says, taken from the whole."""
    kept = {name: value for name, value in body.items() if name != "status"}
    metadata = {name: value for name, value in body.get("metadata", {}).items() if name not in HIDDEN}
    return {**kept, "metadata": metadata} if "metadata" in body else kept


def _differences(old: bytes, new: bytes) -> list[FieldChange] | None:
    found = decode_differing(old, new, TOLD)
    return None if found is None else list(changes(*found))


def test_nothing_that_differs_is_lost_and_nothing_else_is_found(states: States) -> None:
    seen = 0
    for old, new in _pairs(states):
        whole = list(changes(_told(decode(old).body), _told(decode(new).body)))
        assert _differences(old, new) == whole
        seen += len(whole)
    assert seen > 500


def test_what_is_the_same_in_both_is_not_decoded(states: States) -> None:
    """Of a Deployment that was scaled, a number is left."""
    reduced = [decode_differing(old, new, TOLD) for old, new in _pairs(states) if b"Deployment" in old[:40]]
    specs = [one.get("spec") for one, _two in filter(None, reduced)]
    assert any(spec and set(spec) == {"replicas"} for spec in specs)


@pytest.fixture(scope="module")
def families(snapshot_file: Callable[[str], Path]) -> list[list[bytes]]:
    """The last states of all objects of a kind, for each kind that has several."""
    by_kind: dict[tuple[str, str], list[bytes]] = {}
    for records in _states(snapshot_file("history")).values():
        value = bytes(records[-1].value)
        by_kind.setdefault(open_envelope(value)[:2], []).append(value)
    return [each for each in by_kind.values() if len(each) > 1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_states_of_different_objects_are_told_apart_as_well(families: list[list[bytes]], data: st.DataObject) -> None:
    values = families[data.draw(st.integers(0, len(families) - 1))]
    old, new = (values[data.draw(st.integers(0, len(values) - 1))] for _ in range(2))
    assert _differences(old, new) == list(changes(_told(decode(old).body), _told(decode(new).body)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_refused_or_told_as_a_difference(pairs: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    old, new = pairs[data.draw(st.integers(0, len(pairs) - 1))]
    at, byte = data.draw(st.integers(0, len(new) - 1)), data.draw(st.integers(0, 255))
    damaged = new[:at] + bytes([byte]) + new[at + 1 :]
    try:
        found = _differences(old, damaged)
        read_authors(damaged)
    except Undecodable:
        return
    if found is not None and _is_whole(damaged):
        whole = list(changes(_told(decode(old).body), _told(decode(damaged).body)))
        # A field that stands in a damaged message twice may come in another place.
        assert sorted(found, key=_path_of) == sorted(whole, key=_path_of)


def _path_of(change: FieldChange) -> str:
    return change.path


def test_what_nobody_asked_for_is_not_told_of_a_state_that_lacks_its_message(pairs: list[tuple[bytes, bytes]]) -> None:
    """``metadata`` under another tag: its fields are gone as a whole, without the managed ones and the generation."""
    old, new = next(each for each in pairs if b"Secret" in each[1][:40])
    metadata = new.index(b"Secret") + len(b"Secret") + 3
    assert new[metadata] == 1 << 3 | 2
    lacking = new[:metadata] + bytes([26]) + new[metadata + 1 :]
    (gone,) = [each for each in _differences(old, lacking) or [] if each.path == ".metadata"]
    assert set(gone.old) == {"name", "namespace", "uid", "creationTimestamp"}


def test_messages_that_nest_without_end_are_refused() -> None:
    """A JSON schema may hold another in ``not``, and that one more."""
    schemas = plan_for("k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
    old, new = _field(_TITLE, b"a"), _field(_TITLE, b"b")
    for depth in range(1, 2_000):
        old, new = _field(_NOT, old), _field(_NOT, new)
        if depth == 100:
            assert differing(schemas, TOLD).reduce(old, new) == (old, new)
    with pytest.raises(Undecodable):
        differing(schemas, TOLD).reduce(old, new)


def _field(tag: int, content: bytes) -> bytes:
    return _varint(tag) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + _varint(number >> 7)


def test_what_is_of_another_kind_or_no_protobuf_has_to_be_read_whole(states: States) -> None:
    one, two = (
        next(bytes(each[0].value) for key, each in states.items() if kind in key)
        for kind in (b"/configmaps/", b"/secrets/")
    )
    assert decode_differing(one, two, TOLD) is None
    assert decode_differing(b"{}", b"{}", TOLD) is None


def test_authors_are_told_as_the_whole_object_tells_them(states: States) -> None:
    sources = set()
    for record in (record for each in states.values() for record in each):
        body = decode(bytes(record.value)).body
        if body["kind"] in {"Lease", "Event"}:
            continue
        told, whole = read_authors(record.value), authors_in(body, record)
        assert [(each.manager, each.seconds) for each in told.entries] == [
            (each.manager, each.seconds) for each in whole.entries
        ]
        assert (told.newest, told.source) == (whole.newest, whole.source)
        sources.add(told.source)
    assert {"creationTimestamp", "managedFields", "deletionTimestamp"} <= sources
