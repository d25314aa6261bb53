"""Parts of objects: what a whole reading gives, without what is passed over, and damage there is told all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube.decode import Decoded, check, decode, decode_metadata
from snapinspect.kube.envelope import encoding_of
from snapinspect.kube.readers import Deferred
from snapinspect.kube.skim import Skim

WITHOUT_STATUS = Skim(skipped=frozenset({"status"}))
AUTHORS = Skim(
    inside=(("managedFields", Skim(read=frozenset({"manager", "time"}))),), read=frozenset({"creationTimestamp"})
)
LATER = Skim(
    inside=(("metadata", Skim(deferred=frozenset({"managedFields"}))),),
    deferred=frozenset({"spec", "status", "roleRef"}),
)


@pytest.fixture
def values(snapshot_file: Callable[[str], Path]) -> list[bytes]:
    return _values(snapshot_file("small"))


@cache
def _values(path: Path) -> list[bytes]:
    stored = (bytes(value) for _, value in Database(path.read_bytes()).values(lambda _key: True))
    return [value for value in stored if encoding_of(value) in {"protobuf", "json"} and _is_known(value)]


def _is_known(value: bytes) -> bool:
    with suppress(Undecodable):
        decode(value)
        return True
    return False


def _authors(metadata: dict[str, Any]) -> dict[str, Any]:
    """What ``AUTHORS`` says, taken from the whole."""
    entries = metadata.get("managedFields")
    kept = {key: value for key, value in metadata.items() if key == "creationTimestamp"}
    if entries:
        kept["managedFields"] = [
            {key: value for key, value in entry.items() if key in {"manager", "time"}} for entry in entries
        ]
    return kept


def test_what_is_skipped_is_not_there_and_all_else_is(values: list[bytes]) -> None:
    had_status = 0
    for value in values:
        body = decode(value).body
        part = decode(value, WITHOUT_STATUS).body
        if encoding_of(value) == "protobuf":
            had_status += "status" in body
            assert "status" not in part
            body = {key: value for key, value in body.items() if key != "status"}
        assert part == body
    assert had_status > 50


def test_only_what_is_to_be_read_of_messages_inside_is_there(values: list[bytes]) -> None:
    for value in values:
        if encoding_of(value) == "protobuf":
            metadata = decode(value).body.get("metadata", {})
            assert decode_metadata(value, AUTHORS).get("metadata", {}) == _authors(metadata)


def test_what_is_deferred_is_there_when_it_is_asked_for(values: list[bytes]) -> None:
    deferred = 0
    for value in values:
        body = decode(value, LATER).body
        deferred += sum(isinstance(each, Deferred) for each in (*body.values(), *body.get("metadata", {}).values()))
        assert repr(_asked(body)) == repr(decode(value).body)
    assert deferred > 500


@pytest.mark.parametrize("skim", [WITHOUT_STATUS, LATER])
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_in_what_is_passed_over_is_told_as_if_it_were_read(
    data: st.DataObject, skim: Skim, values: list[bytes]
) -> None:
    damaged = bytearray(data.draw(st.sampled_from(values)))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    whole, part = _told(bytes(damaged), None), _told(bytes(damaged), skim)
    if isinstance(whole, str) or isinstance(part, str):
        assert part == whole
    else:
        assert part.unknown == whole.unknown
        body = _asked(part.body)
        assert repr(body) == repr({key: whole.body[key] for key in body})


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_that_is_only_checked_fails_as_if_it_were_read(data: st.DataObject, values: list[bytes]) -> None:
    damaged = bytearray(data.draw(st.sampled_from(values)))
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    whole = _told(bytes(damaged), None)
    assert _failure(bytes(damaged)) == (whole if isinstance(whole, str) else None)


def _failure(value: bytes) -> str | None:
    """Why a value that is only checked could not be read."""
    try:
        check(value)
    except Undecodable as error:
        return str(error)
    return None


def _told(value: bytes, skim: Skim | None) -> Decoded | str:
    """What is read, or why nothing can be."""
    try:
        return decode(value, skim)
    except Undecodable as error:
        return str(error)


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """The body with what is deferred in it and in its metadata."""
    asked = {key: value.value() if isinstance(value, Deferred) else value for key, value in body.items()}
    metadata = asked.get("metadata")
    return asked | {"metadata": _asked(metadata)} if isinstance(metadata, dict) and metadata is not body else asked


def test_lengths_in_what_is_skipped_are_looked_at(values: list[bytes]) -> None:
    """A pod's condition that claims to be longer than the status around it."""
    pod = next(value for value in values if b"\x12\x03Pod" in value[:24] and b"\n\x05Ready\x12\x04True" in value)
    at = pod.index(b"\n\x05Ready\x12\x04True") - 1
    longer = pod[:at] + b"\x7f" + pod[at + 1 :]
    for read in (decode, lambda value: decode(value, WITHOUT_STATUS)):
        with pytest.raises(Undecodable):
            read(longer)
