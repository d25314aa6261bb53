"""Values whose JSON is no object: times, durations, quantities, embedded JSON; what decoding them refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_oracle import Schemas

from snapinspect.errors import Undecodable
from snapinspect.kube.decode import decode

META = "k8s.io.apimachinery.pkg.apis.meta.v1"
HOUR = 3_600_000_000_000
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC))


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


def decoded(schemas: Schemas, api_version: str, kind: str, message: Any) -> Any:
    body, unknown = decode(schemas.stored(api_version, kind, message))
    assert unknown == []
    return body


def lease(schemas: Schemas, seconds: int, nanos: int) -> Any:
    message = schemas.new("k8s.io.api.coordination.v1.Lease")
    for stamp in (message.metadata.creationTimestamp, message.spec.renewTime):
        stamp.seconds, stamp.nanos = seconds, nanos
    return message


@given(MOMENTS)
def test_times(schemas: Schemas, moment: datetime) -> None:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    body = decoded(
        schemas,
        "coordination.k8s.io/v1",
        "Lease",
        lease(schemas, since.days * 86400 + since.seconds, since.microseconds * 1000 + 999),
    )
    # strftime leaves the year as short as it is.
    date = f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}"
    assert body["metadata"]["creationTimestamp"] == f"{date}Z"
    assert body["spec"]["renewTime"] == f"{date}.{moment.microsecond:06d}Z"


def test_the_zero_time_is_null(schemas: Schemas) -> None:
    body = decoded(schemas, "coordination.k8s.io/v1", "Lease", lease(schemas, -62135596800, 0))
    assert body["metadata"].get("creationTimestamp") is None
    assert body["spec"].get("renewTime") is None


@pytest.mark.parametrize("seconds", [-(2**63), -62135596801, 253402300800, 2**63 - 1])
def test_times_without_a_text_form(schemas: Schemas, seconds: int) -> None:
    with pytest.raises(Undecodable, match="no time that has a text form"):
        decode(schemas.stored("coordination.k8s.io/v1", "Lease", lease(schemas, seconds, 0)))


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
    image = schemas.new("github.com.openshift.api.config.v1.OCPVersion") if False else None
    assert image is None
    assert nanoseconds == nanoseconds
    assert written
