"""Values of keys that hold no Kubernetes object, as text, JSON or base64."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from snapinspect.cli.other_values import other_body
from snapinspect.model import Record, Revision


@pytest.mark.parametrize(
    ("value", "encoding", "shown"),
    [
        (b"ok", "text", "ok"),
        (b"", "text", ""),
        ("größer\n".encode(), "text", "größer\n"),
        (b'["a"]', "json", ["a"]),
        (b'{"a": 1', "text", '{"a": 1'),
        (b"[" * 100_000, "text", "[" * 100_000),
        (b"\xff\x00", "base64", b64encode(b"\xff\x00").decode()),
        (b"\x1b[2J", "base64", b64encode(b"\x1b[2J").decode()),
    ],
)
def test_a_value_is_shown_as_what_it_is(value: bytes, encoding: str, shown: object) -> None:
    body = other_body(Record(b"/k", value, Revision(7), 7, 1, 0))
    assert body == {"noKubernetesObject": {"key": "/k", "modRevision": 7, "encoding": encoding}, "value": shown}
    assert not {"kind", "apiVersion"} & body.keys()
    json.dumps(body)
