"""A diff shows what differs, in whatever order either side has its keys."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from snapinspect.analysis.diff.key_order import in_one_order
from snapinspect.analysis.diff.shown import Shown

SHOWN = Shown(raw=True, veil=None)
VALUES = st.recursive(
    st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcdef"), inner, max_size=5) | st.lists(inner, max_size=3),
    max_leaves=15,
)
CONTAINER = {"name": "main", "image": "web:1", "env": [{"name": "A", "value": "1"}], "ports": [{"containerPort": 80}]}
INIT = {"name": "init", "image": "busybox", "envFrom": [{"secretRef": {"name": "s", "optional": True}}]}


@st.composite
def shuffled(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: draw(shuffled(value[key])) for key in draw(st.permutations(list(value)))}
    return [draw(shuffled(item)) for item in value] if isinstance(value, list) else value


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, keys(item)) for key, item in value.items()]
    return [keys(item) for item in value] if isinstance(value, list) else None


@given(st.data(), st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=5))
def test_the_order_of_keys_is_no_difference(data: st.DataObject, body: dict[str, Any]) -> None:
    other = data.draw(shuffled(body))
    old, new = in_one_order(body, other)
    assert (old, new) == (body, other)
    assert keys(old) == keys(new)
    assert SHOWN.hunks(body, other) == []


@given(st.data())
def test_of_a_pod_with_one_image_changed_one_line_is_removed_and_one_added(data: st.DataObject) -> None:
    body = {"kind": "Pod", "spec": {"containers": [CONTAINER], "initContainers": [INIT], "dnsPolicy": "Default"}}
    live = data.draw(shuffled(body))
    live["spec"]["containers"][0]["image"] = "evil:1"
    lines = SHOWN.hunks(body, live)
    changed = [line.strip(" -+") for line in lines if line.startswith(("+", "-"))]
    assert [line for line in changed if "image" in line] == changed
    assert len(changed) == 2
