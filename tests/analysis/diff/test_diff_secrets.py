"""Secrets' values in a diff."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from snapinspect.analysis.diff.secrets import Veil

PLAIN = "correct horse battery staple"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"a": "b"}}, **fields}


COPY = json.dumps(
    {
        **secret(data={"k": encoded(PLAIN)}, stringData={"other": PLAIN}),
        "metadata": {"annotations": {LAST_APPLIED: PLAIN}},
    }
)
HIDING_PLACES = {
    "data": secret(data={"k": encoded(PLAIN)}),
    "data that is no base64": secret(data={"k": PLAIN}),
    "data of another shape": secret(data=[PLAIN, {"k": PLAIN}]),
    "data with other values": secret(data={"k": {"nested": [PLAIN]}}),
    "stringData": secret(stringData={"k": PLAIN}),
    "last applied": secret(metadata={"annotations": {LAST_APPLIED: COPY}}),
    "last applied that is no JSON": secret(metadata={"annotations": {LAST_APPLIED: f"{{{PLAIN}"}}),
    "last applied that nests": secret(metadata={"annotations": {LAST_APPLIED: "[" * 100_000 + PLAIN}}),
    "kapp": secret(metadata={"annotations": {"kapp.k14s.io/original": COPY}}),
    "wrangler": secret(metadata={"annotations": {"objectset.rio.cattle.io/applied": encoded(PLAIN)}}),
}


@pytest.mark.parametrize("body", HIDING_PLACES.values(), ids=HIDING_PLACES.keys())
def test_no_value_is_shown(body: dict[str, Any]) -> None:
    before = json.dumps(body)
    assert PLAIN in before or encoded(PLAIN) in before
    shown = json.dumps(Veil().over(body))
    assert PLAIN not in shown
    assert encoded(PLAIN) not in shown
    assert "<hidden " in shown
    assert json.dumps(body) == before


def test_all_else_is_shown() -> None:
    body = secret(type="Opaque", data={"k": encoded(PLAIN)}, immutable=True)
    shown = Veil().over(body)
    assert {**shown, "data": None} == {**body, "data": None}
    assert list(shown["data"]) == ["k"]


def test_the_same_value_has_the_same_hash_wherever_it_stands() -> None:
    veil = Veil()
    shown = veil.over(secret(data={"a": encoded(PLAIN), "b": encoded("other")}, stringData={"c": PLAIN}))
    copied = veil.over(secret(metadata={"annotations": {LAST_APPLIED: COPY}}))
    inside = json.loads(copied["metadata"]["annotations"][LAST_APPLIED])
    same = {shown["data"]["a"], shown["stringData"]["c"], inside["data"]["k"], inside["stringData"]["other"]}
    assert len(same) == 1
    assert shown["data"]["b"] not in same


def test_a_hash_holds_for_one_run_only() -> None:
    body = secret(data={"k": encoded(PLAIN)})
    assert Veil().over(body) != Veil().over(body)
    assert Veil(b"k").over(body) == Veil(b"k").over(body)


@pytest.mark.parametrize("body", [{"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"}}, {"kind": "X"}, {}])
def test_other_objects_are_shown_as_they_are(body: dict[str, Any]) -> None:
    assert Veil().over(body) is body


def test_a_secret_of_another_group_is_another_kind() -> None:
    body = {"apiVersion": "example.com/v1", "kind": "Secret", "data": {"k": "v"}}
    assert Veil().over(body) is body
