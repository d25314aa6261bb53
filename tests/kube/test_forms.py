"""Values whose JSON is no object of fields: times, durations, quantities, embedded JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_oracle import Schemas

from snapinspect.errors import Undecodable
from snapinspect.kube import forms

META = "k8s.io.apimachinery.pkg.apis.meta.v1"
HOUR = 3_600_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC))


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


def raw(schemas: Schemas, name: str, **fields: Any) -> bytes:
    message = schemas.new(name)
    for field, value in fields.items():
        setattr(message, field, value)
    return bytes(message.SerializeToString())


@given(moment=MOMENTS, beyond=st.integers(0, 999))
def test_times(schemas: Schemas, moment: datetime, beyond: int) -> None:
    since = moment - EPOCH
    seconds, nanos = since.days * 86_400 + since.seconds, since.microseconds * 1000 + beyond
    # strftime writes a year with as few digits as it has.
    clock = f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}"
    assert forms.time(raw(schemas, f"{META}.Time", seconds=seconds, nanos=nanos)) == f"{clock}Z"
    micro = forms.micro_time(raw(schemas, f"{META}.MicroTime", seconds=seconds, nanos=nanos))
    assert micro == f"{clock}.{moment.microsecond:06d}Z"


@pytest.mark.parametrize("stored", [{}, {"seconds": -62135596800, "nanos": 0}])
def test_the_zero_time_is_null(schemas: Schemas, stored: dict[str, int]) -> None:
    assert forms.time(raw(schemas, f"{META}.Time", **stored)) is None
    assert forms.micro_time(raw(schemas, f"{META}.MicroTime", **stored)) is None


@pytest.mark.parametrize("seconds", [-(2**63), -62135596801, 253402300800, 2**63 - 1])
def test_times_without_a_text_form(schemas: Schemas, seconds: int) -> None:
    for form, name in ((forms.time, "Time"), (forms.micro_time, "MicroTime")):
        with pytest.raises(Undecodable, match="no time that has a text form"):
            form(raw(schemas, f"{META}.{name}", seconds=seconds))


def test_nanoseconds_beyond_a_second(schemas: Schemas) -> None:
    with pytest.raises(Undecodable, match="no part of a second"):
        forms.micro_time(raw(schemas, f"{META}.MicroTime", seconds=5, nanos=1_000_000_000))


@pytest.mark.parametrize(
    ("nanoseconds", "written"),
    [
        *((0, "0s"), (1, "1ns"), (999, "999ns"), (1000, "1µs"), (1500, "1.5µs"), (999_999, "999.999µs")),
        *((1_000_000, "1ms"), (1_100_000, "1.1ms"), (999_999_999, "999.999999ms")),
        *((1_000_000_000, "1s"), (1_500_000_000, "1.5s"), (60_000_000_000, "1m0s"), (61_000_000_001, "1m1.000000001s")),
        *((HOUR, "1h0m0s"), (90 * 60 * 10**9, "1h30m0s"), (100 * HOUR + 5, "100h0m0.000000005s")),
        *((-1, "-1ns"), (-90_000_000_000, "-1m30s"), (-(2**63), "-2562047h47m16.854775808s")),
    ],
)
def test_durations(schemas: Schemas, nanoseconds: int, written: str) -> None:
    assert forms.duration(raw(schemas, f"{META}.Duration", duration=nanoseconds)) == written


@pytest.mark.parametrize(("stored", "read"), [({}, "0"), ({"string": "1.5Gi"}, "1.5Gi"), ({"string": "1e3"}, "1e3")])
def test_quantities(schemas: Schemas, stored: dict[str, str], read: str) -> None:
    assert forms.quantity(raw(schemas, "k8s.io.apimachinery.pkg.api.resource.Quantity", **stored)) == read


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, 0),
        ({"type": 0, "intVal": -1, "strVal": ""}, -1),
        ({"type": 0, "intVal": 2**31 - 1, "strVal": "http"}, 2**31 - 1),
        ({"type": 1, "intVal": 0, "strVal": "50%"}, "50%"),
        ({"type": 1, "intVal": 8080}, ""),
    ],
)
def test_int_or_string(schemas: Schemas, stored: dict[str, Any], read: int | str) -> None:
    assert forms.int_or_string(raw(schemas, "k8s.io.apimachinery.pkg.util.intstr.IntOrString", **stored)) == read


@pytest.mark.parametrize(
    ("stored", "read"), [(b"", None), (b"null", None), (b'{"a":[1]}', {"a": [1]}), (b" 3 ", 3), (b'"x"', "x")]
)
def test_embedded_json(schemas: Schemas, stored: bytes, read: Any) -> None:
    assert forms.embedded_json(raw(schemas, "k8s.io.apimachinery.pkg.runtime.RawExtension", raw=stored)) == read


@pytest.mark.parametrize(
    "stored", [b"\x0a\x01", b"\x0a\x02{", b"\x0a\x01{", b"\x08\x01", b"\x0d\0\0\0\0", b"\x0a", b"\xff"]
)
def test_damaged_values_are_undecodable(stored: bytes) -> None:
    with pytest.raises(Undecodable):
        forms.embedded_json(stored)


@pytest.mark.parametrize("form", forms.CONVERTED.values(), ids=forms.CONVERTED)
@given(stored=st.binary(max_size=24))
def test_random_bytes_are_undecodable_at_worst(form: Any, stored: bytes) -> None:
    try:
        form(stored)
    except Undecodable as error:
        assert str(error)  # noqa: PT017
