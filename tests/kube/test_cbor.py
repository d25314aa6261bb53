"""CBOR values against the API server's own answers, and against cbor2."""

from __future__ import annotations

import base64
import gzip
import json
import math
from io import BytesIO
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube import cbor, numbers
from snapinspect.model import Number

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"
SELF_DESCRIBED = b"\xd9\xd9\xf7"


def as_map(item: bytes) -> bytes:
    """``{"v": item}``"""
    return b"\xa1\x61v" + item


def decoded(item: bytes) -> Any:
    return cbor.decode(as_map(item))["v"]


def test_every_cbor_value_of_a_snapshot_is_what_the_api_server_returned() -> None:
    data = gzip.decompress((FIXTURES / "cbor.db.gz").read_bytes())
    lines = gzip.decompress((FIXTURES / "cbor.truth.jsonl.gz").read_bytes()).splitlines()
    truth = {entry["key"]: entry["object"] for entry in map(json.loads, lines)}
    compared = 0
    for record in Database(data[: len(data) // 512 * 512]).scan(lambda key: True):
        if bytes(record.value[:3]) == SELF_DESCRIBED:
            body = cbor.decode(record.value)
            body["metadata"]["resourceVersion"] = str(record.mod_revision)
            assert body == as_go_writes(truth[record.key.decode()])
            compared += 1
    assert compared == sum(
        entry["apiVersion"].split("/")[0] in {"example.com", "cert-manager.io"} for entry in truth.values()
    )


def as_go_writes(value: Any) -> Any:
    """What Go's JSON makes of a value: whole floats lose their point."""
    if isinstance(value, float):
        return numbers.go_float(value)
    if isinstance(value, list):
        return [as_go_writes(entry) for entry in value]
    if isinstance(value, dict):
        return {key: as_go_writes(entry) for key, entry in value.items()}
    return value


texts = st.text(max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)
objects = st.dictionaries(texts, json_values, max_size=6)


@given(objects, st.booleans(), st.booleans())
def test_it_reads_what_cbor2_writes(body: dict[str, Any], canonical: bool, indefinite: bool) -> None:
    out = BytesIO(SELF_DESCRIBED)
    out.seek(0, 2)
    cbor2.CBOREncoder(out, canonical=canonical, indefinite_containers=indefinite).encode(body)
    assert cbor.decode(out.getvalue()) == as_go_writes(body)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_lengths_of_all_widths(size: int) -> None:
    body = {"text": "x" * size, "bytes": b"y" * size, "list": [1] * size}
    assert cbor.decode(cbor2.dumps(body)) == {**body, "bytes": "y" * size}


def with_byte_strings(value: Any) -> Any:
    """Texts as byte strings, keys too, which is how the API server writes them."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return [with_byte_strings(entry) for entry in value]
    if isinstance(value, dict):
        return {key.encode(): with_byte_strings(entry) for key, entry in value.items()}
    return value


@given(objects)
def test_byte_strings_are_texts(body: dict[str, Any]) -> None:
    assert cbor.decode(cbor2.dumps(with_byte_strings(body))) == as_go_writes(body)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_give_an_object_or_our_own_error(data: bytes) -> None:
    try:
        body = cbor.decode(data)
    except Undecodable:
        return
    assert isinstance(body, dict)
    assert isinstance(cbor2.loads(data), dict)


@given(objects, st.data())
def test_a_value_that_is_cut_off_is_an_error(body: dict[str, Any], data: st.DataObject) -> None:
    whole = cbor2.dumps(body)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(Undecodable):
        cbor.decode(whole[:cut])


@pytest.mark.parametrize(
    ("tag", "expected"),
    [(21, "--_-"), (22, "++/+"), (23, "fbeffe")],
)
def test_tags_say_how_a_byte_string_is_written(tag: int, expected: str) -> None:
    assert decoded(cbor2.dumps(cbor2.CBORTag(tag, b"\xfb\xef\xfe"))) == expected


def test_a_later_encoding_reaches_into_what_it_encloses_and_no_further() -> None:
    inner = cbor2.CBORTag(22, [b"\0", [b"\1"], cbor2.CBORTag(23, b"\2")])
    assert decoded(cbor2.dumps([inner, b"after"])) == [["AA==", ["AQ=="], "02"], "after"]


@given(st.binary(max_size=80))
def test_base64_is_padded(data: bytes) -> None:
    assert decoded(cbor2.dumps(cbor2.CBORTag(22, data))) == base64.b64encode(data).decode()


def test_bytes_that_are_no_text_are_shown_as_the_api_server_shows_them() -> None:
    assert decoded(cbor2.dumps(b"a\xe2\x82b")) == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("f93c00", 1),
        ("f93e00", 1.5),
        ("fa47c35000", 100000),
        ("fb7e37e43c8800759c", Number("1e+300")),
        ("fb3e7ad7f29abcaf48", Number("1e-7")),
        ("f98000", Number("-0")),
        ("1b0020000000000001", 2**53 + 1),
        ("3b7fffffffffffffff", -(2**63)),
        ("1b7fffffffffffffff", 2**63 - 1),
        ("f6", None),
        ("f5", True),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f0102ff", [1, 2]),
        ("5f42010243030405ff", "\x01\x02\x03\x04\x05"),
    ],
)
def test_forms_of_rfc_8949_appendix_a(item: str, expected: Any) -> None:
    assert decoded(bytes.fromhex(item)) == expected


@pytest.mark.parametrize(
    ("tagged", "expected"),
    [
        (cbor2.CBORTag(0, "2026-11-22T11:20:00+00:00"), "2026-11-22T11:20:00Z"),
        (cbor2.CBORTag(0, "2026-11-22T11:20:00.250000Z"), "2026-11-22T11:20:00.25Z"),
        (cbor2.CBORTag(0, "2026-11-22T11:20:00+05:30"), "2026-11-22T11:20:00+05:30"),
        (cbor2.CBORTag(1, 1363896240), "2013-03-21T20:04:00Z"),
        (cbor2.CBORTag(1, 1363896240.5), "2013-03-21T20:04:00.5Z"),
        (cbor2.CBORTag(1, -1), "1969-12-31T23:59:59Z"),
        (cbor2.CBORTag(1, -0.5), "1969-12-31T23:59:59.5Z"),
        (cbor2.CBORTag(1234, [1, "x"]), [1, "x"]),
    ],
)
def test_tags_of_times_and_unknown_tags(tagged: cbor2.CBORTag, expected: Any) -> None:
    assert decoded(cbor2.dumps(tagged)) == expected


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (cbor2.dumps(2**63), "64 bits"),
        (cbor2.dumps(-(2**63) - 1), "64 bits"),
        (cbor2.dumps(2**70), "64 bits"),
        (cbor2.dumps(math.nan), "finite"),
        (cbor2.dumps(-math.inf), "finite"),
        (cbor2.dumps(cbor2.undefined), "simple value"),
        (cbor2.dumps(cbor2.CBORSimpleValue(99)), "simple value"),
        (b"\x62\xff\xfe", "UTF-8"),
        (b"\x7f\x61\xc3\x61\xa9\xff", "UTF-8"),
        (b"\xa2\x61a\x01\x61a\x02", "twice"),
        (b"\xa2\x61a\x01\x41a\x02", "twice"),
        (b"\xa1\x01\x02", "no text"),
        (b"\xa1\xf6\x02", "no text"),
        (b"\xbf\x61a\xff", "simple value|cut off|reserved"),
        (b"\x1c", "reserved"),
        (b"\x1f", "64 bits"),
        (b"\xdf", "malformed"),
        (b"\xff", "simple value"),
        (b"\x5f\x61a\xff", "another type"),
        (b"\x5f\x5f\x41a\xff\xff", "another type"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", "cut off"),
        (b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", "cut off"),
        (cbor2.dumps(cbor2.CBORTag(0, "yesterday")), "of the form"),
        (cbor2.dumps(cbor2.CBORTag(0, "2026-02-30T00:00:00Z")), "does not exist"),
        (cbor2.dumps(cbor2.CBORTag(0, 5)), "no text"),
        (cbor2.dumps(cbor2.CBORTag(1, "5")), "no number"),
        (cbor2.dumps(cbor2.CBORTag(1, 2**62)), "no time"),
        (cbor2.dumps(cbor2.CBORTag(1, math.nan)), "finite"),
        (b"\x01\x02", "follow"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(item: bytes, reason: str) -> None:
    with pytest.raises(Undecodable, match=reason):
        decoded(item)


@pytest.mark.parametrize("top", [[], "text", 5, None])
def test_only_an_object_will_do(top: Any) -> None:
    with pytest.raises(Undecodable, match="no object"):
        cbor.decode(cbor2.dumps(top))


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1\x61k", b"\xc6", b"\xd6", b"\x9f"])
def test_nesting_is_bounded(opening: bytes) -> None:
    deep = opening * (cbor.MAX_DEPTH - 1)
    closing = b"\xff" * (cbor.MAX_DEPTH - 1) if opening == b"\x9f" else b""
    assert json.dumps(decoded(deep + b"\x01" + closing))
    with pytest.raises(Undecodable, match="deeper"):
        decoded(deep * 50 + b"\x01")
